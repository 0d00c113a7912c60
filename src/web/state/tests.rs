//! What a learner may rely on, whatever happens around the page.

mod traffic;

use std::collections::BTreeMap;
use std::rc::Rc;

use super::engine::Act;
use super::{Action, Draft, Effect, Fetched, Look, Notice, Panel, Phase, Place, State};
use crate::lab::catalog::{Area, Catalog, Summary};
use crate::lab::format::{self, Lang};
use crate::protocol::{
    Answer, BUILD, Call, Command, Event, Export, Format, PROTOCOL_VERSION, PolicyRun, Problem,
    Question, Reply, Source, Stack, TaskReport, View,
};
use crate::web::exports::Wanted;
use crate::web::route::Route;
use crate::web::store::{self, Save};

const LAB: &str = "+++\nformat = 1\nid = \"x\"\ntitle = \"X\"\nsummary = \"S.\"\nlevel = \"beginner\"\n\
minutes = 10\nworld = \"w\"\npanels = [\"http\", \"sql\"]\n+++\n\
## One {#one}\nText.\n\n```sql start\nSELECT 1\n```\n\n```hint\nLook.\n```\n\n## Two {#two}\nText.\n";

/// A page with a worker that does what it is told, and a storage.
struct Desk {
    state: State,
    stored: BTreeMap<String, String>,
    /// Questions the worker has not answered yet.
    open: Vec<Question>,
    /// Everything the worker was asked since it started.
    asked: Vec<Call>,
    generation: u32,
    others: Vec<Effect>,
}

impl Desk {
    fn new(stored: BTreeMap<String, String>, hash: &str) -> Self {
        let mut desk = Self {
            state: State::default(),
            stored: stored.clone(),
            open: Vec::new(),
            asked: Vec::new(),
            generation: 0,
            others: Vec::new(),
        };
        desk.take(Action::Begin {
            tab: "me".to_owned(),
            stored: Some(stored),
            route: Route::parse(hash).expect("a route"),
        });
        desk.take(Action::Whole);
        let areas = vec![Area {
            id: "a".to_owned(),
            labs: vec!["x".to_owned()],
            ..Area::default()
        }];
        let labs = BTreeMap::from([("x".to_owned(), Summary::default())]);
        desk.take(Action::Catalog(Ok(Catalog {
            areas,
            labs,
            ..Catalog::default()
        })));
        let lab = format::parse("a/x.md", LAB).expect("a lab");
        desk.take(Action::Fetched(
            Place::Lab("x".to_owned()),
            Ok(Fetched {
                source: Source::default(),
                lab: Some(Rc::new(lab)),
            }),
        ));
        desk
    }

    /// A lab that is open and answers.
    fn ready(hash: &str) -> Self {
        let mut desk = Self::new(BTreeMap::new(), hash);
        desk.come_alive();
        desk
    }

    fn take(&mut self, action: Action) {
        for effect in self.state.update(action) {
            match effect {
                Effect::Engine(Act::Start(generation)) => {
                    self.generation = generation;
                    self.open.clear();
                    self.asked.clear();
                }
                Effect::Engine(Act::Post(question)) => {
                    self.asked.push(question.call.clone());
                    self.open.push(*question);
                }
                Effect::Save { key, text, .. } | Effect::Put(key, text) => {
                    self.stored.insert(key, text);
                }
                Effect::Remove(key) => {
                    self.stored.remove(&key);
                }
                other => self.others.push(other),
            }
        }
    }

    fn come_alive(&mut self) {
        self.say(
            0,
            Reply::Ready {
                build: BUILD.to_owned(),
                protocol: PROTOCOL_VERSION,
            },
        );
        self.answer_all();
    }

    fn say(&mut self, id: u64, reply: Reply) {
        self.take(Action::Heard(self.generation, Answer { id, reply }));
    }

    fn answer_all(&mut self) {
        while let Some(question) = self.open.pop() {
            let view = Box::new(View::default());
            let reply = match question.call {
                Call::Open { .. } => Reply::Opened {
                    lab: None,
                    events: Vec::new(),
                    view,
                    replayed: 0,
                },
                Call::Check { task } => Reply::Checked {
                    report: TaskReport {
                        task,
                        passed: true,
                        ..TaskReport::default()
                    },
                },
                _ => Reply::Applied {
                    events: Vec::new(),
                    view,
                },
            };
            self.say(question.id, reply);
        }
    }

    fn give(&mut self, command: Command) {
        self.take(Action::Do(vec![command]));
    }

