//! Carries a checked statement out on the storage.

use gluesql::core::ast::{SetExpr as GlueBody, Statement as GlueStatement};
use gluesql::core::data::{Key, Value};
use gluesql::core::executor::{Payload, execute};
use gluesql::core::sqlparser::ast::{
    GroupByExpr, ObjectName, ObjectType, Query, Select, SelectItem, SetExpr,
    Statement as SqlStatement, TableFactor, TableWithJoins,
};
use gluesql::core::store::Planner;
use gluesql::core::translate::translate;

use super::Lexed;
use super::binder::Binder;
use super::change::Rows;
use super::scope::Column;
use super::tree;
use crate::problem::Problem;
use crate::sql::database::Env;
use crate::sql::error::{self, code, unsupported};
use crate::sql::outcome::SqlResult;
use crate::sql::storage::{READ_BUDGET, Storage, Tables};
use crate::sql::value;

/// Rows a result may have.
pub const MAX_ROWS: u64 = 200_000;

/// Bytes a result may take: a browser gives all of the engine four gigabytes at best.
const MAX_RESULT: u64 = 256_000_000;

/// Carries out a statement that is not about transactions.
///
/// # Errors
/// Whatever is wrong with it; the storage may then be half changed and is to be thrown away.
pub fn run(
    statement: SqlStatement,
    lexed: &Lexed,
    storage: &mut Storage,
    env: &mut Env,
) -> Result<SqlResult, Problem> {
    checked(statement, lexed, storage, env).map_err(|mut problem| {
        // What is not supported is named by the word it is written with.
        if problem.place.is_none() && problem.code == code::UNSUPPORTED {
            let word = problem.message.split(' ').next().unwrap_or_default();
            let word = word.trim_matches('`');
            problem.place = lexed.place_of(&word.to_lowercase());
        }
        problem
    })
}

fn checked(
    mut statement: SqlStatement,
    lexed: &Lexed,
    storage: &mut Storage,
    env: &mut Env,
) -> Result<SqlResult, Problem> {
    let tables = storage.tables.clone();
    let mut binder = Binder::new(&tables, lexed, env.now, &mut *env.rng);
    let mut returning = None;
    let mut changed = String::new();
    let verb = match &mut statement {
        SqlStatement::Query(query) => {
            let columns = binder.query(query, None)?;
            storage.join_by_loops(binder.reach > READ_BUDGET);
            return select(query, most_rows(&columns), lexed, storage);
        }
        SqlStatement::Insert(insert) => {
            let items = insert.returning.take();
            let insertion = binder.insert(insert)?;
            let table = binder.table(&insertion.table)?;
            let rows = match insertion.rows {
                Rows::Written(rows) => binder.translated(rows)?,
                Rows::Selected(query, selected) => {
                    storage.join_by_loops(binder.reach > READ_BUDGET);
                    let (_, rows) = rows(&query, most_rows(&selected), lexed, storage)?;
                    binder.computed(rows, &insertion.columns, table)?
                }
            };
            let complete = binder.complete(&insertion.columns, rows, table, storage)?;
            let count = match &complete {
                GlueStatement::Insert { source, .. } => match &source.body {
                    GlueBody::Values(values) => values.0.len(),
                    GlueBody::Select(_) => 0,
                },
                _ => 0,
            };
            storage.touched.clear();
            if count > 0 {
                carry_out(complete, lexed, storage)?;
            }
            return match items {
                Some(items) => returned(
                    items,
                    &insertion.table,
                    &storage.tables.clone(),
                    lexed,
                    storage,
                    env,
                ),
                None => Ok(done("INSERT", count)),
            };
        }
        SqlStatement::Update {
            table,
            assignments,
            from,
            selection,
            returning: items,
        } => {
            if from.is_some() {
                return Err(unsupported(
                    "UPDATE … FROM",
                    "use a subquery: SET column = (SELECT …)",
                ));
            }
            returning = items.take();
            changed = binder.update(table, assignments, selection.as_mut())?;
            "UPDATE"
        }
        SqlStatement::Delete(delete) => {
            returning = delete.returning.take();
            changed = binder.delete(delete)?;
            "DELETE"
        }
        SqlStatement::Truncate { table_names, .. } => {
            return truncate(
                table_names.first().map(|target| &target.name),
                &binder,
                storage,
            );
        }
        SqlStatement::CreateTable(create) => {
            binder.create_table(create)?;
            "CREATE TABLE"
        }
        SqlStatement::AlterTable {
            name, operations, ..
        } => {
            binder.alter_table(name, operations)?;
            "ALTER TABLE"
        }
        SqlStatement::Drop {
            object_type: ObjectType::Table,
            if_exists,
            names,
            ..
        } => {
            for name in names {
                let known = binder.table_name(name)?;
                if !*if_exists {
                    binder.table(&known)?;
                }
                *name = ObjectName(vec![tree::ident(&known)]);
            }
            "DROP TABLE"
        }
        SqlStatement::ShowTables { .. } => return Ok(show_tables(storage)),
        SqlStatement::ShowVariable { variable }
            if variable.len() == 1 && variable[0].value.eq_ignore_ascii_case("tables") =>
        {
            return Ok(show_tables(storage));
        }
        other => return Err(not_here(other)),
    };
    storage.touched.clear();
    let payload = carry_out(statement, lexed, storage)?;
    if let Some(items) = returning {
        // Deleted rows are shown as they were, updated ones as they are.
        let shown = if verb == "DELETE" {
            tables.clone()
        } else {
            storage.tables.clone()
        };
        return returned(items, &changed, &shown, lexed, storage, env);
    }
    let affected = match payload {
        Payload::Update(count) | Payload::Delete(count) => count,
        _ => 0,
    };
    Ok(done(verb, affected))
}

