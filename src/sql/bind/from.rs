//! FROM: sources get slots, joins their conditions.

use std::sync::Arc;

use gluesql::core::sqlparser::ast::{
    Function, FunctionArg, Ident, JoinConstraint, JoinOperator, ObjectName, TableAlias,
    TableFactor, TableWithJoins,
};

use super::call::{argument, arguments};
use super::expr::Typed;
use super::query::Output;
use super::scope::{Clause, CteRef, Merged, Shape, Source, Visible};
use super::slots::{Slot, Slots};
use super::tree::{Expr, Op};
use super::{Bind, information};
use crate::problem::Problem;
use crate::sql::catalog::TableDef;
use crate::sql::error::{self, code, unsupported};
use crate::sql::plan;
use crate::sql::types::SqlType;
use crate::sql::value;

/// FROM before it is planned.
#[derive(Debug)]
pub enum From {
    Leaf(Box<FromLeaf>),
    /// All of these, and the conditions on them.
    Inner(Vec<From>, Vec<Expr>),
    /// A LEFT JOIN.
    Left(Box<From>, Box<From>, Vec<Expr>),
    Full(Box<From>, Box<From>, Vec<Expr>),
}

/// A source before it is planned.
#[derive(Debug)]
pub struct FromLeaf {
    pub slot: Slot,
    pub name: String,
    pub width: usize,
    pub source: plan::Source,
    pub table: Option<Arc<TableDef>>,
    /// Slots of the same query whose rows it depends on.
    pub requires: Slots,
    /// Whether its rows are the same however often they are asked for.
    pub stable: bool,
    pub estimate: f64,
}

impl From {
    /// The slots of all its sources.
    #[must_use]
    pub fn slots(&self) -> Slots {
        match self {
            Self::Leaf(leaf) => Slots::of(leaf.slot),
            Self::Inner(parts, _) => parts
                .iter()
                .fold(Slots::default(), |all, part| all.with(&part.slots())),
            Self::Left(left, right, _) | Self::Full(left, right, _) => {
                left.slots().with(&right.slots())
            }
        }
    }

    /// The slots outside of it that it depends on.
    #[must_use]
    pub fn requires(&self) -> Slots {
        match self {
            Self::Leaf(leaf) => leaf.requires,
            Self::Inner(parts, on) => parts
                .iter()
                .map(Self::requires)
                .chain(on.iter().map(Expr::slots))
                .fold(Slots::default(), |all, part| all.with(&part))
                .without(&self.slots()),
            Self::Left(left, right, on) | Self::Full(left, right, on) => on
                .iter()
                .map(Expr::slots)
                .fold(left.requires().with(&right.requires()), |all, part| {
                    all.with(&part)
                })
                .without(&self.slots()),
        }
    }

    /// Its sources with their widths.
    pub fn widths(&self, into: &mut Vec<(Slot, usize)>) {
        match self {
            Self::Leaf(leaf) => into.push((leaf.slot, leaf.width)),
            Self::Inner(parts, _) => parts.iter().for_each(|part| part.widths(into)),
            Self::Left(left, right, _) | Self::Full(left, right, _) => {
                left.widths(into);
                right.widths(into);
            }
        }
    }
}

