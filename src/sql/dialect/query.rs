//! Queries: every name found before anything runs, refusals by name, and the rewrites that make
//! GlueSQL answer as PostgreSQL would.

use gluesql::core::sqlparser::ast::{
    Distinct, Expr, GroupByExpr, Ident, Join, JoinConstraint, JoinOperator, ObjectName,
    OrderByExpr, Query, Select, SelectItem, SetExpr, TableAlias, TableFactor, TableWithJoins,
    WildcardAdditionalOptions,
};

use super::binder::{Binder, Clause};
use super::reach::Reach;
use super::scope::{Column, Found, Scope, Source};
use super::tree;
use crate::problem::Problem;
use crate::sql::error::{self, code, unsupported};

/// Tables one query may join.
const MAX_SOURCES: usize = 16;

impl Binder<'_, '_> {
    /// Checks and rewrites a query; gives the columns of its result.
    ///
    /// # Errors
    /// Names that do not exist, and what is not supported.
    pub fn query(
        &mut self,
        query: &mut Query,
        outer: Option<&Scope>,
    ) -> Result<Vec<Column>, Problem> {
        if query.with.is_some() {
            return Err(unsupported(
                "WITH",
                "put the subquery into FROM: FROM (SELECT …) AS name",
            ));
        }
        if !query.locks.is_empty() {
            return Err(unsupported("FOR UPDATE", "leave it out"));
        }
        if !query.limit_by.is_empty() || query.for_clause.is_some() || query.settings.is_some() {
            return Err(unsupported(
                "this end of a query",
                "use ORDER BY, LIMIT and OFFSET",
            ));
        }
        if let Some(fetch) = query.fetch.take() {
            if fetch.with_ties || fetch.percent || query.limit.is_some() {
                return Err(unsupported("this form of FETCH", "write LIMIT n"));
            }
            query.limit = Some(fetch.quantity.unwrap_or_else(|| tree::number(1)));
        }
        // A query in parentheses is that query.
        if let SetExpr::Query(inner) = &*query.body {
            if query.order_by.is_some() || query.limit.is_some() || query.offset.is_some() {
                return Err(unsupported(
                    "ORDER BY or LIMIT after a query in parentheses",
                    "leave the parentheses out",
                ));
            }
            *query = (**inner).clone();
            return self.query(query, outer);
        }
        let nothing = Scope::default();
        let counts = query
            .limit
            .iter_mut()
            .chain(query.offset.iter_mut().map(|offset| &mut offset.value));
        for count in counts {
            self.expr(count, &nothing, Clause::Limit)?;
            if tree::literal_integer(count).is_some_and(|count| count < 0) {
                return Err(error::problem(
                    code::INVALID_PARAMETER,
                    "LIMIT and OFFSET cannot be negative",
                ));
            }
        }
        match &mut *query.body {
            SetExpr::Select(select) => {
                let mut order_by = query.order_by.take();
                let columns = self.select(select, order_by.as_mut().map(|by| &mut by.exprs), outer);
                query.order_by = order_by;
                columns
            }
            SetExpr::Values(values) => {
                let mut columns = Vec::new();
                for (index, row) in values.rows.iter_mut().enumerate() {
                    for (position, expr) in row.iter_mut().enumerate() {
                        let kind = self.expr(expr, &nothing, Clause::Values)?;
                        match columns.get_mut(position) {
                            Some(Column { kind: above, .. }) => above.meet(&kind),
                            None if index == 0 => {
                                let name = format!("column{}", position + 1);
                                columns.push(Column::computed(name, kind));
                            }
                            None => {}
                        }
                    }
                    if row.len() != columns.len() {
                        return Err(error::problem(
                            code::SYNTAX,
                            "the rows of VALUES differ in length",
                        ));
                    }
                }
                self.made = values.rows.len() as u64;
                Ok(columns)
            }
            SetExpr::SetOperation { op, .. } => Err(unsupported(
                &op.to_string(),
                "run the two queries one after the other, or combine their conditions with OR",
            )),
            _ => Err(unsupported("this kind of query", "write SELECT … FROM …")),
        }
    }

