//! Who gets a request, and what is still in a cache.

use std::collections::{BTreeMap, BTreeSet};

use backlab::sim::Rng;
use backlab::sim::Zipf;
use backlab::traffic::parts::balancer::{around, ring};

use super::{count, part, run, run_with};

/// Balls into bins: every request stays, so a target's load is how many it was given.
fn most_loaded(policy: &str, seed: u64) -> u64 {
    let figures = run(&format!(
        "[topology]\nseed = {seed}\nduration_s = 1\n\
         [[topology.client]]\nname = \"c\"\nto = \"lb\"\narrivals = \"burst\"\nsize = 100\nevery_ms = 3600000\n\
         [[topology.part]]\nname = \"lb\"\nkind = \"balancer\"\npolicy = \"{policy}\"\nto = \"s\"\n\
         [[topology.part]]\nname = \"s\"\nkind = \"service\"\ncopies = 100\nworkers = 200\nservice_ms = 5000\n"
    ));
    let targets = figures.parts.iter().filter(|row| row.kind == "service");
    targets.map(|row| row.inside.now).max().unwrap_or(0)
}

#[test]
fn two_choices_are_far_better_than_one() {
    // n balls into n bins: one choice gives ln n / ln ln n, two give ln ln n / ln 2, and a constant.
    let n = 100.0_f64;
    let wanted = n.ln().ln() / 2.0_f64.ln();
    let mean =
        |policy: &str| (0..20).map(|seed| most_loaded(policy, seed)).sum::<u64>() as f64 / 20.0;
    let (one, two) = (mean("random"), mean("power-of-two"));
    assert!(
        two >= wanted - 0.5 && two <= wanted + 1.5,
        "two choices: {two}, about {wanted:.2}"
    );
    assert!(one >= two + 1.0, "one choice: {one}, two: {two}");
    assert_eq!(mean("least-connections"), 1.0);
    assert_eq!(mean("round-robin"), 1.0);
}

#[test]
fn weights_are_kept() {
    for (policy, slack) in [("weighted", 1), ("random", 150)] {
        let figures = run(&format!(
            "[topology]\nduration_s = 40\n\
             [[topology.client]]\nname = \"c\"\nto = \"lb\"\narrivals = \"constant\"\nrate_per_s = 100\n\
             [[topology.part]]\nname = \"lb\"\nkind = \"balancer\"\npolicy = \"{policy}\"\n\
             to = [{{ part = \"a\", weight = 5 }}, {{ part = \"b\", weight = 3 }}, \"c2\"]\n\
             [[topology.part]]\nname = \"a\"\nkind = \"service\"\nservice_ms = 1\n\
             [[topology.part]]\nname = \"b\"\nkind = \"service\"\nservice_ms = 1\n\
             [[topology.part]]\nname = \"c2\"\nkind = \"service\"\nservice_ms = 1\n"
        ));
        let all = figures.clients[0].arrived;
        for (name, share) in [("a", 5), ("b", 3), ("c2", 1)] {
            let (got, wanted) = (part(&figures, name).arrived, all * share / 9);
            assert!(
                got.abs_diff(wanted) <= slack,
                "{policy} {name}: {got}, not {wanted}"
            );
        }
    }
}

/// A gateway before the old version and the new, which gets so many of a hundred.
fn canary(percent: u32, sticky: bool, (requests, keys): (u64, u64)) -> String {
    format!(
        "[topology]\nrequests = {requests}\n\
         [[topology.client]]\nname = \"c\"\nto = \"gw\"\narrivals = \"constant\"\nrate_per_s = 200\nkeys = {keys}\n\
         [[topology.part]]\nname = \"gw\"\nkind = \"gateway\"\nsticky = {sticky}\n\
         to = [{{ part = \"old\", weight = {} }}, {{ part = \"new\", weight = {percent} }}]\n\
         [[topology.part]]\nname = \"old\"\nkind = \"service\"\nservice_ms = 1\n\
         [[topology.part]]\nname = \"new\"\nkind = \"service\"\nservice_ms = 1\n",
        100 - percent
    )
}

