//! The traffic panel: a run of what the world's text describes, watched live.

mod charts;
mod pace;
mod tiles;
mod toolbar;

pub use pace::use_pace;

use yew::prelude::*;

use super::{problem_note, trouble};
use crate::lab::format::Panel;
use crate::web::props::PageProps;
use crate::web::state::OpenLab;

/// The traffic panel.
pub fn panel(props: &PageProps, lab: &OpenLab) -> Html {
    let trouble = trouble(lab, Panel::Traffic);
    let run = lab.shown_run();
    let is_old = lab.driving.run.is_none() && lab.run_is_old;
    html! {
        <div class="panel traffic-panel" key="traffic">
            if lab.has_traffic() { { toolbar::toolbar(props, lab) } }
            <div class="results">
                if let Some(problem) = trouble { { problem_note(problem) } }
                if is_old {
                    <p class="problem tone-stale">{ "The world’s text was replaced since: run it again to see what that changed." }</p>
                }
                if let Some(run) = run {
                    { tiles::tiles(run) }
                    { charts::charts(props, run) }
                } else if !lab.has_traffic() {
                    <p class="empty">
                        { "This world has no traffic. Describe who sends and what answers in the tab Routes, in " }
                        <code>{ "[topology]" }</code>{ ", and press Apply." }
                    </p>
                } else if trouble.is_none() {
                    <p class="empty">{ "Press Run: the traffic that the text in the tab Routes describes goes through its parts, in virtual time, and you see where it waits and what fails." }</p>
                }
            </div>
        </div>
    }
}
