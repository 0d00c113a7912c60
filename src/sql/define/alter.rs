//! ALTER TABLE.

use std::sync::Arc;

use gluesql::core::data::Value;
use gluesql::core::sqlparser::ast::{
    AlterColumnOperation, AlterTableOperation, ColumnDef as Written, Expr, Ident, ObjectName,
    TableConstraint,
};

use super::column::{declared, identity};
use super::constraint::{self, Added};
use super::create::push;
use super::depend::{self, depends};
use super::{Cx, done, drop, exists_already, names, retype};
use crate::problem::Problem;
use crate::sql::catalog::{DefaultValue, IndexKey, IndexKind, TableDef};
use crate::sql::change::{self, Rules};
use crate::sql::error::{self, code, unsupported};
use crate::sql::exec::{self, Run};
use crate::sql::outcome::SqlResult;
use crate::sql::session::work::{Stop, Work};
use crate::sql::store::{Row, RowId, Table};

/// Carries ALTER TABLE out, one change after the other.
pub fn run(
    written: &ObjectName,
    if_exists: bool,
    operations: &[AlterTableOperation],
    work: &mut Work,
    cx: &mut Cx,
) -> Result<SqlResult, Stop> {
    let mut name = names::table_name(written, cx.lexed)?;
    for operation in operations {
        if !work.tables().tables.contains_key(&name) {
            if let Some(result) = elsewhere(&name, if_exists, operation, work, cx)? {
                return Ok(result);
            }
            return Err(names::no_table(&name, work.tables(), cx.lexed).into());
        }
        if let Some(renamed) = apply(&name, operation, work, cx)? {
            name = renamed;
        }
    }
    Ok(done("ALTER TABLE", 0))
}

/// What ALTER TABLE does with a name that is no table's.
fn elsewhere(
    name: &str,
    if_exists: bool,
    operation: &AlterTableOperation,
    work: &mut Work,
    cx: &Cx,
) -> Result<Option<SqlResult>, Stop> {
    let Some(view) = work.tables().views.get(name).cloned() else {
        return Ok(if_exists.then(|| done("ALTER TABLE", 0)));
    };
    let AlterTableOperation::RenameTable { table_name } = operation else {
        return Err(
            drop::other_kind(name, "table", "CREATE OR REPLACE VIEW changes a view", cx).into(),
        );
    };
    let new = names::table_name(table_name, cx.lexed)?;
    let before = work.tables().clone();
    if names::has_relation(&before, &new) {
        return Err(exists_already("table", &new, cx.lexed).into());
    }
    let mut after = before.clone();
    after.views.remove(name);
    let mut renamed = (*view).clone();
    renamed.name.clone_from(&new);
    after.views.insert(new.clone(), Arc::new(renamed));
    depend::rename_in_views(name, &new, &before, &mut after, cx)?;
    work.define(|tables| *tables = after)?;
    Ok(Some(done("ALTER TABLE", 0)))
}

