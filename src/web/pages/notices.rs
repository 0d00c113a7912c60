//! Banners: what the learner should know, with what can be done about it.

use yew::prelude::*;

use super::PageProps;
use super::shell::place_title;
use crate::web::state::{Action, Loaded, Notice, Phase, Place, State};
use crate::web::widgets::banner;
use crate::web::widgets::format::count;
use crate::web::widgets::mark::Tone;

/// All banners.
pub fn notices(props: &PageProps) -> Html {
    let state = &props.state;
    let button = |onclick: Callback<MouseEvent>, name: &str| {
        html! { <button type="button" class="button" {onclick}>{ name }</button> }
    };
    let reload = || {
        html! { <button type="button" class="button" onclick={Callback::from(reload)}>{ "Reload" }</button> }
    };
    let notice = |(at, notice): (usize, &Notice)| {
        let (tone, text) = words(state, notice);
        let actions = match notice {
            Notice::PutAside { key, .. } => {
                let key = key.clone();
                let download = props.emit(move || Action::DownloadKept(key.clone()));
                button(download, "Download it")
            }
            Notice::Partly(_) => reload(),
            Notice::StorageBlocked => button(props.emit(|| Action::Export), "Download progress"),
            _ => html! {},
        };
        banner(
            tone,
            &text,
            actions,
            Some(props.emit(move || Action::Dismiss(at))),
        )
    };
    let is_guest = state.lab().is_some() && !state.tabs.saves();
    html! {
        <div class="banners">
            if state.engine.phase == Phase::OtherBuild {
                { banner(Tone::Stale, "A new version is ready: reload the page to use it.", reload(), None) }
            }
            if let Phase::Broken(why) = &state.engine.phase {
                { banner(Tone::Error, &format!("The engine does not start: {why} You can read the labs; running them needs the engine."), reload(), None) }
            }
            if let Loaded::Failed(why) = &state.catalog {
                { banner(Tone::Error, &format!("The list of labs cannot be shown: {why}"), reload(), None) }
            }
            if is_guest {
                { banner(
                    Tone::Waiting,
                    "This lab is open in another tab. What you do here is not saved.",
                    button(props.emit(|| Action::TakeOver), "Take over here"),
                    None,
                ) }
            }
            { for state.notices.iter().enumerate().map(notice) }
        </div>
    }
}

fn words(state: &State, notice: &Notice) -> (Tone, String) {
    match notice {
        Notice::Restored(why) => (
            Tone::Stale,
            format!(
                "{why} The lab was brought back from your saved steps, without the one that broke it."
            ),
        ),
        Notice::Stopped => (
            Tone::Stale,
            "Stopped. The lab is as it was before that step.".to_owned(),
        ),
        Notice::PutAside { place, reason, .. } => (
            Tone::Stale,
            format!(
                "Your save of “{}” {reason}, so it was put aside and the lab begins anew.",
                place_title(state, &Place::of_key(place))
            ),
        ),
        Notice::Partly(why) => (
            Tone::Error,
            format!("{why} Labs cannot be opened without it."),
        ),
        Notice::StorageBlocked => (
            Tone::Stale,
            "This browser stores nothing for this page, so your work is gone when you close it."
                .to_owned(),
        ),
        Notice::Imported { taken, refused: 0 } => (
            Tone::Fresh,
            format!("{} taken over.", count(*taken as u64, "lab", "labs")),
        ),
        Notice::Imported { taken, refused } => (
            Tone::Stale,
            format!(
                "{} taken over; {refused} could not be read.",
                count(*taken as u64, "lab", "labs")
            ),
        ),
        Notice::NotAnExport => (
            Tone::Refused,
            "This file does not hold Backlab progress. Nothing was changed.".to_owned(),
        ),
    }
}

fn reload(_: MouseEvent) {
    if let Some(window) = web_sys::window() {
        // Refused only while the page is being left anyway.
        let _ = window.location().reload();
    }
}
