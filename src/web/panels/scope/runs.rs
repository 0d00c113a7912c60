//! The last load runs, side by side on one time axis.

use std::rc::Rc;

use crate::protocol::{LoadFigures, LoadMark};

/// Runs that are kept for comparison.
pub const KEPT: usize = 3;

/// Adds a run unless it is the one seen last, and forgets the oldest.
pub fn keep(runs: &mut Vec<Rc<LoadFigures>>, latest: &Rc<LoadFigures>) {
    if runs.last() != Some(latest) {
        runs.push(latest.clone());
        if runs.len() > KEPT {
            runs.remove(0);
        }
    }
}

/// When a run's first request started, in microseconds since the lab's beginning.
pub fn start_us(run: &LoadFigures) -> u64 {
    run.marks
        .iter()
        .map(|mark| mark.start_us)
        .min()
        .unwrap_or(0)
}

/// How long a run took, in microseconds.
pub fn length_us(run: &LoadFigures) -> u64 {
    let end = run.marks.iter().map(|mark| mark.end_us).max().unwrap_or(0);
    run.duration_us.max(end.saturating_sub(start_us(run)))
}

/// Whether an answer was no, not now: 429 or 503.
pub fn is_refusal(mark: &LoadMark) -> bool {
    matches!(mark.status, 429 | 503)
}

/// Calls of a run, at least one.
pub fn calls(run: &LoadFigures) -> u32 {
    run.marks
        .iter()
        .map(|mark| mark.call + 1)
        .max()
        .unwrap_or(1)
}

/// What a run came to, in a sentence: the chart's text twin.
pub fn summary(run: &LoadFigures) -> String {
    let retries = match run.retries {
        0 => "no retries".to_owned(),
        1 => "1 retry".to_owned(),
        n => format!("{n} retries"),
    };
    format!(
        "{} sent, {retries}: {} ok, {} refused for good, {} refusals on the way, in {}",
        run.sent,
        run.ok,
        run.refused,
        run.refusals,
        crate::web::widgets::format::duration(length_us(run)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(sent: u64) -> Rc<LoadFigures> {
        Rc::new(LoadFigures {
            sent,
            ..LoadFigures::default()
        })
    }

    #[test]
    fn the_last_three_runs_are_kept_each_once() {
        let mut runs = Vec::new();
        for sent in [1, 2, 2, 3, 4] {
            keep(&mut runs, &run(sent));
        }
        let sent: Vec<u64> = runs.iter().map(|run| run.sent).collect();
        assert_eq!(sent, [2, 3, 4]);
    }

    #[test]
    fn a_run_is_told_in_a_sentence() {
        let figures = LoadFigures {
            sent: 29,
            retries: 9,
            ok: 20,
            refusals: 9,
            duration_us: 9_300_000,
            ..LoadFigures::default()
        };
        assert_eq!(
            summary(&figures),
            "29 sent, 9 retries: 20 ok, 0 refused for good, 9 refusals on the way, in 9.3 s"
        );
    }
}
