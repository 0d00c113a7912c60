//! Which route a request is for.

use std::borrow::Cow;
use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use crate::problem::Problem;

/// Paths and the methods each has.
#[derive(Clone, Default)]
pub struct Router {
    paths: matchit::Router<usize>,
    /// One entry a path: its template, and the number of the route by method.
    entries: Vec<(String, BTreeMap<String, usize>)>,
    routes: usize,
}

/// A path that was found.
pub struct Found<'a> {
    /// The template: `/books/{id}`.
    pub template: &'a str,
    /// Numbers of the routes by method.
    pub methods: &'a BTreeMap<String, usize>,
    /// Parameters of the path, decoded.
    pub parameters: Vec<(String, String)>,
}

impl Router {
    /// Adds the next route; routes are numbered from 0 in the order they are added.
    ///
    /// # Errors
    /// A malformed path, or one that cannot be told apart from another.
    pub fn add(&mut self, method: &str, path: &str) -> Result<(), Problem> {
        let number = self.routes;
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
            if methods.insert(method.to_owned(), number).is_some() {
                return Err(Problem::new(format!("{method} {path} is there twice")));
            }
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
        let methods = BTreeMap::from([(method.to_owned(), number)]);
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
        const STANDARD: [&str; 9] = [
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT",
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
    /// The route for a method; HEAD is served by GET (RFC 9110 §9.3.2).
    pub fn route(&self, method: &str) -> Option<usize> {
        let exact = self.methods.get(method);
        let found = match method {
            "HEAD" => exact.or_else(|| self.methods.get("GET")),
            _ => exact,
        };
        found.copied()
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
