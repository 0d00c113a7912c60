//! CREATE VIEW.

use std::collections::BTreeSet;
use std::sync::Arc;

use gluesql::core::sqlparser::ast::{CreateTableOptions, Statement};
use gluesql::core::sqlparser::tokenizer::Token;

use super::{Cx, depend, done, drop, exists_already, names};
use crate::problem::Problem;
use crate::sql::bind::Output;
use crate::sql::catalog::ViewDef;
use crate::sql::error::{self, code, unsupported};
use crate::sql::outcome::SqlResult;
use crate::sql::session::work::{Stop, Work};
use crate::sql::store::Snapshot;
use crate::sql::syntax::Lexed;

/// CREATE [OR REPLACE] VIEW.
pub fn create(statement: &Statement, work: &mut Work, cx: &Cx) -> Result<SqlResult, Stop> {
    let Statement::CreateView {
        or_replace,
        materialized,
        name,
        columns,
        query,
        options,
        if_not_exists,
        ..
    } = statement
    else {
        return Ok(done("CREATE VIEW", 0));
    };
    if *materialized {
        let instead = "CREATE VIEW shows the current rows; CREATE TABLE … AS keeps them";
        return Err(unsupported("MATERIALIZED VIEW", instead).into());
    }
    if *options != CreateTableOptions::None {
        return Err(unsupported("WITH (…) of a view", "leave it out").into());
    }
    let name = names::table_name(name, cx.lexed)?;
    let before = work.tables().clone();
    if names::has_relation(&before, &name) {
        if *if_not_exists {
            return Ok(done("CREATE VIEW", 0));
        }
        if !or_replace {
            return Err(exists_already("view", &name, cx.lexed)
                .hint("choose another name, or write CREATE OR REPLACE VIEW")
                .into());
        }
        if !before.views.contains_key(&name) {
            let hint = "choose another name";
            return Err(drop::other_kind(&name, "view", hint, cx).into());
        }
    }
    // Without the view it replaces, so that it cannot read itself.
    let mut after = before.clone();
    let replaced = after.views.remove(&name);
    let mut outputs = cx.binder(&after).query(query)?.outputs;
    let given: Vec<String> = columns.iter().map(|it| it.name.value.clone()).collect();
    if given.len() > outputs.len() {
        return Err(Stop::Failed(error::problem(
            code::SYNTAX,
            "CREATE VIEW specifies more column names than columns",
        )));
    }
    rename(&mut outputs, &given);
    let mut seen = BTreeSet::new();
    if let Some(twice) = outputs.iter().find(|it| !seen.insert(it.name.as_str())) {
        let name = &twice.name;
        return Err(error::problem(
            code::DUPLICATE_COLUMN,
            format!("column \"{name}\" specified more than once"),
        )
        .hint(format!("give one of them another name: {name} AS …"))
        .into());
    }
    if let Some(replaced) = replaced {
        keeps_columns(&replaced, &outputs, &before, cx)?;
    }
    let text = written(cx.lexed).unwrap_or_else(|| query.to_string());
    let view = ViewDef {
        name: name.clone(),
        columns: given,
        query: Arc::new((**query).clone()),
        text,
    };
    after.views.insert(name.clone(), Arc::new(view));
    let what = format!("what the view `{name}` was");
    depend::settle_views(&what, &before, &mut after, false, cx)?;
    work.define(|tables| *tables = after)?;
    Ok(done("CREATE VIEW", 0))
}

fn rename(outputs: &mut [Output], names: &[String]) {
    for (output, name) in outputs.iter_mut().zip(names) {
        output.name.clone_from(name);
    }
}

/// A view that is replaced keeps its columns, and may get more.
fn keeps_columns(
    old: &ViewDef,
    outputs: &[Output],
    before: &Snapshot,
    cx: &Cx,
) -> Result<(), Problem> {
    let Ok(query) = cx.binder(before).query(&old.query) else {
        return Ok(());
    };
    let mut kept = query.outputs;
    rename(&mut kept, &old.columns);
    let refused = |message: String| {
        Err(error::problem(code::INVALID_TABLE, message)
            .hint(format!("DROP VIEW {} first", old.name)))
    };
    if kept.len() > outputs.len() {
        return refused("cannot drop columns from view".to_owned());
    }
    for (old, new) in kept.iter().zip(outputs) {
        if old.name != new.name {
            return refused(format!(
                "cannot change name of view column \"{}\" to \"{}\"",
                old.name, new.name
            ));
        }
        if old.sql_type != new.sql_type {
            return refused(format!(
                "cannot change data type of view column \"{}\" from {} to {}",
                old.name, old.sql_type, new.sql_type
            ));
        }
    }
    Ok(())
}

/// The query as it was typed: what follows the first AS outside parentheses.
fn written(lexed: &Lexed) -> Option<String> {
    let mut depth = 0_i32;
    let after = lexed.tokens.iter().position(|token| {
        match &token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth -= 1,
            Token::Word(word) => return depth == 0 && word.value == "as",
            _ => {}
        }
        false
    })?;
    let place = lexed.place(after)?;
    let mut lines = lexed.text.split_inclusive('\n');
    let mut offset = 0;
    for _ in 1..place.line {
        offset += lines.next()?.len();
    }
    let line = lexed.text.get(offset..)?;
    let skipped = line
        .chars()
        .take((place.column + place.length) as usize - 1);
    offset += skipped.map(char::len_utf8).sum::<usize>();
    let text = lexed.text.get(offset..)?.trim().trim_end_matches(';');
    Some(text.trim_end().to_owned())
}