#[test]
fn a_canary_gets_its_share() {
    let requests = 10_000;
    for (seed, percent) in [1, 5, 20, 50].into_iter().enumerate() {
        for sticky in [false, true] {
            // So many keys that hardly one comes twice: where a key is sticky, it is drawn once.
            let text = canary(percent, sticky, (requests, 10_000_000));
            let got = part(&run_with(&text, Some(seed as u64)), "new").arrived as f64;
            let (n, p) = (requests as f64, f64::from(percent) / 100.0);
            // The binomial distribution's 99.9 %, by the normal one.
            let most = 3.29 * (n * p * (1.0 - p)).sqrt();
            assert!(
                (got - n * p).abs() <= most,
                "{percent} %, sticky {sticky}: {got}, give or take {most:.0}"
            );
        }
    }
    assert_eq!(part(&run(&canary(0, false, (1000, 9))), "new").arrived, 0);
    assert_eq!(part(&run(&canary(100, true, (1000, 9))), "old").arrived, 0);
}

#[test]
fn a_key_keeps_its_side_where_that_is_sticky() {
    // So few that every way is kept.
    let sides = |percent: u32, sticky: bool| {
        let figures = run(&canary(percent, sticky, (32, 6)));
        let mut sides: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
        for trace in &figures.traces {
            let side = trace.spans.last().map(|span| span.part.clone());
            sides.entry(trace.key).or_default().extend(side);
        }
        assert_eq!(sides.len(), 6);
        sides
    };
    assert!(sides(50, true).values().all(|of_key| of_key.len() == 1));
    assert!(sides(50, false).values().any(|of_key| of_key.len() == 2));
    // A larger share takes keys over, and gives none back.
    let (few, more) = (sides(40, true), sides(70, true));
    for (key, side) in few {
        assert!(side.contains("old") || more[&key].contains("new"), "{key}");
    }
}

#[test]
fn consistent_hashing_moves_as_many_keys_as_it_must() {
    let keys = 20_000_u64;
    for count in [3_usize, 10, 30] {
        let names: Vec<String> = (0..=count).map(|at| format!("target-{at}")).collect();
        let before = ring(names.iter().take(count).map(String::as_str));
        let after = ring(names.iter().map(String::as_str));
        let mut moved = 0;
        for key in 0..keys {
            let (from, to) = (around(&before, key).next(), around(&after, key).next());
            if from != to {
                assert_eq!(
                    to,
                    Some(count),
                    "a key moves to the new target or not at all"
                );
                moved += 1;
            }
        }
        let wanted = keys as f64 / (count + 1) as f64;
        let ratio = f64::from(moved) / wanted;
        assert!(
            (0.75..1.25).contains(&ratio),
            "{count} targets: {moved} of about {wanted:.0}"
        );
    }
}

#[test]
fn a_bound_on_the_load_spreads_a_hot_key() {
    let text = "[topology]\nduration_s = 20\n\
         [[topology.client]]\nname = \"c\"\nto = \"lb\"\nrate_per_s = 100\nkeys = 1\n\
         [[topology.part]]\nname = \"lb\"\nkind = \"balancer\"\npolicy = \"consistent-hash\"\nBOUND\nto = \"s\"\n\
         [[topology.part]]\nname = \"s\"\nkind = \"service\"\ncopies = 4\nworkers = 100\nservice_ms = 100\n";
    let most = |bound: &str| {
        let figures = run(&text.replace("BOUND", bound));
        let targets: Vec<u64> = (1..=4)
            .map(|n| part(&figures, &format!("s-{n}")).arrived)
            .collect();
        let all: u64 = targets.iter().sum();
        targets.iter().copied().max().unwrap_or(0) as f64 / all as f64
    };
    assert_eq!(most(""), 1.0, "one key, one target");
    assert!(most("load_factor = 1.25") < 0.45);
}

