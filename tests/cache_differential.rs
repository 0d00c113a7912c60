//! Random exchanges given to our cache and to the crate `http-cache-semantics`: both must decide alike,
//! but for the classes of disagreement in `cache_differential/known.toml`.
//!
//! A disagreement belongs to a class if it is gone once the class's edit is made to the exchange; to
//! several, if it takes several edits. `BACKLAB_EXCHANGES` says how many exchanges (100,000),
//! `BACKLAB_SEED` where to start.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "cache_differential/classes.rs"]
mod classes;
#[path = "cache_differential/exchange.rs"]
mod exchange;
#[path = "cache_differential/random.rs"]
mod random;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use backlab::http::cache::{Cache, Lookup};
use backlab::sim::Rng;
use classes::CLASSES;
use exchange::{Exchange, RECEIVED};
use http_cache_semantics::{BeforeRequest, CacheOptions, CachePolicy};
use serde::Deserialize;

/// How two decisions may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Difference {
    /// Only ours stores the response.
    StoredHere,
    /// Only the crate stores it.
    StoredThere,
    /// Only ours uses it without asking.
    UsedHere,
    /// Only the crate uses it without asking.
    UsedThere,
    /// It is older in ours.
    OlderHere,
    /// It is older in the crate.
    OlderThere,
    /// It is fresh for longer in ours.
    LongerHere,
    /// It is fresh for longer in the crate.
    LongerThere,
}

/// Who follows the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Right {
    Ours,
    Theirs,
    /// The standard leaves it open.
    Both,
}

/// What is known of a class.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    class: String,
    differs: BTreeSet<Difference>,
    right: Right,
    standard: String,
    why: String,
}

#[derive(Deserialize)]
struct List {
    known: Vec<Known>,
}

/// What a cache makes of an exchange.
#[derive(Debug)]
struct Decision {
    is_used: bool,
    age: Duration,
    time_to_live: Duration,
}

/// Ours; `None` if the response is not stored.
fn ours(it: &Exchange) -> Option<Decision> {
    let received = RECEIVED * 1_000_000;
    let now = received + i64::try_from(it.waited_us).unwrap();
    let mut cache = Cache::new(it.role());
    cache.take_in(&it.first.message(), &it.response(), received, received);
    let stored = cache.views("", now).pop()?;
    let lookup = cache.lookup(&it.second.message(), now);
    Some(Decision {
        is_used: matches!(lookup, Lookup::Fresh(..) | Lookup::Stale(..)),
        age: Duration::from_micros(stored.age_us),
        time_to_live: Duration::from_micros(stored.lifetime_us.saturating_sub(stored.age_us)),
    })
}

/// The crate's.
fn theirs(it: &Exchange) -> Option<Decision> {
    let received = SystemTime::UNIX_EPOCH + Duration::from_secs(RECEIVED as u64);
    let now = received + Duration::from_micros(it.waited_us);
    let options = CacheOptions {
        shared: it.shared,
        ..CacheOptions::default()
    };
    let policy = CachePolicy::new_options(&it.first.message(), &it.response(), received, options);
    let next = policy.before_request(&it.second.message(), now);
    policy.is_storable().then(|| Decision {
        is_used: matches!(next, BeforeRequest::Fresh(_)),
        age: policy.age(now),
        time_to_live: policy.time_to_live(now),
    })
}

/// How the two differ; what is not stored by both has neither age nor use.
fn differences(it: &Exchange) -> BTreeSet<Difference> {
    use Difference::*;
    let (ours, theirs) = match (ours(it), theirs(it)) {
        (Some(ours), Some(theirs)) => (ours, theirs),
        (Some(_), None) => return [StoredHere].into(),
        (None, Some(_)) => return [StoredThere].into(),
        (None, None) => return BTreeSet::new(),
    };
    let told = [
        (ours.is_used && !theirs.is_used, UsedHere),
        (theirs.is_used && !ours.is_used, UsedThere),
        (ours.age > theirs.age, OlderHere),
        (theirs.age > ours.age, OlderThere),
        (ours.time_to_live > theirs.time_to_live, LongerHere),
        (theirs.time_to_live > ours.time_to_live, LongerThere),
    ];
    let told = told.into_iter().filter(|(differs, _)| *differs);
    told.map(|(_, difference)| difference).collect()
}

/// The exchange with the edits of some classes made to it.
fn edited(it: &Exchange, classes: &[usize]) -> Exchange {
    let mut edited = it.clone();
    for class in classes {
        (CLASSES[*class].edit)(&mut edited);
    }
    edited
}

