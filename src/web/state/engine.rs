//! The page's side of the conversation with the worker, as a pure machine: one question at a
//! time, a way out when an answer takes long, and a new worker when the old one is gone.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::protocol::{
    Answer, Arrival, BUILD, Call, Command, PROTOCOL_VERSION, Problem, Question, Reply, Source,
};
use crate::web::exports::Wanted;

/// How long a question may take before the page offers Stop.
pub const SLOW_MS: u32 = 3_000;

/// Steps of tasks the worker takes for one look at traffic: 20 to 40 ms, so that whatever else is asked
/// waits for a blink only.
const DRIVE_STEPS: u64 = 24_000;

/// How many times in a row a worker may die while it opens before the page gives up.
const MAX_DEATHS: u32 = 3;

/// What the page wants of the worker.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// Open the files and replay the log.
    Open {
        /// The files.
        source: Box<Source>,
        /// Commands to replay.
        log: Vec<Command>,
    },
    /// Carry out a command.
    Command(Command),
    /// Judge a task.
    Check(String),
    /// Write the API for another tool.
    Export {
        /// What of it.
        wanted: Wanted,
        /// The framework's template, if it takes one.
        template: Rc<str>,
    },
    /// Replay the log under other caching policies.
    Policies {
        /// The log.
        log: Vec<Command>,
        /// The policies.
        policies: Vec<String>,
    },
    /// Drive the traffic that is watched.
    Drive {
        /// Seed of all chance; the text's own if none.
        seed: Option<u64>,
        /// Begin anew.
        anew: bool,
        /// Virtual microseconds to drive to.
        until_us: u64,
        /// Which run it is.
        turn: u32,
    },
    /// Send traffic through policies of a limiter.
    Replay {
        /// As `[[policy]]` tables.
        policies: String,
        /// The traffic.
        arrivals: Vec<Arrival>,
    },
    /// Merge a snippet into the world's text.
    Merge {
        /// The snippet.
        patch: String,
        /// Whether the text is then applied.
        run: bool,
    },
}

impl Ask {
    fn call(&self) -> Call {
        match self {
            Self::Open { source, log } => Call::Open {
                source: source.clone(),
                log: log.clone(),
            },
            Self::Command(command) => Call::Apply {
                command: command.clone(),
            },
            Self::Export { wanted, template } => wanted.call(template),
            Self::Check(task) => Call::Check { task: task.clone() },
            Self::Policies { log, policies } => Call::Policies {
                log: log.clone(),
                policies: policies.clone(),
            },
            Self::Drive {
                seed,
                anew,
                until_us,
                ..
            } => Call::Drive {
                seed: *seed,
                anew: *anew,
                until_us: *until_us,
                budget: DRIVE_STEPS,
            },
            Self::Replay { policies, arrivals } => Call::Replay {
                policies: policies.clone(),
                arrivals: arrivals.clone(),
            },
            Self::Merge { patch, .. } => Call::Merge {
                patch: patch.clone(),
            },
        }
    }
}

/// What the worker is to the page.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Phase {
    /// Being fetched and started.
    #[default]
    Loading,
    /// Can be spoken to.
    Ready,
    /// Belongs to another build: the page must be reloaded.
    OtherBuild,
    /// Could not be started, or died too often. Says why.
    Broken(String),
}

/// What the shell has to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// End the worker, if there is one, and start the one of this generation.
    Start(u32),
    /// Send it this.
    Post(Box<Question>),
    /// Report back when the question with this id is still open after [`SLOW_MS`].
    Watch(u64),
}

/// What an event meant for the lab.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Nothing to tell.
    Nothing,
    /// This was answered.
    Answered(Ask, Reply),
    /// The worker is gone while it did this; the lab has to be opened again.
    Lost {
        /// What it was doing, if anything.
        ask: Option<Ask>,
        /// Why.
        problem: Problem,
    },
}

/// A question that waits for its answer.
#[derive(Debug, Clone, PartialEq)]
pub struct InFlight {
    id: u64,
    /// What was asked.
    pub ask: Ask,
    /// Whether it takes long.
    pub is_slow: bool,
}

