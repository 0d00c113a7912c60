//! Two exchanges side by side: what differs, and nothing else.

use crate::protocol::{Exchange, ResponseText};
use crate::web::http_text::pretty;

/// Lines a body may have to be compared line by line.
const MOST_LINES: usize = 2_000;

/// What differs between an exchange and one before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Facts of the request and the answer as a whole.
    pub facts: Vec<Changed>,
    /// Fields of the request.
    pub sent: Vec<Changed>,
    /// Fields of the answer.
    pub fields: Vec<Changed>,
    /// How many fields of the answer are the same in both.
    pub same_fields: usize,
    /// The lines of the body; none if the bodies are the same.
    pub body: Vec<Line>,
}

/// One thing that is not the same; nothing on a side where it is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// What it is.
    pub name: String,
    /// In the exchange before.
    pub before: Option<String>,
    /// In this one.
    pub now: Option<String>,
}

/// One line of two bodies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// In both.
    Same(String),
    /// Only in the one before.
    Gone(String),
    /// Only in this one.
    New(String),
    /// So many lines that are in both, left out.
    Skipped(usize),
}

impl Difference {
    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        self.facts.is_empty()
            && self.sent.is_empty()
            && self.fields.is_empty()
            && self.body.is_empty()
    }
}

/// Compares an exchange with one before.
pub fn compare(before: &Exchange, now: &Exchange) -> Difference {
    let mut facts = Vec::new();
    let mut fact = |name: &str, before: String, now: String| {
        if before != now {
            facts.push(Changed {
                name: name.to_owned(),
                before: Some(before),
                now: Some(now),
            });
        }
    };
    let line =
        |exchange: &Exchange| format!("{} {}", exchange.request.method, exchange.request.url);
    let status = |response: &ResponseText| format!("{} {}", response.status, response.reason);
    fact("Request", line(before), line(now));
    fact("Client", before.client.clone(), now.client.clone());
    fact(
        "Body sent",
        before.request.body.clone(),
        now.request.body.clone(),
    );
    fact("Status", status(&before.response), status(&now.response));
    fact(
        "Answered by",
        before.answered_by.clone(),
        now.answered_by.clone(),
    );
    let (fields, same_fields) = changed(&before.response.headers, &now.response.headers);
    let (sent, _) = changed(&before.request.headers, &now.request.headers);
    Difference {
        facts,
        sent,
        fields,
        same_fields,
        body: lines(&readable(&before.response), &readable(&now.response)),
    }
}

fn readable(response: &ResponseText) -> String {
    let media = response.header("content-type").unwrap_or_default();
    pretty(&response.body, media).unwrap_or_else(|| response.body.clone())
}

/// The fields that differ, in the order of the newer message, then those that are gone; and how many
/// do not. Several lines of one name are compared in their order.
fn changed(before: &[(String, String)], now: &[(String, String)]) -> (Vec<Changed>, usize) {
    let mut left: Vec<&(String, String)> = before.iter().collect();
    let (mut all, mut same) = (Vec::new(), 0);
    for (name, value) in now {
        let is_it = |other: &&(String, String)| other.0.eq_ignore_ascii_case(name);
        let place = left.iter().position(is_it);
        let other = place.map(|place| left.remove(place).1.clone());
        if other.as_ref() == Some(value) {
            same += 1;
            continue;
        }
        all.push(Changed {
            name: name.clone(),
            before: other,
            now: Some(value.clone()),
        });
    }
    all.extend(left.into_iter().map(|(name, value)| Changed {
        name: name.clone(),
        before: Some(value.clone()),
        now: None,
    }));
    (all, same)
}

/// Lines around a change that are shown with it.
const AROUND: usize = 2;

/// The lines of two texts, with those that are far from any change left out; none if they are equal.
fn lines(before: &str, now: &str) -> Vec<Line> {
    if before == now {
        return Vec::new();
    }
    let (before, now): (Vec<&str>, Vec<&str>) = (before.lines().collect(), now.lines().collect());
    let mut all = aligned(&before, &now);
    let is_same = |line: &Line| matches!(line, Line::Same(_));
    let changes: Vec<usize> = (0..all.len()).filter(|at| !is_same(&all[*at])).collect();
    let is_near = |at: usize| {
        let next = changes.partition_point(|change| *change < at);
        let near =
            |place: Option<&usize>| place.is_some_and(|change| change.abs_diff(at) <= AROUND);
        near(changes.get(next)) || near(next.checked_sub(1).and_then(|last| changes.get(last)))
    };
    let mut shown = Vec::new();
    for (at, line) in all.drain(..).enumerate() {
        match shown.last_mut() {
            _ if is_near(at) => shown.push(line),
            Some(Line::Skipped(count)) => *count += 1,
            _ => shown.push(Line::Skipped(1)),
        }
    }
    shown
}

