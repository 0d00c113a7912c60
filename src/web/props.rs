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
    pub fn emit(&self, action: impl Fn() -> Action + 'static) -> Callback<MouseEvent> {
        emit(&self.on, action)
    }

    /// The open lab.
    pub fn lab(&self) -> Option<&OpenLab> {
        self.state.lab()
    }
}

/// A handler that reports one action, made anew each time: copying any of them would bring the code
/// with it that copies all a worker can say.
pub fn emit(on: &Callback<Action>, action: impl Fn() -> Action + 'static) -> Callback<MouseEvent> {
    report(on.clone(), Box::new(action))
}

fn report(on: Callback<Action>, action: Box<dyn Fn() -> Action>) -> Callback<MouseEvent> {
    Callback::from(move |_| on.emit(action()))
}
