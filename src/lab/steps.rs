//! Snippets as commands: what a solution or a wrong answer does to a session.

use super::format::{Lang, Snippet, snippet};
use super::world_text;
use crate::protocol::{Command, Problem};

/// The commands of one snippet of a task, in a world whose text is `world_text`.
///
/// # Errors
/// The snippet cannot be read; the place is one in the snippet.
pub fn commands(task: &str, step: &Snippet, world_text: &str) -> Result<Vec<Command>, Problem> {
    Ok(match step.lang {
        Lang::Sql => snippet::statements(1, &step.text)?,
        Lang::Http => snippet::requests(&step.text)?
            .into_iter()
            .map(Command::from)
            .collect(),
        Lang::Toml => vec![Command::Apply {
            text: world_text::merge(world_text, &step.text)?,
        }],
        Lang::Tests => vec![Command::Tests {
            text: step.text.clone(),
        }],
        Lang::Run => vec![Command::Run {
            seed: snippet::run(&step.text)?,
        }],
        Lang::Clock => vec![Command::Wait {
            ms: snippet::clock(&step.text)?,
        }],
        Lang::Answer => snippet::answers(&step.text)?
            .into_iter()
            .map(|(question, choice)| Command::Answer {
                task: task.to_owned(),
                question,
                choice,
            })
            .collect(),
        Lang::Text => Vec::new(),
    })
}
