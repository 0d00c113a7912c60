//! The classes of disagreement: each is an edit that takes out of an exchange what the two read
//! differently.

use backlab::http::date::parse_http_date;

use super::exchange::{Exchange, Fields, RECEIVED, date, obsolete_date};

/// The largest number of seconds that must be told apart from larger ones (RFC 9111 §1.2.2).
const LARGEST: u64 = 1 << 31;
/// The statuses the crate stores.
const STORED_THERE: [u16; 14] = [
    200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 501,
];
/// The directives of a request whose argument is a number of seconds.
const ASKED_SECONDS: [&str; 3] = ["max-age", "min-fresh", "max-stale"];
/// The directives of a response that give it a lifetime.
const LIFETIMES: [&str; 2] = ["max-age", "s-maxage"];

/// A class of disagreement. Edits are applied in the order of [`CLASSES`].
pub struct Class {
    /// Its name in the list of what is known.
    pub name: &'static str,
    /// Takes it out of an exchange.
    pub edit: fn(&mut Exchange),
}

/// All classes.
pub const CLASSES: &[Class] = &[
    class("case", |it| {
        for fields in it.all() {
            for (name, _) in &mut fields.directives {
                name.make_ascii_lowercase();
            }
            if let Some(pragma) = fields.get("pragma").map(str::to_ascii_lowercase) {
                fields.set("pragma", pragma);
            }
        }
    }),
    class("quoted-list", |it| {
        for fields in it.all() {
            fields.arguments(|text| text.contains(',').then(|| "y".to_owned()));
        }
    }),
    class("conflicting-duplicates", |it| {
        let given = it.answer.directives.clone();
        for (at, (name, argument)) in it.answer.directives.iter_mut().enumerate() {
            let others = given.iter().enumerate().filter(|(place, _)| *place != at);
            let mut places = others.filter(|(_, (known, _))| known == name);
            if let Some((place, (_, other))) = places.next() {
                let first = if place < at { other } else { &given[at].1 };
                // Lists within quotes are a class of their own.
                let quotes =
                    |c| c == '"' && !first.as_deref().is_some_and(|text| text.contains(','));
                let unquoted = first.as_deref().map(|text| text.trim_matches(quotes));
                *argument = unquoted.map(str::to_owned);
            }
        }
    }),
    class("plus-sign", |it| {
        for fields in it.all() {
            fields.arguments(|text| text.starts_with('+').then(|| "0".to_owned()));
        }
        if it.answer.get("age").is_some_and(|age| age.starts_with('+')) {
            it.answer.drop("age");
        }
    }),
    class("huge-number", |it| {
        for fields in it.all() {
            fields.arguments(|text| is_huge(text).then(|| LARGEST.to_string()));
        }
        if it.answer.get("age").is_some_and(is_huge) {
            it.answer.set("age", LARGEST.to_string());
        }
    }),
    class("lifetime-without-argument", |it| {
        for (name, argument) in &mut it.answer.directives {
            let name = name.to_ascii_lowercase();
            if LIFETIMES.contains(&name.as_str()) {
                argument.get_or_insert_with(|| "0".to_owned());
            }
        }
    }),
    class("malformed-request-number", |it| {
        for (name, argument) in &mut it.second.fields.directives {
            let name = name.to_ascii_lowercase();
            let may_be_alone = name == "max-stale" && argument.is_none();
            let text = argument.as_deref().unwrap_or_default().trim_matches('"');
            if ASKED_SECONDS.contains(&name.as_str()) && !may_be_alone && !is_number(text) {
                *argument = Some("0".to_owned());
            }
        }
    }),
    class("targeted", |it| {
        let said = it.answer.get("cdn-cache-control").filter(|_| it.shared);
        if let Some(said) = said.filter(|said| !said.contains('&')) {
            let directive = |text: &str| match text.split_once('=') {
                Some((name, argument)) => (name.to_owned(), Some(argument.to_owned())),
                None => (text.to_owned(), None),
            };
            it.answer.directives = said.split(", ").map(directive).collect();
            it.answer.drop("cdn-cache-control");
            it.answer.drop("expires");
        }
    }),
    class("must-understand", |it| {
        if it.answer.says("must-understand") {
            it.answer.unsay("no-store");
        }
    }),
    class("status", |it| {
        if !STORED_THERE.contains(&it.status) {
            it.status = 200;
        }
    }),
    class("head-first", |it| {
        if it.first.method == "HEAD" {
            it.first.method = "GET";
        }
    }),
    class("post-first", |it| {
        if it.first.method == "POST" {
            (it.first.method, it.second.method) = ("GET", "GET");
        }
    }),
    class("head-second", |it| {
        if it.second.method == "HEAD" {
            it.second.method = "GET";
        }
    }),
    class("vary-star", |it| {
        if it.answer.get("vary").is_some_and(|vary| vary.contains('*')) {
            it.answer.drop("vary");
        }
    }),
    class("vary-list", |it| {
        for asked in [&mut it.first, &mut it.second] {
            let lines = asked.fields.others.iter();
            let lines = lines.filter(|(name, _)| *name == "x-kind");
            let lines: Vec<&str> = lines.map(|(_, line)| line.as_str()).collect();
            let tidy = lines.join(",").replace(' ', "");
            if !lines.is_empty() {
                asked.fields.set("x-kind", tidy);
            }
        }
    }),
    class("vary-preferences", |it| {
        for asked in [&mut it.first, &mut it.second] {
            if let Some(line) = asked.fields.get("accept-language") {
                let line = line.to_ascii_lowercase();
                let mut members: Vec<&str> = line.split(',').map(str::trim).collect();
                members.sort_unstable();
                asked.fields.set("accept-language", members.join(", "));
            }
        }
    }),
    class("vary-language", |it| it.answer.drop("content-language")),
    class("nothing-said", |it| {
        let is_checkable = it.answer.has("etag") || it.answer.has("last-modified");
        if !is_checkable {
            it.answer.set("etag", "\"v1\"".to_owned());
        }
    }),
    class("private-is-explicit", |it| {
        if !it.shared && it.answer.says("private") {
            it.answer.directives.push(("public".to_owned(), None));
        }
    }),
    class("response-pragma", |it| it.answer.drop("pragma")),
    class("no-cache", |it| it.answer.unsay("no-cache")),
    class("set-cookie", |it| {
        if it.shared {
            it.answer.drop("set-cookie");
        }
    }),
    class("proxy-revalidate", |it| {
        if it.shared {
            it.answer.unsay("proxy-revalidate");
        }
    }),
    class("s-maxage-forbids-stale", |it| {
        if it.shared && it.answer.says("s-maxage") {
            it.second.fields.unsay("max-stale");
        }
    }),
    class("date-forms", |it| {
        for name in ["date", "expires", "last-modified"] {
            match it.answer.get(name).map(parse_http_date) {
                Some(Some(at)) => it.answer.set_first(name, date(at)),
                Some(None) => it.answer.set_first(name, "0".to_owned()),
                None => {}
            }
        }
    }),
    class("expires-twice", |it| {
        if let Some(first) = it.answer.get("expires").map(str::to_owned) {
            it.answer.set("expires", first);
        }
    }),
    class("immutable", |it| it.answer.unsay("immutable")),
    class("apparent-age", |it| {
        let made = it.answer.get("date").and_then(parse_http_date);
        let Some(early) = made.map(|made| RECEIVED - made).filter(|early| *early > 0) else {
            return;
        };
        for name in ["date", "expires", "last-modified"] {
            let Some(line) = it.answer.get(name) else {
                continue;
            };
            if let Some(at) = parse_http_date(line) {
                let form = match line == date(at) {
                    true => date,
                    false => obsolete_date,
                };
                it.answer.set_first(name, form(at + early));
            }
        }
    }),
    class("age-list", |it| {
        let first = it.answer.get("age").and_then(|age| age.split_once(','));
        if let Some(first) = first.map(|(first, _)| first.to_owned()) {
            it.answer.set("age", first);
        }
    }),
    class("pragma-beside-cache-control", |it| {
        if !it.second.fields.directives.is_empty() {
            it.second.fields.drop("pragma");
        }
    }),
    class("min-fresh-zero", |it| {
        let asked = &mut it.second.fields;
        let fresh_now = |(name, argument): &(String, Option<String>)| {
            let argument = argument.as_deref().unwrap_or_default().trim_matches('"');
            name.eq_ignore_ascii_case("min-fresh") && argument.parse() == Ok(0)
        };
        if asked.directives.iter().any(fresh_now) {
            asked.unsay("min-fresh");
        }
    }),
    class("max-stale-to-the-second", |it| {
        if it.second.fields.says("max-stale") {
            // No longer late by just what is allowed.
            it.waited_us += 1;
        }
    }),
];

const fn class(name: &'static str, edit: fn(&mut Exchange)) -> Class {
    Class { name, edit }
}

impl Exchange {
    fn all(&mut self) -> [&mut Fields; 3] {
        [
            &mut self.first.fields,
            &mut self.answer,
            &mut self.second.fields,
        ]
    }
}

impl Fields {
    /// Writes the arguments of directives anew where there is something to be written.
    fn arguments(&mut self, anew: impl Fn(&str) -> Option<String>) {
        for (_, argument) in &mut self.directives {
            if let Some(text) = argument.as_deref().and_then(&anew) {
                *argument = Some(text);
            }
        }
    }

    fn set_first(&mut self, name: &str, value: String) {
        let line = self.others.iter_mut().find(|(known, _)| *known == name);
        if let Some((_, line)) = line {
            *line = value;
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit())
}

fn is_huge(text: &str) -> bool {
    is_number(text) && text.parse().map_or(true, |seconds: u64| seconds > LARGEST)
}
