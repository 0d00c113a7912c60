//! The reducer: how a place is opened, and brought back when the worker went.

use std::rc::Rc;

use super::action::Effect;
use super::engine::Ask;
use super::update::{Effects, engine};
use super::{Fetched, Loaded, Notice, OpenLab, Opened, Place, State, place};
use crate::lab::catalog::Catalog;
use crate::lab::format::Panel;
use crate::protocol::Command;
use crate::web::route::{Page, Route};

impl State {
    pub(super) fn turn_to(&mut self, route: Route) -> Effects {
        self.route = route;
        let wanted = Place::of_page(&self.route.page);
        if wanted.as_ref() == self.place() {
            return self.follow_route();
        }
        let mut effects = self.save_now();
        // What happened in one place says nothing in another.
        self.notices
            .retain(|notice| !matches!(notice, Notice::Stopped | Notice::Restored(_)));
        self.open = match &wanted {
            Some(place) => Opened::Loading(place.clone()),
            None => Opened::Nothing,
        };
        let key = wanted.as_ref().map(Place::key);
        effects.extend(self.tabs.open(key.as_deref()).map(Effect::Say));
        effects.extend(self.fetch_place());
        effects
    }

    /// Fetches what is to be opened, as soon as the catalog says where it is.
    pub(super) fn fetch_place(&mut self) -> Effects {
        let Opened::Loading(place) = &self.open else {
            return Vec::new();
        };
        let place = place.clone();
        let known = match (&place, &self.catalog) {
            (Place::Sandbox(_), _) => None,
            (Place::Lab(_), Loaded::Loading) => return Vec::new(),
            (Place::Lab(_), Loaded::Failed(why)) => {
                self.open = Opened::Missing(place, why.clone());
                return Vec::new();
            }
            (Place::Lab(id), Loaded::Done(catalog)) => match catalog.labs.get(id) {
                Some(lab) => Some(lab.clone()),
                None => {
                    let why = format!("There is no lab called “{id}”.");
                    self.open = Opened::Missing(place, why);
                    return Vec::new();
                }
            },
        };
        vec![Effect::Fetch(place, known)]
    }

    pub(super) fn catalog_came(&mut self, result: Result<Catalog, String>) -> Effects {
        self.catalog = match result {
            Ok(catalog) => Loaded::Done(Rc::new(catalog)),
            Err(why) => Loaded::Failed(why),
        };
        self.fetch_place()
    }

    pub(super) fn fetched(&mut self, place: Place, result: Result<Fetched, String>) -> Effects {
        if !matches!(&self.open, Opened::Loading(wanted) if *wanted == place) {
            return Vec::new();
        }
        match result {
            Err(why) => {
                self.open = Opened::Missing(place, why);
                Vec::new()
            }
            Ok(fetched) => {
                let key = place.key();
                let save = self.saves.get(&key).cloned();
                self.open = Opened::Lab(Box::new(OpenLab::new(place, fetched, save)));
                let mut effects = self.reopen();
                if self.settings.last.as_ref() != Some(&key) {
                    self.settings.last = Some(key);
                    effects.push(self.keep_settings());
                }
                effects.extend(self.follow_route());
                effects
            }
        }
    }

    /// Has the worker open what is open here, and replay its log.
    pub(super) fn reopen(&mut self) -> Effects {
        let Opened::Lab(lab) = &self.open else {
            return Vec::new();
        };
        let ask = Ask::Open {
            source: Box::new(lab.source.as_ref().clone()),
            log: lab.log.clone(),
        };
        engine(self.engine.ask(ask))
    }

    /// Does what the address asks for beyond the place: a task, texts, a panel.
    pub(super) fn follow_route(&mut self) -> Effects {
        let route = self.route.clone();
        let Opened::Lab(lab) = &mut self.open else {
            return Vec::new();
        };
        let mut effects = Vec::new();
        if let Some(file) = lab.lab.clone() {
            let named = match &route.page {
                Page::Lab { task, .. } => task.as_deref(),
                _ => None,
            };
            let wanted = named
                .and_then(|name| file.tasks.iter().position(|task| task.id == name))
                .or(lab.task_index())
                .unwrap_or(0);
            if lab.task_index() != Some(wanted) {
                for ask in lab.enter(wanted) {
                    effects.extend(engine(self.engine.ask(ask)));
                }
            }
            let page = Page::Lab {
                id: file.id.clone(),
                task: file.tasks.get(wanted).map(|task| task.id.clone()),
            };
            if route.page != page || !route.prefill.is_empty() {
                effects.push(Effect::Replace(page.href()));
            }
            self.route.page = page;
        }
        let prefill = std::mem::take(&mut self.route.prefill);
        let Opened::Lab(lab) = &mut self.open else {
            return effects;
        };
        let offered = lab.panels();
        if let Some(text) = prefill.sql.filter(|_| offered.contains(&Panel::Sql)) {
            lab.put(Panel::Sql, text);
        }
        if let Some(text) = prefill.http.filter(|_| offered.contains(&Panel::Http)) {
            lab.put(Panel::Http, text);
        }
        if let Some(tab) = prefill.scope {
            lab.looks.scope = tab;
        }
        let panel = prefill.panel.as_deref().and_then(place::panel_named);
        if let Some(panel) = panel.filter(|panel| offered.contains(panel)) {
            lab.panel = panel;
        }
        effects
    }

    /// Opens again what was open when the worker went.
    pub(super) fn bring_back(&mut self) -> Effects {
        let mut effects = self.reopen();
        // A task that was being entered when the worker went is entered again.
        if let Opened::Lab(lab) = &self.open {
            let task = lab.progress.task.clone();
            let last = lab.log.iter().rev().find_map(|command| match command {
                Command::Enter { task } => Some(task),
                _ => None,
            });
            if !task.is_empty() && last != Some(&task) {
                let ask = Ask::Command(Command::Enter { task });
                effects.extend(engine(self.engine.ask(ask)));
            }
        }
        effects
    }
}