    fn select(
        &mut self,
        select: &mut Select,
        order_by: Option<&mut Vec<OrderByExpr>>,
        outer: Option<&Scope>,
    ) -> Result<Vec<Column>, Problem> {
        refuse_clauses(select)?;
        let aggregates_around = std::mem::take(&mut self.aggregates);
        let scope = self.from(&mut select.from, outer)?;
        if let Some(selection) = &mut select.selection {
            self.condition(selection, &scope, Clause::Where)?;
        }
        let mut columns = Vec::new();
        for item in &mut select.projection {
            self.item(item, &scope, &mut columns)?;
        }
        let mut keys = self.group_by(&mut select.group_by, &select.projection, &columns, &scope)?;
        if let Some(having) = &mut select.having {
            self.condition(having, &scope, Clause::Having)?;
        }
        let mut sort_exprs = Vec::new();
        if let Some(order_by) = order_by {
            self.order_by(order_by, &columns, &scope, select.distinct.is_some())?;
            sort_exprs.extend(order_by.iter().map(|by| by.expr.clone()));
        }
        if !keys.is_empty() || self.aggregates > 0 || select.having.is_some() {
            self.check_grouping(select, &mut keys, sort_exprs, &scope)?;
        }
        self.aggregates = aggregates_around;
        self.made = scope.rows;
        Ok(columns)
    }

