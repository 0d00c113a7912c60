//! Checks: what a task wants, judged on what the learner did, with words that help.
//!
//! One file a kind of evidence. Each gives a [`Finding`]; this file turns it into a report.

mod compare;
mod count;
mod exchange;
mod layers;
mod load;
mod message;
mod probe;
mod question;
mod run;
mod sql;
mod state;
mod tests;
mod topology;

use super::assertion::{Assertion, Evidence, Kind, ProbeFigures, TestFigures, Verdict};
use super::format::{CheckText, Lang, Task};
use super::record::Record;
use super::toml_text::{self, At, Fault, Fields};
use super::world_text;
use crate::protocol::{
    CheckReport, Exchange, LayerView, LoadFigures, ResultDiff, RunView, SqlOutcome,
};
use crate::world::World;
use message::Message;

/// What a task is judged on.
pub struct Scene<'s> {
    /// The task.
    pub task: &'s Task,
    /// What the learner did in it.
    pub record: &'s Record,
    /// The learner's world.
    pub world: &'s World,
    /// The world's text as the lab gives it, whatever the learner made of it.
    pub text: &'s str,
    /// The same world on other rows; none if its author gave none.
    pub hidden: Option<&'s World>,
}

impl Scene<'_> {
    /// The world's text as the task begins with it: the lab's, and in it the task's own `toml start`.
    fn beginning(&self) -> String {
        self.started(self.text)
            .unwrap_or_else(|| self.text.to_owned())
    }

    /// A world's text with the task's own `toml start` merged into it; none if the task has none.
    fn started(&self, text: &str) -> Option<String> {
        let mut starts = self.task.starts.iter();
        let start = starts.find(|start| start.lang == Lang::Toml)?;
        // A start that cannot be merged is a fault that the proof tells.
        world_text::merge(text, &start.text).ok()
    }

    /// Whether what the task begins with was never applied, and so stands in its panel at best.
    fn is_unapplied(&self) -> bool {
        let text = self.world.text();
        !self.record.has_applied() && self.started(text).is_some_and(|started| started != text)
    }
}

/// One check, ready to judge.
#[derive(Debug, Clone)]
pub struct Check {
    id: String,
    title: String,
    points: u32,
    wants: Wants,
    fail: String,
    none: Option<String>,
    messages: Vec<Message>,
}

#[derive(Debug, Clone)]
enum Wants {
    Exchange(exchange::Wants),
    Sql(sql::Wants),
    State(state::Wants),
    Probe(probe::Wants),
    Layers(layers::Wants),
    Load(load::Wants),
    Run(run::Wants),
    Question(question::Wants),
    Tests(tests::Wants),
}

/// What a check found.
#[derive(Debug, Default)]
struct Finding {
    passed: bool,
    /// Whether there was nothing to judge yet.
    nothing: bool,
    exchange: Option<Exchange>,
    sql: Option<SqlOutcome>,
    load: Option<LoadFigures>,
    run: Option<RunView>,
    probe: Option<ProbeFigures>,
    tests: Option<TestFigures>,
    layers: Vec<LayerView>,
    count: Option<u64>,
    /// The first assertion that did not hold.
    verdict: Option<Verdict>,
    /// Said whatever the author's messages are.
    say: Option<String>,
    /// Said instead of `fail` if no message of the author's fits.
    standard: Option<String>,
    /// Said after `fail` if no message of the author's fits.
    aside: Option<String>,
    diff: Option<ResultDiff>,
    expected_rows: Option<usize>,
    missing: usize,
    extra: usize,
}

impl Finding {
    fn nothing() -> Self {
        Self {
            nothing: true,
            ..Self::default()
        }
    }

    fn evidence(&self) -> Evidence<'_> {
        Evidence {
            exchange: self.exchange.as_ref(),
            sql: self.sql.as_ref(),
            load: self.load.as_ref(),
            run: self.run.as_ref(),
            probe: self.probe.as_ref(),
            tests: self.tests.as_ref(),
            layers: &self.layers,
            count: self.count,
        }
    }
}

