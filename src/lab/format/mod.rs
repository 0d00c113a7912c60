//! The text of a lab: front matter, prose, tasks with their blocks.
//!
//! The worker and the author's tools parse; the page, which must stay small, gets the tree as JSON.
//! What only judging needs (a check's source, wrong answers) stays out of that JSON.

pub mod author;
mod fence;
mod front;
pub mod prose;
pub mod quiz;
pub mod snippet;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Tag};
use serde::{Deserialize, Serialize};

pub use super::problem::LabProblem;
use super::problem::suggest;
use super::toml_text::{self, Fault, Fields};
use author::Author;
use fence::Fence;
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
    /// World text that is merged into the world's own; may be empty.
    #[serde(skip)]
    pub world_patch: String,
    /// The prose before the first task.
    pub intro: Vec<Block>,
    /// The tasks.
    pub tasks: Vec<Task>,
    /// What is shown otherwise than the author may expect: refused links, HTML, pictures.
    #[serde(skip)]
    pub warnings: Vec<LabProblem>,
}

impl Lab {
    /// The task of that id.
    pub fn task(&self, id: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.id == id)
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
pub const EVIDENCE: [&str; 9] = [
    "exchange",
    "sql",
    "state",
    "probe",
    "cache",
    "limiter",
    "load",
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

/// One way to fail exactly one check.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Wrong {
    /// The check it fails: a check's id or a quiz's.
    pub check: String,
    /// What its blocks are labelled, if they are.
    pub label: Option<String>,
    /// What is done, in order.
    pub steps: Vec<Snippet>,
    /// A fragment of the message the learner must see; empty if any will do.
    pub expect: String,
    /// Line in the file.
    pub line: u32,
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
}

impl Panel {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sql, Self::Http, Self::Routes];

    /// The word in front matter.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sql => "sql",
            Self::Http => "http",
            Self::Routes => "routes",
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
    let (intro, tasks) = Tasks::read(&mut author, &text, body);
    if author.errors.is_empty() {
        Ok(assemble(path, front, intro, tasks, author.warnings))
    } else {
        author
            .errors
            .sort_by_key(|problem| (problem.line, problem.column));
        Err(author.errors)
    }
}

