//! `[auth]`: how those who ask show who they are.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::super::statement::named_parameters;
use crate::http::auth::jws::{Holes, Key};
use crate::http::auth::jwt::Expected;
use crate::http::auth::session::Lifetime;
use crate::http::encoding::BASE64URL;
use crate::problem::Problem;
use crate::toml_read::{Fields, Reader, nearest};

/// The least bytes of a secret for HS256 (RFC 7518 §3.2).
const LEAST_SECRET: usize = 32;
/// The longest lifetime that can be asked for: ten years.
const LONGEST_S: u64 = 315_360_000;

/// Settings of the layer `auth`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AuthSpec {
    /// What is accepted, in this order.
    pub schemes: Vec<Scheme>,
    /// What the credentials are good for, in words.
    pub realm: String,
    /// The statement that finds a user by `$name`.
    pub users: Option<String>,
    /// The hole: passwords are compared as text.
    pub plain_passwords: bool,
    /// Tokens.
    pub bearer: Option<BearerSpec>,
    /// Sessions.
    pub session: SessionSpec,
    /// API keys.
    pub api_key: ApiKeySpec,
}

/// Ways to show who one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// A JSON Web Token.
    Bearer,
    /// A session's id in a cookie.
    Session,
    /// Name and password.
    Basic,
    /// A key in a field of its own.
    ApiKey,
}

impl Scheme {
    /// All there are, in the order used if a world names none.
    pub const ALL: [Self; 4] = [Self::Bearer, Self::Session, Self::Basic, Self::ApiKey];

    /// The name used in `world.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Session => "session",
            Self::Basic => "basic",
            Self::ApiKey => "api-key",
        }
    }

    /// Its table in `[auth]`.
    fn table(self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
            other => other.name(),
        }
    }
}

/// `[auth.bearer]`.
#[derive(Debug, Clone, PartialEq)]
pub struct BearerSpec {
    /// Keys, issuer, audience, skew and holes.
    pub expected: Expected,
    /// Who issues the API's own tokens.
    pub issuer: Option<String>,
    /// Seconds an access token is good for.
    pub lifetime_s: u64,
    /// Seconds a refresh token is good for, if there are any.
    pub refresh_s: Option<u64>,
}

/// `[auth.session]`.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionSpec {
    /// Name of the cookie.
    pub cookie: String,
    /// How long a session lives.
    pub lifetime: Lifetime,
    /// The cookie's attribute `Secure`.
    pub secure: bool,
    /// The cookie's attribute `HttpOnly`.
    pub http_only: bool,
    /// The cookie's attribute `SameSite`: `Lax`, `Strict` or `None`.
    pub same_site: &'static str,
    /// The cookie's attribute `Path`.
    pub path: String,
    /// Whether somebody who logs in gets a new id.
    pub rotate: bool,
    /// Whether unsafe methods need a token too.
    pub csrf: bool,
}

impl Default for SessionSpec {
    fn default() -> Self {
        Self {
            cookie: "sid".to_owned(),
            lifetime: Lifetime {
                idle_us: 1_800_000_000,
                max_age_us: 86_400_000_000,
            },
            secure: true,
            http_only: true,
            same_site: "Lax",
            path: "/".to_owned(),
            rotate: true,
            csrf: false,
        }
    }
}

/// `[auth.api_key]`.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiKeySpec {
    /// The field that holds the key.
    pub header: String,
    /// The statement that finds its owner by `$key_hash` or `$key`.
    pub keys: String,
}

impl Default for ApiKeySpec {
    fn default() -> Self {
        Self {
            header: "X-API-Key".to_owned(),
            keys: String::new(),
        }
    }
}

