//! Who may use a route: its keys `auth`, `role`, `scope`, `allow` and what else is about people.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::super::rules::Rule;
use super::auth::{AuthSpec, Scheme};
use super::body::{BodySpec, Consumed};
use crate::problem::Problem;
use crate::toml_read::{At, Fields, Reader, nearest};

/// Where the keys stand that are checked once the whole route is read.
#[derive(Default)]
pub struct Places {
    allow: Option<Range<usize>>,
    hide: Option<Range<usize>>,
    hash: Vec<At<String>>,
}

/// Who may use a route, and what it does about who is asking.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Access {
    /// Whether somebody must be known.
    pub need: Need,
    /// Roles of which one is wanted; empty wants none.
    pub roles: Vec<String>,
    /// Words of scope which all are wanted.
    pub scope: Vec<String>,
    /// The statement that must give a row.
    pub allow: Option<String>,
    /// Whether what is not allowed seems not to be there.
    pub hide: bool,
    /// The hole: `allow` is not asked.
    pub skip_allow: bool,
    /// Members of the body that are hashed before they are bound.
    pub hash: Vec<String>,
    /// What it does besides its statements.
    pub act: Option<Act>,
}

/// Whether a route wants to know who is asking.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Need {
    /// It does not look.
    #[default]
    None,
    /// Whoever shows credentials must show good ones.
    Optional,
    /// Nobody is not served.
    Required,
}

/// What a route does about who is asking.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// Logs somebody in.
    Login(Login),
    /// Gives new tokens for a refresh token.
    Refresh,
    /// Ends the session, or revokes the token.
    Logout,
    /// Gives the session's token against forged requests.
    Csrf,
}

/// How somebody logs in.
#[derive(Debug, Clone, PartialEq)]
pub struct Login {
    /// By a token, or by a session.
    pub bearer: bool,
    /// The body's member with the name.
    pub name: String,
    /// The body's member with the password.
    pub password: String,
    /// The body's member with the one-time password, if the route asks for one.
    pub totp: Option<String>,
}

impl Act {
    /// The keys that name them.
    pub const KEYS: [&str; 4] = ["login", "refresh", "logout", "csrf"];

    /// The members of the body it needs, and whether each must be there.
    pub fn members(&self) -> Vec<(&str, bool)> {
        match self {
            Self::Login(login) => {
                let mut members =
                    vec![(login.name.as_str(), true), (login.password.as_str(), true)];
                members.extend(login.totp.as_deref().map(|totp| (totp, false)));
                members
            }
            Self::Refresh => vec![("refresh_token", true)],
            Self::Logout | Self::Csrf => Vec::new(),
        }
    }
}

impl Access {
    /// Reads these keys of a route.
    pub fn read(reader: &Reader<'_>, route: &Fields<'_, '_>, auth: &AuthSpec) -> (Self, Places) {
        let texts = |key| route.strings(key).into_iter().map(|(text, _)| text);
        let roles: Vec<String> = texts("role").collect();
        let scope: Vec<String> = texts("scope")
            .flat_map(|text| crate::http::auth::words(&text))
            .collect();
        let need = match read_need(route) {
            Need::None if !roles.is_empty() || !scope.is_empty() => Need::Required,
            need => need,
        };
        let act = read_act(reader, route, auth);
        let (allow, hash) = (route.string("allow"), route.strings("hash"));
        let places = Places {
            allow: allow.as_ref().map(|(_, at)| at.clone()),
            hide: route.value("hide").map(|value| value.span()),
            hash: hash.clone(),
        };
        let access = Self {
            // Whoever is to be logged out has to be known.
            need: match (need, &act) {
                (Need::None, Some(Act::Logout)) => Need::Optional,
                (need, _) => need,
            },
            roles,
            scope,
            allow: allow.map(|(sql, _)| sql),
            hide: route.boolean("hide").unwrap_or(false),
            skip_allow: route.boolean("skip_allow").unwrap_or(false),
            hash: hash.into_iter().map(|(name, _)| name).collect(),
            act,
        };
        (access, places)
    }

    /// Checks what depends on the rest of the route. `parameters` checks the statement `allow`.
    pub fn check(
        &self,
        route: &Fields<'_, '_>,
        places: &Places,
        body: Option<&BodySpec>,
        parameters: impl Fn(&str, Range<usize>),
    ) {
        match (&self.allow, &places.allow, &places.hide) {
            (Some(sql), Some(at), _) => parameters(sql, at.clone()),
            (None, _, Some(at)) => {
                let problem = Problem::new("without `allow` there is nothing to hide");
                route.fault(at.clone(), problem);
            }
            _ => {}
        }
        let rules = body.map(|body| body.rules.as_slice()).unwrap_or_default();
        let body: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
        for (name, at) in &places.hash {
            if !body.contains(&name.as_str()) {
                let problem = Problem::new(format!("the body has no `{name}` to hash"));
                let problem = match nearest(name, body.iter().copied()) {
                    Some(near) => problem.hint(format!("Did you mean `{near}`?")),
                    None => problem.hint(format!(
                        "Give it a rule: body = {{ {name} = {{ type = \"string\" }} }}."
                    )),
                };
                route.fault(at.clone(), problem);
            }
        }
    }
}

