//! What each algorithm promises, on random traffic: never more than its definition, never less than
//! it told a client that waited.

use backlab::limiter::{Algorithm, Ask, Limiter, Outcome, Rate};
use proptest::prelude::*;

use super::limiter;

/// Pauses and costs.
type Traffic = Vec<(u64, u64)>;

fn traffic() -> impl Strategy<Value = Traffic> {
    let pause = prop_oneof![
        Just(0),
        0u64..1_000,
        0u64..1_000_000,
        Just(1_000_000),
        0u64..9_000_000
    ];
    let cost = prop_oneof![8 => Just(1u64), 1 => 1u64..4];
    prop::collection::vec((pause, cost), 1..120)
}

fn rate() -> impl Strategy<Value = Rate> {
    (1u64..1_000, 1u64..10_000_000).prop_map(|(count, per_us)| Rate::new(count, per_us))
}

fn window() -> impl Strategy<Value = (u64, u64)> {
    (
        1u64..12,
        prop_oneof![Just(1_000_000u64), Just(1u64), 1u64..5_000_000],
    )
}

fn any_algorithm() -> impl Strategy<Value = Algorithm> {
    (0..7, window(), rate(), 0u64..12, 0u64..14).prop_map(
        |(which, (limit, window_us), rate, burst, undelayed)| match which {
            0 => Algorithm::FixedWindow { limit, window_us },
            1 => Algorithm::SlidingLog { limit, window_us },
            2 => Algorithm::SlidingCounter { limit, window_us },
            3 => Algorithm::TokenBucket {
                capacity: limit,
                rate,
            },
            4 => Algorithm::Gcra { burst, rate },
            5 => Algorithm::LeakyBucket {
                rate,
                burst,
                undelayed,
            },
            _ => Algorithm::Points { limit, window_us },
        },
    )
}

/// When what was let in goes on, and what it cost.
fn admitted(limiter: &mut Limiter, traffic: &Traffic) -> Vec<(u64, u64)> {
    let mut now_us = 0;
    let mut all = Vec::new();
    for (pause, cost) in traffic {
        now_us += pause;
        let decision = limiter.decide("a", *cost, now_us);
        match decision.outcome {
            Outcome::Admitted => all.push((now_us, *cost)),
            Outcome::Delayed(us) => all.push((now_us + us, *cost)),
            Outcome::Refused => {}
        }
    }
    all
}

fn sum<'a>(all: impl Iterator<Item = &'a (u64, u64)>) -> u64 {
    all.map(|(_, cost)| cost).sum()
}

