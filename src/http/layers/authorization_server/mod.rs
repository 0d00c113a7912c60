//! The authorization server of OAuth 2.0 (RFC 6749), and the page of a client: two of the three
//! parties; the third is the API behind.

mod authorize;
mod form;
mod pages;
mod token;

use std::any::Any;
use std::rc::Rc;

use ::http::StatusCode;
use ::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use futures_util::future::{FutureExt, LocalBoxFuture};
use serde_json::{Value, json};

use crate::http::Request;
use crate::http::api::serve::{Judged, refused};
use crate::http::api::spec::oauth::host_of;
use crate::http::api::spec::{AuthSpec, ClientSpec, DatabaseSpec, OauthSpec, WorldSpec};
use crate::http::api::transaction::Transaction;
use crate::http::reply::{problem, reply, set};
use crate::http::stack::{Answer, Cx, Layer, Next, Shared, Verdict};
use crate::http::trace::Decision;
use crate::http::view::LayerState;

/// The layer.
pub struct AuthorizationServer {
    spec: Rc<OauthSpec>,
    auth: Rc<AuthSpec>,
    cost: DatabaseSpec,
    /// The API's host, which has the same paths for whoever reaches no other host.
    host: String,
}

/// Whom a request is for.
enum Party<'a> {
    Server,
    Client(&'a ClientSpec),
    Api,
}

impl AuthorizationServer {
    /// The layer of a checked world.
    pub fn new(spec: &WorldSpec) -> Self {
        Self {
            spec: Rc::new(spec.oauth.clone()),
            auth: Rc::new(spec.auth.clone()),
            cost: spec.database.clone(),
            host: spec.host.clone(),
        }
    }

    fn party(&self, request: &Request) -> Party<'_> {
        let uri = request.uri();
        let host = uri
            .authority()
            .map_or(self.host.as_str(), |host| host.as_str());
        let is_here = |url: &String| host_of(url).is_some_and(|of| of.eq_ignore_ascii_case(host));
        let is_api = host.eq_ignore_ascii_case(&self.host);
        let own =
            uri.path().starts_with("/oauth/") || uri.path().starts_with("/.well-known/oauth-");
        if (is_here(&self.spec.issuer) && !is_api) || (is_api && own) {
            return Party::Server;
        }
        let mut clients = self.spec.clients.iter();
        match clients.find(|client| client.redirect.iter().any(is_here)) {
            Some(client) if !is_api => Party::Client(client),
            _ => Party::Api,
        }
    }

    /// Answers at one of its endpoints.
    async fn serve(&self, cx: &Cx, request: &Request, database: &mut Transaction<'_>) -> Judged {
        let path = request.uri().path();
        match (path, request.method().as_str()) {
            ("/oauth/authorize", "GET" | "HEAD") => self.ask(cx, request),
            ("/oauth/authorize", "POST") => self.decide(cx, request, database).await,
            ("/oauth/token", "POST") => self.token(cx, request),
            ("/oauth/revoke", "POST") => self.revoke(cx, request),
            ("/oauth/jwks", "GET" | "HEAD") => self.jwks(cx),
            ("/.well-known/oauth-authorization-server", "GET" | "HEAD") => self.metadata(cx),
            ("/oauth/authorize", _) => no_method(cx, request, "GET, HEAD, POST"),
            ("/oauth/token" | "/oauth/revoke", _) => no_method(cx, request, "POST"),
            ("/oauth/jwks" | "/.well-known/oauth-authorization-server", _) => {
                no_method(cx, request, "GET, HEAD")
            }
            _ => {
                let detail = format!("The authorization server has nothing at {path}.");
                let status = StatusCode::NOT_FOUND;
                let verdict = refused(status, &detail, "RFC 9110 §15.5.5");
                (problem(cx, status, &detail, &[]), verdict)
            }
        }
    }

    /// What a client reads to find its way (RFC 8414 §2).
    fn metadata(&self, cx: &Cx) -> Judged {
        let issuer = &self.spec.issuer;
        let at = |path: &str| format!("{}{path}", issuer.trim_end_matches('/'));
        let body = json!({
            "issuer": issuer,
            "authorization_endpoint": at("/oauth/authorize"),
            "token_endpoint": at("/oauth/token"),
            "revocation_endpoint": at("/oauth/revoke"),
            "jwks_uri": at("/oauth/jwks"),
            "scopes_supported": self.spec.scopes,
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
        });
        let reason = "The authorization server says where its endpoints are and what it can do.";
        let verdict = Verdict::new(Decision::Fresh, "metadata", reason, "RFC 8414 §3.2");
        (json_answer(cx, StatusCode::OK, &body), verdict)
    }

    /// The public halves of the keys, by which everybody can verify tokens (RFC 7517 §5).
    fn jwks(&self, cx: &Cx) -> Judged {
        let keys = self
            .auth
            .bearer
            .iter()
            .flat_map(|bearer| &bearer.expected.keys);
        let keys: Vec<Value> = keys
            .filter_map(|key| {
                let (kid, x) = (&key.kid, key.public()?);
                Some(json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": kid, "x": x }))
            })
            .collect();
        let reason = "Everybody may have the public keys: they verify tokens and sign none. A shared secret is not among them.";
        let verdict = Verdict::new(Decision::Fresh, "keys", reason, "RFC 7517 §5");
        let verdict = verdict.fact("keys", keys.len().to_string());
        (
            json_answer(cx, StatusCode::OK, &json!({ "keys": keys })),
            verdict,
        )
    }
}

