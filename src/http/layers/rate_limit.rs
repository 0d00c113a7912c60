//! A rate limiter: a token bucket a key.
//!
//! Tokens are counted in billionths, so that refills of thousandths a second add up exactly and
//! a client that waits as long as it was told finds its token.

use std::any::Any;
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use ::http::StatusCode;
use ::http::header::{HeaderName, RETRY_AFTER};
use futures_util::future::{FutureExt, LocalBoxFuture};
use serde_json::json;

use crate::http::api::router::Router;
use crate::http::api::spec::{LimitKey, RateLimitSpec};
use crate::http::reply::{problem, set};
use crate::http::stack::{Answer, Cx, Layer, Next, Shared, Verdict};
use crate::http::trace::Decision;
use crate::http::view::{BucketView, LayerState, LimitMark};
use crate::http::{Request, Response};

/// One token.
const TOKEN: u64 = 1_000_000_000;
/// Decisions kept for the scope.
const MARKS: usize = 200;
/// Buckets kept; a full bucket is forgotten without loss when there are more.
const BUCKETS: usize = 1_000;

/// The limiter.
pub struct RateLimit {
    spec: RateLimitSpec,
    router: Rc<Router>,
    state: RefCell<State>,
}

#[derive(Clone, Default)]
struct State {
    buckets: BTreeMap<String, Bucket>,
    marks: VecDeque<LimitMark>,
}

/// A bucket of tokens: holds at most its capacity, gains tokens with time, loses one a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// Billionths of a token.
    level: u64,
    updated_us: u64,
}

impl Bucket {
    /// A full bucket.
    pub fn full(spec: &RateLimitSpec, now_us: u64) -> Self {
        Self {
            level: spec.capacity * TOKEN,
            updated_us: now_us,
        }
    }

    /// Takes a token if there is one.
    pub fn take(&mut self, spec: &RateLimitSpec, now_us: u64) -> bool {
        *self = self.refilled(spec, now_us);
        match self.level.checked_sub(TOKEN) {
            Some(rest) => {
                self.level = rest;
                true
            }
            None => false,
        }
    }

    /// Tokens in it.
    pub fn tokens(&self) -> f64 {
        self.level as f64 / TOKEN as f64
    }

    /// The bucket as it is at `now_us`.
    #[must_use]
    pub fn refilled(&self, spec: &RateLimitSpec, now_us: u64) -> Self {
        // A thousandth of a token a second is a billionth a microsecond.
        let passed = now_us.saturating_sub(self.updated_us);
        let gained = passed.saturating_mul(spec.refill_milli_per_s);
        Self {
            level: self.level.saturating_add(gained).min(spec.capacity * TOKEN),
            updated_us: now_us,
        }
    }

    /// Microseconds until it holds that many tokens.
    pub fn wait_us(&self, spec: &RateLimitSpec, tokens: u64) -> u64 {
        let missing = (tokens * TOKEN).saturating_sub(self.level);
        missing.div_ceil(spec.refill_milli_per_s.max(1))
    }
}

impl RateLimit {
    /// A limiter; goes on with the buckets of `previous` if its settings are the same.
    pub fn new(spec: &RateLimitSpec, router: Rc<Router>, previous: Option<&Self>) -> Self {
        let state = previous
            .filter(|previous| previous.spec == *spec)
            .map(|previous| previous.state.borrow().clone());
        Self {
            spec: spec.clone(),
            router,
            state: RefCell::new(state.unwrap_or_default()),
        }
    }

    fn key(&self, cx: &Cx, request: &Request) -> String {
        match self.spec.key {
            LimitKey::Client => cx.client.clone(),
            LimitKey::All => "all".to_owned(),
            LimitKey::ApiKey => match request.headers().get("x-api-key") {
                Some(key) => crate::http::parse::text_of(key),
                None => "no key".to_owned(),
            },
            LimitKey::Route => {
                let path = request.uri().path();
                let found = self.router.find(path);
                let template = found.map_or("no route", |found| found.template);
                format!("{} {template}", request.method())
            }
        }
    }

    /// Takes a token for `key`; whether there was one, and the bucket afterwards.
    fn take(&self, key: &str, now_us: u64) -> (bool, Bucket) {
        let mut state = self.state.borrow_mut();
        if state.buckets.len() >= BUCKETS && !state.buckets.contains_key(key) {
            let full = self.spec.capacity * TOKEN;
            let spec = &self.spec;
            state
                .buckets
                .retain(|_, b| b.refilled(spec, now_us).level < full);
        }
        let bucket = state
            .buckets
            .entry(key.to_owned())
            .or_insert_with(|| Bucket::full(&self.spec, now_us));
        let allowed = bucket.take(&self.spec, now_us);
        let bucket = *bucket;
        if state.marks.len() == MARKS {
            state.marks.pop_front();
        }
        state.marks.push_back(LimitMark {
            at_us: now_us,
            key: key.to_owned(),
            allowed,
            tokens: bucket.tokens(),
        });
        (allowed, bucket)
    }

