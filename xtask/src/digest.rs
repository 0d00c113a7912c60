//! `digest`: what the engine makes of each lab's own solutions and wrong answers, or of a topology's run,
//! natively. The browser is compared with it: the same commands must give the same digest of events there.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use backlab::lab::files::{Files, Folder};
use backlab::lab::format::{self, Lab, Snippet};
use backlab::lab::session::Session;
use backlab::lab::steps::Desk;
use backlab::protocol::{Command, Event, FileText, Problem, Source};
use serde::Serialize;

use crate::project::Project;
use crate::spread::spread;
use crate::worlds;

/// The world that topologies are put into.
const WORLD: &str = "bookshop";

/// Commands and what came of them.
#[derive(Serialize)]
pub struct Run {
    /// The world they were given to.
    world: String,
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
pub fn labs(folder: &Path) -> Result<BTreeMap<String, Run>> {
    let files = Folder(folder.to_owned());
    let mut labs = files.list();
    labs.retain(|path| path.ends_with(".md") && !path.starts_with("worlds/"));
    let runs = spread(&labs, |path| lab(&files, path.clone()))?;
    Ok(runs.into_iter().collect())
}

/// Runs the topologies of these files, each put into a world; the answer is by file.
///
/// # Errors
/// A file that cannot be read, or whose topology is refused.
pub fn topologies(project: &Project, files: &[String]) -> Result<BTreeMap<String, Run>> {
    let world = worlds::read(&worlds::folder(project), WORLD)?;
    let run = |file: &String| {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
        let log = vec![
            Command::Apply {
                text: format!("{}\n{text}", world.world),
            },
            Command::Run { seed: None },
        ];
        let source = Source {
            lab: None,
            world: world.clone(),
        };
        let mut session = Session::open(&source).map_err(|problems| worlds::said(&problems))?;
        let events = session.replay(&log);
        for event in &events {
            if let Event::Refused { problem } = event {
                bail!("{file}: {}", worlds::said(std::slice::from_ref(problem)));
            }
        }
        let run = Run {
            world: WORLD.to_owned(),
            log,
            events: events.len(),
            digest: session.digest(),
        };
        Ok((file.clone(), run))
    };
    files.iter().map(run).collect()
}

fn lab(files: &Folder, path: String) -> Result<(String, Run)> {
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
            world: lab.world,
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
