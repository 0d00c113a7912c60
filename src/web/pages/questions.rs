//! The 25 questions an interview asks, each with the labs that show the answer.

use yew::prelude::*;

use super::PageProps;
use crate::web::route::Page;
use crate::web::state::Loaded;

/// In the order of their numbers, from 1.
const QUESTIONS: [&str; 25] = [
    "What is REST, and what are its principles?",
    "What does ACID stand for, and what does each letter promise?",
    "How does a database index work, and what does it cost?",
    "When SQL, when NoSQL?",
    "How does a JWT work, and what can go wrong with it?",
    "What are microservices, and when are they the wrong choice?",
    "What is a transaction, and what do isolation levels change?",
    "Which caching strategies do you know, and when does each fit?",
    "How would you limit the rate of requests to an API?",
    "How would you design an API that scales?",
    "What is the N+1 problem, and how is it solved?",
    "Which design patterns do you use in a backend?",
    "How should an API report errors?",
    "How does a load balancer spread requests?",
    "What is a message queue for?",
    "How do you secure an API?",
    "How do you make a slow query fast?",
    "What is an event-driven architecture?",
    "How do you deploy without downtime?",
    "What do you monitor, and what do you alert on?",
    "How do you version an API?",
    "How do you design a database schema?",
    "What is connection pooling, and how large should a pool be?",
    "What is a circuit breaker?",
    "How do you keep a transaction that spans services correct?",
];

/// The list of questions.
pub fn page(props: &PageProps) -> Html {
    let question = |(at, text): (usize, &&str)| {
        let number = at as u32 + 1;
        let labs = match &props.state.catalog {
            Loaded::Done(catalog) => catalog
                .areas
                .iter()
                .flat_map(|area| &area.labs)
                .filter_map(|id| Some((id.clone(), catalog.labs.get(id)?.clone())))
                .filter(|(_, lab)| lab.questions.contains(&number))
                .collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        html! {
            <li key={number} class="question-card">
                <p class="question-text">{ *text }</p>
                if labs.is_empty() {
                    <p class="muted small">{ "No lab shows this yet." }</p>
                } else {
                    <p class="small">
                        { "See it happen: " }
                        { for labs.into_iter().map(|(id, lab)| html! {
                            <a class="question-lab" href={Page::Lab { id, task: None }.href()}>{ lab.title }</a>
                        }) }
                    </p>
                }
            </li>
        }
    };
    html! {
        <div class="page narrow">
            <h1>{ "Questions" }</h1>
            <p class="lead">{ "What interviews for backend work ask. Say your answer aloud first, then go and see it happen." }</p>
            <ol class="questions">{ for QUESTIONS.iter().enumerate().map(question) }</ol>
        </div>
    }
}
