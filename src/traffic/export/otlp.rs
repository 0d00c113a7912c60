//! OTLP in JSON (opentelemetry-proto 1): metrics of one moment, and the traces that were kept.

use serde_json::{Value, json};

use crate::sim::Digest;
use crate::sim::rng::mix;
use crate::traffic::Figures;
use crate::traffic::figures::{Row, SpanRow, Trace};

/// Virtual time 0 in nanoseconds since 1970: 2 March 2026, 9:00, where labs begin.
const START_NS: u64 = 1_772_442_000_000_000_000;

fn nanos(us: u64) -> String {
    START_NS.saturating_add(us.saturating_mul(1000)).to_string()
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn resource(name: &str) -> Value {
    json!({ "attributes": [text("service.name", name)] })
}

/// `{ "resourceMetrics": […], "resourceSpans": […] }`: the bodies of both export requests in one.
pub fn export(figures: &Figures) -> Value {
    let now_us = libm::round(figures.now_s * 1e6) as u64;
    let start_us = libm::round((figures.now_s - figures.measured_s) * 1e6) as u64;
    let metrics: Vec<Value> = figures
        .rows()
        .map(|row| {
            json!({
                "resource": resource(&row.name),
                "scopeMetrics": [{
                    "scope": { "name": "backlab" },
                    "metrics": metrics(row, (&nanos(start_us), &nanos(now_us))),
                }],
            })
        })
        .collect();
    let mut spans: Vec<Value> = Vec::new();
    // A trace may have been kept as one of the slowest and as one of all.
    let mut told: Vec<(&str, u64)> = Vec::new();
    for trace in &figures.traces {
        let which = (trace.client.as_str(), trace.id);
        if told.contains(&which) {
            continue;
        }
        told.push(which);
        spans.extend(traced(trace, figures.seed));
    }
    json!({ "resourceMetrics": metrics, "resourceSpans": spans })
}

fn metrics(row: &Row, (start, now): (&str, &str)) -> Vec<Value> {
    let number = |value: f64| json!({ "timeUnixNano": now, "asDouble": value });
    let gauge = |name: &str, unit: &str, value: f64| json!({ "name": name, "unit": unit, "gauge": { "dataPoints": [number(value)] } });
    let count = |outcome: &str, count: u64| {
        json!({
            "startTimeUnixNano": start,
            "timeUnixNano": now,
            "asInt": count.to_string(),
            "attributes": [text("outcome", outcome)],
        })
    };
    let mut points = vec![count("ok", row.done)];
    points.extend(row.reasons.iter().map(|(reason, n)| count(reason, *n)));
    let times = &row.time_ms;
    let quantile = |q: f64, ms: f64| json!({ "quantile": q, "value": ms / 1e3 });
    let mut all = vec![
        json!({
            "name": "backlab.requests",
            "unit": "{request}",
            "sum": { "dataPoints": points, "aggregationTemporality": 2, "isMonotonic": true },
        }),
        gauge("backlab.inside", "{request}", row.inside.now as f64),
        gauge("backlab.queue", "{request}", row.queue.now as f64),
        json!({
            "name": "backlab.time",
            "unit": "s",
            "summary": { "dataPoints": [{
                "startTimeUnixNano": start,
                "timeUnixNano": now,
                "count": times.count.to_string(),
                "sum": times.mean * times.count as f64 / 1e3,
                "quantileValues": [
                    quantile(0.5, times.p50),
                    quantile(0.9, times.p90),
                    quantile(0.95, times.p95),
                    quantile(0.99, times.p99),
                    quantile(0.999, times.p999),
                    quantile(1.0, times.max),
                ],
            }] },
        }),
    ];
    if let Some(utilisation) = row.utilisation {
        all.push(gauge("backlab.utilisation", "1", utilisation));
    }
    all
}

/// A trace: the client's own span, and those of the parts below it, each from its own service.
fn traced(trace: &Trace, seed: u64) -> Vec<Value> {
    let whose = Digest::of(trace.client.as_bytes()).value();
    let (high, low) = (mix(seed ^ whose), mix(whose ^ trace.id));
    let trace_id = format!("{high:016x}{low:016x}");
    // Never all zeros, which would be no id.
    let span_id = |number: u64| format!("{:016x}", mix(low ^ number) | 1);
    let root = span_id(0);
    let status = |outcome: &str| match outcome {
        "ok" | "goes on" => json!({ "code": 1 }),
        reason => json!({ "code": 2, "message": reason }),
    };
    let of = |service: &str, span: Value| {
        json!({
            "resource": resource(service),
            "scopeSpans": [{ "scope": { "name": "backlab" }, "spans": [span] }],
        })
    };
    let mut spans = vec![of(
        &trace.client,
        json!({
            "traceId": trace_id,
            "spanId": root,
            "name": "request",
            "kind": 3,
            "startTimeUnixNano": nanos(trace.start_us),
            "endTimeUnixNano": nanos(trace.end_us),
            "attributes": [text("backlab.key", &trace.key.to_string())],
            "status": status(&trace.outcome),
        }),
    )];
    for (number, span) in (1_u64..).zip(&trace.spans) {
        let SpanRow { part, outcome, .. } = span;
        let parent = span
            .parent
            .map_or(root.clone(), |at| span_id(u64::from(at) + 1));
        spans.push(of(
            part,
            json!({
                "traceId": trace_id,
                "spanId": span_id(number),
                "parentSpanId": parent,
                "name": part,
                "kind": 2,
                "startTimeUnixNano": nanos(span.start_us),
                "endTimeUnixNano": nanos(span.end_us.unwrap_or(trace.end_us)),
                "attributes": [text("backlab.waited_us", &span.waited_us.to_string())],
                "status": status(outcome),
            }),
        ));
    }
    spans
}