impl Check {
    /// Reads a check.
    ///
    /// # Errors
    /// Everything that is wrong with its text, by byte offset.
    pub fn parse(text: &CheckText) -> Result<Self, Vec<Fault>> {
        let table = toml_text::parse(&text.source).map_err(|fault| vec![fault])?;
        let mut fields = Fields::new("check", &table, 0..0);
        let id = fields.required("id").value;
        let title = fields.required("title").value;
        // Judged where the lab is read, which knows whether it is a project.
        fields.value("points");
        let on = fields.required("on");
        let (wants, kinds): (Wants, &[Kind]) = match on.value.as_str() {
            "exchange" => (
                Wants::Exchange(exchange::Wants::read(&mut fields)),
                &[Kind::Exchange],
            ),
            "sql" => (Wants::Sql(sql::Wants::read(&mut fields)), &[Kind::Sql]),
            "state" => (Wants::State(state::Wants::read(&mut fields)), &[Kind::Sql]),
            "probe" => (
                Wants::Probe(probe::Wants::read(&mut fields)),
                &[Kind::Probe, Kind::Exchange],
            ),
            "cache" => (
                Wants::Layers(layers::Wants::read(&mut fields, Kind::Cache)),
                &[Kind::Cache],
            ),
            "limiter" => (
                Wants::Layers(layers::Wants::read(&mut fields, Kind::Limiter)),
                &[Kind::Limiter],
            ),
            "load" => (Wants::Load(load::Wants::read(&mut fields)), &[Kind::Load]),
            "run" => (Wants::Run(run::Wants::read(&mut fields)), &[Kind::Run]),
            "tests" => (
                Wants::Tests(tests::Wants::read(&mut fields)),
                &[Kind::Tests],
            ),
            "quiz" | "prediction" => (
                Wants::Question(question::Wants::read(&mut fields, &on.value)),
                &[],
            ),
            other => {
                let hint = super::problem::suggest(other, &super::format::EVIDENCE);
                fields.fault(on.offset, format!("There is no evidence `{other}`."), hint);
                return Err(fields.faults);
            }
        };
        let is_question = matches!(wants, Wants::Question(_));
        let fail = if is_question {
            fields.text("fail").map_or(String::new(), |fail| fail.value)
        } else {
            let fail = fields.required("fail");
            message::check_placeholders(&mut fields, &fail);
            fail.value
        };
        let none = fields.text("none").map(|none| none.value);
        let messages = Message::read_all(&mut fields, kinds);
        let faults = fields.finish();
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            id,
            title,
            points: text.points,
            wants,
            fail,
            none,
            messages,
        })
    }

    /// Whether it needs the hidden world.
    pub fn needs_hidden(&self) -> bool {
        matches!(&self.wants, Wants::Sql(wants) if wants.has_reference())
    }

    /// The question it is about, if it is about one.
    pub fn question(&self) -> Option<&str> {
        match &self.wants {
            Wants::Question(wants) => Some(wants.question()),
            _ => None,
        }
    }

    /// Judges the scene; changes nothing in it.
    pub fn judge(&self, scene: &Scene<'_>) -> CheckReport {
        let finding = match &self.wants {
            Wants::Exchange(wants) => wants.judge(scene),
            Wants::Sql(wants) => wants.judge(scene),
            Wants::State(wants) => wants.judge(scene),
            Wants::Probe(wants) => wants.judge(scene),
            Wants::Layers(wants) => wants.judge(scene),
            Wants::Load(wants) => wants.judge(scene),
            Wants::Run(wants) => wants.judge(scene),
            Wants::Question(wants) => wants.judge(scene),
            Wants::Tests(wants) => wants.judge(scene),
        };
        CheckReport {
            id: self.id.clone(),
            title: self.title.clone(),
            passed: finding.passed,
            points: self.points,
            message: self.message(&finding),
            diff: finding.diff,
        }
    }

    fn message(&self, finding: &Finding) -> String {
        if finding.passed {
            return String::new();
        }
        if finding.nothing {
            let standard = match &self.wants {
                Wants::Exchange(_) => {
                    "No request was sent in this task yet that this check looks at. Send one, then check again."
                }
                Wants::Sql(_) => {
                    "Nothing was run in this task yet. Write a query and run it, then check again."
                }
                Wants::Load(_) => {
                    "No run of more than one request in this task yet. Send one, then check again."
                }
                Wants::Run(_) => {
                    "No traffic was run in this task yet. Run it in the tab Traffic, then check again."
                }
                Wants::Question(_) => "This question is not answered yet.",
                Wants::Tests(_) => {
                    "No tests were run in this task yet. Write some and run them, then check again."
                }
                Wants::State(_) | Wants::Probe(_) | Wants::Layers(_) => {
                    "There is nothing to look at yet."
                }
            };
            return self.none.clone().unwrap_or_else(|| standard.to_owned());
        }
        let evidence = finding.evidence();
        let template = finding
            .say
            .as_deref()
            .or_else(|| {
                self.messages
                    .iter()
                    .find(|message| message.fits(&evidence))
                    .map(Message::text)
            })
            .or(finding.standard.as_deref());
        match (template, &finding.aside) {
            (Some(template), _) => message::fill(template, finding),
            (None, Some(aside)) => format!("{} {aside}", message::fill(&self.fail, finding)),
            (None, None) => message::fill(&self.fail, finding),
        }
    }
}

