//! The routes: the last layer, where a request meets the data.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use ::http::StatusCode;
use ::http::header::{ALLOW, HeaderName};
use futures_util::future::{FutureExt, LocalBoxFuture};

use super::router::{Found, Router};
use super::serve::idempotency::Kept;
use super::serve::{Call, Judged, Site, limits, refused, serve};
use super::spec::{KvSpec, RouteSpec, WorldSpec};
use crate::http::Request;
use crate::http::reply::{problem, reply, set};
use crate::http::stack::{Answer, Cx, Layer, Next, Shared, Verdict};
use crate::http::trace::Decision;
use crate::http::view::LayerState;
use crate::toml_read::nearest;

/// The API.
pub struct Routes {
    world: Rc<WorldSpec>,
    router: Rc<Router>,
    kept: RefCell<Kept>,
}

impl Routes {
    /// The routes of a checked world; answers that `previous` keeps are kept.
    pub fn new(spec: &WorldSpec, previous: Option<&Self>) -> Self {
        Self {
            world: Rc::new(spec.clone()),
            router: Rc::new(Router::of(spec)),
            kept: RefCell::new(previous.map(Self::kept).unwrap_or_default()),
        }
    }

    /// A copy that goes its own way from here on.
    #[must_use]
    pub fn forked(&self) -> Self {
        Self {
            world: Rc::clone(&self.world),
            router: Rc::clone(&self.router),
            kept: RefCell::new(self.kept()),
        }
    }

    fn kept(&self) -> Kept {
        self.kept.borrow().fork()
    }

    /// Finds which route a path belongs to.
    pub fn router(&self) -> Rc<Router> {
        Rc::clone(&self.router)
    }

    /// The key-value store they use, if any.
    pub fn key_values(&self) -> Option<KvSpec> {
        self.world.key_values()
    }

    async fn answer(&self, cx: &Cx, request: &Request) -> Judged {
        if let Err(refusal) = limits::check(cx, &self.world.limits, request) {
            return *refusal;
        }
        let path = request.uri().path();
        let method = request.method().as_str();
        if path == "*" && method != "OPTIONS" {
            return no_target(cx, method);
        }
        if path == "*" {
            return options(cx, "GET, HEAD, OPTIONS", "the server as a whole");
        }
        let Some(found) = self.router.find(path) else {
            return self.no_path(cx, path);
        };
        let picked = match found.pick(request) {
            Ok(picked) => picked,
            Err(none) => return none.answer(cx),
        };
        let route = picked.and_then(|picked| Some((self.world.routes.get(picked.number)?, picked)));
        match route {
            Some((route, picked)) => {
                let current = found.route("GET", picked.version.as_deref());
                let current = current.and_then(|n| self.world.routes.get(n));
                let mut call = Call::new(cx, request, route, &self.world, found.parameters);
                call.current = current.filter(|_| !request.method().is_safe());
                call.picked = picked;
                let site = Site {
                    cost: &self.world.database,
                    kept: &self.kept,
                };
                serve(site, call).await
            }
            None if method == "OPTIONS" => self.options(cx, &found),
            None => self.no_method(cx, method, &found),
        }
    }

    /// What a path can do, and which patches it takes (RFC 5789 §3.1).
    fn options(&self, cx: &Cx, found: &Found<'_>) -> Judged {
        let (mut response, verdict) = options(cx, &found.allow(), found.template);
        let patch = found
            .route("PATCH", None)
            .and_then(|n| self.world.routes.get(n));
        match patch.and_then(|route| route.change.accept_patch()) {
            Some(types) => {
                let field = HeaderName::from_static("accept-patch");
                set(&mut response, field, &types);
                (response, verdict.fact("Accept-Patch", types))
            }
            None => (response, verdict),
        }
    }

    fn no_path(&self, cx: &Cx, path: &str) -> Judged {
        let detail = format!("No route has the path {path}.");
        let near = nearest(path, self.router.templates()).or_else(|| {
            let trimmed = path.trim_end_matches('/');
            self.router.find(trimmed).map(|_| trimmed)
        });
        let reason = match near {
            Some(near) => format!("No route has the path {path}; the nearest is {near}."),
            None => detail.clone(),
        };
        let verdict = refused(StatusCode::NOT_FOUND, reason, "RFC 9110 §15.5.5");
        let response = problem(cx, StatusCode::NOT_FOUND, &detail, &[]);
        (response, verdict.fact("path", path))
    }

    fn no_method(&self, cx: &Cx, method: &str, found: &Found<'_>) -> Judged {
        let allow = found.allow();
        let (status, detail, standard) = if self.router.knows_method(method) {
            let detail = format!("{} exists, but not with {method}.", found.template);
            (StatusCode::METHOD_NOT_ALLOWED, detail, "RFC 9110 §15.5.6")
        } else {
            let detail = format!("This server does not know the method {method} at all.");
            (StatusCode::NOT_IMPLEMENTED, detail, "RFC 9110 §15.6.2")
        };
        let mut response = problem(cx, status, &detail, &[]);
        set(&mut response, ALLOW, &allow);
        let reason = format!("{detail} Allow lists what works: {allow}.");
        let verdict = refused(status, reason, standard).fact("path", found.template);
        (response, verdict.fact("Allow", allow))
    }
}

impl Layer for Routes {
    fn name(&self) -> &'static str {
        "routes"
    }

    fn title(&self) -> &'static str {
        "API"
    }

    fn call<'a>(&'a self, cx: &'a Cx, request: Request, _: Next<'a>) -> LocalBoxFuture<'a, Answer> {
        async move {
            let (response, verdict) = self.answer(cx, &request).await;
            Answer::own(response, verdict)
        }
        .boxed_local()
    }

    fn view(&self, _: &Shared) -> LayerState {
        LayerState::Routes {
            routes: self.world.routes.iter().map(RouteSpec::name).collect(),
        }
    }

    fn fork(&self) -> Rc<dyn Layer> {
        Rc::new(self.forked())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn options(cx: &Cx, allow: &str, what: &str) -> Judged {
    let mut response = reply(cx, StatusCode::NO_CONTENT, "");
    set(&mut response, ALLOW, allow);
    let reason = format!("OPTIONS asks what {what} can do; Allow lists it.");
    let verdict = Verdict::new(Decision::Fresh, "204", reason, "RFC 9110 §9.3.7");
    (response, verdict.fact("Allow", allow))
}

/// `*` names the server as a whole, which only OPTIONS can be asked of (RFC 9112 §3.2.4).
fn no_target(cx: &Cx, method: &str) -> Judged {
    let detail = format!("* is a target for OPTIONS only, and this is {method}.");
    let response = problem(cx, StatusCode::BAD_REQUEST, &detail, &[]);
    let verdict = refused(StatusCode::BAD_REQUEST, detail, "RFC 9112 §3.2.4");
    (response, verdict)
}