#[test]
fn a_session_stays_where_it_is_until_its_target_goes() {
    let text = "[topology]\nduration_s = 30\n\
         [[topology.client]]\nname = \"c\"\nto = \"lb\"\narrivals = \"constant\"\nrate_per_s = 20\nkeys = 1\n\
         [[topology.part]]\nname = \"lb\"\nkind = \"balancer\"\npolicy = \"sticky\"\nhealth_ms = 100\nto = \"s\"\n\
         [[topology.part]]\nname = \"s\"\nkind = \"service\"\ncopies = 2\nservice_ms = 1\n\
         [[topology.fault]]\nkind = \"crash\"\npart = \"s-1\"\nat_s = 10.02\nfor_s = 5\n";
    let figures = run(text);
    let (first, second) = (part(&figures, "s-1"), part(&figures, "s-2"));
    // 200 before the crash, one or two until it is noticed, then all to the other, who keeps them.
    assert!((200..=203).contains(&first.arrived), "{}", first.arrived);
    assert_eq!(first.arrived + second.arrived, 600);
    assert!((1..=3).contains(&first.reasons["cut"]));
}

#[test]
fn who_is_back_is_given_its_share_slowly() {
    let text = "[topology]\nduration_s = 30\n\
         [[topology.client]]\nname = \"c\"\nto = \"lb\"\narrivals = \"constant\"\nrate_per_s = 200\n\
         [[topology.part]]\nname = \"lb\"\nkind = \"balancer\"\nhealth_ms = 100\nSLOW\nto = \"s\"\n\
         [[topology.part]]\nname = \"s\"\nkind = \"service\"\ncopies = 2\nworkers = 10\nservice_ms = 1\n\
         [[topology.fault]]\nkind = \"cut\"\npart = \"s-1\"\nat_s = 5\nfor_s = 5\n";
    let arrived = |slow: &str| {
        let figures = run(&text.replace("SLOW", slow));
        let marks: Vec<String> = part(&figures, "lb")
            .marks
            .iter()
            .map(|m| m.what.clone())
            .collect();
        assert_eq!(marks, ["target-down", "target-up"]);
        part(&figures, "s-1").arrived as f64
    };
    let (at_once, slowly) = (arrived(""), arrived("slow_start_ms = 10000"));
    // It misses about half of the half that is its share for ten seconds: less, since the other turns
    // are shared again.
    assert!(at_once - slowly > 250.0, "{at_once} {slowly}");
}

#[test]
fn a_target_whose_calls_fail_is_left_out_for_a_while() {
    // 100 a second over two targets; one is cut off from 4.995 s on, for five seconds.
    let text = |balancer: &str, fault: &str| {
        format!(
            "[topology]\nduration_s = 20\n\
             [[topology.client]]\nname = \"c\"\nto = \"lb\"\narrivals = \"constant\"\nrate_per_s = 100\n\
             [[topology.part]]\nname = \"lb\"\nkind = \"balancer\"\n{balancer}\nto = \"s\"\n\
             [[topology.part]]\nname = \"s\"\nkind = \"service\"\ncopies = 2\nworkers = 10\nservice_ms = 1\n\
             [[topology.fault]]\npart = \"s-1\"\nat_s = 4.995\nfor_s = 5\n{fault}\n"
        )
    };
    let cut = "kind = \"cut\"";
    let blind = run(&text("", cut));
    assert_eq!(blind.clients[0].reasons["cut"], 250);
    let figures = run(&text("unhealthy_after = 3\neject_ms = 2000", cut));
    // Three failures, then out for two seconds: three times, the last until 11 s.
    assert_eq!(figures.clients[0].reasons["cut"], 9);
    let balancer = part(&figures, "lb");
    assert_eq!(count(balancer, "ejected"), 3);
    assert!(
        balancer
            .marks
            .iter()
            .all(|mark| mark.what == "target-ejected")
    );
    let (one, two) = (part(&figures, "s-1"), part(&figures, "s-2"));
    assert_eq!(one.arrived + two.arrived, figures.clients[0].arrived);
    assert!((690..=710).contains(&one.done), "{}", one.done);
    // Failures with an answer between them are not in a row.
    let some = run(&text(
        "unhealthy_after = 50\neject_ms = 2000",
        "kind = \"errors\"\nshare = 0.5",
    ));
    assert_eq!(count(part(&some, "lb"), "ejected"), 0);
    // Who is back is given its share slowly.
    let slowly = run(&text("eject_ms = 1000\nslow_start_ms = 8000", cut));
    assert!(part(&slowly, "s-1").done < one.done - 100);
    // The last one is asked, however it answers.
    let all = text("eject_ms = 1000", cut).replace("\"s-1\"", "\"s\"");
    let reasons = &run(&all).clients[0].reasons;
    assert!(
        reasons["cut"] > 400 && !reasons.contains_key("no-target"),
        "{reasons:?}"
    );
}

