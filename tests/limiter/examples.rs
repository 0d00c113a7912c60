//! Examples of products that limit: what they answer, we decide.

use backlab::limiter::{Algorithm, Ask, Limiter, Outcome, Rate};

use super::limiter;

const SECOND: u64 = 1_000_000;

/// What `CL.THROTTLE` of redis-cell answers: limited, limit, remaining, seconds until a retry, seconds
/// until the reset.
fn throttle(limiter: &mut Limiter, cost: u64, now_us: u64) -> [i64; 5] {
    let decision = limiter.decide("user", cost, now_us);
    let seconds = |us: u64| i64::try_from(us.div_ceil(SECOND)).unwrap();
    [
        i64::from(!decision.admits()),
        i64::try_from(decision.limit).unwrap(),
        i64::try_from(decision.remaining).unwrap(),
        decision.retry_after_us.map_or(-1, seconds),
        seconds(decision.reset_us.unwrap()),
    ]
}

#[test]
fn redis_cell_answers_its_own_example() {
    // CL.THROTTLE user 15 30 60 1: a burst of 15, 30 in 60 seconds.
    let gcra = Algorithm::Gcra {
        burst: 15,
        rate: Rate::new(30, 60 * SECOND),
    };
    let mut user = limiter(gcra);
    assert_eq!(throttle(&mut user, 1, 0), [0, 16, 15, -1, 2]);
    assert_eq!(throttle(&mut user, 15, 0), [0, 16, 0, -1, 32]);
    assert_eq!(throttle(&mut user, 1, 0), [1, 16, 0, 2, 32]);
    assert_eq!(throttle(&mut user, 3, SECOND), [1, 16, 0, 5, 31]);
    assert_eq!(throttle(&mut user, 1, 2 * SECOND), [0, 16, 0, -1, 32]);
    assert_eq!(throttle(&mut user, 17, 999 * SECOND), [1, 16, 16, -1, 0]);
}

/// When each of eight requests at once goes on, in seconds; nothing for those refused.
fn nginx(burst: u64, undelayed: u64) -> Vec<Option<u64>> {
    let mut zone = limiter(Algorithm::LeakyBucket {
        rate: Rate::new(1, SECOND),
        burst,
        undelayed,
    });
    let mut all = Vec::new();
    for _ in 0..8 {
        all.push(match zone.decide("10.0.0.1", 1, 0).outcome {
            Outcome::Admitted => Some(0),
            Outcome::Delayed(us) => Some(us / SECOND),
            Outcome::Refused => None,
        });
    }
    all
}

#[test]
fn nginx_limits_eight_at_once_as_it_documents() {
    let none = None::<u64>;
    // limit_req zone=one; (rate=1r/s)
    assert_eq!(
        nginx(0, 0),
        [Some(0), none, none, none, none, none, none, none]
    );
    // limit_req zone=one burst=5;
    let queued = [0, 1, 2, 3, 4, 5].map(Some);
    assert_eq!(nginx(5, 0), [&queued[..], &[none, none]].concat());
    // limit_req zone=one burst=5 nodelay;
    let at_once = [0, 0, 0, 0, 0, 0].map(Some);
    assert_eq!(nginx(5, 5), [&at_once[..], &[none, none]].concat());
    // limit_req zone=one burst=5 delay=3;
    let two_stages = [0, 0, 0, 0, 1, 2].map(Some);
    assert_eq!(nginx(5, 3), [&two_stages[..], &[none, none]].concat());
}

#[test]
fn the_places_of_a_queue_come_free_at_its_rate() {
    for undelayed in [0, 3, 5] {
        let mut zone = limiter(Algorithm::LeakyBucket {
            rate: Rate::new(1, SECOND),
            burst: 5,
            undelayed,
        });
        for _ in 0..6 {
            assert!(zone.decide("a", 1, 0).admits());
        }
        // As nginx counts: half a second later, the excess has not fallen by a whole request.
        let early = zone.decide("a", 1, SECOND / 2);
        assert_eq!(early.retry_after_us, Some(SECOND / 2), "{undelayed}");
        let late = zone.decide("a", 1, SECOND);
        assert_eq!(late.delay_us(), (5 - undelayed) * SECOND, "{undelayed}");
    }
}

#[test]
fn a_fixed_window_lets_twice_the_limit_through_across_its_edge_and_others_do_not() {
    let window = (100, 60 * SECOND);
    let admitted = |algorithm| {
        let mut limiter = limiter(algorithm);
        let edge = 60 * SECOND;
        let moments = (0..200).map(|i| edge - SECOND + i * 10_000);
        moments
            .filter(|now| limiter.decide("a", 1, *now).admits())
            .count()
    };
    let (limit, window_us) = window;
    assert_eq!(admitted(Algorithm::FixedWindow { limit, window_us }), 200);
    assert_eq!(admitted(Algorithm::SlidingLog { limit, window_us }), 100);
    assert_eq!(
        admitted(Algorithm::SlidingCounter { limit, window_us }),
        101
    );
}

