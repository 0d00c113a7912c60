//! One open lab as the page knows it: its log, its evidence, its tasks.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::engine::Ask;
use super::place::{self, ALL_PANELS, Place};
use super::traffic::Driving;
use crate::lab::format::snippet::{self, CONSOLES};
use crate::lab::format::{Lab, Panel};
use crate::protocol::{
    Command, Event, Exchange, ExchangeId, LoadFigures, Problem, Replayed, RunView, Source,
    SqlOutcome, SqlResult, TaskReport, TestsReport, View,
};
use crate::web::exports::Exported;
use crate::web::policies::{Compared, Texts};
use crate::web::store::{self, Drafts, Progress, Save, TaskProgress};

/// Exchanges the history keeps.
const HISTORY: usize = 200;

/// The files of a place, as they were fetched.
#[derive(Debug, Clone, PartialEq)]
pub struct Fetched {
    /// What the worker gets.
    pub source: Source,
    /// The lab, where its text can be had without the worker.
    pub lab: Option<Rc<Lab>>,
}

/// What happened last in a panel, when it did not work.
#[derive(Debug, Clone, PartialEq)]
pub struct Trouble {
    /// Where to show it.
    pub panel: Panel,
    /// What.
    pub problem: Problem,
}

/// How the learner looks at what is there. Kept here, because parts of the page come and go with its
/// width; not saved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looks {
    /// The request is shown as text.
    pub as_text: bool,
    /// The answer is shown as it stands on the wire.
    pub raw: bool,
    /// The tab of the scope; empty for the first.
    pub scope: String,
    /// The exchange that the shown one is compared with.
    pub compared: Option<ExchangeId>,
    /// What stands in the fields for caching policies.
    pub policies: Texts,
    /// The request of a run whose way was asked for, see [`TraceView::key`](crate::protocol::TraceView::key).
    pub trace: String,
}

/// One change of how the learner looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// See [`Looks::as_text`].
    AsText(bool),
    /// See [`Looks::raw`].
    Raw(bool),
    /// See [`Looks::scope`].
    Scope(String),
    /// See [`Looks::compared`].
    Compared(Option<ExchangeId>),
    /// See [`Looks::policies`]: the text of the field at this position.
    Policy(usize, String),
    /// See [`Looks::trace`].
    Trace(String),
}

/// One of the three parts of a lab's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    /// Text and tasks.
    Guide,
    /// The panels in which work is done.
    Workbench,
    /// What happens in the backend.
    Scope,
}

/// One open lab or sandbox.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenLab {
    /// What is open.
    pub place: Place,
    /// The lab; none for a sandbox, and until its text is here.
    pub lab: Option<Rc<Lab>>,
    /// Its files.
    pub source: Rc<Source>,
    /// Commands so far.
    pub log: Vec<Command>,
    /// Text in the editors.
    pub drafts: Drafts,
    /// What was reached.
    pub progress: Progress,
    /// The world as the worker told last; none until it is open.
    pub view: Option<Rc<View>>,
    /// The latest requests and answers, oldest first.
    pub exchanges: Rc<Vec<Rc<Exchange>>>,
    /// What layers asked by themselves, oldest first.
    pub behind: Rc<Vec<Rc<Exchange>>>,
    /// The exchange that is looked at; the latest if none.
    pub selected: Option<ExchangeId>,
    /// What the latest SQL gave, console by console.
    pub outcomes: [Rc<Vec<SqlOutcome>>; CONSOLES as usize],
    /// How many consoles are open.
    pub consoles: u32,
    /// Figures of the latest burst.
    pub figures: Option<Rc<LoadFigures>>,
    /// What the latest traffic came to.
    pub run: Option<Rc<RunView>>,
    /// Whether the world's text was replaced since.
    pub run_is_old: bool,
    /// The parts that traffic goes through, before anything is sent.
    still: Option<Rc<RunView>>,
    /// Traffic that is watched.
    pub driving: Driving,
    /// What other policies of a limiter made of its latest traffic.
    pub replayed: Option<Rc<Vec<Replayed>>>,
    /// What became of the latest tests.
    pub tests: Option<Rc<TestsReport>>,
    /// What was refused last.
    pub trouble: Option<Trouble>,
    /// The latest judgement, by task.
    pub reports: BTreeMap<String, Rc<TaskReport>>,
    /// The panel in front.
    pub panel: Panel,
    /// The API for another tool, as it was asked for last.
    pub exported: Option<Rc<Exported>>,
    /// The requests under other caching policies, as they were asked for last.
    pub policies: Option<Rc<Compared>>,
    /// How it is looked at.
    pub looks: Looks,
    /// Grows whenever something is put where the learner should then see it.
    pub turns: u32,
    /// And where that is.
    pub turned_to: Region,
    /// Revision of the save this is based on.
    pub revision: u64,
    /// Whether something changed since it was saved.
    pub is_dirty: bool,
}

