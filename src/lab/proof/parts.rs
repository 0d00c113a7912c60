//! What can be seen of a lab without running it: whether its parts are there and fit together.

use std::collections::BTreeSet;

use super::{place_of, problem};
use crate::lab::checks::Check;
use crate::lab::format::prose::{Block, Inline};
use crate::lab::format::{Lab, Lang, Panel, Part, Snippet, Task, snippet};
use crate::lab::problem::{LabProblem, suggest};
use crate::lab::tests;
use crate::lab::world_text;
use crate::protocol::Problem;
use crate::world::variables;

/// What is wrong with a lab's parts.
pub(super) fn problems(lab: &Lab, text: &str) -> Vec<LabProblem> {
    let mut found = Vec::new();
    panels(lab, text, &mut found);
    for task in &lab.tasks {
        checks(lab, task, &mut found);
        help(lab, task, &mut found);
        if !lab.project {
            answers(lab, task, &mut found);
        }
    }
    snippets(lab, &mut found);
    found
}

/// Everything that is done to pass or to fail.
fn ways(lab: &Lab) -> impl Iterator<Item = &Snippet> {
    let solutions = lab.tasks.iter().flat_map(|task| &task.solutions);
    let wrongs = lab.tasks.iter().flat_map(|task| &task.wrongs);
    let right = solutions.chain(&lab.designs).flat_map(|way| &way.steps);
    right.chain(wrongs.chain(&lab.faulty).flat_map(|way| &way.steps))
}

/// Every panel a snippet goes to is among the lab's.
fn panels(lab: &Lab, text: &str, found: &mut Vec<LabProblem>) {
    let mut needed: BTreeSet<(&str, u32)> = BTreeSet::new();
    let mut need = |lang: Lang, line: u32| {
        let panel = match lang {
            Lang::Sql => Panel::Sql,
            Lang::Http => Panel::Http,
            Lang::Toml => Panel::Routes,
            Lang::Tests => Panel::Tests,
            Lang::Run => Panel::Traffic,
            Lang::Clock | Lang::Answer | Lang::Text => return,
        };
        if !lab.panels.contains(&panel) {
            needed.insert((panel.name(), line));
        }
    };
    let starts = lab.tasks.iter().flat_map(|task| &task.starts);
    for step in starts.chain(ways(lab)) {
        need(step.lang, step.line);
    }
    walk(lab, &mut |piece| {
        if let Inline::Run {
            text: code, lang, ..
        } = piece
        {
            need(*lang, place_of(text, code).0);
        }
    });
    for (panel, line) in needed {
        found.push(problem(
            &lab.file,
            (line, 1),
            format!("This needs the panel `{panel}`, which the lab does not name."),
            format!("Add `\"{panel}\"` to `panels` in the front matter."),
        ));
    }
}

fn checks(lab: &Lab, task: &Task, found: &mut Vec<LabProblem>) {
    let mut wrong = |line, message: String, hint: String| {
        found.push(problem(&lab.file, (line, 1), message, hint))
    };
    if task.checks.is_empty() && task.quizzes().next().is_none() {
        wrong(
            task.line,
            format!("The task `{}` checks nothing.", task.id),
            "Add a `toml check` block or a quiz.".to_owned(),
        );
    }
    let questions: Vec<&str> = task
        .quizzes()
        .map(|quiz| quiz.id.as_str())
        .chain(task.predictions().map(|asked| asked.id.as_str()))
        .collect();
    for check in &task.checks {
        match Check::parse(check) {
            Ok(read) => {
                if let Some(question) = read.question()
                    && !questions.contains(&question)
                {
                    wrong(
                        check.line,
                        format!("The task has no question `{question}`."),
                        suggest(question, &questions),
                    );
                }
            }
            Err(faults) => {
                for fault in &faults {
                    let LabProblem {
                        line,
                        message,
                        hint,
                        ..
                    } = check.problem(&lab.file, fault);
                    wrong(line, message, hint);
                }
            }
        }
    }
}

/// A task can be passed, and each of its checks can be failed.
fn answers(lab: &Lab, task: &Task, found: &mut Vec<LabProblem>) {
    let mut wrong = |line, message: String, hint: String| {
        found.push(problem(&lab.file, (line, 1), message, hint))
    };
    if task
        .solutions
        .iter()
        .all(|solution| solution.steps.is_empty())
    {
        wrong(
            task.line,
            format!("The task `{}` has no solution.", task.id),
            "Add a `http solution`, `sql solution`, `toml solution` or `answer solution` block."
                .to_owned(),
        );
    }
    for check in &task.checks {
        let is_question = ["quiz", "prediction"].contains(&check.on.as_str());
        if !is_question
            && !task
                .wrongs
                .iter()
                .any(|wrong| wrong.checks.contains(&check.id))
        {
            wrong(
                check.line,
                format!("Nothing shows how the check `{}` fails.", check.id),
                format!(
                    "Add a wrong answer people really give: a `http wrong={}` or `sql wrong={}` block.",
                    check.id, check.id
                ),
            );
        }
    }
    let quizzes = task.quizzes().map(|quiz| quiz.id.as_str());
    let ids: Vec<&str> = quizzes
        .chain(task.checks.iter().map(|check| check.id.as_str()))
        .collect();
    for answer in &task.wrongs {
        let stranger = answer
            .checks
            .iter()
            .find(|check| !ids.contains(&check.as_str()));
        if let Some(stranger) = stranger {
            wrong(
                answer.line,
                format!(
                    "This wrong answer should fail `{stranger}`, and the task has no such check."
                ),
                suggest(stranger, &ids),
            );
        } else if answer.steps.is_empty() {
            wrong(
                answer.line,
                format!(
                    "This wrong answer for `{}` does nothing.",
                    answer.checks.join("+")
                ),
                "Give the block that does it the same label.".to_owned(),
            );
        }
    }
}

