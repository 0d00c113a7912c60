//! information_schema and a little of pg_catalog, made of the tables' definitions.

use gluesql::core::data::Value;

use super::query::Output;
use crate::sql::catalog::{DefaultValue, IndexKey, IndexKind, Referential, TableDef};
use crate::sql::error;
use crate::sql::store::{Row, Snapshot};
use crate::sql::types::SqlType;
use crate::sql::value::full_name;

const SCHEMA: &[(&str, &str)] = &[
    ("tables", "table_catalog table_schema table_name table_type"),
    (
        "views",
        "table_catalog table_schema table_name view_definition",
    ),
    (
        "columns",
        "table_catalog table_schema table_name column_name ordinal_position# column_default \
         is_nullable data_type character_maximum_length# numeric_precision# numeric_scale#",
    ),
    (
        "table_constraints",
        "constraint_schema constraint_name table_schema table_name constraint_type",
    ),
    (
        "key_column_usage",
        "constraint_schema constraint_name table_schema table_name column_name ordinal_position#",
    ),
    (
        "constraint_column_usage",
        "table_schema table_name column_name constraint_schema constraint_name",
    ),
    (
        "referential_constraints",
        "constraint_schema constraint_name unique_constraint_schema unique_constraint_name \
         update_rule delete_rule",
    ),
    (
        "check_constraints",
        "constraint_schema constraint_name check_clause",
    ),
    ("schemata", "catalog_name schema_name"),
];

const CATALOG: &[(&str, &str)] = &[
    ("pg_tables", "schemaname tablename hasindexes?"),
    ("pg_views", "schemaname viewname definition"),
    ("pg_indexes", "schemaname tablename indexname indexdef"),
];

fn known(schema: &str) -> &'static [(&'static str, &'static str)] {
    match schema {
        "information_schema" => SCHEMA,
        _ => CATALOG,
    }
}

/// Whether there is such a table.
pub(super) fn knows(schema: &str, name: &str) -> bool {
    known(schema).iter().any(|(known, _)| *known == name)
}

/// What to say where there is none.
pub(super) fn hint(schema: &str, name: &str) -> String {
    let names = known(schema).iter().map(|(name, _)| *name);
    match error::nearest(name, names.clone()) {
        Some(near) => format!("did you mean `{schema}.{near}`?"),
        None => format!("there are {}", names.collect::<Vec<_>>().join(", ")),
    }
}

/// A table's columns and rows.
pub(super) fn table(
    schema: &str,
    name: &str,
    snapshot: &Snapshot,
) -> Option<(Vec<Output>, Vec<Row>)> {
    let (_, columns) = known(schema).iter().find(|(known, _)| *known == name)?;
    let columns = columns.split_whitespace().map(|column| {
        let name = column.trim_end_matches(['#', '?']);
        Output {
            name: name.to_owned(),
            sql_type: match column.as_bytes().last() {
                Some(b'#') => SqlType::Int,
                Some(b'?') => SqlType::Bool,
                _ => SqlType::Text,
            },
        }
    });
    let mut rows: Vec<Row> = Vec::new();
    let mut add = |values: Vec<Value>| rows.push(values.into());
    for table in snapshot.tables.values() {
        of_table(name, &table.def, snapshot, &mut add);
    }
    for view in snapshot.views.values() {
        match name {
            "tables" => add(vec![catalog(), public(), text(&view.name), text("VIEW")]),
            "views" => add(vec![
                catalog(),
                public(),
                text(&view.name),
                text(&view.text),
            ]),
            "pg_views" => add(vec![public(), text(&view.name), text(&view.text)]),
            _ => {}
        }
    }
    if name == "schemata" {
        for schema in ["information_schema", "pg_catalog", "public"] {
            add(vec![catalog(), text(schema)]);
        }
    }
    Some((columns.collect(), rows))
}

fn of_table(name: &str, def: &TableDef, snapshot: &Snapshot, add: &mut dyn FnMut(Vec<Value>)) {
    match name {
        "tables" => add(vec![
            catalog(),
            public(),
            text(&def.name),
            text("BASE TABLE"),
        ]),
        "pg_tables" => add(vec![
            public(),
            text(&def.name),
            Value::Bool(!def.indexes.is_empty()),
        ]),
        "columns" => columns(def, add),
        "pg_indexes" => {
            for index in &def.indexes {
                let keys: Vec<String> = index.keys.iter().map(|key| key_text(key, def)).collect();
                let mut written = format!(
                    "CREATE {}INDEX {} ON public.{} USING btree ({})",
                    if index.unique { "UNIQUE " } else { "" },
                    index.name,
                    def.name,
                    keys.join(", ")
                );
                if let Some(predicate) = &index.predicate {
                    written.push_str(&format!(" WHERE ({predicate})"));
                }
                add(vec![
                    public(),
                    text(&def.name),
                    text(&index.name),
                    text(&written),
                ]);
            }
        }
        _ => constraints(name, def, snapshot, add),
    }
}

