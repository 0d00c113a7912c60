//! A request's way through a cache: what both cache layers do.

use std::cell::RefCell;
use std::rc::Rc;

use ::http::StatusCode;
use ::http::header::CACHE_CONTROL;

use crate::http::cache::{Cache, Flights, Upstream, revalidate, status, through as through_cache};
use crate::http::reply::problem;
use crate::http::stack::{Answer, Behind, Cx, Next, Verdict};
use crate::http::{Request, Response};

/// Answers from the cache if it may, else sends on and keeps what it may. Where it answers stale and
/// asks the origin meanwhile (RFC 5861 §3), that goes on after the client has its answer. With a name, the
/// cache tells what it did (RFC 9211).
pub async fn through(
    cache: &Rc<RefCell<Cache>>,
    (flights, tells): (Option<&Flights>, Option<&str>),
    cx: &Cx,
    request: Request,
    next: Next<'_>,
) -> Answer {
    let mut outcome = through_cache(cache, flights, &Meanwhile { cx, next }, request).await;
    if let Some(name) = tells {
        let headers = outcome.response.headers_mut();
        status::tell(headers, name, outcome.own, &outcome.why);
    }
    if let Some(later) = outcome.later {
        let (cache, behind) = (Rc::clone(cache), next.behind(cx));
        cx.shared
            .runtime
            .spawn(async move { revalidate(&cache, &behind, later).await });
    }
    let why = outcome.why;
    let verdict = Verdict::new(outcome.decision, why.label, why.reason, why.standard);
    let verdict = verdict.facts(why.facts);
    match outcome.own {
        true => Answer::own(outcome.response, verdict),
        false => Answer::passed(outcome.response, verdict),
    }
}

/// The layers behind a cache, while the client waits.
struct Meanwhile<'a> {
    cx: &'a Cx,
    next: Next<'a>,
}

impl Upstream for Meanwhile<'_> {
    async fn send(&self, request: Request) -> Result<Response, Response> {
        Ok(told(self.cx, self.next.run(self.cx, request).await))
    }

    fn now_us(&self) -> i64 {
        now_us(self.cx)
    }

    fn unsatisfiable(&self) -> Response {
        unsatisfiable(self.cx)
    }
}

impl Upstream for Behind {
    async fn send(&self, request: Request) -> Result<Response, Response> {
        Ok(told(self.cx(), self.run(request).await))
    }

    fn now_us(&self) -> i64 {
        now_us(self.cx())
    }

    fn unsatisfiable(&self) -> Response {
        unsatisfiable(self.cx())
    }
}

/// A response as the cache is to see it: where policies are compared, with the policy's `Cache-Control`.
fn told(cx: &Cx, mut response: Response) -> Response {
    if let Some(policy) = &cx.shared.policy
        && [StatusCode::OK, StatusCode::NOT_MODIFIED].contains(&response.status())
    {
        response.headers_mut().insert(CACHE_CONTROL, policy.clone());
    }
    response
}

fn now_us(cx: &Cx) -> i64 {
    cx.clock.unix_us(cx.now_us())
}

fn unsatisfiable(cx: &Cx) -> Response {
    let detail = "Nothing usable is stored, and the request wants nothing else.";
    problem(cx, StatusCode::GATEWAY_TIMEOUT, detail, &[])
}
