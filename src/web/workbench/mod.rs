//! The workbench: the panels a learner works in.

mod curl;
mod http;
mod outcome;
mod request;
mod response;
mod routes;
mod sql;
mod tests;
mod traffic;
mod variables;

pub use traffic::use_pace;

use std::rc::Rc;

use yew::prelude::*;

use super::editor::Schema;
use super::props::PageProps;
use super::state::{Action, OpenLab, place};
use super::widgets::mark::Tone;
use super::widgets::{Tab, Tabs, mark_of, with_code};
use crate::lab::format::Panel;
use crate::protocol::{Problem, TableView};

/// What went wrong last in a panel.
fn trouble(lab: &OpenLab, panel: Panel) -> Option<&Problem> {
    let trouble = lab.trouble.as_ref();
    trouble
        .filter(|trouble| trouble.panel == panel)
        .map(|trouble| &trouble.problem)
}

/// Tables and their columns, for completion.
fn schema(lab: &OpenLab) -> Rc<Schema> {
    let tables = lab.view.iter().flat_map(|view| &view.tables);
    let of = |table: &TableView| {
        let columns = table.columns.iter().map(|column| column.name.clone());
        (table.name.clone(), columns.collect())
    };
    Rc::new(tables.map(of).collect())
}

/// The panels as tabs.
pub fn workbench(props: &PageProps, lab: &OpenLab) -> Html {
    let tabs: Vec<Tab> = lab
        .panels()
        .into_iter()
        .map(|panel| {
            let is_draft = panel == Panel::Routes && lab.drafts.routes.is_some();
            let tab = Tab::new(panel.name(), place::title_of(panel));
            if is_draft {
                tab.note("edited".to_owned())
            } else {
                tab
            }
        })
        .collect();
    let on_select = {
        let on = props.on.clone();
        Callback::from(move |name: &'static str| {
            if let Some(panel) = place::panel_named(name) {
                on.emit(Action::Panel(panel));
            }
        })
    };
    let panel = match lab.panel {
        Panel::Sql => sql::panel(props, lab),
        Panel::Http => http::http_panel(props.clone()),
        Panel::Routes => routes::panel(props, lab),
        Panel::Tests => tests::panel(props, lab),
        Panel::Traffic => traffic::panel(props, lab),
    };
    let tabs = Tabs {
        label: "Panels",
        id: "workbench",
        tabs,
        selected: lab.panel.name(),
        on_select,
    };
    tabs.around(panel)
}

/// A problem: what, where, what to do.
pub fn problem_note(problem: &Problem) -> Html {
    let place = problem
        .place
        .map(|place| format!("Line {}, column {}. ", place.line, place.column));
    html! {
        <div class="problem tone-refused">
            <p>
                { mark_of(Tone::Refused) }
                { " " }
                if let Some(place) = place { <span class="problem-place">{ place }</span> }
                { with_code(&problem.message) }
                if !problem.code.is_empty() { <span class="muted small">{ format!(" {}", problem.code) }</span> }
            </p>
            if let Some(hint) = &problem.hint { <p class="problem-hint">{ with_code(hint) }</p> }
        </div>
    }
}
