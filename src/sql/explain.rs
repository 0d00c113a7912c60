//! EXPLAIN: the plan of a statement, and with ANALYZE what it did.

use gluesql::core::sqlparser::ast::{self, Statement, UtilityOption};
use serde_json::Value as Json;

use super::bind::Binder;
use super::database::Env;
use super::error::{code, problem, unsupported};
use super::outcome::{PlanNode, SqlResult};
use super::session::work::{Stop, Work};
use super::syntax::Lexed;
use super::{change, define, exec, plan};
use crate::problem::Problem;

/// What EXPLAIN is asked for.
#[derive(Debug, Clone, Copy, Default)]
struct Wanted {
    analyze: bool,
    json: bool,
}

/// Plans a statement and, with ANALYZE, runs it.
///
/// # Errors
/// What is wrong with the statement, and what has no plan.
pub fn run(
    explain: &Statement,
    lexed: &Lexed,
    work: &mut Work,
    env: &mut Env,
) -> Result<(SqlResult, PlanNode), Stop> {
    let Statement::Explain {
        analyze,
        statement,
        format,
        options,
        ..
    } = explain
    else {
        return Err(define::refused(explain).into());
    };
    let mut wanted = Wanted {
        analyze: *analyze,
        json: matches!(format, Some(ast::AnalyzeFormat::JSON)),
    };
    for option in options.iter().flatten() {
        wanted.take(option)?;
    }
    let tables = work.tables().clone();
    let binder = Binder::new(&tables, lexed, env.now);
    let mut node = match &**statement {
        Statement::Query(query) => of_query(query, wanted, &binder, work, env)?,
        Statement::Insert(insert) => {
            let child = match &insert.source {
                Some(query) => of_query(query, wanted, &binder, work, env)?,
                None => PlanNode::default(),
            };
            let table = insert.table_name.to_string();
            let notes = upkeep(&insert.table_name, &binder, work)?;
            PlanNode {
                notes,
                ..plan::around("Insert", &table, child)
            }
        }
        Statement::Update {
            table,
            from,
            selection,
            ..
        } => {
            let from: Vec<_> = from.iter().cloned().collect();
            let child = of_targets(&table.relation, &from, selection.as_ref(), &binder, work)?;
            plan::around("Update", &table.relation.to_string(), child)
        }
        Statement::Delete(delete) => {
            let (ast::FromTable::WithFromKeyword(from) | ast::FromTable::WithoutKeyword(from)) =
                &delete.from;
            let Some(table) = from.first() else {
                return Err(define::refused(statement).into());
            };
            let using = delete.using.clone().unwrap_or_default();
            let selection = delete.selection.as_ref();
            let child = of_targets(&table.relation, &using, selection, &binder, work)?;
            plan::around("Delete", &table.relation.to_string(), child)
        }
        _ => {
            return Err(unsupported(
                "EXPLAIN of this statement",
                "it shows the plan of SELECT, INSERT, UPDATE and DELETE",
            )
            .into());
        }
    };
    if wanted.analyze && !matches!(**statement, Statement::Query(_)) {
        work.may_write(statement)?;
        let (_, ran) = change::run(statement, lexed, work, env, true)?;
        node = ran.unwrap_or(node);
    }
    let rows = if wanted.json {
        vec![vec![serde_json::to_value(&node).unwrap_or_default()]]
    } else {
        let lines = plan::lines(&node).into_iter();
        lines.map(|line| vec![Json::from(line)]).collect()
    };
    let result = SqlResult::Rows {
        columns: vec!["QUERY PLAN".to_owned()],
        types: vec![if wanted.json { "json" } else { "text" }.to_owned()],
        rows,
    };
    Ok((result, node))
}

impl Wanted {
    fn take(&mut self, option: &UtilityOption) -> Result<(), Problem> {
        let argument = option
            .arg
            .as_ref()
            .map(|arg| arg.to_string().to_lowercase());
        let on = !matches!(argument.as_deref(), Some("false" | "off" | "0"));
        match option.name.value.to_lowercase().as_str() {
            "analyze" => self.analyze = on,
            "format" => match argument.as_deref() {
                Some("json") => self.json = true,
                Some("text") => self.json = false,
                _ => {
                    return Err(unsupported(
                        "this format",
                        "there are FORMAT TEXT and FORMAT JSON",
                    ));
                }
            },
            "verbose" | "costs" | "buffers" | "timing" | "summary" | "settings" => {}
            other => {
                return Err(problem(
                    code::SYNTAX,
                    format!("unrecognized EXPLAIN option \"{other}\""),
                ));
            }
        }
        Ok(())
    }
}

/// The indexes that each new row is written into, too.
fn upkeep(name: &ast::ObjectName, binder: &Binder, work: &Work) -> Result<Vec<String>, Problem> {
    let name = define::table_name(name, binder.lexed)?;
    let Some(table) = work.tables().tables.get(&name) else {
        return Ok(Vec::new());
    };
    let names: Vec<&str> = table
        .def
        .indexes
        .iter()
        .map(|index| index.name.as_str())
        .collect();
    Ok(match names.as_slice() {
        [] => Vec::new(),
        [one] => vec![format!("a row is written into the index {one}, too")],
        many => vec![format!(
            "a row is written into {} indexes, too: {}",
            many.len(),
            many.join(", ")
        )],
    })
}

fn of_query(
    query: &ast::Query,
    wanted: Wanted,
    binder: &Binder,
    work: &mut Work,
    env: &mut Env,
) -> Result<PlanNode, Stop> {
    let query = binder.query(query)?;
    if !wanted.analyze {
        return Ok(plan::explain(&query, work.tables(), None));
    }
    work.reads(env, |run| {
        run.counting = true;
        exec::query(&query, run)?;
        Ok(plan::explain(&query, run.snapshot, Some(&run.counters)))
    })
}

fn of_targets(
    table: &ast::TableFactor,
    from: &[ast::TableWithJoins],
    selection: Option<&ast::Expr>,
    binder: &Binder,
    work: &Work,
) -> Result<PlanNode, Stop> {
    let ast::TableFactor::Table { name, alias, .. } = table else {
        return Err(unsupported("a subquery here", "name a table").into());
    };
    let name = define::table_name(name, binder.lexed)?;
    let alias = alias.as_ref().map(|alias| alias.name.value.as_str());
    let (targets, _) = binder.targets(&name, alias, from, selection)?;
    Ok(plan::explain_targets(&targets, work.tables(), None))
}
