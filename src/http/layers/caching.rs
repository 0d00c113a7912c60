//! A request's way through a cache: what both cache layers do.

use std::cell::RefCell;

use ::http::StatusCode;

use crate::http::cache::{Cache, Upstream, through as through_cache};
use crate::http::reply::problem;
use crate::http::stack::{Answer, Cx, Next, Verdict};
use crate::http::{Request, Response};

/// Answers from the cache if it may, else sends on and keeps what it may.
pub async fn through(cache: &RefCell<Cache>, cx: &Cx, request: Request, next: Next<'_>) -> Answer {
    let outcome = through_cache(cache, &Behind { cx, next }, request).await;
    let why = outcome.why;
    let verdict = Verdict::new(outcome.decision, why.label, why.reason, why.standard);
    let verdict = verdict.facts(why.facts);
    match outcome.own {
        true => Answer::own(outcome.response, verdict),
        false => Answer::passed(outcome.response, verdict),
    }
}

/// The layers behind a cache.
struct Behind<'a> {
    cx: &'a Cx,
    next: Next<'a>,
}

impl Upstream for Behind<'_> {
    async fn send(&self, request: Request) -> Result<Response, Response> {
        Ok(self.next.run(self.cx, request).await)
    }

    fn now_us(&self) -> i64 {
        self.cx.clock.unix_us(self.cx.now_us())
    }

    fn unsatisfiable(&self) -> Response {
        let detail = "Nothing usable is stored, and the request wants nothing else.";
        problem(self.cx, StatusCode::GATEWAY_TIMEOUT, detail, &[])
    }
}
