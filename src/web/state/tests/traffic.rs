//! What a learner may rely on while traffic is watched.

use super::super::traffic::{Drive, Speed, Stage};
use super::{Desk, sql};
use crate::protocol::{
    Arrival, Call, Command, Event, Exchange, Problem, Replayed, Reply, RequestText, ResponseText,
    RunView, View,
};
use crate::web::route::Route;
use crate::web::state::{Action, Panel};

/// A run of ten seconds as far as a moment.
fn run_until(now_us: u64) -> RunView {
    let duration_us = 10_000_000;
    RunView {
        now_us: now_us.min(duration_us),
        duration_us,
        ended: (now_us >= duration_us).then(|| "time".to_owned()),
        ..RunView::default()
    }
}

impl Desk {
    /// Time passes on the wall; gives the moment the worker is asked to drive to, whether anew, and
    /// answers.
    fn pass(&mut self, ms: u64) -> Option<(u64, bool)> {
        self.take(Action::Drive(Drive::Passed(ms)));
        let question = self.open.pop()?;
        let Call::Drive { until_us, anew, .. } = question.call else {
            panic!("{:?} is asked", question.call);
        };
        let run = Box::new(run_until(until_us));
        self.say(question.id, Reply::Driven { run });
        Some((until_us, anew))
    }

    fn drive(&mut self, drive: Drive) {
        self.take(Action::Drive(drive));
    }

    /// What the worker says of a command that is under way.
    fn applied(&mut self, events: Vec<Event>) {
        let question = self.open.pop().expect("a question");
        let view = Box::new(View::default());
        self.say(question.id, Reply::Applied { events, view });
    }
}

#[test]
fn traffic_is_driven_to_its_end_and_then_kept() {
    let mut desk = Desk::ready("#/lab/x");
    assert_eq!(desk.pass(100), None, "nothing runs");
    desk.drive(Drive::Seed(" 7 ".to_owned()));
    desk.drive(Drive::Run);
    assert_eq!(
        desk.pass(100),
        Some((0, true)),
        "how long it is comes first"
    );
    let mut beats = 0;
    let mut last = 0;
    while desk.lab().driving.stage == Stage::Running {
        let (until_us, anew) = desk.pass(100).expect("a question");
        assert!(until_us > last && !anew);
        last = until_us;
        beats += 1;
    }
    assert_eq!(
        beats, 30,
        "three seconds of the wall, so that it can be seen"
    );
    let kept = Command::Run { seed: Some(7) };
    assert_eq!(
        desk.asked.last(),
        Some(&Call::Apply {
            command: kept.clone()
        })
    );
    let run = Box::new(run_until(10_000_000));
    desk.applied(vec![Event::Run { run }]);
    assert_eq!(desk.lab().log.last(), Some(&kept));
    assert_eq!(
        desk.lab().shown_run().map(|run| run.now_us),
        Some(10_000_000)
    );
    assert_eq!(desk.lab().driving.run, None);
}

#[test]
fn a_run_keeps_the_speed_of_the_wall_times_what_is_chosen() {
    for (speed, us) in [
        (Speed::One, 100_000),
        (Speed::Ten, 1_000_000),
        (Speed::Hundred, 10_000_000),
    ] {
        let mut desk = Desk::ready("#/lab/x");
        desk.drive(Drive::Speed(speed));
        desk.drive(Drive::Run);
        assert_eq!(desk.pass(100), Some((us, true)), "{speed:?}");
    }
}

#[test]
fn a_pause_asks_nothing_and_lets_everything_else_through() {
    let mut desk = Desk::ready("#/lab/x");
    desk.drive(Drive::Run);
    desk.pass(100);
    desk.pass(100);
    let held = desk.lab().driving.run.clone();
    desk.drive(Drive::Pause);
    assert_eq!(desk.pass(100), None);
    desk.give(sql("SELECT 2"));
    desk.answer_all();
    assert_eq!(desk.lab().log.last(), Some(&sql("SELECT 2")));
    assert_eq!(desk.lab().driving.run, held, "it stands where it was");
    desk.drive(Drive::Run);
    let (_, anew) = desk.pass(100).expect("it goes on");
    assert!(!anew);
}

#[test]
fn what_the_learner_asks_meanwhile_is_asked_before_traffic_goes_on() {
    let mut desk = Desk::ready("#/lab/x");
    desk.drive(Drive::Run);
    desk.give(sql("SELECT 2"));
    desk.drive(Drive::Passed(100));
    assert_eq!(desk.open.len(), 1, "one question at a time");
    desk.answer_all();
    assert_eq!(desk.pass(100), Some((0, true)));
}