#[test]
fn an_lru_cache_hits_as_often_as_ches_approximation_says() {
    for (seed, (keys, size, exponent)) in [
        (1000, 100, 0.8),
        (1000, 50, 1.0),
        (5000, 500, 0.7),
        (2000, 400, 1.1),
    ]
    .into_iter()
    .enumerate()
    {
        let figures = run(&format!(
            "[topology]\nseed = {seed}\nduration_s = 80\nwarmup_s = 20\n\
             [[topology.client]]\nname = \"c\"\nto = \"cache\"\nrate_per_s = 1000\nkeys = {keys}\nzipf = {exponent}\n\
             [[topology.part]]\nname = \"cache\"\nkind = \"cache\"\nsize = {size}\nhit_ms = 0\nto = \"db\"\n\
             [[topology.part]]\nname = \"db\"\nkind = \"database\"\nworkers = 1000\nread_ms = 0\n"
        ));
        let cache = part(&figures, "cache");
        let (hits, misses) = (count(cache, "hits") as f64, count(cache, "misses") as f64);
        let (found, wanted) = (hits / (hits + misses), che(keys, size, exponent));
        assert!(
            (found - wanted).abs() < 0.01,
            "{keys} {size} {exponent}: {found}, by Che {wanted}"
        );
        assert_eq!(misses as u64, part(&figures, "db").arrived);
    }
}

#[test]
fn misses_of_a_key_at_once_are_one_call() {
    // A hundred ask for one key at once, every second; it is fresh for half of one.
    let text = |cache: &str, more: &str| {
        format!(
            "[topology]\nrequests = 1000\n\
             [[topology.client]]\nname = \"c\"\nto = \"cache\"\narrivals = \"burst\"\nsize = 100\nevery_ms = 1000\nkeys = 1\n\
             [[topology.part]]\nname = \"cache\"\nkind = \"cache\"\nttl_ms = 500\nhit_ms = 0\nto = \"db\"\n{cache}\n\
             [[topology.part]]\nname = \"db\"\nkind = \"database\"\nworkers = 4\nread_ms = 20\n{more}"
        )
    };
    let herd = run(&text("", ""));
    assert_eq!(part(&herd, "db").arrived, 1000, "a stampede");
    let figures = run(&text("collapse = true", ""));
    let cache = part(&figures, "cache");
    assert_eq!(part(&figures, "db").arrived, 10);
    assert_eq!(
        (count(cache, "misses"), count(cache, "collapsed")),
        (1000, 990)
    );
    assert_eq!(figures.clients[0].time_ms.max, 20.0);
    // One failure is a failure for all who waited for it, and for nobody later.
    let cut = "[[topology.fault]]\nkind = \"cut\"\npart = \"db\"\nat_s = 2.9\nfor_s = 0.2\n";
    let slow = cut
        .replace("cut", "latency")
        .replace("for_s = 0.2", "for_s = 0.2\nadd_ms = 50");
    let failing = run(&text(
        "collapse = true",
        &(slow + &cut.replace("2.9", "2.95")),
    ));
    assert_eq!(failing.clients[0].reasons["cut"], 100);
    assert_eq!(part(&failing, "db").arrived, 10);
    // Whoever asks is gone: somebody who waits takes over, and in the end all are.
    let gone = text("collapse = true", "")
        .replace("keys = 1", "keys = 1\ntimeout_ms = 15\ncancels = true");
    let gone = run(&gone);
    assert_eq!(gone.clients[0].reasons["timeout"], 1000);
    assert!(part(&gone, "db").done == 0 && part(&gone, "db").arrived >= 10);
    // A crash of the cache breaks off everything, and the next ask anew.
    let crash =
        "[[topology.fault]]\nkind = \"crash\"\npart = \"cache\"\nat_s = 3.01\nfor_s = 0.1\n";
    let crashed = run(&text("collapse = true", crash));
    assert_eq!(crashed.clients[0].reasons["crash"], 100);
    assert_eq!(
        (part(&crashed, "db").done, crashed.clients[0].done),
        (9, 900)
    );
}

