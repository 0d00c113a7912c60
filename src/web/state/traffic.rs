//! Traffic that is watched: how fast, how far, and whether it goes on. It has no clock of its own: the
//! page says how much of the wall's time has passed, and is told what to ask next.

use std::rc::Rc;

use super::engine::Ask;
use super::update::{Effects, engine};
use super::{Opened, State, Trouble};
use crate::lab::format::Panel;
use crate::protocol::{Command, Problem, RunView};

/// Milliseconds of the wall a whole run takes at least, so that there is something to see.
const WHOLE_RUN_MS: u64 = 3_000;

/// Milliseconds of the wall that are made up for after the worker was busy with something else.
const OWED_MS: u64 = 500;

/// Virtual microseconds to look ahead where nothing says how long the run will be.
const GLIMPSE_US: u64 = 1_000_000;

/// How fast virtual time passes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Speed {
    /// As fast as the wall's.
    One,
    /// Ten times as fast.
    Ten,
    /// A hundred times as fast.
    Hundred,
    /// As fast as it goes, but slow enough to be seen.
    #[default]
    Most,
}

impl Speed {
    /// All, the slowest first.
    pub const ALL: [Self; 4] = [Self::One, Self::Ten, Self::Hundred, Self::Most];

    /// What stands in the list.
    pub fn word(self) -> &'static str {
        match self {
            Self::One => "×1",
            Self::Ten => "×10",
            Self::Hundred => "×100",
            Self::Most => "as fast as it goes",
        }
    }
}

/// Whether the run goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stage {
    /// Nothing is driven.
    #[default]
    Rest,
    /// It goes on.
    Running,
    /// It waits for the learner.
    Paused,
}

/// What the learner does with traffic, and the time that passes meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drive {
    /// Begins, or goes on after a pause.
    Run,
    /// Holds.
    Pause,
    /// Ends, and forgets what was driven.
    Stop,
    /// Passes time in another speed.
    Speed(Speed),
    /// Types a seed.
    Seed(String),
    /// So many milliseconds of the wall passed.
    Passed(u64),
}

/// The run that is watched.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Driving {
    /// How fast.
    pub speed: Speed,
    /// The seed as it is typed; the text's own if empty.
    pub seed: String,
    /// Whether it goes on.
    pub stage: Stage,
    /// What it came to so far.
    pub run: Option<Rc<RunView>>,
    /// The seed it began with.
    begun: Option<u64>,
    /// Counts the runs, so that an answer about the one before is known as such.
    turn: u32,
    /// Milliseconds of the wall that were not asked for yet.
    owed_ms: u64,
}

impl Driving {
    /// Stops and forgets the run; what was set stays.
    pub fn rest(&mut self) {
        self.stage = Stage::Rest;
        self.run = None;
        self.owed_ms = 0;
    }

    fn begin(&mut self, seed: Option<u64>) {
        self.rest();
        self.begun = seed;
        self.turn += 1;
        self.stage = Stage::Running;
    }

    /// What to ask next, for the time that is owed.
    fn next(&mut self) -> Ask {
        let ms = std::mem::take(&mut self.owed_ms);
        let us = match self.speed {
            Speed::One => ms * 1_000,
            Speed::Ten => ms * 10_000,
            Speed::Hundred => ms * 100_000,
            Speed::Most => self.run.as_ref().map_or(0, |run| {
                length_us(run).saturating_mul(ms).div_ceil(WHOLE_RUN_MS)
            }),
        };
        let now_us = self.run.as_ref().map(|run| run.now_us);
        Ask::Drive {
            seed: self.begun,
            anew: now_us.is_none(),
            until_us: now_us.unwrap_or(0).saturating_add(us),
            turn: self.turn,
        }
    }

    /// The worker has driven the run of a turn. Gives the command that keeps the run once it is over.
    pub fn came(&mut self, turn: u32, run: RunView) -> Option<Command> {
        if self.stage == Stage::Rest || turn != self.turn {
            return None;
        }
        let is_over = run.ended.is_some();
        self.run = Some(Rc::new(run));
        is_over.then(|| {
            self.stage = Stage::Rest;
            Command::Run { seed: self.begun }
        })
    }
}

/// Virtual microseconds a run will take, as far as can be told.
fn length_us(run: &RunView) -> u64 {
    let Some(requests) = run.requests else {
        return run.duration_us;
    };
    let arrived: u64 = run.clients.iter().map(|client| client.arrived).sum();
    if arrived == 0 {
        return run.now_us.saturating_add(GLIMPSE_US);
    }
    let length = u128::from(run.now_us) * u128::from(requests) / u128::from(arrived);
    u64::try_from(length).map_or(run.duration_us, |us| us.min(run.duration_us))
}

/// Thousandths of a run that are over.
pub fn progress_milli(run: &RunView) -> u64 {
    if run.ended.is_some() {
        return 1_000;
    }
    let length = length_us(run).max(1);
    (u128::from(run.now_us) * 1_000 / u128::from(length)).min(1_000) as u64
}

impl State {
    pub(super) fn drive(&mut self, drive: Drive) -> Effects {
        let (is_live, is_busy) = (self.is_live(), self.engine.is_busy());
        let Opened::Lab(lab) = &mut self.open else {
            return Vec::new();
        };
        let driving = &mut lab.driving;
        match drive {
            Drive::Run if driving.stage == Stage::Paused => driving.stage = Stage::Running,
            Drive::Run if is_live => match seed(&driving.seed) {
                Ok(seed) => {
                    driving.begin(seed);
                    lab.clear_trouble(Panel::Traffic);
                    lab.looks.scope.clear();
                }
                Err(problem) => {
                    let panel = Panel::Traffic;
                    lab.trouble = Some(Trouble { panel, problem });
                }
            },
            Drive::Run => {}
            Drive::Pause if driving.stage == Stage::Running => driving.stage = Stage::Paused,
            Drive::Pause => {}
            Drive::Stop => driving.rest(),
            Drive::Speed(speed) => driving.speed = speed,
            Drive::Seed(seed) => driving.seed = seed,
            Drive::Passed(ms) if driving.stage == Stage::Running => {
                driving.owed_ms = (driving.owed_ms + ms).min(OWED_MS);
                // One question at a time; what the learner asks comes first.
                if is_live && !is_busy {
                    let ask = driving.next();
                    return engine(self.engine.ask(ask));
                }
            }
            Drive::Passed(_) => {}
        }
        Vec::new()
    }
}

fn seed(text: &str) -> Result<Option<u64>, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    // Larger ones would lose digits where numbers are floating point.
    let seed = text.parse().ok().filter(|seed| *seed < 1 << 53);
    seed.map(Some).ok_or_else(|| {
        Problem::new(format!("“{text}” is no seed."))
            .hint("Write a whole number, such as 3, or nothing for the text's own.")
    })
}