/// The machine.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Engine {
    /// What the worker is.
    pub phase: Phase,
    /// The question under way.
    pub current: Option<InFlight>,
    queue: VecDeque<Ask>,
    generation: u32,
    last_id: u64,
    deaths: u32,
}

impl Engine {
    /// Whether something is asked and not yet answered.
    pub fn is_busy(&self) -> bool {
        self.current.is_some() || !self.queue.is_empty()
    }

    /// Whether policies are being compared, or will be.
    pub fn is_comparing(&self) -> bool {
        let is = |ask: &Ask| matches!(ask, Ask::Policies { .. });
        let current = self.current.as_ref().map(|current| &current.ask);
        current.into_iter().chain(&self.queue).any(is)
    }

    /// Whether the question under way takes long.
    pub fn is_slow(&self) -> bool {
        self.current.as_ref().is_some_and(|current| current.is_slow)
    }

    /// Whether the worker that speaks is the one in use.
    pub fn is_current(&self, generation: u32) -> bool {
        generation == self.generation
    }

    /// Starts a new worker; whatever was asked is forgotten.
    pub fn start(&mut self) -> Vec<Act> {
        self.generation += 1;
        self.phase = Phase::Loading;
        self.current = None;
        self.queue.clear();
        vec![Act::Start(self.generation)]
    }

    /// Asks, at once or when the questions before it are answered.
    pub fn ask(&mut self, ask: Ask) -> Vec<Act> {
        if matches!(ask, Ask::Open { .. }) {
            // What was meant for the world before has no meaning in the new one.
            self.queue.clear();
        }
        self.queue.push_back(ask);
        self.next()
    }

    /// The learner stops what takes long. Gives what was stopped.
    pub fn stop(&mut self) -> (Option<Ask>, Vec<Act>) {
        let stopped = self.current.take().map(|current| current.ask);
        (stopped, self.start())
    }

    /// The worker with this generation said something.
    pub fn hear(&mut self, generation: u32, answer: Answer) -> (Outcome, Vec<Act>) {
        if !self.is_current(generation) {
            return (Outcome::Nothing, Vec::new());
        }
        if let Reply::Ready { build, protocol } = &answer.reply {
            if build == BUILD && *protocol == PROTOCOL_VERSION {
                self.phase = Phase::Ready;
                return (Outcome::Nothing, self.next());
            }
            self.phase = Phase::OtherBuild;
            return (Outcome::Nothing, Vec::new());
        }
        let Some(current) = self
            .current
            .take_if(|current| current.id == answer.id || answer.id == 0)
        else {
            return (Outcome::Nothing, Vec::new());
        };
        if let Reply::Failed { problem } = &answer.reply
            && problem.code == "panic"
        {
            return self.lose(Some(current.ask), problem.clone());
        }
        self.deaths = 0;
        let acts = self.next();
        (Outcome::Answered(current.ask, answer.reply), acts)
    }

    /// The worker with this generation died, or never came to life.
    pub fn died(&mut self, generation: u32, why: &str) -> (Outcome, Vec<Act>) {
        if !self.is_current(generation) {
            return (Outcome::Nothing, Vec::new());
        }
        let ask = self.current.take().map(|current| current.ask);
        self.lose(ask, Problem::new(why))
    }

    /// A watched question is looked at again.
    pub fn watch(&mut self, id: u64) {
        if let Some(current) = self.current.as_mut().filter(|current| current.id == id) {
            current.is_slow = true;
        }
    }

    fn lose(&mut self, ask: Option<Ask>, problem: Problem) -> (Outcome, Vec<Act>) {
        let was_starting = matches!(ask, None | Some(Ask::Open { .. }));
        self.deaths = if was_starting { self.deaths + 1 } else { 0 };
        if self.deaths > MAX_DEATHS {
            self.phase = Phase::Broken(problem.message);
            self.queue.clear();
            return (Outcome::Nothing, Vec::new());
        }
        let acts = self.start();
        (Outcome::Lost { ask, problem }, acts)
    }

