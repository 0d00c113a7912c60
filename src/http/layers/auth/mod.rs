//! Who is asking, and may they: 401 and 403 before a route is reached.

mod checks;
pub mod known;

use std::any::Any;
use std::rc::Rc;

use ::http::header::AUTHORIZATION;
use futures_util::future::{FutureExt, LocalBoxFuture};

use crate::http::Request;
use crate::http::api::deny::{TokenError, broke, unauthorized};
use crate::http::api::router::Router;
use crate::http::api::serve::Judged;
use crate::http::api::spec::access::{Access, Need};
use crate::http::api::spec::{AuthSpec, DatabaseSpec, Scheme, WorldSpec};
use crate::http::api::transaction::Transaction;
use crate::http::api::users::{Unknown, Users};
use crate::http::auth::Refusal;
use crate::http::auth::challenge::scheme;
use crate::http::parse::text_of;
use crate::http::stack::{Answer, Cx, Layer, Next, Shared, Verdict};
use crate::http::trace::Decision;
use crate::http::view::{KeyView, LayerState};

/// The layer.
pub struct Auth {
    spec: Rc<AuthSpec>,
    /// One a route.
    access: Rc<[Access]>,
    router: Rc<Router>,
    cost: DatabaseSpec,
}

impl Auth {
    /// The layer of a checked world.
    pub fn new(spec: &WorldSpec, router: Rc<Router>) -> Self {
        Self {
            spec: Rc::new(spec.auth.clone()),
            access: spec
                .routes
                .iter()
                .map(|route| route.access.clone())
                .collect(),
            router,
            cost: spec.database.clone(),
        }
    }

    /// What the route of a request asks; `None` if no route is there.
    fn access(&self, request: &Request) -> Option<&Access> {
        let found = self.router.find(request.uri().path())?;
        let picked = found.pick(request).ok().flatten()?;
        self.access.get(picked.number)
    }

    /// Lets a request on with a verdict, or answers it.
    async fn judge(
        &self,
        cx: &Cx,
        request: &Request,
        users: &mut Users<'_, '_>,
    ) -> Result<Verdict, Box<Judged>> {
        let forward = |label, reason: &str, standard| {
            Verdict::new(Decision::Forwarded, label, reason, standard)
        };
        let Some(access) = self.access(request) else {
            let reason = "No route is here for this, so nobody has to show who they are.";
            return Ok(forward("no route", reason, "RFC 9110 §11.1"));
        };
        self.check_login(cx, request, access)?;
        if access.need == Need::None {
            let reason = "This route does not ask who it is for.";
            return Ok(forward("open", reason, "RFC 9110 §11.1"));
        }
        let known = match self.known(cx, request, users).await {
            Ok(known) => known,
            Err(Unknown::Broke(error)) => {
                return Err(Box::new(broke(cx, "A statement of [auth]", &error)));
            }
            Err(Unknown::Refused(refusal)) => {
                return Err(Box::new(self.unknown(cx, request, refusal)));
            }
        };
        let (known, dead) = known;
        let Some(known) = known else {
            return self.nobody(cx, access, dead);
        };
        self.check_csrf(cx, request, &known.identity)?;
        self.check_role(cx, access, &known)?;
        self.check_scope(cx, access, &known)?;
        let mut reason = known.how;
        if !access.roles.is_empty() {
            reason += &format!("; the role is {}", access.roles.join(" or "));
        }
        if !access.scope.is_empty() {
            reason += &format!("; the scope has {}", access.scope.join(" and "));
        }
        *cx.identity.borrow_mut() = Some(known.identity);
        let verdict = forward("known", &sentence(&reason), known.standard);
        Ok(verdict.facts(known.facts))
    }

