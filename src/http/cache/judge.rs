//! Whether a stored response may be used for a request, and why (RFC 9111 §4).

use ::http::header::{HeaderMap, PRAGMA};

use super::directives::Directives;
use super::entry::Entry;
use super::freshness::Source;
use super::terms::Terms;
use super::why::{Input, Reason, Value};
use super::{Role, Why, targeted};
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

/// Whether a stored response may be used for a request with these fields (RFC 9111 §4), of which the
/// directives are read already; `behind` says whether the origin may be asked behind the client's back.
pub(super) fn judge(
    (role, behind): (Role, bool),
    entry: &Entry,
    (request, asked): (&HeaderMap, &Directives),
    now_us: i64,
) -> (Use, Why) {
    let terms = entry.terms(role);
    let (age, lifetime) = (entry.age_us(now_us), terms.lifetime);
    let (how, label, reason, standard) = verdict(terms, (request, asked), age, behind);
    let mut facts = Vec::with_capacity(4);
    let mut fact = |name, value| facts.push(Input { name, value });
    fact("age", Value::Time(age));
    fact("freshness lifetime", Value::Lifetime(lifetime));
    if terms.is_targeted {
        fact("directives from", targeted::NAME.into());
    }
    if let Some(validator) = entry.validator() {
        fact("validator", Value::Field(validator.clone()));
    }
    let why = Why::new(label, reason, standard);
    (how, Why { facts, ..why })
}

/// How it may be used, the word for the map, the reason and the section.
fn verdict(
    terms: &Terms,
    (request, asked): (&HeaderMap, &Directives),
    age: u64,
    behind: bool,
) -> (Use, &'static str, Reason, &'static str) {
    let lifetime = terms.lifetime;
    let ask = |reason, standard| (Use::Ask, "validate", reason, standard);
    if terms.no_cache {
        let reason = "no-cache: it is stored, and the origin must be asked before each use.";
        return ask(Reason::fixed(reason), "RFC 9111 §5.2.2.4");
    }
    if asked.has("no-cache") || (asked.is_empty() && is_pragma_no_cache(request)) {
        let reason = "The request said no-cache: the stored response must be checked first.";
        return ask(Reason::fixed(reason), "RFC 9111 §5.2.1.4");
    }
    if let Some(most) = asked.seconds("max-age").map(us)
        && age > most
    {
        let reason = "It is {} old, and the request takes at most {}.";
        return ask(Reason::times(reason, [age, most]), "RFC 9111 §5.2.1.1");
    }
    if let Some(least) = asked.seconds("min-fresh").map(us)
        && lifetime.us < age.saturating_add(least)
    {
        let reason = "It will not stay fresh for the {} the request wants.";
        return ask(Reason::times(reason, [least, 0]), "RFC 9111 §5.2.1.3");
    }
    if age < lifetime.us {
        let reason = Reason::times("It is {} old and fresh for {}.", [age, lifetime.us]);
        return (Use::Fresh, "hit", reason, "RFC 9111 §4.2");
    }
    let late = age - lifetime.us;
    if let Some(allowed) = asked.optional_seconds("max-stale")
        && allowed.is_none_or(|allowed| late <= us(allowed))
        && !terms.forbids_stale
    {
        let reason = Reason::times(
            "It is stale since {}, and the request takes it so.",
            [late, 0],
        );
        return (Use::Stale, "stale", reason, "RFC 9111 §5.2.1.2");
    }
    if let Some(window) = terms.while_asking.map(us)
        && behind
        && late <= window
        && !terms.forbids_stale
    {
        let reason = "It is stale since {}, and stale-while-revalidate allows it for {} while the \
                      origin is asked.";
        let reason = Reason::times(reason, [late, window]);
        return (Use::StaleMeanwhile, "stale", reason, "RFC 5861 §3");
    }
    let reason = match lifetime.source {
        Source::None => Reason::fixed("It is stored, but nothing says how long it is fresh."),
        _ => Reason::times(
            "It is {} old and was fresh for {}: it is stale.",
            [age, lifetime.us],
        ),
    };
    ask(reason, "RFC 9111 §4.2.4")
}

/// Whether an old client wants it checked (RFC 9111 §5.4).
fn is_pragma_no_cache(request: &HeaderMap) -> bool {
    let pragma = request.get(PRAGMA).map(text_of);
    pragma.is_some_and(|pragma| pragma.to_lowercase().contains("no-cache"))
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
