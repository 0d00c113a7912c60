//! Whoever asks, in whatever words, gets an answer that explains itself; and the scope shows what the
//! backend remembers of them.

use backlab::http::message::{Burst, RequestText};
use backlab::http::trace::Exchange;
use backlab::http::view::LayerState;
use proptest::prelude::*;

use super::Backend;

const WORLD: &str = r#"
host = "shop.test"
start = "2026-03-02T09:00:00Z"
seed = 1
layers = ["authorization-server", "auth", "routes"]
[auth]
schemes = ["bearer", "session", "basic", "api-key"]
users = "SELECT id, name, password_hash FROM users WHERE name = $name"
[auth.bearer]
accept_none = true
trust_algorithm = true
refresh_s = 100
keys = [{ kid = "1", algorithm = "EdDSA", private = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A" }]
[auth.session]
csrf = "token"
[auth.api_key]
keys = "SELECT id FROM users WHERE name = $key OR name = $key_hash"
[oauth]
issuer = "https://id.test"
clients = [{ id = "app", redirect = ["https://app.test/cb"], public = true, pkce = "optional" }]
[[route]]
method = "GET"
path = "/me"
auth = "required"
one = true
sql = "SELECT $user_id AS id"
[[route]]
method = "POST"
path = "/login"
login = "bearer"
[[route]]
method = "POST"
path = "/enter"
login = "session"
[[route]]
method = "POST"
path = "/refresh"
refresh = true
[[route]]
method = "POST"
path = "/logout"
logout = true
[[route]]
method = "GET"
path = "/csrf"
csrf = true
"#;

const DATA: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, password_hash TEXT); \
    INSERT INTO users VALUES (1, 'ada', '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4')";

fn sent(
    backend: &Backend,
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Option<Exchange> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let request = RequestText {
        method: method.to_owned(),
        url: url.to_owned(),
        headers: headers.iter().map(own).collect(),
        body: body.to_owned(),
    };
    let sent = backend.send(&request, &Burst::default());
    sent.ok().map(|(mut exchanges, _)| exchanges.remove(0))
}

fn explained(exchange: &Exchange) {
    for span in &exchange.spans {
        let said = span.reason.ends_with(['.', '?'])
            && !span.label.is_empty()
            && !span.standard.is_empty();
        assert!(said && span.label != "waiting", "{exchange:#?}");
    }
    if exchange.response.status == 401 {
        let challenge = exchange.response.header("WWW-Authenticate");
        assert!(
            challenge.is_some_and(|value| value.is_ascii()),
            "{exchange:#?}"
        );
    }
}

#[test]
fn the_scope_shows_sessions_tokens_and_codes() {
    let backend = Backend::new(WORLD, DATA);
    let json = [("Content-Type", "application/json")];
    let login = r#"{"name":"ada","password":"password"}"#;
    sent(&backend, "GET", "/csrf", &[], "").unwrap();
    sent(&backend, "POST", "/login", &json, login).unwrap();
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let body = "response_type=code&client_id=app&name=ada&password=password&decision=allow";
    sent(
        &backend,
        "POST",
        "https://id.test/oauth/authorize",
        &form,
        body,
    )
    .unwrap();
    backend.wait_ms(60_000);
    let views = backend.stack.views(&backend.shared);
    assert_eq!(views, backend.fork().stack.views(&backend.fork().shared));
    for view in views {
        match view.state {
            LayerState::Auth {
                schemes,
                keys,
                sessions,
                tokens,
            } => {
                assert_eq!(schemes, ["bearer", "session", "basic", "api-key"]);
                assert_eq!(
                    keys[0].public.as_deref(),
                    Some("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
                );
                assert_eq!(
                    (sessions[0].user.as_deref(), sessions[0].state.as_str()),
                    (None, "live")
                );
                assert_eq!(sessions[0].ends_us, 1_800_000_000);
                let kinds: Vec<&str> = tokens.iter().map(|token| token.kind.as_str()).collect();
                assert_eq!(kinds, ["access", "refresh"]);
                assert!(
                    tokens
                        .iter()
                        .all(|token| token.user == "ada" && token.state == "good")
                );
            }
            LayerState::AuthorizationServer {
                clients,
                codes,
                tokens,
            } => {
                assert_eq!(clients, ["app"]);
                assert_eq!(
                    (codes[0].user.as_str(), codes[0].state.as_str()),
                    ("ada", "expired")
                );
                assert_eq!(tokens, []);
            }
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_credentials_are_judged(
        scheme in "(Bearer|Basic|Digest|bearer|)",
        rest in prop_oneof!["[ -~]{0,60}", "[A-Za-z0-9_.=-]{0,90}", "e30\\.e30\\.[A-Za-z0-9_-]{0,4}"],
        cookie in "(sid=|theme=|;|=| )?[!-~]{0,30}",
        key in "[!-~]{0,20}",
        token in "[!-~]{0,20}",
    ) {
        let backend = Backend::new(WORLD, DATA);
        let field = format!("{scheme} {rest}");
        for (name, value) in [("Authorization", &field), ("Cookie", &cookie), ("X-API-Key", &key)] {
            let headers = [(name, value.as_str()), ("X-CSRF-Token", &token)];
            for (method, url) in [("GET", "/me"), ("POST", "/logout"), ("GET", "/csrf"), ("POST", "/enter"), ("POST", "https://id.test/oauth/token")] {
                if let Some(exchange) = sent(&backend, method, url, &headers, "") {
                    explained(&exchange);
                    prop_assert!(url != "/me" || exchange.response.status == 401, "{:#?}", exchange);
                }
            }
        }
    }

    #[test]
    fn any_form_is_answered(
        fields in proptest::collection::vec((
            "(response_type|client_id|redirect_uri|state|scope|code_challenge|code_challenge_method|grant_type|code|code_verifier|refresh_token|token|decision|name|password)",
            "(code|app|https://app.test/cb|S256|plain|authorization_code|refresh_token|allow|deny|ada|password|[ -~]{0,12})",
        ), 0..9),
    ) {
        let backend = Backend::new(WORLD, DATA);
        let form: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        for url in ["/oauth/authorize", "/oauth/token", "/oauth/revoke"] {
            let exchange = sent(&backend, "POST", url, &headers, &form).unwrap();
            explained(&exchange);
            // A browser is sent nowhere but to an address that was registered.
            if let Some(location) = exchange.response.header("Location") {
                prop_assert!(location.starts_with("https://app.test/cb?"), "{}", location);
            }
        }
        let page = sent(&backend, "GET", &format!("https://id.test/oauth/authorize?{form}"), &[], "").unwrap();
        explained(&page);
        let json: serde_json::Map<_, _> = fields.into_iter().map(|(name, value)| (name, value.into())).collect();
        let headers = [("Content-Type", "application/json")];
        for url in ["/login", "/refresh", "/enter"] {
            explained(&sent(&backend, "POST", url, &headers, &serde_json::Value::from(json.clone()).to_string()).unwrap());
        }
    }
}
