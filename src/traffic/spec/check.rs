//! What only shows when all parts are known: circles, parts that nobody reaches, calls that multiply.

use super::{Arrivals, ClientSpec, FaultKind, FaultSpec, Kind, PartSpec};
use crate::problem::Problem;
use crate::toml_read::Reader;

/// Most parts one behind the other.
const MAX_DEPTH: usize = 40;
/// Most users of all closed loops.
const MAX_USERS: u64 = 100_000;
/// Most calls that one request can become.
const MAX_CALLS: f64 = 1000.0;

/// Whom a part calls, in whatever way.
fn behind(part: &PartSpec) -> Vec<usize> {
    let mut all: Vec<usize> = part.to.iter().map(|edge| edge.part).collect();
    all.extend(part.to.iter().filter_map(|edge| edge.undo));
    match &part.kind {
        Kind::Queue(queue) => all.extend(queue.dead_letters),
        Kind::Outbox(outbox) => all.push(outbox.store),
        Kind::Log(log) => all.extend(log.groups.iter().map(|group| group.to)),
        _ => {}
    }
    all
}

/// Checks the whole.
pub fn check(
    reader: &Reader<'_>,
    clients: &[ClientSpec],
    parts: &[PartSpec],
    faults: &[FaultSpec],
) {
    let fault = |part: &PartSpec, message: String, hint: &str| {
        reader.fault(part.at.clone(), Problem::new(message).hint(hint));
    };
    for wrong in faults {
        if let (FaultKind::Consumer(_), Some(part)) = (wrong.kind, parts.get(wrong.part))
            && !matches!(part.kind, Kind::Log(_))
        {
            let message = format!("`{}` has no consumers that could crash", part.name);
            fault(
                part,
                message,
                "Only those of a log can: leave `consumer` out of the fault.",
            );
        }
    }
    let mut users = 0;
    for client in clients {
        if let Arrivals::Closed(count, _) = client.arrivals {
            users += count;
        }
        if users > MAX_USERS {
            let problem = Problem::new(format!("more than {MAX_USERS} users in all"));
            let hint = "An open loop, with `rate_per_s`, needs none.";
            reader.fault(client.at.clone(), problem.hint(hint));
            break;
        }
    }
    let mut reached = vec![false; parts.len()];
    let mut stack: Vec<usize> = clients.iter().map(|client| client.to).collect();
    while let Some(at) = stack.pop() {
        if let Some(part) = parts.get(at)
            && !std::mem::replace(&mut reached[at], true)
        {
            stack.extend(behind(part));
        }
    }
    let mut told: Option<&std::ops::Range<usize>> = None;
    for (part, reached) in parts.iter().zip(&reached) {
        if !reached && !clients.is_empty() && told != Some(&part.at) {
            told = Some(&part.at);
            let message = format!("no request ever comes to `{}`", part.name);
            fault(
                part,
                message,
                "Name it in the `to` of a client or a part, or leave it out.",
            );
        }
    }
    let mut walk = Walk {
        parts,
        state: vec![State::New; parts.len()],
        circle: None,
    };
    for at in 0..parts.len() {
        walk.visit(at);
    }
    if let Some(at) = walk.circle {
        let message = format!(
            "a request that passes `{}` comes back to it",
            parts[at].name
        );
        let hint = "Take one of the calls out, or put a queue between them.";
        fault(&parts[at], message, hint);
        return;
    }
    let known = |at: usize| match walk.state.get(at) {
        Some(State::Done { depth, calls }) => (*depth, *calls),
        _ => (0, 0.0),
    };
    // Whoever sets a request off: a client, or a queue, a log or an outbox by giving out a message.
    let mut sources: Vec<(&str, &std::ops::Range<usize>, usize, f64)> = Vec::new();
    for client in clients {
        let hedged = if client.hedge_us.is_some() { 2.0 } else { 1.0 };
        let attempts = hedged * f64::from(client.retry.attempts);
        sources.push((&client.name, &client.at, client.to, attempts));
    }
    let gives_out =
        |part: &&PartSpec| part.kind.is_asynchronous() || matches!(part.kind, Kind::Outbox(_));
    for part in parts.iter().filter(gives_out) {
        for to in behind(part) {
            sources.push((&part.name, &part.at, to, 1.0));
        }
    }
    for (name, at, to, attempts) in sources {
        let (depth, calls) = known(to);
        if depth > MAX_DEPTH {
            let problem = Problem::new(format!(
                "a request of `{name}` passes {depth} parts one behind the other, more than {MAX_DEPTH}"
            ));
            reader.fault(at.clone(), problem);
        }
        if calls * attempts > MAX_CALLS {
            let problem = Problem::new(format!(
                "one request of `{name}` can become more than {MAX_CALLS} calls, retries counted"
            ));
            let hint = "Calls of calls multiply, and so do retries of retries: take some out.";
            reader.fault(at.clone(), problem.hint(hint));
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done { depth: usize, calls: f64 },
}

struct Walk<'p> {
    parts: &'p [PartSpec],
    state: Vec<State>,
    circle: Option<usize>,
}

impl Walk<'_> {
    /// How deep a request goes from this part, and how many calls it can become.
    fn visit(&mut self, at: usize) -> (usize, f64) {
        match self.state.get(at).copied() {
            Some(State::Done { depth, calls }) => return (depth, calls),
            Some(State::New) => {}
            Some(State::Open) => {
                self.circle.get_or_insert(at);
                return (0, 0.0);
            }
            None => return (0, 0.0),
        }
        self.state[at] = State::Open;
        let part = &self.parts[at];
        let (mut depth, mut calls) = (0, 1.0_f64);
        // Whoever calls a queue does not wait for what is behind it; that is walked by itself.
        if let Kind::Outbox(outbox) = &part.kind {
            let (deeper, more) = self.visit(outbox.store);
            (depth, calls) = (deeper, calls + more);
        } else if !part.kind.is_asynchronous() {
            let (mut sum, mut most) = (0.0_f64, 0.0_f64);
            for edge in part.to.clone() {
                let (deeper, more) = self.visit(edge.part);
                let (deeper_back, more_back) = match edge.undo {
                    Some(undo) => self.visit(undo),
                    None => (0, 0.0),
                };
                depth = depth.max(deeper).max(deeper_back);
                sum += (more + more_back) * edge.times as f64;
                most = most.max(more);
            }
            calls += match &part.kind {
                Kind::Balancer(_) | Kind::Gateway(_) => most,
                Kind::Retry(retry) => most * f64::from(retry.attempts),
                _ => sum,
            };
        }
        let done = (depth + 1, calls);
        self.state[at] = State::Done {
            depth: done.0,
            calls: done.1,
        };
        done
    }
}
