//! The token bucket by itself.

use backlab::http::api::spec::{LimitKey, RateLimitSpec};
use backlab::http::layers::rate_limit::Bucket;
use proptest::prelude::*;

fn spec() -> impl Strategy<Value = RateLimitSpec> {
    (1u64..20, 1u64..50_000).prop_map(|(capacity, refill_milli_per_s)| RateLimitSpec {
        capacity,
        refill_milli_per_s,
        key: LimitKey::All,
    })
}

proptest! {
    /// The promise of a token bucket, for every window of every run.
    #[test]
    fn no_window_admits_more_than_the_bucket_and_its_refill(
        spec in spec(),
        pauses in prop::collection::vec(0u64..3_000_000, 1..60),
    ) {
        let mut bucket = Bucket::full(&spec, 0);
        let (mut now_us, mut admitted) = (0, Vec::new());
        for pause in pauses {
            now_us += pause;
            if bucket.take(&spec, now_us) {
                admitted.push(now_us);
            }
        }
        for (first, from) in admitted.iter().enumerate() {
            for (count, to) in (1u64..).zip(&admitted[first..]) {
                // In billionths of a token, as refills are.
                let most = spec.capacity * 1_000_000_000 + (to - from) * spec.refill_milli_per_s;
                prop_assert!(count * 1_000_000_000 <= most, "{count} from {from} to {to}");
            }
        }
    }

    #[test]
    fn who_waits_as_long_as_told_is_admitted_and_who_comes_earlier_is_not(
        spec in spec(),
        taken in 0u64..40,
        later in 0u64..10_000_000,
    ) {
        let mut bucket = Bucket::full(&spec, 0);
        for _ in 0..taken {
            bucket.take(&spec, 0);
        }
        let mut bucket = bucket.refilled(&spec, later);
        let wait_us = bucket.wait_us(&spec, 1);
        if wait_us > 0 {
            let mut early = bucket;
            prop_assert!(!early.take(&spec, later + wait_us - 1));
        }
        prop_assert!(bucket.take(&spec, later + wait_us));
    }
}
