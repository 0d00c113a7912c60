//! What our database takes from the world around it when a tool runs it: a clock that stands
//! still and numbers that are the same in every run.

use backlab::sql::Env;
use chrono::{NaiveDate, NaiveDateTime};

/// The surroundings of one database.
pub struct World {
    now: NaiveDateTime,
    rng: Box<dyn FnMut() -> u64>,
}

impl Default for World {
    fn default() -> Self {
        let mut state = 1_u64;
        Self {
            now: NaiveDate::from_ymd_opt(2026, 1, 1)
                .unwrap_or_default()
                .into(),
            // SplitMix64 (Steele, Lea, Flood 2014).
            rng: Box::new(move || {
                state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                mixed ^ (mixed >> 31)
            }),
        }
    }
}

impl World {
    /// For one statement.
    pub fn env(&mut self) -> Env<'_> {
        Env {
            now: self.now,
            rng: &mut self.rng,
        }
    }
}
