//! The same requests under other caching policies: a session's log is replayed as it was, and once more
//! for each policy, and only what the caches are told differs.

use super::session::Session;
use crate::protocol::{Command, Decision, Event, Exchange, PolicyMark, PolicyRun, Problem};

/// Most policies that are compared in one go.
const MOST: usize = 4;
/// Most requests that are shown one by one.
const MARKS: usize = 500;

impl Session {
    /// Replays `log` as it was, and once for each policy: a `Cache-Control` that the caches take in place
    /// of what a response says. Changes nothing here.
    ///
    /// # Errors
    /// There are too many policies, or one of them cannot be sent as a field: then the line of its place
    /// is its number, from 1.
    pub fn policies(
        &self,
        log: &[Command],
        policies: &[String],
    ) -> Result<Vec<PolicyRun>, Problem> {
        if policies.len() > MOST {
            let problem = Problem::new(format!("{} policies are too many.", policies.len()));
            return Err(problem.hint("Compare up to four at a time."));
        }
        let as_it_was = self.under(log, None)?;
        let mut runs = vec![as_it_was];
        for (number, policy) in (1..).zip(policies) {
            let run = self.under(log, Some(policy));
            runs.push(run.map_err(|problem| problem.at(number, 1))?);
        }
        Ok(runs)
    }

    fn under(&self, log: &[Command], policy: Option<&str>) -> Result<PolicyRun, Problem> {
        let mut session = self.anew(policy)?;
        let mut run = PolicyRun {
            policy: policy.unwrap_or_default().to_owned(),
            ..PolicyRun::default()
        };
        for event in session.replay(log) {
            match event {
                Event::Exchange { exchange } => add(&mut run, &exchange),
                Event::Behind { exchange } => run.origin += u64::from(reached(&exchange)),
                _ => {}
            }
        }
        Ok(run)
    }
}

fn reached(exchange: &Exchange) -> bool {
    exchange.spans.iter().any(|span| span.layer == "routes")
}

fn add(run: &mut PolicyRun, exchange: &Exchange) {
    let by = &exchange.answered_by;
    let span = exchange.spans.iter().find(|span| span.layer == *by);
    // A cache answers PURGE too, and that spares the origin nothing.
    let reads = ["GET", "HEAD"].contains(&exchange.request.method.as_str());
    let is_cache = reads && ["browser-cache", "cdn"].contains(&by.as_str());
    let stale = is_cache && span.is_some_and(|span| span.decision == Decision::Stale);
    run.requests += 1;
    run.cached += u64::from(is_cache && !reached(exchange));
    run.stale += u64::from(stale);
    run.origin += u64::from(reached(exchange));
    run.waited_us += exchange.end_us.saturating_sub(exchange.start_us);
    if run.marks.len() == MARKS {
        return;
    }
    run.marks.push(PolicyMark {
        at_us: exchange.start_us,
        took_us: exchange.end_us.saturating_sub(exchange.start_us),
        target: format!("{} {}", exchange.request.method, exchange.request.url),
        answered_by: by.clone(),
        label: span.map(|span| span.label.clone()).unwrap_or_default(),
        stale,
    });
}
