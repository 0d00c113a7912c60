//! The reducer.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::action::{Action, Draft, Effect};
use super::engine::{Act, Ask, Outcome};
use super::place;
use super::{Notice, OpenLab, Opened, Region, State, Trouble};
use crate::lab::format::{Lang, Panel, snippet};
use crate::protocol::{Answer, Command, PolicyRun, Problem, Reply};
use crate::web::exports::{Exported, Wanted, attempt};
use crate::web::http_text;
use crate::web::policies::Compared;
use crate::web::store::{self, TaskProgress};

pub(super) type Effects = Vec<Effect>;

pub(super) fn engine(acts: Vec<Act>) -> Effects {
    acts.into_iter().map(Effect::Engine).collect()
}

impl State {
    /// Takes in what happened and gives what has to be done.
    pub fn update(&mut self, action: Action) -> Effects {
        match action {
            Action::Begin { tab, stored, route } => self.begin(tab, stored, route),
            // Whole, it will go there.
            Action::Route(route) if !self.is_whole => {
                self.route = route;
                Vec::new()
            }
            Action::Catalog(result) => self.catalog_came(result),
            Action::Theme(theme) => {
                self.settings.theme = theme;
                vec![Effect::Theme(theme), self.keep_settings()]
            }
            Action::Partly(why) => {
                self.notify(Notice::Partly(why));
                Vec::new()
            }
            Action::Outrun => {
                self.tabs.yield_to_other();
                Vec::new()
            }
            Action::StorageBlocked => {
                self.notify(Notice::StorageBlocked);
                Vec::new()
            }
            Action::Dismiss(index) => {
                if index < self.notices.len() {
                    self.notices.remove(index);
                }
                Vec::new()
            }
            other => self.act(other),
        }
    }

