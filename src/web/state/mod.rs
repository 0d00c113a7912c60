//! All the page knows, and the one function that changes it. Nothing here touches a browser: what
//! has to be done outside comes out as [`Effect`]s, which `app` carries out.

pub mod action;
pub mod engine;
mod keeping;
pub mod lab;
mod opening;
pub mod place;
pub mod traffic;
mod update;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::rc::Rc;

pub use action::{Action, Draft, Effect};
pub use engine::{Engine, Phase};
pub use lab::{Fetched, Look, OpenLab, Region, Trouble};
pub use place::Place;
pub use traffic::Drive;

use super::route::Route;
use super::store::{Save, Settings};
use super::tabs::Tabs;
use crate::lab::catalog::Catalog;
pub use crate::lab::format::Panel;
use crate::protocol::{Problem, Stack};

/// All the page knows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// Where the learner is.
    pub route: Route,
    /// What labs there are.
    pub catalog: Loaded<Rc<Catalog>>,
    /// Every save, by place.
    pub saves: Rc<BTreeMap<String, Save>>,
    /// What holds for the whole app.
    pub settings: Settings,
    /// The worker, as far as the page is concerned.
    pub engine: Engine,
    /// What is open.
    pub open: Opened,
    /// Who saves.
    pub tabs: Tabs,
    /// What the learner should know.
    pub notices: Vec<Notice>,
    /// Templates of frameworks that were fetched.
    pub templates: Vec<(Stack, Rc<str>)>,
    /// Whether all of the page's code is here.
    pub is_whole: bool,
}

/// Something that has to be fetched.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Loaded<T> {
    /// On its way.
    #[default]
    Loading,
    /// Here.
    Done(T),
    /// Not to be had. Says why.
    Failed(String),
}

/// What is open.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Opened {
    /// Nothing: a page without a backend.
    #[default]
    Nothing,
    /// Its files are on their way.
    Loading(Place),
    /// Its files cannot be had.
    Missing(Place, String),
    /// Its author has to repair it.
    Broken(Place, Problem),
    /// It is there (the worker may still be opening it).
    Lab(Box<OpenLab>),
}

/// What the learner should know, until it is dismissed or no longer true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The worker died and the lab was brought back.
    Restored(String),
    /// The learner stopped something and the lab was brought back.
    Stopped,
    /// Saves that could not be used, with the keys they were put aside under.
    PutAside {
        /// The place.
        place: String,
        /// Where its text is now.
        key: String,
        /// Why.
        reason: &'static str,
    },
    /// The rest of the page's code is not to be had. Says why.
    Partly(String),
    /// Nothing can be stored.
    StorageBlocked,
    /// What came of an import.
    Imported {
        /// Labs taken over.
        taken: usize,
        /// Labs that could not be read.
        refused: usize,
    },
    /// The file was none of ours.
    NotAnExport,
}

impl State {
    /// The open lab, if one is open.
    pub fn lab(&self) -> Option<&OpenLab> {
        match &self.open {
            Opened::Lab(lab) => Some(lab),
            _ => None,
        }
    }

    /// What is open or on its way.
    pub fn place(&self) -> Option<&Place> {
        match &self.open {
            Opened::Nothing => None,
            Opened::Loading(place) | Opened::Missing(place, _) | Opened::Broken(place, _) => {
                Some(place)
            }
            Opened::Lab(lab) => Some(&lab.place),
        }
    }

    /// Whether commands can be given now: the world is open.
    pub fn is_live(&self) -> bool {
        self.lab().is_some_and(|lab| lab.view.is_some())
    }
}
