//! Tabs after the ARIA pattern: arrows move, Home and End jump, one stop in the tab order.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::yes_or_no;

/// One tab.
pub struct Tab {
    /// Its name in callbacks and ids; letters, digits and `-`.
    id: &'static str,
    /// What stands on it.
    label: &'static str,
    /// A small figure or mark behind the label; empty for none.
    note: String,
}

impl Tab {
    /// A tab without a note.
    pub fn new(id: &'static str, label: &'static str) -> Self {
        let note = String::new();
        Self { id, label, note }
    }

    /// Its name in callbacks and ids.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// Adds a figure or mark behind the label.
    #[must_use]
    pub fn note(mut self, note: String) -> Self {
        self.note = note;
        self
    }
}

/// A row of tabs and the panel of the chosen one.
pub struct Tabs<'a> {
    /// What the tabs choose between, for screen readers.
    pub label: &'static str,
    /// Prefix of the element ids; unique on the page.
    pub id: &'static str,
    /// The tabs.
    pub tabs: Vec<Tab>,
    /// The id of the chosen tab.
    pub selected: &'a str,
    /// Called with the id of a tab that was chosen.
    pub on_select: Callback<&'static str>,
}

impl Tabs<'_> {
    /// The tabs with the panel of the chosen one.
    pub fn around(self, panel: Html) -> Html {
        let Self { id, selected, .. } = self;
        let ids: Vec<&'static str> = self.tabs.iter().map(|tab| tab.id).collect();
        let now = ids.iter().position(|id| *id == selected).unwrap_or(0);
        let onkeydown = {
            let on_select = self.on_select.clone();
            Callback::from(move |event: KeyboardEvent| {
                let Some(next) = after_key(&event.key(), now, ids.len()) else {
                    return;
                };
                event.prevent_default();
                on_select.emit(ids[next]);
                focus(&event, next);
            })
        };
        let tab = |tab: &Tab| {
            let is_chosen = tab.id == selected;
            let onclick = {
                let (on_select, id) = (self.on_select.clone(), tab.id);
                Callback::from(move |_: MouseEvent| on_select.emit(id))
            };
            html! {
                <button
                    key={tab.id}
                    type="button"
                    role="tab"
                    class="tab"
                    id={format!("{id}-tab-{}", tab.id)}
                    aria-selected={yes_or_no(is_chosen)}
                    aria-controls={is_chosen.then(|| format!("{id}-panel"))}
                    tabindex={if is_chosen { "0" } else { "-1" }}
                    {onclick}
                >
                    { tab.label }
                    if !tab.note.is_empty() {
                        <span class="tab-note">{ &tab.note }</span>
                    }
                </button>
            }
        };
        html! {
            <div class="tabs">
                <div class="tab-row">
                    <div class="tab-list" role="tablist" aria-label={self.label} {onkeydown}>
                        { for self.tabs.iter().map(tab) }
                    </div>
                </div>
                <div
                    class="tab-panel"
                    role="tabpanel"
                    id={format!("{id}-panel")}
                    aria-labelledby={format!("{id}-tab-{selected}")}
                    tabindex="0"
                >
                    { panel }
                </div>
            </div>
        }
    }
}

/// Moves the focus from the tab that heard a key to another one of its row.
fn focus(event: &KeyboardEvent, to: usize) {
    let row = event
        .target_dyn_into::<Element>()
        .and_then(|tab| tab.parent_element());
    let tab = row.and_then(|row| row.children().item(to as u32));
    if let Some(tab) = tab.and_then(|tab| tab.dyn_into::<HtmlElement>().ok()) {
        // Only elements that are gone refuse the focus.
        let _ = tab.focus();
    }
}

/// The tab that a key leads to.
fn after_key(key: &str, now: usize, count: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    match key {
        "ArrowRight" => Some(if now >= last { 0 } else { now + 1 }),
        "ArrowLeft" => Some(if now == 0 { last } else { now - 1 }),
        "Home" => Some(0),
        "End" => Some(last),
        _ => None,
    }
}
