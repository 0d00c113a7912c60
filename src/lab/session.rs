//! A learner's session: one lab, its world, and what was done in it.
//!
//! A session is a function of its source and its commands. Replaying the same log gives the same
//! events, which the digest proves.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::checks::{self, Check, Scene};
use super::driven::Driven;
use super::format::{self, Lab};
use super::problem::nearest;
use super::record::Record;
use super::tests;
use super::world_text;
use crate::protocol::{
    CheckReport, Command, Event, Problem, RunView, Source, TaskReport, View, WorldFiles,
};
use crate::sim::Digest;
use crate::world::{Data, World};

/// A learner's session.
pub struct Session {
    lab: Option<Lab>,
    files: WorldFiles,
    /// The world's text with the lab's own merged in.
    text: String,
    world: World,
    hidden: Hidden,
    task: Option<String>,
    entered: BTreeSet<String>,
    records: BTreeMap<String, Record>,
    checks: BTreeMap<String, Vec<Check>>,
    digest: Digest,
    /// Traffic that is being watched.
    driven: Driven,
    /// What caches are told in place of what responses say.
    policy: Option<String>,
}

/// The world on rows the learner does not see. Opened when it is first needed, then kept level with
/// what the learner changes.
#[derive(Default)]
struct Hidden {
    /// None inside if there are no hidden rows, or they do not go into the tables.
    world: OnceCell<Option<World>>,
    /// What to do again once it is opened.
    changes: Vec<Command>,
}

impl Hidden {
    fn world(&self, files: &WorldFiles, text: &str) -> Option<&World> {
        let open = || {
            if files.hidden.trim().is_empty() {
                return None;
            }
            let mut world = World::open(files, text, Data::Hidden).ok()?;
            for change in &self.changes {
                world.apply(change);
            }
            Some(world)
        };
        self.world.get_or_init(open).as_ref()
    }

    fn change(&mut self, command: &Command) {
        match self.world.get_mut() {
            Some(Some(world)) => {
                world.apply(command);
            }
            Some(None) => {}
            None => self.changes.push(command.clone()),
        }
    }
}

impl Session {
    /// Opens a lab, or a sandbox if the source has no lab.
    ///
    /// # Errors
    /// Everything that is wrong with the lab's or the world's files.
    pub fn open(source: &Source) -> Result<Self, Vec<Problem>> {
        let lab = match &source.lab {
            Some(file) => Some(format::parse(&file.path, &file.text).map_err(in_words)?),
            None => None,
        };
        Self::with(lab, &source.world)
    }

    /// Opens a lab that is already read.
    ///
    /// # Errors
    /// Everything that is wrong with its checks or with the world's files.
    pub fn with(lab: Option<Lab>, files: &WorldFiles) -> Result<Self, Vec<Problem>> {
        let patch = lab.as_ref().map_or("", |lab| lab.world_patch.as_str());
        let text = world_text::merge(&files.world, patch).map_err(|problem| vec![problem])?;
        let checks = match &lab {
            Some(lab) => read_checks(lab)?,
            None => BTreeMap::new(),
        };
        Ok(Self {
            world: World::open(files, &text, Data::Seed)?,
            lab,
            files: files.clone(),
            text,
            hidden: Hidden::default(),
            task: None,
            entered: BTreeSet::new(),
            records: BTreeMap::new(),
            checks,
            digest: Digest::default(),
            driven: Driven::default(),
            policy: None,
        })
    }

    /// The same lab at its beginning, whose caches follow this policy.
    ///
    /// # Errors
    /// It cannot be sent as a field.
    pub(super) fn anew(&self, policy: Option<&str>) -> Result<Self, Problem> {
        let first = |problems: Vec<Problem>| problems.into_iter().next().unwrap_or_default();
        let mut world = World::open(&self.files, &self.text, Data::Seed).map_err(first)?;
        world.cache_by(policy)?;
        Ok(Self {
            world,
            policy: policy.map(str::to_owned),
            hidden: Hidden::default(),
            task: None,
            entered: BTreeSet::new(),
            ..self.fork()
        })
    }

    /// The lab; none in a sandbox.
    pub fn lab(&self) -> Option<&Lab> {
        self.lab.as_ref()
    }

