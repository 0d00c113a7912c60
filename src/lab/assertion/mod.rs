//! Assertions: `<query> <filter>* [not] <predicate>`, the syntax of Hurl's `[Asserts]` with words
//! for the trace, SQL results, caches, limiters and load figures.

mod evidence;
mod filter;
pub mod jsonpath;
mod lex;
mod limiter;
pub mod predicate;
pub mod query;
mod traffic;

use serde_json::Value;

pub use evidence::{Evidence, Kind, ProbeFigures, TestFigures};
use lex::{Word, fault, tokens};
use predicate::Predicate;
use query::Query;

use super::toml_text::Fault;

/// One assertion.
#[derive(Debug, Clone)]
pub struct Assertion {
    query: Query,
    negated: bool,
    predicate: Predicate,
}

/// What became of an assertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it holds.
    pub holds: bool,
    /// What was found, as text.
    pub found: String,
    /// What was wanted, as text.
    pub wanted: String,
}

impl Assertion {
    /// Reads an assertion.
    ///
    /// # Errors
    /// What is wrong, with the byte offset and what to write instead.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let all = tokens(text)?;
        let is_not = |token: Option<&lex::Token>| matches!(token.map(|t| &t.kind), Some(Word::Name(w)) if w == "not");
        let mut rest = all.as_slice();
        let mut negated = false;
        // `not` may stand before the whole as well as before the predicate.
        if is_not(rest.first()) {
            negated = true;
            rest = &rest[1..];
        }
        let (query, used) = Query::parse(rest, text.len())?;
        rest = &rest[used..];
        if is_not(rest.first()) {
            if negated {
                return Err(fault(
                    rest[0].offset,
                    "There is a `not` already.",
                    "Say it without the two.",
                ));
            }
            negated = true;
            rest = &rest[1..];
        }
        let predicate = if rest.is_empty() && query.is_boolean() {
            Predicate::Equals(Value::Bool(true))
        } else {
            Predicate::parse(rest, text.len())?
        };
        Ok(Self {
            query,
            negated,
            predicate,
        })
    }

    /// Whether it can be put to this kind of evidence.
    ///
    /// # Errors
    /// Message and hint.
    pub fn fits(&self, kind: Kind) -> Result<(), (String, String)> {
        self.query.fits(kind)
    }

    /// Judges the evidence.
    pub fn judge(&self, evidence: &Evidence<'_>) -> Verdict {
        let found = self.query.ask(evidence, self.predicate.is_about_a_number());
        let wanted = self.predicate.wanted();
        Verdict {
            holds: self.predicate.holds(found.as_ref()) != self.negated,
            found: found
                .as_ref()
                .map_or_else(|| "nothing".to_owned(), predicate::show),
            wanted: if self.negated {
                format!("not {wanted}")
            } else {
                wanted
            },
        }
    }
}

/// The first assertion that does not hold; none if all do.
pub fn first_failed(assertions: &[Assertion], evidence: &Evidence<'_>) -> Option<Verdict> {
    assertions
        .iter()
        .map(|assertion| assertion.judge(evidence))
        .find(|verdict| !verdict.holds)
}
