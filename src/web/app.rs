//! The app: owns the state, carries out its effects, listens to the browser.

use std::rc::Rc;

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent, StorageEvent, window};
use yew::platform::spawn_local;
use yew::prelude::*;

use super::bridge::Bridge;
use super::props::PageProps;
use super::read::read;
use super::route::Route;
use super::shared::Shared;
use super::state::engine::{Act, SLOW_MS};
use super::state::{Action, Drive, Effect, State};
use super::storage::{self, Written};
use super::store::{PREFIX, Theme};
use super::tabs::Word;
use super::{later, loader, pages};
use crate::protocol::Command;

/// How long typing may pause before it is saved, in milliseconds.
const SAVE_AFTER_MS: u32 = 400;

/// The app.
pub struct App {
    state: Rc<State>,
    on: Callback<Action>,
    bridge: Bridge,
    channel: Option<BroadcastChannel>,
    saving: Option<Timeout>,
    /// The element of the page itself, for who skips to it.
    main: NodeRef,
    /// What happened before all of the page's code was here.
    held: Vec<Action>,
    /// One callback for good: a new one would restart the running clock's timer.
    on_wait: Callback<u64>,
    _listeners: Vec<EventListener>,
}

impl Component for App {
    type Message = Action;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let on = ctx.link().callback(|action| action);
        let channel = BroadcastChannel::new(PREFIX).ok();
        let mut app = Self {
            state: Rc::default(),
            bridge: Bridge::new(on.clone()),
            _listeners: listen(&on, channel.as_ref()),
            channel,
            saving: None,
            main: NodeRef::default(),
            held: Vec::new(),
            on_wait: ctx
                .link()
                .callback(|ms| Action::Do(vec![Command::Wait { ms }])),
            on,
        };
        app.take(Action::Begin {
            tab: tab_name(),
            stored: storage::read_all(),
            route: route().unwrap_or_default(),
        });
        let on = app.on.clone();
        spawn_local(async move {
            on.emit(match later::load().await {
                Ok(()) => Action::Whole,
                Err(why) => Action::Partly(why),
            });
        });
        app
    }

    fn update(&mut self, _: &Context<Self>, action: Action) -> bool {
        // Time that passes is not seen, only what comes of it.
        let is_seen = !matches!(action, Action::Drive(Drive::Passed(_)));
        self.take(action);
        is_seen
    }

    fn view(&self, _: &Context<Self>) -> Html {
        let props = PageProps {
            state: Shared::from(&self.state),
            on: self.on.clone(),
        };
        pages::shell(&props, &self.main, &self.on_wait)
    }

    fn rendered(&mut self, _: &Context<Self>, first: bool) {
        if first {
            mark("backlab-painted");
        }
        if let Some(document) = window().and_then(|window| window.document()) {
            document.set_title(&pages::title(&self.state));
        }
    }
}

impl App {
    fn take(&mut self, action: Action) {
        let is_whole = matches!(action, Action::Whole);
        if !is_whole && !self.state.is_whole && !action.is_first() {
            self.held.push(action);
            return;
        }
        self.carry_out_all(action);
        if is_whole {
            for action in std::mem::take(&mut self.held) {
                self.carry_out_all(action);
            }
        }
    }

    fn carry_out_all(&mut self, action: Action) {
        for effect in Rc::make_mut(&mut self.state).update(action) {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::FetchCatalog => {
                let on = self.on.clone();
                spawn_local(async move {
                    on.emit(Action::Catalog(loader::catalog().await));
                });
            }
            Effect::Put(key, text) => self.report(storage::put(&key, &text)),
            Effect::Remove(key) => storage::remove(&key),
            Effect::Theme(theme) => show(theme),
            other => self.carry_out_later(other),
        }
    }

