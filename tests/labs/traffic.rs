//! Checks of traffic: what they keep as it was, what they change for a run of their own, and what they see.

use backlab::lab::session::Session;
use backlab::lab::world_text;
use backlab::protocol::{Command, Event, FileText};

use super::session::source;

/// A lab with a service at half its capacity, and a task that begins with a faster client.
fn lab(start: &str, check: &str) -> String {
    format!(
        r##"+++
format = 1
id = "traffic"
title = "Traffic"
summary = "A run."
level = "beginner"
minutes = 5
questions = [1]
requires = []
world = "shop"
panels = ["routes", "traffic"]

[topology]
duration_s = 20

[[topology.client]]
name = "customers"
to = "api"
arrivals = "constant"
rate_per_s = 50

[[topology.part]]
name = "api"
kind = "service"
service_ms = 10
queue = 5

[[topology.fault]]
name = "storm"
kind = "cut"
part = "api"
at_s = 10
for_s = 1

[[topology.slo]]
name = "customers"
objective = 0.99
+++

Prose.

## Run it {{#run}}

{start}
```toml check
id = "fine"
title = "It is fine"
on = "run"
fail = "It is not: {{value}}."
{check}
```
```run solution
run
```
"##
    )
}

/// What the check says after this was merged into the learner's text, applied and run; nothing if it passes.
fn told(start: &str, check: &str, patch: &str) -> String {
    told_after(&[patch], start, check)
}

fn told_after(patches: &[&str], start: &str, check: &str) -> String {
    let start = match start {
        "" => String::new(),
        start => format!("```toml start\n{start}\n```"),
    };
    let mut source = source("tests/labs/sound", None, "shop");
    source.lab = Some(FileText {
        path: "basics/traffic.md".to_owned(),
        text: lab(&start, check),
    });
    let mut session = Session::open(&source).unwrap_or_else(|problems| panic!("{problems:?}"));
    session.apply(&Command::Enter {
        task: "run".to_owned(),
    });
    for patch in patches {
        let text = world_text::merge(session.world().text(), patch).unwrap();
        let events = session.apply(&Command::Apply { text });
        assert_eq!(events, [Event::WorldApplied], "{patch}");
    }
    session.apply(&Command::Run { seed: None });
    let check = session.check("run").unwrap().checks.remove(0);
    assert_eq!(check.passed, check.message.is_empty());
    check.message
}

const ASSERT: &str = "assert = ['node \"customers\" arrived > 0']";

#[test]
fn what_is_fixed_stays_as_the_task_begins_with_it() {
    let client = |rate: u32| {
        format!(
            "[[topology.client]]\nname = \"customers\"\nto = \"api\"\narrivals = \"constant\"\nrate_per_s = {rate}"
        )
    };
    let api = "[[topology.part]]\nname = \"api\"\nkind = \"service\"\nservice_ms = 10";
    let longer = "[topology]\nduration_s = 30\n[[topology.client]]\nname = \"customers\"\nto = \"api\"\nrate_per_s = 50\n\
                  [[topology.part]]\nname = \"api\"\nkind = \"service\"";
    let slo = "[[topology.slo]]\nname = \"customers\"\nobjective = 0.5";
    let faster = client(80);
    for (start, fixed, patch, says) in [
        (
            "",
            "customers.rate_per_s",
            faster.clone(),
            "`rate_per_s` of `customers` is 80 now, and it was 50",
        ),
        (&*faster, "customers.rate_per_s", faster.clone(), ""),
        (
            &*faster,
            "customers.rate_per_s",
            String::new(),
            "is 50 now, and it was 80",
        ),
        (
            "",
            "topology.duration_s",
            longer.to_owned(),
            "`duration_s` of `topology` is 30 now, and it was 20",
        ),
        ("", "topology", longer.to_owned(), "`duration_s`"),
        ("", "topology", faster.clone(), ""),
        (
            "",
            "slo customers.objective",
            slo.to_owned(),
            "`objective` of `customers` is 0.5 now, and it was 0.99",
        ),
        ("", "slo customers", faster.clone(), ""),
        ("", "storm.at_s", longer.to_owned(), "`storm` is gone"),
        ("", "api", format!("{api}\nqueue = 5"), ""),
        (
            "",
            "api",
            format!("{api}\nqueue = 5\nworkers = 4"),
            "`workers` of `api` is 4 now, and it was nothing",
        ),
        (
            "",
            "api",
            api.to_owned(),
            "`queue` of `api` is nothing now, and it was 5",
        ),
        (
            "",
            "api.workers",
            format!("{api}\nworkers = 4"),
            "it was nothing",
        ),
        (
            "",
            "apy.workers",
            String::new(),
            "keeps `apy` as it was, and the task begins without it",
        ),
    ] {
        let found = told(start, &format!("fixed = [\"{fixed}\"]\n{ASSERT}"), &patch);
        let is_as_said = if says.is_empty() {
            found.is_empty()
        } else {
            found.contains(says)
        };
        assert!(is_as_said, "{fixed}, {patch}: {found}");
    }
}