fn columns(def: &TableDef, add: &mut dyn FnMut(Vec<Value>)) {
    for (position, column) in def.columns.iter().enumerate() {
        let default = match &column.default {
            Some(DefaultValue::Expr(expr)) => text(&expr.to_string()),
            Some(DefaultValue::Sequence { always: false }) => text(&format!(
                "nextval('{}_{}_seq'::regclass)",
                def.name, column.name
            )),
            _ => Value::Null,
        };
        let (length, precision, scale) = match &column.sql_type {
            SqlType::Varchar(length) => (length.map(i64::from), None, None),
            SqlType::Char(length) => (Some(i64::from(*length)), None, None),
            SqlType::SmallInt => (None, Some(16), Some(0)),
            SqlType::Int => (None, Some(32), Some(0)),
            SqlType::BigInt => (None, Some(64), Some(0)),
            SqlType::Real => (None, Some(24), None),
            SqlType::Double => (None, Some(53), None),
            SqlType::Numeric(Some((precision, scale))) => {
                (None, Some(i64::from(*precision)), Some(i64::from(*scale)))
            }
            _ => (None, None, None),
        };
        let number = |number: Option<i64>| number.map_or(Value::Null, Value::I64);
        add(vec![
            catalog(),
            public(),
            text(&def.name),
            text(&column.name),
            Value::I64(position as i64 + 1),
            default,
            text(if column.not_null { "NO" } else { "YES" }),
            text(&plain(&column.sql_type)),
            number(length),
            number(precision),
            number(scale),
        ]);
    }
}

/// A type's name without its length, and ARRAY for arrays.
fn plain(of: &SqlType) -> String {
    match of {
        SqlType::Varchar(_) => full_name(&SqlType::Varchar(None)),
        SqlType::Char(_) => "character".to_owned(),
        SqlType::Numeric(_) => "numeric".to_owned(),
        SqlType::Array(_) => "ARRAY".to_owned(),
        other => full_name(other),
    }
}

fn constraints(name: &str, def: &TableDef, snapshot: &Snapshot, add: &mut dyn FnMut(Vec<Value>)) {
    let column = |position: &usize| def.columns.get(*position).map_or("", |it| it.name.as_str());
    for index in def
        .indexes
        .iter()
        .filter(|index| index.kind != IndexKind::Created)
    {
        let kind = match index.kind {
            IndexKind::PrimaryKey => "PRIMARY KEY",
            _ => "UNIQUE",
        };
        if name == "table_constraints" {
            add(vec![
                public(),
                text(&index.name),
                public(),
                text(&def.name),
                text(kind),
            ]);
        }
        for (position, key) in index.keys.iter().enumerate() {
            let IndexKey::Column(key) = key else {
                continue;
            };
            usage(name, &index.name, def, column(key), position, add);
            if name == "constraint_column_usage" {
                add(vec![
                    public(),
                    text(&def.name),
                    text(column(key)),
                    public(),
                    text(&index.name),
                ]);
            }
        }
    }
    for key in &def.foreign_keys {
        match name {
            "table_constraints" => add(vec![
                public(),
                text(&key.name),
                public(),
                text(&def.name),
                text("FOREIGN KEY"),
            ]),
            "constraint_column_usage" => {
                for target in &key.target_columns {
                    add(vec![
                        public(),
                        text(&key.target),
                        text(target),
                        public(),
                        text(&key.name),
                    ]);
                }
            }
            "referential_constraints" => {
                let target = snapshot.tables.get(&key.target);
                let unique = target.and_then(|table| {
                    table.def.indexes.iter().find(|index| {
                        let names: Vec<&str> = index
                            .keys
                            .iter()
                            .filter_map(|key| match key {
                                IndexKey::Column(at) => Some(table.def.columns[*at].name.as_str()),
                                IndexKey::Expr(_) => None,
                            })
                            .collect();
                        index.unique && names == key.target_columns
                    })
                });
                add(vec![
                    public(),
                    text(&key.name),
                    public(),
                    unique.map_or(Value::Null, |index| text(&index.name)),
                    text(rule(key.on_update)),
                    text(rule(key.on_delete)),
                ]);
            }
            _ => {}
        }
        for (position, own) in key.columns.iter().enumerate() {
            usage(name, &key.name, def, column(own), position, add);
        }
    }
    for check in &def.checks {
        match name {
            "table_constraints" => add(vec![
                public(),
                text(&check.name),
                public(),
                text(&def.name),
                text("CHECK"),
            ]),
            "check_constraints" => add(vec![
                public(),
                text(&check.name),
                text(&check.expr.to_string()),
            ]),
            _ => {}
        }
    }
}

fn usage(
    name: &str,
    constraint: &str,
    def: &TableDef,
    column: &str,
    position: usize,
    add: &mut dyn FnMut(Vec<Value>),
) {
    if name == "key_column_usage" {
        add(vec![
            public(),
            text(constraint),
            public(),
            text(&def.name),
            text(column),
            Value::I64(position as i64 + 1),
        ]);
    }
}

fn key_text(key: &IndexKey, def: &TableDef) -> String {
    match key {
        IndexKey::Column(at) => def
            .columns
            .get(*at)
            .map_or("", |it| it.name.as_str())
            .to_owned(),
        IndexKey::Expr(expr) => format!("({expr})"),
    }
}

fn rule(action: Referential) -> &'static str {
    match action {
        Referential::NoAction => "NO ACTION",
        Referential::Restrict => "RESTRICT",
        Referential::Cascade => "CASCADE",
        Referential::SetNull => "SET NULL",
        Referential::SetDefault => "SET DEFAULT",
    }
}

fn text(text: &str) -> Value {
    Value::Str(text.to_owned())
}

fn public() -> Value {
    text("public")
}

fn catalog() -> Value {
    text("backlab")
}
