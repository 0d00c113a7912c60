//! The table a statement changes.

use gluesql::core::sqlparser::ast::{Ident, ObjectName, TableFactor, TableWithJoins};

use crate::problem::Problem;
use crate::sql::bind::Binder;
use crate::sql::catalog::TableDef;
use crate::sql::define::{no_table, table_name};
use crate::sql::error::{self, code, unsupported};

/// A table and the name it has in the statement.
#[derive(Debug)]
pub struct Target {
    pub table: String,
    pub alias: String,
}

impl Target {
    /// Its name in plans.
    pub fn name(&self) -> String {
        if self.alias == self.table {
            return self.table.clone();
        }
        format!("{} {}", self.table, self.alias)
    }
}

/// The table of INSERT INTO.
pub fn named(
    name: &ObjectName,
    alias: Option<&Ident>,
    verb: &str,
    binder: &Binder,
) -> Result<Target, Problem> {
    let table = table_name(name, binder.lexed)?;
    if !binder.snapshot.tables.contains_key(&table) {
        if binder.snapshot.views.contains_key(&table) {
            let mut problem = error::problem("55000", format!("cannot {verb} view \"{table}\""))
                .hint("change the tables it reads instead");
            problem.place = binder.lexed.place_of(&table);
            return Err(problem);
        }
        return Err(no_table(&table, binder.snapshot, binder.lexed));
    }
    Ok(Target {
        alias: alias.map_or_else(|| table.clone(), |alias| alias.value.clone()),
        table,
    })
}

/// The table of UPDATE or DELETE FROM.
pub fn one(table: &TableWithJoins, verb: &str, binder: &Binder) -> Result<Target, Problem> {
    match &table.relation {
        TableFactor::Table {
            name,
            alias,
            args: None,
            ..
        } if table.joins.is_empty() => {
            let renames = alias
                .as_ref()
                .is_some_and(|alias| !alias.columns.is_empty());
            if renames {
                return Err(unsupported(
                    "new column names for the changed table",
                    "use the columns' own names",
                ));
            }
            named(name, alias.as_ref().map(|it| &it.name), verb, binder)
        }
        _ => Err(unsupported(
            "a join in the changed table",
            "write UPDATE … FROM, or DELETE … USING, with the condition in WHERE",
        )),
    }
}

/// The position of a column that is given a value.
pub fn column(def: &TableDef, name: &Ident, binder: &Binder) -> Result<usize, Problem> {
    def.column(&name.value).ok_or_else(|| {
        let names = def.columns.iter().map(|column| column.name.as_str());
        error::no_column(&name.value, None, names, binder.lexed)
    })
}

/// A column that is given a value twice.
pub fn twice(name: &str, how: &str, binder: &Binder) -> Problem {
    let mut problem = error::problem(
        if how == "set" {
            code::SYNTAX
        } else {
            code::DUPLICATE_COLUMN
        },
        format!("the column `{name}` is {how} twice"),
    );
    problem.place = binder.lexed.place_of(name);
    problem
}
