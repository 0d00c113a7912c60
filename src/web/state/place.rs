//! What can be open, and which panel is for what.

use crate::lab::format::{Lang, Panel};
use crate::protocol::Command;
use crate::web::route::Page;

/// What can be open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A lab, by id.
    Lab(String),
    /// A sandbox, by world.
    Sandbox(String),
}

impl Place {
    /// The place a page shows, if it shows one.
    pub fn of_page(page: &Page) -> Option<Self> {
        match page {
            Page::Lab { id, .. } => Some(Self::Lab(id.clone())),
            Page::Sandbox { world } => Some(Self::Sandbox(world.clone())),
            _ => None,
        }
    }

    /// Its name among the saves.
    pub fn key(&self) -> String {
        match self {
            Self::Lab(id) => id.clone(),
            Self::Sandbox(world) => format!("sandbox/{world}"),
        }
    }

    /// The place a name among the saves means.
    pub fn of_key(key: &str) -> Self {
        match key.strip_prefix("sandbox/") {
            Some(world) => Self::Sandbox(world.to_owned()),
            None => Self::Lab(key.to_owned()),
        }
    }

    /// The page that shows it.
    pub fn page(&self) -> Page {
        match self {
            Self::Lab(id) => Page::Lab {
                id: id.clone(),
                task: None,
            },
            Self::Sandbox(world) => Page::Sandbox {
                world: world.clone(),
            },
        }
    }
}

/// The panels a sandbox shows, in order.
pub const ALL_PANELS: [Panel; 4] = [Panel::Http, Panel::Sql, Panel::Routes, Panel::Tests];

/// What stands on a panel's tab.
pub fn title_of(panel: Panel) -> &'static str {
    match panel {
        Panel::Sql => "SQL",
        Panel::Http => "HTTP",
        Panel::Routes => "Routes",
        Panel::Tests => "Tests",
        Panel::Traffic => "Traffic",
    }
}

/// The panel of that name in an address or a lab file.
pub fn panel_named(name: &str) -> Option<Panel> {
    Panel::ALL.into_iter().find(|panel| panel.name() == name)
}

/// The panel a text belongs in, if it belongs in one.
pub fn panel_of_lang(lang: Lang) -> Option<Panel> {
    match lang {
        Lang::Sql => Some(Panel::Sql),
        Lang::Http => Some(Panel::Http),
        Lang::Toml => Some(Panel::Routes),
        Lang::Tests => Some(Panel::Tests),
        Lang::Run => Some(Panel::Traffic),
        Lang::Clock | Lang::Answer | Lang::Text => None,
    }
}

/// The panel a command is given in, if it is given in one.
pub fn panel_of_command(command: &Command) -> Option<Panel> {
    match command {
        Command::Sql { .. } => Some(Panel::Sql),
        Command::Send { .. } => Some(Panel::Http),
        Command::Apply { .. } => Some(Panel::Routes),
        Command::Tests { .. } => Some(Panel::Tests),
        Command::Run { .. } => Some(Panel::Traffic),
        Command::Wait { .. } | Command::Enter { .. } | Command::Answer { .. } => None,
    }
}