/// Makes one change; gives the table's new name where it got one.
fn apply(
    name: &str,
    operation: &AlterTableOperation,
    work: &mut Work,
    cx: &mut Cx,
) -> Result<Option<String>, Stop> {
    match operation {
        AlterTableOperation::AddColumn {
            if_not_exists,
            column_def,
            ..
        } => add_column(name, *if_not_exists, column_def, work, cx)?,
        AlterTableOperation::DropColumn {
            column_name,
            if_exists,
            cascade,
        } => {
            let how = drop::How {
                if_exists: *if_exists,
                cascade: *cascade,
            };
            drop_column(name, column_name, how, work, cx)?;
        }
        AlterTableOperation::RenameColumn {
            old_column_name,
            new_column_name,
        } => rename_column(name, old_column_name, new_column_name, work, cx)?,
        AlterTableOperation::RenameTable { table_name } => {
            let new = names::table_name(table_name, cx.lexed)?;
            rename_table(name, &new, work, cx)?;
            return Ok(Some(new));
        }
        AlterTableOperation::AddConstraint(constraint) => {
            add_constraint(name, constraint, work, cx)?;
        }
        AlterTableOperation::DropConstraint {
            if_exists,
            name: constraint,
            cascade,
        } => {
            let how = drop::How {
                if_exists: *if_exists,
                cascade: *cascade,
            };
            drop_constraint(name, constraint, how, work, cx)?;
        }
        AlterTableOperation::RenameConstraint { old_name, new_name } => {
            rename_constraint(name, old_name, new_name, work, cx)?;
        }
        AlterTableOperation::AlterColumn { column_name, op } => {
            alter_column(name, column_name, op, work, cx)?;
        }
        AlterTableOperation::OwnerTo { .. } => {
            return Err(unsupported("OWNER TO", "there are no users here").into());
        }
        other => {
            let text = other.to_string();
            let words: Vec<&str> = text.split_whitespace().take(2).collect();
            return Err(unsupported(
                &format!("ALTER TABLE … {}", words.join(" ")),
                "there are ADD, DROP, ALTER and RENAME COLUMN, ADD, DROP and RENAME CONSTRAINT, \
                 and RENAME TO",
            )
            .into());
        }
    }
    Ok(None)
}

/// All rows of a table, to be put under another declaration.
pub fn rows_of(table: &Table) -> Vec<(RowId, Row)> {
    let rows = table.rows();
    rows.map(|(id, row)| (id, Arc::clone(row))).collect()
}

fn stored(name: &str, work: &Work) -> Result<(Table, TableDef), Stop> {
    let table = work.table(name)?.clone();
    let def = (*table.def).clone();
    Ok((table, def))
}

fn add_column(
    name: &str,
    if_not_exists: bool,
    written: &Written,
    work: &mut Work,
    cx: &mut Cx,
) -> Result<(), Stop> {
    let (table, mut def) = stored(name, work)?;
    if def.column(&written.name.value).is_some() {
        if if_not_exists {
            return Ok(());
        }
        let mut problem = error::problem(
            code::DUPLICATE_COLUMN,
            format!("the column `{}` already exists", written.name.value),
        );
        problem.place = cx.lexed.place_of(&written.name.value);
        return Err(problem.into());
    }
    let mut declared = declared(name, written, cx.lexed)?;
    let position = def.columns.len();
    push(&mut def, declared.column, cx.lexed)?;
    let tables = work.tables().clone();
    let mut keys = Vec::new();
    {
        let binder = cx.binder(&tables);
        constraint::expressions(&def, &binder)?;
        declared.constraints.sort_by_key(constraint::rank);
        for constraint in &declared.constraints {
            if let Added::ForeignKey(key) = constraint::add(&mut def, constraint, &binder)? {
                keys.push(key);
            }
        }
    }
    let def = Arc::new(def);
    let binder = crate::sql::bind::Binder::new(&tables, cx.lexed, cx.env.now);
    let mut run = Run::new(&tables, cx.env);
    let rules = Rules::bind(&def, &binder, &mut run)?;
    let start = declared.start.unwrap_or(1);
    let mut number = start.saturating_sub(1);
    let mut rows = Vec::with_capacity(table.len());
    for (id, row) in table.rows() {
        let mut values: Vec<Value> = Vec::with_capacity(def.columns.len());
        values.extend(row.iter().cloned());
        values.push(match &rules.defaults[position] {
            change::Default::Value(value) => value.clone(),
            change::Default::Each(expr) => exec::eval(expr, &[], &mut run)?,
            change::Default::Number { .. } => {
                number = number.saturating_add(1);
                Value::I64(number)
            }
            change::Default::Generated => Value::Null,
        });
        let mut row: Row = values.into();
        rules.generate(&mut row, &mut run)?;
        rows.push((id, row));
    }
    rules
        .check_existing(rows.iter().map(|(_, row)| row), &mut run)
        .map_err(|problem| match problem.code == code::NOT_NULL {
            true => problem.hint("give the new column a DEFAULT, or leave out NOT NULL"),
            false => problem,
        })?;
    let def = (*def).clone();
    work.rebuild(def.clone(), rows)?;
    if number != 0 {
        set_sequence(name, position, number, work)?;
    }
    for key in keys {
        change::check_references(&def, key, work)?;
    }
    Ok(())
}

