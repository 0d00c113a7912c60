//! What the run came to: who sent and what they got, what was promised, where it is tight, what it costs.

use yew::prelude::*;

use crate::protocol::{AlertView, NodeView, RunView, SloView};
use crate::web::panels::scope::topology::{percent, thousandths, tightness};
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{format, mark_of, with_code};

/// The figures of a run.
pub fn tiles(run: &RunView) -> Html {
    html! {
        <section class="traffic-tiles" aria-label="Figures">
            if let Some(warning) = &run.warning {
                <p class="problem tone-stale"><span>{ mark_of(Tone::Stale) }{ " " }{ warning }</span></p>
            }
            { for run.clients.iter().map(client) }
            if !run.slos.is_empty() {
                <ul class="check-list" aria-label="Promises">{ for run.slos.iter().map(slo) }</ul>
            }
            <p class="traffic-tight">
                if !run.tightest.is_empty() {
                    { mark_of(tight(run)) }
                    { " " }{ with_code(&run.tightest) }{ " " }
                }
                <span class="muted">{ format!("It costs {} an hour.", format::count(run.cost, "credit", "credits")) }</span>
            </p>
        </section>
    }
}

/// How tight it is at the busiest part.
fn tight(run: &RunView) -> Tone {
    let busiest = run.bottleneck.as_deref().and_then(|name| run.part(name));
    let busy = busiest.and_then(|part| part.busy_milli).unwrap_or(0);
    tightness(busy).0
}

fn client(node: &NodeView) -> Html {
    let over = node.done + node.failed;
    let tone = if node.failed > 0 {
        Tone::Refused
    } else {
        Tone::Plain
    };
    html! {
        <div class="traffic-client" key={node.name.clone()}>
            <h3>{ &node.name }</h3>
            <dl class="traffic-figures">
                { figure("sent", format::grouped(node.arrived), Tone::Origin) }
                { figure("answered", format::grouped(node.done), Tone::Fresh) }
                { figure("failed", failed_words(node.failed, over), tone) }
                { figure("a second", thousandths(node.throughput_milli), Tone::Plain) }
                { figure("median", format::duration(node.time.p50), Tone::Plain) }
                { figure("p99", format::duration(node.time.p99), Tone::Stale) }
            </dl>
        </div>
    }
}

/// A share of failures: what is not nothing must not read as nothing.
fn failed_words(failed: u64, of: u64) -> String {
    match failed * 1_000 / of.max(1) {
        0 if failed > 0 => "< 0.1 %".to_owned(),
        0 => "0 %".to_owned(),
        milli @ 1..100 => format!("{} %", format::decimals(milli as f64 / 10.0, 1)),
        milli => percent(milli),
    }
}

fn figure(word: &'static str, value: String, tone: Tone) -> Html {
    html! {
        <div class={tone.class()}>
            <dt>{ if tone == Tone::Plain { html! {} } else { mark_of(tone) } }{ word }</dt>
            <dd class="figure">{ value }</dd>
        </div>
    }
}

fn slo(slo: &SloView) -> Html {
    let tone = if slo.met { Tone::Fresh } else { Tone::Refused };
    let within = slo.within_us.map_or_else(String::new, |us| {
        format!(" within {}", format::duration(us))
    });
    let spent = percent(slo.burn_milli);
    html! {
        <li class={if slo.met { "check passed" } else { "check failed" }} key={format!("{} {}", slo.client, slo.name)}>
            <span class={format!("mark {}", tone.class())} aria-hidden="true">{ tone.mark() }</span>
            <p>
                { badge_word(slo.met) }
                <strong>{ &slo.name }</strong>
                { format!(": {} of the requests of {}{within}; ", ppm(slo.objective_ppm), slo.client) }
                <span class={format!("figure {}", tone.class())}>{ ppm(slo.achieved_ppm) }</span>
                <span class="muted">{ format!(" reached; {spent} of the error budget spent") }</span>
                { for slo.alerts.iter().map(alert) }
            </p>
        </li>
    }
}

fn alert(alert: &AlertView) -> Html {
    let rate = |milli: u64| format::decimals(milli as f64 / 1e3, 1);
    let window = format::duration(alert.window_us);
    let (tone, fired) = match alert.first_us {
        None => (
            Tone::Plain,
            format!("silent, {} at worst", rate(alert.worst_milli)),
        ),
        Some(first_us) => {
            let times = format::count(alert.fired, "time", "times");
            let (first, on) = (format::duration(first_us), format::duration(alert.on_us));
            (
                Tone::Stale,
                format!("fired {times}, first at {first}, on for {on}"),
            )
        }
    };
    let says = format!(
        "Alert at {} × over {window}: {fired}.",
        rate(alert.burn_milli)
    );
    let mark = if tone == Tone::Plain {
        html! {}
    } else {
        mark_of(tone)
    };
    html! { <><br /><span class={format!("small {}", tone.class())}>{ mark }{ " " }{ says }</span></> }
}

fn badge_word(met: bool) -> Html {
    html! { <span class="visually-hidden">{ if met { "Kept: " } else { "Not kept: " } }</span> }
}

/// Millionths as a percentage: `99.95 %`.
fn ppm(ppm: u64) -> String {
    format!("{} %", format::decimals(ppm as f64 / 1e4, 2))
}
