//! A route's statements, in order, and what belongs to the rows of the last one.

use ::http::StatusCode;
use serde_json::Value;

use super::super::nest::{MAX_EACH, NestSpec, Nested};
use super::super::rules::Broken;
use super::super::spec::StatementSpec;
use super::super::spec::statement::Need;
use super::super::statement::{assignments, pasted};
use super::super::template::plain;
use super::super::transaction::{Transaction, found, rows_of};
use super::{Call, Params, Refusal, Stop, refused};
use crate::http::reply::{Details, problem_with};
use crate::http::words::reason;
use crate::problem::Problem;
use crate::sql::outcome::SqlResult;

/// What a route's statements came to.
pub struct Ran {
    /// The last result.
    pub result: SqlResult,
    /// The rows that belong to those of the result.
    pub nested: Option<Nested>,
    /// Whether there are more rows than those of the page.
    pub more: bool,
    /// How many rows there are in all, if they were counted.
    pub total: Option<u64>,
}

impl Ran {
    /// A result by itself.
    pub fn of(result: SqlResult) -> Self {
        Self {
            result,
            nested: None,
            more: false,
            total: None,
        }
    }
}

/// The result of no statement.
pub fn nothing() -> SqlResult {
    SqlResult::Done {
        verb: String::new(),
        affected: 0,
    }
}

/// Fills the holes of the statements, whose work begins.
pub fn begin(call: &mut Call<'_>) {
    call.filling.set = assignments(call.sent.iter().map(String::as_str));
    call.worked = true;
}

/// Runs the statements of a call's route. The first row of each is parameters of those after it.
///
/// # Errors
/// The answer to what failed, or gave too few rows or too many; then all is to be undone.
pub async fn run(call: &mut Call<'_>, to: &mut Transaction<'_>) -> Result<Ran, Stop> {
    let mut result = nothing();
    let mut rest = call.route.sql.as_slice();
    let mut columns = Vec::new();
    begin(call);
    if call.route.unsafe_sql {
        let hole = "unsafe_sql: values are pasted into the statement as text (CWE-89)";
        call.fact("hole", hole.to_owned());
    }
    while let Some(first) = rest.first() {
        // Statements that follow each other for the same list run together for each element.
        let same = |one: &&StatementSpec| one.each_of == first.each_of;
        let (block, after) = match &first.each_of {
            None => rest.split_at(1),
            Some(_) => rest.split_at(rest.iter().take_while(same).count()),
        };
        result = match &first.each_of {
            None => one(call, to, first, &mut columns).await?,
            Some(list) => each(call, to, list, block).await?,
        };
        rest = after;
    }
    let mut ran = Ran::of(result);
    if let (SqlResult::Rows { rows, .. }, Some(page)) = (&mut ran.result, &call.listing.page) {
        ran.more = page.cut(rows);
    }
    if let Some(total) = call.route.list.total() {
        let counted = to.run(&total.filled(&call.filling), &call.params).await;
        let rows = found(counted?).1;
        ran.total = rows.first().and_then(|row| row.first()?.as_u64());
    }
    if let Some(nest) = &call.route.nest {
        add_nested(to, nest, &call.params, &mut ran).await?;
    }
    Ok(ran)
}

/// Runs one statement, whose row becomes parameters. Those the request gave stay; `columns` are the
/// names that rows gave.
async fn one(
    call: &mut Call<'_>,
    to: &mut Transaction<'_>,
    statement: &StatementSpec,
    columns: &mut Vec<String>,
) -> Result<SqlResult, Stop> {
    let result = execute(call, to, statement).await?;
    if let SqlResult::Rows {
        columns: names,
        rows,
        ..
    } = &result
    {
        let row = rows.first();
        for (at, name) in names.iter().enumerate() {
            if call.params.contains_key(name) && !columns.contains(name) {
                continue;
            }
            let value = row.and_then(|row| row.get(at));
            let value = value.cloned().unwrap_or_default();
            call.params.insert(name.clone(), value);
            columns.push(name.clone());
        }
    }
    let rows = rows_of(&result);
    match statement.need {
        Some(need) if !need.is_met(rows) => Err(Stop::Refused(unmet(call, statement, need, rows))),
        _ => Ok(result),
    }
}

/// Runs statements for each element of a list in the body; the last one's rows of all elements.
async fn each(
    call: &mut Call<'_>,
    to: &mut Transaction<'_>,
    list: &str,
    block: &[StatementSpec],
) -> Result<SqlResult, Stop> {
    let Some(Value::Array(elements)) = call.params.get(list).cloned() else {
        return Ok(nothing());
    };
    if elements.len() > MAX_EACH {
        let broken = Broken {
            pointer: format!("/{list}"),
            why: format!(
                "has {} elements, and {MAX_EACH} are the most",
                elements.len()
            ),
        };
        return Err(call
            .refuse_members("The body is JSON, but", &[broken])
            .into());
    }
    let outside = call.params.clone();
    let mut all: Option<SqlResult> = None;
    for (number, element) in elements.into_iter().enumerate() {
        match element {
            Value::Object(members) => {
                let members = members.into_iter();
                // What the path says wins over the body, and this is a part of it.
                let path = &call.path;
                let free = members.filter(|(name, _)| !path.iter().any(|(own, _)| own == name));
                call.params.extend(free);
            }
            value => {
                call.params.insert(list.to_owned(), value);
            }
        }
        let mut columns = Vec::new();
        let mut last = None;
        for statement in block {
            let ran = one(call, to, statement, &mut columns).await;
            last = Some(ran.map_err(|stop| stop.fact("element", format!("{list}/{number}")))?);
        }
        call.params.clone_from(&outside);
        all = joined(all, last);
    }
    Ok(all.unwrap_or_else(nothing))
}

