//! The pages, and what stands around them.

mod home;
mod lab;
mod notices;
mod progress;
mod questions;
mod shell;
mod top_bar;

use std::rc::Rc;

use yew::prelude::*;

pub use shell::Shell;

use super::state::{Action, State};

/// What every page is given.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct PageProps {
    /// All the page knows.
    pub state: Rc<State>,
    /// What the learner does.
    pub on: Callback<Action>,
}

impl PageProps {
    /// A handler that reports one action.
    pub fn emit(&self, action: Action) -> Callback<MouseEvent> {
        let on = self.on.clone();
        Callback::from(move |_| on.emit(action.clone()))
    }
}