impl OpenLab {
    /// Opens the files at the point a save describes.
    pub fn new(place: Place, fetched: Fetched, save: Option<Save>) -> Self {
        let save = save.unwrap_or_default();
        let mut open = Self {
            place,
            lab: None,
            source: Rc::new(fetched.source),
            log: save.log,
            drafts: save.drafts,
            progress: save.progress,
            view: None,
            exchanges: Rc::default(),
            behind: Rc::default(),
            selected: None,
            outcomes: <_>::default(),
            consoles: 1,
            figures: None,
            run: None,
            run_is_old: false,
            still: None,
            driving: Driving::default(),
            replayed: None,
            tests: None,
            trouble: None,
            reports: BTreeMap::new(),
            panel: ALL_PANELS[0],
            exported: None,
            policies: None,
            looks: Looks::default(),
            turns: 0,
            turned_to: Region::Workbench,
            revision: save.revision,
            is_dirty: false,
        };
        if let Some(lab) = fetched.lab {
            open.read(lab);
        }
        open
    }

    /// The lab's text is here, or is here again.
    pub fn read(&mut self, lab: Rc<Lab>) {
        self.progress.tasks = lab.tasks.len();
        let is_first = self.lab.is_none();
        let first = lab.panels.first().copied();
        if let Some(first) = first.filter(|_| is_first || !lab.panels.contains(&self.panel)) {
            self.panel = first;
        }
        self.consoles = self.consoles.max(lab.consoles);
        self.lab = Some(lab);
        // A lab whose tasks were renamed keeps what was reached, but not a place that is gone.
        if self.task_index().is_none() {
            self.progress.task = String::new();
        }
    }

    /// The panels this place offers, in order.
    pub fn panels(&self) -> Vec<Panel> {
        match &self.lab {
            Some(lab) => lab.panels.clone(),
            None => {
                let mut panels = ALL_PANELS.to_vec();
                if self.has_traffic() {
                    panels.push(Panel::Traffic);
                }
                panels
            }
        }
    }

    /// Whether the world's text describes traffic.
    pub fn has_traffic(&self) -> bool {
        let text = match &self.view {
            Some(view) => &view.world_text,
            None => &self.source.world.world,
        };
        text.contains("[topology")
    }

    /// What traffic came to: the run that is watched, or else the latest.
    pub fn shown_run(&self) -> Option<&Rc<RunView>> {
        self.driving.run.as_ref().or(self.run.as_ref())
    }

    /// The system that traffic goes through: as the run shows it that is watched, or else the latest, or,
    /// where the text is newer than that, as the text describes it.
    pub fn system(&self) -> Option<&Rc<RunView>> {
        let latest = self.run.as_ref().filter(|_| !self.run_is_old);
        self.driving.run.as_ref().or(latest).or(self.still.as_ref())
    }

    /// What was wrong in a panel no longer is.
    pub fn clear_trouble(&mut self, panel: Panel) {
        self.trouble.take_if(|trouble| trouble.panel == panel);
    }

    /// Position of the current task.
    pub fn task_index(&self) -> Option<usize> {
        let lab = self.lab.as_ref()?;
        lab.tasks
            .iter()
            .position(|task| task.id == self.progress.task)
    }

    /// What was reached in a task.
    pub fn task_progress(&self, task: &str) -> TaskProgress {
        self.progress.by_task.get(task).cloned().unwrap_or_default()
    }

    /// What was reached in the current task, to be changed.
    pub fn current_progress(&mut self) -> &mut TaskProgress {
        self.is_dirty = true;
        let task = self.progress.task.clone();
        self.progress.by_task.entry(task).or_default()
    }

    /// The exchange that is looked at.
    pub fn exchange(&self) -> Option<Rc<Exchange>> {
        let chosen = self
            .selected
            .and_then(|id| self.exchanges.iter().rev().find(|e| e.id == id));
        chosen.or(self.exchanges.last()).cloned()
    }

    /// The exchange that the one that is looked at is compared with, if it is another one and still
    /// known.
    pub fn compared(&self) -> Option<Rc<Exchange>> {
        let id = self.looks.compared?;
        let shown = self.exchange()?.id;
        let other = self.exchanges.iter().find(|exchange| exchange.id == id);
        other.filter(|other| other.id != shown).cloned()
    }

