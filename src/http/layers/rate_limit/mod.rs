//! A rate limiter: asks every policy, and sends on, holds back, or refuses.

mod fields;

use std::any::Any;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use ::http::StatusCode;
use ::http::header::RETRY_AFTER;
use futures_util::future::{FutureExt, LocalBoxFuture};
use serde_json::json;

use crate::http::Request;
use crate::http::api::router::Router;
use crate::http::api::spec::{LimitKey, LimitSpec, RateLimitSpec};
use crate::http::reply::{Details, problem_of_type, set};
use crate::http::stack::{Answer, Cx, Layer, Next, Shared, Verdict};
use crate::http::trace::Decision as Kind;
use crate::http::view::{LayerState, LimitMark, PolicyView};
use crate::limiter::{Algorithm, Ask, Decision, Limiter, Rate, decide_all, number, span};

/// Decisions of a policy that are kept for the scope.
const MARKS: usize = 200;

/// The limiter.
pub struct RateLimit {
    spec: Rc<RateLimitSpec>,
    router: Rc<Router>,
    state: RefCell<State>,
}

/// One a policy.
#[derive(Clone)]
struct State {
    limiters: Vec<Limiter>,
    marks: Vec<VecDeque<LimitMark>>,
}

/// A request, as one policy sees it, and what it says.
struct Seen {
    key: String,
    cost: u64,
    critical: bool,
    decision: Decision,
    /// What the key holds afterwards.
    level: f64,
    why: String,
}

impl RateLimit {
    /// A limiter; goes on with the counts of `previous` if its settings are the same.
    pub fn new(spec: &RateLimitSpec, router: Rc<Router>, previous: Option<&Self>) -> Self {
        let policies = || spec.policies.iter();
        let same = previous.filter(|previous| *previous.spec == *spec);
        let state = match same {
            Some(previous) => previous.idle(),
            None => State {
                limiters: policies()
                    .map(|one| Limiter::new(one.policy.clone()))
                    .collect(),
                marks: policies().map(|_| VecDeque::new()).collect(),
            },
        };
        Self {
            spec: Rc::new(spec.clone()),
            router,
            state: RefCell::new(state),
        }
    }

    /// What has been counted so far, for a copy in which no request is on its way.
    fn idle(&self) -> State {
        let mut state = self.state.borrow().clone();
        state.limiters.iter_mut().for_each(Limiter::release_all);
        state
    }

    /// Whose limit a request falls under.
    fn key(cx: &Cx, request: &Request, route: Option<&str>, key: LimitKey) -> String {
        match (key, &*cx.identity.borrow()) {
            (LimitKey::User, Some(user)) => match (&user.name, &user.id) {
                (Some(name), id) => format!("user {} ({name})", plain(id)),
                (None, id) => format!("user {}", plain(id)),
            },
            (LimitKey::Client | LimitKey::User, _) => cx.client.clone(),
            (LimitKey::All, _) => "all".to_owned(),
            (LimitKey::ApiKey, _) => match request.headers().get("x-api-key") {
                Some(key) => crate::http::parse::text_of(key),
                None => "no key".to_owned(),
            },
            (LimitKey::Route, _) => {
                format!("{} {}", request.method(), route.unwrap_or("no route"))
            }
        }
    }

    /// Puts a request to every policy; it is counted if all let it in.
    fn decide(&self, cx: &Cx, request: &Request) -> Vec<Seen> {
        let found = self.router.find(request.uri().path());
        let route = found.as_ref().map(|found| found.template);
        let (method, now_us) = (request.method().as_str(), cx.now_us());
        let seen = |spec: &LimitSpec| {
            let cost = spec.costs.iter().find(|(p, _)| p.fits(method, route));
            let key = Self::key(cx, request, route, spec.key);
            let critical = spec.critical.iter().any(|p| p.fits(method, route));
            (key, cost.map_or(1, |(_, cost)| *cost), critical)
        };
        let seen: Vec<(String, u64, bool)> = self.spec.policies.iter().map(seen).collect();
        let asks: Vec<Ask<'_>> = seen
            .iter()
            .map(|(key, cost, critical)| Ask {
                key,
                cost: *cost,
                critical: *critical,
                now_us,
            })
            .collect();
        let state = &mut *self.state.borrow_mut();
        let decisions = decide_all(&mut state.limiters, &asks);
        let goes_on = decisions.iter().all(Decision::admits);
        let mut all = Vec::new();
        for (at, ((decision, ask), limiter)) in
            (decisions.into_iter().zip(&asks).zip(&state.limiters)).enumerate()
        {
            let why = limiter.why(ask, &decision);
            // A policy that had let in what another refused knows nothing of it.
            if let Some(marks) = state.marks.get_mut(at)
                && decision.admits() == goes_on
            {
                if marks.len() == MARKS {
                    marks.pop_front();
                }
                marks.push_back(LimitMark {
                    at_us: now_us,
                    key: ask.key.to_owned(),
                    allowed: goes_on,
                    delay_us: decision.delay_us(),
                });
            }
            all.push(Seen {
                key: ask.key.to_owned(),
                cost: ask.cost,
                critical: ask.critical,
                decision,
                level: limiter.level(ask.key, now_us),
                why,
            });
        }
        all
    }

