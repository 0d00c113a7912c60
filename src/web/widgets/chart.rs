//! A chart over virtual time: lines told apart by mark and dash as well as by colour, with a twin in
//! words.

use yew::prelude::*;

use super::mark::Tone;
use super::plot::{self, HEIGHT, WIDTH};
use super::scale::Scale;
use super::{format, mark_of};

/// One line.
pub struct Line {
    /// What it is.
    pub name: &'static str,
    /// Its colour and its mark.
    pub tone: Tone,
    /// A value a bucket, none where there is nothing to measure.
    pub values: Vec<Option<u64>>,
}

/// Something single that is marked by a dot.
pub struct Dot {
    /// Microseconds on the axis.
    pub at_us: u64,
    /// How high; what is above the axis stands at its top.
    pub value: u64,
    /// Its colour.
    pub tone: Tone,
    /// What it is, in words.
    pub says: String,
    /// It is looked at more closely.
    pub on_pick: Callback<MouseEvent>,
}

/// What [`chart`] draws.
pub struct Chart {
    /// What is seen.
    pub title: AttrValue,
    /// Whether that is seen; where it is not, it stands above already.
    pub is_titled: bool,
    /// Microseconds of a bucket; the first begins at 0.
    pub bucket_us: u64,
    /// Microseconds of the whole axis.
    pub length_us: u64,
    /// The lines; the first is drawn last, above the others.
    pub lines: Vec<Line>,
    /// How a value reads.
    pub say: fn(u64) -> String,
    /// The top of the axis, where it is always the same.
    pub top: Option<u64>,
    /// From when until when something was so that the chart should tell, in microseconds, and what.
    pub spells: (&'static str, Vec<(u64, u64)>),
    /// What stands beside the lines, with its name.
    pub dots: (&'static str, Vec<Dot>),
}

/// The chart, as a figure with its legend.
pub fn chart(chart: &Chart) -> Html {
    let most = chart
        .lines
        .iter()
        .flat_map(|line| line.values.iter().flatten());
    let lines_most = most.copied().max().unwrap_or(0);
    let (dots_name, dots) = &chart.dots;
    // Single ones may be far out: the lines must stay readable.
    let dots_most = dots.iter().map(|dot| dot.value.min(lines_most * 2)).max();
    let most = chart.top.unwrap_or(lines_most.max(dots_most.unwrap_or(0)));
    let ticks = match chart.top {
        Some(top) => vec![0, top / 2, top],
        None => plot::ticks(most),
    };
    let top = ticks.last().copied().unwrap_or(1);
    let axes = (chart.bucket_us, chart.length_us);
    let share = |part: u64, of: u64| part as f64 * 100.0 / of.max(1) as f64;
    let rule = |tick: &u64| {
        let y = HEIGHT - HEIGHT * tick / top.max(1);
        html! { <path class="chart-rule" d={format!("M0 {y}H{WIDTH}")} /> }
    };
    let value = |tick: &u64| {
        let at = format!("inset-block-end: {:.1}%", share(*tick, top));
        html! { <span style={at}>{ (chart.say)(*tick) }</span> }
    };
    let scale = Scale::new(0, chart.length_us);
    let moments = scale.ticks().into_iter().filter(|us| scale.at(*us) <= 0.97);
    let moment = |us: u64| {
        let at = format!("inset-inline-start: {:.1}%", scale.at(us) * 100.0);
        html! { <span style={at}>{ format::duration(us) }</span> }
    };
    let place = |at_us: u64, value: u64| {
        let (x, y) = plot::place(at_us, value, (chart.length_us, top));
        format!(
            "inset-inline-start: {:.1}%; inset-block-start: {:.1}%",
            share(x, WIDTH),
            share(y, HEIGHT)
        )
    };
    let spell = |(from_us, until_us): &(u64, u64)| {
        let at = scale.bar(*from_us, *until_us);
        html! { <span class="chart-spell" style={at}></span> }
    };
    let dot = |dot: &Dot| {
        let style = place(dot.at_us, dot.value);
        html! { <span class={format!("chart-dot {}", dot.tone.class())} {style} title={dot.says.clone()} onclick={&dot.on_pick}></span> }
    };
    let line = |line: &Line| {
        let d = plot::path(&line.values, axes, top);
        html! { <path class={format!("chart-line {}", line.tone.class())} {d} /> }
    };
    let end = |line: &Line| {
        let (at, last) = line
            .values
            .iter()
            .enumerate()
            .rev()
            .find_map(|(at, v)| Some((at, (*v)?)))?;
        let style = place((at as u64 + 1) * chart.bucket_us, last);
        Some(
            html! { <span class={format!("mark {}", line.tone.class())} {style}>{ line.tone.mark() }</span> },
        )
    };
    let legend = |line: &Line| {
        let last = line.values.iter().rev().flatten().next();
        html! {
            <span class={format!("chart-key {}", line.tone.class())}>
                <svg viewBox="0 0 24 4" aria-hidden="true"><path class={format!("chart-line {}", line.tone.class())} d="M1 2H23" /></svg>
                { mark_of(line.tone) }
                { line.name }
                if let Some(last) = last { <span class="figure">{ (chart.say)(*last) }</span> }
            </span>
        }
    };
    let twin: Vec<String> = chart
        .lines
        .iter()
        .map(|line| plot::words(line.name, &line.values, chart.say))
        .collect();
    let mut twin = format!("{}: {}", chart.title, twin.join("; "));
    let (spells_name, spells) = &chart.spells;
    for (from_us, until_us) in spells {
        let (from, until) = (format::duration(*from_us), format::duration(*until_us));
        twin += &format!("; {spells_name} from {from} to {until}");
    }
    html! {
        <figure class="chart">
            <figcaption>if chart.is_titled { <strong>{ &chart.title }</strong> }{ for chart.lines.iter().map(legend) }
                if !dots.is_empty() { <span class="chart-key"><span class="chart-dot" aria-hidden="true"></span>{ dots_name }</span> }
                if !spells.is_empty() { <span class="chart-key"><span class="chart-spell" aria-hidden="true"></span>{ spells_name }</span> }
            </figcaption>
            <div class="chart-body">
                <div class="chart-values figure" aria-hidden="true">{ for ticks.iter().map(value) }</div>
                <div class="chart-plot">
                    <span aria-hidden="true">{ for spells.iter().map(spell) }</span>
                    <svg viewBox={format!("0 0 {WIDTH} {HEIGHT}")} preserveAspectRatio="none" role="img" aria-label={twin}>
                        { for ticks.iter().map(rule) }
                        { for chart.lines.iter().rev().map(line) }
                    </svg>
                    <span class="chart-ends" aria-hidden="true">
                        { for dots.iter().map(dot) }
                        { for chart.lines.iter().rev().filter_map(end) }
                    </span>
                </div>
                <div class="chart-moments figure" aria-hidden="true">{ for moments.map(moment) }</div>
            </div>
        </figure>
    }
}
