//! Projects: whole designs get every point in every stage, and each faulty one loses exactly the
//! checks that see its fault.

use super::run::{mismatches, open, play};
use super::{ProofReport, problem};
use crate::lab::format::{Lab, Snippet, Wrong};
use crate::lab::problem::{LabProblem, suggest};
use crate::lab::session::Session;
use crate::lab::steps::Desk;
use crate::protocol::{CheckReport, WorldFiles};

/// Fewer probes would not tell a working backend from one that looks like it.
const PROBES: usize = 15;
/// Fewer designs would tie the probes to one way of building it.
const DESIGNS: usize = 4;
/// Fewer faulty designs would leave it open what the probes are good for.
const FAULTY: usize = 10;

/// What is wrong with a project's parts.
pub(super) fn problems(lab: &Lab) -> Vec<LabProblem> {
    let mut found = Vec::new();
    let mut wrong = |line: u32, message: String, hint: String| {
        found.push(problem(&lab.file, (line, 1), message, hint));
    };
    let checks: Vec<_> = lab.tasks.iter().flat_map(|task| &task.checks).collect();
    let probes = checks.iter().filter(|check| check.on == "probe").count();
    for (have, least, what, hint) in [
        (
            probes,
            PROBES,
            "checks that probe",
            "Add `toml check` blocks with `on = \"probe\"`: the unusual paths, not only the usual one.",
        ),
        (
            lab.designs.len(),
            DESIGNS,
            "designs",
            "Add `toml design=<name>` blocks: other routes, other statements, all of them right.",
        ),
        (
            lab.faulty.len(),
            FAULTY,
            "faulty designs",
            "Add `toml faulty=<name> loses=<check id>` blocks: a mistake people really make in each.",
        ),
    ] {
        if have < least {
            let message = format!("This project has {have} {what}; it needs at least {least}.");
            wrong(1, message, hint.to_owned());
        }
    }
    for (at, check) in checks.iter().enumerate() {
        if let Some(before) = checks[..at].iter().find(|before| before.id == check.id) {
            wrong(
                check.line,
                format!(
                    "The check id `{}` is taken on line {}.",
                    check.id, before.line
                ),
                "Ids are unique in a whole project, so that `loses` can name them.".to_owned(),
            );
        }
        if !lab
            .faulty
            .iter()
            .any(|design| design.checks.contains(&check.id))
        {
            wrong(
                check.line,
                format!("Nothing shows how the check `{}` fails.", check.id),
                format!(
                    "Name it in the `loses` of a faulty design, or add one: `toml faulty=<name> loses={}`.",
                    check.id
                ),
            );
        }
    }
    let ids: Vec<&str> = checks.iter().map(|check| check.id.as_str()).collect();
    for design in &lab.faulty {
        let name = name_of(design);
        if design.checks.is_empty() {
            wrong(
                design.line,
                format!("The faulty design `{name}` does not say which checks see it."),
                format!("Write `toml faulty={name} loses=<check id>,<check id>`."),
            );
        }
        if let Some(stranger) = design.checks.iter().find(|id| !ids.contains(&id.as_str())) {
            wrong(
                design.line,
                format!("The project has no check `{stranger}`."),
                suggest(stranger, &ids),
            );
        }
        if design.steps.is_empty() {
            wrong(
                design.line,
                format!("The faulty design `{name}` is the first design itself."),
                format!("Write what differs in a `toml faulty={name}` block."),
            );
        }
    }
    found
}

/// Runs a project whose parts fit together.
pub(super) fn run(lab: &Lab, text: &str, world: &WorldFiles, report: &mut ProofReport) {
    let Some(start) = open(lab, text, world, &mut report.problems) else {
        return;
    };
    let mut builder = Builder {
        lab,
        problems: &mut report.problems,
    };
    builder.start(&start);
    let mut first = None;
    for design in &lab.designs {
        report.designs += 1;
        let end = builder.design(&start, &design.steps, design.line);
        first = first.or(end);
    }
    if let Some(first) = first {
        for design in &lab.faulty {
            report.faulty += 1;
            builder.faulty(&first, design);
        }
    }
}

struct Builder<'b> {
    lab: &'b Lab,
    problems: &'b mut Vec<LabProblem>,
}

impl Builder<'_> {
    fn say(&mut self, line: u32, message: impl Into<String>, hint: impl Into<String>) {
        self.problems
            .push(problem(&self.lab.file, (line, 1), message, hint));
    }

    /// Every check of every stage.
    fn judge(&self, session: &Session) -> Vec<CheckReport> {
        let stages = self.lab.tasks.iter();
        stages
            .filter_map(|task| session.check(&task.id).ok())
            .flat_map(|report| report.checks)
            .collect()
    }

    /// Nothing is given before anything is built.
    fn start(&mut self, start: &Session) {
        for check in self.judge(start).iter().filter(|check| check.passed) {
            let checks = self.lab.tasks.iter().flat_map(|task| &task.checks);
            let line = checks
                .filter(|text| text.id == check.id)
                .map(|text| text.line)
                .next();
            self.say(
                line.unwrap_or(1),
                format!("The check `{}` passes before anything is built.", check.id),
                "Let the probe first do something that needs the design, so that points are earned.",
            );
        }
    }

    fn play(&mut self, from: &Session, steps: &[Snippet]) -> Option<Session> {
        match play(from, Desk::plain("", from.world().text()), steps) {
            Ok((session, None)) => Some(session),
            Ok((_, Some(refused))) | Err(refused) => {
                self.say(
                    refused.line,
                    format!("This step of a design is refused: {}", refused.message),
                    refused.hint,
                );
                None
            }
        }
    }

    /// Whether a design gets every point; gives where it ends.
    fn design(&mut self, start: &Session, steps: &[Snippet], line: u32) -> Option<Session> {
        let session = self.play(start, steps)?;
        let reports = self.judge(&session);
        let mut failed = reports.iter().filter(|check| !check.passed).peekable();
        let all = failed.peek().is_none();
        for check in failed {
            self.say(
                line,
                format!("This design does not pass the check `{}`.", check.id),
                format!("The learner would read: {}", check.message),
            );
        }
        all.then_some(session)
    }

    fn faulty(&mut self, first: &Session, design: &Wrong) {
        let Some(session) = self.play(first, &design.steps) else {
            return;
        };
        let reports = self.judge(&session);
        let what = format!("faulty design `{}`", name_of(design));
        for (message, hint) in mismatches(design, &what, &reports) {
            self.say(design.line, message, hint);
        }
    }
}

fn name_of(design: &Wrong) -> &str {
    design.label.as_deref().unwrap_or_default()
}
