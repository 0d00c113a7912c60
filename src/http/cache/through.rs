//! A request's way through a cache, whatever lies behind: layers of a world, or a socket.

use std::cell::RefCell;
use std::future::Future;

use ::http::header::RANGE;
use ::http::{Method, StatusCode};

use super::decide::NOTHING_STORED;
use super::serve::answer;
use super::store::url;
use super::{Cache, Flights, Key, Lookup, Why};
use crate::http::trace::Decision;
use crate::http::{Request, Response};

/// What lies behind a cache, and its clock.
pub trait Upstream {
    /// Sends a request on.
    ///
    /// # Errors
    /// Nobody answered: what to say if nothing stored may stand in (502 or 504).
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, Response>>;

    /// Microseconds since 1970.
    fn now_us(&self) -> i64;

    /// What to say when nothing usable is stored and the request wants nothing else (504).
    fn unsatisfiable(&self) -> Response;
}

/// How a request went through a cache.
pub struct Outcome {
    /// What the client gets.
    pub response: Response,
    /// Whether it comes from the cache.
    pub own: bool,
    /// The kind of decision.
    pub decision: Decision,
    /// Why.
    pub why: Why,
    /// What to ask the origin behind the client's back, by [`revalidate`] (RFC 5861 §3).
    pub later: Option<(Key, Request)>,
}

impl Outcome {
    fn own(response: Response, decision: Decision, why: Why) -> Self {
        Self {
            response,
            own: true,
            decision,
            why,
            later: None,
        }
    }

    fn passed(response: Response, why: Why) -> Self {
        Self {
            own: false,
            ..Self::own(response, Decision::Forwarded, why)
        }
    }
}

/// Answers from the cache if it may, else sends on and keeps what it may. The cache is only ever
/// borrowed between two waits. With `flights`, requests for the same are collapsed.
pub async fn through(
    cache: &RefCell<Cache>,
    flights: Option<&Flights>,
    upstream: &impl Upstream,
    request: Request,
) -> Outcome {
    let mut lookup = cache.borrow_mut().lookup(&request, upstream.now_us());
    let goes_on = matches!(lookup, Lookup::Forward(..) | Lookup::Validate(..));
    let mut on_its_way = None;
    if let Some(flights) = flights
        && goes_on
        && request.method() == Method::GET
        && !request.headers().contains_key(RANGE)
    {
        let url = url(&request);
        match flights.join(&url) {
            Some(landing) => {
                landing.await;
                let again = cache.borrow_mut().look_again(&request, upstream.now_us());
                if let Lookup::Fresh(response, why) = again {
                    return Outcome::own(response, Decision::Fresh, collapsed(why));
                }
                // It was not for all: from here on it asks by itself, so that nobody waits twice.
                lookup = again;
            }
            None => on_its_way = Some(flights.take_off(url)),
        }
    }
    let outcome = go(cache, upstream, request, lookup).await;
    drop(on_its_way);
    outcome
}

fn collapsed(why: Why) -> Why {
    let reason = format!(
        "Another request was fetching it already, so this one waited for that answer. {}",
        &*why.reason
    );
    Why {
        label: "collapsed",
        reason: reason.into(),
        standard: "RFC 9111 §4",
        ..why
    }
}

async fn go(
    cache: &RefCell<Cache>,
    upstream: &impl Upstream,
    request: Request,
    lookup: Lookup,
) -> Outcome {
    match lookup {
        Lookup::Fresh(response, why) => Outcome::own(response, Decision::Fresh, why),
        Lookup::Stale(response, why) => Outcome::own(response, Decision::Stale, why),
        Lookup::StaleMeanwhile(response, key, asking, why) => Outcome {
            later: Some((key, *asking)),
            ..Outcome::own(response, Decision::Stale, why)
        },
        Lookup::Unsatisfiable(why) => {
            Outcome::own(upstream.unsatisfiable(), Decision::Refused, why)
        }
        Lookup::Forward(stored, why) => forward(cache, upstream, request, (stored, why)).await,
        Lookup::Complete(key, asking, why) => {
            complete(cache, upstream, request, (key, *asking, why)).await
        }
        Lookup::Validate(key, asking, why) => {
            validate(cache, upstream, request, (key, *asking, why)).await
        }
    }
}

/// Asks the origin about a response that was answered stale, and keeps what it says.
pub async fn revalidate(
    cache: &RefCell<Cache>,
    upstream: &impl Upstream,
    (key, asking): (Key, Request),
) {
    let (sent, (sent_us, now_us)) = ask(upstream, &asking).await;
    let mut cache = cache.borrow_mut();
    match sent {
        Ok(response) if response.status() == StatusCode::NOT_MODIFIED => {
            cache.freshen(&key, &asking, &response, sent_us, now_us);
        }
        Ok(response) if !response.status().is_server_error() => {
            cache.take_in(&asking, &response, sent_us, now_us);
        }
        _ => {}
    }
    cache.checked(&key);
}

