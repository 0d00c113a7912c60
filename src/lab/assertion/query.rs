//! What an assertion asks of the evidence.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::evidence::{Evidence, Kind};
use super::filter::Filter;
use super::jsonpath::Path;
use super::lex::{Token, Word, fault, tokens};
use super::{limiter, traffic};
use crate::lab::problem::suggest;
use crate::lab::toml_text::Fault;
use crate::protocol::{
    CacheEntryView, Decision, Exchange, LayerState, LayerView, SqlOutcome, SqlResult,
};

/// A question to the evidence.
#[derive(Debug, Clone)]
pub struct Query {
    name: &'static str,
    argument: Argument,
    filters: Vec<Filter>,
}

#[derive(Debug, Clone, PartialEq)]
enum Argument {
    None,
    Text(String),
    Path(Path),
    /// A text and one of some words.
    Pick(String, &'static str),
    /// A text and a word of the author's.
    Word(String, String),
}

use Kind::{Cache, Exchange as Http, Limiter, Load, Probe, Run, Sql, Tests};

/// What can be asked, and of which evidence.
const QUERIES: [(&str, &[Kind]); 61] = [
    ("status", &[Http]),
    ("header", &[Http]),
    ("body", &[Http]),
    ("sha256", &[Http]),
    ("cookie", &[Http]),
    ("jsonpath", &[Http]),
    ("duration", &[Http]),
    ("url", &[Http]),
    ("method", &[Http]),
    ("client", &[Http, Load]),
    ("request header", &[Http]),
    ("request body", &[Http]),
    ("answered_by", &[Http]),
    ("layer", &[Http]),
    ("reached", &[Http]),
    ("rows_read", &[Http, Sql]),
    ("statements", &[Http, Probe]),
    ("rows", &[Sql]),
    ("columns", &[Sql]),
    ("affected", &[Sql]),
    ("statement", &[Sql]),
    ("error", &[Sql]),
    ("code", &[Sql]),
    ("plan", &[Sql]),
    ("index", &[Sql]),
    ("rows_written", &[Sql]),
    ("waits_for", &[Sql]),
    ("row", &[Sql]),
    ("value", &[Sql]),
    ("count", &[Http, Sql, Load]),
    ("sent", &[Load, Probe]),
    ("retries", &[Load]),
    ("ok", &[Load, Probe]),
    ("refused", &[Load, Probe]),
    ("refusals", &[Load]),
    ("duration_ms", &[Load]),
    ("to_origin", &[Probe]),
    ("entries", &[Cache]),
    ("entry", &[Cache]),
    ("hits", &[Cache]),
    ("misses", &[Cache]),
    ("algorithm", &[Limiter]),
    ("capacity", &[Limiter]),
    ("refill_per_s", &[Limiter]),
    ("tokens", &[Limiter]),
    ("limit", &[Limiter]),
    ("rate_per_s", &[Limiter]),
    ("window_s", &[Limiter]),
    ("level", &[Limiter]),
    ("policy", &[Limiter]),
    ("requests", &[Tests]),
    ("asserts", &[Tests]),
    ("told", &[Tests]),
    ("broken", &[Tests]),
    ("node", &[Run]),
    ("setting", &[Run]),
    ("slo", &[Run]),
    ("kind", &[Run]),
    ("bottleneck", &[Run]),
    ("cost", &[Run]),
    ("ended", &[Run]),
];

const LAYER_WORDS: [&str; 3] = ["decision", "label", "reason"];
const ENTRY_WORDS: [&str; 5] = ["fresh", "age", "lifetime", "validator", "cache_control"];

impl Query {
    /// Reads a query that stands alone and is put to an exchange, such as a capture's.
    ///
    /// # Errors
    /// What is no query, what is more than one, or one an exchange does not answer.
    pub fn read(text: &str) -> Result<Self, Fault> {
        let tokens = tokens(text)?;
        let (query, used) = Self::parse(&tokens, text.len())?;
        if let Some(more) = tokens.get(used) {
            return Err(fault(
                more.offset,
                format!("`{}` stands alone here.", query.name),
                "Take away what follows it.",
            ));
        }
        let fits = query.fits(Http);
        fits.map_err(|(message, hint)| fault(0, message, hint))?;
        Ok(query)
    }

