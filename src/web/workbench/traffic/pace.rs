//! The beat at which a run is watched, whichever part of the page is in front.

use gloo::timers::callback::Interval;
use yew::prelude::*;

use crate::web::state::{Action, Drive};

/// Milliseconds between two looks: often enough to be smooth, and the page has time to draw each.
const BEAT_MS: u32 = 100;

/// Tells that time passes while a run goes on.
#[hook]
pub fn use_pace(is_running: bool, on: &Callback<Action>) {
    let on = on.clone();
    use_effect_with(is_running, move |is_running| {
        let beat = move || on.emit(Action::Drive(Drive::Passed(u64::from(BEAT_MS))));
        let beating = is_running.then(|| Interval::new(BEAT_MS, beat));
        move || drop(beating)
    });
}