/// A statement GlueSQL can plan: parsed SQL, or its own kind.
trait Plannable {
    fn glue(self) -> gluesql::core::error::Result<GlueStatement>;
}

impl Plannable for SqlStatement {
    fn glue(self) -> gluesql::core::error::Result<GlueStatement> {
        translate(&self)
    }
}

impl Plannable for GlueStatement {
    fn glue(self) -> gluesql::core::error::Result<GlueStatement> {
        Ok(self)
    }
}

fn carry_out(
    statement: impl Plannable,
    lexed: &Lexed,
    storage: &mut Storage,
) -> Result<Payload, Problem> {
    let outcome = statement
        .glue()
        .and_then(|statement| storage.plan(statement.into()))
        .and_then(|plan| execute(storage, &plan));
    outcome.map_err(|error| error::glue(&error, lexed, &storage.tables))
}

/// How many rows a result of these columns may have.
fn most_rows(columns: &[Column]) -> u64 {
    let widths = columns.iter().map(|column| column.kind.longest);
    let width = widths.fold(1, u64::saturating_add);
    (MAX_RESULT / width).clamp(1, MAX_ROWS)
}

/// Runs a bound query that gives at most so many rows.
fn rows(
    query: &Query,
    most: u64,
    lexed: &Lexed,
    storage: &mut Storage,
) -> Result<(Vec<String>, Vec<Vec<Value>>), Problem> {
    let mut query = query.clone();
    // One row more than allowed tells that there are too many.
    let capped = match query.limit.as_ref().map(tree::literal_integer) {
        None => true,
        Some(limit) => limit.is_some_and(|limit| limit.unsigned_abs() > most),
    };
    if capped {
        query.limit = Some(tree::number(most + 1));
    }
    match carry_out(SqlStatement::Query(Box::new(query)), lexed, storage)? {
        Payload::Select { rows, .. } if rows.len() as u64 > most => Err(error::problem(
            code::TOO_LARGE,
            format!("the result has more than {most} rows of this size"),
        )
        .hint("narrow it with WHERE, or add LIMIT")),
        Payload::Select { labels, rows } => Ok((labels, rows)),
        _ => Ok((Vec::new(), Vec::new())),
    }
}

fn select(
    query: &Query,
    most: u64,
    lexed: &Lexed,
    storage: &mut Storage,
) -> Result<SqlResult, Problem> {
    let (columns, rows) = rows(query, most, lexed, storage)?;
    Ok(SqlResult::Rows {
        types: vec![String::new(); columns.len()],
        columns,
        rows: rows
            .iter()
            .map(|row| row.iter().map(value::to_json).collect())
            .collect(),
    })
}

