//! What is said about a `[rate_limit]` that cannot be applied, and what the right ones come to.

use backlab::http::api::spec::{LimitKey, RateLimitSpec, WorldSpec};
use backlab::limiter::{Algorithm, Nodes, Rate};

#[test]
fn faults_have_a_place_and_a_way_out() {
    for (text, place, says, hint) in [
        (
            "algorithm = \"gcrs\"",
            (2, 13),
            "no algorithm `gcrs`",
            "`gcra`",
        ),
        (
            "algorithm = \"leaky\"",
            (2, 13),
            "no algorithm `leaky`",
            "Algorithms are token-bucket, fixed-window,",
        ),
        ("algorithm = 1", (2, 13), "must be a string", ""),
        (
            "limit = 10",
            (2, 9),
            "`limit` is no setting of token-bucket",
            "It has capacity, refill_per_s",
        ),
        (
            "algorithm = \"fixed-window\"\ncapacity = 10",
            (3, 12),
            "no setting of fixed-window",
            "It has limit, window_s",
        ),
        (
            "algorithm = \"fixed-window\"\nlimits = 10",
            (3, 1),
            "no key `limits`",
            "`limit`",
        ),
        (
            "algorithm = \"fixed-window\"\nlimit = 0",
            (3, 9),
            "`limit` must be 1 to 1,000,000 requests",
            "",
        ),
        (
            "algorithm = \"fixed-window\"\nlimit = 1.5",
            (3, 9),
            "a whole number",
            "",
        ),
        (
            "algorithm = \"fixed-window\"\nwindow_s = 0",
            (3, 12),
            "`window_s` must be 0.001 s to 30 days",
            "",
        ),
        (
            "algorithm = \"sliding-log\"\nlimit = 20000",
            (3, 9),
            "1 to 10,000 requests, for it keeps each",
            "",
        ),
        (
            "algorithm = \"leaky-bucket\"\nrate_per_s = 0",
            (3, 14),
            "0.001 to 1,000,000 requests a second",
            "",
        ),
        (
            "algorithm = \"leaky-bucket\"\nburst = 5\nnodelay = true\ndelay = 2",
            (5, 9),
            "`nodelay` that none does",
            "Leave one",
        ),
        (
            "algorithm = \"leaky-bucket\"\nnodelay = 1",
            (3, 11),
            "true or false",
            "",
        ),
        (
            "algorithm = \"leaky-bucket\"\nnodes = 2",
            (3, 9),
            "no setting of leaky-bucket",
            "",
        ),
        (
            "algorithm = \"gcra\"\nrate_per_s = 1\nlimit = 60\nwindow_s = 60",
            (4, 9),
            "rate is there twice",
            "Leave one",
        ),
        (
            "algorithm = \"concurrency\"\nmax_in_flight = 0",
            (3, 17),
            "1 to 1,000,000 requests",
            "",
        ),
        (
            "algorithm = \"load-shedding\"\ncritical_share = 20",
            (3, 18),
            "0 to 1: the share",
            "",
        ),
        (
            "algorithm = \"load-shedding\"\ncritical = [\"POST\", \"pay\"]",
            (3, 21),
            "`pay` is no method",
            "\"GET /search\"",
        ),
        (
            "algorithm = \"load-shedding\"\nkey = \"client\"",
            (3, 7),
            "no setting of load-shedding",
            "",
        ),
        (
            "cost = { POST = 11 }",
            (2, 17),
            "request that costs 11 is never let in: 10 is the most",
            "",
        ),
        (
            "cost = { POST = -1 }",
            (2, 17),
            "cost is a whole number",
            "",
        ),
        (
            "cost = { \"GET search\" = 1 }",
            (2, 10),
            "no method with a route",
            "",
        ),
        ("status = 500", (2, 10), "429 or 503", "the server is busy"),
        ("nodes = 21", (2, 9), "1 to 20 nodes", ""),
        (
            "sync_ms = 100",
            (2, 11),
            "how often several nodes tell each other",
            "nodes = 2",
        ),
        (
            "nodes = 2\nsync_ms = 0",
            (3, 11),
            "1 to 3,600,000 milliseconds",
            "",
        ),
        ("name = \"a b\"", (2, 8), "without spaces", ""),
        ("key = \"users\"", (2, 7), "no key `users`", "`user`"),
        (
            "capacity = 1\n[[rate_limit.policy]]\nname = \"a\"",
            (2, 1),
            "`capacity` belongs to a policy",
            "[[rate_limit.policy]]",
        ),
        ("policy = [1]", (2, 11), "policy is a table", ""),
        ("policy = 1", (2, 10), "a list in brackets", ""),
        (
            "[[rate_limit.policy]]\n[[rate_limit.policy]]",
            (3, 1),
            "two policies `token-bucket`",
            "a `name`",
        ),
        (
            "[[rate_limit.policy]]\nname = \"a\"\n[[rate_limit.policy]]\nname = \"a\"",
            (5, 8),
            "two policies `a`",
            "",
        ),
        (
            "[[rate_limit.policy]]\nlimit = 3",
            (3, 9),
            "no setting of token-bucket",
            "",
        ),
    ] {
        let text = format!("[rate_limit]\n{text}");
        let problems = WorldSpec::parse(&text).err().unwrap_or_default();
        let [problem] = problems.as_slice() else {
            panic!("{text}: {problems:?}");
        };
        let at = problem.place.unwrap();
        assert_eq!((at.line, at.column), place, "{text}: {problem:?}");
        assert!(problem.message.contains(says), "{text}: {problem:?}");
        let found = problem.hint.clone().unwrap_or_default();
        assert!(found.contains(hint), "{text}: {problem:?}");
    }
}