    /// The world as it stands.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Opens the hidden world now, so that forks share it instead of each opening its own.
    pub fn open_hidden(&self) {
        self.hidden.world(&self.files, &self.text);
    }

    /// A session that goes its own way from here on, without what was done so far as evidence.
    ///
    /// The log of the hidden world comes along, so that it can be judged like any other.
    pub fn fork(&self) -> Self {
        Self {
            lab: self.lab.clone(),
            files: self.files.clone(),
            text: self.text.clone(),
            world: self.world.fork(),
            hidden: Hidden {
                world: match self.hidden.world.get() {
                    Some(world) => OnceCell::from(world.as_ref().map(World::fork)),
                    None => OnceCell::new(),
                },
                changes: self.hidden.changes.clone(),
            },
            task: self.task.clone(),
            entered: self.entered.clone(),
            records: BTreeMap::new(),
            checks: self.checks.clone(),
            digest: Digest::default(),
            driven: Driven::default(),
            policy: self.policy.clone(),
        }
    }

    /// Carries out one command.
    pub fn apply(&mut self, command: &Command) -> Vec<Event> {
        let events = match command {
            Command::Enter { task } => self.enter(task),
            Command::Answer {
                task,
                question,
                choice,
            } => vec![self.answer(task, question, choice)],
            Command::Sql { .. } | Command::Apply { .. } => {
                self.hidden.change(command);
                self.world.apply(command)
            }
            Command::Tests { text } => vec![self.test(text)],
            Command::Run { seed } => match self.driven.ended(self.world.text(), *seed) {
                Some(run) => vec![Event::Run { run }],
                None => self.world.apply(command),
            },
            Command::Send { .. } | Command::Wait { .. } => self.world.apply(command),
        };
        for event in &events {
            // An event has text keys only, so JSON always takes it.
            self.digest
                .write(&serde_json::to_vec(event).unwrap_or_default());
            let task = match event {
                Event::Answered { task, .. } => Some(task),
                _ => self.task.as_ref(),
            };
            if let Some(task) = task {
                self.records.entry(task.clone()).or_default().take(event);
            }
        }
        events
    }

    /// Carries out a log; gives all events.
    pub fn replay(&mut self, log: &[Command]) -> Vec<Event> {
        log.iter().flat_map(|command| self.apply(command)).collect()
    }

    /// Drives the world's traffic to be watched, see [`crate::protocol::Call::Drive`].
    ///
    /// # Errors
    /// The world's text describes none.
    pub fn drive(
        &mut self,
        seed: Option<u64>,
        anew: bool,
        (until_us, budget): (u64, u64),
    ) -> Result<RunView, Problem> {
        let simulation = self.driven.simulation(&self.world, seed, anew)?;
        simulation.advance_to(until_us, budget);
        Ok(simulation.view())
    }

    /// Judges a task. Changes nothing.
    ///
    /// # Errors
    /// There is no such task.
    pub fn check(&self, task: &str) -> Result<TaskReport, Problem> {
        let found = self.lab.as_ref().and_then(|lab| lab.task(task));
        let Some(found) = found else {
            return Err(self.no_task(task));
        };
        let none = Record::default();
        let checks = self.checks.get(task).map_or(&[][..], Vec::as_slice);
        let needs_hidden = checks.iter().any(Check::needs_hidden);
        let scene = Scene {
            task: found,
            record: self.records.get(task).unwrap_or(&none),
            world: &self.world,
            text: &self.text,
            hidden: needs_hidden
                .then(|| self.hidden.world(&self.files, &self.text))
                .flatten(),
        };
        let checks = checks::judge_all(checks, &scene);
        let points = |check: &CheckReport| check.points;
        Ok(TaskReport {
            task: task.to_owned(),
            passed: checks.iter().all(|check| check.passed),
            points: checks.iter().filter(|check| check.passed).map(points).sum(),
            of: checks.iter().map(points).sum(),
            checks,
        })
    }

    /// The world as the scope shows it.
    pub fn view(&self) -> View {
        View {
            task: self.task.clone(),
            ..self.world.view()
        }
    }

    /// The digest of all events so far, in hexadecimal.
    pub fn digest(&self) -> String {
        self.digest.hex()
    }