    fn lab(&self) -> &super::OpenLab {
        self.state.lab().expect("an open lab")
    }

    fn save(&self) -> Save {
        store::decode(&self.stored["backlab:1:lab:x"]).expect("a save")
    }

    /// The log the worker was asked to replay last.
    fn replayed(&self) -> Vec<Command> {
        let log = |call: &Call| match call {
            Call::Open { log, .. } => Some(log.clone()),
            _ => None,
        };
        self.asked
            .iter()
            .rev()
            .find_map(log)
            .expect("something was opened")
    }
}

fn sql(text: &str) -> Command {
    Command::Sql {
        session: 1,
        text: text.to_owned(),
    }
}

fn enter(task: &str) -> Command {
    Command::Enter {
        task: task.to_owned(),
    }
}

#[test]
fn a_lab_opens_at_its_first_task_with_its_text_in_the_panel() {
    let desk = Desk::ready("#/lab/x");
    assert_eq!(desk.lab().progress.task, "one");
    assert_eq!(desk.lab().drafts.sql, "SELECT 1");
    assert_eq!(desk.lab().panel, Panel::Sql);
    assert_eq!(desk.lab().log, [enter("one")]);
    assert!(desk.state.is_live());
}

#[test]
fn a_link_leads_to_a_task_and_prefills() {
    let desk = Desk::ready("#/lab/x/two?panel=http&http=GET%20/b");
    assert_eq!(desk.lab().progress.task, "two");
    assert_eq!(desk.lab().panel, Panel::Http);
    assert_eq!(desk.lab().drafts.http, "GET /b");
    assert!(
        desk.others
            .contains(&Effect::Replace("#/lab/x/two".to_owned()))
    );
}

#[test]
fn work_comes_back_after_a_reload() {
    let mut desk = Desk::ready("#/lab/x/two");
    desk.give(sql("SELECT 2"));
    desk.answer_all();
    desk.take(Action::Draft(Draft::Sql(1, "SELECT 3".to_owned())));
    desk.take(Action::Check);
    desk.answer_all();

    let mut again = Desk::new(desk.stored, "#/lab/x");
    again.come_alive();
    assert_eq!(again.replayed(), [enter("two"), sql("SELECT 2")]);
    assert_eq!(again.lab().progress.task, "two");
    assert_eq!(again.lab().drafts.sql, "SELECT 3");
    assert!(again.lab().task_progress("two").passed);
}

#[test]
fn what_is_stopped_is_not_replayed() {
    let mut desk = Desk::ready("#/lab/x");
    desk.give(sql("SELECT 2"));
    desk.answer_all();
    desk.give(sql("SELECT for ever"));
    desk.take(Action::Stop);
    desk.come_alive();
    assert_eq!(desk.replayed(), [enter("one"), sql("SELECT 2")]);
    assert_eq!(desk.state.notices, [Notice::Stopped]);
    assert!(desk.state.is_live());
}

#[test]
fn what_broke_the_engine_is_not_replayed() {
    let mut desk = Desk::ready("#/lab/x");
    desk.give(sql("SELECT 2"));
    desk.answer_all();
    desk.give(sql("break it"));
    let id = desk.open.pop().expect("a question").id;
    let problem = Problem {
        code: "panic".to_owned(),
        ..Problem::new("It broke.")
    };
    desk.say(id, Reply::Failed { problem });
    desk.come_alive();
    assert_eq!(desk.replayed(), [enter("one"), sql("SELECT 2")]);
    assert_eq!(
        desk.state.notices,
        [Notice::Restored("It broke.".to_owned())]
    );
}

#[test]
fn a_log_that_breaks_the_engine_is_shortened_until_it_opens() {
    let log = vec![enter("one"), sql("fine"), sql("deadly")];
    let save = Save {
        version: PROTOCOL_VERSION,
        log,
        ..Save::default()
    };
    let stored = BTreeMap::from([(store::lab_key("x"), store::encode(&save))]);
    let mut desk = Desk::new(stored, "#/lab/x");
    desk.say(
        0,
        Reply::Ready {
            build: BUILD.to_owned(),
            protocol: PROTOCOL_VERSION,
        },
    );
    desk.take(Action::Died(desk.generation, "it died".to_owned()));
    desk.come_alive();
    assert_eq!(desk.replayed(), [enter("one"), sql("fine")]);
    assert!(desk.state.is_live());
}

