//! `layers`: what a request meets on its way.

use crate::problem::Problem;
use crate::toml_read::{Fields, nearest};

/// The layers there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LayerKind {
    /// The client's cookies and same-origin policy.
    Browser,
    /// The client's own cache.
    BrowserCache,
    /// A cache shared by all clients.
    Cdn,
    /// A rate limiter.
    RateLimit,
    /// Says which pages may read.
    Cors,
    /// The authorization server of OAuth 2.0.
    AuthorizationServer,
    /// Who is asking, and may they.
    Auth,
    /// The API.
    Routes,
}

impl LayerKind {
    /// All layers, in the usual order.
    pub const ALL: [Self; 8] = [
        Self::Browser,
        Self::BrowserCache,
        Self::Cdn,
        Self::RateLimit,
        Self::Cors,
        Self::AuthorizationServer,
        Self::Auth,
        Self::Routes,
    ];

    /// Whether it runs at the client, before the network.
    pub fn is_clients(self) -> bool {
        matches!(self, Self::Browser | Self::BrowserCache)
    }

    /// The name used in `world.toml` and in traces.
    pub fn name(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::BrowserCache => "browser-cache",
            Self::Cdn => "cdn",
            Self::RateLimit => "rate-limit",
            Self::Cors => "cors",
            Self::AuthorizationServer => "authorization-server",
            Self::Auth => "auth",
            Self::Routes => "routes",
        }
    }
}

/// Reads `layers`; the routes alone if there is none.
pub fn read(fields: &Fields<'_, '_>) -> Vec<LayerKind> {
    if fields.value("layers").is_none() {
        return vec![LayerKind::Routes];
    }
    let names = || LayerKind::ALL.iter().map(|kind| kind.name());
    let all = names().collect::<Vec<_>>().join(", ");
    let mut layers = Vec::new();
    let mut last = 0..0;
    for (name, at) in fields.strings("layers") {
        last = at.clone();
        let Some(kind) = LayerKind::ALL.into_iter().find(|k| k.name() == name) else {
            let problem = Problem::new(format!("there is no layer `{name}`"));
            fields.fault(
                at,
                problem.hint(match nearest(&name, names()) {
                    Some(near) => format!("Did you mean `{near}`?"),
                    None => format!("Layers are {all}."),
                }),
            );
            continue;
        };
        let problem = if layers.contains(&kind) {
            Some(format!("`{name}` is listed twice"))
        } else if layers.contains(&LayerKind::Routes) {
            Some(format!(
                "nothing reaches `{name}`: `routes` answers before it"
            ))
        } else if kind.is_clients() && !layers.iter().all(|layer| layer.is_clients()) {
            Some(format!("`{name}` is the client's own, so it comes first"))
        } else if kind == LayerKind::Browser && !layers.is_empty() {
            Some("`browser` comes before `browser-cache`: it adds the cookies first".to_owned())
        } else {
            None
        };
        match problem {
            Some(message) => fields.fault(at, Problem::new(message)),
            None => layers.push(kind),
        }
    }
    if !layers.contains(&LayerKind::Routes) {
        let problem = Problem::new("without `routes` at the end of `layers` nothing answers");
        fields.fault(last, problem);
    }
    layers
}
