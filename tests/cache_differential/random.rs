//! Random exchanges.

use backlab::sim::Rng;
use chrono::DateTime;

use super::exchange::{Asked, Exchange, Fields, RECEIVED, date, obsolete_date};

/// A moment in an obsolete form, or in what is none of HTTP's.
fn odd_date(rng: &mut Rng, seconds: i64) -> String {
    if chance(rng, 30) {
        return obsolete_date(seconds);
    }
    let moment = DateTime::from_timestamp(seconds, 0).unwrap();
    let form = [
        "%a %b %e %H:%M:%S %Y",
        "%a, %d %b %Y %H:%M:%S +0000",
        "%d %b %Y %H:%M:%S GMT",
        "%Y-%m-%dT%H:%M:%SZ",
        "%s",
    ];
    moment.format(pick(rng, &form)).to_string()
}

fn chance(rng: &mut Rng, percent: u64) -> bool {
    rng.below(100) < percent
}

fn pick<T: Copy>(rng: &mut Rng, of: &[T]) -> T {
    of[rng.below(of.len() as u64) as usize]
}

/// A number of seconds as a directive's argument, seldom a strange one.
fn seconds(rng: &mut Rng) -> Option<String> {
    const STRANGE: [&str; 10] = [
        "",
        "-1",
        "+30",
        "1.5",
        "x",
        "\"\"",
        "4294967296",
        "99999999999999999999",
        "30 s",
        "0x1E",
    ];
    Some(match rng.below(24) {
        0 => return None,
        1..=2 => pick(rng, &STRANGE).to_owned(),
        3 => format!("\"{}\"", rng.below(100)),
        4..=10 => (rng.below(12) * 10).to_string(),
        _ => rng.below(120).to_string(),
    })
}

fn directive(rng: &mut Rng, timed: &[&str], plain: &[&str]) -> (String, Option<String>) {
    let (name, argument) = match chance(rng, 55) {
        true => (pick(rng, timed), seconds(rng)),
        false => (pick(rng, plain), None),
    };
    let argument = match (name, rng.below(12)) {
        ("private" | "no-cache", 0) => Some("\"set-cookie, x\"".to_owned()),
        ("x", 0) => Some("\"a, no-store, b\"".to_owned()),
        _ => argument,
    };
    let name = match rng.below(40) {
        0 => name.to_ascii_uppercase(),
        _ => name.to_owned(),
    };
    (name, argument)
}

fn directives(rng: &mut Rng, most: u64, timed: &[&str], plain: &[&str]) -> Fields {
    let count = rng.below(most) + u64::from(chance(rng, 70));
    Fields {
        directives: (0..count).map(|_| directive(rng, timed, plain)).collect(),
        in_lines: chance(rng, 10),
        others: Vec::new(),
    }
}

/// The fields that `Vary` names.
fn add_selecting(rng: &mut Rng, fields: &mut Fields) {
    const LANGUAGES: [&str; 7] = [
        "en",
        "de, en",
        "en, de",
        "de,en",
        "EN",
        "de",
        "de, en;q=0.5",
    ];
    fields.drop("accept-language");
    fields.drop("x-kind");
    if chance(rng, 50) {
        let value = pick(rng, &LANGUAGES).to_owned();
        fields.others.push(("accept-language", value));
    }
    if chance(rng, 50) {
        for _ in 0..=rng.below(8) / 7 {
            let value = pick(rng, &["a", "b", "a,b", "a, b"]);
            fields.others.push(("x-kind", value.to_owned()));
        }
    }
}

fn asked(rng: &mut Rng) -> Asked {
    let timed = ["max-age", "max-stale", "max-stale", "min-fresh"];
    let plain = [
        "no-cache",
        "no-store",
        "only-if-cached",
        "max-stale",
        "no-transform",
    ];
    let mut fields = match chance(rng, 35) {
        true => directives(rng, 2, &timed, &plain),
        false => Fields::default(),
    };
    if chance(rng, 8) {
        let value = pick(rng, &["no-cache", "No-Cache", "x"]);
        fields.others.push(("pragma", value.to_owned()));
    }
    if chance(rng, 10) {
        fields.others.push(("authorization", "Basic YTpi".into()));
    }
    add_selecting(rng, &mut fields);
    Asked {
        method: match chance(rng, 3) {
            true => "HEAD",
            false => "GET",
        },
        path: "/a",
        fields,
    }
}

