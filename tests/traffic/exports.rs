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
}