    /// Reads a query and the filters behind it; gives it with the number of tokens it took.
    ///
    /// # Errors
    /// No query, one nobody knows, or a missing name behind it.
    pub fn parse(tokens: &[Token], end: usize) -> Result<(Self, usize), Fault> {
        let (mut query, mut used) = Self::alone(tokens, end)?;
        while let Some((filter, more)) = Filter::parse(&tokens[used..], end)? {
            query.filters.push(filter);
            used += more;
        }
        Ok((query, used))
    }

    fn alone(tokens: &[Token], end: usize) -> Result<(Self, usize), Fault> {
        let Some(first) = tokens.first() else {
            return Err(fault(
                end,
                "This assertion is empty.",
                "Write for example `status == 200`.",
            ));
        };
        let Word::Name(word) = &first.kind else {
            return Err(fault(
                first.offset,
                "An assertion begins with what is looked at.",
                "Write for example `status == 200`.",
            ));
        };
        let mut name = word.clone();
        let mut used = 1;
        if name == "request" {
            let second = tokens.get(1);
            match second.map(|token| &token.kind) {
                Some(Word::Name(part)) if part == "header" || part == "body" => {
                    name = format!("request {part}")
                }
                _ => {
                    return Err(fault(
                        second.map_or(end, |token| token.offset),
                        "`request` alone says nothing.",
                        "Write `request header \"Name\"` or `request body`.",
                    ));
                }
            }
            used = 2;
        }
        let Some((name, _)) = QUERIES.iter().find(|(known, _)| *known == name) else {
            let names: Vec<&str> = QUERIES.iter().map(|(name, _)| *name).collect();
            return Err(fault(
                first.offset,
                format!("There is nothing called `{name}` to look at."),
                suggest(&name, &names),
            ));
        };
        let takes_text = matches!(
            *name,
            "header"
                | "cookie"
                | "request header"
                | "jsonpath"
                | "layer"
                | "reached"
                | "row"
                | "entry"
                | "tokens"
                | "node"
                | "setting"
                | "slo"
                | "kind"
                | "level"
                | "policy"
        );
        if !takes_text {
            return Ok((
                Self {
                    name,
                    argument: Argument::None,
                    filters: Vec::new(),
                },
                used,
            ));
        }
        let (text, at) = match tokens.get(used) {
            Some(Token {
                kind: Word::Text(text),
                offset,
            }) => (text.clone(), *offset),
            other => {
                return Err(fault(
                    other.map_or(end, |token| token.offset),
                    format!("`{name}` needs a name in double quotes."),
                    example(name),
                ));
            }
        };
        used += 1;
        let words: &[&'static str] = match *name {
            "layer" => &LAYER_WORDS,
            "entry" => &ENTRY_WORDS,
            "slo" => &traffic::SLO_WORDS,
            "policy" => &limiter::POLICY_WORDS,
            _ => &[],
        };
        let argument = if *name == "jsonpath" {
            Argument::Path(
                Path::parse(&text)
                    .map_err(|wrong| fault(at + 1 + wrong.offset, wrong.message, wrong.hint))?,
            )
        } else if ["node", "setting"].contains(name) {
            let token = tokens.get(used);
            let Some(Word::Name(word)) = token.map(|token| &token.kind) else {
                return Err(fault(
                    token.map_or(end, |token| token.offset),
                    match *name {
                        "node" => format!(
                            "`node \"{text}\"` needs one of: {}.",
                            traffic::NODE_WORDS.join(", ")
                        ),
                        _ => format!("`{name} \"{text}\"` needs the name of a key."),
                    },
                    example(name),
                ));
            };
            used += 1;
            Argument::Word(text, word.clone())
        } else if words.is_empty() {
            Argument::Text(text)
        } else {
            let token = tokens.get(used);
            let found = match token.map(|token| &token.kind) {
                Some(Word::Name(word)) => words.iter().find(|known| *known == word),
                _ => None,
            };
            match (found, *name) {
                (Some(word), "policy")
                    if limiter::OF_A_KEY.contains(word) && !text.contains('/') =>
                {
                    return Err(fault(
                        at,
                        format!("`{word}` is of one key of a policy."),
                        format!("Write `policy \"{text}/you\" {word} >= 1`."),
                    ));
                }
                (Some(word), _) => {
                    used += 1;
                    Argument::Pick(text, word)
                }
                // `entry "GET /x" exists` asks for the entry itself.
                (None, "entry") => Argument::Text(text),
                (None, _) => {
                    return Err(fault(
                        token.map_or(end, |token| token.offset),
                        format!("`{name} \"{text}\"` needs one of: {}.", words.join(", ")),
                        example(name),
                    ));
                }
            }
        };
        let filters = Vec::new();
        Ok((
            Self {
                name,
                argument,
                filters,
            },
            used,
        ))
    }

