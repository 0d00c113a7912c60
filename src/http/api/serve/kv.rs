//! What a route does with the key-value store: looks there before its statements run, and leaves
//! there what they changed.

use std::rc::Rc;

use percent_encoding::utf8_percent_encode;
use serde_json::Value as Json;

use super::super::kv::behind::{Write, put_off};
use super::super::kv::{Entry, Flight, Stale, Value, seconds};
use super::super::spec::kv::{KvPut, KvUse, Stampede};
use super::super::spec::{KvSpec, StatementSpec};
use super::super::template::{Template, plain};
use super::super::transaction::Transaction;
use super::run::{self, Ran, nothing};
use super::{Call, Judged, Params, Stop, UNRESERVED, respond};
use crate::http::stack::Shared;
use crate::sim::sync::Permit;
use crate::sql::outcome::SqlResult;

/// A text with its names filled in. What stands for NULL stands for no value.
fn filled(text: &Template, params: &Params) -> String {
    let value = |name: &str| {
        Ok::<_, ()>(match params.get(name) {
            None | Some(Json::Null) => "*".into(),
            Some(value) => utf8_percent_encode(&plain(value), UNRESERVED)
                .to_string()
                .into(),
        })
    };
    text.fill(value).unwrap_or_default()
}

fn all_filled(texts: &[Template], params: &Params) -> Vec<String> {
    texts.iter().map(|text| filled(text, params)).collect()
}

/// Whoever runs the statements of a flight; given up, the next who waits does.
struct Leader {
    shared: Shared,
    flight: Rc<Flight>,
    permit: Option<Permit>,
}

impl Leader {
    /// Shares what was read; whether it still holds.
    fn land(&self, value: &Rc<Value>) -> bool {
        *self.flight.value.borrow_mut() = Some(Rc::clone(value));
        self.shared.kv.borrow_mut().land(&self.flight)
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        self.shared.kv.borrow_mut().land(&self.flight);
        self.permit.take();
    }
}

/// Answers from the store, else runs the statements and puts what they gave (cache-aside).
///
/// # Errors
/// As the statements' own.
pub async fn read(
    call: &mut Call<'_>,
    to: &mut Transaction<'_>,
    (put, negative_ttl_us, stampede): (&KvPut, Option<u64>, Stampede),
) -> Result<Judged, Stop> {
    let shared = call.cx.shared.clone();
    let spec = settings(call);
    let key = filled(&put.key, &call.params);
    shared.runtime.sleep(spec.latency_us).await;
    let early = |took_us: u64| match stampede {
        Stampede::Early(beta) => sooner(took_us, beta, shared.rng.borrow_mut().next_f64()),
        Stampede::None | Stampede::Collapse => 0,
    };
    let looked = shared
        .kv
        .borrow_mut()
        .get(&key, shared.runtime.now_us(), early);
    let miss = match looked {
        Ok((value, words)) => return Ok(given(call, &value, words, "cache-aside: found there")),
        Err(miss) => miss,
    };
    let together = stampede == Stampede::Collapse;
    let flight = shared.kv.borrow_mut().join(&key, together);
    let permit = flight.gate.acquire().await;
    let brought = flight.value.borrow().clone();
    if let Some(value) = brought {
        let words = format!("{miss}, and waited for the one that was under way");
        let pattern = "single flight: of many that miss at once, one runs the statements";
        return Ok(given(call, &value, words, pattern));
    }
    let leader = Leader {
        shared: shared.clone(),
        flight,
        permit: Some(permit),
    };
    call.fact("kv", miss);
    call.fact("kv pattern", pattern(stampede).to_owned());
    let (before, start_us) = (call.params.clone(), shared.runtime.now_us());
    let judged = call.run_statements(to).await?;
    let Some(ran) = call
        .ran
        .take()
        .filter(|_| !judged.0.status().is_server_error())
    else {
        return Ok(judged);
    };
    let found = !matches!(&ran.result, SqlResult::Rows { rows, .. } if rows.is_empty());
    let ttl_us = match found || !call.route.one {
        true => Some(put.ttl_us),
        false => negative_ttl_us,
    };
    let new = call.params.iter();
    let new = new.filter(|(name, value)| before.get(*name) != Some(*value));
    let value = Rc::new(Value {
        params: new
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        ran,
    });
    let took_us = shared.runtime.now_us() - start_us;
    let words = match ttl_us {
        Some(ttl_us) => {
            shared.runtime.sleep(spec.latency_us).await;
            let entry = Entry {
                value: Rc::clone(&value),
                tags: all_filled(&put.tags, &call.params),
                ttl_us,
                took_us,
            };
            match leader.land(&value) {
                true => stored(call, &spec, &key, entry),
                false => format!("not put: {key} was invalidated while it was read (a lease)"),
            }
        }
        None => {
            leader.land(&value);
            "not put: there is no such row, and no `negative_ttl_s`".to_owned()
        }
    };
    call.fact("kv put", words);
    Ok(judged)
}

