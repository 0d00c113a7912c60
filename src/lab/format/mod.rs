//! The text of a lab: front matter, prose, tasks with their blocks.
//!
//! The worker and the author's tools parse; the page, which must stay small, gets the tree as JSON.
//! What only judging needs (a check's source, wrong answers) stays out of that JSON.

pub mod author;
mod body;
mod fence;
mod front;
pub mod prose;
pub mod quiz;
pub mod snippet;

use serde::{Deserialize, Serialize};

pub use super::problem::LabProblem;
use super::toml_text::Fault;
use author::Author;
use body::Body;
use front::Front;
pub use prose::{Action, Block, Inline};
pub use quiz::{Choice, Prediction, Quiz};
pub use snippet::{Lang, Snippet};

/// The largest lab file, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;

/// A lab as its author wrote it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lab {
    /// Path relative to the labs folder.
    pub file: String,
    /// Its id, unique among all labs.
    pub id: String,
    /// Its title.
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// How far along its reader is.
    pub level: Level,
    /// How long it takes.
    pub minutes: u32,
    /// Numbers of the interview questions it answers, 1 to 25.
    pub questions: Vec<u32>,
    /// Ids of the labs to do before.
    pub requires: Vec<String>,
    /// The folder of its world under `worlds/`.
    pub world: String,
    /// The panels it shows, in the order of their tabs.
    pub panels: Vec<Panel>,
    /// How many SQL consoles there are, side by side.
    pub consoles: u32,
    /// Whether it is a project: its tasks are stages of one backend the learner writes, and its
    /// checks give points.
    pub project: bool,
    /// World text that is merged into the world's own; may be empty.
    #[serde(skip)]
    pub world_patch: String,
    /// The prose before the first task.
    pub intro: Vec<Block>,
    /// The tasks.
    pub tasks: Vec<Task>,
    /// Of a project: whole designs that get every point in every stage, each with its label.
    pub designs: Vec<Solution>,
    /// Of a project: what is wrong with the first design in ways people really build it, and the
    /// checks of any stage that see it.
    #[serde(skip)]
    pub faulty: Vec<Wrong>,
    /// What is shown otherwise than the author may expect: refused links, HTML, pictures.
    #[serde(skip)]
    pub warnings: Vec<LabProblem>,
}

impl Lab {
    /// The task of that id.
    pub fn task(&self, id: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.id == id)
    }

    /// The most points a project gives; 0 if it is none.
    pub fn points(&self) -> u32 {
        let checks = self.tasks.iter().flat_map(|task| &task.checks);
        let points = checks.map(|check| check.points).sum();
        if self.project { points } else { 0 }
    }
}

/// One task.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Task {
    /// Its id, unique in the lab.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Line in the file.
    pub line: u32,
    /// Whether the world goes back to its seed on entering.
    pub reseed: bool,
    /// Prose, quizzes and predictions in the author's order.
    pub body: Vec<Part>,
    /// What is put into the panels on entering.
    pub starts: Vec<Snippet>,
    /// What is judged; quizzes come on top.
    pub checks: Vec<CheckText>,
    /// Hints, the vaguest first.
    pub hints: Vec<Vec<Block>>,
    /// Ways to pass.
    pub solutions: Vec<Solution>,
    /// Ways to fail.
    #[serde(skip)]
    pub wrongs: Vec<Wrong>,
    /// Shown once the task is passed.
    pub explain: Vec<Block>,
}

impl Task {
    /// The quizzes in order.
    pub fn quizzes(&self) -> impl Iterator<Item = &Quiz> {
        self.body.iter().filter_map(|part| match part {
            Part::Quiz(quiz) => Some(quiz),
            _ => None,
        })
    }

    /// The predictions in order.
    pub fn predictions(&self) -> impl Iterator<Item = &Prediction> {
        self.body.iter().filter_map(|part| match part {
            Part::Predict(prediction) => Some(prediction),
            _ => None,
        })
    }
}

/// A part of a task's body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Part {
    /// A block of prose.
    Prose(Block),
    /// A question that is judged.
    Quiz(Quiz),
    /// A question asked before the run.
    Predict(Prediction),
}

/// A check as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckText {
    /// Its id, unique in the task.
    pub id: String,
    /// What it wants, in the learner's list.
    pub title: String,
    /// Which evidence it judges; one of [`EVIDENCE`].
    pub on: String,
    /// What it counts for: 1 to 10 in a project, 1 elsewhere.
    pub points: u32,
    /// The whole TOML text.
    #[serde(skip)]
    pub source: String,
    /// Line in the file on which the text begins.
    pub line: u32,
}

impl CheckText {
    /// A fault of the text as a problem of the lab's file.
    pub fn problem(&self, file: &str, fault: &Fault) -> LabProblem {
        let (line, column) = Author::new(file, &self.source).place(fault.offset);
        LabProblem {
            file: file.to_owned(),
            line: self.line + line - 1,
            column,
            message: fault.message.clone(),
            hint: fault.hint.clone(),
        }
    }
}