impl AuthSpec {
    /// Reads `[auth]`; accepts nothing if there is none.
    pub fn read(reader: &Reader<'_>, fields: &Fields<'_, '_>, host: &str) -> Self {
        let realm = host.split('.').next().unwrap_or(host).to_owned();
        let mut spec = Self {
            realm,
            ..Self::default()
        };
        let Some((table, at)) = fields.table("auth") else {
            return spec;
        };
        let auth = Fields::new(reader, table, "[auth]");
        if let Some((realm, _)) = auth.string("realm") {
            spec.realm = realm;
        }
        spec.users = statement(&auth, "users", &["name"]);
        spec.plain_passwords = auth.boolean("plain_passwords").unwrap_or(false);
        spec.bearer = BearerSpec::read(reader, &auth);
        spec.session = SessionSpec::read(reader, &auth);
        if let Some((table, _)) = auth.table("basic") {
            Fields::new(reader, table, "[auth.basic]").finish();
        }
        spec.api_key = ApiKeySpec::read(reader, &auth);
        let given = |scheme: &Scheme| table.contains_key(scheme.table());
        spec.schemes =
            read_schemes(&auth).unwrap_or_else(|| Scheme::ALL.into_iter().filter(given).collect());
        spec.check(&auth, at);
        auth.finish();
        spec
    }

    /// Whether a scheme is accepted.
    pub fn accepts(&self, scheme: Scheme) -> bool {
        self.schemes.contains(&scheme)
    }

    /// Tokens of the authorization server count as well as the API's own.
    pub fn trust(&mut self, issuer: &str) {
        if let Some(bearer) = &mut self.bearer
            && !issuer.is_empty()
        {
            bearer.issuer.get_or_insert_with(|| issuer.to_owned());
            bearer.expected.issuers.push(issuer.to_owned());
        }
    }

    /// What a scheme needs must be there.
    fn check(&self, auth: &Fields<'_, '_>, at: Range<usize>) {
        for scheme in &self.schemes {
            let (missing, hint) = match scheme {
                Scheme::Bearer if self.bearer.is_none() => (
                    "the scheme `bearer` needs keys",
                    "[auth.bearer] with keys = [{ kid = \"1\", algorithm = \"HS256\", secret = \"…\" }].",
                ),
                Scheme::Basic if self.users.is_none() => (
                    "the scheme `basic` needs to find users",
                    "users = \"SELECT id, email AS name, role, password_hash FROM users WHERE email = $name\".",
                ),
                Scheme::ApiKey if self.api_key.keys.is_empty() => (
                    "the scheme `api-key` needs to find keys",
                    "[auth.api_key] with keys = \"SELECT user_id AS id, scope FROM api_keys WHERE key_hash = $key_hash\".",
                ),
                _ => continue,
            };
            auth.fault(at.clone(), Problem::new(missing).hint(hint));
        }
    }
}

fn read_schemes(auth: &Fields<'_, '_>) -> Option<Vec<Scheme>> {
    auth.value("schemes")?;
    let mut schemes = Vec::new();
    for (name, at) in auth.strings("schemes") {
        let found = Scheme::ALL.into_iter().find(|known| known.name() == name);
        match found {
            Some(scheme) if schemes.contains(&scheme) => {
                auth.fault(at, Problem::new(format!("`{name}` is listed twice")));
            }
            Some(scheme) => schemes.push(scheme),
            None => {
                let problem = Problem::new(format!("there is no scheme `{name}`"));
                let names = Scheme::ALL.iter().map(|known| known.name());
                auth.fault(
                    at,
                    problem.hint(match nearest(&name, names) {
                        Some(near) => format!("Did you mean `{near}`?"),
                        None => "Schemes are bearer, session, basic and api-key.".to_owned(),
                    }),
                );
            }
        }
    }
    Some(schemes)
}

