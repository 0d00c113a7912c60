//! What stands below the front matter: prose, tasks and their blocks, read from the Markdown.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Tag};

use super::author::Author;
use super::fence::{self, Fence};
use super::prose::{self, Block};
use super::quiz;
use super::{CheckText, EVIDENCE, Lang, Part, Snippet, Solution, Task, Wrong, bad_id};
use crate::lab::problem::suggest;
use crate::lab::toml_text::{self, Fields};

/// What stands below the front matter.
#[derive(Default)]
pub(super) struct Body {
    pub intro: Vec<Block>,
    pub tasks: Vec<Task>,
    pub designs: Vec<Solution>,
    pub faulty: Vec<Wrong>,
}

impl Body {
    /// Reads a text from byte `at` on.
    pub(super) fn read(author: &mut Author<'_>, text: &str, at: usize, project: bool) -> Self {
        let body = Self::default();
        let mut reader = Reader {
            author,
            project,
            body,
        };
        reader.read(text, at);
        reader.body
    }
}

/// Reads the body.
struct Reader<'r, 'a> {
    author: &'r mut Author<'a>,
    project: bool,
    body: Body,
}

impl Reader<'_, '_> {
    fn read(&mut self, text: &str, body: usize) {
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
                        author: self.author,
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
                    self.heading(
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
                    self.fence(&info, body + at.start, &content, base);
                }
                event => {
                    let mut blocks = Vec::new();
                    prose::Reader {
                        author: self.author,
                        base: body,
                    }
                    .block(event, &at, &mut events, 0, &mut blocks);
                    for block in blocks {
                        self.prose(block);
                    }
                }
            }
        }
        if self.body.tasks.is_empty() {
            self.author.error(
                body,
                "This lab has no task.",
                "A task begins with a heading and its id: `## Do this {#do-this}`.",
            );
        }
    }

    fn prose(&mut self, block: Block) {
        match self.body.tasks.last_mut() {
            Some(task) => task.body.push(Part::Prose(block)),
            None => self.body.intro.push(block),
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
            .body
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
                ("starts", "seed") if self.project => self.author.error(
                    at,
                    "A stage of a project cannot start from the seed: what was built would be gone.",
                    format!("Write `## {title} {{#{id}}}`."),
                ),
                ("starts", "seed") => reseed = true,
                _ => self.author.error(
                    at,
                    format!("A task heading takes no `{name}={value}`."),
                    "The only setting is `starts=seed`: `## Title {#id starts=seed}`.",
                ),
            }
        }
        self.body.tasks.push(Task {
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
        if content.trim().is_empty() {
            return self.author.error(
                at,
                format!("This `{}` block is empty.", info.trim()),
                "Write something in it, or take it away.",
            );
        }
        if let Some((message, hint)) = misplaced(&fence, self.project) {
            return self.author.error(at, message, hint);
        }
        let line = self.author.line(base);
        let snippet = |lang| Snippet {
            lang,
            text: content.trim_end().to_owned(),
            line,
        };
        // Designs belong to the project as a whole, wherever they stand.
        match fence {
            Fence::Design { lang, name } => {
                let block = self.way(snippet(lang), base);
                return add_solution(&mut self.body.designs, Some(name), line, block);
            }
            Fence::Faulty { lang, name, loses } => {
                return self.faulty(at, name, loses, snippet(lang));
            }
            _ => {}
        }
        if self.body.tasks.is_empty() {
            return self.author.error(
                at,
                format!("The block `{}` stands before the first task.", info.trim()),
                "Put it below a `## Title {#id}` heading.",
            );
        }
        let task_at = self.body.tasks.len() - 1;
        match fence {
            Fence::Start(lang) => {
                let twice = self.body.tasks[task_at]
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
                self.body.tasks[task_at].starts.push(snippet(lang));
            }
            Fence::Check => {
                let check = self.check(content, base, task_at);
                self.body.tasks[task_at].checks.extend(check);
            }
            Fence::Hint => {
                let hint = prose::blocks(self.author, content, base);
                self.body.tasks[task_at].hints.push(hint);
            }
            Fence::Explain => {
                let mut blocks = prose::blocks(self.author, content, base);
                self.body.tasks[task_at].explain.append(&mut blocks);
            }
            Fence::Quiz => {
                let position = self.body.tasks[task_at].quizzes().count() + 1;
                let quiz = quiz::quiz(self.author, content, base, position);
                self.body.tasks[task_at].body.push(Part::Quiz(quiz));
            }
            Fence::Predict => {
                let position = self.body.tasks[task_at].predictions().count() + 1;
                let prediction = quiz::prediction(self.author, content, base, position);
                self.body.tasks[task_at]
                    .body
                    .push(Part::Predict(prediction));
            }
            Fence::Solution { lang, label } => {
                let block = self.way(snippet(lang), base);
                add_solution(&mut self.body.tasks[task_at].solutions, label, line, block);
            }
            Fence::Wrong {
                lang,
                checks,
                label,
            } => {
                let wrongs = &mut self.body.tasks[task_at].wrongs;
                let same = match &label {
                    Some(_) => wrongs
                        .iter()
                        .position(|w| w.checks == checks && w.label == label),
                    None if lang == Lang::Text => wrongs.iter().rposition(|w| w.checks == checks),
                    None => None,
                };
                let index = same.unwrap_or_else(|| {
                    wrongs.push(Wrong {
                        checks,
                        label,
                        line,
                        ..Wrong::default()
                    });
                    wrongs.len() - 1
                });
                wrongs[index].add(snippet(lang));
            }
            Fence::Code | Fence::Design { .. } | Fence::Faulty { .. } => {}
        }
    }

    /// What a block adds to a solution or a design.
    fn way(&mut self, snippet: Snippet, base: usize) -> Way {
        match snippet.lang {
            Lang::Text => Way::Text(prose::blocks(self.author, &snippet.text, base)),
            _ => Way::Step(snippet),
        }
    }

    fn faulty(&mut self, at: usize, name: String, loses: Vec<String>, snippet: Snippet) {
        let all = &mut self.body.faulty;
        let index = all
            .iter()
            .position(|design| design.label.as_ref() == Some(&name));
        let design = match index.and_then(|index| all.get_mut(index)) {
            Some(design) => design,
            None => {
                all.push(Wrong {
                    label: Some(name.clone()),
                    line: snippet.line,
                    ..Wrong::default()
                });
                let last = all.len() - 1;
                &mut all[last]
            }
        };
        if !loses.is_empty() && !design.checks.is_empty() && design.checks != loses {
            let said = design.checks.join(",");
            return self.author.error(
                at,
                format!("The faulty design `{name}` already loses `{said}`."),
                "Say `loses=` once, in its first block.",
            );
        }
        if !loses.is_empty() {
            design.checks = loses;
        }
        design.add(snippet);
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
        if self.body.tasks[task]
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
        let points = match fields.integer("points") {
            None => 1,
            Some(points) => match u32::try_from(points.value) {
                Ok(points @ 1..=10) if self.project => points,
                _ => {
                    let (message, hint) = if self.project {
                        ("A check gives 1 to 10 points.", "Write `points = 2`.")
                    } else {
                        (
                            "Only a project counts points.",
                            "Take `points` away, or write `project = true` in the front matter.",
                        )
                    };
                    fields.fault(points.offset, message, hint);
                    1
                }
            },
        };
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
            points,
            source: content.to_owned(),
            line: self.author.line(base),
        })
    }
}