/// What a check can judge.
pub const EVIDENCE: [&str; 11] = [
    "exchange",
    "sql",
    "state",
    "probe",
    "cache",
    "limiter",
    "load",
    "run",
    "tests",
    "quiz",
    "prediction",
];

/// One way to pass a task.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Solution {
    /// What its blocks are labelled, if they are.
    pub label: Option<String>,
    /// What is done, in order.
    pub steps: Vec<Snippet>,
    /// Why this is right; may be empty.
    pub text: Vec<Block>,
    /// Line in the file.
    pub line: u32,
}

/// One way to fail certain checks and no other.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Wrong {
    /// What it fails: ids of checks or quizzes.
    pub checks: Vec<String>,
    /// What its blocks are labelled, if they are.
    pub label: Option<String>,
    /// What is done, in order.
    pub steps: Vec<Snippet>,
    /// A fragment of the message the learner must see; empty if any will do.
    pub expect: String,
    /// Line in the file.
    pub line: u32,
}

impl Wrong {
    /// Adds a block: something that is done, or the fragment of the message it must get.
    fn add(&mut self, block: Snippet) {
        match block.lang {
            Lang::Text => block.text.trim().clone_into(&mut self.expect),
            _ => self.steps.push(block),
        }
    }
}

/// How far along a learner is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// Knows to program, new to backends.
    Beginner,
    /// Has built one.
    Intermediate,
    /// Runs one.
    Advanced,
    /// Is asked when one breaks.
    Expert,
}

impl Level {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [
        Self::Beginner,
        Self::Intermediate,
        Self::Advanced,
        Self::Expert,
    ];

    /// The word in front matter.
    pub fn name(self) -> &'static str {
        match self {
            Self::Beginner => "beginner",
            Self::Intermediate => "intermediate",
            Self::Advanced => "advanced",
            Self::Expert => "expert",
        }
    }
}

/// A tab of the workbench.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Panel {
    /// SQL console.
    Sql,
    /// Requests.
    Http,
    /// The world's text.
    Routes,
    /// Tests of the backend.
    Tests,
    /// Traffic that is run.
    Traffic,
}

impl Panel {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Sql,
        Self::Http,
        Self::Routes,
        Self::Tests,
        Self::Traffic,
    ];

    /// The word in front matter.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sql => "sql",
            Self::Http => "http",
            Self::Routes => "routes",
            Self::Tests => "tests",
            Self::Traffic => "traffic",
        }
    }
}

/// Reads a lab file. `path` is only for messages.
///
/// # Errors
/// Everything that must be changed, in the order of the file.
pub fn parse(path: &str, text: &str) -> Result<Lab, Vec<LabProblem>> {
    let text = text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .replace("\r\n", "\n");
    let mut author = Author::new(path, &text);
    if text.len() > MAX_BYTES {
        author.error(
            0,
            format!(
                "This file has {} bytes; a lab has at most {MAX_BYTES}.",
                text.len()
            ),
            "Split it into two labs.",
        );
        return Err(author.errors);
    }
    let Some((front, body)) = front::read(&mut author, &text) else {
        return Err(author.errors);
    };
    let body = Body::read(&mut author, &text, body, front.project);
    if author.errors.is_empty() {
        Ok(assemble(path, front, body, author.warnings))
    } else {
        author
            .errors
            .sort_by_key(|problem| (problem.line, problem.column));
        Err(author.errors)
    }
}

fn assemble(path: &str, front: Front, body: Body, warnings: Vec<LabProblem>) -> Lab {
    Lab {
        file: path.to_owned(),
        id: front.id,
        title: front.title,
        summary: front.summary,
        level: front.level,
        minutes: front.minutes,
        questions: front.questions,
        requires: front.requires,
        world: front.world,
        panels: front.panels,
        consoles: front.consoles,
        project: front.project,
        world_patch: front.world_patch,
        intro: body.intro,
        tasks: body.tasks,
        designs: body.designs,
        faulty: body.faulty,
        warnings,
    }
}

/// What is wrong with an id, and what to write.
pub(super) fn bad_id(what: &str, id: &str) -> Option<(String, String)> {
    let good = id.len() <= 64
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && id
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if good || id.is_empty() {
        return None;
    }
    let mut slug: String = id
        .to_lowercase()
        .chars()
        .take(64)
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    slug = slug
        .trim_matches(|c: char| !c.is_ascii_lowercase())
        .to_owned();
    if slug.is_empty() {
        slug = "my-id".to_owned();
    }
    Some((
        format!(
            "`{}` is no good {what} id.",
            id.chars().take(64).collect::<String>()
        ),
        format!("Use lower-case letters, digits and hyphens: `{slug}`."),
    ))
}