fn answer(rng: &mut Rng) -> Fields {
    let timed = ["max-age", "max-age", "s-maxage", "stale-while-revalidate"];
    let plain = [
        "public",
        "private",
        "no-cache",
        "no-store",
        "must-revalidate",
        "proxy-revalidate",
        "immutable",
        "must-understand",
        "x",
    ];
    let mut fields = directives(rng, 3, &timed, &plain);
    if chance(rng, 60) {
        let made = match rng.below(6) {
            0 => RECEIVED - rng.below(60) as i64,
            1 => RECEIVED + rng.below(20) as i64,
            _ => RECEIVED,
        };
        fields.others.push(("date", date(made)));
    }
    if chance(rng, 30) {
        for _ in 0..=rng.below(10) / 9 {
            let at = RECEIVED - 30 + rng.below(150) as i64;
            let at = match rng.below(8) {
                0 => pick(rng, &["0", "-1", "", "tomorrow"]).to_owned(),
                1 => odd_date(rng, at),
                _ => date(at),
            };
            fields.others.push(("expires", at));
        }
    }
    if chance(rng, 30) {
        let at = RECEIVED + 60 - rng.below(2_000) as i64;
        let at = match rng.below(10) {
            0 => odd_date(rng, at),
            _ => date(at),
        };
        fields.others.push(("last-modified", at));
    }
    if chance(rng, 25) {
        let strange = ["-5", "5.5", "5, 10", "x", "+5", "99999999999999999999"];
        let age = match rng.below(6) {
            0 => pick(rng, &strange).to_owned(),
            _ => rng.below(60).to_string(),
        };
        fields.others.push(("age", age));
    }
    let others = [
        (30, "etag", "\"v1\""),
        (4, "pragma", "no-cache"),
        (6, "set-cookie", "a=b"),
        (15, "content-language", "de"),
        (3, "content-range", "bytes 0-3/10"),
        (5, "content-location", "/a"),
    ];
    for (percent, name, value) in others {
        if chance(rng, percent) {
            fields.others.push((name, value.to_owned()));
        }
    }
    if chance(rng, 10) {
        let names = ["Accept-Language", "X-Kind", "x-kind, accept-language", "*"];
        let names = pick(rng, &names).to_owned();
        fields.others.push(("vary", names));
    }
    if chance(rng, 4) {
        let values = ["max-age=90", "no-store", "max-age=5, no-cache", "max-age=&"];
        let value = pick(rng, &values).to_owned();
        fields.others.push(("cdn-cache-control", value));
    }
    fields
}

/// A random exchange; the second request is often the first once more.
pub fn exchange(rng: &mut Rng) -> Exchange {
    const STATUSES: [u16; 20] = [
        203, 204, 206, 299, 300, 301, 302, 303, 304, 307, 308, 404, 405, 410, 416, 429, 500, 501,
        503, 599,
    ];
    let mut first = asked(rng);
    if chance(rng, 4) {
        first.method = pick(rng, &["POST", "PUT", "DELETE", "OPTIONS"]);
    }
    let mut second = asked(rng);
    if chance(rng, 60) {
        second.fields.others = first.fields.others.clone();
    }
    match rng.below(30) {
        0 => second.path = "/b",
        1 => second.method = pick(rng, &["POST", "PUT", "OPTIONS"]),
        _ => {}
    }
    let waited = rng.below(121) * 1_000_000;
    let mut it = Exchange {
        shared: chance(rng, 50),
        first,
        status: match chance(rng, 75) {
            true => 200,
            false => pick(rng, &STATUSES),
        },
        answer: answer(rng),
        waited_us: waited
            + if chance(rng, 50) {
                0
            } else {
                rng.below(1_000_000)
            },
        second,
    };
    match rng.below(20) {
        0 => to_the_second(rng, &mut it),
        1 => selected(rng, &mut it),
        _ => {}
    }
    it
}

/// Makes the second request come when the response is late by just what it allows.
fn to_the_second(rng: &mut Rng, it: &mut Exchange) {
    let (lasts, late) = (rng.below(60), rng.below(60));
    it.answer.say("max-age", lasts);
    if chance(rng, 30) {
        it.second.fields.say("min-fresh", 0);
        it.second.fields.say("max-stale", late + 1);
    } else {
        it.second.fields.say("max-stale", late);
    }
    it.answer.drop("date");
    it.answer.drop("age");
    it.waited_us = (lasts + late) * 1_000_000;
}

/// Makes the response fresh when the second request comes, and one of several that `Vary` tells apart.
fn selected(rng: &mut Rng, it: &mut Exchange) {
    it.answer.say("max-age", 100);
    it.waited_us = rng.below(10) * 1_000_000;
    let names = ["X-Kind", "Accept-Language", "accept-language, x-kind"];
    it.answer.set("vary", pick(rng, &names).to_owned());
    it.second.fields.directives.clear();
    for asked in [&mut it.first, &mut it.second] {
        add_selecting(rng, &mut asked.fields);
    }
}
