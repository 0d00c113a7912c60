//! Running a lab: from each task's start, every solution passes, and every wrong answer fails
//! exactly its check.

use super::{ProofReport, problem};
use crate::lab::checks::Check;
use crate::lab::format::{Lab, Snippet, Task};
use crate::lab::problem::LabProblem;
use crate::lab::session::Session;
use crate::lab::steps::commands;
use crate::protocol::{CheckReport, Command, Event, Problem, WorldFiles};

/// Runs a lab whose parts fit together.
pub(super) fn lab(lab: &Lab, text: &str, world: &WorldFiles, report: &mut ProofReport) {
    let mut session = match Session::with(Some(lab.clone()), world) {
        Ok(session) => session,
        Err(problems) => {
            // The world is sound without the lab: what is wrong is what the lab says of it.
            let line = text
                .lines()
                .position(|line| line.starts_with('['))
                .map_or(1, |at| at as u32 + 1);
            report.problems.extend(problems.into_iter().map(|wrong| {
                let hint = wrong.hint.unwrap_or_else(|| {
                    "Repair what the front matter says of the world.".to_owned()
                });
                problem(&lab.file, (line, 1), wrong.message, hint)
            }));
            return;
        }
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
    fn run(&mut self, steps: &[Snippet]) -> Option<(Session, Option<(u32, Problem)>)> {
        let mut session = self.start.fork();
        let mut refusal = None;
        for step in steps {
            let commands = match commands(&self.task.id, step, session.world().text()) {
                Ok(commands) => commands,
                Err(wrong) => {
                    let line = wrong.place.map_or(1, |place| place.line);
                    let hint = wrong.hint.unwrap_or_else(|| "Repair the block.".to_owned());
                    self.say(step.line + line - 1, wrong.message, hint);
                    return None;
                }
            };
            for command in commands {
                for event in session.apply(&command) {
                    if let Event::Refused { problem } = event {
                        refusal.get_or_insert((step.line, problem));
                    }
                }
            }
        }
        Some((session, refusal))
    }

    /// Whether a solution passes; gives where it ends.
    fn solution(&mut self, steps: &[Snippet], line: u32) -> Option<Session> {
        let (session, refusal) = self.run(steps)?;
        if let Some((line, refused)) = refusal {
            let hint = refused
                .hint
                .unwrap_or_else(|| "A solution's steps must all be possible.".to_owned());
            self.say(
                line,
                format!("This step of a solution is refused: {}", refused.message),
                hint,
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

    fn wrong(&mut self, wrong: &crate::lab::format::Wrong) {
        let Some((session, _)) = self.run(&wrong.steps) else {
            return;
        };
        let (line, name) = (wrong.line, &wrong.check);
        let mut named = None;
        for check in self
            .judge(&session)
            .into_iter()
            .filter(|check| !check.passed)
        {
            if check.id == *name {
                named = Some(check);
            } else {
                self.say(
                    line,
                    format!(
                        "This wrong answer should fail `{name}` only, and fails `{}` as well.",
                        check.id
                    ),
                    format!(
                        "Do what that check wants in the same group. It says: {}",
                        check.message
                    ),
                );
            }
        }
        match named {
            None => self.say(
                line,
                format!("This wrong answer passes the check `{name}`."),
                "Make the check stricter, or the answer wrong.",
            ),
            Some(check) if check.message.trim().is_empty() => self.say(
                line,
                format!("The check `{name}` says nothing to this wrong answer."),
                "Write a `fail` that says what was found and where to look.",
            ),
            Some(check) if !check.message.contains(&wrong.expect) => self.say(
                line,
                format!("This wrong answer should be told \"{}\".", wrong.expect),
                format!("It is told: {}", check.message),
            ),
            Some(_) => {}
        }
    }
}
