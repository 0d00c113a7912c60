//! The reducer.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::action::{Action, Draft, Effect};
use super::engine::{Act, Ask, Outcome};
use super::place;
use super::{Fetched, Loaded, Notice, OpenLab, Opened, Place, State, Trouble};
use crate::lab::format::{Lang, Panel, snippet};
use crate::protocol::{Answer, Command, Problem, Reply};
use crate::web::http_text;
use crate::web::route::{Page, Route};
use crate::web::store::{self, Save, Settings};
use crate::web::tabs::Tabs;

type Effects = Vec<Effect>;

fn engine(acts: Vec<Act>) -> Effects {
    acts.into_iter().map(Effect::Engine).collect()
}

impl State {
    /// Takes in what happened and gives what has to be done.
    pub fn update(&mut self, action: Action) -> Effects {
        match action {
            Action::Begin { tab, stored, route } => self.begin(tab, stored, route),
            Action::Route(route) => self.turn_to(route),
            Action::Catalog(result) => self.catalog_came(result),
            Action::Fetched(place, result) => self.fetched(place, result),
            Action::Heard(generation, answer) => self.heard(generation, answer),
            Action::Died(generation, why) => {
                let (outcome, acts) = self.engine.died(generation, &why);
                self.settle(outcome, acts)
            }
            Action::Watched(id) => {
                self.engine.watch(id);
                Vec::new()
            }
            Action::Do(commands) => self.give(commands),
            Action::Check => self.check(),
            Action::Stop => self.stop(),
            Action::Hint => self.with_lab(|lab| {
                let hints = lab
                    .lab
                    .as_ref()
                    .zip(lab.task_index())
                    .map_or(0, |(file, i)| file.tasks[i].hints.len());
                let progress = lab.current_progress();
                progress.hints = (progress.hints + 1).min(hints);
            }),
            Action::ShowSolution => self.with_lab(|lab| lab.current_progress().solution = true),
            Action::Answer(question, choice) => self.answer(question, choice),
            Action::ResetTask => self.reset_task(),
            Action::Reset(place) => self.reset(&place),
            Action::ResetAll => self.reset_all(),
            Action::Draft(draft) => self.with_lab(|lab| {
                match draft {
                    Draft::Sql(text) => lab.drafts.sql = text,
                    Draft::Http(text) => lab.drafts.http = text,
                    Draft::Routes(text) => lab.drafts.routes = text,
                }
                lab.is_dirty = true;
            }),
            Action::Panel(panel) => self.with_lab(|lab| lab.panel = panel),
            Action::Snippet { lang, text, run } => self.snippet(lang, text, run),
            Action::Trouble(trouble) => self.with_lab(|lab| lab.trouble = Some(trouble)),
            Action::Select(id) => self.with_lab(|lab| lab.selected = Some(id)),
            Action::Theme(theme) => {
                self.settings.theme = theme;
                vec![Effect::Theme(theme), self.keep_settings()]
            }
            Action::Word(word) => self.tabs.hear(&word).map(Effect::Say).into_iter().collect(),
            Action::TakeOver => self.take_over(),
            Action::Stored(key, text) => self.stored_elsewhere(&key, text.as_deref()),
            Action::Outrun => {
                self.tabs.yield_to_other();
                Vec::new()
            }
            Action::StorageBlocked => {
                self.notify(Notice::StorageBlocked);
                Vec::new()
            }
            Action::SaveNow => self.save_now(),
            Action::Export => vec![Effect::Download(
                "backlab-progress.json".to_owned(),
                store::export(&self.saves_as_text()),
            )],
            Action::DownloadKept(key) => vec![Effect::DownloadKey(key)],
            Action::Import(text) => self.import(&text),
            Action::Dismiss(index) => {
                if index < self.notices.len() {
                    self.notices.remove(index);
                }
                Vec::new()
            }
        }
    }

    fn begin(
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
            .and_then(|text| serde_json::from_str::<Settings>(text).ok())
            .unwrap_or_default();
        effects.push(Effect::Theme(self.settings.theme));
        effects.push(Effect::FetchCatalog);
        effects.extend(engine(self.engine.start()));
        effects.extend(self.turn_to(route));
        effects
    }