/// A block of a solution: something that is done, or the words about it.
enum Way {
    Step(Snippet),
    Text(Vec<Block>),
}

/// Blocks of one label are one solution; an explanation without a label belongs to the solution
/// above it.
fn add_solution(all: &mut Vec<Solution>, label: Option<String>, line: u32, block: Way) {
    let same = match (&label, &block) {
        (Some(_), _) => all.iter().position(|solution| solution.label == label),
        (None, Way::Text(_)) => all.len().checked_sub(1),
        (None, Way::Step(_)) => None,
    };
    let index = same.unwrap_or_else(|| {
        all.push(Solution {
            label,
            line,
            ..Solution::default()
        });
        all.len() - 1
    });
    match block {
        Way::Text(mut text) => all[index].text.append(&mut text),
        Way::Step(step) => all[index].steps.push(step),
    }
}

/// What is wrong with a block in this kind of lab, and what to write: a project is built as a whole
/// and judged on every stage, any other lab task by task.
fn misplaced(fence: &Fence, project: bool) -> Option<(String, String)> {
    let (block, instead) = match fence {
        Fence::Solution { .. } => ("solution", "Write whole designs: `toml design=<name>`."),
        Fence::Wrong { .. } => (
            "wrong answer",
            "Write what is wrong with the first design: `toml faulty=<name> loses=<check id>`.",
        ),
        Fence::Quiz => ("quiz", "Ask in a `predict` block, which is not judged."),
        Fence::Design { .. } | Fence::Faulty { .. } if !project => {
            return Some((
                "Only a project has designs.".to_owned(),
                "Write `project = true` in the front matter, or `toml solution` here.".to_owned(),
            ));
        }
        _ => return None,
    };
    project.then(|| {
        (
            format!("A stage of a project has no {block}."),
            instead.to_owned(),
        )
    })
}