    fn refill_per_s(&self) -> f64 {
        self.spec.refill_milli_per_s as f64 / 1_000.0
    }

    /// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers).
    fn mark(&self, response: &mut Response, bucket: &Bucket) {
        let capacity = self.spec.capacity;
        let empty = Bucket {
            level: 0,
            updated_us: 0,
        };
        let window = seconds(empty.wait_us(&self.spec, capacity));
        let left = bucket.level / TOKEN;
        let whole = seconds(bucket.wait_us(&self.spec, capacity));
        let policy = format!("\"default\";q={capacity};w={window}");
        let limit = format!("\"default\";r={left};t={whole}");
        set(
            response,
            HeaderName::from_static("ratelimit-policy"),
            &policy,
        );
        set(response, HeaderName::from_static("ratelimit"), &limit);
    }

    fn refuse(&self, cx: &Cx, key: &str, bucket: &Bucket) -> Answer {
        let wait_us = bucket.wait_us(&self.spec, 1);
        let wait = seconds(wait_us);
        let detail = format!("Too many requests. Try again in {wait} s.");
        let more = [("violated-policies", json!(["default"]))];
        let mut response = problem(cx, StatusCode::TOO_MANY_REQUESTS, &detail, &more);
        set(&mut response, RETRY_AFTER, &wait.to_string());
        self.mark(&mut response, bucket);
        let reason = format!(
            "{} holds {:.2} tokens, and a request takes a whole one; \
             they come back at {} a second.",
            named(key),
            // Cut, not rounded: 0.999 is not a token.
            (bucket.tokens() * 100.0).floor() / 100.0,
            self.refill_per_s(),
        );
        let verdict = Verdict::new(Decision::Refused, "limited", reason, "RFC 6585 §4");
        let verdict = verdict.fact("Retry-After", format!("{wait} s"));
        Answer::own(response, self.facts(verdict, key, bucket))
    }

    fn facts(&self, verdict: Verdict, key: &str, bucket: &Bucket) -> Verdict {
        verdict
            .fact("bucket", key)
            .fact("tokens left", format!("{:.2}", bucket.tokens()))
            .fact("capacity", format!("{} tokens", self.spec.capacity))
            .fact("refill", format!("{} tokens a second", self.refill_per_s()))
    }
}

/// Whole seconds, rounded up.
fn seconds(us: u64) -> u64 {
    us.div_ceil(1_000_000)
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
            let key = self.key(cx, &request);
            let (allowed, bucket) = self.take(&key, cx.now_us());
            if !allowed {
                return self.refuse(cx, &key, &bucket);
            }
            let mut response = next.run(cx, request).await;
            self.mark(&mut response, &bucket);
            let reason = format!(
                "{} had a token; {} of {} are left.",
                named(&key),
                bucket.level / TOKEN,
                self.spec.capacity
            );
            let standard = "draft-ietf-httpapi-ratelimit-headers";
            let verdict = Verdict::new(Decision::Forwarded, "allowed", reason, standard);
            Answer::passed(response, self.facts(verdict, &key, &bucket))
        }
        .boxed_local()
    }

    fn view(&self, shared: &Shared) -> LayerState {
        let now_us = shared.runtime.now_us();
        let state = self.state.borrow();
        let buckets = state.buckets.iter().map(|(key, bucket)| {
            let bucket = bucket.refilled(&self.spec, now_us);
            BucketView {
                key: key.clone(),
                tokens: bucket.tokens(),
                wait_us: bucket.wait_us(&self.spec, 1),
            }
        });
        LayerState::Limiter {
            algorithm: "token-bucket".to_owned(),
            capacity: self.spec.capacity as f64,
            refill_per_s: self.refill_per_s(),
            key: self.spec.key.name().to_owned(),
            buckets: buckets.collect(),
            marks: state.marks.iter().cloned().collect(),
        }
    }

    fn fork(&self) -> Rc<dyn Layer> {
        Rc::new(Self {
            spec: self.spec.clone(),
            router: Rc::clone(&self.router),
            state: self.state.clone(),
        })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A bucket in a sentence.
fn named(key: &str) -> String {
    match key {
        "all" => "The bucket for all".to_owned(),
        key => format!("The bucket of {key}"),
    }
}