    fn turn_to(&mut self, route: Route) -> Effects {
        self.route = route;
        let wanted = Place::of_page(&self.route.page);
        if wanted.as_ref() == self.place() {
            return self.follow_route();
        }
        let mut effects = self.save_now();
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
    fn fetch_place(&mut self) -> Effects {
        let Opened::Loading(place) = &self.open else {
            return Vec::new();
        };
        let place = place.clone();
        let path = match (&place, &self.catalog) {
            (Place::Sandbox(_), _) => None,
            (Place::Lab(_), Loaded::Loading) => return Vec::new(),
            (Place::Lab(_), Loaded::Failed(why)) => {
                self.open = Opened::Missing(place, why.clone());
                return Vec::new();
            }
            (Place::Lab(id), Loaded::Done(catalog)) => match catalog.lab_path(id) {
                Some(path) => Some(path),
                None => {
                    let why = format!("There is no lab called “{id}”.");
                    self.open = Opened::Missing(place, why);
                    return Vec::new();
                }
            },
        };
        vec![Effect::Fetch(place, path)]
    }

    fn catalog_came(&mut self, result: Result<crate::lab::catalog::Catalog, String>) -> Effects {
        self.catalog = match result {
            Ok(catalog) => Loaded::Done(Rc::new(catalog)),
            Err(why) => Loaded::Failed(why),
        };
        self.fetch_place()
    }

    fn fetched(&mut self, place: Place, result: Result<Fetched, String>) -> Effects {
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
    fn reopen(&mut self) -> Effects {
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
    fn follow_route(&mut self) -> Effects {
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
        let panel = prefill.panel.as_deref().and_then(place::panel_named);
        if let Some(panel) = panel.filter(|panel| offered.contains(panel)) {
            lab.panel = panel;
        }
        effects
    }

    fn heard(&mut self, generation: u32, answer: Answer) -> Effects {
        let is_ready = matches!(answer.reply, Reply::Ready { .. });
        let (outcome, acts) = self.engine.hear(generation, answer);
        let mut effects = self.settle(outcome, acts);
        if is_ready && self.lab().is_none() {
            effects.push(Effect::Mark("backlab-ready"));
        }
        effects
    }

    fn settle(&mut self, outcome: Outcome, acts: Vec<Act>) -> Effects {
        let mut effects = engine(acts);
        match outcome {
            Outcome::Nothing => {}
            Outcome::Answered(ask, reply) => effects.extend(self.answered(ask, reply)),
            Outcome::Lost { ask, problem } => {
                // What broke the engine must not be replayed, or it would break it again.
                if let (Some(Ask::Open { .. }), Opened::Lab(lab)) = (&ask, &mut self.open) {
                    lab.log.pop();
                    lab.is_dirty = true;
                }
                if ask.is_some() {
                    self.notify(Notice::Restored(problem.message));
                }
                effects.extend(self.bring_back());
            }
        }
        effects
    }

    fn answered(&mut self, ask: Ask, reply: Reply) -> Effects {
        let Opened::Lab(lab) = &mut self.open else {
            return Vec::new();
        };
        match (ask, reply) {
            (
                Ask::Open { .. },
                Reply::Opened {
                    lab: file,
                    events,
                    view,
                    ..
                },
            ) => {
                if let Some(file) = file {
                    lab.read(Rc::new(*file));
                }
                lab.opened(events, *view);
                let mut effects = vec![Effect::Mark("backlab-ready")];
                effects.extend(self.follow_route());
                effects
            }
            (Ask::Open { .. }, Reply::Failed { problem }) => {
                self.open = Opened::Broken(lab.place.clone(), problem);
                Vec::new()
            }
            (Ask::Command(command), Reply::Applied { events, view }) => {
                lab.applied(command, events, *view);
                self.save_now()
            }
            (Ask::Check(_), Reply::Checked { report }) => {
                lab.checked(report);
                self.save_now()
            }
            (Ask::Merge { run, .. }, Reply::Merged { text }) => {
                lab.merged(text.clone());
                let apply = run.then_some(Command::Apply { text });
                let mut effects = self.give(apply.into_iter().collect());
                effects.push(Effect::SaveSoon);
                effects
            }
            (ask, Reply::Failed { problem }) => {
                let panel = match &ask {
                    Ask::Command(command) => place::panel_of_command(command),
                    Ask::Merge { .. } => Some(Panel::Routes),
                    Ask::Open { .. } | Ask::Check(_) => None,
                };
                lab.trouble = Some(Trouble {
                    panel: panel.unwrap_or(lab.panel),
                    problem,
                });
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn give(&mut self, commands: Vec<Command>) -> Effects {
        if self.lab().is_none() {
            return Vec::new();
        }
        let mut effects = Vec::new();
        for command in commands {
            effects.extend(engine(self.engine.ask(Ask::Command(command))));
        }
        effects
    }

    fn check(&mut self) -> Effects {
        let Some(lab) = self.lab() else {
            return Vec::new();
        };
        let task = lab.progress.task.clone();
        engine(self.engine.ask(Ask::Check(task)))
    }

    fn stop(&mut self) -> Effects {
        if !self.engine.is_busy() {
            return Vec::new();
        }
        let (stopped, acts) = self.engine.stop();
        let mut effects = engine(acts);
        // Replaying takes long: go on without the command that was added last.
        if let (Some(Ask::Open { .. }), Opened::Lab(lab)) = (&stopped, &mut self.open) {
            lab.log.pop();
            lab.is_dirty = true;
        }
        self.notify(Notice::Stopped);
        effects.extend(self.bring_back());
        effects
    }

    /// Opens again what was open when the worker went.
    fn bring_back(&mut self) -> Effects {
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

    fn answer(&mut self, question: String, choice: Vec<usize>) -> Effects {
        let Opened::Lab(lab) = &mut self.open else {
            return Vec::new();
        };
        let task = lab.progress.task.clone();
        let answers = &mut lab.current_progress().answers;
        answers.insert(question.clone(), choice.clone());
        self.give(vec![Command::Answer {
            task,
            question,
            choice,
        }])
    }

    fn snippet(&mut self, lang: Lang, text: String, run: bool) -> Effects {
        let Opened::Lab(lab) = &mut self.open else {
            return Vec::new();
        };
        let Some(panel) = place::panel_of_lang(lang) else {
            return match snippet::clock(&text) {
                Ok(ms) if run && lang == Lang::Clock => self.give(vec![Command::Wait { ms }]),
                _ => Vec::new(),
            };
        };
        if !lab.panels().contains(&panel) {
            return Vec::new();
        }
        if panel == Panel::Routes {
            lab.panel = panel;
            return engine(self.engine.ask(Ask::Merge { patch: text, run }));
        }
        lab.put(panel, text.clone());
        if !run {
            return vec![Effect::SaveSoon];
        }
        if panel == Panel::Sql {
            return self.give(vec![Command::Sql { session: 1, text }]);
        }
        match http_text::commands(&text) {
            Ok(commands) => self.give(commands),
            Err(problem) => self.refuse(panel, problem),
        }
    }

    fn refuse(&mut self, panel: Panel, problem: Problem) -> Effects {
        self.update(Action::Trouble(Trouble { panel, problem }))
    }

    fn reset_task(&mut self) -> Effects {
        let Opened::Lab(lab) = &mut self.open else {
            return Vec::new();
        };
        lab.log = lab.log_before_task();
        let task = lab.progress.task.clone();
        let index = lab.task_index().unwrap_or(0);
        lab.reports.remove(&task);
        let before = lab.progress.by_task.remove(&task).unwrap_or_default();
        // What was once reached stays reached; help that was asked for stays remembered.
        *lab.current_progress() = store::TaskProgress {
            passed: before.passed,
            entered: true,
            ..store::TaskProgress::default()
        };
        lab.view = None;
        let merge = lab.put_start(index);
        let mut effects = self.reopen();
        effects.extend(self.give(vec![Command::Enter { task }]));
        if let Some(merge) = merge {
            effects.extend(engine(self.engine.ask(merge)));
        }
        effects.extend(self.save_now());
        effects
    }

    fn reset(&mut self, place: &Place) -> Effects {
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

    fn reset_all(&mut self) -> Effects {
        let places: Vec<Place> = self.saves.keys().map(|key| Place::of_key(key)).collect();
        self.settings.last = None;
        let mut effects = vec![self.keep_settings()];
        for place in places {
            effects.extend(self.reset(&place));
        }
        effects
    }

    fn take_over(&mut self) -> Effects {
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

    fn stored_elsewhere(&mut self, key: &str, text: Option<&str>) -> Effects {
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

    fn import(&mut self, text: &str) -> Effects {
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

    fn save_now(&mut self) -> Effects {
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

    fn keep_settings(&self) -> Effect {
        let text = serde_json::to_string(&self.settings).unwrap_or_default();
        Effect::Put(store::settings_key(), text)
    }

    fn saves_as_text(&self) -> BTreeMap<String, String> {
        let encode = |(place, save): (&String, &Save)| (place.clone(), store::encode(save));
        self.saves.iter().map(encode).collect()
    }

    fn notify(&mut self, notice: Notice) {
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }

    fn with_lab(&mut self, change: impl FnOnce(&mut OpenLab)) -> Effects {
        let Opened::Lab(lab) = &mut self.open else {
            return Vec::new();
        };
        change(lab);
        if lab.is_dirty {
            return vec![Effect::SaveSoon];
        }
        Vec::new()
    }
}