#[test]
fn an_engine_that_never_starts_leaves_the_lab_readable() {
    let mut desk = Desk::new(BTreeMap::new(), "#/lab/x");
    for _ in 0..10 {
        desk.take(Action::Died(desk.generation, "no network".to_owned()));
    }
    assert_eq!(
        desk.state.engine.phase,
        Phase::Broken("no network".to_owned())
    );
    assert!(desk.lab().lab.is_some());
}

#[test]
fn reset_task_goes_back_to_where_the_task_began() {
    let mut desk = Desk::ready("#/lab/x");
    desk.give(sql("SELECT 2"));
    desk.answer_all();
    desk.take(Action::Route(Route::parse("#/lab/x/two").expect("a route")));
    desk.answer_all();
    desk.give(sql("DELETE FROM books"));
    desk.answer_all();
    desk.take(Action::ResetTask);
    desk.answer_all();
    assert_eq!(desk.replayed(), [enter("one"), sql("SELECT 2")]);
    assert_eq!(
        desk.lab().log,
        [enter("one"), sql("SELECT 2"), enter("two")]
    );
}

#[test]
fn reset_lab_forgets_everything_of_it() {
    let mut desk = Desk::ready("#/lab/x");
    desk.give(sql("SELECT 2"));
    desk.answer_all();
    desk.take(Action::Hint);
    desk.take(Action::Reset(Place::Lab("x".to_owned())));
    desk.answer_all();
    assert_eq!(desk.lab().log, [enter("one")]);
    assert_eq!(desk.lab().task_progress("one").hints, 0);
    assert_eq!(desk.lab().drafts.sql, "SELECT 1");
}

#[test]
fn a_damaged_save_is_put_aside_and_offered() {
    let key = store::lab_key("x");
    let stored = BTreeMap::from([(key.clone(), "{broken".to_owned())]);
    let desk = Desk::new(stored, "#/lab/x");
    assert_eq!(desk.stored[&format!("{key}:kept:1")], "{broken");
    assert!(matches!(
        desk.state.notices.as_slice(),
        [Notice::PutAside { .. }]
    ));
}

#[test]
fn a_guest_saves_nothing_until_it_takes_over() {
    let mut desk = Desk::ready("#/lab/x");
    let before = desk.save();
    let theirs = Save {
        version: PROTOCOL_VERSION,
        revision: before.revision + 5,
        log: vec![enter("one"), sql("theirs")],
        ..before
    };
    let text = store::encode(&theirs);
    desk.stored.insert(store::lab_key("x"), text.clone());
    desk.take(Action::Stored(store::lab_key("x"), Some(text)));
    desk.give(sql("mine"));
    desk.answer_all();
    assert_eq!(desk.save(), theirs);

    desk.take(Action::TakeOver);
    desk.answer_all();
    desk.give(sql("mine"));
    desk.answer_all();
    assert_eq!(desk.save().log, [enter("one"), sql("theirs"), sql("mine")]);
    assert!(desk.save().revision > theirs.revision);
}

#[test]
fn a_snippet_goes_into_its_panel_and_runs() {
    let mut desk = Desk::ready("#/lab/x");
    desk.take(Action::Snippet {
        lang: Lang::Http,
        text: "GET /books/1".to_owned(),
        run: true,
    });
    assert_eq!(desk.lab().panel, Panel::Http);
    assert!(matches!(
        desk.asked.last(),
        Some(Call::Apply {
            command: Command::Send { .. }
        })
    ));
}

#[test]
fn a_refused_command_is_told_and_not_kept() {
    let mut desk = Desk::ready("#/lab/x");
    desk.give(sql("nonsense"));
    let id = desk.open.pop().expect("a question").id;
    let events = vec![Event::Refused {
        problem: Problem::new("No."),
    }];
    desk.say(
        id,
        Reply::Applied {
            events,
            view: Box::new(View::default()),
        },
    );
    assert_eq!(desk.lab().log, [enter("one")]);
    let trouble = desk.lab().trouble.clone().expect("a trouble");
    assert_eq!(
        (trouble.panel, trouble.problem.message.as_str()),
        (Panel::Sql, "No.")
    );
}

#[test]
fn hints_open_one_by_one_and_end() {
    let mut desk = Desk::ready("#/lab/x");
    for _ in 0..3 {
        desk.take(Action::Hint);
    }
    assert_eq!(desk.lab().task_progress("one").hints, 1);
}

