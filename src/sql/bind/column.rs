//! Names of columns, looked up in the innermost query first.

use gluesql::core::sqlparser::ast::Ident;

use super::Bind;
use super::scope::{Level, Visible};
use super::slots::Slot;
use super::tree::Expr;
use crate::problem::Problem;
use crate::sql::error::{self, code, unsupported};
use crate::sql::types::SqlType;

/// What a name stands for within one query.
enum Found {
    Nothing,
    One(Expr, SqlType),
    /// The names of two sources that have it.
    Several(String, String),
}

impl Bind<'_> {
    /// A column by its name alone.
    pub(super) fn name(&mut self, name: &Ident) -> Result<(Expr, SqlType), Problem> {
        for depth in (0..self.levels.len()).rev() {
            match find(&self.levels[depth], &name.value) {
                Found::Nothing => {}
                Found::One(expr, sql_type) => {
                    self.note(&expr, depth);
                    return Ok((expr, sql_type));
                }
                Found::Several(first, second) => {
                    let mut problem = error::problem(
                        code::AMBIGUOUS_COLUMN,
                        format!("`{0}` is in `{first}` and in `{second}`", name.value),
                    )
                    .hint(format!("write which one: {first}.{}", name.value));
                    problem.place = self.cx.lexed.place_of(&name.value);
                    return Err(problem);
                }
            }
        }
        let names = self.reachable();
        if names.iter().any(|(source, _)| *source == name.value) {
            let mut problem = unsupported(
                &format!("a whole row of `{}` as one value", name.value),
                "name the columns, or write * for all of them",
            );
            problem.place = self.cx.lexed.place_of(&name.value);
            return Err(problem);
        }
        let columns: Vec<&str> = names.iter().map(|(_, column)| *column).collect();
        let mut problem =
            error::no_column(&name.value, None, columns.iter().copied(), self.cx.lexed);
        if name.quote_style == Some('"') {
            problem.hint = Some(format!(
                "double quotes make a name; a text stands in single quotes: '{}'",
                name.value
            ));
        }
        Err(problem)
    }

    /// `source.column`.
    pub(super) fn qualified(&mut self, names: &[Ident]) -> Result<(Expr, SqlType), Problem> {
        let (source, column) = match names {
            [source, column] => (source, column),
            [schema, source, column] if schema.value == "public" => (source, column),
            _ => {
                return Err(unsupported(
                    "a name in more than two parts",
                    "write table.column",
                ));
            }
        };
        for depth in (0..self.levels.len()).rev() {
            let level = &self.levels[depth];
            let mut sources = level.shape.sources.iter();
            let Some(at) = sources.find(|at| level.sources[**at].name == source.value) else {
                continue;
            };
            let known = &level.sources[*at];
            let Some(position) = known.find(&column.value) else {
                return Err(error::no_column(
                    &column.value,
                    Some(&source.value),
                    known.names(),
                    self.cx.lexed,
                ));
            };
            let sql_type = known.column_type(position);
            let expr = Expr::Column(known.slot, position as u16);
            self.note(&expr, depth);
            return Ok((expr, sql_type));
        }
        Err(self.no_source(&source.value))
    }

    /// A source that is not in reach.
    pub(super) fn no_source(&self, name: &str) -> Problem {
        let mut problem = error::problem(
            code::UNDEFINED_TABLE,
            format!("`{name}` is not in the query's FROM"),
        );
        problem.place = self.cx.lexed.place_of(name);
        let mut names: Vec<&str> = Vec::new();
        let mut hidden = false;
        for level in self.levels.iter().rev() {
            for (at, source) in level.sources.iter().enumerate() {
                if level.shape.sources.contains(&at) {
                    names.push(&source.name);
                } else {
                    hidden |= source.name == name;
                }
            }
        }
        problem.hint = match error::nearest(name, names.iter().copied()) {
            _ if hidden => Some(format!(
                "`{name}` cannot be used in this part of FROM; join it first, or write LATERAL"
            )),
            Some(near) => Some(format!("did you mean `{near}`?")),
            None if self.cx.snapshot.tables.contains_key(name) && !names.is_empty() => {
                Some(format!("here the tables are called {}", names.join(", ")))
            }
            None => None,
        };
        problem
    }

    /// Remembers that the queries within a level read of it.
    pub(super) fn note(&mut self, expr: &Expr, depth: usize) {
        match expr {
            Expr::Column(slot, column) => self.note_column(*slot, *column, depth),
            other => {
                let columns: Vec<(Slot, u16)> = other
                    .operands()
                    .iter()
                    .filter_map(|operand| match operand {
                        Expr::Column(slot, column) => Some((*slot, *column)),
                        _ => None,
                    })
                    .collect();
                for (slot, column) in columns {
                    self.note_column(slot, column, depth);
                }
            }
        }
    }

    fn note_column(&mut self, slot: Slot, column: u16, depth: usize) {
        for level in self.levels.iter_mut().skip(depth + 1) {
            if !level.outer.contains(&(slot, column)) {
                level.outer.push((slot, column));
            }
        }
    }

    /// Remembers what a query made elsewhere reads of the levels around.
    pub(super) fn note_all(&mut self, outer: &[(Slot, u16)]) {
        for (slot, column) in outer {
            let owner = self.levels.iter().position(|level| level.own.has(*slot));
            if let Some(depth) = owner {
                self.note_column(*slot, *column, depth);
            }
        }
    }

    /// All columns in reach with their sources' names, innermost first.
    fn reachable(&self) -> Vec<(&str, &str)> {
        let mut all = Vec::new();
        for level in self.levels.iter().rev() {
            for at in &level.shape.sources {
                let source = &level.sources[*at];
                all.extend(source.names().map(|column| (source.name.as_str(), column)));
            }
        }
        all
    }
}

fn find(level: &Level, name: &str) -> Found {
    let mut found: Option<(Expr, SqlType, &str)> = None;
    for visible in &level.shape.list {
        let (expr, sql_type, source) = match visible {
            Visible::Source(at) => {
                let source = &level.sources[*at];
                let Some(position) = source.find(name) else {
                    continue;
                };
                let expr = Expr::Column(source.slot, position as u16);
                (expr, source.column_type(position), source.name.as_str())
            }
            Visible::Column(at, position) => {
                let source = &level.sources[*at];
                if source.column_name(*position) != name {
                    continue;
                }
                let expr = Expr::Column(source.slot, *position as u16);
                (expr, source.column_type(*position), source.name.as_str())
            }
            Visible::Merged(at) => {
                let merged = &level.merged[*at];
                if merged.name != name {
                    continue;
                }
                (merged.expr.clone(), merged.sql_type.clone(), "the join")
            }
        };
        if let Some((_, _, first)) = &found {
            return Found::Several((*first).to_owned(), source.to_owned());
        }
        found = Some((expr, sql_type, source));
    }
    match found {
        Some((expr, sql_type, _)) => Found::One(expr, sql_type),
        None => Found::Nothing,
    }
}
