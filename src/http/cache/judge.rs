//! Whether a stored response may be used for a request, and why (RFC 9111 §4).

use ::http::header::{HeaderMap, PRAGMA};

use super::directives::Directives;
use super::entry::Entry;
use super::freshness::Source;
use super::{Role, Why, in_words, targeted};
use crate::http::parse::text_of;

/// How a stored response may be used for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// It is fresh.
    Fresh,
    /// It is stale, and the client or the origin takes it so.
    Stale,
    /// It is stale, and may be used while the origin is asked.
    StaleMeanwhile,
    /// The origin must be asked first.
    Ask,
}

/// Whether a stored response may be used for a request with these fields (RFC 9111 §4); `behind` says
/// whether the origin may be asked behind the client's back.
pub(super) fn judge(
    (role, behind): (Role, bool),
    entry: &Entry,
    request: &HeaderMap,
    now_us: i64,
) -> (Use, Why) {
    let (asked, says) = (Directives::of(request), entry.directives(role));
    let (age, lifetime) = (entry.age_us(now_us), entry.lifetime(role));
    let (old, lasts) = (in_words(age), in_words(lifetime.us));
    let facts = |why: Why| {
        let why = why.fact("age", old.clone());
        let lasts = format!("{lasts} ({})", lifetime.source.name());
        let mut why = why.fact("freshness lifetime", lasts);
        if entry.is_targeted(role) {
            why = why.fact("directives from", targeted::NAME);
        }
        match entry.validator() {
            Some(validator) => why.fact("validator", validator),
            None => why,
        }
    };
    let ask = |reason: String, standard| (Use::Ask, facts(Why::new("validate", reason, standard)));
    if says.has("no-cache") {
        let reason = "no-cache: it is stored, and the origin must be asked before each use.";
        return ask(reason.to_owned(), "RFC 9111 §5.2.2.4");
    }
    let pragma = request.get(PRAGMA).map(text_of).unwrap_or_default();
    if asked.has("no-cache") || (asked.is_empty() && pragma.to_lowercase().contains("no-cache")) {
        let reason = "The request said no-cache: the stored response must be checked first.";
        return ask(reason.to_owned(), "RFC 9111 §5.2.1.4");
    }
    if let Some(most) = asked.seconds("max-age")
        && age > us(most)
    {
        let reason = format!("It is {old} old, and the request takes at most {most} s.");
        return ask(reason, "RFC 9111 §5.2.1.1");
    }
    if let Some(least) = asked.seconds("min-fresh")
        && lifetime.us < age.saturating_add(us(least))
    {
        let reason = format!("It will not stay fresh for the {least} s the request wants.");
        return ask(reason, "RFC 9111 §5.2.1.3");
    }
    if age < lifetime.us {
        let reason = format!("It is {old} old and fresh for {lasts}.");
        return (Use::Fresh, facts(Why::new("hit", reason, "RFC 9111 §4.2")));
    }
    let late = age - lifetime.us;
    let since = in_words(late);
    let may_be_stale = !forbids_stale(role, &says);
    if let Some(allowed) = asked.optional_seconds("max-stale")
        && allowed.is_none_or(|allowed| late <= us(allowed))
        && may_be_stale
    {
        let reason = format!("It is stale since {since}, and the request takes it so.");
        let why = Why::new("stale", reason, "RFC 9111 §5.2.1.2");
        return (Use::Stale, facts(why));
    }
    if let Some(window) = says.seconds("stale-while-revalidate")
        && behind
        && late <= us(window)
        && may_be_stale
    {
        let reason = format!(
            "It is stale since {since}, and stale-while-revalidate allows it for {window} s while the \
             origin is asked."
        );
        let why = Why::new("stale", reason, "RFC 5861 §3");
        return (Use::StaleMeanwhile, facts(why));
    }
    let reason = match lifetime.source {
        Source::None => "It is stored, but nothing says how long it is fresh.".to_owned(),
        _ => format!("It is {old} old and was fresh for {lasts}: it is stale."),
    };
    ask(reason, "RFC 9111 §4.2.4")
}

/// Whether stale use is forbidden whatever the client says (RFC 9111 §4.2.4).
pub(super) fn forbids_stale(role: Role, says: &Directives) -> bool {
    let shared = ["proxy-revalidate", "s-maxage"];
    let all = ["must-revalidate", "no-cache"];
    all.iter().any(|n| says.has(n)) || (role == Role::Shared && shared.iter().any(|n| says.has(n)))
}

fn us(seconds: u64) -> u64 {
    seconds.saturating_mul(1_000_000)
}