    /// The sources of FROM, comma and cross joins rewritten to what GlueSQL knows.
    fn from<'o>(
        &mut self,
        from: &mut Vec<TableWithJoins>,
        outer: Option<&'o Scope<'o>>,
    ) -> Result<Scope<'o>, Problem> {
        let mut scope = Scope {
            sources: Vec::new(),
            outer,
            rows: 1,
        };
        let mut reach = Reach::default();
        if from.len() > 1 {
            for table in from.drain(1..).collect::<Vec<_>>() {
                let joined = Join {
                    relation: table.relation,
                    global: false,
                    join_operator: JoinOperator::CrossJoin,
                };
                from[0].joins.push(joined);
                from[0].joins.extend(table.joins);
            }
        }
        let Some(first) = from.first_mut() else {
            return Ok(scope);
        };
        if first.joins.len() >= MAX_SOURCES {
            return Err(error::problem(
                code::TOO_COMPLEX,
                format!("a query may join at most {MAX_SOURCES} tables"),
            ));
        }
        let source = self.source(&mut first.relation)?;
        scope.sources.push(source);
        reach.join(&scope, None);
        for join in &mut first.joins {
            let mut source = self.source(&mut join.relation)?;
            if scope.sources.iter().any(|known| known.name == source.name) {
                let mut problem = error::problem(
                    code::DUPLICATE_ALIAS,
                    format!("two tables of the query are called `{}`", source.name),
                )
                .hint(format!(
                    "give one a name of its own: {0} AS {0}2",
                    source.name
                ));
                problem.place = self.lexed.place_of(&source.name);
                return Err(problem);
            }
            if matches!(join.join_operator, JoinOperator::LeftOuter(_)) {
                source.make_nullable();
            }
            scope.sources.push(source);
            match &mut join.join_operator {
                JoinOperator::Inner(JoinConstraint::On(on))
                | JoinOperator::LeftOuter(JoinConstraint::On(on)) => {
                    self.condition(on, &scope, Clause::On)?;
                }
                JoinOperator::CrossJoin => {
                    join.join_operator = JoinOperator::Inner(JoinConstraint::None);
                }
                JoinOperator::Inner(JoinConstraint::Using(_))
                | JoinOperator::LeftOuter(JoinConstraint::Using(_)) => {
                    return Err(unsupported("USING", "write ON a.column = b.column"));
                }
                JoinOperator::Inner(JoinConstraint::Natural)
                | JoinOperator::LeftOuter(JoinConstraint::Natural) => {
                    return Err(unsupported("NATURAL JOIN", "write ON a.column = b.column"));
                }
                JoinOperator::Inner(JoinConstraint::None)
                | JoinOperator::LeftOuter(JoinConstraint::None) => {
                    return Err(error::problem(code::SYNTAX, "this JOIN has no ON")
                        .hint("say which rows belong together: JOIN b ON a.id = b.a_id"));
                }
                JoinOperator::RightOuter(_) => {
                    return Err(unsupported(
                        "RIGHT JOIN",
                        "swap the two tables and write LEFT JOIN",
                    ));
                }
                _ => {
                    return Err(unsupported(
                        "this kind of join",
                        "use JOIN, LEFT JOIN or CROSS JOIN",
                    ));
                }
            }
            let on = match &join.join_operator {
                JoinOperator::Inner(JoinConstraint::On(on))
                | JoinOperator::LeftOuter(JoinConstraint::On(on)) => Some(on),
                _ => None,
            };
            reach.join(&scope, on);
        }
        scope.rows = reach.rows();
        self.reach = self.reach.max(scope.reach());
        Ok(scope)
    }

    fn source(&mut self, factor: &mut TableFactor) -> Result<Source, Problem> {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                with_hints,
                version: None,
                with_ordinality: false,
                partitions,
            } if with_hints.is_empty() && partitions.is_empty() => {
                let table_name = self.table_name(name)?;
                let table = self.table(&table_name)?;
                let mut source = Source::table(&table_name, table);
                rename(&mut source, alias.as_ref())?;
                Ok(source)
            }
            TableFactor::Derived {
                lateral: false,
                subquery,
                alias,
            } => {
                let columns = self.query(subquery, None)?;
                let Some(alias) = alias else {
                    return Err(
                        error::problem(code::SYNTAX, "a subquery in FROM needs a name")
                            .hint("write (SELECT …) AS name"),
                    );
                };
                let mut source = Source {
                    name: alias.name.value.clone(),
                    columns,
                    rows: self.made,
                };
                rename(&mut source, Some(alias))?;
                Ok(source)
            }
            TableFactor::NestedJoin {
                table_with_joins,
                alias: None,
            } if table_with_joins.joins.is_empty() => {
                let inner = table_with_joins.relation.clone();
                *factor = inner;
                self.source(factor)
            }
            TableFactor::Table { args: Some(_), .. } | TableFactor::Function { .. } => Err(
                unsupported("a function in FROM", "select from a table or a subquery"),
            ),
            _ => Err(unsupported(
                "this kind of table in FROM",
                "select from a table or a subquery",
            )),
        }
    }

    /// One item of the select list: bound, and labelled as PostgreSQL labels it.
    fn item(
        &mut self,
        item: &mut SelectItem,
        scope: &Scope,
        columns: &mut Vec<Column>,
    ) -> Result<(), Problem> {
        match item {
            SelectItem::Wildcard(options) => {
                if *options != WildcardAdditionalOptions::default() {
                    return Err(unsupported(
                        "an option after *",
                        "name the columns you want",
                    ));
                }
                if scope.sources.is_empty() {
                    return Err(error::problem(code::SYNTAX, "SELECT * has no FROM")
                        .hint("write SELECT * FROM table"));
                }
                columns.extend(
                    scope
                        .sources
                        .iter()
                        .flat_map(|source| source.columns.clone()),
                );
            }
            SelectItem::QualifiedWildcard(name, _) => {
                let name = self.table_name(name)?;
                let source = scope.sources.iter().find(|source| source.name == name);
                let Some(source) = source else {
                    return Err(self.no_source(&name, scope));
                };
                columns.extend(source.columns.clone());
            }
            SelectItem::UnnamedExpr(expr) => {
                let name = label(expr).unwrap_or_else(|| "?column?".to_owned());
                let kind = self.expr(expr, scope, Clause::Select)?;
                *item = SelectItem::ExprWithAlias {
                    expr: expr.clone(),
                    alias: tree::ident(&name),
                };
                columns.push(Column::computed(name, kind));
            }
            SelectItem::ExprWithAlias { expr, alias } => {
                let kind = self.expr(expr, scope, Clause::Select)?;
                columns.push(Column::computed(alias.value.clone(), kind));
            }
        }
        Ok(())
    }

    /// GROUP BY, with positions and output names replaced by the expressions they mean.
    fn group_by(
        &mut self,
        group_by: &mut GroupByExpr,
        projection: &[SelectItem],
        columns: &[Column],
        scope: &Scope,
    ) -> Result<Vec<Expr>, Problem> {
        let GroupByExpr::Expressions(exprs, modifiers) = group_by else {
            return Err(unsupported("GROUP BY ALL", "name the columns"));
        };
        if !modifiers.is_empty() {
            return Err(unsupported("this form of GROUP BY", "name the columns"));
        }
        let plain = projection
            .iter()
            .all(|item| matches!(item, SelectItem::ExprWithAlias { .. }));
        let output = |position: usize| match projection.get(position) {
            Some(SelectItem::ExprWithAlias { expr, .. }) if plain => Some(expr.clone()),
            _ => None,
        };
        for expr in exprs.iter_mut() {
            if let Some(position) = tree::literal_integer(expr) {
                *expr = usize::try_from(position)
                    .ok()
                    .and_then(|position| output(position.checked_sub(1)?))
                    .ok_or_else(|| self.no_position("GROUP BY", position, columns.len()))?;
                continue;
            }
            if let Expr::Identifier(name) = &*expr
                && matches!(scope.column(&name.value), Found::Nothing)
                && let Some(meant) = columns
                    .iter()
                    .position(|column| column.name == name.value)
                    .and_then(output)
            {
                *expr = meant;
                continue;
            }
            self.expr(expr, scope, Clause::GroupBy)?;
        }
        Ok(exprs.clone())
    }

    /// ORDER BY, with positions checked and output names turned into positions, because an
    /// output name comes before a column of the same name (PostgreSQL, section 7.5).
    fn order_by(
        &mut self,
        order_by: &mut Vec<OrderByExpr>,
        columns: &[Column],
        scope: &Scope,
        distinct: bool,
    ) -> Result<(), Problem> {
        for mut by in std::mem::take(order_by) {
            if by.with_fill.is_some() {
                return Err(unsupported("WITH FILL", "leave it out"));
            }
            let named = match &by.expr {
                Expr::Identifier(Ident { value, .. }) => {
                    columns.iter().position(|column| column.name == *value)
                }
                _ => None,
            };
            if let Some(position) = tree::literal_integer(&by.expr) {
                if !usize::try_from(position).is_ok_and(|at| (1..=columns.len()).contains(&at)) {
                    return Err(self.no_position("ORDER BY", position, columns.len()));
                }
            } else if let Some(position) = named {
                by.expr = tree::number(position as u64 + 1);
            } else {
                self.expr(&mut by.expr, scope, Clause::OrderBy)?;
                if distinct {
                    return Err(unsupported(
                        "ORDER BY over something that SELECT DISTINCT does not list",
                        "order by one of the selected columns",
                    ));
                }
            }
            // NULLs come last, or first when descending, unless told otherwise.
            let descending = by.asc == Some(false);
            if let Some(first) = by.nulls_first.take()
                && first != descending
            {
                if tree::literal_integer(&by.expr).is_some() {
                    return Err(unsupported(
                        "NULLS FIRST or LAST on an output column",
                        "order by the column of the table: ORDER BY table.column NULLS LAST",
                    ));
                }
                let mut rank = by.clone();
                rank.asc = Some(!first);
                rank.expr = tree::case(
                    vec![(Expr::IsNull(Box::new(by.expr.clone())), tree::number(1))],
                    tree::number(0),
                );
                order_by.push(rank);
            }
            order_by.push(by);
        }
        Ok(())
    }

    fn no_position(&self, clause: &str, position: i64, columns: usize) -> Problem {
        let mut problem = error::problem(
            code::INVALID_COLUMN_REFERENCE,
            format!("{clause} {position}: the query has {columns} columns to count"),
        );
        problem.place = self.lexed.place_of_literal(&position.to_string());
        problem
    }

    /// Every column outside an aggregate must be grouped, or belong to a table whose primary key
    /// is (SQL:1999, feature T301; PostgreSQL, section 7.2.3).
    fn check_grouping(
        &self,
        select: &Select,
        keys: &mut [Expr],
        sort_exprs: Vec<Expr>,
        scope: &Scope,
    ) -> Result<(), Problem> {
        let determined: Vec<&str> = scope
            .sources
            .iter()
            .filter(|source| {
                source.columns.iter().any(|column| {
                    column.primary && keys.contains(&tree::column(&source.name, &column.name))
                })
            })
            .map(|source| source.name.as_str())
            .collect();
        let grouping = Grouping {
            keys,
            determined: &determined,
            scope,
        };
        for item in &select.projection {
            match item {
                SelectItem::ExprWithAlias { expr, .. } | SelectItem::UnnamedExpr(expr) => {
                    grouping.check(&mut expr.clone(), self)?;
                }
                SelectItem::Wildcard(_) => {
                    for source in &scope.sources {
                        grouping.check_all(source, self)?;
                    }
                }
                SelectItem::QualifiedWildcard(ObjectName(names), _) => {
                    let name = names.last().map(|name| name.value.as_str());
                    for source in &scope.sources {
                        if Some(source.name.as_str()) == name {
                            grouping.check_all(source, self)?;
                        }
                    }
                }
            }
        }
        for mut expr in select.having.iter().cloned().chain(sort_exprs) {
            grouping.check(&mut expr, self)?;
        }
        Ok(())
    }
}