#[test]
fn nobody_waits_for_an_answer_that_is_older_than_a_write() {
    // A read is under way for 100 ms when a write of 10 ms comes; a read after that asks for itself.
    let text = "[topology]\nrequests = 3\n\
         [[topology.client]]\nname = \"reader\"\nto = \"cache\"\narrivals = \"trace\"\nat_s = [0, 0.05]\nkeys = 1\n\
         [[topology.client]]\nname = \"writer\"\nto = \"cache\"\narrivals = \"trace\"\nat_s = [WHEN]\nkeys = 1\nwrite_share = 1\n\
         [[topology.part]]\nname = \"cache\"\nkind = \"cache\"\nhit_ms = 0\ncollapse = true\nto = \"db\"\n\
         [[topology.part]]\nname = \"db\"\nkind = \"database\"\nworkers = 4\nread_ms = 100\nwrite_ms = 10\n";
    let asked = |when: &str| part(&run(&text.replace("WHEN", when)), "db").arrived;
    assert_eq!(asked("0.02"), 3);
    assert_eq!(asked("0.06"), 2, "it waits for the read that is under way");
}

/// Che's approximation: a key stays for the time t in which as many different keys are asked for as there
/// are places; a key of rate q hits with 1 − e^(−qt).
fn che(keys: u64, size: u64, exponent: f64) -> f64 {
    let weights: Vec<f64> = (1..=keys).map(|k| (k as f64).powf(-exponent)).collect();
    let total: f64 = weights.iter().sum();
    let held = |t: f64| {
        weights
            .iter()
            .map(|w| 1.0 - (-w / total * t).exp())
            .sum::<f64>()
    };
    let (mut low, mut high) = (0.0, 1e9);
    for _ in 0..200 {
        let middle = (low + high) / 2.0;
        if held(middle) < size as f64 {
            low = middle
        } else {
            high = middle
        }
    }
    weights
        .iter()
        .map(|w| w / total * (1.0 - (-w / total * low).exp()))
        .sum()
}

#[test]
fn a_cache_forgets_in_time_and_when_it_is_written_and_when_its_clock_is_wrong() {
    let text = |client: &str, more: &str| {
        format!(
            "[topology]\nduration_s = 100\n\
             [[topology.client]]\nname = \"c\"\nto = \"cache\"\narrivals = \"constant\"\nrate_per_s = 10\nkeys = 1\n{client}\n\
             [[topology.part]]\nname = \"cache\"\nkind = \"cache\"\nttl_ms = 9950\nto = \"db\"\n\
             [[topology.part]]\nname = \"db\"\nkind = \"database\"\nread_ms = 1\n{more}"
        )
    };
    let misses = |text: &str| count(part(&run(text), "cache"), "misses");
    assert_eq!(misses(&text("", "")), 10, "once in ten seconds");
    assert!(
        misses(&text("write_share = 0.5", "")) > 200,
        "every write takes it out"
    );
    let skew =
        "[[topology.fault]]\nkind = \"clock-skew\"\npart = \"cache\"\nskew_ms = 60000\nat_s = 45\n";
    assert_eq!(
        misses(&text("", skew)),
        11,
        "a clock that jumps ends what is stored"
    );
    let crash = "[[topology.fault]]\nkind = \"crash\"\npart = \"cache\"\nat_s = 55\nfor_s = 0.05\n";
    assert_eq!(
        misses(&text("", crash)),
        11,
        "a crash takes what is in memory"
    );
    // Draws of a law over one key are that key.
    assert_eq!(Zipf::new(1, 0.0).draw(&mut Rng::new(3)), 0);
}