impl BearerSpec {
    fn read(reader: &Reader<'_>, auth: &Fields<'_, '_>) -> Option<Self> {
        let (table, _) = auth.table("bearer")?;
        let bearer = Fields::new(reader, table, "[auth.bearer]");
        let issuer = bearer.string("issuer").map(|(issuer, _)| issuer);
        let keys = bearer.array("keys").unwrap_or_default();
        let spec = Self {
            expected: Expected {
                keys: keys
                    .iter()
                    .filter_map(|item| read_key(reader, item))
                    .collect(),
                issuers: issuer.iter().cloned().collect(),
                audience: bearer.string("audience").map(|(audience, _)| audience),
                clock_skew_s: seconds(&bearer, "clock_skew_s", 0).unwrap_or(0),
                holes: Holes {
                    accept_none: bearer.boolean("accept_none").unwrap_or(false),
                    trust_algorithm: bearer.boolean("trust_algorithm").unwrap_or(false),
                },
            },
            issuer,
            lifetime_s: seconds(&bearer, "lifetime_s", 1).unwrap_or(900),
            refresh_s: seconds(&bearer, "refresh_s", 1),
        };
        for (at, key) in spec.expected.keys.iter().enumerate() {
            let before = spec.expected.keys.iter().take(at);
            if before.into_iter().any(|other| other.kid == key.kid)
                && let Some(item) = keys.get(at)
            {
                let message = format!("two keys have the id `{}`", key.kid);
                bearer.fault(item.span(), Problem::new(message));
            }
        }
        bearer.finish();
        (!keys.is_empty()).then_some(spec)
    }
}

fn read_key(reader: &Reader<'_>, item: &Spanned<DeValue<'_>>) -> Option<Key> {
    let example = "For example { kid = \"1\", algorithm = \"HS256\", secret = \"…\" }.";
    let Some(table) = item.get_ref().as_table() else {
        let problem = Problem::new("a key is a table in braces").hint(example);
        reader.fault(item.span(), problem);
        return None;
    };
    let fields = Fields::new(reader, table, "a key");
    let fault = |at: Range<usize>, message: &str, hint: &str| {
        fields.fault(at, Problem::new(message).hint(hint));
        None
    };
    let (kid, algorithm) = (fields.string("kid"), fields.string("algorithm"));
    let (secret, private) = (fields.string("secret"), fields.string("private"));
    let key = match (kid, algorithm, secret, private) {
        (None, ..) => fault(item.span(), "this key has no `kid`", example),
        (_, None, ..) => fault(item.span(), "this key has no `algorithm`", example),
        (Some((kid, _)), Some((name, at)), secret, private) => {
            match (name.as_str(), secret, private) {
                ("HS256", Some((secret, at)), _) if secret.len() < LEAST_SECRET => fault(
                    at,
                    &format!(
                        "a secret for HS256 has at least 32 bytes, and this has {}",
                        secret.len()
                    ),
                    "A shorter one is found by trying (RFC 7518 §3.2).",
                ),
                ("HS256", Some((secret, _)), None) => Some(Key::hs256(&kid, secret.as_bytes())),
                ("HS256", ..) => fault(
                    at,
                    "a key for HS256 has a `secret` and no `private`",
                    example,
                ),
                ("EdDSA", None, Some((private, at))) => {
                    let bytes = BASE64URL.decode(&private);
                    let key = bytes.and_then(|bytes| Key::ed_dsa(&kid, &bytes));
                    key.or_else(|| {
                        let message = "`private` is 32 bytes as base64url, not all of them zero";
                        fault(
                            at,
                            message,
                            "That is 43 letters, digits, - and _ (RFC 8037 §2).",
                        )
                    })
                }
                ("EdDSA", ..) => fault(
                    at,
                    "a key for EdDSA has a `private` and no `secret`",
                    "For example { kid = \"1\", algorithm = \"EdDSA\", private = \"…\" }.",
                ),
                _ => fault(
                    at,
                    &format!("the algorithm `{name}` is not spoken here"),
                    "Algorithms are HS256 and EdDSA.",
                ),
            }
        }
    };
    fields.finish();
    key
}

