//! The key-value store beside the database: entries that end, a bound, and who goes when it is
//! reached.

pub mod behind;

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use serde_json::Value as Json;

use self::behind::Write;
use super::serve::Params;
use super::serve::run::Ran;
use super::spec::kv::{Eviction, KvSpec};
use crate::http::view::{KvEntryView, KvPendingView, LayerState};
use crate::sim::Rng;
use crate::sim::sync::Semaphore;
use crate::sql::outcome::SqlResult;

/// How many entries `sampled-lru` draws.
const SAMPLE: usize = 5;
/// Most characters of a value that are shown.
const SHOWN: usize = 160;

/// What an entry holds: what the statements of a route gave.
pub struct Value {
    /// The rows.
    pub ran: Ran,
    /// What they gave for later statements, and for templates.
    pub params: Params,
}

/// A value on its way into the store.
pub struct Entry {
    /// What it holds.
    pub value: Rc<Value>,
    /// By which it can be invalidated with others.
    pub tags: Vec<String>,
    /// Virtual microseconds it lives.
    pub ttl_us: u64,
    /// Virtual microseconds it took to make.
    pub took_us: u64,
}

#[derive(Clone)]
struct Kept {
    entry: Rc<Entry>,
    put_us: u64,
    /// Counts of the store's calls when it was put and last used.
    put: u64,
    used: u64,
    uses: u64,
}

impl Kept {
    fn ends_us(&self) -> u64 {
        self.put_us.saturating_add(self.entry.ttl_us)
    }
}

/// A miss whose statements run: others may wait for them, and what they give is put only if nothing
/// was invalidated meanwhile.
pub struct Flight {
    key: String,
    /// Held by whoever runs the statements.
    pub gate: Semaphore,
    /// What they gave, once they have.
    pub value: RefCell<Option<Rc<Value>>>,
}

/// What has changed: keys and tags whose entries are not true any more.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stale {
    /// Keys.
    pub keys: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
}

/// The store.
#[derive(Clone, Default)]
pub struct Store {
    entries: BTreeMap<String, Kept>,
    flights: Vec<Rc<Flight>>,
    behind: VecDeque<Rc<Write>>,
    lost: VecDeque<String>,
    calls: u64,
    hits: u64,
    misses: u64,
    evictions: u64,
}