/// How much sooner than it ends an entry is made anew (XFetch: Vattani, Chierichetti, Lowenstein,
/// "Optimal Probabilistic Cache Stampede Prevention", 2015); `chance` is from 0 up to 1.
fn sooner(took_us: u64, beta: f64, chance: f64) -> u64 {
    (took_us as f64 * beta * -libm::log(1.0 - chance)) as u64
}

fn pattern(stampede: Stampede) -> &'static str {
    match stampede {
        Stampede::None => "cache-aside: the route reads the database and fills the store itself",
        Stampede::Collapse => "single flight: others that miss this key wait for this one",
        Stampede::Early(_) => "probabilistic early expiration (XFetch)",
    }
}

fn settings(call: &Call<'_>) -> KvSpec {
    call.world.kv.clone().unwrap_or_default()
}

fn stored(call: &Call<'_>, spec: &KvSpec, key: &str, entry: Entry) -> String {
    let shared = &call.cx.shared;
    let now_us = shared.runtime.now_us();
    let mut store = shared.kv.borrow_mut();
    store.put(key, entry, now_us, (spec, &shared.rng))
}

/// The answer that a stored value gives.
fn given(call: &mut Call<'_>, value: &Value, words: String, pattern: &str) -> Judged {
    call.fact("kv", words);
    call.fact("kv pattern", pattern.to_owned());
    call.params.extend(value.params.clone());
    call.instead = Some("the answer came from the key-value store, so no statement ran");
    respond::respond(call, &value.ran)
}

/// Leaves in the store what a change that was kept has changed.
pub async fn changed(call: &mut Call<'_>, (response, _): &Judged) {
    let route = call.route;
    let (
        Some(KvUse::Write {
            keys, tags, put, ..
        }),
        Some(ran),
    ) = (&route.kv, call.ran.take())
    else {
        return;
    };
    if response.status().as_u16() >= 400 {
        return;
    }
    let (shared, spec) = (call.cx.shared.clone(), settings(call));
    shared.runtime.sleep(spec.latency_us).await;
    let stale = stale(call, keys, tags);
    let gone = shared.kv.borrow_mut().invalidate(&stale);
    tell_invalidated(call, &stale, gone);
    let has_row = matches!(&ran.result, SqlResult::Rows { rows, .. } if !rows.is_empty());
    if let Some(put) = put.as_ref().filter(|_| has_row) {
        let key = filled(&put.key, &call.params);
        let words = replaced(call, &spec, (&key, put), value_of(ran));
        call.fact("kv", words);
        let pattern = "write-through: the store has the row when the request is answered";
        call.fact("kv pattern", pattern.to_owned());
    }
}

fn value_of(ran: Ran) -> Rc<Value> {
    let params = Params::new();
    Rc::new(Value { ran, params })
}

