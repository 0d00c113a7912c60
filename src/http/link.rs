//! The `Link` field (RFC 8288 §3): written, and read again.

use std::fmt;

use ::http::header::{HeaderValue, LINK};

use super::Response;
use super::cache::directives::split_outside_quotes;

/// A link to another resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Where it leads: an absolute URL, or one relative to the response's.
    pub target: String,
    /// Its parameters in order, `rel` among them; a name is in lower case.
    pub params: Vec<(String, String)>,
}

impl Link {
    /// A link of a relation: `next`, `author`, ….
    pub fn new(target: impl Into<String>, relation: &str) -> Self {
        Self {
            target: target.into(),
            params: vec![("rel".to_owned(), relation.to_owned())],
        }
    }

    /// The first parameter of a name.
    pub fn param(&self, name: &str) -> Option<&str> {
        let found = self.params.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether it is of a relation; one link may have several, and case makes no difference
    /// (RFC 8288 §2.1, §3.3).
    pub fn is(&self, relation: &str) -> bool {
        let own = self.param("rel").unwrap_or_default();
        own.split_ascii_whitespace()
            .any(|own| own.eq_ignore_ascii_case(relation))
    }

    /// Adds it to a response. Several links are one list (RFC 9110 §5.3).
    pub fn add_to(&self, response: &mut Response) {
        let before = response.headers().get(LINK).map(HeaderValue::as_bytes);
        let mut line = before.map_or(Vec::new(), |before| [before, b", "].concat());
        line.extend_from_slice(self.to_string().as_bytes());
        // What cannot be sent is left out: it can only come from data.
        if let Ok(value) = HeaderValue::from_bytes(&line) {
            response.headers_mut().insert(LINK, value);
        }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.target)?;
        for (name, value) in &self.params {
            // The extended form has its own escapes, and no quotes (RFC 8187 §3.2).
            if name.ends_with('*') {
                write!(f, "; {name}={value}")?;
            } else {
                let value = value.replace('\\', "\\\\").replace('"', "\\\"");
                write!(f, "; {name}=\"{value}\"")?;
            }
        }
        Ok(())
    }
}

/// Reads the links of a field; what is no link is left out (RFC 8288, appendix B.2).
pub fn parse(field: &str) -> Vec<Link> {
    let mut links = Vec::new();
    let mut rest = field;
    while let Some((_, from)) = rest.split_once('<') {
        let Some((target, after)) = from.split_once('>') else {
            break;
        };
        // The link ends at the first comma that is not in quotes.
        let own = split_outside_quotes(after, ',')
            .first()
            .map_or(0, |own| own.len());
        let (own, others) = after.split_at(own);
        let mut params: Vec<(String, String)> = Vec::new();
        for param in split_outside_quotes(own, ';').into_iter().skip(1) {
            let (name, value) = param.split_once('=').unwrap_or((param, ""));
            let name = name.trim().to_ascii_lowercase();
            // Only the first `rel` counts (RFC 8288 §3.3).
            let again = name == "rel" && params.iter().any(|(own, _)| own == "rel");
            if !name.is_empty() && !again {
                params.push((name, unquoted(value.trim())));
            }
        }
        links.push(Link {
            target: target.trim().to_owned(),
            params,
        });
        rest = others;
    }
    links
}

/// The text of a quoted string or of a token (RFC 9110 §5.6.4).
fn unquoted(text: &str) -> String {
    let inside = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    let Some(inside) = inside else {
        return text.to_owned();
    };
    let mut plain = String::with_capacity(inside.len());
    let mut letters = inside.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => plain.extend(letters.next()),
            other => plain.push(other),
        }
    }
    plain
}
