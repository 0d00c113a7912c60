//! The reducer: what is kept, taken along, taken over and thrown away.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::action::Effect;
use super::update::{Effects, engine};
use super::{Fetched, Notice, OpenLab, Opened, Place, State};
use crate::web::read::read;
use crate::web::route::{Page, Route};
use crate::web::store::{self, Settings};
use crate::web::tabs::Tabs;

impl State {
    pub(super) fn begin(
        &mut self,
        tab: String,
        stored: Option<BTreeMap<String, String>>,
        route: Route,
    ) -> Effects {
        self.tabs = Tabs::new(tab);
        if stored.is_none() {
            self.notify(Notice::StorageBlocked);
        }
        let stored = stored.unwrap_or_default();
        let mut effects = Vec::new();
        let mut saves = BTreeMap::new();
        for (key, text) in &stored {
            let Some(place) = store::place_of(key) else {
                continue;
            };
            match store::decode(text) {
                Ok(save) => {
                    saves.insert(place.to_owned(), save);
                }
                Err(why) => {
                    let kept = store::kept_key(key, |key| stored.contains_key(key));
                    effects.push(Effect::Put(kept.clone(), text.clone()));
                    effects.push(Effect::Remove(key.clone()));
                    self.notify(Notice::PutAside {
                        place: place.to_owned(),
                        key: kept,
                        reason: why.reason(),
                    });
                }
            }
        }
        self.saves = Rc::new(saves);
        self.settings = stored
            .get(&store::settings_key())
            .and_then(|text| read::<Settings>(text))
            .unwrap_or_default();
        effects.push(Effect::Theme(self.settings.theme));
        effects.push(Effect::FetchCatalog);
        self.route = route;
        effects
    }

    /// Starts the engine and goes where the address leads, now that all code is here.
    pub(super) fn all_here(&mut self) -> Effects {
        self.is_whole = true;
        let mut effects = engine(self.engine.start());
        effects.extend(self.turn_to(self.route.clone()));
        effects
    }

    pub(super) fn reset(&mut self, place: &Place) -> Effects {
        let key = place.key();
        Rc::make_mut(&mut self.saves).remove(&key);
        let mut effects = vec![Effect::Remove(store::lab_key(&key))];
        if let Opened::Lab(open) = &self.open
            && open.place == *place
        {
            let fetched = Fetched {
                source: open.source.as_ref().clone(),
                lab: open.lab.clone(),
            };
            let fresh = OpenLab::new(place.clone(), fetched, None);
            self.open = Opened::Lab(Box::new(fresh));
            if let Page::Lab { task, .. } = &mut self.route.page {
                *task = None;
            }
            effects.extend(self.reopen());
            effects.extend(self.follow_route());
        }
        effects
    }

    pub(super) fn reset_all(&mut self) -> Effects {
        let places: Vec<Place> = self.saves.keys().map(|key| Place::of_key(key)).collect();
        self.settings.last = None;
        let mut effects = vec![self.keep_settings()];
        for place in places {
            effects.extend(self.reset(&place));
        }
        effects
    }

    pub(super) fn take_over(&mut self) -> Effects {
        let mut effects: Effects = self.tabs.take().map(Effect::Say).into_iter().collect();
        let Opened::Lab(open) = &self.open else {
            return effects;
        };
        // The other tab saved as it went: go on from there.
        let fetched = Fetched {
            source: open.source.as_ref().clone(),
            lab: open.lab.clone(),
        };
        let place = open.place.clone();
        let save = self.saves.get(&place.key()).cloned();
        let lab = OpenLab::new(place, fetched, save);
        self.open = Opened::Lab(Box::new(lab));
        if let Page::Lab { task, .. } = &mut self.route.page {
            *task = None;
        }
        effects.extend(self.reopen());
        effects.extend(self.follow_route());
        effects
    }

    pub(super) fn stored_elsewhere(&mut self, key: &str, text: Option<&str>) -> Effects {
        let Some(place) = store::place_of(key) else {
            return Vec::new();
        };
        let saves = Rc::make_mut(&mut self.saves);
        match text.map(store::decode) {
            Some(Ok(save)) => {
                saves.insert(place.to_owned(), save);
            }
            Some(Err(_)) => return Vec::new(),
            None => {
                saves.remove(place);
            }
        }
        if self.lab().is_some_and(|lab| lab.place.key() == place) {
            self.tabs.yield_to_other();
        }
        Vec::new()
    }

    pub(super) fn import(&mut self, text: &str) -> Effects {
        let Some((saves, refused)) = store::import(text) else {
            self.notify(Notice::NotAnExport);
            return Vec::new();
        };
        self.notify(Notice::Imported {
            taken: saves.len(),
            refused,
        });
        let mut effects = Vec::new();
        let known = Rc::make_mut(&mut self.saves);
        for (place, mut save) in saves {
            save.revision = known.get(&place).map_or(0, |save| save.revision) + 1;
            effects.push(Effect::Put(store::lab_key(&place), store::encode(&save)));
            known.insert(place, save);
        }
        effects
    }

    pub(super) fn save_now(&mut self) -> Effects {
        let Opened::Lab(lab) = &mut self.open else {
            return Vec::new();
        };
        if !lab.is_dirty || !self.tabs.saves() {
            return Vec::new();
        }
        lab.is_dirty = false;
        let over = lab.revision;
        lab.revision += 1;
        let save = lab.save();
        let effect = Effect::Save {
            key: store::lab_key(&lab.place.key()),
            text: store::encode(&save),
            over,
        };
        Rc::make_mut(&mut self.saves).insert(lab.place.key(), save);
        vec![effect]
    }

    pub(super) fn keep_settings(&self) -> Effect {
        let text = serde_json::to_string(&self.settings).unwrap_or_default();
        Effect::Put(store::settings_key(), text)
    }

    pub(super) fn saves_as_text(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for (place, save) in self.saves.iter() {
            all.insert(place.clone(), store::encode(save));
        }
        all
    }
}