    /// What comes of all that [`Action::is_first`] does not name. Code of its own, because it is
    /// not part of what the page begins with.
    #[inline(never)]
    fn act(&mut self, action: Action) -> Effects {
        match action {
            Action::Whole => self.all_here(),
            Action::Route(route) => self.turn_to(route),
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
            Action::Drive(drive) => self.drive(drive),
            Action::Replay { policies, arrivals } if self.is_live() => {
                engine(self.engine.ask(Ask::Replay { policies, arrivals }))
            }
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
                    Draft::Sql(console, text) => *lab.sql_draft(console) = text,
                    Draft::Http(text) => lab.drafts.http = text,
                    Draft::Tests(text) => lab.drafts.tests = text,
                    Draft::Routes(text) => lab.drafts.routes = text,
                }
                lab.is_dirty = true;
            }),
            Action::Consoles(consoles) => self.with_lab(|lab| lab.consoles = consoles),
            Action::Panel(panel) => self.with_lab(|lab| lab.panel = panel),
            Action::Snippet { lang, text, run } => self.snippet(lang, text, run),
            Action::Trouble(trouble) => self.with_lab(|lab| lab.trouble = Some(trouble)),
            Action::Select(id) => self.with_lab(|lab| lab.selected = Some(id)),
            Action::AskExport(wanted) => self.ask_export(wanted),
            Action::Template(wanted, result) => self.template_came(wanted, result),
            Action::ComparePolicies => self.compare_policies(),
            Action::Keep(export) => vec![Effect::Download(export.file_name, export.text)],
            Action::Try(route) => self.try_route(&route),
            Action::Look(look) => self.with_lab(|lab| lab.look(look)),
            Action::Word(word) => self.tabs.hear(&word).map(Effect::Say).into_iter().collect(),
            Action::TakeOver => self.take_over(),
            Action::Stored(key, text) => self.stored_elsewhere(&key, text.as_deref()),
            Action::SaveNow => self.save_now(),
            Action::Export => vec![Effect::Download(
                "backlab-progress.json".to_owned(),
                store::export(&self.saves_as_text()),
            )],
            Action::DownloadKept(key) => vec![Effect::DownloadKey(key)],
            Action::Import(text) => self.import(&text),
            _ => Vec::new(),
        }
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
                // Other routes are another API.
                let stale = match command {
                    Command::Apply { .. } => lab.exported.take(),
                    _ => None,
                };
                lab.applied(command, events, *view);
                let mut effects = self.save_now();
                if let Some(stale) = stale {
                    effects.extend(self.ask_export(stale.wanted.clone()));
                }
                effects
            }
            (Ask::Export { wanted, .. }, Reply::Export { export }) => {
                lab.exported = Some(Rc::new(Exported { wanted, export }));
                Vec::new()
            }
            (Ask::Policies { log, policies }, Reply::Policies { runs }) => {
                lab.policies = Some(compared(policies, &log, Ok(runs)));
                Vec::new()
            }
            (Ask::Policies { log, policies }, Reply::Failed { problem }) => {
                lab.policies = Some(compared(policies, &log, Err(problem)));
                Vec::new()
            }
            (Ask::Drive { turn, .. }, Reply::Driven { run }) => {
                let kept = lab.driving.came(turn, *run);
                self.give(kept.into_iter().collect())
            }
            (Ask::Replay { .. }, Reply::Replayed { runs }) => {
                lab.replayed = Some(Rc::new(runs));
                Vec::new()
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
            // What was shown is no more: a route went, say.
            (Ask::Export { .. }, Reply::Failed { .. }) => {
                lab.exported = None;
                Vec::new()
            }
            (ask, Reply::Failed { problem }) => {
                let panel = match &ask {
                    Ask::Command(command) => place::panel_of_command(command),
                    Ask::Merge { .. } => Some(Panel::Routes),
                    Ask::Drive { .. } => {
                        lab.driving.rest();
                        Some(Panel::Traffic)
                    }
                    Ask::Open { .. }
                    | Ask::Check(_)
                    | Ask::Export { .. }
                    | Ask::Policies { .. }
                    | Ask::Replay { .. } => None,
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

    pub(super) fn give(&mut self, commands: Vec<Command>) -> Effects {
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
            lab.turn(Region::Workbench);
            return engine(self.engine.ask(Ask::Merge { patch: text, run }));
        }
        lab.put(panel, text.clone());
        if !run {
            return vec![Effect::SaveSoon];
        }
        let commands = match panel {
            Panel::Sql => snippet::statements(1, &text),
            Panel::Tests => Ok(vec![Command::Tests { text }]),
            Panel::Traffic => snippet::run(&text).map(|seed| vec![Command::Run { seed }]),
            Panel::Http | Panel::Routes => http_text::commands(&text),
        };
        match commands {
            Ok(commands) => self.give(commands),
            Err(problem) => self.refuse(panel, problem),
        }
    }

    fn ask_export(&mut self, wanted: Wanted) -> Effects {
        if !self.is_live() {
            return Vec::new();
        }
        let Some(stack) = wanted.stack() else {
            let template = Rc::from("");
            return engine(self.engine.ask(Ask::Export { wanted, template }));
        };
        let known = self.templates.iter().find(|(own, _)| *own == stack);
        match known.map(|(_, template)| Rc::clone(template)) {
            Some(template) => engine(self.engine.ask(Ask::Export { wanted, template })),
            None => vec![Effect::FetchTemplate(wanted, stack.file())],
        }
    }

    /// A framework's template came, for the sake of something that was wanted.
    fn template_came(&mut self, wanted: Wanted, result: Result<String, String>) -> Effects {
        match (wanted.stack(), result) {
            (Some(stack), Ok(text)) => {
                self.templates.push((stack, text.into()));
                self.ask_export(wanted)
            }
            (_, Ok(_)) => Vec::new(),
            (_, Err(why)) => self.with_lab(|lab| {
                lab.trouble = Some(Trouble {
                    panel: lab.panel,
                    problem: Problem::new(why),
                });
            }),
        }
    }

    fn compare_policies(&mut self) -> Effects {
        let Some(lab) = self.lab().filter(|lab| lab.view.is_some()) else {
            return Vec::new();
        };
        let policies = lab.looks.policies.policies();
        if policies.is_empty() || self.engine.is_comparing() {
            return Vec::new();
        }
        let log = lab.log.clone();
        engine(self.engine.ask(Ask::Policies { log, policies }))
    }

    fn try_route(&mut self, route: &str) -> Effects {
        self.with_lab(|lab| {
            if lab.panels().contains(&Panel::Http) {
                lab.put(Panel::Http, attempt(route));
            }
        })
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
        // What was once reached stays reached, and help that was asked for stays remembered.
        *lab.current_progress() = TaskProgress {
            answers: BTreeMap::new(),
            ..before
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

    pub(super) fn notify(&mut self, notice: Notice) {
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

fn compared(
    policies: Vec<String>,
    log: &[Command],
    runs: Result<Vec<PolicyRun>, Problem>,
) -> Rc<Compared> {
    Rc::new(Compared {
        policies,
        commands: log.len(),
        runs,
    })
}