impl Access {
    /// The body with rules of the members that the route itself reads.
    pub fn with_members(&self, body: Option<BodySpec>) -> Option<BodySpec> {
        let members = self.act.as_ref().map(Act::members).unwrap_or_default();
        if members.is_empty() {
            return body;
        }
        let mut body = body.unwrap_or_else(|| BodySpec {
            consumes: vec![Consumed::Json],
            ..BodySpec::default()
        });
        for (name, required) in members {
            if body.rules.iter().all(|rule| rule.name != name) {
                body.rules.push(Rule {
                    name: name.to_owned(),
                    required,
                    ..Rule::default()
                });
            }
        }
        Some(body)
    }
}

fn read_need(route: &Fields<'_, '_>) -> Need {
    let Some((text, at)) = route.string("auth") else {
        return Need::None;
    };
    match text.as_str() {
        "none" => Need::None,
        "optional" => Need::Optional,
        "required" => Need::Required,
        _ => {
            let problem = Problem::new("`auth` must be \"required\", \"optional\" or \"none\"");
            route.fault(at, problem);
            Need::Required
        }
    }
}

fn read_act(reader: &Reader<'_>, route: &Fields<'_, '_>, auth: &AuthSpec) -> Option<Act> {
    let login = route
        .value("login")
        .map(|value| (value.get_ref(), value.span()));
    let mut acts: Vec<(Act, Range<usize>)> = Vec::new();
    if let Some((value, at)) = login {
        let login = match value {
            DeValue::Table(table) => read_login(reader, table, at.clone()),
            other => by(route, other.as_str().unwrap_or(""), at.clone()).map(|bearer| Login {
                bearer,
                name: "name".to_owned(),
                password: "password".to_owned(),
                totp: None,
            }),
        };
        acts.extend(login.map(|login| (Act::Login(login), at)));
    }
    for (key, act) in [
        ("refresh", Act::Refresh),
        ("logout", Act::Logout),
        ("csrf", Act::Csrf),
    ] {
        let at = route.value(key).map(|value| value.span());
        if route.boolean(key) == Some(true)
            && let Some(at) = at
        {
            acts.push((act, at));
        }
    }
    for (act, at) in &acts {
        check_act(route, act, at.clone(), auth);
    }
    if let Some((_, at)) = acts.get(1) {
        let problem = Problem::new("a route does one of `login`, `refresh`, `logout` and `csrf`");
        route.fault(at.clone(), problem);
    }
    acts.into_iter().next().map(|(act, _)| act)
}

/// What an act needs of `[auth]`.
fn check_act(route: &Fields<'_, '_>, act: &Act, at: Range<usize>, auth: &AuthSpec) {
    let refreshes = auth
        .bearer
        .as_ref()
        .is_some_and(|bearer| bearer.refresh_s.is_some());
    let (missing, hint) = match act {
        Act::Login(_) if auth.users.is_none() => (
            "`login` needs to find users",
            "Give [auth] users = \"SELECT id, email AS name, role, password_hash FROM users WHERE email = $name\".",
        ),
        Act::Login(login) if login.bearer && auth.bearer.is_none() => (
            "`login = \"bearer\"` needs keys to sign tokens",
            "Give [auth.bearer] keys = [{ kid = \"1\", algorithm = \"HS256\", secret = \"…\" }].",
        ),
        Act::Login(login) if !login.bearer && !auth.accepts(Scheme::Session) => (
            "`login = \"session\"` needs sessions to be accepted",
            "Put \"session\" into `schemes` of [auth].",
        ),
        Act::Refresh if !refreshes => (
            "`refresh` needs refresh tokens",
            "Give [auth.bearer] refresh_s = 1209600.",
        ),
        Act::Csrf if !auth.accepts(Scheme::Session) => (
            "`csrf` needs sessions to be accepted",
            "Put \"session\" into `schemes` of [auth].",
        ),
        _ => return,
    };
    route.fault(at, Problem::new(missing).hint(hint));
}

fn read_login(reader: &Reader<'_>, table: &DeTable<'_>, at: Range<usize>) -> Option<Login> {
    let fields = Fields::new(reader, table, "`login`");
    let text = |key| fields.string(key).map(|(text, _)| text);
    let bearer = match fields.string("by") {
        Some((text, at)) => by(&fields, &text, at),
        None => by(&fields, "", at),
    };
    let login = bearer.map(|bearer| Login {
        bearer,
        name: text("name").unwrap_or_else(|| "name".to_owned()),
        password: text("password").unwrap_or_else(|| "password".to_owned()),
        totp: text("totp"),
    });
    fields.finish();
    login
}

/// Whether somebody is logged in by a token.
fn by(fields: &Fields<'_, '_>, text: &str, at: Range<usize>) -> Option<bool> {
    match text {
        "bearer" => Some(true),
        "session" => Some(false),
        _ => {
            let problem = Problem::new("somebody is logged in by \"session\" or by \"bearer\"");
            let hint =
                "Write login = \"session\", or login = { by = \"session\", name = \"email\" }.";
            fields.fault(at, problem.hint(hint));
            None
        }
    }
}