/// Sends a request on: what came, and when it was sent and answered, in microseconds since 1970.
async fn ask(
    upstream: &impl Upstream,
    request: &Request,
) -> (Result<Response, Response>, (i64, i64)) {
    let sent_us = upstream.now_us();
    let sent = upstream.send(request.clone()).await;
    (sent, (sent_us, upstream.now_us()))
}

async fn forward(
    cache: &RefCell<Cache>,
    upstream: &impl Upstream,
    request: Request,
    (stored, why): (Option<Key>, Why),
) -> Outcome {
    let (sent, (sent_us, now_us)) = ask(upstream, &request).await;
    let mut cache = cache.borrow_mut();
    let response = match or_stale(&mut cache, stored.as_ref(), &request, (sent, &why), now_us) {
        Ok(response) => response,
        Err(outcome) => return *outcome,
    };
    let done = cache.take_in(&request, &response, sent_us, now_us);
    let mut why = and_then(why, done);
    if why.label == "validate" {
        // Stale, with nothing to ask by: the whole came anew.
        why.label = "miss";
    }
    Outcome::passed(response, why)
}

async fn validate(
    stored_in: &RefCell<Cache>,
    upstream: &impl Upstream,
    request: Request,
    (key, asking, why): (Key, Request, Why),
) -> Outcome {
    let (sent, (sent_us, now_us)) = ask(upstream, &asking).await;
    let answered = or_stale(
        &mut stored_in.borrow_mut(),
        Some(&key),
        &request,
        (sent, &why),
        now_us,
    );
    let response = match answered {
        Ok(response) => response,
        Err(outcome) => return *outcome,
    };
    if response.status() != StatusCode::NOT_MODIFIED {
        let done = stored_in
            .borrow_mut()
            .take_in(&asking, &response, sent_us, now_us);
        let mut why = and_then(why, done);
        why.label = "changed";
        return Outcome::passed(answer(&request, response), why);
    }
    let confirmed = stored_in
        .borrow_mut()
        .freshen(&key, &request, &response, sent_us, now_us);
    let Some(stored) = confirmed else {
        // Replaced while the answer was on its way, or about another version: ask for the whole.
        return forward(stored_in, upstream, request, (None, why)).await;
    };
    let reason = format!(
        "{} The origin said it has not changed (304), so the stored body is used again.",
        why.reason
    );
    let why = Why {
        label: "revalidated",
        reason: reason.into(),
        standard: "RFC 9111 §4.3.3",
        ..why
    };
    Outcome::own(stored, Decision::Fresh, why)
}

async fn complete(
    stored_in: &RefCell<Cache>,
    upstream: &impl Upstream,
    request: Request,
    (key, asking, why): (Key, Request, Why),
) -> Outcome {
    let (sent, (sent_us, now_us)) = ask(upstream, &asking).await;
    let response = match sent {
        Ok(response) => response,
        Err(failed) => return Outcome::passed(failed, why),
    };
    let is_rest = [
        StatusCode::PARTIAL_CONTENT,
        StatusCode::RANGE_NOT_SATISFIABLE,
    ];
    if !is_rest.contains(&response.status()) {
        let done = stored_in
            .borrow_mut()
            .take_in(&asking, &response, sent_us, now_us);
        return Outcome::passed(answer(&request, response), and_then(why, done));
    }
    let whole = stored_in
        .borrow_mut()
        .complete(&key, &request, &response, sent_us, now_us);
    let Some(whole) = whole else {
        // The parts are not known to be of one version: ask for the whole.
        return forward(stored_in, upstream, request, (None, why)).await;
    };
    let reason = format!("{} The rest came and was put behind it.", why.reason);
    let why = Why {
        label: "completed",
        reason: reason.into(),
        standard: "RFC 9111 §3.4",
        ..why
    };
    Outcome::own(whole, Decision::Fresh, why)
}

/// What was answered; else what is stored in place of a failure, or the failure.
fn or_stale(
    cache: &mut Cache,
    stored: Option<&Key>,
    request: &Request,
    (sent, why): (Result<Response, Response>, &Why),
    now_us: i64,
) -> Result<Response, Box<Outcome>> {
    let stale = stored.and_then(|key| match &sent {
        Ok(response) => cache.instead_of_error(key, request, response, now_us),
        Err(_) => cache.instead_of_silence(key, request, now_us),
    });
    if let Some((stored, why)) = stale {
        return Err(Box::new(Outcome::own(stored, Decision::Stale, why)));
    }
    sent.map_err(|failed| Box::new(Outcome::passed(failed, why.clone())))
}

/// One decision of two: why a request went on, and what was done with the answer. The section is that of
/// the rule that decided.
fn and_then(why: Why, done: Why) -> Why {
    let decided = match done.label {
        "stored" => why.standard,
        // That an answer is not kept is not why its request went on, if there was another reason.
        "not stored" if why.standard != NOTHING_STORED => why.standard,
        _ => done.standard,
    };
    let mut facts = why.facts;
    facts.extend(done.facts);
    Why {
        reason: format!("{} {}", why.reason, done.reason).into(),
        standard: decided,
        label: why.label,
        facts,
    }
}
