//! Grouping: what stands outside of aggregates is a key, or depends on one.

use gluesql::core::sqlparser::ast::{Expr as Ast, GroupByExpr};

use super::Bind;
use super::query::{Edge, Key, WindowCall};
use super::scope::{Clause, Level};
use super::select::Item;
use super::slots::{Slot, Slots};
use super::tree::Expr;
use crate::problem::Problem;
use crate::sql::error::{self, code, unsupported};

/// The keys of GROUP BY.
#[derive(Debug, Default)]
pub struct Keys {
    pub exprs: Vec<Expr>,
    /// Which keys each grouping set has; none without grouping sets.
    pub sets: Vec<Vec<usize>>,
    /// Whether there is a GROUP BY.
    pub given: bool,
    /// Items of the select list that are keys: item and key.
    pub items: Vec<(usize, usize)>,
}

/// Grouping sets one GROUP BY may make.
const MAX_SETS: usize = 4096;

impl Bind<'_> {
    pub(super) fn group_by(
        &mut self,
        group_by: &GroupByExpr,
        items: &[Item],
    ) -> Result<Keys, Problem> {
        let GroupByExpr::Expressions(exprs, modifiers) = group_by else {
            return Err(unsupported("GROUP BY ALL", "name the columns"));
        };
        if !modifiers.is_empty() {
            return Err(unsupported("WITH ROLLUP", "write GROUP BY ROLLUP (a, b)"));
        }
        let mut keys = Keys {
            given: !exprs.is_empty(),
            ..Keys::default()
        };
        self.level().clause = Clause::GroupBy;
        let is_set = |expr: &Ast| {
            matches!(expr, Ast::Rollup(_) | Ast::Cube(_) | Ast::GroupingSets(_))
                || matches!(expr, Ast::Tuple(parts) if parts.is_empty())
        };
        if !exprs.iter().any(is_set) {
            for expr in exprs {
                match expr {
                    Ast::Tuple(parts) => {
                        for part in parts {
                            self.group_key(part, items, &mut keys)?;
                        }
                    }
                    expr => {
                        self.group_key(expr, items, &mut keys)?;
                    }
                }
            }
            return Ok(keys);
        }
        // Several items multiply: every set of one with every set of the other.
        let mut sets: Vec<Vec<usize>> = vec![Vec::new()];
        for expr in exprs {
            let made = self.sets_of(expr, items, &mut keys)?;
            if sets.len() * made.len() > MAX_SETS {
                return Err(error::problem(
                    code::TOO_COMPLEX,
                    format!("GROUP BY makes more than {MAX_SETS} grouping sets"),
                ));
            }
            sets = sets
                .iter()
                .flat_map(|set| {
                    made.iter().map(|more| {
                        let mut both = set.clone();
                        both.extend(more.iter().filter(|key| !set.contains(key)));
                        both
                    })
                })
                .collect();
        }
        keys.sets = sets;
        Ok(keys)
    }

    fn sets_of(
        &mut self,
        expr: &Ast,
        items: &[Item],
        keys: &mut Keys,
    ) -> Result<Vec<Vec<usize>>, Problem> {
        let mut groups =
            |bind: &mut Self, parts: &[Vec<Ast>]| -> Result<Vec<Vec<usize>>, Problem> {
                let mut groups = Vec::new();
                for part in parts {
                    let mut group = Vec::new();
                    for expr in part {
                        group.push(bind.group_key(expr, items, keys)?);
                    }
                    groups.push(group);
                }
                Ok(groups)
            };
        match expr {
            Ast::GroupingSets(parts) => groups(self, parts),
            Ast::Rollup(parts) => {
                let groups = groups(self, parts)?;
                Ok((0..=groups.len())
                    .rev()
                    .map(|count| groups[..count].concat())
                    .collect())
            }
            Ast::Cube(parts) => {
                let groups = groups(self, parts)?;
                if groups.len() > 12 {
                    return Err(error::problem(
                        code::TOO_COMPLEX,
                        "CUBE takes at most 12 columns",
                    ));
                }
                let chosen = |bits: usize| {
                    let picked = groups.iter().enumerate();
                    // The first column is the last to be left out.
                    let picked = picked
                        .filter(|(at, _)| bits & (1 << (groups.len() - 1 - at)) != 0)
                        .flat_map(|(_, group)| group.clone());
                    picked.collect()
                };
                Ok((0..1_usize << groups.len()).rev().map(chosen).collect())
            }
            Ast::Tuple(parts) => groups(self, std::slice::from_ref(parts)),
            expr => Ok(vec![vec![self.group_key(expr, items, keys)?]]),
        }
    }

    /// One key: a position or a name of the select list, or an expression.
    fn group_key(&mut self, expr: &Ast, items: &[Item], keys: &mut Keys) -> Result<usize, Problem> {
        let mut from_item = self.position(expr, items.len(), "GROUP BY")?;
        if from_item.is_none()
            && let Ast::Identifier(name) = expr
            && !self.is_column(name)
        {
            from_item = items.iter().position(|item| item.name() == name.value);
        }
        let key = match from_item.map(|at| &items[at]) {
            Some(Item::Column(expr, ..)) => expr.clone(),
            Some(Item::Written(written, _)) => self.expr(written)?.0,
            None => self.expr(expr)?.0,
        };
        let known = keys.exprs.iter().position(|known| *known == key);
        let at = known.unwrap_or(keys.exprs.len());
        if known.is_none() {
            keys.exprs.push(key);
        }
        if let Some(item) = from_item {
            keys.items.push((item, at));
        }
        Ok(at)
    }
}

