//! Fields of caches (RFC 9111) and of validators (RFC 9110 §8.8).

use super::Part;
use super::split::{list, pair};
use crate::web::widgets::format::duration;

/// `{}` stands for the time.
const DIRECTIVES: &[(&str, &str)] = &[
    ("max-age", "Fresh for {} after the origin made it."),
    (
        "s-maxage",
        "In shared caches: fresh for {}, whatever max-age says.",
    ),
    (
        "no-cache",
        "May be kept, but the origin is asked each time before it is used.",
    ),
    ("no-store", "Nobody may keep it."),
    ("private", "Only the browser of this one user may keep it."),
    (
        "public",
        "Any cache may keep it, even an answer to who is logged in.",
    ),
    (
        "must-revalidate",
        "Once stale, it is not used without asking the origin.",
    ),
    (
        "proxy-revalidate",
        "Once stale, shared caches do not use it without asking.",
    ),
    (
        "must-understand",
        "Keep it only if you know what its status asks of caches.",
    ),
    ("no-transform", "Nobody in between may change the body."),
    (
        "immutable",
        "It never changes while it is fresh, so do not ask, not even on reload.",
    ),
    (
        "stale-while-revalidate",
        "For {} after it went stale it may be used, while a new one is fetched.",
    ),
    (
        "stale-if-error",
        "For {} after it went stale it may be used if the origin fails.",
    ),
    ("max-stale", "The client takes what is stale by up to {}."),
    (
        "min-fresh",
        "The client wants what stays fresh for at least {}.",
    ),
    ("only-if-cached", "Out of a cache, or not at all (504)."),
];

/// The directives of `Cache-Control` (RFC 9111 §5.2).
pub fn directives(value: &str) -> Vec<Part> {
    let directive = |text: &str| {
        let (name, value) = pair(text);
        let known = DIRECTIVES
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        let says = match (known, value.parse::<u64>()) {
            (None, _) => "Caches that do not know it ignore it.".to_owned(),
            (Some((_, says)), Ok(seconds)) => says.replace("{}", &span(seconds)),
            (Some((_, says)), Err(_)) if value.is_empty() => says.replace(" by up to {}", ""),
            (Some((_, says)), Err(_)) => says.replace("{}", &value),
        };
        Part::new(name, value, says)
    };
    list(value).into_iter().map(directive).collect()
}

/// Entity tags (RFC 9110 §8.8.3), one or a list.
pub fn tags(value: &str) -> Vec<Part> {
    let tag = |text: &str| {
        if text == "*" {
            return Part::new("*", "", "Any version at all.");
        }
        match text.strip_prefix("W/") {
            Some(tag) => Part::new(
                "weak",
                tag,
                "Names the meaning: two bodies with it say the same, but may differ in their bytes.",
            ),
            None => Part::new(
                "strong",
                text,
                "Names the bytes: two bodies with it are the same, byte by byte.",
            ),
        }
    };
    list(value).into_iter().map(tag).collect()
}

/// The members of `Vary` (RFC 9110 §12.5.5).
pub fn vary(value: &str) -> Vec<Part> {
    let member = |name: &str| match name {
        "*" => Part::new(
            "*",
            "",
            "It depends on things no cache can see, so none can reuse it.",
        ),
        name => Part::new(
            name,
            "",
            format!("Only for requests with the same {name} as this one."),
        ),
    };
    list(value).into_iter().map(member).collect()
}

/// Seconds as a time.
pub fn span(seconds: u64) -> String {
    duration(seconds.saturating_mul(1_000_000))
}