/// An answer in JSON that no cache keeps.
fn json_answer(cx: &Cx, status: StatusCode, body: &Value) -> crate::http::Response {
    let mut response = reply(cx, status, body.to_string());
    set(&mut response, CONTENT_TYPE, "application/json");
    set(&mut response, CACHE_CONTROL, "no-store");
    response
}

fn no_method(cx: &Cx, request: &Request, allow: &str) -> Judged {
    let (path, method) = (request.uri().path(), request.method());
    let detail = format!("{path} is there, but not with {method}.");
    let status = StatusCode::METHOD_NOT_ALLOWED;
    let mut response = problem(cx, status, &detail, &[]);
    set(&mut response, ALLOW, allow);
    (
        response,
        refused(status, detail, "RFC 9110 §15.5.6").fact("Allow", allow),
    )
}

impl Layer for AuthorizationServer {
    fn name(&self) -> &'static str {
        "authorization-server"
    }

    fn title(&self) -> &'static str {
        "Authorization server"
    }

    fn call<'a>(
        &'a self,
        cx: &'a Cx,
        request: Request,
        next: Next<'a>,
    ) -> LocalBoxFuture<'a, Answer> {
        async move {
            match self.party(&request) {
                Party::Api => {
                    let reason = "This is for the API, not for the authorization server.";
                    let verdict =
                        Verdict::new(Decision::Forwarded, "passed on", reason, "RFC 6749 §1.1");
                    Answer::passed(next.run(cx, request).await, verdict)
                }
                Party::Client(client) => {
                    let (response, verdict) =
                        pages::client(cx, &request, client, &self.spec.issuer);
                    Answer::own(response, verdict)
                }
                Party::Server => {
                    let mut database = Transaction::new(cx, &self.cost);
                    let (response, verdict) = self.serve(cx, &request, &mut database).await;
                    Answer::own(response, verdict.statements(database.close()))
                }
            }
        }
        .boxed_local()
    }

    fn view(&self, shared: &Shared) -> LayerState {
        let (store, now_us) = (shared.auth.borrow(), shared.runtime.now_us());
        LayerState::AuthorizationServer {
            clients: self
                .spec
                .clients
                .iter()
                .map(|client| client.id.clone())
                .collect(),
            codes: store.code_views(now_us),
            tokens: store.token_views(now_us, |family| family.client.is_some()),
        }
    }

    fn fork(&self) -> Rc<dyn Layer> {
        Rc::new(Self {
            spec: Rc::clone(&self.spec),
            auth: Rc::clone(&self.auth),
            cost: self.cost.clone(),
            host: self.host.clone(),
        })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
