//! Many keys, several policies, several nodes, and the same traffic through each.

use backlab::limiter::replay::{Arrival, replay};
use backlab::limiter::{
    ALGORITHMS, Algorithm, Ask, Limiter, Nodes, Outcome, Policy, Rate, decide_all,
};
use proptest::prelude::*;

use super::{limiter, policy};

const SECOND: u64 = 1_000_000;

const BUCKET: Algorithm = Algorithm::TokenBucket {
    capacity: 2,
    rate: Rate::PER_SECOND,
};

#[test]
fn keys_are_counted_apart() {
    let mut limiter = limiter(BUCKET);
    assert!(limiter.decide("a", 2, 0).admits());
    assert!(!limiter.decide("a", 1, 0).admits());
    assert!(limiter.decide("b", 1, 0).admits());
    assert_eq!(limiter.keys().collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn keys_are_bounded_and_those_at_their_beginning_go_first() {
    let mut limiter = Limiter::new(policy(BUCKET)).keeping(8);
    for i in 0..4 {
        limiter.decide(&format!("old {i}"), 1, 0);
    }
    for i in 0..4 {
        limiter.decide(&format!("new {i}"), 2, SECOND);
    }
    // The old ones are full again.
    limiter.decide("one more", 1, SECOND);
    let keys: Vec<&str> = limiter.keys().collect();
    assert_eq!(keys, ["new 0", "new 1", "new 2", "new 3", "one more"]);
    // With nobody at the beginning, the one not heard of for the longest goes.
    limiter.decide("new 0", 1, 2 * SECOND);
    for i in 0..1_000 {
        limiter.decide(&format!("flood {i}"), 2, 2 * SECOND + i);
        assert!(limiter.keys().count() <= 8);
    }
}

#[test]
fn a_refused_request_costs_nothing_elsewhere() {
    let burst = policy(Algorithm::FixedWindow {
        limit: 2,
        window_us: SECOND,
    });
    let daily = policy(Algorithm::FixedWindow {
        limit: 5,
        window_us: 86_400 * SECOND,
    });
    let mut both = [Limiter::new(burst), Limiter::new(daily)];
    let mut ask = |now_us| {
        let asks = [Ask::new("a", now_us); 2];
        decide_all(&mut both, &asks)
    };
    for _ in 0..2 {
        assert!(ask(0).iter().all(|decision| decision.admits()));
    }
    for _ in 0..100 {
        let decisions = ask(0);
        assert_eq!(decisions[0].outcome, Outcome::Refused);
        assert_eq!(decisions[1].remaining, 3, "the day's limit stays");
    }
    assert!(ask(SECOND).iter().all(|decision| decision.admits()));
    assert!(ask(SECOND).iter().all(|decision| decision.admits()));
    let third = ask(2 * SECOND);
    assert!(third.iter().all(|decision| decision.admits()));
    let over = ask(3 * SECOND);
    assert!(over[0].admits() && !over[1].admits());
    assert_eq!(
        over[1].retry_after_us,
        Some((86_400 - 3) * SECOND),
        "the day's edge"
    );
}

fn spread(algorithm: Algorithm, count: usize, sync_us: u64) -> Limiter {
    Limiter::new(Policy {
        nodes: Nodes { count, sync_us },
        ..policy(algorithm)
    })
}

#[test]
fn what_the_lag_hides_comes_on_top_of_the_limit() {
    let ten = Algorithm::FixedWindow {
        limit: 10,
        window_us: 60 * SECOND,
    };
    let let_in = |count, sync_us, every_us: u64| {
        let mut limiter = spread(ten, count, sync_us);
        let moments = (0..200).map(|i| i * every_us);
        moments
            .filter(|now| limiter.decide("a", 1, *now).admits())
            .count()
    };
    assert_eq!(let_in(1, SECOND, 1_000), 10, "one node counts exactly");
    assert_eq!(let_in(4, SECOND, 1_000), 40, "all before they first talk");
    // Every 100 ms a request, told every 500 ms: 5, 10; from then on all know.
    assert_eq!(let_in(4, 500_000, 100_000), 10);
    // Every 40 ms, told every 500 ms: 13 come in the first half second, none of the four sees ten.
    assert_eq!(let_in(4, 500_000, 40_000), 13);
    let mut limiter = spread(ten, 4, SECOND);
    for i in 0..40 {
        assert!(limiter.decide("a", 1, i).admits());
    }
    let state = limiter.state("a", 40);
    assert_eq!((state.level, state.nodes), (40.0, vec![10.0; 4]));
    let told = limiter.state("a", SECOND);
    assert_eq!(told.nodes, [40.0; 4]);
    let ask = Ask::new("a", SECOND);
    let decision = limiter.decide_on(&ask);
    let why = limiter.why(&ask, &decision);
    assert!(!decision.admits());
    assert!(
        why.starts_with("Node 1 of 4 decided by what it knows"),
        "{why}"
    );
    assert!(why.contains("has 40 of 10 requests"), "{why}");
}

#[test]
fn a_bucket_overspent_by_several_nodes_is_in_debt() {
    let mut limiter = spread(BUCKET, 3, SECOND);
    for _ in 0..6 {
        assert!(limiter.decide("a", 1, 0).admits());
    }
    // Six of two were spent: after one second three are still owed, and the next comes in four.
    let decision = limiter.decide("a", 1, SECOND);
    assert_eq!(decision.retry_after_us, Some(4 * SECOND));
    assert_eq!(limiter.state("a", SECOND).level, -3.0);
}

proptest! {
    /// One node, or nodes that tell each other before every request, count as one.
    #[test]
    fn nodes_that_know_all_decide_as_one(pauses in prop::collection::vec(1u64..900_000, 1..80), count in 1usize..6) {
        for algorithm in [
            BUCKET,
            Algorithm::SlidingLog { limit: 3, window_us: SECOND },
            Algorithm::SlidingCounter { limit: 3, window_us: SECOND },
            Algorithm::Gcra { burst: 2, rate: Rate::PER_SECOND },
        ] {
            let (mut one, mut several) = (limiter(algorithm), spread(algorithm, count, 1));
            let mut now_us = 0;
            for pause in &pauses {
                now_us += pause;
                let theirs = several.decide("a", 1, now_us);
                let own = one.decide("a", 1, now_us);
                prop_assert_eq!((own.outcome, own.remaining), (theirs.outcome, theirs.remaining));
            }
        }
    }

    /// However little the nodes know, each alone never lets in more than the limit.
    #[test]
    fn several_nodes_let_in_at_most_the_limit_each(pauses in prop::collection::vec(0u64..50_000, 1..120), count in 2usize..6, sync_us in 1u64..2_000_000) {
        let mut limiter = spread(Algorithm::FixedWindow { limit: 4, window_us: 60 * SECOND }, count, sync_us);
        let (mut now_us, mut let_in) = (0, 0);
        for pause in pauses {
            now_us += pause;
            let_in += usize::from(limiter.decide("a", 1, now_us).admits());
        }
        prop_assert!(let_in <= 4 * count);
        prop_assert_eq!(limiter.state("a", now_us).level, let_in as f64);
    }
}

#[test]
fn the_same_traffic_goes_through_every_algorithm() {
    let rate = Rate::PER_SECOND;
    let (limit, window_us) = (3, 3 * SECOND);
    let policies = [
        Algorithm::TokenBucket { capacity: 3, rate },
        Algorithm::FixedWindow { limit, window_us },
        Algorithm::SlidingLog { limit, window_us },
        Algorithm::SlidingCounter { limit, window_us },
        Algorithm::LeakyBucket {
            rate,
            burst: 2,
            undelayed: 0,
        },
        Algorithm::Gcra { burst: 2, rate },
        Algorithm::Concurrency { max: 3 },
        Algorithm::Points { limit, window_us },
        Algorithm::LoadShedding { max: 3, kept: 1 },
    ]
    .map(policy);
    assert_eq!(policies.each_ref().map(|p| p.algorithm.name()), ALGORITHMS);
    // Eight within 0.7 s just before the edge of a window at 3 s, eight just after it.
    let arrivals: Vec<Arrival> = (0..16)
        .map(|i| Arrival {
            at_us: 2_300_000 + i * 100_000 - i / 8 * 50_000,
            key: "a".to_owned(),
            takes_us: 400_000,
            ..Arrival::default()
        })
        .collect();
    let runs = replay(&arrivals, &policies);
    let allowed = runs.iter().map(|run| {
        let steps = run.steps.iter();
        (
            run.algorithm.as_str(),
            steps.filter(|step| step.allowed).count(),
        )
    });
    assert_eq!(
        allowed.collect::<Vec<_>>(),
        [
            ("token-bucket", 4),
            ("fixed-window", 6),
            ("sliding-log", 3),
            ("sliding-counter", 3),
            ("leaky-bucket", 4),
            ("gcra", 4),
            ("concurrency", 12),
            ("points", 6),
            ("load-shedding", 8),
        ]
    );
    for run in &runs {
        assert_eq!(run.steps.len(), arrivals.len());
        assert!(run.steps.iter().all(|step| step.why.ends_with('.')));
    }
    let last = runs[4].steps[2].clone();
    assert_eq!((last.delay_us, last.state.times.len()), (1_800_000, 2));
    assert_eq!(replay(&arrivals, &policies), runs);
}