struct Grouping<'a> {
    keys: &'a [Expr],
    determined: &'a [&'a str],
    scope: &'a Scope<'a>,
}

impl Grouping<'_> {
    fn check_all(&self, source: &Source, binder: &Binder) -> Result<(), Problem> {
        for column in &source.columns {
            self.check(&mut tree::column(&source.name, &column.name), binder)?;
        }
        Ok(())
    }

    fn check(&self, expr: &mut Expr, binder: &Binder) -> Result<(), Problem> {
        if self
            .keys
            .iter()
            .any(|key| tree::bare(key) == tree::bare(expr))
        {
            return Ok(());
        }
        match expr {
            Expr::CompoundIdentifier(names) => {
                let [source, column] = names.as_slice() else {
                    return Ok(());
                };
                let ours = self
                    .scope
                    .sources
                    .iter()
                    .any(|known| known.name == source.value);
                if !ours || self.determined.contains(&source.value.as_str()) {
                    return Ok(());
                }
                let mut problem = error::problem(
                    code::GROUPING,
                    format!(
                        "`{}` has many values in a group, and only one can be shown",
                        column.value
                    ),
                )
                .hint(format!(
                    "add it to GROUP BY, or say which one: MIN({0}), MAX({0})",
                    column.value
                ));
                problem.place = binder.lexed.place_of(&column.value);
                Err(problem)
            }
            Expr::Function(function) if super::function::is_aggregate(&tree::name(function)) => {
                Ok(())
            }
            other => {
                for operand in tree::operands(other).unwrap_or_default() {
                    self.check(operand, binder)?;
                }
                Ok(())
            }
        }
    }
}