/// Judges every check of a task: the author's in order, then the quizzes no check speaks of.
pub fn judge_all(checks: &[Check], scene: &Scene<'_>) -> Vec<CheckReport> {
    let mut reports: Vec<CheckReport> = checks.iter().map(|check| check.judge(scene)).collect();
    for quiz in scene.task.quizzes() {
        if checks
            .iter()
            .all(|check| check.question() != Some(quiz.id.as_str()))
        {
            reports.push(question::report(quiz, scene));
        }
    }
    reports
}

/// The assertions of a key, each fit for one of the kinds.
fn assertions(fields: &mut Fields<'_, '_>, key: &'static str, kinds: &[Kind]) -> Vec<Assertion> {
    let mut found = Vec::new();
    for At { value, offset } in fields.texts(key) {
        // The text begins behind its quote.
        match Assertion::parse(&value) {
            Err(wrong) => fields.fault(offset + 1 + wrong.offset, wrong.message, wrong.hint),
            Ok(assertion) => {
                let misfit = kinds
                    .iter()
                    .map(|kind| assertion.fits(*kind))
                    .find_map(Result::err);
                let fits = kinds.iter().any(|kind| assertion.fits(*kind).is_ok());
                match misfit {
                    Some((message, hint)) if !fits => fields.fault(offset + 1, message, hint),
                    _ => found.push(assertion),
                }
            }
        }
    }
    found
}

/// Assertions of which there must be at least one.
fn some_assertions(fields: &mut Fields<'_, '_>, kind: Kind, example: &str) -> Vec<Assertion> {
    let before = fields.faults.len();
    let found = assertions(fields, "assert", &[kind]);
    if found.is_empty() && fields.faults.len() == before {
        let offset = fields.offset();
        fields.fault(
            offset,
            "This check asserts nothing.",
            format!("Write `assert = ['{example}']`."),
        );
    }
    found
}

/// Reads `pick`; the first word is the default.
fn pick<'w>(fields: &mut Fields<'_, '_>, words: &[&'w str]) -> &'w str {
    let Some(pick) = fields.text("pick") else {
        return words[0];
    };
    match words.iter().find(|word| **word == pick.value) {
        Some(word) => word,
        None => {
            let hint = super::problem::suggest(&pick.value, words);
            fields.fault(
                pick.offset,
                format!("`pick` cannot be `{}`.", pick.value),
                hint,
            );
            words[0]
        }
    }
}