    /// Gives back what a request had taken while it was on its way.
    fn release(&self, seen: &[Seen]) {
        let mut state = self.state.borrow_mut();
        for (limiter, seen) in state.limiters.iter_mut().zip(seen) {
            limiter.release(&seen.key, seen.cost);
        }
    }

    fn refuse(&self, cx: &Cx, all: &[Seen]) -> Answer {
        let violated: Vec<(&LimitSpec, &Seen)> = self
            .with_specs(all)
            .filter(|(_, seen)| !seen.decision.admits())
            .collect();
        let names: Vec<&str> = violated.iter().map(|(s, _)| &*s.policy.name).collect();
        let sheds =
            |spec: &LimitSpec| matches!(spec.policy.algorithm, Algorithm::LoadShedding { .. });
        // Of a quota and a busy server, the quota is what the client can do something about.
        let first = violated.iter().find(|(spec, _)| !sheds(spec));
        let first = first.or(violated.first());
        let status = match first.map_or(429, |(spec, _)| spec.status) {
            503 => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::TOO_MANY_REQUESTS,
        };
        let wait = violated
            .iter()
            .filter_map(|(spec, seen)| {
                let known = seen.decision.retry_after_us.map(fields::seconds);
                known.or(spec.retry_after_s)
            })
            .max();
        let shed = first.is_some_and(|(spec, _)| sheds(spec));
        let detail = match (wait, shed) {
            (Some(wait), false) => format!("Too many requests. Try again in {wait} s."),
            (None, false) => {
                "Too many requests at the same time. Try again when one has ended.".to_owned()
            }
            (_, true) => {
                "The server is busy, and does what matters most first. Try again later.".to_owned()
            }
        };
        let (name, title) = if shed {
            (
                "temporary-reduced-capacity",
                "Request cannot be satisfied due to temporary server capacity constraints",
            )
        } else {
            (
                "quota-exceeded",
                "Request cannot be satisfied as assigned quota has been exceeded",
            )
        };
        let of_type = format!("https://iana.org/assignments/http-problem-types#{name}");
        let details = Details {
            title,
            detail: &detail,
            more: &[("violated-policies", json!(names))],
        };
        let mut response = problem_of_type(cx, &of_type, status, details);
        if let Some(wait) = wait {
            set(&mut response, RETRY_AFTER, &wait.to_string());
        }
        fields::mark(&mut response, self.with_specs(all));
        let reasons: Vec<String> = violated
            .iter()
            .map(|(s, seen)| self.reason(s, seen))
            .collect();
        let label = if shed { "shed" } else { "limited" };
        let standard = match status {
            StatusCode::SERVICE_UNAVAILABLE => "RFC 9110 §15.6.4",
            _ => "RFC 6585 §4",
        };
        let mut verdict = Verdict::new(Kind::Refused, label, reasons.join(" "), standard);
        if let Some(wait) = wait {
            verdict = verdict.fact("Retry-After", format!("{wait} s"));
        }
        Answer::own(response, self.facts(verdict, all))
    }