fn assemble(
    path: &str,
    front: Front,
    intro: Vec<Block>,
    tasks: Vec<Task>,
    warnings: Vec<LabProblem>,
) -> Lab {
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
        world_patch: front.world_patch,
        intro,
        tasks,
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

/// Reads the body into intro and tasks.
struct Tasks<'r, 'a> {
    author: &'r mut Author<'a>,
    intro: Vec<Block>,
    tasks: Vec<Task>,
}

impl<'r, 'a> Tasks<'r, 'a> {
    fn read(author: &'r mut Author<'a>, text: &str, body: usize) -> (Vec<Block>, Vec<Task>) {
        let mut this = Self {
            author,
            intro: Vec::new(),
            tasks: Vec::new(),
        };
        let text = &text[body..];
        let mut events = prose::events(text);
        while let Some((event, at)) = events.next() {
            match event {
                Event::Start(Tag::Heading {
                    level: HeadingLevel::H2,
                    id,
                    attrs,
                    ..
                }) => {
                    let mut reader = prose::Reader {
                        author: this.author,
                        base: body,
                    };
                    let title = prose::plain(&reader.pieces(&at, &mut events, 0));
                    let attrs: Vec<(String, String)> = attrs
                        .into_iter()
                        .map(|(name, value)| {
                            (
                                name.into_string(),
                                value.map_or(String::new(), |v| v.into_string()),
                            )
                        })
                        .collect();
                    this.heading(
                        body + at.start,
                        title,
                        id.map(|id| id.into_string()),
                        &attrs,
                    );
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    let mut content = String::new();
                    let mut base = None;
                    for (event, at) in events.by_ref() {
                        match event {
                            Event::Text(text) => {
                                base.get_or_insert(at.start);
                                content.push_str(&text);
                            }
                            _ => break,
                        }
                    }
                    // An empty block is reported where its fence stands.
                    let base = body + base.unwrap_or(at.start);
                    this.fence(&info, body + at.start, &content, base);
                }
                event => {
                    let mut blocks = Vec::new();
                    prose::Reader {
                        author: this.author,
                        base: body,
                    }
                    .block(event, &at, &mut events, 0, &mut blocks);
                    for block in blocks {
                        this.prose(block);
                    }
                }
            }
        }
        if this.tasks.is_empty() {
            this.author.error(
                body,
                "This lab has no task.",
                "A task begins with a heading and its id: `## Do this {#do-this}`.",
            );
        }
        (this.intro, this.tasks)
    }

    fn prose(&mut self, block: Block) {
        match self.tasks.last_mut() {
            Some(task) => task.body.push(Part::Prose(block)),
            None => self.intro.push(block),
        }
    }

    fn heading(
        &mut self,
        at: usize,
        title: String,
        id: Option<String>,
        attrs: &[(String, String)],
    ) {
        let id = id.unwrap_or_default();
        if id.is_empty() {
            self.author.error(
                at,
                format!("The task \"{title}\" has no id."),
                "Write it behind the title: `## Title {#short-id}`.",
            );
        } else if let Some((message, hint)) = bad_id("task", &id) {
            self.author.error(at, message, hint);
        }
        if let Some(before) = self
            .tasks
            .iter()
            .find(|task| task.id == id && !id.is_empty())
        {
            let line = before.line;
            self.author.error(
                at,
                format!("The task id `{id}` is taken by the task on line {line}."),
                "Give each task an id of its own.",
            );
        }
        let mut reseed = false;
        for (name, value) in attrs {
            match (name.as_str(), value.trim_matches('"')) {
                ("starts", "seed") => reseed = true,
                _ => self.author.error(
                    at,
                    format!("A task heading takes no `{name}={value}`."),
                    "The only setting is `starts=seed`: `## Title {#id starts=seed}`.",
                ),
            }
        }
        self.tasks.push(Task {
            id,
            title,
            line: self.author.line(at),
            reseed,
            ..Task::default()
        });
    }

    fn fence(&mut self, info: &str, at: usize, content: &str, base: usize) {
        let fence = match fence::read(info) {
            Ok(fence) => fence,
            Err((message, hint)) => return self.author.error(at, message, hint),
        };
        if fence == Fence::Code {
            let lang = info.split_whitespace().next().unwrap_or("").to_owned();
            return self.prose(Block::Code {
                lang,
                text: content.to_owned(),
            });
        }
        if self.tasks.is_empty() {
            return self.author.error(
                at,
                format!("The block `{}` stands before the first task.", info.trim()),
                "Put it below a `## Title {#id}` heading.",
            );
        }
        if content.trim().is_empty() {
            return self.author.error(
                at,
                format!("This `{}` block is empty.", info.trim()),
                "Write something in it, or take it away.",
            );
        }
        let task_at = self.tasks.len() - 1;
        let line = self.author.line(base);
        let snippet = |lang| Snippet {
            lang,
            text: content.trim_end().to_owned(),
            line,
        };
        match fence {
            Fence::Start(lang) => {
                let twice = self.tasks[task_at]
                    .starts
                    .iter()
                    .any(|start| start.lang == lang);
                if twice {
                    self.author.error(
                        at,
                        format!("This task already has a `{} start` block.", lang.name()),
                        "A panel's editor starts with one text; merge the two.",
                    );
                }
                self.tasks[task_at].starts.push(snippet(lang));
            }
            Fence::Check => {
                let check = self.check(content, base, task_at);
                self.tasks[task_at].checks.extend(check);
            }
            Fence::Hint => {
                let hint = prose::blocks(self.author, content, base);
                self.tasks[task_at].hints.push(hint);
            }
            Fence::Explain => {
                let mut blocks = prose::blocks(self.author, content, base);
                self.tasks[task_at].explain.append(&mut blocks);
            }
            Fence::Quiz => {
                let position = self.tasks[task_at].quizzes().count() + 1;
                let quiz = quiz::quiz(self.author, content, base, position);
                self.tasks[task_at].body.push(Part::Quiz(quiz));
            }
            Fence::Predict => {
                let position = self.tasks[task_at].predictions().count() + 1;
                let prediction = quiz::prediction(self.author, content, base, position);
                self.tasks[task_at].body.push(Part::Predict(prediction));
            }
            Fence::Solution { lang, label } => {
                let text = match lang {
                    Lang::Text => Some(prose::blocks(self.author, content, base)),
                    _ => None,
                };
                let solutions = &mut self.tasks[task_at].solutions;
                // Blocks of one label are one solution; an explanation without a label belongs to
                // the solution above it.
                let same = match &label {
                    Some(_) => solutions.iter().position(|s| s.label == label),
                    None if text.is_some() => solutions.len().checked_sub(1),
                    None => None,
                };
                let index = same.unwrap_or_else(|| {
                    solutions.push(Solution {
                        label,
                        line,
                        ..Solution::default()
                    });
                    solutions.len() - 1
                });
                match text {
                    Some(mut text) => solutions[index].text.append(&mut text),
                    None => solutions[index].steps.push(snippet(lang)),
                }
            }
            Fence::Wrong { lang, check, label } => {
                let wrongs = &mut self.tasks[task_at].wrongs;
                let same = match &label {
                    Some(_) => wrongs
                        .iter()
                        .position(|w| w.check == check && w.label == label),
                    None if lang == Lang::Text => wrongs.iter().rposition(|w| w.check == check),
                    None => None,
                };
                let index = same.unwrap_or_else(|| {
                    wrongs.push(Wrong {
                        check,
                        label,
                        line,
                        ..Wrong::default()
                    });
                    wrongs.len() - 1
                });
                match lang {
                    Lang::Text => content.trim().clone_into(&mut wrongs[index].expect),
                    lang => wrongs[index].steps.push(snippet(lang)),
                }
            }
            Fence::Code => {}
        }
    }

    /// Reads what the page shows of a check.
    fn check(&mut self, content: &str, base: usize, task: usize) -> Option<CheckText> {
        let table = match toml_text::parse(content) {
            Ok(table) => table,
            Err(fault) => {
                self.author.faults(base, vec![fault]);
                return None;
            }
        };
        let mut fields = Fields::new("check", &table, 0..0);
        let id = fields.required("id");
        let title = fields.required("title").value;
        let on = fields.required("on");
        if let Some((message, hint)) = bad_id("check", &id.value) {
            fields.fault(id.offset, message, hint);
        }
        if ["quiz-", "predict-"]
            .iter()
            .any(|taken| id.value.starts_with(taken))
        {
            fields.fault(
                id.offset,
                format!("The id `{}` looks like a question's.", id.value),
                "Ids that begin with `quiz-` or `predict-` are given by position.",
            );
        }
        if self.tasks[task]
            .checks
            .iter()
            .any(|check| check.id == id.value)
        {
            fields.fault(
                id.offset,
                format!("This task already has a check `{}`.", id.value),
                "Give each check an id of its own.",
            );
        }
        if !on.value.is_empty() && !EVIDENCE.contains(&on.value.as_str()) {
            fields.fault(
                on.offset,
                format!("There is no evidence `{}`.", on.value),
                suggest(&on.value, &EVIDENCE),
            );
        }
        self.author.faults(base, std::mem::take(&mut fields.faults));
        Some(CheckText {
            id: id.value,
            title,
            on: on.value,
            source: content.to_owned(),
            line: self.author.line(base),
        })
    }
}
