//! The fields of a request, with names and values completed.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{FormProps, change};
use crate::web::field_names::FIELDS;
use crate::web::widgets::{Glyph, icon};

/// A row that is not filled in yet.
pub fn add(props: &FormProps) -> Html {
    let change = change(props);
    let onclick = Callback::from(move |_: MouseEvent| {
        change.emit(Box::new(|form| form.request.headers.push(<_>::default())));
    });
    html! { <button type="button" class="button quiet" {onclick}>{ icon(Glyph::Plus) }{ "Header" }</button> }
}

/// A row a field.
pub fn headers(props: &FormProps) -> Html {
    if props.form.request.headers.is_empty() {
        return html! {};
    }
    html! {
        <div class="headers" role="group" aria-label="Headers">
            { for (0..props.form.request.headers.len()).map(|at| row(props, at)) }
            <datalist id="header-names">{ for FIELDS.iter().map(|(name, _)| html! { <option value={*name} /> }) }</datalist>
        </div>
    }
}

fn row(props: &FormProps, at: usize) -> Html {
    let (name, value) = &props.form.request.headers[at];
    let part = |set: fn(&mut (String, String), String)| {
        let change = change(props);
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                change.emit(Box::new(move |form| {
                    if let Some(header) = form.request.headers.get_mut(at) {
                        set(header, input.value());
                    }
                }));
            }
        })
    };
    let remove = {
        let change = change(props);
        Callback::from(move |_: MouseEvent| {
            change.emit(Box::new(move |form| {
                if at < form.request.headers.len() {
                    form.request.headers.remove(at);
                }
            }));
        })
    };
    let values = values(props, name);
    let list = format!("header-values-{at}");
    html! {
        <div class="header-row" key={at}>
            <input class="mono" list="header-names" aria-label={format!("Header {} name", at + 1)} placeholder="Name"
                autocomplete="off" autocapitalize="off" spellcheck="false"
                value={name.clone()} oninput={part(|header, text| header.0 = text.replace([':', '\n'], ""))} />
            <input class="mono" list={list.clone()} aria-label={format!("Header {} value", at + 1)} placeholder="value"
                autocomplete="off" autocapitalize="off" spellcheck="false"
                value={value.clone()} oninput={part(|header, text| header.1 = text)} />
            <button type="button" class="button quiet icon-only" aria-label={format!("Remove header {}", at + 1)} onclick={remove}>
                { icon(Glyph::Close) }
            </button>
            <datalist id={list}>{ for values.into_iter().map(|value| html! { <option {value} /> }) }</datalist>
        </div>
    }
}

/// What a field may say: what the answer on screen suggests, then what people often send.
fn values(props: &FormProps, name: &str) -> Vec<String> {
    let is = |known: &str| known.eq_ignore_ascii_case(name.trim());
    let offered = props.offers.iter().filter(|(known, _)| is(known));
    let mut all: Vec<String> = offered.map(|(_, value)| value.clone()).collect();
    let usual = FIELDS.iter().find(|(known, _)| is(known));
    all.extend(
        usual
            .iter()
            .flat_map(|(_, values)| values.iter().map(|value| (*value).to_owned())),
    );
    all
}