    /// Something is to be seen there.
    pub fn turn(&mut self, to: Region) {
        self.turns += 1;
        self.turned_to = to;
    }

    /// Looks at things in another way.
    pub fn look(&mut self, look: Look) {
        match look {
            Look::AsText(is) => self.looks.as_text = is,
            Look::Raw(is) => self.looks.raw = is,
            Look::Scope(tab) => self.looks.scope = tab,
            Look::Compared(id) => self.looks.compared = id,
            Look::Policy(at, text) => {
                if let Some(field) = self.looks.policies.0.get_mut(at) {
                    *field = text;
                }
            }
            Look::Trace(trace) => {
                self.looks.trace = trace;
                "requests".clone_into(&mut self.looks.scope);
                self.turn(Region::Scope);
            }
        }
    }

    /// Turns to a task and puts its texts into the panels when it is new to the learner. Gives what
    /// the worker has to be asked.
    pub fn enter(&mut self, index: usize) -> Vec<Ask> {
        let Some(lab) = self.lab.clone() else {
            return Vec::new();
        };
        let Some(task) = lab.tasks.get(index) else {
            return Vec::new();
        };
        self.progress.task.clone_from(&task.id);
        self.is_dirty = true;
        self.trouble = None;
        let mut asks = vec![Ask::Command(Command::Enter {
            task: task.id.clone(),
        })];
        if !std::mem::replace(&mut self.current_progress().entered, true) {
            asks.extend(self.put_start(index));
        }
        asks
    }

    /// Puts the texts a task starts with into the panels. World text has to be merged first, which
    /// is to be asked once the task is entered.
    pub fn put_start(&mut self, index: usize) -> Option<Ask> {
        let lab = self.lab.clone()?;
        let task = lab.tasks.get(index)?;
        let panels = self.panels();
        let mut merge = None;
        for start in &task.starts {
            let Some(panel) = place::panel_of_lang(start.lang) else {
                continue;
            };
            match panel {
                Panel::Sql => self.put_sql(&start.text),
                Panel::Http => self.drafts.http.clone_from(&start.text),
                Panel::Tests => self.drafts.tests.clone_from(&start.text),
                // A task begins with nothing run.
                Panel::Traffic => {}
                Panel::Routes => {
                    merge = Some(Ask::Merge {
                        patch: start.text.clone(),
                        run: false,
                    });
                }
            }
            if panels.contains(&panel) {
                self.panel = panel;
            }
        }
        merge
    }

    /// The world's text as it is applied now.
    pub fn world_text(&self) -> String {
        match &self.view {
            Some(view) => view.world_text.clone(),
            None => self.source.world.world.clone(),
        }
    }

    /// Puts a text into a panel and brings it to the front.
    pub fn put(&mut self, panel: Panel, text: String) {
        match panel {
            Panel::Sql => self.put_sql(&text),
            Panel::Http => self.drafts.http = text,
            Panel::Tests => self.drafts.tests = text,
            Panel::Traffic => {}
            Panel::Routes => self.drafts.routes = Some(text),
        }
        self.panel = panel;
        self.turn(Region::Workbench);
        self.is_dirty = true;
    }

    /// World text with a snippet in it is there to be looked at.
    pub fn merged(&mut self, text: String) {
        self.drafts.routes = (text != self.world_text()).then_some(text);
        self.is_dirty = true;
    }

    /// Forgets what was seen, as before the log is replayed.
    pub fn forget_evidence(&mut self) {
        self.exchanges = Rc::default();
        self.behind = Rc::default();
        self.outcomes = <_>::default();
        self.figures = None;
        self.run = None;
        self.run_is_old = false;
        self.driving.rest();
        self.replayed = None;
        self.tests = None;
        self.selected = None;
        self.exported = None;
        self.policies = None;
        self.looks.compared = None;
        self.trouble = None;
    }

    /// The log without what happened since the current task was entered.
    pub fn log_before_task(&self) -> Vec<Command> {
        let entered = self
            .log
            .iter()
            .rposition(|c| matches!(c, Command::Enter { task } if *task == self.progress.task));
        self.log[..entered.unwrap_or(0)].to_vec()
    }

    /// A command was carried out.
    pub fn applied(&mut self, command: Command, events: Vec<Event>, view: View) {
        let panel = place::panel_of_command(&command);
        match &command {
            Command::Sql { .. } => self.progress.queries += 1,
            Command::Send { burst, .. } => self.progress.sent += u64::from(burst.times),
            _ => {}
        }
        let refused = events.iter().any(|e| matches!(e, Event::Refused { .. }));
        if let Some(panel) = panel {
            self.clear_trouble(panel);
        }
        if matches!(command, Command::Apply { .. }) && !refused {
            self.drafts.routes = None;
        }
        self.learn(events, panel.unwrap_or(self.panel));
        self.see(view);
        if !self.panels().contains(&self.panel) {
            self.panel = ALL_PANELS[0];
        }
        if !refused {
            store::record(&mut self.log, command);
        }
        self.is_dirty = true;
    }

