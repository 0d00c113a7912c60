//! A request's way through a cache: what both cache layers do.

use std::cell::RefCell;

use ::http::StatusCode;

use crate::http::Request;
use crate::http::cache::decide::answer;
use crate::http::cache::{Cache, Key, Lookup, Why};
use crate::http::reply::problem;
use crate::http::stack::{Answer, Cx, Next, Verdict};
use crate::http::trace::Decision;

/// Answers from the cache if it may, else sends on and keeps what it may. The cache is only ever
/// borrowed between two waits.
pub async fn through(cache: &RefCell<Cache>, cx: &Cx, request: Request, next: Next<'_>) -> Answer {
    let lookup = cache.borrow_mut().lookup(&request, now_us(cx));
    match lookup {
        Lookup::Fresh(response, why) => Answer::own(response, verdict(Decision::Fresh, why)),
        Lookup::Stale(response, why) => Answer::own(response, verdict(Decision::Stale, why)),
        Lookup::Unsatisfiable(why) => {
            let detail = "Nothing usable is stored, and the request wants nothing else.";
            let response = problem(cx, StatusCode::GATEWAY_TIMEOUT, detail, &[]);
            Answer::own(response, verdict(Decision::Refused, why))
        }
        Lookup::Forward(stored, why) => forward(cache, cx, request, next, (stored, why)).await,
        Lookup::Validate(key, asking, why) => {
            validate(cache, cx, request, next, (key, *asking, why)).await
        }
    }
}

async fn forward(
    cache: &RefCell<Cache>,
    cx: &Cx,
    request: Request,
    next: Next<'_>,
    (stored, why): (Option<Key>, Why),
) -> Answer {
    let sent_us = now_us(cx);
    let response = next.run(cx, request.clone()).await;
    let now_us = now_us(cx);
    let mut cache = cache.borrow_mut();
    if let Some(key) = stored
        && let Some((stored, why)) = cache.instead_of_error(&key, &request, &response, now_us)
    {
        return Answer::own(stored, verdict(Decision::Stale, why));
    }
    let done = cache.take_in(&request, &response, sent_us, now_us);
    let mut why = and_then(why, done);
    if why.label == "validate" {
        // Stale, with nothing to ask by: the whole came anew.
        why.label = "miss";
    }
    Answer::passed(response, verdict(Decision::Forwarded, why))
}

async fn validate(
    stored_in: &RefCell<Cache>,
    cx: &Cx,
    request: Request,
    next: Next<'_>,
    (key, asking, why): (Key, Request, Why),
) -> Answer {
    let sent_us = now_us(cx);
    let response = next.run(cx, asking.clone()).await;
    let now_us = now_us(cx);
    if response.status() == StatusCode::NOT_MODIFIED {
        let confirmed = stored_in
            .borrow_mut()
            .freshen(&key, &request, &response, sent_us, now_us);
        let Some(stored) = confirmed else {
            // Replaced while the answer was on its way: ask for the whole.
            return forward(stored_in, cx, request, next, (None, why)).await;
        };
        let reason = format!(
            "{} The origin said it has not changed (304), so the stored body is used again.",
            why.reason
        );
        let why = Why {
            label: "revalidated",
            reason,
            standard: "RFC 9111 §4.3.3",
            ..why
        };
        return Answer::own(stored, verdict(Decision::Fresh, why));
    }
    let mut cache = stored_in.borrow_mut();
    if let Some((stored, why)) = cache.instead_of_error(&key, &request, &response, now_us) {
        return Answer::own(stored, verdict(Decision::Stale, why));
    }
    let done = cache.take_in(&asking, &response, sent_us, now_us);
    let mut why = and_then(why, done);
    why.label = "changed";
    Answer::passed(
        answer(&request, response),
        verdict(Decision::Forwarded, why),
    )
}

fn and_then(why: Why, done: Why) -> Why {
    let mut facts = why.facts;
    facts.extend(done.facts);
    Why {
        reason: format!("{} {}", why.reason, done.reason),
        standard: if done.label == "stored" {
            why.standard
        } else {
            done.standard
        },
        label: why.label,
        facts,
    }
}

fn verdict(decision: Decision, why: Why) -> Verdict {
    Verdict::new(decision, why.label, why.reason, why.standard).facts(why.facts)
}

fn now_us(cx: &Cx) -> i64 {
    cx.clock.unix_us(cx.now_us())
}
