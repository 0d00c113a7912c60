//! The learner's requests once more, under other caching policies.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::protocol::{PolicyRun, Problem};
use crate::web::policies::{Compared, Texts, came_out, mean_wait_us, shown};
use crate::web::shared::Shared;
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{badge, format, mark_of, with_code};

/// What stands at each field.
const NAMES: [&str; 2] = ["Policy A", "Policy B"];

/// What [`policies`] is given.
#[derive(Clone, PartialEq)]
pub struct PoliciesProps {
    /// What was asked for last, if it is here.
    pub compared: Option<Shared<Compared>>,
    /// Whether something happened since.
    pub is_old: bool,
    /// Whether they are being compared.
    pub is_busy: bool,
    /// What stands in the fields.
    pub texts: Texts,
    /// Called with the position of a field and what is typed there.
    pub on_text: Callback<(usize, String)>,
    /// Called when they are to be compared.
    pub on_compare: Callback<()>,
}

/// Fields for policies, and what the requests so far come to under each.
pub fn policies(props: &PoliciesProps) -> Html {
    let onsubmit = {
        let on_compare = props.on_compare.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            on_compare.emit(());
        })
    };
    let compared = props.compared.as_deref();
    let runs = compared.and_then(|compared| compared.runs.as_ref().ok());
    // That it is done can be seen: only who does not see it is told.
    let (said, said_class) = match (runs, props.is_busy) {
        (_, true) => ("Comparing…", "small muted"),
        (None, _) => ("", "visually-hidden"),
        (Some(_), _) if props.is_old => (
            "More has happened since. Compare again to take it in.",
            "small muted",
        ),
        (Some(_), _) => ("Compared.", "visually-hidden"),
    };
    html! {
        <section class="cache policies" aria-labelledby="policies-title">
            <header>
                <h3 id="policies-title">{ "The same requests under another policy" }</h3>
                <span class="muted">{ "All that happened here once more, where caches take these for the Cache-Control of each answer." }</span>
            </header>
            <form class="policy-form" {onsubmit}>
                { for (0..NAMES.len()).map(|at| field(at, props)) }
                <button type="submit" class="button">{ "Compare" }</button>
            </form>
            { for compared.and_then(Compared::failed).map(|problem| html! { <p class="policy-problem tone-refused">{ told(problem) }</p> }) }
            <p class={said_class} role="status">{ said }</p>
            { for runs.map(|runs| table(runs)) }
        </section>
    }
}

fn field(at: usize, props: &PoliciesProps) -> Html {
    let (Some(name), Some(text)) = (NAMES.get(at), props.texts.0.get(at)) else {
        return Html::default();
    };
    let compared = props.compared.as_deref();
    let problem = compared.and_then(|compared| compared.refused(text));
    let oninput = {
        let on_text = props.on_text.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                on_text.emit((at, input.value()));
            }
        })
    };
    let id = format!("policy-problem-{at}");
    html! {
        <div class="policy-field">
            <label>
                { *name }
                <input class="mono" type="text" placeholder="none" autocomplete="off" spellcheck="false" value={text.clone()} {oninput}
                    aria-invalid={problem.map(|_| "true")} aria-describedby={problem.map(|_| id.clone())} />
            </label>
            if let Some(problem) = problem {
                <p class="policy-problem tone-refused" id={id}>{ told(problem) }</p>
            }
        </div>
    }
}

fn told(problem: &Problem) -> Html {
    let hint = problem.hint.as_deref().unwrap_or_default();
    html! { <>{ mark_of(Tone::Refused) }{ " " }{ with_code(&problem.message) }{ " " }{ with_code(hint) }</> }
}

/// The runs side by side: their figures, then request by request.
fn table(runs: &[PolicyRun]) -> Html {
    let head = |run: &PolicyRun| match run.policy.as_str() {
        "" => html! { <th scope="col">{ "As it was" }</th> },
        policy => html! { <th scope="col"><code>{ policy }</code></th> },
    };
    let figures = |name: &str, of: fn(&PolicyRun) -> String| {
        html! {
            <tr>
                <th scope="row">{ name }</th>
                { for runs.iter().map(|run| html! { <td class="figure">{ of(run) }</td> }) }
            </tr>
        }
    };
    let range = shown(runs);
    let all = runs.iter().map(|run| run.requests).max().unwrap_or(0);
    let which = format!("Request {} to {} of {all}", range.start + 1, range.end);
    html! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="The same requests under each policy">
            <table class="policy-table">
                <thead><tr><td></td>{ for runs.iter().map(head) }</tr></thead>
                <tbody>
                    { figures("Requests", |run| format::grouped(run.requests)) }
                    { figures("Answered by caches", |run| format::grouped(run.cached)) }
                    { figures("Of these stale", |run| format::grouped(run.stale)) }
                    { figures("Reached the origin", |run| format::grouped(run.origin)) }
                    { figures("Mean wait", |run| format::duration(mean_wait_us(run))) }
                </tbody>
                <tbody>
                    <tr class="policy-part"><th scope="rowgroup" colspan={(runs.len() + 1).to_string()}>{ which }</th></tr>
                    { for range.map(|at| request(runs, at)) }
                </tbody>
            </table>
        </div>
    }
}

fn request(runs: &[PolicyRun], at: usize) -> Html {
    let cell = |run: &PolicyRun| {
        let Some(mark) = run.marks.get(at) else {
            return html! { <td class="muted">{ "not sent" }</td> };
        };
        let (tone, word) = came_out(mark);
        html! {
            <td>
                { badge(tone, word.to_owned()) }{ " " }
                <span class="figure muted policy-took">{ format::duration(mark.took_us) }</span>
            </td>
        }
    };
    let first = runs.iter().find_map(|run| run.marks.get(at));
    let name = first.map(|mark| {
        html! { <><span class="figure muted">{ format::moment(mark.at_us) }</span>{ " " }<code>{ &mark.target }</code></> }
    });
    html! { <tr><th scope="row" class="policy-request">{ name }</th>{ for runs.iter().map(cell) }</tr> }
}