fn set_sequence(name: &str, column: usize, last: i64, work: &mut Work) -> Result<(), Stop> {
    work.define(|tables| {
        if let Some(table) = tables.tables.get_mut(name) {
            table.set_sequence(column, last);
        }
    })
}

fn drop_column(
    name: &str,
    column: &Ident,
    how: drop::How,
    work: &mut Work,
    cx: &Cx,
) -> Result<(), Stop> {
    let (table, mut def) = stored(name, work)?;
    if how.if_exists && def.column(&column.value).is_none() {
        return Ok(());
    }
    let gone = names::column(&def, column, cx.lexed)?;
    if def.columns.len() == 1 {
        return Err(error::problem(
            code::INVALID_TABLE,
            format!("`{}` is the table's only column", column.value),
        )
        .hint(format!("DROP TABLE {name} drops the table"))
        .into());
    }
    let before = work.tables().clone();
    let mut after = before.clone();
    let what = format!("the column `{}` of `{name}`", column.value);
    // Generated columns that are computed from it.
    let generated: Vec<usize> = def
        .columns
        .iter()
        .enumerate()
        .filter(|(_, other)| match &other.default {
            Some(DefaultValue::Generated(expr)) => names::mentioned(&def, expr).contains(&gone),
            _ => false,
        })
        .map(|(position, _)| position)
        .filter(|position| *position != gone)
        .collect();
    if let Some(first) = generated.first()
        && !how.cascade
    {
        let other = format!("the generated column `{}`", def.columns[*first].name);
        return Err(depends(&what, &other)
            .hint("drop that column first, or add CASCADE")
            .into());
    }
    let mut all_gone = generated;
    all_gone.push(gone);
    let is_gone = |position: &usize| all_gone.contains(position);
    // Keys of the table that lose a column, which other tables may refer to.
    for index in def.indexes.iter().filter(|index| index.unique) {
        let mut columns = Vec::new();
        let mut hit = false;
        for key in &index.keys {
            if let IndexKey::Column(position) = key {
                hit |= is_gone(position);
                columns.push(def.columns[*position].name.clone());
            }
        }
        if hit {
            depend::settle_references(&what, name, &columns, &mut after, how.cascade)?;
        }
    }
    let kept: Vec<usize> = (0..def.columns.len()).filter(|at| !is_gone(at)).collect();
    let moved = |old: usize| kept.iter().position(|at| *at == old);
    let uses = |expr: &Expr| names::mentioned(&def, expr).iter().any(is_gone);
    let checks = def.checks.iter().filter(|check| !uses(&check.expr));
    let checks = checks.cloned().collect();
    let lost_key = |index: &crate::sql::catalog::IndexDef| {
        index.predicate.as_ref().is_some_and(uses)
            || index.keys.iter().any(|key| match key {
                IndexKey::Column(position) => is_gone(position),
                IndexKey::Expr(expr) => uses(expr),
            })
    };
    let mut indexes: Vec<_> = def
        .indexes
        .iter()
        .filter(|index| !lost_key(index))
        .cloned()
        .collect();
    for index in &mut indexes {
        for key in &mut index.keys {
            if let IndexKey::Column(position) = key {
                *position = moved(*position).unwrap_or(*position);
            }
        }
    }
    let mut foreign_keys = def.foreign_keys.clone();
    foreign_keys.retain(|key| {
        let own = key.target == name;
        let lost = |column: &String| def.column(column).is_some_and(|at| is_gone(&at));
        let loses = key.columns.iter().any(is_gone);
        !(loses || own && key.target_columns.iter().any(lost))
    });
    for key in &mut foreign_keys {
        for position in &mut key.columns {
            *position = moved(*position).unwrap_or(*position);
        }
    }
    let primary_key: Option<Vec<usize>> = def.primary_key.iter().map(|at| moved(*at)).collect();
    def.columns = kept.iter().map(|at| def.columns[*at].clone()).collect();
    def.checks = checks;
    def.indexes = indexes;
    def.foreign_keys = foreign_keys;
    def.primary_key = primary_key.unwrap_or_default();
    // Views that need it.
    if let Some(table) = after.tables.get_mut(name) {
        *table = Table::new(def.clone());
    }
    depend::settle_views(&what, &before, &mut after, how.cascade, cx)?;
    after.tables.insert(name.to_owned(), table.clone());
    work.define(|tables| *tables = after)?;
    let rows = table.rows();
    let rows = rows.map(|(id, row)| {
        let values: Vec<Value> = kept.iter().map(|at| row[*at].clone()).collect();
        (id, Row::from(values))
    });
    work.rebuild(def, rows.collect())?;
    work.define(|tables| {
        if let Some(new) = tables.tables.get_mut(name) {
            for (position, old) in kept.iter().enumerate() {
                new.set_sequence(position, table.sequence(*old));
            }
        }
    })
}