    /// Nobody has shown anything that counts, and nothing that does not. `dead` is what was wrong
    /// with a session, if there was one: its cookie comes along whether or not somebody means it.
    fn nobody(
        &self,
        cx: &Cx,
        access: &Access,
        dead: Option<Refusal>,
    ) -> Result<Verdict, Box<Judged>> {
        if access.need == Need::Optional {
            let reason = "Nobody has shown who they are, and this route serves them all the same.";
            let verdict = Verdict::new(Decision::Forwarded, "nobody", reason, "RFC 9110 §11.1");
            return Ok(match dead {
                Some(refusal) => verdict.fact("session", refusal.reason),
                None => verdict,
            });
        }
        let names: Vec<&str> = self
            .spec
            .schemes
            .iter()
            .map(|scheme| scheme.name())
            .collect();
        let detail = format!("Say who you are first: by {}.", names.join(" or "));
        let refusal = dead.unwrap_or_else(|| {
            let why = format!(
                "The request does not say who is asking; {} would be accepted.",
                names.join(" or ")
            );
            Refusal::new(why, "RFC 9110 §15.5.2")
        });
        Err(Box::new(unauthorized(
            cx, &self.spec, &detail, refusal, None,
        )))
    }

    /// The 401 of credentials that do not count. Of a password the client learns only that it did
    /// not do.
    fn unknown(&self, cx: &Cx, request: &Request, refusal: Refusal) -> Judged {
        let field = request.headers().get(AUTHORIZATION).map(text_of);
        let (name, _) = scheme(field.as_deref().unwrap_or_default());
        if name.eq_ignore_ascii_case("bearer") && self.spec.accepts(Scheme::Bearer) {
            let reason = refusal.reason.clone();
            let error = TokenError {
                error: "invalid_token",
                description: &reason,
                scope: "",
            };
            return unauthorized(cx, &self.spec, &reason, refusal, Some(&error));
        }
        let detail = if name.eq_ignore_ascii_case("basic") && self.spec.accepts(Scheme::Basic) {
            "Name or password is wrong.".to_owned()
        } else {
            refusal.reason.clone()
        };
        unauthorized(cx, &self.spec, &detail, refusal, None)
    }
}

/// Begins with a capital and ends with a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

impl Layer for Auth {
    fn name(&self) -> &'static str {
        "auth"
    }

    fn title(&self) -> &'static str {
        "Auth"
    }

    fn call<'a>(
        &'a self,
        cx: &'a Cx,
        request: Request,
        next: Next<'a>,
    ) -> LocalBoxFuture<'a, Answer> {
        async move {
            let mut database = Transaction::new(cx, &self.cost);
            let mut users = Users {
                auth: &self.spec,
                database: &mut database,
            };
            let judged = self.judge(cx, &request, &mut users).await;
            let traces = database.close();
            match judged {
                Ok(verdict) => {
                    let response = next.run(cx, request).await;
                    Answer::passed(response, verdict.statements(traces))
                }
                Err(judged) => {
                    let (response, verdict) = *judged;
                    Answer::own(response, verdict.statements(traces))
                }
            }
        }
        .boxed_local()
    }

    fn view(&self, shared: &Shared) -> LayerState {
        let store = shared.auth.borrow();
        let keys = self
            .spec
            .bearer
            .iter()
            .flat_map(|bearer| &bearer.expected.keys);
        LayerState::Auth {
            schemes: self
                .spec
                .schemes
                .iter()
                .map(|scheme| scheme.name().to_owned())
                .collect(),
            keys: keys
                .map(|key| KeyView {
                    kid: key.kid.clone(),
                    algorithm: key.algorithm().name().to_owned(),
                    public: key.public(),
                })
                .collect(),
            sessions: store.session_views(self.spec.session.lifetime, shared.runtime.now_us()),
            tokens: store.token_views(shared.runtime.now_us(), |_| true),
        }
    }

    fn fork(&self) -> Rc<dyn Layer> {
        Rc::new(Self {
            spec: Rc::clone(&self.spec),
            access: Rc::clone(&self.access),
            router: Rc::clone(&self.router),
            cost: self.cost.clone(),
        })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