/// Requests in so many microseconds at a rate of `count` in `per_us`, and `more`: compared without
/// dividing.
fn at_most(sum: u64, more: u64, (count, per_us): (u64, u64), us: u64) -> bool {
    u128::from(sum) * u128::from(per_us)
        <= u128::from(more) * u128::from(per_us) + u128::from(us) * u128::from(count)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_fixed_window_never_admits_more_than_its_limit_between_two_edges(
        (limit, window_us) in window(), traffic in traffic(), points in any::<bool>(),
    ) {
        let algorithm = if points {
            Algorithm::Points { limit, window_us }
        } else {
            Algorithm::FixedWindow { limit, window_us }
        };
        let all = admitted(&mut limiter(algorithm), &traffic);
        for (at, _) in &all {
            let index = at / window_us;
            prop_assert!(sum(all.iter().filter(|(at, _)| at / window_us == index)) <= limit);
        }
    }

    #[test]
    fn a_sliding_log_never_admits_more_than_its_limit_in_any_window(
        (limit, window_us) in window(), traffic in traffic(),
    ) {
        let all = admitted(&mut limiter(Algorithm::SlidingLog { limit, window_us }), &traffic);
        for (end, _) in &all {
            let within = all.iter().filter(|(at, _)| at <= end && at + window_us > *end);
            prop_assert!(sum(within) <= limit);
        }
    }

    /// The estimate written down another way: in fractions, from the list of all that was let in.
    #[test]
    fn a_sliding_counter_decides_by_its_formula(
        (limit, window_us) in window(), traffic in traffic(),
    ) {
        let mut counter = limiter(Algorithm::SlidingCounter { limit, window_us });
        let mut let_in: Vec<(u64, u64)> = Vec::new();
        let mut now_us = 0;
        for (pause, cost) in traffic {
            now_us += pause;
            let index = now_us / window_us;
            let of = |wanted: Option<u64>| sum(let_in.iter().filter(|(at, _)| Some(at / window_us) == wanted));
            let (before, current) = (of(index.checked_sub(1)), of(Some(index)));
            let left = u128::from(window_us - now_us % window_us);
            let estimate = u128::from(before) * left + u128::from(current + cost) * u128::from(window_us);
            let fits = estimate <= u128::from(limit) * u128::from(window_us);
            prop_assert_eq!(counter.decide("a", cost, now_us).admits(), fits);
            if fits {
                let_in.push((now_us, cost));
            }
        }
    }

    #[test]
    fn a_bucket_and_gcra_never_admit_more_than_their_burst_and_rate(
        size in 1u64..15, count in 1u64..1_000, per_us in 1u64..10_000_000, traffic in traffic(),
    ) {
        let rate = Rate::new(count, per_us);
        let bucket = admitted(&mut limiter(Algorithm::TokenBucket { capacity: size, rate }), &traffic);
        let gcra = admitted(&mut limiter(Algorithm::Gcra { burst: size - 1, rate }), &traffic);
        prop_assert_eq!(&bucket, &gcra);
        for (first, (from, _)) in bucket.iter().enumerate() {
            for (last, (to, _)) in bucket.iter().enumerate().skip(first) {
                let taken = sum(bucket[first..=last].iter());
                prop_assert!(at_most(taken, size, (count, per_us), to - from));
            }
        }
    }

    /// Two that leave the queue are an interval apart (to the microsecond), and nobody waits behind
    /// more than the queue has places.
    #[test]
    fn a_leaky_bucket_lets_go_at_its_rate(
        burst in 0u64..15, count in 1u64..1_000, per_us in 1u64..10_000_000, traffic in traffic(),
    ) {
        let rate = Rate::new(count, per_us);
        let mut queue = limiter(Algorithm::LeakyBucket { rate, burst, undelayed: 0 });
        let all = admitted(&mut queue, &traffic);
        for pair in all.windows(2) {
            let (first, second) = (pair[0], pair[1]);
            prop_assert!((second.0 - first.0 + 1) * count >= first.1 * per_us);
        }
        let mut queue = limiter(Algorithm::LeakyBucket { rate, burst, undelayed: 0 });
        let mut now_us = 0;
        for (pause, cost) in traffic {
            now_us += pause;
            let decision = queue.decide("a", cost, now_us);
            prop_assert!(decision.delay_us() <= (burst * per_us).div_ceil(count));
            let state = queue.state("a", now_us);
            prop_assert!(state.times.len() as u64 <= burst);
            prop_assert!(state.times.iter().all(|at| *at > now_us));
        }
    }

    /// What a queue shows is when those in it really go on.
    #[test]
    fn a_queue_shows_when_each_goes_on(
        burst in 0u64..15, undelayed in 0u64..8, rate in rate(), pauses in prop::collection::vec(0u64..2_000_000, 1..60),
    ) {
        let mut queue = limiter(Algorithm::LeakyBucket { rate, burst, undelayed });
        let (mut now_us, mut leave) = (0, Vec::new());
        for pause in pauses {
            now_us += pause;
            if let Outcome::Delayed(us) = queue.decide("a", 1, now_us).outcome {
                leave.push(now_us + us);
            }
            leave.retain(|at| *at > now_us);
            prop_assert_eq!(&queue.state("a", now_us).times, &leave);
        }
    }

    #[test]
    fn no_more_are_in_flight_than_may_be(max in 1u64..8, kept in 0u64..8, steps in prop::collection::vec((any::<bool>(), any::<bool>()), 1..80)) {
        for algorithm in [Algorithm::Concurrency { max }, Algorithm::LoadShedding { max, kept: kept.min(max) }] {
            let mut limiter = limiter(algorithm);
            let mut flying = 0;
            for (ends, critical) in &steps {
                if *ends && flying > 0 {
                    limiter.release("all", 1);
                    flying -= 1;
                } else {
                    let open = match algorithm {
                        Algorithm::LoadShedding { kept, .. } if !critical => max - kept,
                        _ => max,
                    };
                    let decision = limiter.decide_on(&Ask { critical: *critical, ..Ask::new("all", 7) });
                    prop_assert_eq!(decision.admits(), flying < open);
                    flying += u64::from(decision.admits());
                }
                prop_assert!(flying <= max);
                prop_assert_eq!(limiter.state("all", 7).level, flying as f64);
            }
        }
    }

    /// And one that comes a microsecond earlier is not; so it is told neither too much nor too little.
    #[test]
    fn who_waits_as_long_as_told_is_let_in(
        algorithm in any_algorithm(), traffic in traffic(), cost in 1u64..4,
    ) {
        let mut limiter = limiter(algorithm);
        let mut now_us = 0;
        for (pause, cost) in &traffic {
            now_us += pause;
            limiter.decide("a", *cost, now_us);
        }
        let ask = |now_us| Ask { cost, ..Ask::new("a", now_us) };
        let decision = limiter.look(&ask(now_us));
        match decision.retry_after_us {
            Some(wait) => {
                prop_assert!(wait > 0);
                prop_assert!(!limiter.look(&ask(now_us + wait - 1)).admits());
                prop_assert!(limiter.look(&ask(now_us + wait)).admits());
            }
            None => prop_assert_eq!(decision.admits(), cost <= algorithm.limit()),
        }
        if cost == 1 {
            prop_assert_eq!(limiter.state("a", now_us).wait_us, Some(decision.retry_after_us.unwrap_or(0)));
        }
    }

    /// What is left can be spent, and no more.
    #[test]
    fn what_remains_is_what_is_let_in_at_once(algorithm in any_algorithm(), traffic in traffic()) {
        let mut limiter = limiter(algorithm);
        let mut now_us = 0;
        for (pause, cost) in &traffic {
            now_us += pause;
            let decision = limiter.decide("a", *cost, now_us);
            let mut trial = limiter.clone();
            let mut left = 0;
            while trial.decide("a", 1, now_us).admits() {
                left += 1;
            }
            prop_assert_eq!(decision.remaining, left);
        }
        let decision = limiter.look(&Ask::new("a", now_us));
        let whole = now_us + decision.reset_us.unwrap();
        prop_assert_eq!(limiter.look(&Ask::new("a", whole)).remaining, decision.limit);
    }

    /// Another clock, other bounds: nothing panics, and nothing overflows.
    #[test]
    fn no_number_is_too_large(
        which in 0..9, a in any::<u64>(), b in 1u64.., c in any::<u64>(),
        asks in prop::collection::vec((any::<u64>(), any::<u64>()), 1..20),
    ) {
        let rate = Rate::new(a, b);
        let algorithm = match which {
            0 => Algorithm::FixedWindow { limit: a, window_us: b },
            1 => Algorithm::SlidingLog { limit: a, window_us: b },
            2 => Algorithm::SlidingCounter { limit: a, window_us: b },
            3 => Algorithm::TokenBucket { capacity: c, rate },
            4 => Algorithm::Gcra { burst: c, rate },
            5 => Algorithm::LeakyBucket { rate, burst: c, undelayed: a },
            6 => Algorithm::Points { limit: a, window_us: b },
            7 => Algorithm::Concurrency { max: a },
            _ => Algorithm::LoadShedding { max: a, kept: c },
        };
        let mut limiter = limiter(algorithm);
        for (cost, now_us) in asks {
            let ask = Ask { cost, ..Ask::new("a", now_us) };
            let decision = limiter.decide_on(&ask);
            prop_assert!(limiter.why(&ask, &decision).ends_with('.'));
            limiter.state("a", now_us);
            algorithm.window_us();
        }
    }
}