fn rename_column(
    name: &str,
    old: &Ident,
    new: &Ident,
    work: &mut Work,
    cx: &Cx,
) -> Result<(), Stop> {
    let before = work.tables().clone();
    let (_, def) = stored(name, work)?;
    let position = names::column(&def, old, cx.lexed)?;
    if def.column(&new.value).is_some() {
        let mut problem = error::problem(
            code::DUPLICATE_COLUMN,
            format!("the column `{}` already exists", new.value),
        );
        problem.place = cx.lexed.place_of(&new.value);
        return Err(problem.into());
    }
    let mut after = before.clone();
    depend::redeclare(&mut after, name, |def| {
        def.columns[position].name.clone_from(&new.value);
        depend::rename_in_table(def, &old.value, &new.value);
    });
    let tables: Vec<String> = after.tables.keys().cloned().collect();
    let refers = |key: &crate::sql::catalog::ForeignKey| {
        key.target == name && key.target_columns.contains(&old.value)
    };
    for table in tables {
        let points = after
            .tables
            .get(&table)
            .is_some_and(|table| table.def.foreign_keys.iter().any(refers));
        if !points {
            continue;
        }
        depend::redeclare(&mut after, &table, |def| {
            for key in def.foreign_keys.iter_mut().filter(|key| refers(key)) {
                for column in key.target_columns.iter_mut().filter(|it| **it == old.value) {
                    column.clone_from(&new.value);
                }
            }
        });
    }
    depend::rename_in_views(&old.value, &new.value, &before, &mut after, cx)?;
    work.define(|tables| *tables = after)
}

fn rename_table(name: &str, new: &str, work: &mut Work, cx: &Cx) -> Result<(), Stop> {
    let before = work.tables().clone();
    if names::has_relation(&before, new) {
        return Err(exists_already("table", new, cx.lexed).into());
    }
    let mut after = before.clone();
    let Some(table) = after.tables.remove(name) else {
        return Ok(());
    };
    after.tables.insert(new.to_owned(), table);
    depend::redeclare(&mut after, new, |def| {
        new.clone_into(&mut def.name);
        // Expressions may name columns with the table.
        depend::rename_in_table(def, name, new);
        for key in def.foreign_keys.iter_mut().filter(|key| key.target == name) {
            new.clone_into(&mut key.target);
        }
    });
    for (other, position) in depend::references(&after, name) {
        depend::redeclare(&mut after, &other, |def| {
            new.clone_into(&mut def.foreign_keys[position].target);
        });
    }
    depend::rename_in_views(name, new, &before, &mut after, cx)?;
    work.define(|tables| *tables = after)
}

