//! Alerts on how fast an error budget burns.

use backlab::traffic::alert::{Alert, AlertRow};
use backlab::traffic::export::prometheus;
use backlab::traffic::spec::AlertSpec;
use proptest::prelude::*;

use super::run;

/// A hundred requests a second, all refused from 20 s to 30 s, and a promise that lets one in ten be.
fn outage(more: &str, alert: &str) -> String {
    format!(
        "[topology]\nduration_s = 60\n{more}\n\
         [[topology.client]]\nname = \"c\"\nto = \"s\"\narrivals = \"constant\"\nrate_per_s = 100\n\
         [[topology.part]]\nname = \"s\"\nkind = \"service\"\nworkers = 10\nservice_ms = 1\n\
         [[topology.fault]]\npart = \"s\"\nkind = \"cut\"\nat_s = 19.995\nfor_s = 10\n\
         [[topology.slo]]\nname = \"up\"\nobjective = 0.9\nalert = {alert}\n"
    )
}

fn alerts(text: &str) -> Vec<AlertRow> {
    run(text).slos[0].alerts.clone()
}

fn times(alert: &AlertRow) -> Vec<(f64, Option<f64>)> {
    let times = alert.times.iter();
    times.map(|time| (time.from_s, time.until_s)).collect()
}

#[test]
fn an_alert_fires_and_ends_at_the_slot_in_which_it_must() {
    for (more, alert, from_s, until_s) in [
        // Slots of 0.1 s: half of the window is bad at 23.0 s, less than half at 33.1 s.
        ("", "{ burn_rate = 5, window_s = 6 }", 23.0, Some(33.1)),
        // Of the last five slots two are bad at 30.3 s.
        (
            "",
            "{ burn_rate = 5, window_s = 6, short_s = 0.5 }",
            23.0,
            Some(30.3),
        ),
        // A short window of 0.41 s is five whole slots.
        (
            "",
            "{ burn_rate = 5, window_s = 6, short_s = 0.41 }",
            23.0,
            Some(30.3),
        ),
        // What was before the end of the warm-up is forgotten.
        (
            "warmup_s = 25",
            "{ burn_rate = 5, window_s = 6 }",
            25.1,
            Some(33.1),
        ),
        // Slots of a sixth of a second: 20 to 30 s are all of the window, and no other.
        (
            "",
            "{ burn_rate = 10, window_s = 10 }",
            30.0,
            Some(30.166_667),
        ),
        // A window is what there was so far: 4 s of 24 s, and 10 s of 60 s at the end.
        ("", "{ burn_rate = 1.667, window_s = 60 }", 24.0, None),
    ] {
        let text = outage(more, alert);
        let found = &alerts(&text)[0];
        assert_eq!(times(found), [(from_s, until_s)], "{alert} {more}");
        assert_eq!((found.fired, found.first_s), (1, Some(from_s)));
        let on_s = until_s.unwrap_or(60.0) - from_s;
        assert!((found.on_s - on_s).abs() < 1e-6, "{found:?}");
    }
}

#[test]
fn several_alerts_of_one_promise_each_tell_their_own() {
    let list =
        "[{ name = \"page\", burn_rate = 9, window_s = 6 }, { burn_rate = 2, window_s = 60 }]";
    let figures = run(&outage("", list));
    let found = &figures.slos[0].alerts;
    let short: Vec<(&str, u64, f64)> = found
        .iter()
        .map(|alert| (&*alert.name, alert.fired, alert.worst_burn_rate))
        .collect();
    assert_eq!(short, [("page", 1, 10.0), ("2", 1, 3.334)]);
    let marks: Vec<&str> = figures.clients[0]
        .marks
        .iter()
        .map(|mark| mark.what.as_str())
        .collect();
    assert_eq!(
        marks,
        [
            "alert `up/2`",
            "alert `up/page`",
            "alert `up/page` over",
            "alert `up/2` over"
        ]
    );
    let page = prometheus::text(&figures);
    assert!(
        page.contains("\nbacklab_alerts_total{slo=\"up\",alert=\"page\"} 1\n"),
        "{page}"
    );
    let without = run(&outage("", list).replace(&format!("alert = {list}"), ""));
    assert!(!prometheus::text(&without).contains("backlab_alert"));
}

#[test]
fn a_silence_burns_nothing_and_an_alert_that_is_on_at_the_end_stays_so() {
    let text = "[topology]\nduration_s = DURATION\n\
         [[topology.client]]\nname = \"c\"\nto = \"s\"\narrivals = \"trace\"\nat_s = [1, 2000]\n\
         [[topology.part]]\nname = \"s\"\nkind = \"service\"\nerror_share = 1\nservice_ms = 0\n\
         [[topology.slo]]\nobjective = 0.9\nalert = { burn_rate = 10, window_s = 6 }\n";
    let of = |duration: &str| alerts(&text.replace("DURATION", duration)).remove(0);
    let long = of("3600");
    assert_eq!(times(&long), [(1.1, Some(7.1)), (2000.1, Some(2006.1))]);
    assert_eq!((long.fired, long.on_s), (2, 12.0));
    let cut_off = of("4.25");
    assert_eq!(times(&cut_off), [(1.1, None)]);
    assert_eq!(cut_off.on_s, 3.15);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The ring of slots says what one finds who keeps every request and looks at the end of each slot.
    #[test]
    fn the_ring_is_what_keeping_everything_would_tell(
        gaps in prop::collection::vec((0_u64..200_000, any::<bool>()), 1..200),
        window_us in 60_u64..3_000_000,
        short in prop::option::of(1_u64..100),
        burn_rate in 1_u32..10,
    ) {
        let short_us = short.map(|share| (window_us * share / 100).max(1));
        let spec = AlertSpec { name: "a".to_owned(), burn_rate: f64::from(burn_rate), window_us, short_us };
        let mut alert = Alert::new(&spec, 0.125);
        let mut now_us = 0;
        let mut all = Vec::new();
        for (gap, is_good) in gaps {
            now_us += gap;
            alert.record(is_good, now_us);
            all.push((now_us * 60 / window_us, is_good));
        }
        now_us += 2 * window_us;
        alert.go_on(now_us);
        let burn = |from: u64, to: u64| {
            let inside = all.iter().filter(|(slot, _)| (from..=to).contains(slot));
            let (count, bad) = inside.fold((0, 0), |(count, bad), (_, good)| (count + 1, bad + u32::from(!good)));
            if count == 0 { 0.0 } else { f64::from(bad) / f64::from(count) * 8.0 }
        };
        let short_slots = (short_us.unwrap_or(window_us) * 60).div_ceil(window_us);
        let (mut fired, mut is_on, mut worst) = (0, false, 0.0_f64);
        for slot in 0..now_us * 60 / window_us {
            let (long, short) = (burn(slot.saturating_sub(59), slot), burn((slot + 1).saturating_sub(short_slots), slot));
            let now_on = long.min(short) >= f64::from(burn_rate) - 0.0005;
            fired += u64::from(now_on && !is_on);
            is_on = now_on;
            worst = worst.max(long);
        }
        let row = alert.row(now_us);
        prop_assert_eq!(row.fired, fired);
        prop_assert!((row.worst_burn_rate - worst).abs() <= 0.000_501, "{} {}", row.worst_burn_rate, worst);
        prop_assert!(row.times.iter().all(|time| time.until_s.is_some_and(|until_s| until_s > time.from_s)));
    }
}