/// Two results of one statement as one.
fn joined(all: Option<SqlResult>, next: Option<SqlResult>) -> Option<SqlResult> {
    match (all, next) {
        (
            Some(SqlResult::Rows {
                columns,
                types,
                mut rows,
            }),
            Some(SqlResult::Rows { rows: more, .. }),
        ) => {
            rows.extend(more);
            Some(SqlResult::Rows {
                columns,
                types,
                rows,
            })
        }
        (
            Some(SqlResult::Done { verb, affected }),
            Some(SqlResult::Done { affected: more, .. }),
        ) => {
            let affected = affected + more;
            Some(SqlResult::Done { verb, affected })
        }
        (all, next) => next.or(all),
    }
}

/// Runs a statement's text as this call has it.
async fn execute(
    call: &Call<'_>,
    to: &mut Transaction<'_>,
    statement: &StatementSpec,
) -> Result<SqlResult, Stop> {
    let sql = statement.sql.filled(&call.filling);
    let ran = match call.route.unsafe_sql {
        true => run_pasted(to, &pasted(&sql, &call.params)).await,
        false => to.run(&sql, &call.params).await,
    };
    Ok(ran?)
}

/// Runs a text into which values were pasted, and which may by now be several statements; the last
/// that gives rows is what it gives.
async fn run_pasted(to: &mut Transaction<'_>, text: &str) -> Result<SqlResult, Problem> {
    let spans = crate::sql::split(text);
    if spans.len() <= 1 {
        return to.run(text, &Params::new()).await;
    }
    let mut result = None;
    for span in spans {
        let sql = text.get(span.start..span.end).unwrap_or("");
        let ran = to.run(sql, &Params::new()).await?;
        if matches!(ran, SqlResult::Rows { .. }) || !matches!(result, Some(SqlResult::Rows { .. }))
        {
            result = Some(ran);
        }
    }
    Ok(result.unwrap_or_else(nothing))
}

/// The answer when a statement gave or changed other than so many rows.
fn unmet(call: &Call<'_>, statement: &StatementSpec, need: Need, rows: u64) -> Refusal {
    let otherwise = &statement.otherwise;
    let status = StatusCode::from_u16(otherwise.status).unwrap_or(StatusCode::CONFLICT);
    let value = |name: &str| Ok::<_, ()>(call.params.get(name).map_or("".into(), plain));
    let detail = otherwise.detail.as_ref();
    let detail = detail.and_then(|detail| detail.fill(value).ok());
    let detail = detail.unwrap_or_else(|| "Things are not as this request needs them.".to_owned());
    let response = problem_with(
        call.cx,
        status,
        Details {
            title: otherwise.title.as_deref().unwrap_or(reason(status)),
            detail: &detail,
            more: &[],
        },
    );
    let verb = statement
        .sql
        .as_str()
        .split_whitespace()
        .next()
        .unwrap_or("statement");
    let had = match rows {
        0 => "found none".to_owned(),
        1 => "found 1".to_owned(),
        rows => format!("found {rows}"),
    };
    let told = format!(
        "The {verb} needed {} and {had}, so everything was rolled back.",
        need.words()
    );
    let standard = match otherwise.status {
        404 => "RFC 9110 §15.5.5",
        409 => "RFC 9110 §15.5.10",
        422 => "RFC 9110 §15.5.21",
        500..=599 => "RFC 9110 §15.6",
        _ => "RFC 9110 §15.5",
    };
    let verdict = refused(status, told, standard)
        .fact("need", need.words())
        .fact("rows", rows.to_string());
    Box::new((response, verdict))
}

/// Adds what belongs to the rows of a result.
async fn add_nested(
    to: &mut Transaction<'_>,
    nest: &NestSpec,
    params: &Params,
    ran: &mut Ran,
) -> Result<(), Problem> {
    let Ran {
        result: SqlResult::Rows { columns, rows, .. },
        nested,
        ..
    } = ran
    else {
        return Ok(());
    };
    let name = match nest {
        NestSpec::Batch { sql, name, by } => {
            let found = found(to.run(sql, params).await?);
            *nested = Some(Nested::dealt(name, by, (columns, rows), found)?);
            return Ok(());
        }
        NestSpec::Each { name, .. } => name,
    };
    if rows.len() > MAX_EACH {
        let message = format!(
            "`each` would run {} statements, and {MAX_EACH} are the most",
            rows.len()
        );
        return Err(Problem::new(message));
    }
    let mut all = Nested {
        name: name.clone().unwrap_or_default(),
        ..Nested::default()
    };
    for row in rows.iter() {
        let mut params = params.clone();
        params.extend(columns.iter().cloned().zip(row.iter().cloned()));
        let (names, found) = found(to.run(nest.sql(), &params).await?);
        all.columns = names;
        all.rows.push(found);
    }
    if name.is_some() {
        *nested = Some(all);
        return Ok(());
    }
    let width = all.columns.len();
    for (row, found) in rows.iter_mut().zip(all.rows) {
        let first = found.into_iter().next();
        row.extend(first.unwrap_or_else(|| vec![Value::Null; width]));
    }
    columns.append(&mut all.columns);
    Ok(())
}