    /// Whether the answer is true or false, so that no predicate is needed.
    pub fn is_boolean(&self) -> bool {
        let truth =
            self.name == "reached" || matches!(self.argument, Argument::Pick(_, "fresh" | "met"));
        truth && self.filters.is_empty()
    }

    /// Whether it can be put to this kind of evidence; if not, what can.
    ///
    /// # Errors
    /// Message and hint.
    pub fn fits(&self, kind: Kind) -> Result<(), (String, String)> {
        let of = |kind: Kind| {
            QUERIES
                .iter()
                .filter(move |(_, kinds)| kinds.contains(&kind))
                .map(|(name, _)| *name)
        };
        if of(kind).any(|name| name == self.name) {
            return Ok(());
        }
        let names: Vec<&str> = of(kind).collect();
        Err((
            format!("`{}` says nothing about {}.", self.name, kind.name()),
            format!("Known here: {}.", names.join(", ")),
        ))
    }

    /// The answer; none if what is asked for is not there. `number` is what it is compared with.
    pub fn ask(&self, evidence: &Evidence<'_>, number: bool) -> Option<Value> {
        let found = self.find(evidence, number && self.filters.is_empty());
        let filters = self.filters.iter();
        filters.fold(found, |found, filter| filter.apply(found))
    }

    fn find(&self, evidence: &Evidence<'_>, number: bool) -> Option<Value> {
        if let Some(exchange) = evidence.exchange
            && let Some(answer) = self.of_exchange(exchange)
        {
            return answer;
        }
        if self.name == "count" {
            return evidence.count.map(Value::from);
        }
        if let Some(outcome) = evidence.sql {
            return self.of_sql(outcome, number);
        }
        if let Some(load) = evidence.load {
            return Some(match self.name {
                "sent" => json!(load.sent),
                "retries" => json!(load.retries),
                "ok" => json!(load.ok),
                "refused" => json!(load.refused),
                "refusals" => json!(load.refusals),
                "duration_ms" => json!(ms(load.duration_us)),
                "client" => json!(load.client),
                _ => return None,
            });
        }
        if let Some(probe) = evidence.probe {
            return Some(match self.name {
                "sent" => json!(probe.sent),
                "ok" => json!(probe.ok),
                "refused" => json!(probe.refused),
                "to_origin" => json!(probe.to_origin),
                "statements" => json!(probe.statements),
                _ => return None,
            });
        }
        if let Some(run) = evidence.run {
            return match (self.name, &self.argument) {
                ("node", Argument::Word(name, word)) => traffic::node(run, name, word),
                ("setting", Argument::Word(name, key)) => traffic::setting(run, name, key),
                ("slo", Argument::Pick(name, word)) => traffic::slo(run, name, word),
                ("kind", _) => Some(traffic::kind(run, self.text())),
                ("bottleneck", _) => run.bottleneck.as_ref().map(|part| json!(part)),
                ("cost", _) => Some(json!(run.cost)),
                ("ended", _) => run.ended.as_ref().map(|why| json!(why)),
                _ => None,
            };
        }
        if let Some(tests) = evidence.tests {
            return Some(match self.name {
                "requests" => json!(tests.requests),
                "asserts" => json!(tests.asserts),
                "told" => json!(tests.told),
                "broken" => json!(tests.broken),
                _ => return None,
            });
        }
        self.of_layers(evidence.layers)
    }

    fn text(&self) -> &str {
        match &self.argument {
            Argument::Text(text) | Argument::Pick(text, _) | Argument::Word(text, _) => text,
            Argument::None | Argument::Path(_) => "",
        }
    }

