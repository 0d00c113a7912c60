//! Figures for monitoring: what Prometheus scrapes, what OTLP carries.

use backlab::traffic::export::{otlp, prometheus};

use super::run;

#[test]
fn prometheus_reads_every_line_and_finds_each_family_once() {
    let figures = run(include_str!("shop.toml"));
    let page = prometheus::text(&figures);
    let mut families = Vec::new();
    let mut family = String::new();
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            family = rest.split(' ').next().unwrap().to_owned();
            assert!(!families.contains(&family), "{family} twice");
            families.push(family.clone());
        } else if !line.starts_with("# HELP ") {
            let (name, rest) = line.split_once('{').expect(line);
            assert!(
                name == family
                    || ["_sum", "_count"]
                        .iter()
                        .any(|s| name == format!("{family}{s}")),
                "{line}"
            );
            let (labels, value) = rest.rsplit_once("} ").expect(line);
            assert!(value.parse::<f64>().is_ok_and(f64::is_finite), "{line}");
            for label in labels.split("\",") {
                let (name, text) = label.split_once("=\"").expect(line);
                assert!(
                    name.chars().all(|c| c.is_ascii_lowercase()) && !text.is_empty(),
                    "{line}"
                );
            }
        }
    }
    assert_eq!(families.len(), 9);
    let visitors = &figures.clients[0];
    let done = format!(
        "backlab_requests_total{{part=\"visitors\",kind=\"client\",outcome=\"ok\"}} {}\n",
        visitors.done
    );
    assert!(page.contains(&done), "{done}");
}

#[test]
fn otlp_has_a_root_a_trace_and_parents_that_are_there() {
    let export = otlp::export(&run(include_str!("orders.toml")));
    let spans: Vec<&serde_json::Value> = export["resourceSpans"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["scopeSpans"][0]["spans"][0])
        .collect();
    assert!(spans.len() > 50);
    let is_hex = |text: &serde_json::Value, length: usize| {
        text.as_str()
            .is_some_and(|t| t.len() == length && t.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    let mut ids = Vec::new();
    for span in &spans {
        assert!(
            is_hex(&span["traceId"], 32) && is_hex(&span["spanId"], 16),
            "{span}"
        );
        ids.push((span["traceId"].clone(), span["spanId"].clone()));
        let nanos = |key: &str| span[key].as_str().unwrap().parse::<u64>().unwrap();
        assert!(nanos("startTimeUnixNano") <= nanos("endTimeUnixNano"));
        assert!([1, 2].contains(&span["status"]["code"].as_u64().unwrap()));
    }
    for span in &spans {
        if !span["parentSpanId"].is_null() {
            let parent = (span["traceId"].clone(), span["parentSpanId"].clone());
            assert!(ids.contains(&parent), "{span}");
        }
    }
    let mut unique = ids
        .iter()
        .map(|(a, b)| format!("{a}{b}"))
        .collect::<Vec<_>>();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), ids.len(), "no span is told twice");
    let services: Vec<&str> = export["resourceMetrics"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["resource"]["attributes"][0]["value"]["stringValue"].as_str())
        .collect();
    // Two of them are the groups of the log.
    assert_eq!(services.len(), 10);
    times_lead_to_spans(&export, &spans);
}

/// The counts of a histogram are all its requests, and an exemplar is one of them: a span that took as long.
fn times_lead_to_spans(export: &serde_json::Value, spans: &[&serde_json::Value]) {
    let number = |text: &serde_json::Value| text.as_str().unwrap().parse::<u64>().unwrap();
    let mut exemplars = 0;
    for row in export["resourceMetrics"].as_array().unwrap() {
        let metrics = row["scopeMetrics"][0]["metrics"].as_array().unwrap();
        let time = metrics
            .iter()
            .find(|m| m["name"] == "backlab.time")
            .unwrap();
        let point = &time["histogram"]["dataPoints"][0];
        let counts = point["bucketCounts"].as_array().unwrap();
        let bounds = point["explicitBounds"].as_array().unwrap();
        assert_eq!(counts.len(), bounds.len() + 1);
        assert_eq!(
            counts.iter().map(number).sum::<u64>(),
            number(&point["count"])
        );
        for exemplar in point["exemplars"].as_array().unwrap() {
            exemplars += 1;
            let seconds = exemplar["asDouble"].as_f64().unwrap();
            let at = bounds.partition_point(|bound| bound.as_f64().unwrap() < seconds);
            assert!(number(&counts[at]) > 0, "{exemplar}");
            let span = spans
                .iter()
                .find(|span| span["spanId"] == exemplar["spanId"]);
            let span = span.expect("an exemplar's span is told");
            assert_eq!(span["traceId"], exemplar["traceId"]);
            let took = number(&span["endTimeUnixNano"]) - number(&span["startTimeUnixNano"]);
            assert!((took as f64 / 1e9 - seconds).abs() < 1e-9, "{exemplar}");
        }
    }
    assert!(exemplars > 5, "{exemplars}");
}
