//! The server's side of the CORS protocol: it answers preflights, and says which pages may read
//! (Fetch §3.3).

use std::any::Any;
use std::rc::Rc;

use ::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderName, HeaderValue, ORIGIN,
    VARY,
};
use ::http::{Method, StatusCode};
use futures_util::future::LocalBoxFuture;

use crate::http::api::spec::CorsSpec;
use crate::http::browser::cors::is_safelisted_method;
use crate::http::browser::origin::Origin;
use crate::http::parse::text_of;
use crate::http::reply::{reply, set};
use crate::http::stack::{Answer, Cx, Layer, Next, Shared, Verdict};
use crate::http::trace::Decision;
use crate::http::view::LayerState;
use crate::http::{Request, Response};

/// Says which pages may read.
pub struct Cors {
    spec: Rc<CorsSpec>,
}

impl Cors {
    /// By these settings.
    pub fn new(spec: &CorsSpec) -> Self {
        Self {
            spec: Rc::new(spec.clone()),
        }
    }

    /// Says who may read: `Access-Control-Allow-Origin` and what belongs to it.
    fn mark(&self, origin: &str, response: &mut Response) {
        let spec = &self.spec;
        let allowed = if spec.is_for_all() { "*" } else { origin };
        set(response, ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        if spec.credentials || spec.reflect_origin {
            set(response, ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
    }

    /// The answer depends on who asks, so caches must tell that apart (Fetch §3.3.3).
    fn vary(&self, response: &mut Response) {
        if !self.spec.is_for_all() {
            let origin = HeaderValue::from_static("Origin");
            response.headers_mut().append(VARY, origin);
        }
    }

    fn preflight(&self, cx: &Cx, request: &Request, origin: &str) -> Answer {
        let spec = &self.spec;
        let header = |name: &HeaderName| request.headers().get(name).map(text_of);
        let method = header(&ACCESS_CONTROL_REQUEST_METHOD).unwrap_or_default();
        let asked = header(&ACCESS_CONTROL_REQUEST_HEADERS).unwrap_or_default();
        let mut response = reply(cx, StatusCode::NO_CONTENT, "");
        self.vary(&mut response);
        let refused = if !spec.allows(origin) {
            Some(format!("{origin} is not among the origins that may read"))
        } else {
            self.mark(origin, &mut response);
            set_list(&mut response, ACCESS_CONTROL_ALLOW_METHODS, &spec.methods);
            set_list(&mut response, ACCESS_CONTROL_ALLOW_HEADERS, &spec.headers);
            if let Some(seconds) = spec.max_age_s {
                let seconds = seconds.to_string();
                set(&mut response, ACCESS_CONTROL_MAX_AGE, &seconds);
            }
            self.lacks(&method, &asked)
        };
        let standard = "Fetch §3.3.2 CORS-preflight request";
        let verdict = match refused {
            None => {
                let reason =
                    format!("A page of {origin} asks first whether it may send {method}: it may.");
                Verdict::new(Decision::Fresh, "preflight", reason, standard)
            }
            Some(why) => {
                let reason = format!(
                    "A page of {origin} asks first whether it may send {method}, and {why}; the \
                     browser will not send it."
                );
                Verdict::new(Decision::Refused, "not allowed", reason, standard)
            }
        };
        let verdict = verdict
            .fact("Origin", origin)
            .fact("asks for the method", method)
            .fact("asks for the fields", asked);
        Answer::own(response, verdict)
    }

    /// What is asked for and not granted, in words.
    fn lacks(&self, method: &str, asked: &str) -> Option<String> {
        let has = |list: &[String], word: &str| {
            let mut words = list.iter();
            words.any(|known| known == "*" || known.eq_ignore_ascii_case(word))
        };
        let is_safe = Method::from_bytes(method.as_bytes()).is_ok_and(|m| is_safelisted_method(&m));
        if !is_safe && !has(&self.spec.methods, method) {
            return Some(format!("{method} is not among `methods`"));
        }
        let mut names = asked.split(',').map(str::trim);
        let missing = names.find(|name| !name.is_empty() && !has(&self.spec.headers, name))?;
        Some(format!("the field {missing} is not among `headers`"))
    }
}

impl Layer for Cors {
    fn name(&self) -> &'static str {
        "cors"
    }

    fn title(&self) -> &'static str {
        "CORS"
    }

    fn call<'a>(
        &'a self,
        cx: &'a Cx,
        request: Request,
        next: Next<'a>,
    ) -> LocalBoxFuture<'a, Answer> {
        Box::pin(async move {
            let Some(origin) = request.headers().get(ORIGIN).map(text_of) else {
                let mut response = next.run(cx, request).await;
                self.vary(&mut response);
                let reason =
                    "The request names no origin, so no page of another one waits for the answer.";
                let verdict = Verdict::new(
                    Decision::Forwarded,
                    "no origin",
                    reason,
                    "Fetch §3.3.2 HTTP requests",
                );
                return Answer::passed(response, verdict);
            };
            let asks = request.method() == Method::OPTIONS
                && request
                    .headers()
                    .contains_key(ACCESS_CONTROL_REQUEST_METHOD);
            if asks {
                return self.preflight(cx, &request, &origin);
            }
            let own = Origin::of(&request).to_string();
            let mut response = next.run(cx, request).await;
            self.vary(&mut response);
            let standard = "Fetch §3.3.3 HTTP responses";
            let verdict = if self.spec.allows(&origin) {
                self.mark(&origin, &mut response);
                set_list(
                    &mut response,
                    ACCESS_CONTROL_EXPOSE_HEADERS,
                    &self.spec.expose,
                );
                let reason = if self.spec.reflect_origin {
                    format!(
                        "`reflect_origin` lets pages of every origin read, with cookies; here {origin}."
                    )
                } else {
                    format!("Pages of {origin} may read this, so the answer says so.")
                };
                Verdict::new(Decision::Forwarded, "may read", reason, standard)
            } else if origin == own {
                let reason = "The page is of this very origin, which needs no leave.";
                Verdict::new(Decision::Forwarded, "own origin", reason, standard)
            } else {
                let reason = format!(
                    "{origin} is not among the origins that may read. The request is carried out all the \
                     same; only the leave to read is missing in the answer."
                );
                Verdict::new(Decision::Forwarded, "may not read", reason, standard)
            };
            Answer::passed(response, verdict.fact("Origin", origin))
        })
    }

    fn view(&self, _: &Shared) -> LayerState {
        LayerState::Plain
    }

    fn fork(&self) -> Rc<dyn Layer> {
        Rc::new(Self {
            spec: Rc::clone(&self.spec),
        })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn set_list(response: &mut Response, name: HeaderName, words: &[String]) {
    if !words.is_empty() {
        set(response, name, &words.join(", "));
    }
}