/// A shortest way from one list of lines to the other (longest common subsequence).
fn aligned(before: &[&str], now: &[&str]) -> Vec<Line> {
    let head = before
        .iter()
        .zip(now)
        .take_while(|(one, other)| one == other)
        .count();
    let rest = before.len().min(now.len()) - head;
    let tail = before.iter().rev().zip(now.iter().rev()).take(rest);
    let tail = tail.take_while(|(one, other)| one == other).count();
    let (old, new) = (
        &before[head..before.len() - tail],
        &now[head..now.len() - tail],
    );
    let same = |lines: &[&str]| {
        lines
            .iter()
            .map(|line| Line::Same((*line).to_owned()))
            .collect::<Vec<_>>()
    };
    let mut all = same(&before[..head]);
    all.extend(between(old, new));
    all.extend(same(&before[before.len() - tail..]));
    all
}

fn between(old: &[&str], new: &[&str]) -> Vec<Line> {
    let gone = |line: &&str| Line::Gone((*line).to_owned());
    let added = |line: &&str| Line::New((*line).to_owned());
    if old.len() > MOST_LINES || new.len() > MOST_LINES {
        return old.iter().map(gone).chain(new.iter().map(added)).collect();
    }
    // How many lines the ends of both have in common, from each place on.
    let width = new.len() + 1;
    let mut common = vec![0_u16; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i * width + j] = if old[i] == new[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut all = Vec::new();
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            all.push(Line::Same(old[i].to_owned()));
            (i, j) = (i + 1, j + 1);
        } else if j >= new.len()
            || (i < old.len() && common[(i + 1) * width + j] >= common[i * width + j + 1])
        {
            all.push(gone(&old[i]));
            i += 1;
        } else {
            all.push(added(&new[j]));
            j += 1;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    use crate::protocol::RequestText;

    fn exchange(status: u16, headers: &[(&str, &str)], body: &str) -> Exchange {
        let text = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Exchange {
            id: 1,
            client: "you".to_owned(),
            request: RequestText {
                method: "GET".to_owned(),
                url: "/books/1".to_owned(),
                ..RequestText::default()
            },
            response: ResponseText {
                status,
                reason: String::new(),
                headers: headers.iter().map(text).collect(),
                body: body.to_owned(),
            },
            start_us: 0,
            end_us: 0,
            answered_by: "routes".to_owned(),
            spans: Vec::new(),
        }
    }

    #[test]
    fn only_what_differs_is_told() {
        let json = ("Content-Type", "application/json");
        let before = exchange(
            200,
            &[
                json,
                ("ETag", "\"a\""),
                ("Age", "1"),
                ("Link", "<1>"),
                ("Link", "<2>"),
            ],
            r#"{"a":1,"b":2}"#,
        );
        let now = exchange(
            200,
            &[
                json,
                ("etag", "\"b\""),
                ("Link", "<1>"),
                ("Link", "<3>"),
                ("Vary", "Accept"),
            ],
            r#"{"a":1,"b":3}"#,
        );
        let difference = compare(&before, &now);
        let fields: Vec<_> = difference
            .fields
            .iter()
            .map(|field| {
                (
                    field.name.as_str(),
                    field.before.as_deref(),
                    field.now.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            fields,
            [
                ("etag", Some("\"a\""), Some("\"b\"")),
                ("Link", Some("<2>"), Some("<3>")),
                ("Vary", None, Some("Accept")),
                ("Age", Some("1"), None),
            ]
        );
        assert_eq!(difference.same_fields, 2);
        assert_eq!(
            difference.body,
            [
                Line::Same("{".to_owned()),
                Line::Same("  \"a\": 1,".to_owned()),
                Line::Gone("  \"b\": 2".to_owned()),
                Line::New("  \"b\": 3".to_owned()),
                Line::Same("}".to_owned()),
            ]
        );
        assert!(difference.facts.is_empty() && !difference.is_none());
        assert!(compare(&now, &now).is_none());
        let gone = compare(&now, &exchange(404, &[], ""));
        assert_eq!(gone.facts[0].name, "Status");
    }

    #[test]
    fn what_is_far_from_a_change_is_counted() {
        let numbers = |n: u32| (0..n).map(|i| i.to_string()).collect::<Vec<_>>().join("\n");
        let (before, now) = (numbers(20), numbers(21));
        assert_eq!(
            lines(&before, &now),
            [
                Line::Skipped(18),
                Line::Same("18".to_owned()),
                Line::Same("19".to_owned()),
                Line::New("20".to_owned()),
            ]
        );
    }

    proptest! {
        #[test]
        fn both_texts_can_be_read_from_the_difference(old in prop::collection::vec("[ab]", 0..12), new in prop::collection::vec("[abc]", 0..12)) {
            let old: Vec<&str> = old.iter().map(String::as_str).collect();
            let new: Vec<&str> = new.iter().map(String::as_str).collect();
            let all = aligned(&old, &new);
            let side = |of_old: bool| -> Vec<&str> {
                let of_side = all.iter().filter_map(|line| match line {
                    Line::Same(text) => Some(text.as_str()),
                    Line::Gone(text) => of_old.then_some(text.as_str()),
                    Line::New(text) => (!of_old).then_some(text.as_str()),
                    Line::Skipped(_) => None,
                });
                of_side.collect()
            };
            prop_assert_eq!(side(true), old);
            prop_assert_eq!(side(false), new);
        }
    }
}
