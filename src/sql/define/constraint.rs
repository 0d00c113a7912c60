//! Constraints, added to a table's declaration.

use std::sync::Arc;

use gluesql::core::sqlparser::ast::{
    ConstraintCharacteristics, DeferrableInitial, Ident, ObjectName, ReferentialAction,
    TableConstraint,
};

use super::names;
use crate::problem::Problem;
use crate::sql::bind::{Binder, Place};
use crate::sql::catalog::{
    Check, DefaultValue, ForeignKey, IndexDef, IndexKey, IndexKind, Referential, TableDef,
};
use crate::sql::error::{self, code, unsupported};
use crate::sql::types::SqlType;
use crate::sql::value;

/// What was added to a declaration, by its position there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    Index(usize),
    Check(usize),
    ForeignKey(usize),
}

/// In which order a table's constraints are added: what others refer to comes first.
pub fn rank(constraint: &TableConstraint) -> u8 {
    match constraint {
        TableConstraint::PrimaryKey { .. } => 0,
        TableConstraint::Unique { .. } => 1,
        TableConstraint::ForeignKey { .. } => 3,
        _ => 2,
    }
}

/// Adds a constraint. Rows that are there already are not looked at.
pub fn add(
    def: &mut TableDef,
    constraint: &TableConstraint,
    binder: &Binder,
) -> Result<Added, Problem> {
    match constraint {
        TableConstraint::PrimaryKey {
            name,
            columns,
            characteristics,
            ..
        } => {
            at_once(characteristics.as_ref())?;
            if !def.primary_key.is_empty() {
                return Err(error::problem(
                    code::INVALID_TABLE,
                    "a table has one primary key, and here are several",
                )
                .hint("make the others UNIQUE"));
            }
            let columns = key(def, columns, "primary key constraint", binder)?;
            for position in &columns {
                def.columns[*position].not_null = true;
            }
            let name = name_of(
                name.as_ref(),
                &[&def.name.clone(), "pkey"],
                def,
                binder,
                true,
            )?;
            def.primary_key.clone_from(&columns);
            def.indexes
                .insert(0, unique(name, &columns, IndexKind::PrimaryKey));
            Ok(Added::Index(0))
        }
        TableConstraint::Unique {
            name,
            columns,
            characteristics,
            ..
        } => {
            at_once(characteristics.as_ref())?;
            let columns = key(def, columns, "unique constraint", binder)?;
            let name = column_name(name.as_ref(), &columns, "key", def, binder, true)?;
            let created = |index: &IndexDef| index.kind == IndexKind::Created;
            let at = def.indexes.iter().position(created);
            let at = at.unwrap_or(def.indexes.len());
            def.indexes
                .insert(at, unique(name, &columns, IndexKind::Unique));
            Ok(Added::Index(at))
        }
        TableConstraint::Check { name, expr } => {
            let shared = Arc::new(def.clone());
            let bound = binder
                .over(&[(&def.name, &shared)], Place::Definition("CHECK"))
                .condition(expr)?;
            if bound.is_volatile() {
                return Err(volatile("a CHECK"));
            }
            let columns = names::mentioned(def, expr);
            let columns = if columns.len() == 1 {
                &columns[..]
            } else {
                &[]
            };
            let name = column_name(name.as_ref(), columns, "check", def, binder, false)?;
            def.checks.push(Check {
                name,
                expr: (**expr).clone(),
            });
            Ok(Added::Check(def.checks.len() - 1))
        }
        TableConstraint::ForeignKey {
            name,
            columns,
            foreign_table,
            referred_columns,
            on_delete,
            on_update,
            characteristics,
        } => {
            at_once(characteristics.as_ref())?;
            let columns = names::columns(def, columns, "foreign key constraint", binder.lexed)?;
            let name = column_name(name.as_ref(), &columns, "fkey", def, binder, false)?;
            let (target, target_columns) = referred(
                def,
                &name,
                &columns,
                foreign_table,
                referred_columns,
                binder,
            )?;
            def.foreign_keys.push(ForeignKey {
                name,
                columns,
                target,
                target_columns,
                on_delete: action(*on_delete),
                on_update: action(*on_update),
            });
            Ok(Added::ForeignKey(def.foreign_keys.len() - 1))
        }
        other => Err(unsupported(
            &format!("the constraint {other}"),
            "there are PRIMARY KEY, UNIQUE, NOT NULL, CHECK and FOREIGN KEY, and CREATE INDEX",
        )),
    }
}

