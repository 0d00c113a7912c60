//! Variables: values kept of answers, and filled into later requests.

use std::collections::BTreeMap;

use crate::http::message::{Auth, Burst, Capture, RequestText};
use crate::http::text::is_variable;
use crate::lab::assertion::Evidence;
use crate::lab::assertion::query::Query;
use crate::lab::problem::nearest;
use crate::problem::Problem;
use crate::protocol::Exchange;

/// Most variables a world keeps, and most captures of one request.
const MAX_KEPT: usize = 100;
/// Largest value in bytes.
const MAX_VALUE: usize = 64 * 1024;
/// Largest text in bytes that becomes of one text; a request's body may not be larger either.
const MAX_FILLED: usize = 1024 * 1024;

/// What was kept of answers.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables {
    /// Values by name. One that was looked for and not found is kept with the reason.
    values: BTreeMap<String, Result<String, Problem>>,
}

/// A capture whose query was read.
pub struct Wanted {
    name: String,
    /// As it was written, for messages.
    text: String,
    query: Query,
}

/// Reads the queries of captures.
///
/// # Errors
/// The first that cannot be put to an answer.
pub fn read(captures: &[Capture]) -> Result<Vec<Wanted>, Problem> {
    if captures.len() > MAX_KEPT {
        let problem = Problem::new(format!("{} captures are too many.", captures.len()));
        return Err(problem.hint(format!("One request has at most {MAX_KEPT}.")));
    }
    let wanted = captures.iter().map(|capture| {
        let Capture { name, query: text } = capture;
        let query = Query::read(text).map_err(|fault| {
            Problem::new(format!("@capture {name}: {}", fault.message)).hint(fault.hint)
        })?;
        Ok(Wanted {
            name: name.clone(),
            text: text.clone(),
            query,
        })
    });
    wanted.collect()
}

impl Variables {
    /// Names and values, by name.
    pub(super) fn all(&self) -> Vec<(String, String)> {
        let known = self.values.iter().filter_map(|(name, value)| {
            let value = value.as_ref().ok()?;
            Some((name.clone(), value.clone()))
        });
        known.collect()
    }

    /// The value of a name.
    pub(super) fn known(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.as_ref().ok().map(String::as_str)
    }

    /// Request and burst with every `{{name}}` in URL, fields, body and `# @auth` filled in.
    ///
    /// # Errors
    /// A variable that is not known, or a text that would become too long.
    pub(super) fn fill(
        &self,
        request: &RequestText,
        burst: &Burst,
    ) -> Result<(RequestText, Burst), Problem> {
        let field = |(name, value): &(String, String)| Ok((name.clone(), self.filled(value)?));
        let auth = match &burst.auth {
            Some(Auth::Basic { user, password }) => Some(Auth::Basic {
                user: self.filled(user)?,
                password: self.filled(password)?,
            }),
            Some(Auth::Bearer { token }) => Some(Auth::Bearer {
                token: self.filled(token)?,
            }),
            Some(Auth::ApiKey { key }) => Some(Auth::ApiKey {
                key: self.filled(key)?,
            }),
            None => None,
        };
        let request = RequestText {
            method: request.method.clone(),
            url: self.filled(&request.url)?,
            headers: request
                .headers
                .iter()
                .map(field)
                .collect::<Result<_, _>>()?,
            body: self.filled(&request.body)?,
        };
        let burst = Burst {
            auth,
            ..burst.clone()
        };
        Ok((request, burst))
    }

    /// A text with its variables filled in. Braces that hold no name are text.
    fn filled(&self, text: &str) -> Result<String, Problem> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("{{") {
            filled.push_str(before);
            match behind.split_once("}}") {
                Some((name, after)) if is_variable(name.trim()) => {
                    filled.push_str(self.value(name.trim())?);
                    rest = after;
                }
                _ => {
                    filled.push_str("{{");
                    rest = behind;
                }
            }
            if filled.len() > MAX_FILLED {
                let problem = Problem::new("With its variables filled in, this is over 1 MB.");
                return Err(problem.hint("Send less at a time."));
            }
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn value(&self, name: &str) -> Result<&str, Problem> {
        match self.values.get(name) {
            Some(Ok(value)) => return Ok(value),
            Some(Err(why)) => {
                return Err(Problem {
                    message: format!("Not sent, for {{{{{name}}}}} is not known: {}", why.message),
                    ..why.clone()
                });
            }
            None => {}
        }
        let known = || {
            let found = self.values.iter().filter(|(_, value)| value.is_ok());
            found.map(|(name, _)| name.as_str())
        };
        let names: Vec<&str> = known().collect();
        let hint = match nearest(name, known()) {
            Some(near) => format!("Did you mean {{{{{near}}}}}?"),
            None if names.is_empty() => format!(
                "Keep it of an answer first: # @capture {name} = jsonpath \"$.{name}\" before the request that gives it."
            ),
            None => format!("Known so far: {}.", names.join(", ")),
        };
        Err(Problem::new(format!("Not sent: there is no variable {{{{{name}}}}}.")).hint(hint))
    }

    /// Keeps what `wanted` finds in an answer; gives what it does not find.
    pub(super) fn keep(&mut self, wanted: &[Wanted], exchange: &Exchange) -> Vec<Problem> {
        let mut missed = Vec::new();
        for Wanted { name, text, query } in wanted {
            let is_full = self.values.len() >= MAX_KEPT && !self.values.contains_key(name);
            if is_full {
                let problem = Problem::new(format!(
                    "“{name}” was not kept: there are {MAX_KEPT} variables already."
                ));
                missed.push(problem.hint("Use a name that is there."));
                continue;
            }
            let value = find(name, text, query, exchange);
            missed.extend(value.as_ref().err().cloned());
            self.values.insert(name.clone(), value);
        }
        missed
    }
}

fn find(name: &str, text: &str, query: &Query, exchange: &Exchange) -> Result<String, Problem> {
    let evidence = Evidence {
        exchange: Some(exchange),
        ..Evidence::default()
    };
    let response = &exchange.response;
    let found = query.ask(&evidence, false);
    let Some(value) = found.filter(|value| !value.is_null()) else {
        let problem = Problem::new(format!(
            "“{name}” was not kept: {text} finds nothing in the answer ({} {}).",
            response.status, response.reason
        ));
        return Err(problem.hint(if response.status >= 400 {
            "The request did not succeed; its answer says why."
        } else {
            "Compare it with what the answer holds."
        }));
    };
    let value = match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    if value.len() > MAX_VALUE {
        let problem = Problem::new(format!("“{name}” was not kept: {text} finds over 64 kB."));
        return Err(problem.hint("Keep a part of it."));
    }
    Ok(value)
}
