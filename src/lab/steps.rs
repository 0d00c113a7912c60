//! Snippets as commands: what a solution or a wrong answer does to a session.

use super::format::{Lang, Snippet, Task, snippet};
use super::world_text;
use crate::protocol::{Command, Problem};

/// What a way begins with: the task, and the world's text in its panel, which the way's steps change.
pub struct Desk<'t> {
    task: &'t str,
    draft: String,
}

impl<'t> Desk<'t> {
    /// A task as a learner finds it: what it starts with stands in the text, and is not applied. A start
    /// that is broken on purpose is left out.
    pub fn of(task: &'t Task, world_text: &str) -> Self {
        let mut desk = Self::plain(&task.id, world_text);
        for start in &task.starts {
            if start.lang == Lang::Toml
                && let Ok(merged) = world_text::merge(&desk.draft, &start.text)
            {
                desk.draft = merged;
            }
        }
        desk
    }

    /// The world's text as it is.
    pub fn plain(task: &'t str, world_text: &str) -> Self {
        Self {
            task,
            draft: world_text.to_owned(),
        }
    }

    /// The commands of one snippet.
    ///
    /// # Errors
    /// The snippet cannot be read; the place is one in the snippet.
    pub fn commands(&mut self, step: &Snippet) -> Result<Vec<Command>, Problem> {
        commands(self.task, step, &mut self.draft)
    }
}

fn commands(task: &str, step: &Snippet, draft: &mut String) -> Result<Vec<Command>, Problem> {
    Ok(match step.lang {
        Lang::Sql => snippet::statements(1, &step.text)?,
        Lang::Http => snippet::requests(&step.text)?
            .into_iter()
            .map(Command::from)
            .collect(),
        Lang::Toml => {
            *draft = world_text::merge(draft, &step.text)?;
            let text = draft.clone();
            vec![Command::Apply { text }]
        }
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