/// What an expression that must always give the same must not do.
pub fn volatile(place: &str) -> Problem {
    error::problem(
        code::INVALID_DEFINITION,
        format!("{place} must always give the same for the same row, and this does not"),
    )
    .hint("leave out what depends on chance or the clock")
}

/// Checks the expressions of a table's columns: defaults and generation expressions.
pub fn expressions(def: &TableDef, binder: &Binder) -> Result<(), Problem> {
    let shared = Arc::new(def.clone());
    for column in &def.columns {
        match &column.default {
            Some(DefaultValue::Expr(expr)) => {
                default(expr, column, binder)?;
            }
            Some(DefaultValue::Generated(expr)) => {
                let bound = binder
                    .over(
                        &[(&def.name, &shared)],
                        Place::Definition("a generated column"),
                    )
                    .value_for(expr, column)?;
                if bound.is_volatile() {
                    return Err(volatile("a generated column"));
                }
                let uses = names::mentioned(def, expr);
                let generated = |position: &&usize| {
                    let used = &def.columns[**position];
                    matches!(used.default, Some(DefaultValue::Generated(_)))
                };
                if let Some(position) = uses.iter().find(generated) {
                    let used = &def.columns[*position].name;
                    return Err(error::problem(
                        code::INVALID_DEFINITION,
                        format!(
                            "cannot use generated column \"{used}\" in column generation expression"
                        ),
                    )
                    .hint("repeat its expression instead"));
                }
            }
            Some(DefaultValue::Sequence { .. }) | None => {}
        }
    }
    Ok(())
}

/// Checks a default: an expression without columns that fits the column.
pub fn default(
    expr: &gluesql::core::sqlparser::ast::Expr,
    column: &crate::sql::catalog::ColumnDef,
    binder: &Binder,
) -> Result<(), Problem> {
    if expr.to_string().to_lowercase().starts_with("nextval") {
        return Err(unsupported("nextval", super::column::NUMBERS));
    }
    binder
        .over(&[], Place::Definition("DEFAULT"))
        .value_for(expr, column)
        .map(|_| ())
        .map_err(|problem| match problem.code == code::UNDEFINED_COLUMN {
            true => Problem {
                message: "cannot use column reference in DEFAULT expression".to_owned(),
                code: code::UNSUPPORTED.to_owned(),
                ..problem
            }
            .hint("a text stands in single quotes; what depends on other columns is GENERATED"),
            false => problem,
        })
}

fn at_once(characteristics: Option<&ConstraintCharacteristics>) -> Result<(), Problem> {
    match characteristics {
        Some(ConstraintCharacteristics {
            initially: Some(DeferrableInitial::Deferred),
            ..
        }) => Err(unsupported(
            "INITIALLY DEFERRED",
            "constraints are checked at the end of each statement: change the rows in an order \
             that keeps them true",
        )),
        Some(ConstraintCharacteristics {
            enforced: Some(false),
            ..
        }) => Err(unsupported("NOT ENFORCED", "leave the constraint out")),
        _ => Ok(()),
    }
}

fn unique(name: String, columns: &[usize], kind: IndexKind) -> IndexDef {
    IndexDef {
        name,
        keys: columns.iter().copied().map(IndexKey::Column).collect(),
        unique: true,
        kind,
        predicate: None,
    }
}

fn key(
    def: &TableDef,
    names: &[Ident],
    place: &str,
    binder: &Binder,
) -> Result<Vec<usize>, Problem> {
    let columns = names::columns(def, names, place, binder.lexed)?;
    for position in &columns {
        sortable(&def.columns[*position].sql_type)?;
    }
    Ok(columns)
}

/// Whether values of a type have an order, and so can be keys.
pub fn sortable(sql_type: &SqlType) -> Result<(), Problem> {
    match sql_type {
        SqlType::Json => Err(error::problem(
            code::UNDEFINED_OBJECT,
            "data type json has no order, so it cannot be a key",
        )
        .hint("use JSONB, or index a part of it: ((data ->> 'name'))")),
        _ => Ok(()),
    }
}

fn column_name(
    given: Option<&Ident>,
    columns: &[usize],
    suffix: &str,
    def: &TableDef,
    binder: &Binder,
    relation: bool,
) -> Result<String, Problem> {
    let mut parts = vec![def.name.as_str()];
    parts.extend(columns.iter().map(|at| def.columns[*at].name.as_str()));
    parts.push(suffix);
    name_of(given, &parts, def, binder, relation)
}

