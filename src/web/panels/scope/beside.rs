//! What a request had to do with the key-value store, which is beside the way and not on it.

use crate::protocol::{Exchange, Fact};
use crate::web::widgets::mark::Tone;

/// The store's name among the layers.
pub const STORE: &str = "kv";

/// What the routes say of the store.
pub fn facts(exchange: &Exchange) -> Vec<&Fact> {
    let facts = exchange.spans.iter().flat_map(|span| &span.facts);
    let of_store = |fact: &&Fact| fact.name.split(' ').next() == Some(STORE);
    facts.filter(of_store).collect()
}

/// What came of it, in a word: `hit`, `miss`, `put`, `invalidated`; none if the store was not asked.
pub fn outcome(exchange: &Exchange) -> Option<(Tone, String)> {
    let facts = facts(exchange);
    let fact = facts
        .iter()
        .find(|fact| fact.name == STORE)
        .or(facts.first())?;
    let word = match fact.name.split_once(' ') {
        Some((_, word)) => word,
        None => fact.value.split([' ', ',', ':']).next()?,
    };
    let tone = match word {
        "hit" => Tone::Fresh,
        "miss" => Tone::Origin,
        _ => Tone::Plain,
    };
    Some((tone, word.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Decision, RequestText, ResponseText, Span};

    fn exchange(facts: &[(&str, &str)]) -> Exchange {
        let fact = |(name, value): &(&str, &str)| Fact {
            name: (*name).to_owned(),
            value: (*value).to_owned(),
        };
        let span = Span {
            layer: "routes".to_owned(),
            start_us: 0,
            end_us: 0,
            decision: Decision::Fresh,
            label: "200".to_owned(),
            reason: String::new(),
            standard: String::new(),
            facts: facts.iter().map(fact).collect(),
            statements: Vec::new(),
        };
        Exchange {
            id: 1,
            client: "you".to_owned(),
            request: RequestText::default(),
            response: ResponseText::default(),
            start_us: 0,
            end_us: 0,
            answered_by: "routes".to_owned(),
            spans: vec![span],
        }
    }

    #[test]
    fn the_store_is_told_in_a_word() {
        let miss = [("route", "GET /books"), ("kv", "miss of book:7: never put")];
        let put = [
            ("kv", "put book:7 for 60 s"),
            ("kv pattern", "write-through"),
        ];
        let gone = [("kv invalidated", "book:7: 1 entry went")];
        for (facts, wanted) in [
            (&miss[..], Some((Tone::Origin, "miss"))),
            (
                &[("kv", "hit of book:7, 12 s old")],
                Some((Tone::Fresh, "hit")),
            ),
            (&put, Some((Tone::Plain, "put"))),
            (&gone, Some((Tone::Plain, "invalidated"))),
            (&miss[..1], None),
        ] {
            let found = outcome(&exchange(facts));
            let found = found.as_ref().map(|(tone, word)| (*tone, word.as_str()));
            assert_eq!(found, wanted);
        }
        assert_eq!(facts(&exchange(&put)).len(), 2);
    }
}
