//! Tabs after the ARIA pattern: arrows move, Home and End jump, one stop in the tab order.

use web_sys::HtmlElement;
use yew::prelude::*;

/// One tab.
#[derive(Debug, Clone, PartialEq)]
pub struct Tab {
    /// Its name in callbacks and ids; letters, digits and `-`.
    pub id: AttrValue,
    /// What stands on it.
    pub label: AttrValue,
    /// A small figure or mark behind the label; empty for none.
    pub note: AttrValue,
}

impl Tab {
    /// A tab without a note.
    pub fn new(id: impl Into<AttrValue>, label: impl Into<AttrValue>) -> Self {
        Self {
            id: id.into(),
            label: label.into(),
            note: AttrValue::Static(""),
        }
    }

    /// Adds a figure or mark behind the label.
    #[must_use]
    pub fn note(mut self, note: impl Into<AttrValue>) -> Self {
        self.note = note.into();
        self
    }
}

/// Properties of [`Tabs`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct TabsProps {
    /// What the tabs choose between, for screen readers.
    pub label: AttrValue,
    /// Prefix of the element ids; unique on the page.
    pub id: AttrValue,
    /// The tabs.
    pub tabs: Vec<Tab>,
    /// The id of the chosen tab.
    pub selected: AttrValue,
    /// Called with the id of a tab that was chosen.
    pub on_select: Callback<AttrValue>,
    /// More on the same line, at its end.
    #[prop_or_default]
    pub aside: Html,
    /// The panel of the chosen tab.
    #[prop_or_default]
    pub children: Html,
}

/// A row of tabs and the panel of the chosen one.
#[component]
pub fn Tabs(props: &TabsProps) -> Html {
    let list = use_node_ref();
    let onkeydown = {
        let (props, list) = (props.clone(), list.clone());
        Callback::from(move |event: KeyboardEvent| {
            let now = props.tabs.iter().position(|tab| tab.id == props.selected);
            let Some(next) = after_key(&event.key(), now.unwrap_or(0), props.tabs.len()) else {
                return;
            };
            event.prevent_default();
            props.on_select.emit(props.tabs[next].id.clone());
            let buttons = list.cast::<HtmlElement>().map(|list| list.children());
            let button = buttons.and_then(|buttons| buttons.item(next as u32));
            if let Some(button) =
                button.and_then(|b| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(b).ok())
            {
                let _ = button.focus();
            }
        })
    };
    let tab = |tab: &Tab| {
        let chosen = tab.id == props.selected;
        let onclick = {
            let (on_select, id) = (props.on_select.clone(), tab.id.clone());
            Callback::from(move |_: MouseEvent| on_select.emit(id.clone()))
        };
        html! {
            <button
                key={tab.id.to_string()}
                type="button"
                role="tab"
                class="tab"
                id={format!("{}-tab-{}", props.id, tab.id)}
                aria-selected={if chosen { "true" } else { "false" }}
                aria-controls={chosen.then(|| format!("{}-panel", props.id))}
                tabindex={if chosen { "0" } else { "-1" }}
                {onclick}
            >
                { &tab.label }
                if !tab.note.is_empty() {
                    <span class="tab-note">{ &tab.note }</span>
                }
            </button>
        }
    };
    html! {
        <div class="tabs">
            <div class="tab-row">
                <div ref={list} class="tab-list" role="tablist" aria-label={props.label.clone()} {onkeydown}>
                    { for props.tabs.iter().map(tab) }
                </div>
                { props.aside.clone() }
            </div>
            <div
                class="tab-panel"
                role="tabpanel"
                id={format!("{}-panel", props.id)}
                aria-labelledby={format!("{}-tab-{}", props.id, props.selected)}
                tabindex="0"
            >
                { props.children.clone() }
            </div>
        </div>
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