#[test]
fn stop_forgets_a_run_and_what_is_still_said_of_it() {
    let mut desk = Desk::ready("#/lab/x");
    desk.drive(Drive::Run);
    desk.pass(100);
    desk.drive(Drive::Passed(100));
    let late = desk.open.pop().expect("a question");
    desk.drive(Drive::Stop);
    assert_eq!(desk.lab().shown_run(), None);
    desk.drive(Drive::Run);
    let run = Box::new(run_until(10_000_000));
    desk.say(late.id, Reply::Driven { run });
    assert_eq!(desk.lab().shown_run(), None, "that was another run");
    assert!(
        !desk
            .lab()
            .log
            .iter()
            .any(|c| matches!(c, Command::Run { .. }))
    );
    assert_eq!(desk.pass(100), Some((0, true)));
}

#[test]
fn a_text_that_is_replaced_ends_what_was_driven_and_dates_what_was_run() {
    let mut desk = Desk::ready("#/lab/x");
    desk.give(Command::Run { seed: None });
    let run = Box::new(run_until(10_000_000));
    desk.applied(vec![Event::Run { run }]);
    assert!(!desk.lab().run_is_old);
    desk.drive(Drive::Run);
    desk.pass(100);
    let text = "layers = []".to_owned();
    desk.give(Command::Apply { text });
    desk.applied(vec![Event::WorldApplied]);
    assert_eq!(desk.lab().driving.stage, Stage::Rest);
    assert!(desk.lab().shown_run().is_some() && desk.lab().run_is_old);
    assert_eq!(
        desk.lab().system(),
        None,
        "the map is not of the text before"
    );
}

#[test]
fn traffic_that_cannot_be_run_says_why_in_its_panel() {
    let mut desk = Desk::ready("#/lab/x");
    desk.drive(Drive::Seed("many".to_owned()));
    desk.drive(Drive::Run);
    assert_eq!(desk.pass(100), None);
    let trouble = desk.lab().trouble.clone().expect("a trouble");
    assert_eq!(trouble.panel, Panel::Traffic);
    desk.drive(Drive::Seed(String::new()));
    desk.drive(Drive::Run);
    assert_eq!(desk.lab().trouble, None);
    desk.drive(Drive::Passed(100));
    let question = desk.open.pop().expect("a question");
    let problem = Problem::new("This world has no traffic.");
    desk.say(question.id, Reply::Failed { problem });
    assert_eq!(desk.lab().driving.stage, Stage::Rest);
    assert_eq!(
        desk.lab().trouble.as_ref().map(|t| t.panel),
        Some(Panel::Traffic)
    );
}

#[test]
fn another_lab_knows_nothing_of_the_traffic() {
    let mut desk = Desk::ready("#/lab/x");
    desk.drive(Drive::Run);
    desk.pass(100);
    desk.take(Action::Route(Route::parse("#/").expect("a route")));
    desk.drive(Drive::Passed(100));
    assert!(desk.open.is_empty());
    desk.take(Action::Route(Route::parse("#/lab/x").expect("a route")));
    assert!(desk.state.lab().is_none_or(|lab| lab.driving.run.is_none()));
}

#[test]
fn what_other_limiters_make_of_the_traffic_goes_when_there_is_other_traffic() {
    let mut desk = Desk::ready("#/lab/x");
    desk.take(Action::Replay {
        policies: "[[policy]]".to_owned(),
        arrivals: vec![Arrival::default()],
    });
    let question = desk.open.pop().expect("a question");
    assert!(matches!(question.call, Call::Replay { .. }));
    let runs = vec![Replayed::default()];
    desk.say(question.id, Reply::Replayed { runs });
    assert!(desk.lab().replayed.is_some());
    desk.give(sql("SELECT 2"));
    desk.applied(Vec::new());
    assert!(desk.lab().replayed.is_some(), "that is no traffic");
    desk.give(sql("SELECT 3"));
    desk.applied(vec![Event::Exchange {
        exchange: Box::new(Exchange {
            id: 1,
            client: "you".to_owned(),
            request: RequestText::default(),
            response: ResponseText::default(),
            start_us: 0,
            end_us: 0,
            answered_by: "routes".to_owned(),
            spans: Vec::new(),
        }),
    }]);
    assert!(desk.lab().replayed.is_none());
}