#[test]
fn cloudflares_example_weighs_the_minute_before() {
    // 42 in the minute before, 18 in the first 15 s of this one: 42 × 0.75 + 18 = 49.5.
    let mut counter = limiter(Algorithm::SlidingCounter {
        limit: 50,
        window_us: 60 * SECOND,
    });
    for _ in 0..42 {
        assert!(counter.decide("a", 1, 30 * SECOND).admits());
    }
    for _ in 0..18 {
        assert!(counter.decide("a", 1, 75 * SECOND).admits());
    }
    assert_eq!(counter.state("a", 75 * SECOND).level, 49.5);
    assert!(!counter.decide("a", 1, 75 * SECOND).admits());
}

#[test]
fn github_counts_writes_five_times() {
    let mut points = limiter(Algorithm::Points {
        limit: 900,
        window_us: 60 * SECOND,
    });
    for _ in 0..170 {
        assert!(points.decide("app", 5, 0).admits());
    }
    for _ in 0..50 {
        assert!(points.decide("app", 1, SECOND).admits());
    }
    assert_eq!(
        points.decide("app", 1, SECOND).retry_after_us,
        Some(59 * SECOND)
    );
}

#[test]
fn stripe_keeps_a_fifth_for_critical_work() {
    let mut fleet = limiter(Algorithm::LoadShedding { max: 10, kept: 2 });
    let mut ask = |key, critical| {
        let ask = Ask {
            critical,
            ..Ask::new(key, 0)
        };
        let decision = fleet.decide_on(&ask);
        (decision.admits(), fleet.why(&ask, &decision))
    };
    // All keys share the fleet.
    for key in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        assert!(ask(key, false).0);
    }
    let (admitted, why) = ask("i", false);
    assert!(
        !admitted && why.contains("8 are open to work that is not critical"),
        "{why}"
    );
    assert!(ask("i", true).0 && ask("j", true).0);
    assert!(!ask("k", true).0);
    fleet.release("b", 1);
    assert!(!fleet.decide("b", 1, 0).admits(), "nine of ten are taken");
}

#[test]
fn every_decision_says_why() {
    let rate = Rate::new(1, SECOND);
    let (limit, window_us) = (2, 10 * SECOND);
    for (algorithm, goes_on, refused) in [
        (
            Algorithm::TokenBucket { capacity: 2, rate },
            "The bucket of ada had a token; 0 of 2 are left.",
            "The bucket of ada holds 0.50 tokens, and a request takes a whole one; they come back at 1 a second.",
        ),
        (
            Algorithm::FixedWindow { limit, window_us },
            "The window of ada of 10 s has 2 of 2 requests, this one included; the next one begins in 10 s.",
            "The window of ada of 10 s has 2 of 2 requests, and this one does not fit; the next one begins in 9.5 s.",
        ),
        (
            Algorithm::Points { limit, window_us },
            "The window of ada of 10 s has 2 of 2 points, this one included; the next one begins in 10 s.",
            "The window of ada of 10 s has 2 of 2 points, and this one does not fit; the next one begins in 9.5 s.",
        ),
        (
            Algorithm::SlidingLog { limit, window_us },
            "The log of ada has 2 of 2 requests in the last 10 s, this one included.",
            "The log of ada has 2 of 2 requests in the last 10 s, and this one does not fit; old enough ones fall out of it in 9.5 s.",
        ),
        (
            Algorithm::SlidingCounter { limit, window_us },
            "The counter of ada counts 2.00 of 2: 2 of this window, and of the 0 before the 100 % that still overlap, this one included.",
            "The counter of ada counts 2.00 of 2: 2 of this window, and of the 0 before the 95 % that still overlap; this one fits in 14.5 s.",
        ),
        (
            Algorithm::Gcra { burst: 1, rate },
            "This one is at most 1 s early (a burst of 1), so it goes on; the next is expected in 2 s.",
            "This one is expected in 1.5 s, and what is up to 1 s early (a burst of 1) is let in: that is in 500 ms.",
        ),
        (
            Algorithm::LeakyBucket {
                rate,
                burst: 1,
                undelayed: 0,
            },
            "The queue of ada holds it back for 1 s, for one leaves every 1 s; 0 of 1 places are left.",
            "The queue of ada has no place left: its 1 place comes free at one every 1 s, the next in 500 ms.",
        ),
        (
            Algorithm::Concurrency { max: 2 },
            "2 of 2 requests of ada are in flight at the same time, this one included.",
            "2 of 2 requests of ada are in flight at the same time; one has to end first.",
        ),
        (
            Algorithm::LoadShedding { max: 3, kept: 1 },
            "2 of 3 requests are in flight, this one included, which is not critical; 1 place is kept for critical work.",
            "2 of 3 requests are in flight, and 2 are open to work that is not critical: what matters less is shed first.",
        ),
    ] {
        let mut limiter = limiter(algorithm);
        let mut why = |now_us| {
            let ask = Ask::new("ada", now_us);
            let decision = limiter.decide_on(&ask);
            limiter.why(&ask, &decision)
        };
        why(0);
        assert_eq!(why(0), goes_on);
        assert_eq!(why(SECOND / 2), refused);
    }
}
