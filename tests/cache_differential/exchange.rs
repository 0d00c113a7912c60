//! What both caches are given: a response stored for a request, and a later request.

use std::fmt;

use backlab::http::cache::Role;
use backlab::http::date::http_date;
use backlab::http::{Request, Response};
use bytes::Bytes;
use chrono::DateTime;

/// When the first response is received: 2 March 2026, 9:00.
pub const RECEIVED: i64 = 1_772_442_000;

/// The fields of a message; `Cache-Control` is kept apart, as directives.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Fields {
    /// Names, and arguments as they are written.
    pub directives: Vec<(String, Option<String>)>,
    /// Whether each directive has its own line.
    pub in_lines: bool,
    /// The other fields, in lower case.
    pub others: Vec<(&'static str, String)>,
}

impl Fields {
    /// Whether a field is there.
    pub fn has(&self, name: &str) -> bool {
        self.others.iter().any(|(known, _)| *known == name)
    }

    /// The first line of a field.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.others.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Puts one line in the place of all lines of a field.
    pub fn set(&mut self, name: &'static str, value: String) {
        self.drop(name);
        self.others.push((name, value));
    }

    /// Drops a field.
    pub fn drop(&mut self, name: &str) {
        self.others.retain(|(known, _)| *known != name);
    }

    /// Whether a directive is there, written in any case.
    pub fn says(&self, name: &str) -> bool {
        let mut names = self.directives.iter().map(|(name, _)| name);
        names.any(|known| known.eq_ignore_ascii_case(name))
    }

    /// Puts one that says nothing to caches in the place of a directive.
    pub fn unsay(&mut self, name: &str) {
        let named = |(known, _): &&mut (String, _)| known.eq_ignore_ascii_case(name);
        for directive in self.directives.iter_mut().filter(named) {
            *directive = ("no-transform".to_owned(), None);
        }
    }

    /// Puts a directive before all others.
    pub fn say(&mut self, name: &str, seconds: u64) {
        let directive = (name.to_owned(), Some(seconds.to_string()));
        self.directives.insert(0, directive);
    }

    /// All lines.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let text = |(name, argument): &(String, Option<String>)| match argument {
            Some(argument) => format!("{name}={argument}"),
            None => name.clone(),
        };
        let directives: Vec<String> = self.directives.iter().map(text).collect();
        let control = match self.in_lines || directives.is_empty() {
            true => directives,
            false => vec![directives.join(", ")],
        };
        let control = control.into_iter().map(|line| ("cache-control", line));
        control.chain(self.others.iter().cloned()).collect()
    }
}

/// A request.
#[derive(Clone, PartialEq, Eq)]
pub struct Asked {
    pub method: &'static str,
    pub path: &'static str,
    pub fields: Fields,
}

/// A response stored for a request, and a later request.
#[derive(Clone, PartialEq, Eq)]
pub struct Exchange {
    pub shared: bool,
    pub first: Asked,
    pub status: u16,
    pub answer: Fields,
    /// Microseconds between the response and the second request.
    pub waited_us: u64,
    pub second: Asked,
}

impl Exchange {
    /// The role of the cache.
    pub fn role(&self) -> Role {
        match self.shared {
            true => Role::Shared,
            false => Role::Private,
        }
    }

    /// The first response as a message.
    pub fn response(&self) -> Response {
        let mut response = ::http::Response::builder().status(self.status);
        for (name, value) in self.answer.lines() {
            response = response.header(name, value);
        }
        response.body(Bytes::from_static(b"body")).unwrap()
    }
}

impl Asked {
    /// The request as a message.
    pub fn message(&self) -> Request {
        let mut request = ::http::Request::builder()
            .method(self.method)
            .uri(self.path);
        for (name, value) in self.fields.lines() {
            request = request.header(name, value);
        }
        request.body(Bytes::new()).unwrap()
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = |f: &mut fmt::Formatter<'_>, fields: &Fields| {
            let mut lines = fields.lines().into_iter();
            lines.try_for_each(|(name, value)| writeln!(f, "    {name}: {value}"))
        };
        writeln!(f, "  {:?} cache", self.role())?;
        writeln!(f, "  {} {}", self.first.method, self.first.path)?;
        lines(f, &self.first.fields)?;
        writeln!(f, "  {}, received {}", self.status, date(RECEIVED))?;
        lines(f, &self.answer)?;
        let seconds = self.waited_us as f64 / 1e6;
        let Asked { method, path, .. } = &self.second;
        writeln!(f, "  {method} {path}, {seconds} s later")?;
        lines(f, &self.second.fields)
    }
}

/// A moment as HTTP writes it.
pub fn date(seconds: i64) -> String {
    let moment = DateTime::from_timestamp(seconds, 0).unwrap();
    http_date(moment.naive_utc())
}

/// A moment in an obsolete form (RFC 9110 §5.6.7).
pub fn obsolete_date(seconds: i64) -> String {
    let moment = DateTime::from_timestamp(seconds, 0).unwrap();
    moment.format("%A, %d-%b-%y %H:%M:%S GMT").to_string()
}