    /// The log was replayed.
    pub fn opened(&mut self, events: Vec<Event>, view: View) {
        self.forget_evidence();
        self.learn(events, self.panel);
        self.trouble = None;
        self.see(view);
    }

    fn see(&mut self, mut view: View) {
        self.still = view.system.take().map(Rc::from);
        self.view = Some(Rc::new(view));
    }

    fn learn(&mut self, events: Vec<Event>, panel: Panel) {
        let (mut seen, mut behind) = (Vec::new(), Vec::new());
        for event in events {
            match event {
                Event::Sql { session, outcomes } => self.ran(session, outcomes),
                Event::Exchange { exchange } => seen.push(Rc::from(exchange)),
                Event::Behind { exchange } => behind.push(Rc::from(exchange)),
                Event::Run { run } => {
                    self.run = Some(Rc::from(run));
                    self.run_is_old = false;
                    self.driving.rest();
                }
                Event::WorldApplied => {
                    self.run_is_old = self.run.is_some();
                    self.driving.rest();
                }
                Event::Tests { report } => self.tests = Some(Rc::new(report)),
                Event::Load { figures } => self.figures = Some(Rc::new(figures)),
                Event::Refused { problem } | Event::NotCaptured { problem } => {
                    self.trouble = Some(Trouble { panel, problem });
                }
                Event::Clock { .. } | Event::Entered { .. } | Event::Answered { .. } => {}
            }
        }
        remember(&mut self.behind, behind);
        if seen.is_empty() {
            return;
        }
        if seen.len() == 1 {
            self.figures = None;
        }
        self.selected = None;
        // That was other traffic.
        self.replayed = None;
        remember(&mut self.exchanges, seen);
    }

    /// Statements gave something. What waited is followed by what it came to.
    fn ran(&mut self, console: u32, outcomes: Vec<SqlOutcome>) {
        let Some(shown) = self.outcomes.get_mut(console.saturating_sub(1) as usize) else {
            return;
        };
        let waits = |outcome: &SqlOutcome| matches!(outcome.result, SqlResult::Waiting { .. });
        if shown.last().is_some_and(waits) {
            let shown = Rc::make_mut(shown);
            shown.pop();
            shown.extend(outcomes);
        } else {
            *shown = Rc::new(outcomes);
        }
        self.consoles = self.consoles.max(console);
    }

    /// What stands in a console's editor, to be changed.
    pub fn sql_draft(&mut self, console: u32) -> &mut String {
        match console {
            2 => &mut self.drafts.sql_2,
            _ => &mut self.drafts.sql,
        }
    }

    /// Puts SQL into the consoles it is written for.
    fn put_sql(&mut self, text: &str) {
        let parts = snippet::consoles(1, text).unwrap_or_else(|_| vec![(1, text.to_owned())]);
        for console in 1..=CONSOLES {
            let of = |part: &&(u32, String)| part.0 == console;
            let texts: Vec<&str> = parts.iter().filter(of).map(|part| part.1.trim()).collect();
            if !texts.is_empty() {
                *self.sql_draft(console) = texts.join("\n\n");
                self.consoles = self.consoles.max(console);
            }
        }
    }

    /// A task was judged.
    pub fn checked(&mut self, report: TaskReport) {
        let progress = self
            .progress
            .by_task
            .entry(report.task.clone())
            .or_default();
        progress.passed |= report.passed;
        progress.points = progress.points.max(report.points);
        progress.checked += 1;
        self.is_dirty = true;
        self.reports.insert(report.task.clone(), Rc::new(report));
    }

    /// What is to be saved.
    pub fn save(&self) -> Save {
        Save {
            version: crate::protocol::PROTOCOL_VERSION,
            revision: self.revision,
            log: self.log.clone(),
            drafts: self.drafts.clone(),
            progress: self.progress.clone(),
        }
    }
}

/// Puts exchanges behind those of before, of which the oldest are forgotten.
fn remember(known: &mut Rc<Vec<Rc<Exchange>>>, mut more: Vec<Rc<Exchange>>) {
    if more.is_empty() {
        return;
    }
    let mut all = known.as_ref().clone();
    all.append(&mut more);
    let surplus = all.len().saturating_sub(HISTORY);
    all.drain(..surplus);
    *known = Rc::new(all);
}