/// The fewest classes that explain a disagreement: with all their edits it is gone, without any one of
/// them it is not. `None` if all classes together do not.
fn explained(it: &Exchange) -> Option<Vec<usize>> {
    let mut tame = it.clone();
    let mut classes: Vec<usize> = (0..CLASSES.len())
        .filter(|class| {
            let before = tame.clone();
            (CLASSES[*class].edit)(&mut tame);
            tame != before
        })
        .collect();
    let is_stored_alike = |found: &BTreeSet<Difference>| {
        !found.contains(&Difference::StoredHere) && !found.contains(&Difference::StoredThere)
    };
    let about_storing = !is_stored_alike(&differences(it));
    let agrees = |classes: &[usize]| {
        let left = differences(&edited(it, classes));
        left.is_empty() || about_storing && is_stored_alike(&left)
    };
    if let Some(alone) = classes.iter().find(|class| agrees(&[**class])) {
        return Some(vec![*alone]);
    }
    if !agrees(&classes) {
        return None;
    }
    // From the back: those in front are about how a text is read, and say more.
    for at in (0..classes.len()).rev() {
        let mut without = classes.clone();
        without.remove(at);
        if agrees(&without) {
            classes = without;
        }
    }
    Some(classes)
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// What was found out about many exchanges.
struct Report {
    known: Vec<Known>,
    agreed: u32,
    /// How often each difference was found in each known class.
    seen: BTreeMap<String, BTreeMap<Difference, u32>>,
    /// What no known class lists: how often, and the shortest example.
    unknown: BTreeMap<String, (u32, String)>,
}

impl Report {
    fn add(&mut self, it: &Exchange) {
        let differences = differences(it);
        if differences.is_empty() {
            self.agreed += 1;
            return;
        }
        let classes = explained(it).map(|classes| {
            let names = classes.into_iter().map(|class| CLASSES[class].name);
            names.collect::<Vec<&str>>()
        });
        let is_of = |known: &&Known| classes.iter().flatten().any(|name| *name == known.class);
        let of: Vec<&Known> = self.known.iter().filter(is_of).collect();
        let listed = |found: &Difference| of.iter().any(|known| known.differs.contains(found));
        if !differences.iter().all(listed) {
            let example = format!("{it}  ours:   {:?}\n  theirs: {:?}\n", ours(it), theirs(it));
            let kind = format!("{differences:?}, by {classes:?}");
            let entry = self.unknown.entry(kind);
            let (count, shortest) = entry.or_insert((0, example.clone()));
            *count += 1;
            if example.len() < shortest.len() {
                *shortest = example;
            }
            return;
        }
        for known in of {
            let seen = self.seen.entry(known.class.clone()).or_default();
            for difference in differences.intersection(&known.differs) {
                *seen.entry(*difference).or_default() += 1;
            }
        }
    }
}

#[test]
fn random_exchanges_are_decided_as_the_crate_decides_them() {
    let List { known } = toml::from_str(include_str!("cache_differential/known.toml")).unwrap();
    let mut report = Report {
        known,
        agreed: 0,
        seen: BTreeMap::new(),
        unknown: BTreeMap::new(),
    };
    let exchanges = setting("BACKLAB_EXCHANGES", 100_000);
    let mut rng = Rng::new(setting("BACKLAB_SEED", 1));
    for _ in 0..exchanges {
        report.add(&random::exchange(&mut rng));
    }
    eprintln!("{} of {exchanges} are decided alike", report.agreed);
    for (class, counts) in &report.seen {
        eprintln!("  {class}: {counts:?}");
    }
    for (kind, (count, example)) in &report.unknown {
        eprintln!("{count} times {kind}, such as\n{example}");
    }
    let unknown = report.unknown.len();
    assert!(
        unknown == 0,
        "{unknown} kinds of disagreement are not listed"
    );
    for class in CLASSES {
        let known = report.known.iter().find(|known| known.class == class.name);
        let known = known.unwrap_or_else(|| panic!("{} is not listed", class.name));
        let seen = report.seen.get(class.name);
        for difference in &known.differs {
            let occurs = seen.is_some_and(|seen| seen.contains_key(difference));
            assert!(occurs, "{}: {difference:?} does not occur", class.name);
        }
        let (says, right) = (&known.why, known.right);
        assert!(
            known.standard.starts_with("RFC ") && says.ends_with('.'),
            "{says}"
        );
        assert!(
            right != Right::Theirs,
            "{}: then ours is to be mended",
            class.name
        );
    }
    assert_eq!(
        report.known.len(),
        CLASSES.len(),
        "one is listed that is no class"
    );
}