    fn next(&mut self) -> Vec<Act> {
        if self.phase != Phase::Ready || self.current.is_some() {
            return Vec::new();
        }
        let Some(ask) = self.queue.pop_front() else {
            return Vec::new();
        };
        self.last_id += 1;
        let id = self.last_id;
        let question = Question {
            id,
            call: ask.call(),
        };
        self.current = Some(InFlight {
            id,
            ask,
            is_slow: false,
        });
        vec![Act::Post(Box::new(question)), Act::Watch(id)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready() -> Answer {
        Answer {
            id: 0,
            reply: Reply::Ready {
                build: BUILD.to_owned(),
                protocol: PROTOCOL_VERSION,
            },
        }
    }

    fn wait(ms: u64) -> Ask {
        Ask::Command(Command::Wait { ms })
    }

    fn answer(id: u64) -> Answer {
        Answer {
            id,
            reply: Reply::Digest {
                digest: "d".to_owned(),
            },
        }
    }

    fn started() -> Engine {
        let mut engine = Engine::default();
        assert_eq!(engine.start(), [Act::Start(1)]);
        engine.hear(1, ready());
        engine
    }

    #[test]
    fn nothing_is_sent_before_ready() {
        let mut engine = Engine::default();
        engine.start();
        assert_eq!(engine.ask(wait(1)), []);
        let (_, acts) = engine.hear(1, ready());
        assert!(matches!(
            acts.as_slice(),
            [Act::Post(question), Act::Watch(1)] if question.id == 1
        ));
    }

    #[test]
    fn one_question_at_a_time_in_order() {
        let mut engine = started();
        assert_eq!(engine.ask(wait(1)).len(), 2);
        assert_eq!(engine.ask(wait(2)), []);
        let (outcome, acts) = engine.hear(1, answer(1));
        assert!(matches!(outcome, Outcome::Answered(ask, _) if ask == wait(1)));
        assert!(matches!(&acts[0], Act::Post(q) if q.id == 2));
        engine.hear(1, answer(2));
        assert!(!engine.is_busy());
    }

    #[test]
    fn a_worker_of_another_build_is_not_spoken_to() {
        let mut engine = Engine::default();
        engine.start();
        engine.ask(wait(1));
        let other = Answer {
            id: 0,
            reply: Reply::Ready {
                build: "older".to_owned(),
                protocol: PROTOCOL_VERSION,
            },
        };
        assert_eq!(engine.hear(1, other).1, []);
        assert_eq!(engine.phase, Phase::OtherBuild);
    }

    #[test]
    fn stop_starts_a_new_worker_and_the_old_ones_words_are_ignored() {
        let mut engine = started();
        engine.ask(wait(1));
        engine.ask(wait(2));
        engine.watch(1);
        assert!(engine.is_slow());
        let (stopped, acts) = engine.stop();
        assert_eq!(stopped, Some(wait(1)));
        assert_eq!(acts, [Act::Start(2)]);
        assert!(!engine.is_busy());
        assert_eq!(engine.hear(1, answer(1)), (Outcome::Nothing, vec![]));
    }

    #[test]
    fn a_panic_loses_the_worker_and_names_what_it_did() {
        let mut engine = started();
        engine.ask(wait(1));
        let panic = Answer {
            id: 1,
            reply: Reply::Failed {
                problem: Problem {
                    code: "panic".to_owned(),
                    ..Problem::new("it broke")
                },
            },
        };
        let (outcome, acts) = engine.hear(1, panic);
        assert!(matches!(outcome, Outcome::Lost { ask: Some(ask), .. } if ask == wait(1)));
        assert_eq!(acts, [Act::Start(2)]);
    }

    #[test]
    fn a_worker_that_never_starts_is_given_up() {
        let mut engine = Engine::default();
        engine.start();
        for generation in 1..=MAX_DEATHS {
            assert!(matches!(
                engine.died(generation, "no").0,
                Outcome::Lost { .. }
            ));
        }
        engine.died(MAX_DEATHS + 1, "no network");
        assert_eq!(engine.phase, Phase::Broken("no network".to_owned()));
    }
}