/// RETURNING: a query over a table that holds just the rows the statement touched.
fn returned(
    items: Vec<SelectItem>,
    name: &str,
    tables: &Tables,
    lexed: &Lexed,
    storage: &Storage,
    env: &mut Env,
) -> Result<SqlResult, Problem> {
    let Some(table) = tables.get(name) else {
        return Ok(done("DONE", 0));
    };
    let mut only = tables.clone();
    only.insert(name.to_owned(), table.only(&storage.touched));
    let mut query = Query {
        with: None,
        body: Box::new(SetExpr::Select(Box::new(Select {
            distinct: None,
            top: None,
            top_before_distinct: false,
            projection: items,
            into: None,
            from: vec![TableWithJoins {
                relation: TableFactor::Table {
                    name: ObjectName(vec![tree::ident(name)]),
                    alias: None,
                    args: None,
                    with_hints: Vec::new(),
                    version: None,
                    with_ordinality: false,
                    partitions: Vec::new(),
                },
                joins: Vec::new(),
            }],
            lateral_views: Vec::new(),
            prewhere: None,
            selection: None,
            group_by: GroupByExpr::Expressions(Vec::new(), Vec::new()),
            cluster_by: Vec::new(),
            distribute_by: Vec::new(),
            sort_by: Vec::new(),
            having: None,
            named_window: Vec::new(),
            qualify: None,
            window_before_qualify: false,
            value_table_mode: None,
            connect_by: None,
        }))),
        order_by: None,
        limit: None,
        limit_by: Vec::new(),
        offset: None,
        fetch: None,
        locks: Vec::new(),
        for_clause: None,
        settings: None,
        format_clause: None,
    };
    let mut binder = Binder::new(&only, lexed, env.now, &mut *env.rng);
    let columns = binder.query(&mut query, None)?;
    if binder.aggregates > 0 {
        return Err(error::problem(
            code::GROUPING,
            "RETURNING shows the changed rows and takes no aggregates",
        ));
    }
    let most = most_rows(&columns);
    select(
        &query,
        most,
        lexed,
        &mut Storage::new(only.clone(), env.now),
    )
}

fn truncate(
    name: Option<&ObjectName>,
    binder: &Binder,
    storage: &mut Storage,
) -> Result<SqlResult, Problem> {
    let Some(name) = name else {
        return Err(error::problem(code::SYNTAX, "TRUNCATE names a table"));
    };
    let name = binder.table_name(name)?;
    let table = binder.table(&name)?;
    let referencing = storage.tables.iter().find(|(other, table)| {
        let points = |key: &gluesql::core::ast::ForeignKey| key.referenced_table_name == name;
        **other != name && table.schema.foreign_keys.iter().any(points)
    });
    if let Some((other, _)) = referencing {
        return Err(error::problem(
            code::UNSUPPORTED,
            format!("`{name}` is referenced by `{other}` and cannot be truncated"),
        )
        .hint(format!("DELETE FROM {other}, then DELETE FROM {name}")));
    }
    storage.tables.insert(name, table.only(&Vec::<Key>::new()));
    Ok(done("TRUNCATE TABLE", 0))
}

fn show_tables(storage: &Storage) -> SqlResult {
    SqlResult::Rows {
        columns: vec!["table_name".to_owned()],
        types: vec!["text".to_owned()],
        rows: storage
            .tables
            .keys()
            .map(|name| vec![serde_json::Value::from(name.as_str())])
            .collect(),
    }
}

fn not_here(statement: &SqlStatement) -> Problem {
    let text = statement.to_string();
    let verb: Vec<&str> = text.split_whitespace().take(2).collect();
    let verb = verb.join(" ").to_uppercase();
    let (what, instead) = match statement {
        SqlStatement::CreateIndex(_) => ("CREATE INDEX", "primary keys are indexed already"),
        SqlStatement::CreateView { .. } => ("CREATE VIEW", "put its SELECT into FROM (…) AS name"),
        SqlStatement::Explain { .. } | SqlStatement::ExplainTable { .. } => {
            ("EXPLAIN", "look at the rows read, shown under each result")
        }
        SqlStatement::StartTransaction { .. } => ("an option of BEGIN", "write BEGIN alone"),
        SqlStatement::Commit { .. } => ("AND CHAIN", "write COMMIT alone"),
        SqlStatement::Rollback { .. } => ("AND CHAIN", "write ROLLBACK alone"),
        SqlStatement::SetTransaction { .. } => ("SET TRANSACTION", "write BEGIN alone"),
        _ => (
            verb.as_str(),
            "there are SELECT, INSERT, UPDATE, DELETE, CREATE TABLE, ALTER TABLE, DROP TABLE, \
             BEGIN, COMMIT and ROLLBACK",
        ),
    };
    unsupported(what, instead)
}

fn done(verb: &str, affected: usize) -> SqlResult {
    SqlResult::Done {
        verb: verb.to_owned(),
        affected: affected as u64,
    }
}