/// Puts a new value in the place of an old one, which nobody may put again.
fn replaced(
    call: &Call<'_>,
    spec: &KvSpec,
    (key, put): (&str, &KvPut),
    value: Rc<Value>,
) -> String {
    let stale = Stale {
        keys: vec![key.to_owned()],
        tags: Vec::new(),
    };
    call.cx.shared.kv.borrow_mut().invalidate(&stale);
    let entry = Entry {
        value,
        tags: all_filled(&put.tags, &call.params),
        ttl_us: put.ttl_us,
        took_us: 0,
    };
    stored(call, spec, key, entry)
}

fn stale(call: &Call<'_>, keys: &[Template], tags: &[Template]) -> Stale {
    Stale {
        keys: all_filled(keys, &call.params),
        tags: all_filled(tags, &call.params),
    }
}

fn tell_invalidated(call: &mut Call<'_>, stale: &Stale, gone: usize) {
    if stale.keys.is_empty() && stale.tags.is_empty() {
        return;
    }
    let tags = stale.tags.iter().map(|tag| format!("tag {tag}"));
    let names: Vec<String> = stale.keys.iter().cloned().chain(tags).collect();
    let entries = if gone == 1 { "entry" } else { "entries" };
    let words = format!("{}: {gone} {entries} went", names.join(", "));
    call.fact("kv invalidated", words);
}

/// Stores the row that a change would leave and answers with it; the statements run later
/// (write-behind).
pub async fn behind(
    call: &mut Call<'_>,
    (keys, tags): (&[Template], &[Template]),
    (put, delay_us): (&KvPut, u64),
) -> Judged {
    let (shared, spec) = (call.cx.shared.clone(), settings(call));
    shared.runtime.sleep(spec.latency_us).await;
    run::begin(call);
    let now_us = shared.runtime.now_us();
    let key = filled(&put.key, &call.params);
    let known = shared.kv.borrow().peek(&key, now_us);
    let row = row(call, known.as_deref());
    let value = value_of(Ran::of(row));
    let words = replaced(call, &spec, (&key, put), Rc::clone(&value));
    let statements = call.route.sql.iter();
    let write = Write {
        due_us: now_us + delay_us,
        key: key.clone(),
        value: Rc::clone(&value),
        sql: statements
            .map(|one| one.sql.filled(&call.filling).into_owned())
            .collect(),
        params: call.params.clone(),
        path: call.path.clone(),
        stale: stale(call, keys, tags),
        clock: call.cx.clock,
        cost: call.world.database.clone(),
    };
    put_off(&shared, write);
    let later = seconds(delay_us);
    call.fact("kv", format!("{words}, the statements run {later} later"));
    let pattern = "write-behind: the answer does not wait for the database";
    call.fact("kv pattern", pattern.to_owned());
    call.instead = Some("the row is in the key-value store, and the database gets it later");
    let gives_rows = call.route.sql.last().is_some_and(StatementSpec::gives_rows);
    match gives_rows {
        true => respond::respond(call, &value.ran),
        false => respond::respond(call, &Ran::of(nothing())),
    }
}

/// What the path and the body say, over what is known of the row.
fn row(call: &Call<'_>, known: Option<&Value>) -> SqlResult {
    let (mut columns, mut values) = match known.map(|value| &value.ran.result) {
        Some(SqlResult::Rows { columns, rows, .. }) => {
            (columns.clone(), rows.first().cloned().unwrap_or_default())
        }
        _ => Default::default(),
    };
    let path = call.path.iter().map(|(name, _)| name);
    let rules = call.route.body.iter().flat_map(|body| &body.rules);
    let body = rules.map(|rule| &rule.name).filter(|name| {
        call.sent.contains(name) || call.params.get(*name).is_some_and(|value| !value.is_null())
    });
    for name in path.chain(body) {
        let Some(value) = call.params.get(name) else {
            continue;
        };
        match columns.iter().position(|column| column == name) {
            Some(at) => {
                if let Some(old) = values.get_mut(at) {
                    *old = value.clone();
                }
            }
            None => {
                columns.push(name.clone());
                values.push(value.clone());
            }
        }
    }
    let types = Vec::new();
    let rows = vec![values];
    SqlResult::Rows {
        columns,
        types,
        rows,
    }
}
