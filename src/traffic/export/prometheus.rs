//! The text format of Prometheus (version 0.0.4), for the figures of one moment.

use std::fmt::Write as _;

use crate::traffic::Figures;
use crate::traffic::alert::AlertRow;
use crate::traffic::figures::{Row, Times};

/// The figures as one page of metrics.
pub fn text(figures: &Figures) -> String {
    let mut page = Page::default();
    let rows: Vec<&Row> = figures.rows().collect();
    page.head(
        "backlab_requests_total",
        "counter",
        "Requests by how they ended.",
    );
    for row in &rows {
        page.line(
            "backlab_requests_total",
            row,
            &[("outcome", "ok")],
            row.done as f64,
        );
        for (reason, count) in &row.reasons {
            let labels = [("outcome", reason.as_str())];
            page.line("backlab_requests_total", row, &labels, *count as f64);
        }
    }
    page.head("backlab_arrivals_total", "counter", "Requests that came.");
    for row in &rows {
        page.line("backlab_arrivals_total", row, &[], row.arrived as f64);
    }
    page.head("backlab_inside", "gauge", "Requests inside now.");
    for row in &rows {
        page.line("backlab_inside", row, &[], row.inside.now as f64);
    }
    page.head("backlab_queue", "gauge", "Requests that wait now.");
    for row in &rows {
        page.line("backlab_queue", row, &[], row.queue.now as f64);
    }
    page.head(
        "backlab_utilisation_ratio",
        "gauge",
        "The share of workers that were busy.",
    );
    for row in &rows {
        if let Some(utilisation) = row.utilisation {
            page.line("backlab_utilisation_ratio", row, &[], utilisation);
        }
    }
    page.head(
        "backlab_events_total",
        "counter",
        "What only some kinds of part count.",
    );
    for row in &rows {
        for (event, count) in &row.counts {
            let labels = [("event", event.as_str())];
            page.line("backlab_events_total", row, &labels, *count as f64);
        }
    }
    page.summaries(
        "backlab_time_seconds",
        "Seconds inside, of those answered.",
        &rows,
        |r| &r.time_ms,
    );
    page.summaries(
        "backlab_wait_seconds",
        "Seconds waited for a worker.",
        &rows,
        |r| &r.wait_ms,
    );
    page.head(
        "backlab_slo_burn_rate",
        "gauge",
        "How fast an error budget was spent.",
    );
    for slo in &figures.slos {
        let name = escaped(&slo.name);
        let _ = writeln!(
            page.0,
            "backlab_slo_burn_rate{{slo=\"{name}\"}} {}",
            slo.burn_rate
        );
    }
    let alerts: Vec<(&str, &AlertRow)> = figures
        .slos
        .iter()
        .flat_map(|slo| slo.alerts.iter().map(|alert| (slo.name.as_str(), alert)))
        .collect();
    if !alerts.is_empty() {
        page.alerts(
            ("backlab_alerts_total", "Times an alert fired."),
            &alerts,
            |alert| alert.fired as f64,
        );
        page.alerts(
            ("backlab_alert_seconds_total", "Seconds an alert was on."),
            &alerts,
            |alert| alert.on_s,
        );
    }
    page.0
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, row: &Row, labels: &[(&str, &str)], value: f64) {
        let _ = write!(
            self.0,
            "{name}{{part=\"{}\",kind=\"{}\"",
            escaped(&row.name),
            escaped(&row.kind)
        );
        for (label, text) in labels {
            let _ = write!(self.0, ",{label}=\"{}\"", escaped(text));
        }
        let _ = writeln!(self.0, "}} {value}");
    }

    fn alerts(
        &mut self,
        (name, help): (&str, &str),
        alerts: &[(&str, &AlertRow)],
        of: fn(&AlertRow) -> f64,
    ) {
        self.head(name, "counter", help);
        for (slo, alert) in alerts {
            let (slo, own, value) = (escaped(slo), escaped(&alert.name), of(alert));
            let _ = writeln!(self.0, "{name}{{slo=\"{slo}\",alert=\"{own}\"}} {value}");
        }
    }

    fn summaries(&mut self, name: &str, help: &str, rows: &[&Row], of: fn(&Row) -> &Times) {
        self.head(name, "summary", help);
        for row in rows {
            let times = of(row);
            if times.count == 0 {
                continue;
            }
            for (quantile, ms) in [
                ("0.5", times.p50),
                ("0.9", times.p90),
                ("0.95", times.p95),
                ("0.99", times.p99),
                ("0.999", times.p999),
            ] {
                self.line(name, row, &[("quantile", quantile)], ms / 1e3);
            }
            let sum = times.mean * times.count as f64 / 1e3;
            self.line(&format!("{name}_sum"), row, &[], sum);
            self.line(&format!("{name}_count"), row, &[], times.count as f64);
        }
    }
}

/// A label's value: backslash, quote and newline are escaped.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