#[test]
fn a_check_runs_the_topology_with_single_keys_otherwise() {
    for (check, says) in [
        ("assert = ['node \"customers\" failed == 50']", ""),
        (
            "without = [\"storm\"]\nassert = ['node \"customers\" failed == 0']",
            "",
        ),
        (
            "set = { \"storm.for_s\" = 2 }\nassert = ['node \"customers\" failed == 100']",
            "",
        ),
        (
            "set = { \"customers.rate_per_s\" = 25 }\nassert = ['node \"customers\" arrived == 499']",
            "It is not: 500.",
        ),
        (
            "set = { \"topology.duration_s\" = 1 }\nassert = ['node \"customers\" arrived == 50']",
            "",
        ),
        (
            "set = { \"api.service_ms\" = { uniform = [1, 2] } }\nassert = ['node \"api\" max <= 2']",
            "",
        ),
        (
            "set = { \"api.service_ms\" = -1 }\nassert = ['cost > 0']",
            "`service_ms` must be 0",
        ),
        (
            "set = { \"apy.workers\" = 1 }\nassert = ['cost > 0']",
            "there is no `apy` in it",
        ),
        (
            "without = [\"strom\"]\nassert = ['cost > 0']",
            "without `strom`, which was never there",
        ),
    ] {
        let found = told("", check, "");
        let is_as_said = if says.is_empty() {
            found.is_empty()
        } else {
            found.contains(says)
        };
        assert!(is_as_said, "{check}: {found}");
    }
}

#[test]
fn a_check_sees_the_settings_of_what_ran() {
    let with_log = "[topology]\nduration_s = 2\n\
        [[topology.client]]\nname = \"customers\"\nto = \"lb\"\nrate_per_s = 50\ntimeout_ms = 2.5\nretry = { attempts = 2 }\n\
        [[topology.part]]\nname = \"lb\"\nkind = \"balancer\"\npolicy = \"power-of-two\"\nto = \"api\"\n\
        [[topology.part]]\nname = \"api\"\nkind = \"service\"\nworkers = 3\ncopies = 2\norder = \"lifo\"\nto = \"events\"\n\
        [[topology.part]]\nname = \"events\"\nkind = \"log\"\ngroups = [{ to = \"search\", consumers = 2 }]\n\
        [[topology.part]]\nname = \"search\"\nkind = \"service\"\nservice_ms = 1";
    for (assert, holds) in [
        ("setting \"lb\" policy == \"power-of-two\"", true),
        ("setting \"lb\" health_ms exists", false),
        ("setting \"api\" workers == 3", true),
        ("setting \"api-2\" order == \"lifo\"", true),
        ("setting \"api\" parallel == false", true),
        // What the text does not say has a value all the same.
        ("setting \"events\" partitions == 4", true),
        ("setting \"events\" rebalance_ms == 3000", true),
        ("setting \"events/search\" consumers == 2", true),
        ("setting \"customers\" timeout_ms == 2.5", true),
        ("setting \"customers\" policy == \"full-jitter\"", true),
        ("setting \"nobody\" workers exists", false),
        ("node \"events/search\" done > 50", true),
        ("node \"events/mail\" done exists", false),
        ("node \"events/search\" queue_max <= 3", true),
    ] {
        let found = told("", &format!("assert = ['{assert}']"), with_log);
        assert_eq!(found.is_empty(), holds, "{assert}: {found}");
    }
    let says = "assert = ['setting \"api\" workers < 3']\n[[message]]\nwhen = ['setting \"lb\" policy exists']\n\
                say = \"{setting:api:workers} and {setting:lb:policy}\"";
    assert_eq!(told("", says, with_log), "3 and power-of-two");
}