    /// The effects that only come once all code is here, as `State::act` is their only source.
    #[inline(never)]
    fn carry_out_later(&mut self, effect: Effect) {
        let on = self.on.clone();
        match effect {
            Effect::Engine(Act::Start(generation)) => self.bridge.start(generation),
            Effect::Engine(Act::Post(question)) => self.bridge.post(&question),
            Effect::Engine(Act::Watch(id)) => {
                Timeout::new(SLOW_MS, move || on.emit(Action::Watched(id))).forget();
            }
            Effect::Fetch(place, lab) => spawn_local(async move {
                let result = loader::place(&place, lab).await;
                on.emit(Action::Fetched(place, result));
            }),
            Effect::FetchTemplate(wanted, file) => spawn_local(async move {
                let result = loader::text(&format!("labs/{file}")).await;
                on.emit(Action::Template(wanted, result));
            }),
            Effect::Save { key, text, over } => self.report(storage::save(&key, &text, over)),
            Effect::SaveSoon => {
                // A new timer takes the place of the one before.
                let later = move || on.emit(Action::SaveNow);
                self.saving = Some(Timeout::new(SAVE_AFTER_MS, later));
            }
            Effect::Say(word) => {
                if let (Some(channel), Ok(text)) = (&self.channel, serde_json::to_string(&word)) {
                    // A channel that is closed has nobody to hear.
                    let _ = channel.post_message(&text.into());
                }
            }
            Effect::Replace(href) => {
                if let Some(history) = window().and_then(|window| window.history().ok()) {
                    // Refused only in documents without a history, where the address does not matter.
                    let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&href));
                }
            }
            Effect::Download(name, text) => {
                storage::download(&name, &text);
            }
            Effect::DownloadKey(key) => {
                let text = storage::read(&key).unwrap_or_default();
                storage::download("backlab-kept.json", &text);
            }
            Effect::Mark(name) => mark(name),
            Effect::FetchCatalog | Effect::Put(..) | Effect::Remove(_) | Effect::Theme(_) => {}
        }
    }

    fn report(&self, written: Written) {
        match written {
            Written::Stored => {}
            Written::Outrun => self.on.emit(Action::Outrun),
            Written::Blocked => self.on.emit(Action::StorageBlocked),
        }
    }
}

fn listen(on: &Callback<Action>, channel: Option<&BroadcastChannel>) -> Vec<EventListener> {
    let Some(window) = window() else {
        return Vec::new();
    };
    let mut listeners = Vec::new();
    let emit = on.clone();
    listeners.push(EventListener::new(&window, "hashchange", move |_| {
        if let Some(route) = route() {
            emit.emit(Action::Route(route));
        }
    }));
    let emit = on.clone();
    listeners.push(EventListener::new(&window, "storage", move |event| {
        let Some(event) = event.dyn_ref::<StorageEvent>() else {
            return;
        };
        if let Some(key) = event.key() {
            emit.emit(Action::Stored(key, event.new_value()));
        }
    }));
    let emit = on.clone();
    listeners.push(EventListener::new(&window, "pagehide", move |_| {
        emit.emit(Action::SaveNow);
    }));
    if let Some(channel) = channel {
        let emit = on.clone();
        listeners.push(EventListener::new(channel, "message", move |event| {
            let text = event
                .dyn_ref::<MessageEvent>()
                .and_then(|event| event.data().as_string())
                .unwrap_or_default();
            if let Some(word) = read::<Word>(&text) {
                emit.emit(Action::Word(word));
            }
        }));
    }
    listeners
}

fn route() -> Option<Route> {
    Route::parse(&window()?.location().hash().ok()?)
}

/// A name no other tab has. Chance is the page's own affair: the engine never sees it.
fn tab_name() -> String {
    format!("{:x}", (js_sys::Math::random() * 2_f64.powi(52)) as u64)
}

fn mark(name: &str) {
    if let Some(performance) = window().and_then(|window| window.performance()) {
        // The timeline is for measuring; the page works without.
        let _ = performance.mark(name);
    }
}

fn show(theme: Theme) {
    let root = window()
        .and_then(|window| window.document())
        .and_then(|document| document.document_element());
    let Some(root) = root else { return };
    // Fails only for names that are no attribute names.
    let _ = match theme {
        Theme::System => root.remove_attribute("data-theme"),
        Theme::Light => root.set_attribute("data-theme", "light"),
        Theme::Dark => root.set_attribute("data-theme", "dark"),
        Theme::Contrast => root.set_attribute("data-theme", "contrast"),
    };
}
