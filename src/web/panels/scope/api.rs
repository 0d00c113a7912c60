//! The API as a whole: its routes, each as code of many frameworks, and what it is in other tools'
//! formats.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::protocol::{Export, Format, LayerState, LayerView, Stack};
use crate::web::exports::{Exported, Wanted};
use crate::web::shared::Shared;
use crate::web::widgets::format::bytes;
use crate::web::widgets::{CopyProps, Glyph, copy_button, icon, yes_or_no};

/// What [`api`] is given beside the layers.
#[derive(Clone, PartialEq)]
pub struct ApiProps {
    /// What was asked for last, if it is here.
    pub exported: Option<Shared<Exported>>,
    /// Called with what is asked for.
    pub on_ask: Callback<Wanted>,
    /// Called with a route that is to be tried: `GET /books/{id}`.
    pub on_try: Callback<String>,
    /// Called with a file that is to be kept.
    pub on_download: Callback<Export>,
}

fn title(format: Format) -> &'static str {
    match format {
        Format::Openapi => "OpenAPI 3.1",
        Format::Postman => "Postman",
        Format::Http => ".http",
        Format::Hurl => "Hurl",
    }
}

/// Routes, and exports.
pub fn api(layers: &[LayerView], props: &ApiProps) -> Html {
    let routes = layers.iter().find_map(|layer| match &layer.state {
        LayerState::Routes { routes } => Some(routes.as_slice()),
        _ => None,
    });
    let exported = props.exported.as_deref();
    html! {
        <div class="api">
            <section aria-label="Routes">
                <ul class="api-routes">{ for routes.unwrap_or_default().iter().map(|name| route(name, props)) }</ul>
            </section>
            <section class="api-export" aria-label="For other tools">
                <div class="api-bar">
                    <h3>{ "For other tools" }</h3>
                    <span class="faces" role="group" aria-label="Format">{ for Format::ALL.map(|format| choice(format, props)) }</span>
                </div>
                if let Some(exported) = exported {
                    if let Wanted::Code(route, stack) = &exported.wanted { { stacks(route, *stack, props) } }
                    { file(&exported.export, props) }
                }
            </section>
        </div>
    }
}

fn route(name: &str, props: &ApiProps) -> Html {
    let (method, path) = name.split_once(' ').unwrap_or(("", name));
    let onclick = {
        let (on_try, name) = (props.on_try.clone(), name.to_owned());
        Callback::from(move |_: MouseEvent| on_try.emit(name.clone()))
    };
    // Another route's code comes in the framework that is looked at.
    let shown = props.exported.as_deref().map(|it| &it.wanted);
    let (is_code, stack) = match shown {
        Some(Wanted::Code(route, stack)) => (route == name, *stack),
        _ => (false, Stack::Express),
    };
    let on_code = {
        let (on_ask, wanted) = (props.on_ask.clone(), Wanted::Code(name.to_owned(), stack));
        Callback::from(move |_: MouseEvent| on_ask.emit(wanted.clone()))
    };
    html! {
        <li key={name.to_owned()}>
            <strong class="mono api-method">{ method }</strong>
            <code class="api-path">{ path }</code>
            <button type="button" class="button quiet" aria-label={format!("{name} as code")} aria-pressed={yes_or_no(is_code)} onclick={on_code}>{ "Code" }</button>
            <button type="button" class="button quiet" aria-label={format!("Try {name}")} {onclick}>{ icon(Glyph::Play) }{ "Try" }</button>
        </li>
    }
}

fn choice(format: Format, props: &ApiProps) -> Html {
    let wanted = Wanted::Whole(format);
    let is_shown = props
        .exported
        .as_ref()
        .is_some_and(|exported| exported.wanted == wanted);
    let onclick = {
        let on_ask = props.on_ask.clone();
        Callback::from(move |_: MouseEvent| on_ask.emit(wanted.clone()))
    };
    html! {
        <button type="button" class="button quiet" aria-pressed={yes_or_no(is_shown)} {onclick}>{ title(format) }</button>
    }
}

/// The framework a route is written in, and the others to choose from.
fn stacks(route: &str, shown: Stack, props: &ApiProps) -> Html {
    let onchange = {
        let (on_ask, route) = (props.on_ask.clone(), route.to_owned());
        Callback::from(move |event: Event| {
            let select = event.target_dyn_into::<HtmlSelectElement>();
            let at = select.and_then(|select| usize::try_from(select.selected_index()).ok());
            if let Some(stack) = at.and_then(|at| Stack::ALL.get(at)) {
                on_ask.emit(Wanted::Code(route.clone(), *stack));
            }
        })
    };
    html! {
        <label class="api-bar">
            <span>{ "The same endpoint, " }<code>{ route }</code>{ ", in" }</span>
            <select {onchange}>
                { for Stack::ALL.map(|stack| html! { <option selected={stack == shown}>{ stack.title() }</option> }) }
            </select>
        </label>
    }
}

/// A file with its name and its size, to read, copy and keep.
fn file(export: &Export, props: &ApiProps) -> Html {
    let onclick = {
        let (on_download, export) = (props.on_download.clone(), export.clone());
        Callback::from(move |_: MouseEvent| on_download.emit(export.clone()))
    };
    html! {
        <>
            <div class="api-bar">
                <span class="mono">{ &export.file_name }</span>
                <span class="muted small">{ bytes(export.text.len() as u64) }</span>
                <span class="bar-end">
                    { copy_button(CopyProps { text: export.text.clone().into(), label: "Copy", is_small: false }) }
                    <button type="button" class="button quiet" {onclick}>{ icon(Glyph::Download) }{ "Download" }</button>
                </span>
            </div>
            <pre class="code body" tabindex="0" aria-label={export.file_name.clone()}><code>{ &export.text }</code></pre>
        </>
    }
}
