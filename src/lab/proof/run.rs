//! Running a lab: from each task's start, every solution passes, and every wrong answer fails
//! exactly its checks.

use super::{ProofReport, problem};
use crate::lab::checks::Check;
use crate::lab::format::{Lab, Lang, Snippet, Task, Wrong};
use crate::lab::problem::LabProblem;
use crate::lab::session::Session;
use crate::lab::steps::Desk;
use crate::protocol::{CheckReport, Command, Event, Problem, WorldFiles};

/// Runs a lab whose parts fit together.
pub(super) fn lab(lab: &Lab, text: &str, world: &WorldFiles, report: &mut ProofReport) {
    let Some(mut session) = open(lab, text, world, &mut report.problems) else {
        return;
    };
    for task in &lab.tasks {
        session.apply(&Command::Enter {
            task: task.id.clone(),
        });
        if task
            .checks
            .iter()
            .any(|check| Check::parse(check).is_ok_and(|check| check.needs_hidden()))
        {
            session.open_hidden();
        }
        let mut runner = Runner {
            lab,
            task,
            start: &session,
            problems: &mut report.problems,
        };
        runner.start();
        let mut after = None;
        for solution in task
            .solutions
            .iter()
            .filter(|solution| !solution.steps.is_empty())
        {
            report.solutions += 1;
            let end = runner.solution(&solution.steps, solution.line);
            after = after.or(end);
        }
        for wrong in &task.wrongs {
            report.wrongs += 1;
            runner.wrong(wrong);
        }
        if let Some(after) = after {
            session = after;
        }
    }
}

/// Opens a lab in a world that is sound without it.
pub(super) fn open(
    lab: &Lab,
    text: &str,
    world: &WorldFiles,
    found: &mut Vec<LabProblem>,
) -> Option<Session> {
    match Session::with(Some(lab.clone()), world) {
        Ok(session) => Some(session),
        Err(problems) => {
            // What is wrong is what the lab says of the world.
            let line = text
                .lines()
                .position(|line| line.starts_with('['))
                .map_or(1, |at| at as u32 + 1);
            found.extend(problems.into_iter().map(|wrong| {
                let hint = wrong.hint.unwrap_or_else(|| {
                    "Repair what the front matter says of the world.".to_owned()
                });
                problem(&lab.file, (line, 1), wrong.message, hint)
            }));
            None
        }
    }
}

/// Carries out steps of a task in a session of their own; gives it afterwards with what was refused
/// first, or else the step that cannot be read.
pub(super) fn play(
    start: &Session,
    mut desk: Desk<'_>,
    steps: &[Snippet],
) -> Result<(Session, Option<Refusal>), Refusal> {
    let mut session = start.fork();
    let mut refusal = None;
    for step in steps {
        let commands = desk.commands(step).map_err(|wrong| {
            // The place of what cannot be read is one in the step.
            let inner = wrong.place.map_or(1, |place| place.line);
            Refusal::new(step.line + inner - 1, wrong)
        })?;
        for command in commands {
            for event in session.apply(&command) {
                if let Event::Refused { problem } | Event::NotCaptured { problem } = event {
                    refusal.get_or_insert(Refusal::new(step.line, problem));
                }
            }
        }
    }
    Ok((session, refusal))
}

/// A step that was not carried out.
pub(super) struct Refusal {
    pub line: u32,
    pub message: String,
    pub hint: String,
}

impl Refusal {
    fn new(line: u32, problem: Problem) -> Self {
        let hint = problem.hint;
        Self {
            line,
            message: problem.message,
            hint: hint.unwrap_or_else(|| "Every step must be possible.".to_owned()),
        }
    }
}

struct Runner<'r> {
    lab: &'r Lab,
    task: &'r Task,
    start: &'r Session,
    problems: &'r mut Vec<LabProblem>,
}