    fn no_task(&self, task: &str) -> Problem {
        let names = self
            .lab
            .iter()
            .flat_map(|lab| &lab.tasks)
            .map(|task| task.id.as_str());
        let problem = Problem::new(format!("There is no task `{task}` here."));
        match (nearest(task, names), &self.lab) {
            (Some(name), _) => problem.hint(format!("Did you mean `{name}`?")),
            (None, Some(_)) => problem.hint("Choose one of the lab's tasks."),
            (None, None) => problem.hint("A sandbox has no tasks."),
        }
    }

    /// Turns to a task. Where it starts from the seed, only entering it for the first time reseeds,
    /// so that looking back at it later costs nobody their work.
    fn enter(&mut self, task: &str) -> Vec<Event> {
        let found = self.lab.as_ref().and_then(|lab| lab.task(task));
        let Some(found) = found else {
            return vec![Event::Refused {
                problem: self.no_task(task),
            }];
        };
        let mut reseeded = false;
        if found.reseed && !self.entered.contains(task) {
            match World::open(&self.files, &self.text, Data::Seed) {
                Ok(mut world) => {
                    // It was read before, so it can be sent.
                    let _ = world.cache_by(self.policy.as_deref());
                    self.world = world;
                    self.hidden = Hidden::default();
                    reseeded = true;
                }
                Err(problems) => {
                    return problems
                        .into_iter()
                        .take(1)
                        .map(|problem| Event::Refused { problem })
                        .collect();
                }
            }
        }
        self.task = Some(task.to_owned());
        self.entered.insert(task.to_owned());
        vec![Event::Entered {
            task: task.to_owned(),
            reseeded,
        }]
    }

    /// Runs tests on a copy of the world, so that they change nothing.
    fn test(&self, text: &str) -> Event {
        let ran = tests::parse(text).and_then(|suite| {
            let mut world = self.world.fresh(self.world.text())?;
            Ok(tests::run(&suite, &mut world))
        });
        match ran {
            Ok(report) => Event::Tests { report },
            Err(problem) => Event::Refused { problem },
        }
    }

    fn answer(&self, task: &str, question: &str, choice: &[usize]) -> Event {
        let found = self.lab.as_ref().and_then(|lab| lab.task(task));
        let refused = |problem| Event::Refused { problem };
        let Some(found) = found else {
            return refused(self.no_task(task));
        };
        let quizzes = found.quizzes().map(|quiz| (&quiz.id, &quiz.options));
        let predictions = found.predictions().map(|asked| (&asked.id, &asked.options));
        let Some((_, options)) = quizzes.chain(predictions).find(|(id, _)| *id == question) else {
            return refused(
                Problem::new(format!("The task has no question `{question}`."))
                    .hint("Questions are called quiz-1, quiz-2, … and predict-1, predict-2, …"),
            );
        };
        if choice.iter().any(|at| *at >= options.len()) {
            return refused(
                Problem::new(format!(
                    "The question `{question}` has {} options.",
                    options.len()
                ))
                .hint("Choose one of them."),
            );
        }
        let mut choice = choice.to_vec();
        choice.sort_unstable();
        choice.dedup();
        Event::Answered {
            task: task.to_owned(),
            question: question.to_owned(),
            choice,
        }
    }
}

/// Every check of a lab, by task.
fn read_checks(lab: &Lab) -> Result<BTreeMap<String, Vec<Check>>, Vec<Problem>> {
    let mut all = BTreeMap::new();
    let mut problems = Vec::new();
    for task in &lab.tasks {
        let mut checks = Vec::new();
        for text in &task.checks {
            match Check::parse(text) {
                Ok(check) => checks.push(check),
                Err(faults) => {
                    let wrong = faults
                        .iter()
                        .map(|fault| text.problem(&lab.file, fault))
                        .collect();
                    problems.append(&mut in_words(wrong));
                }
            }
        }
        all.insert(task.id.clone(), checks);
    }
    if problems.is_empty() {
        Ok(all)
    } else {
        Err(problems)
    }
}

/// An author's problems as a learner's: the file is named in the message.
fn in_words(problems: Vec<format::LabProblem>) -> Vec<Problem> {
    problems
        .into_iter()
        .map(|problem| {
            Problem::new(format!("{}: {}", problem.file, problem.message))
                .hint(problem.hint)
                .at(problem.line, problem.column)
        })
        .collect()
}
