//! One SELECT.

use gluesql::core::sqlparser::ast::{
    self, Distinct as WrittenDistinct, Expr as Ast, Ident, OrderByExpr, SelectItem,
    WildcardAdditionalOptions,
};

use super::from::From;
use super::group::{Grouping, determined};
use super::label::label;
use super::query::{Body, Distinct, Group, Output, Query, Select, Sort, SortBy, Windows};
use super::resolve::{Limit, sorted};
use super::scope::Clause;
use super::slots::Slot;
use super::tree::Expr;
use super::{Bind, identity};
use crate::problem::Problem;
use crate::sql::error::{self, code, unsupported};
use crate::sql::plan::{self, Wish};
use crate::sql::types::SqlType;

/// One column of the select list.
#[derive(Debug)]
pub enum Item {
    Written(Ast, String),
    /// Of `*`.
    Column(Expr, SqlType, String),
}

impl Item {
    /// Its name in the result.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Written(_, name) | Self::Column(_, _, name) => name,
        }
    }
}

impl Bind<'_> {
    pub(super) fn select(
        &mut self,
        select: &ast::Select,
        order: &[OrderByExpr],
        limit: &Limit,
    ) -> Result<Query, Problem> {
        self.refuse_clauses(select)?;
        let mut parts = self.from(&select.from)?;
        let mut conditions = Vec::new();
        if let Some(selection) = &select.selection {
            self.level().clause = Clause::Where;
            self.condition(selection)?.conjuncts(&mut conditions);
        }
        let items = self.items(&select.projection)?;
        let group_slot = self.slot()?;
        let window_slot = self.slot()?;
        let keys = self.group_by(&select.group_by, &items)?;
        let level = self.level();
        level.group_slot = group_slot;
        level.window_slot = window_slot;
        level.grouping.clone_from(&keys.exprs);
        level.keys = keys.exprs.len() + usize::from(!keys.sets.is_empty());
        self.windows(&select.named_window)?;
        self.level().clause = Clause::Select;
        let mut project = Vec::with_capacity(items.len());
        let mut outputs = Vec::with_capacity(items.len());
        for (at, item) in items.into_iter().enumerate() {
            let (expr, sql_type, name) = match item {
                Item::Column(expr, sql_type, name) => (expr, sql_type, name),
                Item::Written(written, name) => {
                    let (expr, sql_type) = self.expr(&written)?;
                    (expr, sql_type, name)
                }
            };
            // A subquery that is a key is not the same expression twice.
            let key = keys.items.iter().find(|(item, _)| *item == at);
            project.push(match key {
                Some((_, key)) if expr.has_subquery() => Expr::Column(group_slot, *key as u16),
                _ => expr,
            });
            outputs.push(Output { name, sql_type });
        }
        let mut having = Vec::new();
        if let Some(written) = &select.having {
            self.level().clause = Clause::Having;
            self.condition(written)?.conjuncts(&mut having);
        }
        let mut extra = Vec::new();
        self.level().clause = Clause::OrderBy;
        let sort = self.order_by(order, &outputs, &project, &mut extra)?;
        let distinct = self.distinct_clause(select, &sort, &outputs, &project, &mut extra)?;
        parts.append(&mut self.level().row_functions);

        let level = self.level();
        let aggregates = std::mem::take(&mut level.aggregates);
        let mut calls = std::mem::take(&mut level.windows);
        let grouped = keys.given || !aggregates.is_empty() || !having.is_empty();
        let mut carried = Vec::new();
        if grouped {
            let mut grouping = Grouping {
                keys: &keys.exprs,
                group_slot,
                window_slot,
                own: level.own,
                determined: determined(level, &keys.exprs),
                carried: Vec::new(),
            };
            let exprs = project.iter_mut().chain(&mut having).chain(&mut extra);
            let outcome = exprs
                .map(|expr| grouping.rewrite(expr))
                .chain(std::iter::empty())
                .collect::<Result<(), (Slot, u16)>>()
                .and_then(|()| {
                    calls
                        .iter_mut()
                        .try_for_each(|call| grouping.rewrite_window(call))
                });
            carried = grouping.carried;
            outcome.map_err(|(slot, column)| self.ungrouped(slot, column))?;
        }
        // Not before: a column that is not grouped is an error even where it decides nothing.
        let exprs = project.iter_mut().chain(&mut having).chain(&mut extra);
        exprs.chain(&mut conditions).for_each(Expr::settle);
        let level = self.level();
        let sources: Vec<Slot> = level.sources.iter().map(|source| source.slot).collect();
        let windows = (!calls.is_empty()).then(|| Windows {
            slot: window_slot,
            under: if grouped {
                carried.iter().copied().chain([group_slot]).collect()
            } else {
                sources
            },
            calls,
        });
        let whole = whole(&parts, &project, grouped || windows.is_some());
        let group = grouped.then(|| Group {
            id: identity(),
            slot: group_slot,
            keys: keys.exprs,
            sets: keys.sets,
            aggregates,
            carried,
            having,
            quick: None,
        });
        let mut select = Select {
            from: plan::Node::Once(Vec::new()),
            group,
            windows,
            project,
            extra,
            distinct,
            whole,
        };
        let wish = Wish {
            sort: &sort,
            limited: limit.limit.is_some(),
            ties: limit.with_ties,
        };
        let planned = plan::select(self, parts, conditions, &mut select, &wish)?;
        let body = Body::Select(Box::new(select));
        Ok(Query {
            sort,
            presorted: planned.presorted,
            ..Query::of(body, outputs, self.slots, planned.estimate)
        })
    }

    /// A column that is neither grouped nor aggregated.
    fn ungrouped(&mut self, slot: Slot, column: u16) -> Problem {
        let level = self.level();
        let source = level.sources.iter().find(|source| source.slot == slot);
        let name = source
            .map_or("", |it| it.column_name(usize::from(column)))
            .to_owned();
        let mut problem = error::problem(
            code::GROUPING,
            format!("`{name}` has many values in a group, and only one can be shown"),
        )
        .hint(format!(
            "add it to GROUP BY, or say which one: MIN({name}), MAX({name})"
        ));
        problem.place = self.cx.lexed.place_of(&name);
        problem
    }

    /// The select list with `*` spelt out.
    pub(super) fn items(&mut self, projection: &[SelectItem]) -> Result<Vec<Item>, Problem> {
        let mut items = Vec::with_capacity(projection.len());
        for item in projection {
            match item {
                SelectItem::Wildcard(options) => {
                    plain(options)?;
                    let shape = self.level().shape.clone();
                    if shape.list.is_empty() {
                        return Err(error::problem(code::SYNTAX, "SELECT * has no FROM")
                            .hint("write SELECT * FROM table"));
                    }
                    for column in self.expanded(&shape) {
                        let name = self.visible_name(&column).to_owned();
                        let (expr, sql_type) = self.visible_column(&column);
                        items.push(Item::Column(expr, sql_type, name));
                    }
                }
                SelectItem::QualifiedWildcard(name, options) => {
                    plain(options)?;
                    let name = name.0.last().map_or("", |name| name.value.as_str());
                    self.source_items(name, &mut items)?;
                }
                SelectItem::UnnamedExpr(expr) => {
                    let name = label(expr).unwrap_or_else(|| "?column?".to_owned());
                    items.push(Item::Written(expr.clone(), name));
                }
                SelectItem::ExprWithAlias { expr, alias } => {
                    items.push(Item::Written(expr.clone(), alias.value.clone()));
                }
            }
        }
        Ok(items)
    }

    /// `source.*`, of this query or one around it.
    fn source_items(&mut self, name: &str, items: &mut Vec<Item>) -> Result<(), Problem> {
        for depth in (0..self.levels.len()).rev() {
            let level = &self.levels[depth];
            let mut reachable = level.shape.sources.iter();
            let Some(at) = reachable.find(|at| level.sources[**at].name == name) else {
                continue;
            };
            let source = level.sources[*at].clone();
            for position in 0..source.width() {
                let expr = Expr::Column(source.slot, position as u16);
                self.note(&expr, depth);
                let column = source.column_name(position).to_owned();
                items.push(Item::Column(expr, source.column_type(position), column));
            }
            return Ok(());
        }
        Err(self.no_source(name))
    }

    /// Whether a name is a column in reach, or several.
    pub(super) fn is_column(&mut self, name: &Ident) -> bool {
        self.levels.last().is_some_and(|level| {
            level
                .shape
                .sources
                .iter()
                .any(|at| level.sources[*at].find(&name.value).is_some())
        })
    }

    fn order_by(
        &mut self,
        order: &[OrderByExpr],
        outputs: &[Output],
        project: &[Expr],
        extra: &mut Vec<Expr>,
    ) -> Result<Vec<Sort>, Problem> {
        let mut sort = Vec::with_capacity(order.len());
        for by in order {
            let key = self.sort_by(&by.expr, "ORDER BY", outputs, project, extra)?;
            sort.push(sorted(key, by));
        }
        Ok(sort)
    }

    /// An output name comes before a column of the same name (PostgreSQL, section 7.5).
    fn sort_by(
        &mut self,
        expr: &Ast,
        clause: &str,
        outputs: &[Output],
        project: &[Expr],
        extra: &mut Vec<Expr>,
    ) -> Result<SortBy, Problem> {
        if let Some(position) = self.position(expr, outputs.len(), clause)? {
            return Ok(SortBy::Output(position));
        }
        if matches!(expr, Ast::Value(_)) {
            return Err(error::problem(
                code::SYNTAX,
                format!("a constant in {clause} sorts nothing"),
            )
            .hint("name a column, without single quotes"));
        }
        if let Ast::Identifier(name) = expr {
            let named = |output: &Output| output.name == name.value;
            if let Some(position) = outputs.iter().position(named) {
                let mut others = outputs.iter().zip(project).skip(position + 1);
                if others.any(|(output, expr)| named(output) && *expr != project[position]) {
                    let mut problem = error::problem(
                        code::AMBIGUOUS_COLUMN,
                        format!(
                            "`{}` in {clause} is the name of several columns",
                            name.value
                        ),
                    )
                    .hint("write its position, or give the columns different names");
                    problem.place = self.cx.lexed.place_of(&name.value);
                    return Err(problem);
                }
                return Ok(SortBy::Output(position));
            }
        }
        let (expr, _) = self.expr(expr)?;
        if let Some(position) = project.iter().position(|output| *output == expr) {
            return Ok(SortBy::Output(position));
        }
        let known = extra.iter().position(|known| *known == expr);
        let at = known.unwrap_or(extra.len());
        if known.is_none() {
            extra.push(expr);
        }
        Ok(SortBy::Extra(at))
    }

    fn distinct_clause(
        &mut self,
        select: &ast::Select,
        sort: &[Sort],
        outputs: &[Output],
        project: &[Expr],
        extra: &mut Vec<Expr>,
    ) -> Result<Distinct, Problem> {
        match &select.distinct {
            None => Ok(Distinct::All),
            Some(WrittenDistinct::Distinct) => {
                if extra.is_empty() {
                    return Ok(Distinct::Rows);
                }
                Err(error::problem(
                    code::INVALID_COLUMN_REFERENCE,
                    "ORDER BY over something that SELECT DISTINCT does not list",
                )
                .hint("order by one of the selected columns"))
            }
            Some(WrittenDistinct::On(exprs)) => {
                let mut on = Vec::with_capacity(exprs.len());
                for expr in exprs {
                    on.push(self.sort_by(expr, "DISTINCT ON", outputs, project, extra)?);
                }
                let leading = sort.iter().take(on.len());
                if leading.clone().any(|key| !on.contains(&key.by)) {
                    return Err(error::problem(
                        code::INVALID_COLUMN_REFERENCE,
                        "ORDER BY must begin with the expressions of DISTINCT ON",
                    )
                    .hint("order by those first, then by what chooses the row"));
                }
                Ok(Distinct::On(on))
            }
        }
    }

    fn refuse_clauses(&self, select: &ast::Select) -> Result<(), Problem> {
        let placed = |word: &str, mut problem: Problem| {
            problem.place = self.cx.lexed.place_of(word);
            Err(problem)
        };
        if select.top.is_some() {
            return placed("top", unsupported("TOP", "write LIMIT n at the end"));
        }
        if select.qualify.is_some() {
            return placed(
                "qualify",
                unsupported("QUALIFY", "filter in an outer query with WHERE"),
            );
        }
        if select.into.is_some() {
            return Err(unsupported(
                "SELECT INTO",
                "write CREATE TABLE name AS SELECT …",
            ));
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
}

fn plain(options: &WildcardAdditionalOptions) -> Result<(), Problem> {
    if *options == WildcardAdditionalOptions::default() {
        return Ok(());
    }
    Err(unsupported(
        "an option after *",
        "name the columns you want",
    ))
}

/// The one source whose rows are the result as they are.
fn whole(parts: &[From], project: &[Expr], computed: bool) -> Option<Slot> {
    let mut widths = Vec::new();
    parts.iter().for_each(|part| part.widths(&mut widths));
    let Expr::Column(slot, 0) = project.first()? else {
        return None;
    };
    let (_, width) = widths.iter().find(|(known, _)| known == slot)?;
    let as_they_are = project
        .iter()
        .enumerate()
        .all(|(at, expr)| *expr == Expr::Column(*slot, at as u16));
    (!computed && *width == project.len() && as_they_are).then_some(*slot)
}
