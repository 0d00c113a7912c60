//! A record of decisions: one JSON object a request and line, with the reason and the section.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use backlab::http::cache::Why;
use backlab::http::trace::{Decision, Fact};
use hyper::Request;
use serde_json::json;

/// Where decisions are written.
pub struct Record(File);

/// What tells a request from others: which test of which suite sent it, if one did, and what it asked.
pub struct Asked {
    test: Option<String>,
    number: Option<u64>,
    method: String,
    target: String,
}

impl Asked {
    /// Of a request as it came; tests of http-cache-tests name themselves in `Test-ID` and `Req-Num`. Some
    /// share their lists of fields, in which the last is their own.
    pub fn of<B>(request: &Request<B>) -> Self {
        let field = |name| {
            let line = request.headers().get_all(name).iter().next_back()?;
            line.to_str().ok()?.rsplit(',').next().map(str::trim)
        };
        Self {
            test: field("test-id").map(str::to_owned),
            number: field("req-num").and_then(|number| number.parse().ok()),
            method: request.method().to_string(),
            target: request.uri().to_string(),
        }
    }
}

impl Record {
    /// A new record in place of what was in that file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn create(path: &Path) -> Result<Self> {
        let file = File::create(path);
        let file = file.with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(Self(file))
    }

    /// Adds what was decided on a request, before it is answered.
    pub fn note(&mut self, asked: &Asked, decision: Decision, why: &Why) {
        let facts: Vec<Fact> = why.facts.iter().cloned().map(Fact::from).collect();
        let line = json!({
            "test": asked.test,
            "request": asked.number,
            "method": asked.method,
            "target": asked.target,
            "decision": decision,
            "label": why.label,
            "reason": &*why.reason,
            "standard": why.standard,
            "facts": facts,
        });
        // At once, so that who has the answer finds the decision.
        if let Err(error) = writeln!(self.0, "{line}") {
            eprintln!("a decision is not on record: {error}");
        }
    }
}