impl Runner<'_> {
    fn say(&mut self, line: u32, message: impl Into<String>, hint: impl Into<String>) {
        self.problems
            .push(problem(&self.lab.file, (line, 1), message, hint));
    }

    fn judge(&self, session: &Session) -> Vec<CheckReport> {
        session
            .check(&self.task.id)
            .map_or_else(|_| Vec::new(), |report| report.checks)
    }

    fn start(&mut self) {
        let checks = self.judge(self.start);
        if checks.iter().all(|check| check.passed) {
            self.say(
                self.task.line,
                format!("The task `{}` is passed before anything is done.", self.task.id),
                "Let a check look for something the learner does; each must fail at the start or be joined by one that does.",
            );
        }
    }

    /// Runs steps from the start; gives the session afterwards and the first refusal.
    fn run(&mut self, steps: &[Snippet]) -> Option<(Session, Option<Refusal>)> {
        let desk = Desk::of(self.task, self.start.world().text());
        let played = play(self.start, desk, steps);
        played
            .map_err(|wrong| self.say(wrong.line, wrong.message, wrong.hint))
            .ok()
    }

    /// Whether a solution passes; gives where it ends.
    fn solution(&mut self, steps: &[Snippet], line: u32) -> Option<Session> {
        let (session, refusal) = self.run(steps)?;
        if let Some(refused) = refusal {
            self.say(
                refused.line,
                format!("This step of a solution is refused: {}", refused.message),
                refused.hint,
            );
            return None;
        }
        let failed: Vec<CheckReport> = self
            .judge(&session)
            .into_iter()
            .filter(|check| !check.passed)
            .collect();
        for check in &failed {
            self.say(
                line,
                format!("This solution does not pass the check `{}`.", check.id),
                format!("The learner would read: {}", check.message),
            );
        }
        failed.is_empty().then_some(session)
    }

    fn wrong(&mut self, wrong: &Wrong) {
        if let Some((session, refusal)) = self.run(&wrong.steps) {
            // Judged on the world from before, it proves nothing, unless being refused is the mistake.
            let is_text = |step: &Snippet, line| step.lang == Lang::Toml && step.line == line;
            let is_meant = wrong.expect.contains("refused");
            if let Some(refused) = refusal
                && !is_meant
                && wrong.steps.iter().any(|step| is_text(step, refused.line))
            {
                let message = format!(
                    "This text of a wrong answer is refused: {}",
                    refused.message
                );
                self.say(refused.line, message, refused.hint);
                return;
            }
            let reports = self.judge(&session);
            let found = mismatches(wrong, "wrong answer", &reports);
            for (message, hint) in found {
                self.say(wrong.line, message, hint);
            }
        }
    }
}

/// Where the checks do not fail as a wrong answer (or a faulty design) says, each with what to do.
pub(super) fn mismatches(
    wrong: &Wrong,
    what: &str,
    reports: &[CheckReport],
) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let named = wrong.checks.join("`, `");
    let mut told = Vec::new();
    for check in reports {
        match (wrong.checks.contains(&check.id), check.passed) {
            (true, true) => found.push((
                format!("This {what} passes the check `{}`.", check.id),
                "Make the check stricter, or the mistake plainer.".to_owned(),
            )),
            (true, false) => told.push(check),
            (false, true) => {}
            (false, false) => found.push((
                format!(
                    "This {what} should fail `{named}` only, and fails `{}` as well.",
                    check.id
                ),
                format!(
                    "Do what that check wants in the same group, or name it too. It says: {}",
                    check.message
                ),
            )),
        }
    }
    for check in &told {
        if check.message.trim().is_empty() {
            found.push((
                format!("The check `{}` says nothing to this {what}.", check.id),
                "Write a `fail` that says what was found and where to look.".to_owned(),
            ));
        }
    }
    if !told.is_empty()
        && told
            .iter()
            .all(|check| !check.message.contains(&wrong.expect))
    {
        let messages: Vec<&str> = told.iter().map(|check| check.message.as_str()).collect();
        found.push((
            format!("This {what} should be told \"{}\".", wrong.expect),
            format!("It is told: {}", messages.join(" · ")),
        ));
    }
    found
}
