//! `[oauth]`: the authorization server.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::auth::{AuthSpec, seconds};
use crate::problem::Problem;
use crate::toml_read::{At, Fields, Reader};

/// Settings of the layer `authorization-server`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OauthSpec {
    /// Who it is: a URL of its host, as tokens name it in `iss`.
    pub issuer: String,
    /// Seconds a code is good for.
    pub code_s: u64,
    /// Words of scope there are; empty allows all.
    pub scopes: Vec<String>,
    /// The programs that may ask.
    pub clients: Vec<ClientSpec>,
}

/// A program that acts for people.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientSpec {
    /// Its id.
    pub id: String,
    /// Where codes may be sent: whole URLs, compared letter by letter (RFC 9700 §4.1.3).
    pub redirect: Vec<String>,
    /// What it shows the token endpoint; none if it cannot keep a secret (RFC 6749 §2.1).
    pub secret: Option<String>,
    /// Whether it must use PKCE.
    pub pkce: bool,
}

impl OauthSpec {
    /// Reads `[oauth]`; knows no client if there is none.
    pub fn read(reader: &Reader<'_>, fields: &Fields<'_, '_>, auth: &AuthSpec) -> Self {
        let Some((table, at)) = fields.table("oauth") else {
            return Self::default();
        };
        let oauth = Fields::new(reader, table, "[oauth]");
        let clients = oauth.array("clients").unwrap_or_default();
        let scopes = oauth.strings("scopes");
        let spec = Self {
            issuer: read_issuer(&oauth, at.clone()),
            code_s: seconds(&oauth, "code_s", 1).unwrap_or(60),
            scopes: scopes.into_iter().map(|(scope, _)| scope).collect(),
            clients: clients
                .iter()
                .filter_map(|item| read_client(reader, item))
                .collect(),
        };
        if auth.users.is_none() || auth.bearer.is_none() {
            let problem = Problem::new("the authorization server has no users, or no keys");
            let hint = "It takes them from [auth] users and [auth.bearer] keys.";
            oauth.fault(at, problem.hint(hint));
        }
        oauth.finish();
        spec
    }

    /// A client by its id.
    pub fn client(&self, id: &str) -> Option<&ClientSpec> {
        self.clients.iter().find(|client| client.id == id)
    }

    /// Hosts that answer besides the API's: the authorization server's, and those of the clients,
    /// to which codes are sent.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        let redirect = self.clients.iter().flat_map(|client| &client.redirect);
        let urls = std::iter::once(&self.issuer).chain(redirect);
        urls.filter_map(|url| host_of(url))
    }
}

/// The host (with its port, if it has one) of a URL.
pub fn host_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    rest.get(..end).filter(|host| !host.is_empty())
}

fn read_issuer(oauth: &Fields<'_, '_>, table: Range<usize>) -> String {
    let Some((issuer, at)) = oauth.string("issuer") else {
        let problem = Problem::new("the authorization server has no `issuer`");
        oauth.fault(
            table,
            problem.hint("For example issuer = \"https://id.example\"."),
        );
        return String::new();
    };
    if host_of(&issuer).is_none() || issuer.contains(['?', '#', ' ']) {
        let problem = Problem::new("`issuer` must be a URL without query and fragment");
        oauth.fault(
            at,
            problem.hint("For example issuer = \"https://id.example\"."),
        );
    }
    issuer
}

fn read_client(reader: &Reader<'_>, item: &Spanned<DeValue<'_>>) -> Option<ClientSpec> {
    let example = "For example { id = \"reading-list\", redirect = [\"https://reading-list.example/callback\"], public = true }.";
    let Some(table) = item.get_ref().as_table() else {
        let problem = Problem::new("a client is a table in braces").hint(example);
        reader.fault(item.span(), problem);
        return None;
    };
    let fields = Fields::new(reader, table, "a client");
    let redirect = fields.strings("redirect");
    for (url, at) in &redirect {
        if host_of(url).is_none() || url.contains(['#', ' ', '*']) {
            let problem = Problem::new("`redirect` must be a whole URL without a fragment");
            let hint = "It is compared letter by letter: no patterns (RFC 9700 §4.1.3).";
            fields.fault(at.clone(), problem.hint(hint));
        }
    }
    let (id, secret) = (fields.string("id"), fields.string("secret"));
    let public = fields.boolean("public").unwrap_or(secret.is_none());
    if public == secret.is_some() {
        let problem = Problem::new("a client is public, or it has a `secret`");
        let hint = "Whatever runs in a browser or on a phone cannot keep one (RFC 6749 §2.1).";
        fields.fault(item.span(), problem.hint(hint));
    }
    let pkce = match fields.string("pkce") {
        None => public,
        Some((text, at)) => read_pkce(&fields, (text, at)),
    };
    let client = match id {
        Some((id, _)) if !redirect.is_empty() => Some(ClientSpec {
            id,
            redirect: redirect.into_iter().map(|(url, _)| url).collect(),
            secret: secret.map(|(secret, _)| secret),
            pkce,
        }),
        _ => {
            let problem = Problem::new("a client has an `id` and a `redirect`").hint(example);
            fields.fault(item.span(), problem);
            None
        }
    };
    fields.finish();
    client
}

fn read_pkce(fields: &Fields<'_, '_>, (text, at): At<String>) -> bool {
    match text.as_str() {
        "required" => true,
        "optional" => false,
        _ => {
            let problem = Problem::new("`pkce` must be \"required\" or \"optional\"");
            fields.fault(at, problem);
            true
        }
    }
}