fn add_constraint(
    name: &str,
    constraint: &TableConstraint,
    work: &mut Work,
    cx: &mut Cx,
) -> Result<(), Stop> {
    let (table, mut def) = stored(name, work)?;
    let tables = work.tables().clone();
    let added = constraint::add(&mut def, constraint, &cx.binder(&tables))?;
    if let Added::ForeignKey(key) = added {
        let mut after = tables;
        depend::redeclare(&mut after, name, |stored| *stored = def.clone());
        work.define(|tables| *tables = after)?;
        return change::check_references(&def, key, work);
    }
    checked(&table, def, work, cx)
}

/// Puts a table under a stricter declaration, if its rows allow it.
fn checked(table: &Table, def: TableDef, work: &mut Work, cx: &mut Cx) -> Result<(), Stop> {
    let tables = work.tables().clone();
    let shared = Arc::new(def.clone());
    let binder = crate::sql::bind::Binder::new(&tables, cx.lexed, cx.env.now);
    let mut run = Run::new(&tables, cx.env);
    let rules = Rules::bind(&shared, &binder, &mut run)?;
    rules.check_existing(table.rows().map(|(_, row)| row), &mut run)?;
    work.rebuild(def, rows_of(table))
}

fn drop_constraint(
    name: &str,
    constraint: &Ident,
    how: drop::How,
    work: &mut Work,
    cx: &Cx,
) -> Result<(), Stop> {
    let (table, mut def) = stored(name, work)?;
    let wanted = &constraint.value;
    if let Some(at) = def.checks.iter().position(|it| it.name == *wanted) {
        def.checks.remove(at);
    } else if let Some(at) = def.foreign_keys.iter().position(|it| it.name == *wanted) {
        def.foreign_keys.remove(at);
    } else if let Some(at) = def
        .indexes
        .iter()
        .position(|it| it.name == *wanted && it.kind != IndexKind::Created)
    {
        let index = def.indexes.remove(at);
        if index.kind == IndexKind::PrimaryKey {
            def.primary_key.clear();
        }
        let columns: Vec<String> = index
            .keys
            .iter()
            .filter_map(|key| match key {
                IndexKey::Column(position) => Some(def.columns[*position].name.clone()),
                IndexKey::Expr(_) => None,
            })
            .collect();
        let mut after = work.tables().clone();
        let what = format!("constraint `{wanted}`");
        depend::settle_references(&what, name, &columns, &mut after, how.cascade)?;
        work.define(|tables| *tables = after)?;
        // References of the table to itself go with it, or keep it.
        let own = |key: &crate::sql::catalog::ForeignKey| {
            key.target == name
                && key.target_columns.len() == columns.len()
                && key.target_columns.iter().all(|it| columns.contains(it))
        };
        if let Some(key) = def.foreign_keys.iter().find(|key| own(key))
            && !how.cascade
        {
            let other = format!("constraint `{}` of `{name}`", key.name);
            return Err(depends(&what, &other)
                .hint("drop that constraint first, or add CASCADE")
                .into());
        }
        def.foreign_keys.retain(|key| !own(key));
        return work.rebuild(def, rows_of(&table));
    } else {
        if how.if_exists {
            return Ok(());
        }
        let mut all: Vec<String> = def.checks.iter().map(|it| it.name.clone()).collect();
        all.extend(def.foreign_keys.iter().map(|it| it.name.clone()));
        let keys = def
            .indexes
            .iter()
            .filter(|it| it.kind != IndexKind::Created);
        all.extend(keys.map(|it| it.name.clone()));
        return Err(drop::nothing("constraint", wanted, all.iter(), cx).into());
    }
    let mut after = work.tables().clone();
    depend::redeclare(&mut after, name, |stored| *stored = def);
    work.define(|tables| *tables = after)
}