impl Bind<'_> {
    /// All of FROM.
    pub(super) fn from(&mut self, from: &[TableWithJoins]) -> Result<Vec<From>, Problem> {
        self.level().clause = Clause::From;
        let mut all = Shape::default();
        let mut parts = Vec::with_capacity(from.len());
        for table in from {
            let (part, shape) = self.joined(table, &all)?;
            parts.push(part);
            all = all.and(shape);
        }
        self.level().shape = all;
        Ok(parts)
    }

    /// One item of FROM with its joins. `before` is what stands left of it.
    fn joined(&mut self, table: &TableWithJoins, before: &Shape) -> Result<(From, Shape), Problem> {
        let (mut from, mut shape) = self.factor(&table.relation, before)?;
        for join in &table.joins {
            let around = before.clone().and(shape.clone());
            let (right, right_shape) = self.factor(&join.relation, &around)?;
            let (constraint, kind) = match &join.join_operator {
                JoinOperator::Inner(constraint) => (constraint, Kind::Inner),
                JoinOperator::LeftOuter(constraint) => (constraint, Kind::Left),
                JoinOperator::RightOuter(constraint) => (constraint, Kind::Right),
                JoinOperator::FullOuter(constraint) => (constraint, Kind::Full),
                JoinOperator::CrossJoin => {
                    shape = shape.and(right_shape);
                    from = inner(from, right, Vec::new());
                    continue;
                }
                _ => {
                    return Err(unsupported(
                        "this kind of join",
                        "use JOIN, LEFT JOIN, RIGHT JOIN, FULL JOIN or CROSS JOIN",
                    ));
                }
            };
            if matches!(kind, Kind::Right | Kind::Full) && right.requires().meets(&from.slots()) {
                return Err(error::problem(
                    code::INVALID_COLUMN_REFERENCE,
                    "LATERAL works with JOIN and LEFT JOIN only",
                ));
            }
            let (on, joined) = self.constraint(constraint, kind, shape, right_shape)?;
            shape = joined;
            from = match kind {
                Kind::Inner => inner(from, right, on),
                Kind::Left => From::Left(Box::new(from), Box::new(right), on),
                Kind::Right => From::Left(Box::new(right), Box::new(from), on),
                Kind::Full => From::Full(Box::new(from), Box::new(right), on),
            };
        }
        Ok((from, shape))
    }

    fn constraint(
        &mut self,
        constraint: &JoinConstraint,
        kind: Kind,
        left: Shape,
        right: Shape,
    ) -> Result<(Vec<Expr>, Shape), Problem> {
        match constraint {
            JoinConstraint::On(on) => {
                let both = left.and(right);
                let level = self.level();
                level.shape = both.clone();
                level.clause = Clause::On;
                let on = self.condition(on);
                self.level().clause = Clause::From;
                let mut parts = Vec::new();
                on?.conjuncts(&mut parts);
                Ok((parts, both))
            }
            JoinConstraint::Using(names) => {
                let names: Vec<String> = names.iter().map(|name| name.value.clone()).collect();
                self.using(&names, kind, left, right)
            }
            JoinConstraint::Natural => {
                let left_columns = self.expanded(&left);
                let right_columns = self.expanded(&right);
                let names: Vec<String> = left_columns
                    .iter()
                    .map(|column| self.visible_name(column))
                    .filter(|name| {
                        right_columns
                            .iter()
                            .any(|column| self.visible_name(column) == *name)
                    })
                    .map(ToOwned::to_owned)
                    .collect();
                self.using(&names, kind, left, right)
            }
            JoinConstraint::None => Err(error::problem(code::SYNTAX, "this JOIN has no ON")
                .hint("say which rows belong together: JOIN b ON a.id = b.a_id")),
        }
    }

    /// USING: each of these columns is one column of the result.
    fn using(
        &mut self,
        names: &[String],
        kind: Kind,
        left: Shape,
        right: Shape,
    ) -> Result<(Vec<Expr>, Shape), Problem> {
        let mut left_columns = self.expanded(&left);
        let mut right_columns = self.expanded(&right);
        let mut on = Vec::new();
        let mut list = Vec::new();
        for name in names {
            let left_one = self.take_column(&mut left_columns, name)?;
            let right_one = self.take_column(&mut right_columns, name)?;
            on.push(self.equal(left_one.clone(), right_one.clone())?);
            let types = [&left_one.1, &right_one.1];
            let sql_type = value::common_type(&types).unwrap_or_else(|| left_one.1.clone());
            let expr = match kind {
                Kind::Inner | Kind::Left => left_one.0,
                Kind::Right => right_one.0,
                Kind::Full => Expr::Op(Op::Coalesce, vec![left_one.0, right_one.0]),
            };
            let level = self.level();
            list.push(Visible::Merged(level.merged.len()));
            level.merged.push(Merged {
                name: name.clone(),
                expr,
                sql_type,
            });
        }
        list.extend(left_columns);
        list.extend(right_columns);
        let mut sources = left.sources;
        sources.extend(right.sources);
        Ok((on, Shape { list, sources }))
    }

    /// Takes the one column of a name out of a list.
    fn take_column(&mut self, columns: &mut Vec<Visible>, name: &str) -> Result<Typed, Problem> {
        let mut found = None;
        for (position, column) in columns.iter().enumerate() {
            if self.visible_name(column) == name {
                if found.is_some() {
                    let mut problem = error::problem(
                        code::AMBIGUOUS_COLUMN,
                        format!("`{name}` of USING is in several tables of one side"),
                    )
                    .hint("write ON table.column = other.column");
                    problem.place = self.cx.lexed.place_of(name);
                    return Err(problem);
                }
                found = Some(position);
            }
        }
        match found {
            Some(position) => {
                let column = columns.remove(position);
                Ok(self.visible_column(&column))
            }
            None => {
                let names: Vec<&str> = columns.iter().map(|it| self.visible_name(it)).collect();
                Err(error::no_column(
                    name,
                    None,
                    names.iter().copied(),
                    self.cx.lexed,
                ))
            }
        }
    }

    /// A shape's columns one by one.
    pub(super) fn expanded(&self, shape: &Shape) -> Vec<Visible> {
        let Some(level) = self.levels.last() else {
            return Vec::new();
        };
        let mut columns = Vec::new();
        for visible in &shape.list {
            match visible {
                Visible::Source(at) => {
                    let width = level.sources[*at].width();
                    columns.extend((0..width).map(|position| Visible::Column(*at, position)));
                }
                other => columns.push(other.clone()),
            }
        }
        columns
    }

    pub(super) fn visible_name(&self, column: &Visible) -> &str {
        let Some(level) = self.levels.last() else {
            return "";
        };
        match column {
            Visible::Column(at, position) => level.sources[*at].column_name(*position),
            Visible::Merged(at) => &level.merged[*at].name,
            Visible::Source(_) => "",
        }
    }

    pub(super) fn visible_column(&mut self, column: &Visible) -> Typed {
        let level = self.level();
        match column {
            Visible::Column(at, position) => {
                let source = &level.sources[*at];
                (
                    Expr::Column(source.slot, *position as u16),
                    source.column_type(*position),
                )
            }
            Visible::Merged(at) => {
                let merged = &level.merged[*at];
                (merged.expr.clone(), merged.sql_type.clone())
            }
            Visible::Source(_) => (Expr::null(), SqlType::Unknown),
        }
    }

    fn factor(&mut self, factor: &TableFactor, before: &Shape) -> Result<(From, Shape), Problem> {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                with_hints,
                version: None,
                with_ordinality: false,
                partitions,
            } if with_hints.is_empty() && partitions.is_empty() => self.named(name, alias.as_ref()),
            TableFactor::Table {
                name,
                alias,
                args: Some(args),
                with_ordinality,
                ..
            } => {
                let name = name
                    .0
                    .last()
                    .map_or("", |name| name.value.as_str())
                    .to_owned();
                self.function_source(&name, &args.args, alias.as_ref(), *with_ordinality, before)
            }
            TableFactor::Function {
                name, args, alias, ..
            } => {
                let name = name
                    .0
                    .last()
                    .map_or("", |name| name.value.as_str())
                    .to_owned();
                self.function_source(&name, args, alias.as_ref(), false, before)
            }
            TableFactor::UNNEST {
                alias,
                array_exprs,
                with_offset: false,
                with_ordinality,
                ..
            } => {
                self.level().shape = before.clone();
                let args = self.all(array_exprs)?;
                self.row_source("unnest", args, alias.as_ref(), *with_ordinality)
            }
            TableFactor::Derived {
                lateral,
                subquery,
                alias,
            } => {
                let visible = if *lateral {
                    before.clone()
                } else {
                    Shape::default()
                };
                self.level().shape = visible;
                let query = self.query(subquery)?;
                self.query_source("subquery", query, alias.as_ref())
            }
            TableFactor::NestedJoin {
                table_with_joins,
                alias: None,
            } => self.joined(table_with_joins, before),
            TableFactor::NestedJoin { .. } => Err(unsupported(
                "a name for a join in parentheses",
                "name its tables one by one",
            )),
            TableFactor::Pivot { .. } | TableFactor::Unpivot { .. } => Err(unsupported(
                "PIVOT",
                "write an aggregate with FILTER for each column",
            )),
            _ => Err(unsupported(
                "this kind of table in FROM",
                "select from a table, a subquery or a function",
            )),
        }
    }

    /// A query as a source.
    fn query_source(
        &mut self,
        name: &str,
        query: super::Query,
        alias: Option<&TableAlias>,
    ) -> Result<(From, Shape), Problem> {
        let columns = known_types(&query.outputs);
        let mut leaf = FromLeaf {
            slot: self.slot()?,
            name: alias.map_or(name, |alias| &alias.name.value).to_owned(),
            width: columns.len(),
            table: None,
            requires: Slots::default(),
            stable: !query.volatile && query.outer.is_empty(),
            estimate: query.estimate,
            source: plan::Source::Rows(Arc::default()),
        };
        if query.volatile {
            self.level().volatile = true;
        }
        for (slot, _) in &query.outer {
            leaf.requires.add(*slot);
        }
        leaf.source = plan::Source::Query(Arc::new(query));
        self.source(leaf, Some(columns), alias)
    }

    /// Enters a leaf under its name.
    fn source(
        &mut self,
        mut leaf: FromLeaf,
        columns: Option<Vec<Output>>,
        alias: Option<&TableAlias>,
    ) -> Result<(From, Shape), Problem> {
        let name = alias
            .map_or(leaf.name.as_str(), |alias| &alias.name.value)
            .to_owned();
        leaf.name.clone_from(&name);
        let mut source = match (&leaf.table, columns) {
            (Some(def), None) => Source::table(&name, leaf.slot, def.clone()),
            (_, columns) => Source::listed(&name, leaf.slot, columns.unwrap_or_default()),
        };
        if let Some(alias) = alias
            && !alias.columns.is_empty()
        {
            if alias.columns.len() > source.width() {
                return Err(error::problem(
                    code::INVALID_COLUMN_REFERENCE,
                    format!(
                        "`{name}` has {} columns, and {} names are given",
                        source.width(),
                        alias.columns.len()
                    ),
                ));
            }
            source.rename(alias.columns.iter().map(|it| it.value.clone()).collect());
        }
        let lexed = self.cx.lexed;
        let level = self.level();
        let own = level.own;
        // What lies outside of the query is there before it starts.
        leaf.requires = leaf.requires.without(&leaf.requires.without(&own));
        if name != "subquery" && level.sources.iter().any(|known| known.name == name) {
            let mut problem = error::problem(
                code::DUPLICATE_ALIAS,
                format!("two tables of the query are called `{name}`"),
            )
            .hint(format!("give one a name of its own: {name} AS {name}2"));
            problem.place = lexed.place_of(&name);
            return Err(problem);
        }
        let at = level.sources.len();
        level.sources.push(source);
        let shape = Shape {
            list: vec![Visible::Source(at)],
            sources: vec![at],
        };
        Ok((From::Leaf(Box::new(leaf)), shape))
    }

    /// A table, a view, a name of WITH, or a table of the catalogue.
    fn named(
        &mut self,
        name: &ObjectName,
        alias: Option<&TableAlias>,
    ) -> Result<(From, Shape), Problem> {
        let (schema, name) = self.table_name(name)?;
        if schema.is_none() {
            let cte = self.levels.iter().rev().find_map(|level| {
                let mut ctes = level.ctes.iter().rev();
                ctes.find(|(known, _)| *known == name)
            });
            if let Some((_, cte)) = cte {
                let cte = cte.clone();
                return self.cte_source(&name, cte, alias);
            }
        }
        if let Some(schema @ ("information_schema" | "pg_catalog")) = schema.as_deref() {
            return self.catalogue(schema, &name, alias);
        }
        let snapshot = self.cx.snapshot;
        if let Some(table) = snapshot.tables.get(&name) {
            let leaf = FromLeaf {
                slot: self.slot()?,
                width: table.def.columns.len(),
                table: Some(table.def.clone()),
                requires: Slots::default(),
                stable: true,
                estimate: table.len() as f64,
                source: plan::Source::Table(name.clone()),
                name,
            };
            return self.source(leaf, None, alias);
        }
        if let Some(view) = snapshot.views.get(&name) {
            let query = self.view(&name, view)?;
            return self.query_source(&name, query, alias);
        }
        if name.starts_with("pg_") && information::knows("pg_catalog", &name) {
            return self.catalogue("pg_catalog", &name, alias);
        }
        Err(self.no_table(&name))
    }

    fn cte_source(
        &mut self,
        name: &str,
        cte: CteRef,
        alias: Option<&TableAlias>,
    ) -> Result<(From, Shape), Problem> {
        let mut leaf = FromLeaf {
            slot: self.slot()?,
            name: name.to_owned(),
            width: 0,
            table: None,
            requires: Slots::default(),
            stable: false,
            estimate: 100.0,
            source: plan::Source::Rows(Arc::default()),
        };
        let columns = match cte {
            CteRef::Working(id, columns) => {
                leaf.source = plan::Source::Working(id);
                self.used.push(id);
                columns
            }
            CteRef::Ready(cte) => {
                leaf.stable = cte.outer.is_empty();
                self.note_all(&cte.outer);
                for (slot, _) in &cte.outer {
                    leaf.requires.add(*slot);
                }
                leaf.estimate = match &cte.kind {
                    super::CteKind::Plain(query) => query.estimate,
                    super::CteKind::Recursive { base, .. } => base.estimate * 10.0,
                };
                let columns = cte.outputs.clone();
                leaf.source = plan::Source::Cte(cte);
                columns
            }
        };
        leaf.width = columns.len();
        self.source(leaf, Some(columns), alias)
    }

    fn catalogue(
        &mut self,
        schema: &str,
        name: &str,
        alias: Option<&TableAlias>,
    ) -> Result<(From, Shape), Problem> {
        let Some((columns, rows)) = information::table(schema, name, self.cx.snapshot) else {
            let mut problem =
                error::problem(code::UNDEFINED_TABLE, format!("no table `{schema}.{name}`"));
            problem.place = self.cx.lexed.place_of(name);
            problem.hint = Some(information::hint(schema, name));
            return Err(problem);
        };
        let leaf = FromLeaf {
            slot: self.slot()?,
            name: name.to_owned(),
            width: columns.len(),
            table: None,
            requires: Slots::default(),
            stable: true,
            estimate: rows.len() as f64,
            source: plan::Source::Rows(Arc::new(rows)),
        };
        self.source(leaf, Some(columns), alias)
    }

    fn function_source(
        &mut self,
        name: &str,
        args: &[FunctionArg],
        alias: Option<&TableAlias>,
        numbered: bool,
        before: &Shape,
    ) -> Result<(From, Shape), Problem> {
        // A function sees what stands left of it, LATERAL or not.
        self.level().shape = before.clone();
        let mut typed = Vec::new();
        for arg in args {
            typed.push(self.expr(&argument(arg, name)?)?);
        }
        self.row_source(name, typed, alias, numbered)
    }

    /// A function that gives rows.
    fn row_source(
        &mut self,
        name: &str,
        typed: Vec<Typed>,
        alias: Option<&TableAlias>,
        numbered: bool,
    ) -> Result<(From, Shape), Problem> {
        let (function, args, mut columns) = self.rows_of(name, typed)?;
        // A function of one column lends it its alias.
        if let Some(alias) = alias
            && columns.len() == 1
        {
            columns[0].name.clone_from(&alias.name.value);
        }
        if numbered {
            columns.push(Output {
                name: "ordinality".to_owned(),
                sql_type: SqlType::BigInt,
            });
        }
        let mut leaf = FromLeaf {
            slot: self.slot()?,
            name: name.to_owned(),
            width: columns.len(),
            table: None,
            requires: Slots::default(),
            stable: false,
            estimate: series_estimate(&args),
            source: plan::Source::Rows(Arc::default()),
        };
        for arg in &args {
            leaf.requires = leaf.requires.with(&arg.slots());
        }
        leaf.stable = leaf.requires.is_empty() && !args.iter().any(Expr::is_volatile);
        leaf.source = plan::Source::Function(function, args, numbered);
        self.source(leaf, Some(columns), alias)
    }

    /// What a function in FROM gives.
    fn rows_of(
        &mut self,
        name: &str,
        typed: Vec<Typed>,
    ) -> Result<(plan::TableFunction, Vec<Expr>, Vec<Output>), Problem> {
        let column = |name: &str, sql_type: SqlType| {
            vec![Output {
                name: name.to_owned(),
                sql_type,
            }]
        };
        match name {
            "generate_series" => {
                if !(2..=3).contains(&typed.len()) {
                    return Err(self.arguments_wrong(name, "2 or 3 arguments: from, to and step"));
                }
                let types: Vec<&SqlType> = typed.iter().take(2).map(|(_, it)| it).collect();
                let mut common = value::common_type(&types).unwrap_or(SqlType::Unknown);
                if common == SqlType::Date {
                    common = SqlType::Timestamp;
                }
                let moment = matches!(common, SqlType::Timestamp | SqlType::Timestamptz);
                if !moment && !common.is_number() {
                    return Err(
                        self.arguments_wrong(name, "numbers, or timestamps and an interval")
                    );
                }
                if moment && typed.len() == 2 {
                    return Err(self.arguments_wrong(name, "a step, an interval, after two times"));
                }
                let mut args = Vec::new();
                for (position, (expr, from)) in typed.into_iter().enumerate() {
                    let wanted = if moment && position == 2 {
                        &SqlType::Interval
                    } else {
                        &common
                    };
                    args.push(self.convert(expr, &from, wanted)?);
                }
                Ok((
                    plan::TableFunction::GenerateSeries,
                    args,
                    column(name, common),
                ))
            }
            "unnest" => {
                let Ok([(array, sql_type)]) = <[Typed; 1]>::try_from(typed) else {
                    return Err(self.arguments_wrong(name, "1 argument, an array"));
                };
                let SqlType::Array(of) = sql_type else {
                    return Err(self.arguments_wrong(name, "an array"));
                };
                Ok((plan::TableFunction::Unnest, vec![array], column(name, *of)))
            }
            "json_array_elements"
            | "jsonb_array_elements"
            | "json_array_elements_text"
            | "jsonb_array_elements_text" => {
                let Ok([(json, from)]) = <[Typed; 1]>::try_from(typed) else {
                    return Err(self.arguments_wrong(name, "1 argument, a JSON array"));
                };
                let json = self.convert(json, &from, &SqlType::Jsonb)?;
                let text = name.ends_with("text");
                let sql_type = if text { SqlType::Text } else { SqlType::Jsonb };
                Ok((
                    plan::TableFunction::JsonElements { text },
                    vec![json],
                    column("value", sql_type),
                ))
            }
            _ => {
                let (expr, sql_type) = self.scalar(name, typed)?;
                Ok((plan::TableFunction::Row, vec![expr], column(name, sql_type)))
            }
        }
    }

    /// `unnest(…)` or `generate_series(…)` in the select list: as if it stood in FROM.
    pub(super) fn row_function(
        &mut self,
        function: &Function,
        name: &str,
    ) -> Result<Typed, Problem> {
        if self.level().clause != Clause::Select {
            return Err(unsupported(
                &format!("{name}(…) here"),
                &format!("put it into FROM: FROM {name}(…) AS name"),
            ));
        }
        let level = self.level();
        if !level.row_functions.is_empty() {
            return Err(unsupported(
                "several functions that give rows in one select list",
                "put them into FROM",
            ));
        }
        let written = arguments(function, name)?;
        let typed = self.all(&written)?;
        let shape = self.level().shape.clone();
        let at = self.level().sources.len();
        let alias = TableAlias {
            name: Ident::new(format!("{name} {at}")),
            columns: Vec::new(),
        };
        let (from, made) = self.row_source(name, typed, Some(&alias), false)?;
        let column = self.expanded(&made);
        let typed = column.first().map(|column| self.visible_column(column));
        let level = self.level();
        level.shape = shape;
        level.row_functions.push(from);
        Ok(typed.unwrap_or((Expr::null(), SqlType::Unknown)))
    }

    /// A table's name: its schema if that matters, and the name.
    fn table_name(&self, name: &ObjectName) -> Result<(Option<String>, String), Problem> {
        if let Some(text) = name.0.iter().find(|part| part.quote_style == Some('\'')) {
            let mut problem =
                error::problem(code::SYNTAX, "a text stands where a table's name should");
            problem.place = self.cx.lexed.place_of_literal(&text.value);
            return Err(problem);
        }
        match name.0.as_slice() {
            [name] => Ok((None, name.value.clone())),
            [schema, name] => match schema.value.as_str() {
                "public" => Ok((Some("public".to_owned()), name.value.clone())),
                "information_schema" | "pg_catalog" => {
                    Ok((Some(schema.value.clone()), name.value.clone()))
                }
                other => {
                    let mut problem = error::problem("3F000", format!("no schema `{other}`"))
                        .hint("write the table's name alone; there is one schema, public");
                    problem.place = self.cx.lexed.place_of(other);
                    Err(problem)
                }
            },
            _ => Err(unsupported(
                &format!("the name `{name}` in several parts"),
                "write the table's name alone",
            )),
        }
    }

    /// A table that does not exist.
    pub(super) fn no_table(&self, name: &str) -> Problem {
        let mut problem = error::problem(code::UNDEFINED_TABLE, format!("no table `{name}`"));
        problem.place = self.cx.lexed.place_of(name);
        let snapshot = self.cx.snapshot;
        let names: Vec<&str> = snapshot
            .tables
            .keys()
            .chain(snapshot.views.keys())
            .map(String::as_str)
            .chain(
                self.levels
                    .iter()
                    .flat_map(|level| level.ctes.iter().map(|(name, _)| name.as_str())),
            )
            .collect();
        problem.hint = match error::nearest(name, names.iter().copied()) {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None if names.is_empty() => {
                Some("there are no tables yet: CREATE TABLE makes one".to_owned())
            }
            None => {
                let listed: Vec<String> = names
                    .iter()
                    .take(12)
                    .map(|name| format!("`{name}`"))
                    .collect();
                Some(format!("there are {}", listed.join(", ")))
            }
        };
        problem
    }

    /// A view's query, which sees nothing of the query around it.
    fn view(
        &mut self,
        name: &str,
        view: &crate::sql::catalog::ViewDef,
    ) -> Result<super::Query, Problem> {
        if self.views.len() > 16 || self.views.iter().any(|known| known == name) {
            return Err(error::problem(
                code::TOO_COMPLEX,
                format!("the view `{name}` is defined by too many views"),
            ));
        }
        self.views.push(name.to_owned());
        let around = std::mem::take(&mut self.levels);
        let query = self.query(&view.query);
        self.levels = around;
        self.views.pop();
        let mut query = query.map_err(|mut problem| {
            // Its place is in the view's text, not in this statement's.
            problem.place = self.cx.lexed.place_of(name);
            problem
        })?;
        for (output, name) in query.outputs.iter_mut().zip(&view.columns) {
            output.name.clone_from(name);
        }
        Ok(query)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Inner,
    Left,
    Right,
    Full,
}

fn inner(left: From, right: From, on: Vec<Expr>) -> From {
    match left {
        From::Inner(mut parts, mut conditions) => {
            parts.push(right);
            conditions.extend(on);
            From::Inner(parts, conditions)
        }
        left => From::Inner(vec![left, right], on),
    }
}

/// Columns as others see them: what has no type is text.
pub(super) fn known_types(outputs: &[Output]) -> Vec<Output> {
    let known = |output: &Output| Output {
        name: output.name.clone(),
        sql_type: match &output.sql_type {
            SqlType::Unknown => SqlType::Text,
            known => known.clone(),
        },
    };
    outputs.iter().map(known).collect()
}

fn series_estimate(args: &[Expr]) -> f64 {
    use gluesql::core::data::Value;
    match (
        args.first().and_then(Expr::constant),
        args.get(1).and_then(Expr::constant),
    ) {
        (Some(Value::I64(from)), Some(Value::I64(to))) => {
            (to.saturating_sub(*from).saturating_add(1)).max(0) as f64
        }
        _ => 100.0,
    }
}
