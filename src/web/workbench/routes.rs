//! The routes panel: the world's text, edited and applied.

use yew::prelude::*;

use super::{problem_note, schema, trouble};
use crate::lab::format::Panel;
use crate::protocol::Command;
use crate::web::editor::{EditorProps, Language, editor};
use crate::web::props::PageProps;
use crate::web::state::{Action, Draft, OpenLab};
use crate::web::widgets::{Glyph, icon};

/// The routes panel.
pub fn panel(props: &PageProps, lab: &OpenLab) -> Html {
    let applied = lab.world_text();
    let draft = lab.drafts.routes.clone();
    let is_edited = draft.is_some();
    let text = draft.unwrap_or_else(|| applied.clone());
    let on_change = {
        let (on, applied) = (props.on.clone(), applied.clone());
        Callback::from(move |text: String| {
            let draft = (text != applied).then_some(text);
            on.emit(Action::Draft(Draft::Routes(draft)));
        })
    };
    let apply = |text: String| Action::Do(vec![Command::Apply { text }]);
    let on_run = {
        let (on, text) = (props.on.clone(), text.clone());
        // A selection is no whole world: the whole text is applied, whatever is selected.
        Callback::from(move |_: String| on.emit(apply(text.clone())))
    };
    let onclick = {
        let (on, text) = (props.on.clone(), text.clone());
        Callback::from(move |_: MouseEvent| on.emit(apply(text.clone())))
    };
    let discard = {
        let on = props.on.clone();
        Callback::from(move |_: MouseEvent| on.emit(Action::Draft(Draft::Routes(None))))
    };
    let trouble = trouble(lab, Panel::Routes);
    html! {
        <div class="panel routes-panel" key="routes">
            <div class="panel-editor">
                { editor(EditorProps {
                    text: text.into(),
                    language: Language::Toml,
                    schema: schema(lab),
                    base: Some(applied.into()),
                    problems: trouble.cloned().into_iter().collect(),
                    on_change,
                    on_run,
                    label: "Routes and layers",
                    placeholder: "",
                }) }
            </div>
            <div class="panel-bar">
                <button type="button" class="button primary" {onclick}>{ icon(Glyph::Check) }{ "Apply" }</button>
                if is_edited {
                    <button type="button" class="button quiet" onclick={discard}>{ icon(Glyph::Undo) }{ "Discard changes" }</button>
                }
                <span class="muted small" role="status">
                    { if is_edited { "Edited. The backend still runs the text before; applying it keeps the data." } else { "This is what the backend runs." } }
                </span>
            </div>
            <div class="results" aria-live="polite">
                if let Some(problem) = trouble { { problem_note(problem) } }
            </div>
        </div>
    }
}