fn help(lab: &Lab, task: &Task, found: &mut Vec<LabProblem>) {
    let mut wrong = |line, message: String, hint: &str| {
        found.push(problem(&lab.file, (line, 1), message, hint))
    };
    if task.hints.is_empty() {
        wrong(
            task.line,
            format!("The task `{}` has no hint.", task.id),
            "Add `hint` blocks: where to look, which idea, nearly there.",
        );
    }
    for (at, hint) in task.hints.iter().enumerate() {
        if hint.is_empty() {
            wrong(
                task.line,
                format!("A hint of the task `{}` is empty.", task.id),
                "Write one sentence in it.",
            );
        } else if task.hints[..at].contains(hint) {
            wrong(
                task.line,
                format!("Two hints of the task `{}` are the same.", task.id),
                "Let each hint say more than the one before.",
            );
        }
    }
}

/// Solutions and wrong answers can be read; drafts only if they are merged, for a draft may be broken
/// on purpose.
fn snippets(lab: &Lab, found: &mut Vec<LabProblem>) {
    let starts = lab.tasks.iter().flat_map(|task| &task.starts);
    let drafts = starts.filter(|start| start.lang == Lang::Toml);
    for step in ways(lab).chain(drafts) {
        let Snippet { lang, text, line } = step;
        let read = match lang {
            Lang::Http => requests(text),
            Lang::Clock => snippet::clock(text).map(|_| ()),
            Lang::Answer => snippet::answers(text).map(|_| ()),
            Lang::Toml => world_text::check(text),
            Lang::Tests => tests::parse(text).map(|_| ()),
            Lang::Run => snippet::run(text).map(|_| ()),
            Lang::Sql | Lang::Text => Ok(()),
        };
        if let Err(wrong) = read {
            let place = wrong
                .place
                .map_or((1, 1), |place| (place.line, place.column));
            found.push(problem(
                &lab.file,
                (line + place.0 - 1, place.1),
                wrong.message,
                wrong.hint.unwrap_or_else(|| "Repair the block.".to_owned()),
            ));
        }
    }
}

/// Whether requests can be read, and what is captured of their answers as well.
fn requests(text: &str) -> Result<(), Problem> {
    for sending in snippet::requests(text)? {
        variables::read(&sending.captures)?;
    }
    Ok(())
}

/// The targets of all links.
pub(super) fn links(lab: &Lab) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    walk(lab, &mut |piece| {
        if let Inline::Link { href, .. } = piece {
            found.insert(href.clone());
        }
    });
    found
}

/// Visits every piece of prose.
fn walk<'l>(lab: &'l Lab, visit: &mut dyn FnMut(&'l Inline)) {
    blocks(&lab.intro, visit);
    for task in &lab.tasks {
        for part in &task.body {
            match part {
                Part::Prose(block) => blocks(std::slice::from_ref(block), visit),
                Part::Quiz(quiz) => {
                    line(&quiz.question, visit);
                    for option in &quiz.options {
                        line(&option.text, visit);
                        line(&option.feedback, visit);
                    }
                }
                Part::Predict(asked) => {
                    line(&asked.question, visit);
                    line(&asked.truth, visit);
                    for option in &asked.options {
                        line(&option.text, visit);
                        line(&option.feedback, visit);
                    }
                }
            }
        }
        for hint in &task.hints {
            blocks(hint, visit);
        }
        for solution in &task.solutions {
            blocks(&solution.text, visit);
        }
        blocks(&task.explain, visit);
    }
    for design in &lab.designs {
        blocks(&design.text, visit);
    }
}

fn blocks<'l>(all: &'l [Block], visit: &mut dyn FnMut(&'l Inline)) {
    for block in all {
        match block {
            Block::Paragraph(text) | Block::Heading { text, .. } => line(text, visit),
            Block::List { items, .. } => items.iter().for_each(|item| blocks(item, visit)),
            Block::Quote(inner) => blocks(inner, visit),
            Block::Table { head, rows } => {
                head.iter()
                    .chain(rows.iter().flatten())
                    .for_each(|cell| line(cell, visit));
            }
            Block::Code { .. } | Block::Rule => {}
        }
    }
}

fn line<'l>(pieces: &'l [Inline], visit: &mut dyn FnMut(&'l Inline)) {
    for piece in pieces {
        visit(piece);
        match piece {
            Inline::Em(inner) | Inline::Strong(inner) | Inline::Link { text: inner, .. } => {
                line(inner, visit)
            }
            _ => {}
        }
    }
}
