//! `Vary`: the request fields that select among stored responses (RFC 9111 §4.1), compared in a form
//! in which what means the same is the same.

use ::http::header::{ACCEPT_LANGUAGE, CONTENT_LANGUAGE, HeaderMap, VARY};

use super::directives::split_outside_quotes;
use crate::http::Request;
use crate::http::parse::text_of;

/// Name and value of each selecting field; absent fields have no value.
pub type Selecting = Vec<(String, Option<String>)>;

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

/// The values a request has for these fields.
pub fn selecting(request: &Request, names: &[String]) -> Selecting {
    let value = |name: &String| {
        let lines = request.headers().get_all(name.as_str()).iter();
        let lines: Vec<String> = lines.map(text_of).collect();
        (!lines.is_empty()).then(|| normalised(name, &lines.join(",")))
    };
    names
        .iter()
        .map(|name| (name.clone(), value(name)))
        .collect()
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
    let names: Vec<String> = stored.iter().map(|(name, _)| name.clone()).collect();
    let asked = selecting(request, &names);
    let same_but_language = asked
        .iter()
        .zip(stored)
        .all(|(asked, stored)| asked == stored || asked.0 == ACCEPT_LANGUAGE.as_str());
    let language = response.get(CONTENT_LANGUAGE).map(text_of);
    let wanted = asked
        .iter()
        .find(|(name, _)| name == ACCEPT_LANGUAGE.as_str())
        .and_then(|(_, value)| most_wanted(value.as_deref()?));
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