#[test]
fn how_it_is_looked_at_outlives_what_happens() {
    let mut desk = Desk::ready("#/lab/x?scope=trace");
    assert_eq!(desk.lab().looks.scope, "trace");
    desk.take(Action::Look(Look::AsText(true)));
    desk.take(Action::Look(Look::Scope("data".to_owned())));
    desk.give(sql("SELECT 1"));
    desk.answer_all();
    assert!(desk.lab().looks.as_text);
    assert_eq!(desk.lab().looks.scope, "data");
}

#[test]
fn an_export_is_written_anew_when_other_routes_are_applied() {
    let mut desk = Desk::ready("#/lab/x");
    let wanted = Wanted::Whole(Format::Openapi);
    desk.take(Action::AskExport(wanted.clone()));
    let export = Export {
        file_name: "openapi.json".to_owned(),
        media_type: "application/json".to_owned(),
        text: "{}".to_owned(),
    };
    let id = desk.open.pop().expect("a question").id;
    desk.say(
        id,
        Reply::Export {
            export: export.clone(),
        },
    );
    let shown = desk.lab().exported.clone().expect("an export");
    assert_eq!((&shown.wanted, &shown.export), (&wanted, &export));
    desk.take(Action::Keep(export));
    assert!(
        matches!(desk.others.last(), Some(Effect::Download(name, _)) if name == "openapi.json")
    );

    desk.give(Command::Apply {
        text: String::new(),
    });
    desk.answer_all();
    assert_eq!(desk.lab().exported, None);
    assert_eq!(desk.asked.last(), Some(&wanted.call("")));
}

#[test]
fn a_framework_s_template_is_fetched_once() {
    let mut desk = Desk::ready("#/lab/x");
    let wanted = |route: &str| Wanted::Code(route.to_owned(), Stack::Gin);
    desk.take(Action::AskExport(wanted("GET /a")));
    let fetch = Effect::FetchTemplate(wanted("GET /a"), "stacks/gin.mustache".to_owned());
    assert_eq!(desk.others.last(), Some(&fetch));
    desk.take(Action::Template(
        wanted("GET /a"),
        Ok("package main".to_owned()),
    ));
    assert_eq!(
        desk.asked.last(),
        Some(&wanted("GET /a").call("package main"))
    );
    desk.answer_all();
    desk.take(Action::AskExport(wanted("GET /b")));
    assert_eq!(
        desk.asked.last(),
        Some(&wanted("GET /b").call("package main"))
    );

    let other = Wanted::Code("GET /a".to_owned(), Stack::Axum);
    desk.take(Action::Template(other, Err("no network".to_owned())));
    let trouble = desk.lab().trouble.clone().expect("what is wrong");
    assert_eq!(trouble.problem.message, "no network");
}

#[test]
fn a_route_is_tried_in_its_panel() {
    let mut desk = Desk::ready("#/lab/x");
    desk.take(Action::Try("GET /books/{id}".to_owned()));
    assert_eq!(desk.lab().panel, Panel::Http);
    assert_eq!(desk.lab().drafts.http, "GET /books/1\n");
}

#[test]
fn policies_are_compared_once_at_a_time_and_kept_until_the_lab_begins_again() {
    let mut desk = Desk::ready("#/lab/x");
    desk.take(Action::Look(Look::Policy(0, "  ".to_owned())));
    desk.take(Action::Look(Look::Policy(1, " max-age=5 ".to_owned())));
    desk.take(Action::ComparePolicies);
    desk.take(Action::ComparePolicies);
    let asked = desk.asked.iter().filter_map(|call| match call {
        Call::Policies { policies, .. } => Some(policies.clone()),
        _ => None,
    });
    assert_eq!(asked.collect::<Vec<_>>(), [["max-age=5"]]);
    let id = desk.open.pop().expect("a question").id;
    let runs = vec![PolicyRun::default(); 2];
    desk.say(id, Reply::Policies { runs: runs.clone() });
    let compared = desk.lab().policies.clone().expect("a comparison");
    assert_eq!(compared.runs, Ok(runs));

    desk.take(Action::ComparePolicies);
    let id = desk.open.pop().expect("a question").id;
    let problem = Problem::new("no").at(1, 1);
    desk.say(id, Reply::Failed { problem });
    let compared = desk.lab().policies.clone().expect("a refusal");
    assert!(compared.refused("max-age=5").is_some());
    assert_eq!(desk.lab().trouble, None);

    desk.take(Action::ResetTask);
    desk.answer_all();
    assert_eq!(desk.lab().policies, None);
}