fn rename(source: &mut Source, alias: Option<&TableAlias>) -> Result<(), Problem> {
    let Some(alias) = alias else {
        return Ok(());
    };
    source.name.clone_from(&alias.name.value);
    if alias.columns.len() > source.columns.len() {
        return Err(error::problem(
            code::INVALID_COLUMN_REFERENCE,
            format!(
                "`{}` has {} columns, and {} names are given",
                source.name,
                source.columns.len(),
                alias.columns.len()
            ),
        ));
    }
    for (column, name) in source.columns.iter_mut().zip(&alias.columns) {
        column.name.clone_from(&name.value);
    }
    Ok(())
}

/// What GlueSQL would silently leave out.
fn refuse_clauses(select: &Select) -> Result<(), Problem> {
    if select.top.is_some() {
        return Err(unsupported("TOP", "write LIMIT n at the end"));
    }
    if select.qualify.is_some() {
        return Err(unsupported(
            "QUALIFY",
            "filter in an outer query with WHERE",
        ));
    }
    if !select.named_window.is_empty() {
        return Err(unsupported("WINDOW", "use GROUP BY with an aggregate"));
    }
    if select.into.is_some() {
        return Err(unsupported(
            "SELECT INTO",
            "write CREATE TABLE name AS SELECT …",
        ));
    }
    if matches!(select.distinct, Some(Distinct::On(_))) {
        return Err(unsupported("DISTINCT ON", "use GROUP BY with MIN or MAX"));
    }
    if !select.lateral_views.is_empty()
        || select.prewhere.is_some()
        || !select.cluster_by.is_empty()
        || !select.distribute_by.is_empty()
        || !select.sort_by.is_empty()
        || select.value_table_mode.is_some()
        || select.connect_by.is_some()
    {
        return Err(unsupported(
            "a clause of this query",
            "use WHERE, GROUP BY, HAVING, ORDER BY and LIMIT",
        ));
    }
    Ok(())
}

/// The name PostgreSQL gives an output column that was given none.
fn label(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(name) => Some(name.value.clone()),
        Expr::CompoundIdentifier(names) => names.last().map(|name| name.value.clone()),
        Expr::Nested(inner) => label(inner),
        Expr::Cast {
            expr, data_type, ..
        } => label(expr).or_else(|| Some(data_type.to_string().to_lowercase())),
        Expr::Function(function) => Some(tree::name(function)),
        Expr::Case { else_result, .. } => else_result
            .as_deref()
            .and_then(label)
            .or_else(|| Some("case".to_owned())),
        Expr::Extract { .. } => Some("extract".to_owned()),
        Expr::Substring { .. } => Some("substring".to_owned()),
        Expr::Trim { .. } => Some("btrim".to_owned()),
        Expr::Position { .. } => Some("position".to_owned()),
        Expr::Ceil { .. } => Some("ceil".to_owned()),
        Expr::Floor { .. } => Some("floor".to_owned()),
        Expr::Exists { .. } => Some("exists".to_owned()),
        Expr::Interval(_) => Some("interval".to_owned()),
        Expr::TypedString { data_type, .. } => Some(data_type.to_string().to_lowercase()),
        Expr::Subquery(query) => match &*query.body {
            SetExpr::Select(select) => match select.projection.first() {
                Some(SelectItem::UnnamedExpr(expr)) => label(expr),
                Some(SelectItem::ExprWithAlias { alias, .. }) => Some(alias.value.clone()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}