impl Store {
    /// A copy without what is under way, for it is not in the copy.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self {
            flights: Vec::new(),
            ..self.clone()
        }
    }

    /// Forgets all but what is still to be written.
    pub fn forget(&mut self) {
        *self = Self {
            behind: std::mem::take(&mut self.behind),
            ..Self::default()
        };
    }

    /// The value of a key with the words for it, or why there is none. `early` says by how many
    /// microseconds an entry may be taken for ended too early, from those it took to make.
    pub fn get(
        &mut self,
        key: &str,
        now_us: u64,
        early: impl FnOnce(u64) -> u64,
    ) -> Result<(Rc<Value>, String), String> {
        self.calls += 1;
        let pending = self.behind.iter().rfind(|write| write.key == key);
        let over = self
            .entries
            .get(key)
            .is_some_and(|kept| kept.ends_us() <= now_us);
        if over {
            self.entries.remove(key);
        }
        let why = match (self.entries.get_mut(key), pending) {
            (Some(kept), _) => {
                let left_us = kept.ends_us() - now_us;
                if early(kept.entry.took_us) < left_us {
                    (kept.used, kept.uses) = (self.calls, kept.uses + 1);
                    self.hits += 1;
                    let age = seconds(now_us - kept.put_us);
                    let words = format!("hit of {key}, {age} old, {} to live", seconds(left_us));
                    return Ok((Rc::clone(&kept.entry.value), words));
                }
                format!(
                    "miss of {key} by chance, {} before it ends, so that not all miss then",
                    seconds(left_us)
                )
            }
            (None, Some(write)) => {
                self.hits += 1;
                let words = format!("hit of {key}, which is still to be written");
                return Ok((Rc::clone(&write.value), words));
            }
            (None, None) if over => format!("miss of {key}: its time to live is over"),
            (None, None) => format!("miss of {key}: nothing is stored there"),
        };
        self.misses += 1;
        Err(why)
    }

    /// The value of a key, without counting that somebody looked.
    pub fn peek(&self, key: &str, now_us: u64) -> Option<Rc<Value>> {
        let kept = self.entries.get(key);
        let kept = kept.filter(|kept| kept.ends_us() > now_us);
        let pending = || self.behind.iter().rfind(|write| write.key == key);
        let stored = kept.map(|kept| &kept.entry.value);
        stored.or_else(|| Some(&pending()?.value)).cloned()
    }

    /// The statements that run for a key already, if others may wait for them; else a flight of its
    /// own.
    pub fn join(&mut self, key: &str, together: bool) -> Rc<Flight> {
        let same = |flight: &&Rc<Flight>| together && flight.key == key;
        if let Some(flight) = self.flights.iter().find(same) {
            return Rc::clone(flight);
        }
        let flight = Rc::new(Flight {
            key: key.to_owned(),
            gate: Semaphore::new(1),
            value: RefCell::default(),
        });
        self.flights.push(Rc::clone(&flight));
        flight
    }

    /// Ends a flight, unless somebody waits whom it has brought nothing; whether what it has read
    /// still holds.
    pub fn land(&mut self, flight: &Rc<Flight>) -> bool {
        let at = self.flights.iter().position(|one| Rc::ptr_eq(one, flight));
        let done = flight.value.borrow().is_some() || flight.gate.waiting() == 0;
        if let Some(at) = at.filter(|_| done) {
            self.flights.remove(at);
        }
        at.is_some()
    }

    /// Puts an entry, for which others may have to go; in words.
    pub fn put(
        &mut self,
        key: &str,
        entry: Entry,
        now_us: u64,
        (spec, rng): (&KvSpec, &RefCell<Rng>),
    ) -> String {
        self.calls += 1;
        let mut words = format!("put {key} for {}", seconds(entry.ttl_us));
        self.entries.remove(key);
        self.entries.retain(|_, kept| kept.ends_us() > now_us);
        while self.entries.len() >= spec.max_entries {
            let Some(gone) = self.next_to_go(spec.eviction, Some(rng)) else {
                break;
            };
            self.entries.remove(&gone);
            self.evictions += 1;
            words.push_str(&format!(", evicted {gone} ({})", spec.eviction.name()));
        }
        let kept = Kept {
            entry: Rc::new(entry),
            put_us: now_us,
            put: self.calls,
            used: self.calls,
            uses: 1,
        };
        self.entries.insert(key.to_owned(), kept);
        words
    }

    /// Which entry goes next; without chance, none where chance decides.
    fn next_to_go(&self, eviction: Eviction, rng: Option<&RefCell<Rng>>) -> Option<String> {
        let draw = || {
            let at = rng?.borrow_mut().below(self.entries.len() as u64);
            self.entries.iter().nth(usize::try_from(at).ok()?)
        };
        let all = self.entries.iter();
        let goes = match eviction {
            Eviction::Lru => all.min_by_key(|(_, kept)| kept.used),
            Eviction::Lfu => all.min_by_key(|(_, kept)| (kept.uses, kept.used)),
            Eviction::Fifo => all.min_by_key(|(_, kept)| kept.put),
            Eviction::Random => draw(),
            Eviction::SampledLru => (0..SAMPLE)
                .filter_map(|_| draw())
                .min_by_key(|(_, k)| k.used),
        };
        goes.map(|(key, _)| key.clone())
    }

    /// Takes entries out that are not true any more, and has nothing put that was read before; how
    /// many they were.
    pub fn invalidate(&mut self, stale: &Stale) -> usize {
        let before = self.entries.len();
        let tagged = |kept: &Kept| kept.entry.tags.iter().any(|tag| stale.tags.contains(tag));
        self.entries
            .retain(|key, kept| !stale.keys.contains(key) && !tagged(kept));
        // Which tags will come of what is still being read is not known, so any may.
        let any = !stale.tags.is_empty();
        self.flights
            .retain(|flight| !any && !stale.keys.contains(&flight.key));
        before - self.entries.len()
    }

    /// The inside, now.
    pub fn view(&self, spec: &KvSpec, now_us: u64) -> LayerState {
        let next = self.next_to_go(spec.eviction, None);
        let entries = self
            .entries
            .iter()
            .filter(|(_, kept)| kept.ends_us() > now_us);
        let view = |(key, kept): (&String, &Kept)| KvEntryView {
            key: key.clone(),
            value: kept.entry.value.shown(),
            tags: kept.entry.tags.clone(),
            age_us: now_us - kept.put_us,
            ttl_us: kept.entry.ttl_us,
            uses: kept.uses,
            goes_next: next.as_ref() == Some(key),
        };
        let pending = self.behind.iter().map(|write| KvPendingView {
            key: write.key.clone(),
            due_us: write.due_us.saturating_sub(now_us),
        });
        LayerState::KeyValue {
            eviction: spec.eviction.name().to_owned(),
            max_entries: spec.max_entries as u64,
            entries: entries.map(view).collect(),
            hits: self.hits,
            misses: self.misses,
            evictions: self.evictions,
            pending: pending.collect(),
            lost: self.lost.iter().cloned().collect(),
        }
    }
}

impl Value {
    /// The first row as JSON, cut where it is long.
    fn shown(&self) -> String {
        let SqlResult::Rows { columns, rows, .. } = &self.ran.result else {
            return "no row".to_owned();
        };
        let Some(first) = rows.first() else {
            return "no row".to_owned();
        };
        let row: serde_json::Map<String, Json> =
            columns.iter().cloned().zip(first.iter().cloned()).collect();
        let mut text = Json::Object(row).to_string();
        if let Some((at, _)) = text.char_indices().nth(SHOWN) {
            text.truncate(at);
            text.push('…');
        }
        match rows.len() {
            1 => text,
            many => format!("{many} rows, the first {text}"),
        }
    }
}

/// Virtual time in seconds, as precise as it has to be.
pub fn seconds(us: u64) -> String {
    match us {
        0 => "0 s".to_owned(),
        1..=999 => format!("{us} µs"),
        1_000..=999_999 => format!("{} ms", us / 1_000),
        _ => format!("{} s", (us + 500_000) / 1_000_000),
    }
}