#[test]
fn nine_policies_are_too_many() {
    let policies: String = (0..9)
        .map(|i| format!("[[rate_limit.policy]]\nname = \"{i}\"\n"))
        .collect();
    let problems = WorldSpec::parse(&policies).unwrap_err();
    assert!(
        problems[0].message.contains("more than 8 policies"),
        "{problems:?}"
    );
}

#[test]
fn the_names_of_the_field_come_to_what_they_say() {
    let second = 1_000_000;
    for (text, wanted) in [
        (
            "",
            Algorithm::TokenBucket {
                capacity: 10,
                rate: Rate::PER_SECOND,
            },
        ),
        (
            "algorithm = \"gcra\"\nburst = 15\nlimit = 30\nwindow_s = 60",
            Algorithm::Gcra {
                burst: 15,
                rate: Rate::new(1, 2 * second),
            },
        ),
        (
            "algorithm = \"leaky-bucket\"\nrate_per_s = 10\nburst = 20\ndelay = 8",
            Algorithm::LeakyBucket {
                rate: Rate::new(10, second),
                burst: 20,
                undelayed: 8,
            },
        ),
        (
            "algorithm = \"leaky-bucket\"\nburst = 20\nnodelay = true",
            Algorithm::LeakyBucket {
                rate: Rate::PER_SECOND,
                burst: 20,
                undelayed: 20,
            },
        ),
        (
            "algorithm = \"points\"",
            Algorithm::Points {
                limit: 900,
                window_us: 60 * second,
            },
        ),
        (
            "algorithm = \"load-shedding\"",
            Algorithm::LoadShedding { max: 20, kept: 4 },
        ),
        (
            "algorithm = \"sliding-counter\"\nlimit = 100\nwindow_s = 0.25",
            Algorithm::SlidingCounter {
                limit: 100,
                window_us: 250_000,
            },
        ),
    ] {
        let spec = WorldSpec::parse(&format!("[rate_limit]\n{text}")).unwrap();
        assert_eq!(
            spec.rate_limit.policies[0].policy.algorithm, wanted,
            "{text}"
        );
    }
    let text = "[[policy]]\nkey = \"user\"\n[[policy]]\nname = \"all\"\nalgorithm = \"fixed-window\"\nnodes = 3\nsync_ms = 500";
    let RateLimitSpec { policies } = RateLimitSpec::parse(text).unwrap();
    assert_eq!(policies[0].key, LimitKey::User);
    assert_eq!(policies[0].policy.name, "token-bucket");
    assert_eq!(
        policies[1].policy.nodes,
        Nodes {
            count: 3,
            sync_us: 500_000
        }
    );
    assert!(RateLimitSpec::parse("[[policies]]").is_err());
}
