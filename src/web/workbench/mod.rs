//! The workbench: the panels a learner works in.

mod http;
mod request_form;
mod response;
mod routes;
mod sql;

use yew::prelude::*;

use super::state::{Action, OpenLab, place};
use super::widgets::mark::Tone;
use super::widgets::{Tab, Tabs};
use crate::lab::format::Panel;
use crate::protocol::Problem;

/// What every panel is given.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct PanelProps {
    /// What is open.
    pub lab: OpenLab,
    /// Whether the worker is at work.
    pub is_busy: bool,
    /// What the learner does.
    pub on: Callback<Action>,
}

impl PanelProps {
    /// What went wrong last in a panel.
    fn trouble(&self, panel: Panel) -> Option<&Problem> {
        self.lab
            .trouble
            .as_ref()
            .filter(|trouble| trouble.panel == panel)
            .map(|trouble| &trouble.problem)
    }
}

/// The panels as tabs.
#[component]
pub fn Workbench(props: &PanelProps) -> Html {
    let tabs: Vec<Tab> = props
        .lab
        .panels()
        .into_iter()
        .map(|panel| {
            let is_draft = panel == Panel::Routes && props.lab.drafts.routes.is_some();
            let tab = Tab::new(panel.name(), place::title_of(panel));
            if is_draft { tab.note("edited") } else { tab }
        })
        .collect();
    let on_select = {
        let on = props.on.clone();
        Callback::from(move |name: AttrValue| {
            if let Some(panel) = place::panel_named(&name) {
                on.emit(Action::Panel(panel));
            }
        })
    };
    let panel = match props.lab.panel {
        Panel::Sql => html! { <sql::SqlPanel ..props.clone() /> },
        Panel::Http => html! { <http::HttpPanel ..props.clone() /> },
        Panel::Routes => html! { <routes::RoutesPanel ..props.clone() /> },
    };
    html! {
        <Tabs label="Panels" id="workbench" {tabs} selected={props.lab.panel.name()} {on_select}>{ panel }</Tabs>
    }
}

/// A problem: what, where, what to do.
pub fn problem_note(problem: &Problem) -> Html {
    let place = problem
        .place
        .map(|place| format!("Line {}, column {}. ", place.line, place.column));
    html! {
        <div class={classes!("problem", Tone::Refused.class())}>
            <p>
                <span class="mark" aria-hidden="true">{ Tone::Refused.mark() }</span>
                { " " }
                if let Some(place) = place { <span class="problem-place">{ place }</span> }
                { &problem.message }
                if !problem.code.is_empty() { <span class="muted small">{ format!(" {}", problem.code) }</span> }
            </p>
            if let Some(hint) = &problem.hint { <p class="problem-hint">{ hint }</p> }
        </div>
    }
}