/// The name given, or one of PostgreSQL's making.
fn name_of(
    given: Option<&Ident>,
    parts: &[&str],
    def: &TableDef,
    binder: &Binder,
    relation: bool,
) -> Result<String, Problem> {
    let Some(given) = given else {
        return Ok(names::free(parts, def, binder.snapshot, relation));
    };
    let name = &given.value;
    if names::has_constraint(def, name) {
        let mut problem = error::problem(
            code::DUPLICATE_OBJECT,
            format!(
                "constraint \"{name}\" for relation \"{}\" already exists",
                def.name
            ),
        );
        problem.place = binder.lexed.place_of(name);
        return Err(problem);
    }
    if relation && names::has_relation(binder.snapshot, name) {
        return Err(super::exists_already("index", name, binder.lexed));
    }
    Ok(name.clone())
}

fn action(written: Option<ReferentialAction>) -> Referential {
    match written {
        None | Some(ReferentialAction::NoAction) => Referential::NoAction,
        Some(ReferentialAction::Restrict) => Referential::Restrict,
        Some(ReferentialAction::Cascade) => Referential::Cascade,
        Some(ReferentialAction::SetNull) => Referential::SetNull,
        Some(ReferentialAction::SetDefault) => Referential::SetDefault,
    }
}

/// The table and columns a foreign key refers to.
fn referred(
    def: &TableDef,
    name: &str,
    columns: &[usize],
    table: &ObjectName,
    named: &[Ident],
    binder: &Binder,
) -> Result<(String, Vec<String>), Problem> {
    let target_name = names::table_name(table, binder.lexed)?;
    let target = if target_name == def.name {
        def
    } else if let Some(target) = binder.snapshot.tables.get(&target_name) {
        &target.def
    } else if binder.snapshot.views.contains_key(&target_name) {
        let mut problem = error::problem(
            code::WRONG_OBJECT,
            format!("referenced relation \"{target_name}\" is not a table"),
        );
        problem.place = binder.lexed.place_of(&target_name);
        return Err(problem);
    } else {
        return Err(names::no_table(&target_name, binder.snapshot, binder.lexed));
    };
    // A name no column has stands for none, where the parser wants some.
    let named = match named {
        [none] if none.value.is_empty() => &[],
        named => named,
    };
    let positions = if named.is_empty() {
        if target.primary_key.is_empty() {
            return Err(error::problem(
                code::INVALID_FOREIGN_KEY,
                format!("`{target_name}` has no primary key to refer to"),
            )
            .hint("name a column that is UNIQUE: REFERENCES table (column)"));
        }
        target.primary_key.clone()
    } else {
        names::columns(target, named, "foreign key constraint", binder.lexed)?
    };
    if positions.len() != columns.len() {
        return Err(error::problem(
            code::INVALID_FOREIGN_KEY,
            "number of referencing and referenced columns for foreign key disagree",
        )
        .hint("name as many columns after REFERENCES as the key has"));
    }
    if key_index(target, &positions).is_none() {
        return Err(error::problem(
            code::INVALID_FOREIGN_KEY,
            format!(
                "there is no unique constraint matching given keys for referenced table \"{target_name}\""
            ),
        )
        .hint("a reference points at a PRIMARY KEY or at UNIQUE columns of the other table"));
    }
    for (own, other) in columns.iter().zip(&positions) {
        let (own, other) = (&def.columns[*own], &target.columns[*other]);
        if !value::comparable(&own.sql_type, &other.sql_type) {
            return Err(error::problem(
                code::TYPE_MISMATCH,
                format!("foreign key constraint \"{name}\" cannot be implemented"),
            )
            .hint(format!(
                "Key columns \"{}\" and \"{}\" are of incompatible types: {} and {}",
                own.name, other.name, own.sql_type, other.sql_type
            )));
        }
    }
    let names = positions.iter();
    let names = names.map(|position| target.columns[*position].name.clone());
    Ok((target_name.clone(), names.collect()))
}

/// The unique index over just these columns, in whatever order.
pub fn key_index(def: &TableDef, columns: &[usize]) -> Option<usize> {
    def.indexes.iter().position(|index| {
        index.unique
            && index.predicate.is_none()
            && index.keys.len() == columns.len()
            && index.keys.iter().all(|key| match key {
                IndexKey::Column(position) => columns.contains(position),
                IndexKey::Expr(_) => false,
            })
    })
}
