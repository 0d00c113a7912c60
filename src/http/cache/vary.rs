//! `Vary`: the request fields that select among stored responses (RFC 9111 §4.1), compared in a form
//! in which what means the same is the same.

use std::cmp::Ordering;
use std::rc::Rc;

use ::http::header::{ACCEPT_LANGUAGE, CONTENT_LANGUAGE, HeaderMap, HeaderName, HeaderValue, VARY};

use super::directives::split_outside_quotes;
use crate::http::Request;
use crate::http::parse::text_of;

/// The selecting fields, by name.
pub type Selecting = [Selected];

/// A selecting field of a request.
#[derive(Debug, Clone)]
pub struct Selected {
    /// As `Vary` names it, in lower case.
    pub name: String,
    /// The same, if a field can have this name.
    pub field: Option<HeaderName>,
    /// What it says, in a form in which what means the same is the same; `None` if it is absent.
    pub value: Option<String>,
    /// The lines as they were sent, by which the same request is known at once.
    sent: Vec<HeaderValue>,
}

impl Selected {
    fn of(request: &Request, name: String) -> Self {
        let field = HeaderName::from_bytes(name.as_bytes()).ok();
        let lines = |field| request.headers().get_all(field).iter().cloned();
        let sent: Vec<HeaderValue> = field.iter().flat_map(lines).collect();
        Self {
            value: value(&name, &sent),
            name,
            field,
            sent,
        }
    }

    fn is_as_sent(&self, request: &Request) -> bool {
        let same = |field| request.headers().get_all(field).iter().eq(&self.sent);
        self.field.as_ref().is_none_or(same)
    }

    fn fits(&self, request: &Request) -> bool {
        let sent = |field| request.headers().get_all(field).iter();
        let says = |field| value(&self.name, sent(field)) == self.value;
        self.is_as_sent(request) || self.field.as_ref().is_none_or(says)
    }

    fn means(&self) -> (&str, Option<&str>) {
        (&self.name, self.value.as_deref())
    }
}

impl PartialEq for Selected {
    fn eq(&self, other: &Self) -> bool {
        self.means() == other.means()
    }
}

impl Eq for Selected {}

impl PartialOrd for Selected {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Selected {
    fn cmp(&self, other: &Self) -> Ordering {
        self.means().cmp(&other.means())
    }
}

/// Lists of preferences: neither order nor case of their members means anything (RFC 9110 §12.5).
const PREFERENCES: [&str; 4] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
];

/// The names in `Vary`, in lower case and order, each once.
pub fn names(response: &HeaderMap) -> Vec<String> {
    let lines = response.get_all(VARY).iter().map(text_of);
    let mut names: Vec<String> = lines
        .flat_map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>())
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// These fields of a request.
pub fn selecting(request: &Request, names: Vec<String>) -> Rc<Selecting> {
    let all = names.into_iter();
    all.map(|name| Selected::of(request, name)).collect()
}

/// Whether a request has these fields byte for byte.
pub fn is_as_sent(request: &Request, selecting: &Selecting) -> bool {
    selecting
        .iter()
        .all(|selected| selected.is_as_sent(request))
}

/// Whether a request says in these fields what they say (RFC 9111 §4.1).
pub fn fits(request: &Request, selecting: &Selecting) -> bool {
    selecting.iter().all(|selected| selected.fits(request))
}

/// Whether both are of the same fields.
pub fn have_same_names(one: &Selecting, other: &Selecting) -> bool {
    let names = one.iter().map(|selected| &selected.name);
    names.eq(other.iter().map(|selected| &selected.name))
}

fn value<'l>(name: &str, lines: impl IntoIterator<Item = &'l HeaderValue>) -> Option<String> {
    let lines: Vec<String> = lines.into_iter().map(text_of).collect();
    (!lines.is_empty()).then(|| normalised(name, &lines.join(",")))
}

/// A list without the white space around its members (RFC 9110 §5.6.1); preferences in one order too.
fn normalised(name: &str, value: &str) -> String {
    let members = split_outside_quotes(value, ',').into_iter().map(str::trim);
    let members = members.filter(|member| !member.is_empty());
    if !PREFERENCES.contains(&name) {
        return members.collect::<Vec<_>>().join(", ");
    }
    let tidy = |member: &str| {
        let parts = split_outside_quotes(member, ';').into_iter();
        let parts: Vec<String> = parts.map(|part| part.trim().to_ascii_lowercase()).collect();
        parts.join(";")
    };
    let mut members: Vec<String> = members.map(tidy).collect();
    members.sort();
    members.join(", ")
}

/// Whether a stored response is in the language a request wants most, where language alone makes the
/// difference: whatever else there is, the client would get this one (RFC 9110 §12.5.4).
pub fn in_wanted_language(request: &Request, stored: &Selecting, response: &HeaderMap) -> bool {
    let is_language = |selected: &Selected| selected.name == ACCEPT_LANGUAGE.as_str();
    if !stored.iter().any(is_language) {
        return false;
    }
    let same_but_language = stored
        .iter()
        .all(|stored| is_language(stored) || stored.fits(request));
    let language = response.get(CONTENT_LANGUAGE).map(text_of);
    let lines = request.headers().get_all(ACCEPT_LANGUAGE).iter();
    let wanted = value(ACCEPT_LANGUAGE.as_str(), lines).and_then(|value| most_wanted(&value));
    match (language, wanted) {
        (Some(language), Some(wanted)) if same_but_language => {
            let language = language.trim().to_ascii_lowercase();
            // A range takes in its sublanguages (RFC 4647 §3.3.1).
            let rest = language.strip_prefix(&wanted);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        }
        _ => false,
    }
}

/// The one range that weighs more than all others.
fn most_wanted(preferences: &str) -> Option<String> {
    let weighed = preferences.split(',').map(|member| {
        let (range, weight) = member.split_once(";q=").unwrap_or((member, "1"));
        (weight.trim().parse().unwrap_or(0.0_f64), range.trim())
    });
    let mut weighed: Vec<(f64, &str)> = weighed.collect();
    weighed.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (weight, range) = *weighed.first()?;
    let alone = weighed.get(1).is_none_or(|next| next.0 < weight);
    (alone && weight > 0.0 && range != "*").then(|| range.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_the_same_is_the_same() {
        assert_eq!(normalised("foo", " 1,  2 ,"), "1, 2");
        assert_eq!(normalised("foo", "b, a"), "b, a");
        assert_eq!(
            normalised("accept-language", "DE ; q=0.5, en"),
            normalised("accept-language", "en,de;q=0.5")
        );
    }

    #[test]
    fn the_most_wanted_language_is_one_alone() {
        assert_eq!(most_wanted("fr;q=0.5, de;q=1.0").as_deref(), Some("de"));
        assert_eq!(most_wanted("en, de"), None);
        assert_eq!(most_wanted("*"), None);
        assert_eq!(most_wanted("en;q=0"), None);
    }
}
