//! `[cors]`: which pages may read the answers.

use ::http::HeaderName;

use crate::http::browser::origin::Origin;
use crate::problem::Problem;
use crate::toml_read::{Fields, Reader};

/// Which pages of other origins may send, and read what comes back (Fetch §3.3).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CorsSpec {
    /// Origins, or `*`; nobody if there is none.
    pub origins: Vec<String>,
    /// Methods beside GET, HEAD and POST, which need no leave.
    pub methods: Vec<String>,
    /// Fields a script may write.
    pub headers: Vec<String>,
    /// Fields of the answer a script may see.
    pub expose: Vec<String>,
    /// Whether cookies count.
    pub credentials: bool,
    /// Seconds a preflight's answer counts.
    pub max_age_s: Option<u64>,
    /// A hole: every origin is allowed, with credentials.
    pub reflect_origin: bool,
}

impl CorsSpec {
    /// Reads `[cors]`; nobody is allowed where it says nothing.
    pub fn read(reader: &Reader<'_>, fields: &Fields<'_, '_>) -> Self {
        let Some((table, _)) = fields.table("cors") else {
            return Self::default();
        };
        let cors = Fields::new(reader, table, "[cors]");
        let max_age_s = cors.whole("max_age_s");
        if let Some((seconds, at)) = &max_age_s
            && *seconds > 86_400
        {
            let problem = Problem::new("`max_age_s` is more than a day");
            let hint = "No browser remembers a preflight for longer than 86400 seconds.";
            cors.fault(at.clone(), problem.hint(hint));
        }
        let spec = Self {
            origins: origins(&cors),
            methods: words(&cors, "methods", "a method such as PUT"),
            headers: words(&cors, "headers", "a field such as Content-Type"),
            expose: words(&cors, "expose", "a field such as ETag"),
            credentials: cors.boolean("credentials").unwrap_or(false),
            max_age_s: max_age_s.map(|(seconds, _)| seconds),
            reflect_origin: cors.boolean("reflect_origin").unwrap_or(false),
        };
        cors.finish();
        spec
    }

    /// Whether pages of this origin may read.
    pub fn allows(&self, origin: &str) -> bool {
        let is_named = |named: &String| named == "*" || named == origin;
        self.reflect_origin || self.origins.iter().any(is_named)
    }

    /// Whether every origin gets the same answer, so that caches need not tell them apart.
    pub fn is_for_all(&self) -> bool {
        !self.reflect_origin && self.origins.iter().any(|named| named == "*")
    }
}

fn origins(cors: &Fields<'_, '_>) -> Vec<String> {
    let listed = cors.strings("origins").into_iter();
    let known = listed.filter_map(|(text, at)| {
        let read = Origin::of_url(&text).map(|origin| origin.to_string());
        if text == "*" || read.as_ref() == Some(&text) {
            return Some(text);
        }
        let problem = Problem::new(format!("`{text}` is not an origin"));
        cors.fault(
            at,
            problem.hint(match read {
                Some(origin) => format!("Write \"{origin}\": scheme, host and port, no path."),
                None => "Write \"https://app.example\", or \"*\" for all.".to_owned(),
            }),
        );
        None
    });
    known.collect()
}

/// Words that can stand in a list of methods or fields.
fn words(cors: &Fields<'_, '_>, key: &'static str, what: &str) -> Vec<String> {
    let listed = cors.strings(key).into_iter();
    let known = listed.filter_map(|(text, at)| {
        // The words of both are tokens (RFC 9110 §5.6.2).
        if HeaderName::from_bytes(text.as_bytes()).is_ok() {
            return Some(text);
        }
        cors.fault(at, Problem::new(format!("`{text}` is not {what}")));
        None
    });
    known.collect()
}