    /// The outer option: whether this is a question to an exchange at all.
    fn of_exchange(&self, exchange: &Exchange) -> Option<Option<Value>> {
        let statements = || exchange.spans.iter().flat_map(|span| &span.statements);
        // A layer that was reached twice, as with a preflight, is judged by the request itself.
        let span = |name: &str| exchange.spans.iter().rfind(|span| span.layer == name);
        Some(match self.name {
            "status" => Some(json!(exchange.response.status)),
            "header" => fields(&exchange.response.headers, self.text()),
            "body" => Some(json!(exchange.response.body)),
            "sha256" => {
                let digest = Sha256::digest(exchange.response.body.as_bytes());
                let bytes = digest.iter().map(|byte| format!("{byte:02x}"));
                Some(json!(bytes.collect::<String>()))
            }
            "cookie" => cookie(&exchange.response.headers, self.text()),
            "jsonpath" => match &self.argument {
                Argument::Path(path) => serde_json::from_str::<Value>(&exchange.response.body)
                    .ok()
                    .and_then(|body| path.select(&body)),
                _ => None,
            },
            "duration" => Some(json!(ms(exchange.end_us.saturating_sub(exchange.start_us)))),
            "url" => Some(json!(exchange.request.url)),
            "method" => Some(json!(exchange.request.method)),
            "client" => Some(json!(exchange.client)),
            "request header" => fields(&exchange.request.headers, self.text()),
            "request body" => Some(json!(exchange.request.body)),
            "answered_by" => Some(json!(exchange.answered_by)),
            "layer" => span(self.text()).map(|span| match &self.argument {
                Argument::Pick(_, "label") => json!(span.label),
                Argument::Pick(_, "reason") => json!(span.reason),
                _ => json!(decision(span.decision)),
            }),
            "reached" => Some(json!(span(self.text()).is_some())),
            "rows_read" => Some(json!(
                statements()
                    .map(|statement| statement.rows_read)
                    .sum::<u64>()
            )),
            "statements" => Some(json!(statements().count())),
            _ => return None,
        })
    }

    fn of_sql(&self, outcome: &SqlOutcome, number: bool) -> Option<Value> {
        match (self.name, &outcome.result) {
            ("statement", _) => Some(json!(outcome.statement)),
            ("rows_read", _) => Some(json!(outcome.stats.rows_read)),
            ("rows_written", _) => Some(json!(outcome.stats.rows_written)),
            ("plan", _) => Some(json!(outcome.plan.as_ref()?.lines().join("\n"))),
            ("index", _) => {
                let indexes = outcome.plan.as_ref()?.indexes();
                (!indexes.is_empty()).then(|| json!(indexes.join(", ")))
            }
            ("waits_for", SqlResult::Waiting { sessions }) => {
                let consoles: Vec<String> = sessions.iter().map(u32::to_string).collect();
                Some(json!(consoles.join(", ")))
            }
            ("code", SqlResult::Failed { problem }) => Some(json!(problem.code)),
            ("rows", SqlResult::Rows { rows, .. }) => Some(json!(rows.len())),
            ("columns", SqlResult::Rows { columns, .. }) if number => Some(json!(columns.len())),
            ("columns", SqlResult::Rows { columns, .. }) => Some(json!(columns)),
            ("value", SqlResult::Rows { rows, .. }) => rows.first()?.first().cloned(),
            ("row", SqlResult::Rows { columns, rows, .. }) => {
                let at = columns
                    .iter()
                    .position(|name| name.eq_ignore_ascii_case(self.text()))?;
                rows.first()?.get(at).cloned()
            }
            ("affected", SqlResult::Done { affected, .. }) => Some(json!(affected)),
            // Authors put it into a sentence of their own, which has its own end.
            ("error", SqlResult::Failed { problem }) => {
                Some(json!(problem.message.trim_end_matches('.')))
            }
            _ => None,
        }
    }

