//! Which route a request is for.

use std::borrow::Cow;
use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use super::spec::{RouteSpec, WorldSpec};
use super::version::{NoVersion, Picked, Versions};
use crate::http::Request;
use crate::problem::Problem;

/// Paths and the methods each has.
#[derive(Clone, Default)]
pub struct Router {
    paths: matchit::Router<usize>,
    /// One entry a path: its template, and the routes by method.
    entries: Vec<(String, BTreeMap<String, Vec<Entry>>)>,
    routes: usize,
    /// How routes of one path and method are told apart, if the world has versions.
    versions: Option<Versions>,
}

/// A route of a path and a method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its version, if it is of one.
    pub version: Option<String>,
    /// Its number.
    pub number: usize,
    /// Media types it can answer with, where the choice of a version depends on them.
    pub media_types: Vec<String>,
}

/// A path that was found.
pub struct Found<'a> {
    /// The template: `/books/{id}`.
    pub template: &'a str,
    /// The routes by method.
    pub methods: &'a BTreeMap<String, Vec<Entry>>,
    versions: Option<&'a Versions>,
    /// Parameters of the path, decoded.
    pub parameters: Vec<(String, String)>,
}

impl Router {
    /// The routes of a checked world. A path that is refused was reported when the text was read;
    /// it is never found.
    pub fn of(spec: &WorldSpec) -> Self {
        let mut router = Self {
            versions: Versions::new(spec),
            ..Self::default()
        };
        for route in &spec.routes {
            let _ = router.add(route);
        }
        router
    }

    /// Adds the next route; routes are numbered from 0 in the order they are added.
    ///
    /// # Errors
    /// A malformed path, or one that cannot be told apart from another.
    pub fn add(&mut self, route: &RouteSpec) -> Result<(), Problem> {
        let (method, path) = (&route.method, route.path.as_str());
        let entry = Entry {
            version: route.life.version.clone(),
            number: self.routes,
            media_types: route.media_types(),
        };
        self.routes += 1;
        if !path.starts_with('/') {
            return Err(Problem::new(format!(
                "the path `{path}` must begin with a slash"
            )));
        }
        if path.contains(|c: char| c.is_whitespace() || "?#".contains(c)) {
            return Err(
                Problem::new(format!("the path `{path}` holds more than a path"))
                    .hint("Query parameters are declared in `query`."),
            );
        }
        if let Some((_, methods)) = self.entries.iter_mut().find(|(known, _)| known == path) {
            let own = methods.entry(method.clone()).or_default();
            if own.iter().any(|known| known.version == entry.version) {
                return Err(Problem::new(format!("{} is there twice", route.name())));
            }
            own.push(entry);
            return Ok(());
        }
        self.paths
            .insert(path, self.entries.len())
            .map_err(|error| match error {
                matchit::InsertError::Conflict { with } => {
                    Problem::new(format!("`{path}` cannot be told apart from `{with}`"))
                        .hint("Give the parameter the same name in both.")
                }
                other => Problem::new(format!("the path `{path}` is malformed: {other}"))
                    .hint("A parameter is a whole segment in braces: /books/{id}."),
            })?;
        let methods = BTreeMap::from([(method.clone(), vec![entry])]);
        self.entries.push((path.to_owned(), methods));
        Ok(())
    }

    /// Finds a path.
    pub fn find(&self, path: &str) -> Option<Found<'_>> {
        let path = normal(path);
        let matched = self.paths.at(&path).ok()?;
        let (template, methods) = self.entries.get(*matched.value)?;
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        Some(Found {
            template,
            methods,
            versions: self.versions.as_ref(),
            parameters: matched
                .params
                .iter()
                .map(|(name, value)| (name.to_owned(), decoded(value)))
                .collect(),
        })
    }

    /// Every path, in the author's order.
    pub fn templates(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(template, _)| template.as_str())
    }

    /// Whether any route has this method.
    pub fn knows_method(&self, method: &str) -> bool {
        const STANDARD: [&str; 10] = [
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY",
        ];
        STANDARD.contains(&method) || self.entries.iter().any(|(_, m)| m.contains_key(method))
    }
}

/// A path with its unreserved characters as themselves: percent-encoded, they mean the same (RFC 3986
/// §6.2.2.2). The others stay as they are, for an encoded slash is no slash.
fn normal(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return Cow::Borrowed(path);
    }
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let digits = after.get(..2).unwrap_or_default();
        let byte = u8::from_str_radix(digits, 16).map(char::from);
        match byte {
            Ok(c) if c.is_ascii_alphanumeric() || "-._~".contains(c) => {
                out.push(c);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                out.push('%');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

impl Found<'_> {
    /// The route a request is for; `None` if none has its method. HEAD is served by GET
    /// (RFC 9110 §9.3.2).
    ///
    /// # Errors
    /// There are routes, but none of the version it asks for.
    pub fn pick(&self, request: &Request) -> Result<Option<Picked>, NoVersion> {
        let method = request.method().as_str();
        let exact = self.methods.get(method);
        let entries = match method {
            "HEAD" => exact.or_else(|| self.methods.get("GET")),
            _ => exact,
        };
        match (self.versions, entries.map(Vec::as_slice)) {
            (_, None | Some([])) => Ok(None),
            (Some(versions), Some(entries)) => versions.pick(request, entries).map(Some),
            (None, Some([entry, ..])) => Ok(Some(Picked::only(entry.number))),
        }
    }

    /// The route of a method for a version: its own, else the one of no version.
    pub fn route(&self, method: &str, version: Option<&str>) -> Option<usize> {
        let entries = self.methods.get(method)?;
        let own = entries
            .iter()
            .find(|entry| entry.version.as_deref() == version);
        let any = || entries.iter().find(|entry| entry.version.is_none());
        own.or_else(any).map(|entry| entry.number)
    }

    /// The value of `Allow`: every method that works here.
    pub fn allow(&self) -> String {
        let mut names: Vec<&str> = self.methods.keys().map(String::as_str).collect();
        if names.contains(&"GET") && !names.contains(&"HEAD") {
            names.push("HEAD");
        }
        if !names.contains(&"OPTIONS") {
            names.push("OPTIONS");
        }
        names.sort_unstable();
        names.join(", ")
    }
}
