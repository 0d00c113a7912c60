//! What a run of traffic answers to assertions.

use serde_json::{Value, json};

use crate::protocol::{AlertView, NodeView, RunView, TimesView};

/// What can be asked of a client or a part, besides what its kind counts and its reasons of failure.
pub(super) const NODE_WORDS: [&str; 20] = [
    "arrived",
    "done",
    "failed",
    "failed_share",
    "throughput",
    "utilisation",
    "inside",
    "inside_mean",
    "queue",
    "queue_mean",
    "queue_max",
    "mean",
    "p50",
    "p90",
    "p95",
    "p99",
    "p999",
    "max",
    "wait",
    "wait_p99",
];

/// What can be asked of a promise.
pub(super) const SLO_WORDS: [&str; 7] = [
    "met",
    "achieved",
    "burn_rate",
    "alerts",
    "first_alert_s",
    "alert_s",
    "worst_burn_rate",
];

/// Whoever is called so: a client or part, or its copies together, or a log's group: `events/search`.
fn nodes<'r>(run: &'r RunView, name: &str) -> Vec<&'r NodeView> {
    let groups = run.parts.iter().flat_map(|part| &part.groups);
    let all = run.clients.iter().chain(&run.parts).chain(groups);
    let exact: Vec<&NodeView> = all.clone().filter(|node| node.name == name).collect();
    match exact.is_empty() {
        false => exact,
        true => all.filter(|node| is_copy(&node.name, name)).collect(),
    }
}

/// The figure of a client or part: times in milliseconds, shares from 0 to 1, rates a second. Of a part
/// with copies, asked for by its name without a number, counts are sums, times the highest and shares the
/// mean.
pub(super) fn node(run: &RunView, name: &str, word: &str) -> Option<Value> {
    let nodes = nodes(run, name);
    if nodes.is_empty() {
        return None;
    }
    let sum = |of: &dyn Fn(&NodeView) -> u64| nodes.iter().map(|node| of(node)).sum::<u64>();
    let highest = |of: &dyn Fn(&NodeView) -> u64| nodes.iter().map(|node| of(node)).max();
    let ms = |of: &dyn Fn(&NodeView) -> u64| highest(of).map(|us| json!(us as f64 / 1e3));
    let milli = |of: &dyn Fn(&NodeView) -> u64| Some(json!(sum(of) as f64 / 1e3));
    let time = |of: fn(&TimesView) -> u64| ms(&|node| of(&node.time));
    match word {
        "arrived" => Some(json!(sum(&|node| node.arrived))),
        "done" => Some(json!(sum(&|node| node.done))),
        "failed" => Some(json!(sum(&|node| node.failed))),
        "failed_share" => {
            let (failed, done) = (sum(&|node| node.failed), sum(&|node| node.done));
            let share = failed as f64 / (failed + done).max(1) as f64;
            Some(json!((share * 1e4).round() / 1e4))
        }
        "throughput" => milli(&|node| node.throughput_milli),
        "utilisation" => {
            let busy: Vec<u64> = nodes.iter().filter_map(|node| node.busy_milli).collect();
            let mean = busy.iter().sum::<u64>() / (busy.len() as u64).max(1);
            (!busy.is_empty()).then(|| json!(mean as f64 / 1e3))
        }
        "inside" => Some(json!(sum(&|node| node.inside))),
        "inside_mean" => milli(&|node| node.inside_milli),
        "queue" => Some(json!(sum(&|node| node.queue))),
        "queue_mean" => milli(&|node| node.queue_milli),
        "queue_max" => highest(&|node| node.queue_max).map(|most| json!(most)),
        "mean" => time(|times| times.mean),
        "p50" => time(|times| times.p50),
        "p90" => time(|times| times.p90),
        "p95" => time(|times| times.p95),
        "p99" => time(|times| times.p99),
        "p999" => time(|times| times.p999),
        "max" => time(|times| times.max),
        "wait" => ms(&|node| node.wait.mean),
        "wait_p99" => ms(&|node| node.wait.p99),
        other => Some(json!(sum(&|node| counted(node, other)))),
    }
}

/// What a kind counts under a name, or the failures of that reason; 0 if there was none.
fn counted(node: &NodeView, name: &str) -> u64 {
    let reason = node.reasons.get(name);
    node.counts.get(name).or(reason).copied().unwrap_or(0)
}

/// `api-2` is a copy of `api`, and `events-2/search` of `events/search`.
fn is_copy(name: &str, of: &str) -> bool {
    let (of, group) = of.split_once('/').unwrap_or((of, ""));
    let (name, own_group) = name.split_once('/').unwrap_or((name, ""));
    if group != own_group {
        return false;
    }
    let number = name
        .strip_prefix(of)
        .and_then(|rest| rest.strip_prefix('-'));
    number.is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
    })
}

/// A setting of a client or part as it ran; of copies, which are all alike, the first's. Times are in
/// milliseconds.
pub(super) fn setting(run: &RunView, name: &str, key: &str) -> Option<Value> {
    let settings = &nodes(run, name).first()?.settings;
    match key.strip_suffix("_ms") {
        Some(stem) => {
            let us = settings.get(&format!("{stem}_us"))?.as_u64()?;
            Some(json!(us as f64 / 1e3))
        }
        None => settings.get(key).cloned(),
    }
}

/// A promise's figure. What is asked of alerts is of all it has, or of one: `fast/page`. A promise
/// without alerts knows nothing of them.
pub(super) fn slo(run: &RunView, name: &str, word: &str) -> Option<Value> {
    let named = |name: &str| run.slos.iter().find(|slo| slo.name == name);
    let (slo, alert) = match (named(name), name.rsplit_once('/')) {
        (Some(slo), _) => (slo, None),
        (None, Some((name, alert))) => (named(name)?, Some(alert)),
        (None, None) => return None,
    };
    let alerts: Vec<&AlertView> = slo
        .alerts
        .iter()
        .filter(|own| alert.is_none_or(|name| own.name == name))
        .collect();
    let of_alerts = |value: Value| (!alerts.is_empty()).then_some(value);
    match word {
        "met" => Some(json!(slo.met)),
        "achieved" => Some(json!(slo.achieved_ppm as f64 / 1e6)),
        "burn_rate" => Some(json!(slo.burn_milli as f64 / 1e3)),
        "alerts" => of_alerts(json!(alerts.iter().map(|own| own.fired).sum::<u64>())),
        "first_alert_s" => {
            let first_us = alerts.iter().filter_map(|own| own.first_us).min()?;
            Some(json!(first_us as f64 / 1e6))
        }
        "alert_s" => {
            let on_us: u64 = alerts.iter().map(|own| own.on_us).sum();
            of_alerts(json!(on_us as f64 / 1e6))
        }
        _ => {
            let worst = alerts.iter().map(|own| own.worst_milli).max()?;
            Some(json!(worst as f64 / 1e3))
        }
    }
}

/// How many parts of a kind there are.
pub(super) fn kind(run: &RunView, kind: &str) -> Value {
    let of_kind = run.parts.iter().filter(|part| part.kind == kind);
    json!(of_kind.count())
}