    fn of_layers(&self, layers: &[LayerView]) -> Option<Value> {
        let mut all_entries: Vec<&CacheEntryView> = Vec::new();
        let (mut all_hits, mut all_misses) = (0, 0);
        for layer in layers {
            if let LayerState::Cache {
                entries,
                hits,
                misses,
                ..
            } = &layer.state
            {
                all_entries.extend(entries);
                all_hits += hits;
                all_misses += misses;
            }
        }
        match self.name {
            "entries" => return Some(json!(all_entries.len())),
            "hits" => return Some(json!(all_hits)),
            "misses" => return Some(json!(all_misses)),
            "entry" => {
                let entry = all_entries
                    .into_iter()
                    .find(|entry| is_key(&entry.key, self.text()));
                if let Argument::Pick(_, "fresh") = self.argument {
                    return Some(json!(
                        entry.is_some_and(|entry| entry.age_us < entry.lifetime_us)
                    ));
                }
                let entry = entry?;
                return match &self.argument {
                    Argument::Pick(_, "age") => Some(json!(entry.age_us / 1_000_000)),
                    Argument::Pick(_, "lifetime") => Some(json!(entry.lifetime_us / 1_000_000)),
                    Argument::Pick(_, "validator") => {
                        entry.validator.as_ref().map(|validator| json!(validator))
                    }
                    Argument::Pick(_, _) => Some(json!(entry.cache_control)),
                    _ => Some(json!(entry.key)),
                };
            }
            _ => {}
        }
        match &self.argument {
            Argument::Pick(name, word) => limiter::named(layers, name, word),
            _ => limiter::first(layers, self.name, self.text()),
        }
    }
}

/// Whether a stored key is the one named: `GET /x`, or that with the request fields Vary added.
fn is_key(key: &str, named: &str) -> bool {
    key.strip_prefix(named)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace()))
}

/// All field lines of a name as one value (RFC 9110 §5.3).
fn fields(headers: &[(String, String)], name: &str) -> Option<Value> {
    let lines: Vec<&str> = headers
        .iter()
        .filter(|(n, _)| n.trim().eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
        .collect();
    (!lines.is_empty()).then(|| json!(lines.join(", ")))
}

/// A cookie the response sets: its value, or with `name[Attribute]` one of its attributes; of
/// several, the last (RFC 6265bis §4.1.1).
fn cookie(headers: &[(String, String)], wanted: &str) -> Option<Value> {
    let (name, attribute) = match wanted.strip_suffix(']').and_then(|w| w.split_once('[')) {
        Some((name, attribute)) => (name, Some(attribute)),
        None => (wanted, None),
    };
    let set = headers
        .iter()
        .filter(|(field, _)| field.eq_ignore_ascii_case("Set-Cookie"));
    let mut named = set.filter_map(|(_, line)| {
        let (found, rest) = line.split_once('=')?;
        (found.trim() == name).then_some(rest)
    });
    let mut parts = named.next_back()?.split(';').map(str::trim);
    let value = parts.next()?;
    let Some(attribute) = attribute.filter(|name| *name != "Value") else {
        return Some(json!(value));
    };
    parts
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .find(|(name, _)| name.eq_ignore_ascii_case(attribute))
        .map(|(_, value)| json!(value))
}

fn decision(decision: Decision) -> &'static str {
    match decision {
        Decision::Fresh => "fresh",
        Decision::Stale => "stale",
        Decision::Forwarded => "forwarded",
        Decision::Waited => "waited",
        Decision::Refused => "refused",
        Decision::Failed => "failed",
    }
}

/// Microseconds as milliseconds.
fn ms(us: u64) -> f64 {
    us as f64 / 1_000.0
}

fn example(name: &str) -> String {
    match name {
        "jsonpath" => "Write `jsonpath \"$.title\" == \"…\"`.".to_owned(),
        "layer" => "Write `layer \"rate-limit\" decision == \"refused\"`.".to_owned(),
        "reached" => "Write `reached \"routes\"`.".to_owned(),
        "row" => "Write `row \"price\" == 12`.".to_owned(),
        "entry" => "Write `entry \"GET /books/1\" fresh`.".to_owned(),
        "node" => "Write `node \"api\" utilisation < 0.8`.".to_owned(),
        "setting" => "Write `setting \"api\" workers == 4`.".to_owned(),
        "slo" => "Write `slo \"fast\" met`.".to_owned(),
        "kind" => "Write `kind \"cache\" >= 1`.".to_owned(),
        "policy" => "Write `policy \"daily\" refused == 0`.".to_owned(),
        "tokens" | "level" => format!("Write `{name} \"you\" >= 1`."),
        _ => format!("Write `{name} \"Content-Type\" exists`."),
    }
}