impl SessionSpec {
    fn read(reader: &Reader<'_>, auth: &Fields<'_, '_>) -> Self {
        let mut spec = Self::default();
        let Some((table, at)) = auth.table("session") else {
            return spec;
        };
        let session = Fields::new(reader, table, "[auth.session]");
        if let Some((name, at)) = session.string("cookie") {
            if is_token(&name) {
                spec.cookie = name;
            } else {
                let problem = Problem::new(format!("`{name}` is no name of a cookie"));
                session.fault(at, problem.hint("Letters, digits, - and _ are fine."));
            }
        }
        let microseconds =
            |key, usual: u64| seconds(&session, key, 1).map_or(usual, |s| s * 1_000_000);
        spec.lifetime = Lifetime {
            idle_us: microseconds("idle_s", spec.lifetime.idle_us),
            max_age_us: microseconds("max_age_s", spec.lifetime.max_age_us),
        };
        spec.secure = session.boolean("secure").unwrap_or(spec.secure);
        spec.http_only = session.boolean("http_only").unwrap_or(spec.http_only);
        if let Some((name, at)) = session.string("same_site") {
            match name.as_str() {
                "lax" => spec.same_site = "Lax",
                "strict" => spec.same_site = "Strict",
                "none" => spec.same_site = "None",
                _ => {
                    let problem =
                        Problem::new("`same_site` must be \"lax\", \"strict\" or \"none\"");
                    session.fault(at, problem);
                }
            }
        }
        if let Some((path, at)) = session.string("path") {
            if path.starts_with('/') && !path.contains(|c: char| c == ';' || c.is_control()) {
                spec.path = path;
            } else {
                session.fault(at, Problem::new("`path` must begin with a slash"));
            }
        }
        spec.rotate = session.boolean("rotate").unwrap_or(spec.rotate);
        if let Some((name, at)) = session.string("csrf") {
            match name.as_str() {
                "token" => spec.csrf = true,
                "none" => spec.csrf = false,
                _ => {
                    let problem = Problem::new("`csrf` must be \"token\" or \"none\"");
                    session.fault(at, problem);
                }
            }
        }
        spec.check_prefix(&session, at);
        session.finish();
        spec
    }

    /// A name with a prefix promises something, and a browser that does not find it kept drops the
    /// cookie (RFC 6265bis §4.1.3).
    fn check_prefix(&self, session: &Fields<'_, '_>, at: Range<usize>) {
        let host = self.cookie.starts_with("__Host-");
        let broken = (host && (!self.secure || self.path != "/"))
            || (self.cookie.starts_with("__Secure-") && !self.secure);
        if broken {
            let message = format!(
                "a browser drops a cookie named `{}` with these attributes",
                self.cookie
            );
            let hint = "__Secure- wants secure = true, and __Host- wants path = \"/\" too.";
            session.fault(at, Problem::new(message).hint(hint));
        }
    }
}

impl ApiKeySpec {
    fn read(reader: &Reader<'_>, auth: &Fields<'_, '_>) -> Self {
        let mut spec = Self::default();
        let Some((table, _)) = auth.table("api_key") else {
            return spec;
        };
        let api_key = Fields::new(reader, table, "[auth.api_key]");
        if let Some((name, at)) = api_key.string("header") {
            match ::http::HeaderName::from_bytes(name.as_bytes()) {
                Ok(_) => spec.header = name,
                Err(_) => {
                    api_key.fault(at, Problem::new(format!("`{name}` is no name of a field")))
                }
            }
        }
        spec.keys = statement(&api_key, "keys", &["key_hash", "key"]).unwrap_or_default();
        api_key.finish();
        spec
    }
}

/// A statement that has these parameters and no others.
fn statement(fields: &Fields<'_, '_>, key: &'static str, known: &[&str]) -> Option<String> {
    let (sql, at) = fields.string(key)?;
    for name in named_parameters(&sql) {
        if !known.contains(&name) {
            let all: Vec<String> = known.iter().map(|name| format!("${name}")).collect();
            let problem = Problem::new(format!("nothing supplies `${name}`"));
            let problem = problem.hint(format!("This statement has {}.", all.join(" and ")));
            fields.fault(at.clone(), problem);
        }
    }
    Some(sql)
}

/// A number of seconds, at least `least` and at most ten years.
pub fn seconds(fields: &Fields<'_, '_>, key: &'static str, least: u64) -> Option<u64> {
    let (seconds, at) = fields.whole(key)?;
    if (least..=LONGEST_S).contains(&seconds) {
        return Some(seconds);
    }
    let message = format!("`{key}` must be {least} to {LONGEST_S} seconds, which is ten years");
    fields.fault(at, Problem::new(message));
    None
}

/// Whether a text is a token (RFC 9110 §5.6.2).
pub fn is_token(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !text.is_empty() && text.chars().all(letter)
}
