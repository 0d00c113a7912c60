//! What is handed down the page.

use yew::prelude::*;

use super::shared::Shared;
use super::state::{Action, OpenLab, State};

/// What every part of the page is drawn from.
#[derive(Clone, PartialEq, Properties)]
pub struct PageProps {
    /// All the page knows.
    pub state: Shared<State>,
    /// What the learner does.
    pub on: Callback<Action>,
}

impl PageProps {
    /// A handler that reports one action.
    pub fn emit(&self, action: Action) -> Callback<MouseEvent> {
        emit(&self.on, action)
    }

    /// The open lab.
    pub fn lab(&self) -> Option<&OpenLab> {
        self.state.lab()
    }
}

/// A handler that reports one action.
pub fn emit(on: &Callback<Action>, action: Action) -> Callback<MouseEvent> {
    let on = on.clone();
    Callback::from(move |_| on.emit(action.clone()))
}