#[test]
fn figures_are_said_as_a_person_would() {
    let patch = "[[topology.part]]\nname = \"api\"\nkind = \"service\"\nworkers = 100\nservice_ms = MS\n\
                 [[topology.fault]]\nname = \"storm\"\nkind = \"cut\"\npart = \"api\"\nat_s = 10\nfor_s = FOR";
    let say = |say: &str, ms: &str, for_s: &str| {
        let check =
            format!("assert = ['cost == 0']\n[[message]]\nwhen = ['cost > 0']\nsay = \"{say}\"");
        told("", &check, &patch.replace("MS", ms).replace("FOR", for_s))
    };
    for (ms, says) in [
        ("2.5", "2.5"),
        ("2.345", "2.35"),
        ("12.345", "12.3"),
        ("12", "12"),
        ("0.8712", "0.871"),
        ("0.012", "0.012"),
        ("1234.567", "1235"),
    ] {
        assert_eq!(say("{node:customers:max}", ms, "0"), says, "{ms}");
    }
    // Shares keep what tells them from all.
    assert_eq!(say("{slo:customers:achieved}", "1", "4.44"), "0.7778");
    assert_eq!(say("{slo:customers:achieved}", "1", "0.01"), "0.999");
    assert_eq!(say("{node:api:failed_share}", "1", "0"), "0");
}

#[test]
fn alerts_are_asked_for_together_or_by_name() {
    let with = |alert: &str| format!("[[topology.slo]]\nname = \"up\"\nobjective = 0.9\n{alert}");
    let two = with(
        "alert = [{ name = \"page\", burn_rate = 9, window_s = 0.6 }, { burn_rate = 5, window_s = 1.2 }]",
    );
    for (patch, assert, holds) in [
        (&two, "slo \"up\" alerts == 2", true),
        (&two, "slo \"up/page\" alerts == 1", true),
        (&two, "slo \"up/2\" alerts == 1", true),
        (&two, "slo \"up/3\" alerts exists", false),
        (&two, "slo \"up\" first_alert_s > 10.5", true),
        (&two, "slo \"up/2\" first_alert_s > 10.56", true),
        (&two, "slo \"up/page\" alert_s > 0.4", true),
        (&two, "slo \"up\" alert_s > 1.4", true),
        (&two, "slo \"up\" worst_burn_rate == 10", true),
        (&two, "slo \"up\" met", true),
        // A promise without alerts has none that were silent.
        (&with(""), "slo \"up\" alerts exists", false),
        (&with(""), "slo \"up\" alert_s exists", false),
        (
            &with("alert = { burn_rate = 5, window_s = 20 }"),
            "slo \"up\" alerts == 0",
            true,
        ),
        (
            &with("alert = { burn_rate = 5, window_s = 20 }"),
            "slo \"up\" alert_s == 0",
            true,
        ),
        (
            &with("alert = { burn_rate = 5, window_s = 20 }"),
            "slo \"up\" first_alert_s exists",
            false,
        ),
    ] {
        let found = told("", &format!("assert = ['{assert}']"), patch);
        assert_eq!(found.is_empty(), holds, "{assert}: {found}");
    }
}

#[test]
fn a_start_that_was_not_applied_is_what_is_said_first() {
    let start = "[[topology.client]]\nname = \"customers\"\nto = \"api\"\nrate_per_s = 80";
    let check =
        "fixed = [\"customers.rate_per_s\"]\nassert = ['node \"customers\" arrived > 1200']";
    let press = "Press Apply in that tab";
    assert!(told_after(&[], start, check).contains(press));
    assert!(
        told_after(&["[kv]"], start, check).contains("was 80"),
        "applied something else"
    );
    assert_eq!(told_after(&[start], start, check), "");
    // What passes, passes; what asks for no other text asks for no Apply.
    assert_eq!(told_after(&[], start, ASSERT), "");
    assert!(!told_after(&[], "", "assert = ['cost == 0']").contains(press));
}

#[test]
fn a_learner_without_the_fault_is_tried_without_it_all_the_same() {
    let bare = "[topology]\nduration_s = 20\n[[topology.client]]\nname = \"customers\"\nto = \"api\"\nrate_per_s = 50\n\
                [[topology.part]]\nname = \"api\"\nkind = \"service\"";
    let check = "without = [\"storm\"]\nassert = ['node \"customers\" arrived > 0']";
    assert_eq!(told("", check, bare), "");
}
