//! A million random arrivals given to our token bucket, our GCRA and our meter, and to the crate
//! `governor`: all must decide alike, every one of them, and say the same wait.

use std::num::NonZeroU32;
use std::time::Duration;

use backlab::limiter::{Algorithm, Rate};
use backlab::sim::Rng;
use governor::clock::{Clock, FakeRelativeClock};
use governor::{Quota, RateLimiter};

use super::limiter;

/// Arrivals a parameter set.
const ARRIVALS: u64 = 100_000;

/// Nanoseconds a request, burst.
const SETS: [(u64, u32); 10] = [
    (1_000_000_000, 1),
    (1_000_000_000, 10),
    (2_000_000_000, 16),
    (100_000_000, 5),
    (333_333_333, 3),
    (123_456_789, 100),
    (1_500, 2),
    (7_001, 1_000),
    (60_000_000_000, 4),
    (999_999_999, 33),
];

#[test]
fn a_million_arrivals_are_decided_as_governor_decides_them() {
    let mut admitted = 0;
    let mut refused = 0;
    for (set, (interval_ns, burst)) in (0u64..).zip(SETS) {
        let interval = Duration::from_nanos(interval_ns);
        let size = NonZeroU32::new(burst).unwrap();
        let quota = Quota::with_period(interval).unwrap().allow_burst(size);
        let clock = FakeRelativeClock::default();
        let theirs = RateLimiter::direct_with_clock(quota, clock.clone());
        // So many nanoseconds are a thousandth of so many microseconds.
        let rate = Rate::new(1_000, interval_ns);
        let early = u64::from(burst) - 1;
        let mut ours = [
            Algorithm::TokenBucket {
                capacity: u64::from(burst),
                rate,
            },
            Algorithm::Gcra { burst: early, rate },
            Algorithm::LeakyBucket {
                rate,
                burst: early,
                undelayed: early,
            },
        ]
        .map(limiter);
        let mut rng = Rng::new(set);
        let mut now_us = 0;
        for number in 0..ARRIVALS {
            let pause_us = pause(&mut rng, interval_ns, burst);
            now_us += pause_us;
            clock.advance(Duration::from_micros(pause_us));
            let cost = 1 + u32::try_from(below(&mut rng, 12).saturating_sub(9)).unwrap();
            let cost = cost.min(burst);
            let wait = theirs.check_n(NonZeroU32::new(cost).unwrap()).unwrap();
            let wait = wait.err().map(|until| until.wait_time_from(clock.now()));
            let wanted = wait.map(|wait| u64::try_from(wait.as_nanos().div_ceil(1_000)).unwrap());
            if wanted.is_some() {
                refused += 1;
            } else {
                admitted += 1;
            }
            for own in &mut ours {
                let decision = own.decide("you", u64::from(cost), now_us);
                let name = own.policy().algorithm.name();
                assert_eq!(
                    (decision.admits(), decision.retry_after_us),
                    (wanted.is_none(), wanted),
                    "{name}, one in {interval_ns} ns, burst {burst}: arrival {number} at {now_us} us costs {cost}"
                );
                assert_eq!(decision.delay_us(), 0);
            }
        }
    }
    // A test in which one side never happens shows nothing.
    assert!(
        admitted > 100_000 && refused > 100_000,
        "{admitted} {refused}"
    );
}

fn below(rng: &mut Rng, n: u64) -> u64 {
    rng.next_u64() % n
}

/// Now and then none at all, mostly near the rate, seldom long enough to begin anew.
fn pause(rng: &mut Rng, interval_ns: u64, burst: u32) -> u64 {
    let interval_us = interval_ns / 1_000;
    match below(rng, 20) {
        0..=6 => 0,
        7..=12 => below(rng, interval_us.max(2)),
        13..=15 => interval_us,
        16 | 17 => interval_us + 1,
        18 => below(rng, 3 * interval_us + 2),
        _ => below(rng, (u64::from(burst) + 1) * interval_us + 2),
    }
}
