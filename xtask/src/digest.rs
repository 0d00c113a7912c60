//! `digest`: what the engine makes of each lab's own solutions and wrong answers, natively. The
//! browser is compared with it: the same commands must give the same digest of events there.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use backlab::lab::files::{Files, Folder};
use backlab::lab::format::{self, Lab, Snippet};
use backlab::lab::session::Session;
use backlab::lab::steps::Desk;
use backlab::protocol::{Command, Event, FileText, Problem, Source};
use serde::Serialize;

use crate::worlds;

/// One lab's commands and what came of them.
#[derive(Serialize)]
pub struct Run {
    /// Every command, in order.
    log: Vec<Command>,
    /// How many events they gave.
    events: usize,
    /// The digest of these events.
    digest: String,
}

/// Runs every lab below `folder`; the answer is by lab id.
///
/// # Errors
/// A lab that cannot be read or opened.
pub fn digest(folder: &Path) -> Result<BTreeMap<String, Run>> {
    let files = Folder(folder.to_owned());
    let labs = files
        .list()
        .into_iter()
        .filter(|path| path.ends_with(".md") && !path.starts_with("worlds/"));
    labs.map(|path| run(&files, path)).collect()
}

fn run(files: &Folder, path: String) -> Result<(String, Run)> {
    let read = |path: &str| {
        files
            .read(path)
            .with_context(|| format!("cannot read {path}"))
    };
    let text = read(&path)?;
    let lab = format::parse(&path, &text)
        .map_err(|problems| anyhow!("{path} is no lab: {problems:?}"))?;
    let source = Source {
        world: worlds::read(files, &lab.world)?,
        lab: Some(FileText { path, text }),
    };
    let mut session = Session::open(&source).map_err(|problems| said(&lab, problems.first()))?;
    let mut log = Vec::new();
    let mut events = 0;
    for (at, task) in lab.tasks.iter().enumerate() {
        let mut apply = |session: &mut Session, command: Command| -> Result<()> {
            for event in session.apply(&command) {
                events += 1;
                if let (Command::Enter { .. }, Event::Refused { problem }) = (&command, event) {
                    return Err(said(&lab, Some(&problem)));
                }
            }
            log.push(command);
            Ok(())
        };
        apply(
            &mut session,
            Command::Enter {
                task: task.id.clone(),
            },
        )?;
        // Wrong answers first, as learners do; the first solution last, since the next task begins
        // where it ends.
        let wrongs = task.wrongs.iter().map(|wrong| &wrong.steps);
        let mut groups: Vec<&Vec<Snippet>> = wrongs
            .chain(task.solutions.iter().rev().map(|solution| &solution.steps))
            .collect();
        // A project is built as a whole, in its first stage.
        if at == 0 {
            groups.extend(lab.designs.iter().rev().map(|design| &design.steps));
        }
        // Each changes the text that the task starts with, not what the one before made of it.
        let text = session.world().text().to_owned();
        for group in groups {
            if session.world().text() != text {
                let text = text.clone();
                apply(&mut session, Command::Apply { text })?;
            }
            let mut desk = Desk::of(task, &text);
            for step in group {
                let commands = desk
                    .commands(step)
                    .map_err(|problem| said(&lab, Some(&problem)))?;
                for command in commands {
                    apply(&mut session, command)?;
                }
            }
        }
    }
    let digest = session.digest();
    Ok((
        lab.id,
        Run {
            log,
            events,
            digest,
        },
    ))
}

fn said(lab: &Lab, problem: Option<&Problem>) -> anyhow::Error {
    anyhow!(
        "{}: {}",
        lab.file,
        problem.map_or("", |problem| &problem.message)
    )
}