/// Rewrites expressions over rows to expressions over groups.
#[derive(Debug)]
pub struct Grouping<'k> {
    pub keys: &'k [Expr],
    pub group_slot: Slot,
    pub window_slot: Slot,
    /// Slots of the query's own sources.
    pub own: Slots,
    /// Sources of which each group has one row, their primary key being grouped by.
    pub determined: Slots,
    /// Sources whose row must be kept for each group.
    pub carried: Vec<Slot>,
}

impl Grouping<'_> {
    /// Rewrites an expression in place; tells the column that has many values in a group.
    pub fn rewrite(&mut self, expr: &mut Expr) -> Result<(), (Slot, u16)> {
        if let Some(key) = self.keys.iter().position(|key| key == expr) {
            *expr = Expr::Column(self.group_slot, key as u16);
            return Ok(());
        }
        match expr {
            Expr::Column(slot, column) => {
                if *slot == self.group_slot || *slot == self.window_slot || !self.own.has(*slot) {
                    return Ok(());
                }
                self.carry(*slot, *column)
            }
            Expr::Subquery(subquery) => {
                for (slot, column) in &subquery.query.outer {
                    if *slot == self.group_slot || !self.own.has(*slot) {
                        continue;
                    }
                    let key = Expr::Column(*slot, *column);
                    if self.keys.contains(&key) {
                        if !self.carried.contains(slot) {
                            self.carried.push(*slot);
                        }
                    } else {
                        self.carry(*slot, *column)?;
                    }
                }
                subquery
                    .left
                    .iter_mut()
                    .try_for_each(|left| self.rewrite(left))
            }
            other => {
                let operands = other.operands_mut();
                operands
                    .iter_mut()
                    .try_for_each(|operand| self.rewrite(operand))
            }
        }
    }

    fn carry(&mut self, slot: Slot, column: u16) -> Result<(), (Slot, u16)> {
        if !self.determined.has(slot) {
            return Err((slot, column));
        }
        if !self.carried.contains(&slot) {
            self.carried.push(slot);
        }
        Ok(())
    }

    /// The same for all parts of a window call.
    pub fn rewrite_window(&mut self, call: &mut WindowCall) -> Result<(), (Slot, u16)> {
        let keys = |keys: &mut Vec<Key>, grouping: &mut Self| {
            keys.iter_mut()
                .try_for_each(|key| grouping.rewrite(&mut key.expr))
        };
        for expr in call
            .args
            .iter_mut()
            .chain(&mut call.partition)
            .chain(&mut call.filter)
        {
            self.rewrite(expr)?;
        }
        keys(&mut call.order, self)?;
        for edge in [&mut call.frame.start, &mut call.frame.end] {
            if let Edge::Preceding(distance) | Edge::Following(distance) = edge {
                self.rewrite(distance)?;
            }
        }
        Ok(())
    }
}

/// Sources whose primary key is among the keys.
pub(super) fn determined(level: &Level, keys: &[Expr]) -> Slots {
    let mut slots = Slots::default();
    for source in &level.sources {
        let Some(def) = &source.table else {
            continue;
        };
        let whole = |column: &usize| keys.contains(&Expr::Column(source.slot, *column as u16));
        if !def.primary_key.is_empty() && def.primary_key.iter().all(whole) {
            slots.add(source.slot);
        }
    }
    slots
}
