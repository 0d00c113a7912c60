//! OTLP in JSON (opentelemetry-proto 1): metrics of one moment, and the traces that were kept.

use serde_json::{Value, json};

use crate::sim::Digest;
use crate::sim::rng::mix;
use crate::traffic::Figures;
use crate::traffic::figures::{BOUNDS_MS, Row, Trace};

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

/// `{ "resourceMetrics": […], "resourceSpans": […] }`: the bodies of both export requests in one. Times are
/// histograms, whose exemplars lead to the spans.
pub fn export(figures: &Figures) -> Value {
    let now_us = libm::round(figures.now_s * 1e6) as u64;
    let start_us = libm::round((figures.now_s - figures.measured_s) * 1e6) as u64;
    // A trace may have been kept as one of the slowest and as one of all.
    let mut told: Vec<(&str, u64)> = Vec::new();
    let mut spans: Vec<Span> = Vec::new();
    for trace in &figures.traces {
        let which = (trace.client.as_str(), trace.id);
        if !told.contains(&which) {
            told.push(which);
            spans.extend(spans_of(trace, figures.seed));
        }
    }
    let metrics: Vec<Value> = figures
        .rows()
        .map(|row| {
            // Those that the row has counted as well: a queue, a log and a saga count by themselves.
            let own = spans.iter().filter(|span| {
                span.service == row.name
                    && span.outcome == "ok"
                    && span.start_us >= start_us
                    && !["queue", "log", "saga"].contains(&row.kind.as_str())
            });
            json!({
                "resource": resource(&row.name),
                "scopeMetrics": [{
                    "scope": { "name": "backlab" },
                    "metrics": metrics(row, (&nanos(start_us), &nanos(now_us)), own),
                }],
            })
        })
        .collect();
    let spans: Vec<Value> = spans.iter().map(Span::json).collect();
    json!({ "resourceMetrics": metrics, "resourceSpans": spans })
}

fn metrics<'s>(
    row: &Row,
    (start, now): (&str, &str),
    spans: impl Iterator<Item = &'s Span<'s>>,
) -> Vec<Value> {
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
    let texts = |counts: &[u64]| -> Vec<String> { counts.iter().map(u64::to_string).collect() };
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
            "histogram": {
                "dataPoints": [{
                    "startTimeUnixNano": start,
                    "timeUnixNano": now,
                    "count": times.count.to_string(),
                    "sum": times.mean * times.count as f64 / 1e3,
                    "bucketCounts": texts(&row.time_counts),
                    "explicitBounds": BOUNDS_MS.map(|ms| ms / 1e3),
                    "exemplars": exemplars(spans),
                    "max": times.max / 1e3,
                }],
                "aggregationTemporality": 2,
            },
        }),
    ];
    if let Some(utilisation) = row.utilisation {
        all.push(gauge("backlab.utilisation", "1", utilisation));
    }
    all
}

/// Of the spans that fell between two bounds, the last.
fn exemplars<'s>(spans: impl Iterator<Item = &'s Span<'s>>) -> Vec<Value> {
    let mut last: [Option<&Span>; BOUNDS_MS.len() + 1] = [None; BOUNDS_MS.len() + 1];
    for span in spans {
        let at = BOUNDS_MS.partition_point(|ms| *ms < span.seconds() * 1e3);
        if last[at].is_none_or(|other| other.end_us < span.end_us) {
            last[at] = Some(span);
        }
    }
    let exemplar = |span: &Span| {
        json!({
            "timeUnixNano": nanos(span.end_us),
            "asDouble": span.seconds(),
            "traceId": span.trace_id,
            "spanId": span.id,
        })
    };
    last.into_iter().flatten().map(exemplar).collect()
}

/// A client's or a part's share of a request, with its ids.
struct Span<'t> {
    service: &'t str,
    trace_id: String,
    id: String,
    parent: Option<String>,
    start_us: u64,
    end_us: u64,
    outcome: &'t str,
    attribute: (&'static str, u64),
}

/// A trace: the client's own span, and those of the parts below it, each from its own service.
fn spans_of(trace: &Trace, seed: u64) -> Vec<Span<'_>> {
    let whose = Digest::of(trace.client.as_bytes()).value();
    let (high, low) = (mix(seed ^ whose), mix(whose ^ trace.id));
    let trace_id = format!("{high:016x}{low:016x}");
    // Never all zeros, which would be no id.
    let id = |number: u64| format!("{:016x}", mix(low ^ number) | 1);
    let root = Span {
        service: &trace.client,
        trace_id: trace_id.clone(),
        id: id(0),
        parent: None,
        start_us: trace.start_us,
        end_us: trace.end_us,
        outcome: &trace.outcome,
        attribute: ("backlab.key", trace.key),
    };
    let below = (1_u64..).zip(&trace.spans).map(|(number, span)| Span {
        service: &span.part,
        trace_id: trace_id.clone(),
        id: id(number),
        parent: Some(id(span.parent.map_or(0, |at| u64::from(at) + 1))),
        start_us: span.start_us,
        end_us: span.end_us.unwrap_or(trace.end_us),
        outcome: &span.outcome,
        attribute: ("backlab.waited_us", span.waited_us),
    });
    std::iter::once(root).chain(below).collect()
}

impl Span<'_> {
    fn seconds(&self) -> f64 {
        self.end_us.saturating_sub(self.start_us) as f64 / 1e6
    }

    fn json(&self) -> Value {
        let (key, value) = self.attribute;
        let mut span = json!({
            "traceId": self.trace_id,
            "spanId": self.id,
            "name": self.service,
            "kind": 2,
            "startTimeUnixNano": nanos(self.start_us),
            "endTimeUnixNano": nanos(self.end_us),
            "attributes": [text(key, &value.to_string())],
            "status": match self.outcome {
                "ok" | "goes on" => json!({ "code": 1 }),
                reason => json!({ "code": 2, "message": reason }),
            },
        });
        match &self.parent {
            Some(parent) => span["parentSpanId"] = json!(parent),
            // The client's own.
            None => (span["name"], span["kind"]) = (json!("request"), json!(3)),
        }
        json!({
            "resource": resource(self.service),
            "scopeSpans": [{ "scope": { "name": "backlab" }, "spans": [span] }],
        })
    }
}