    fn with_specs<'a>(
        &'a self,
        all: &'a [Seen],
    ) -> impl Iterator<Item = (&'a LimitSpec, &'a Seen)> + Clone {
        self.spec.policies.iter().zip(all)
    }

    /// Why a policy decided so; with its name where there are several.
    fn reason(&self, spec: &LimitSpec, seen: &Seen) -> String {
        match self.spec.policies.len() {
            0 | 1 => seen.why.clone(),
            _ => format!("{}: {}", spec.policy.name, seen.why),
        }
    }

    /// What each policy looked at.
    fn facts(&self, mut verdict: Verdict, all: &[Seen]) -> Verdict {
        let several = all.len() > 1;
        for (spec, seen) in self.with_specs(all) {
            let name = |name: &str| match several {
                true => format!("{} {name}", spec.policy.name),
                false => name.to_owned(),
            };
            verdict = match spec.policy.algorithm {
                Algorithm::TokenBucket { capacity, rate } => verdict
                    .fact(name("bucket"), &seen.key)
                    .fact(name("tokens left"), format!("{:.2}", seen.level))
                    .fact(name("capacity"), format!("{capacity} tokens"))
                    .fact(
                        name("refill"),
                        format!("{} tokens a second", number(rate.as_milli_per_s())),
                    ),
                algorithm => verdict
                    .fact(name("algorithm"), algorithm.name())
                    .fact(name("limit"), spec.says())
                    .fact(name("key"), &seen.key)
                    .fact(name("left"), seen.decision.remaining.to_string()),
            };
            if seen.cost != 1 {
                verdict = verdict.fact(name("cost"), seen.cost.to_string());
            }
            if seen.critical {
                verdict = verdict.fact(name("critical"), "yes");
            }
        }
        verdict
    }
}

/// A JSON value as people write it.
fn plain(id: &serde_json::Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

impl Layer for RateLimit {
    fn name(&self) -> &'static str {
        "rate-limit"
    }

    fn title(&self) -> &'static str {
        "Rate limiter"
    }

    fn call<'a>(
        &'a self,
        cx: &'a Cx,
        request: Request,
        next: Next<'a>,
    ) -> LocalBoxFuture<'a, Answer> {
        async move {
            let all = self.decide(cx, &request);
            if !all.iter().all(|seen| seen.decision.admits()) {
                return self.refuse(cx, &all);
            }
            let delay_us = all.iter().map(|seen| seen.decision.delay_us()).max();
            let delay_us = delay_us.unwrap_or(0);
            if delay_us > 0 {
                cx.shared.runtime.sleep(delay_us).await;
            }
            let mut response = next.run(cx, request).await;
            self.release(&all);
            fields::mark(&mut response, self.with_specs(&all));
            let reasons = self.with_specs(&all).map(|(s, seen)| self.reason(s, seen));
            let reason = reasons.collect::<Vec<_>>().join(" ");
            let standard = "draft-ietf-httpapi-ratelimit-headers";
            let (kind, label) = match delay_us {
                0 => (Kind::Forwarded, "allowed"),
                _ => (Kind::Waited, "delayed"),
            };
            let mut verdict = Verdict::new(kind, label, reason, standard);
            if delay_us > 0 {
                verdict = verdict.fact("held back for", span(delay_us));
            }
            Answer::passed(response, self.facts(verdict, &all))
        }
        .boxed_local()
    }

    fn view(&self, shared: &Shared) -> LayerState {
        let now_us = shared.runtime.now_us();
        let state = self.state.borrow();
        let policies = self
            .spec
            .policies
            .iter()
            .zip(&state.limiters)
            .zip(&state.marks);
        let policies = policies.map(|((spec, limiter), marks)| {
            let algorithm = spec.policy.algorithm;
            let rate = algorithm.rate().map_or(0, Rate::as_milli_per_s);
            let keys = limiter.keys().map(|key| limiter.state(key, now_us));
            PolicyView {
                name: spec.policy.name.clone(),
                algorithm: algorithm.name().to_owned(),
                says: spec.says(),
                key: spec.key.name().to_owned(),
                limit: algorithm.limit(),
                rate_per_s: rate as f64 / 1_000.0,
                window_us: algorithm.window_us(),
                keys: keys.collect(),
                marks: marks.iter().cloned().collect(),
            }
        });
        LayerState::Limiter {
            policies: policies.collect(),
        }
    }

    fn fork(&self) -> Rc<dyn Layer> {
        Rc::new(Self {
            spec: Rc::clone(&self.spec),
            router: Rc::clone(&self.router),
            state: RefCell::new(self.idle()),
        })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