fn rename_constraint(
    name: &str,
    old: &Ident,
    new: &Ident,
    work: &mut Work,
    cx: &Cx,
) -> Result<(), Stop> {
    let mut after = work.tables().clone();
    let (_, def) = stored(name, work)?;
    if !names::has_constraint(&def, &old.value) {
        let all: Vec<String> = def.indexes.iter().map(|it| it.name.clone()).collect();
        return Err(drop::nothing("constraint", &old.value, all.iter(), cx).into());
    }
    if names::has_constraint(&def, &new.value) || names::has_relation(&after, &new.value) {
        return Err(exists_already("constraint", &new.value, cx.lexed).into());
    }
    depend::redeclare(&mut after, name, |def| {
        let checks = def.checks.iter_mut().map(|it| &mut it.name);
        let keys = def.foreign_keys.iter_mut().map(|it| &mut it.name);
        let indexes = def.indexes.iter_mut().map(|it| &mut it.name);
        for name in checks.chain(keys).chain(indexes) {
            if *name == old.value {
                name.clone_from(&new.value);
            }
        }
    });
    work.define(|tables| *tables = after)
}

fn alter_column(
    name: &str,
    column: &Ident,
    operation: &AlterColumnOperation,
    work: &mut Work,
    cx: &mut Cx,
) -> Result<(), Stop> {
    let (table, mut def) = stored(name, work)?;
    let position = names::column(&def, column, cx.lexed)?;
    let altered = &mut def.columns[position];
    let generated = matches!(altered.default, Some(DefaultValue::Generated(_)));
    let always = matches!(altered.default, Some(DefaultValue::Sequence { .. }));
    match operation {
        AlterColumnOperation::SetNotNull => {
            altered.not_null = true;
            return checked(&table, def, work, cx);
        }
        AlterColumnOperation::DropNotNull => {
            if def.primary_key.contains(&position) {
                return Err(error::problem(
                    code::INVALID_TABLE,
                    format!("column \"{}\" is in a primary key", column.value),
                )
                .into());
            }
            if always {
                return Err(error::problem(
                    code::SYNTAX,
                    format!(
                        "column \"{}\" numbers itself, and so is NOT NULL",
                        column.value
                    ),
                )
                .into());
            }
            altered.not_null = false;
        }
        AlterColumnOperation::SetDefault { value } => {
            if generated {
                return Err(error::problem(
                    code::SYNTAX,
                    format!("column \"{}\" is a generated column", column.value),
                )
                .into());
            }
            constraint::default(value, altered, &cx.binder(work.tables()))?;
            altered.default = Some(DefaultValue::Expr(value.clone()));
        }
        AlterColumnOperation::DropDefault => {
            if generated {
                return Err(unsupported(
                    "dropping a generation expression",
                    "add a plain column, UPDATE it, and drop the generated one",
                )
                .into());
            }
            altered.default = None;
        }
        AlterColumnOperation::SetDataType { data_type, using } => {
            return retype::run(&table, def, position, data_type, using.as_ref(), work, cx);
        }
        AlterColumnOperation::AddGenerated {
            generated_as,
            sequence_options,
        } => {
            if altered.default.is_some() {
                return Err(error::problem(
                    code::SYNTAX,
                    format!("column \"{}\" already has a default value", column.value),
                )
                .into());
            }
            let always = gluesql::core::sqlparser::ast::GeneratedAs::Always;
            let kind = generated_as.as_ref().unwrap_or(&always);
            let start = identity(altered, kind, sequence_options.as_deref())?;
            checked(&table, def, work, cx)?;
            let start = start.unwrap_or(1).saturating_sub(1);
            return set_sequence(name, position, start, work);
        }
    }
    let mut after = work.tables().clone();
    depend::redeclare(&mut after, name, |stored| *stored = def);
    work.define(|tables| *tables = after)
}

/// A problem with a hint of its own where it has none.
pub fn hinted(problem: Problem, hint: String) -> Problem {
    match problem.hint {
        Some(_) => problem,
        None => problem.hint(hint),
    }
}
