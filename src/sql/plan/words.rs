//! Expressions in words, for plans.

use std::collections::BTreeMap;

use gluesql::core::data::Value;

use super::node::{Leaf, Node, Source};
use crate::sql::bind::{Body, CteKind, Expr, Op, Query, Select, Slot, SubqueryKind};
use crate::sql::store::Snapshot;
use crate::sql::types::SqlType;
use crate::sql::value::{self, Arithmetic};

/// What the slots of a statement are called.
#[derive(Debug, Default)]
pub(super) struct Names {
    slots: BTreeMap<Slot, (String, Vec<String>)>,
}

impl Names {
    /// The names in a query, those of its subqueries in FROM too.
    pub fn of(query: &Query, snapshot: &Snapshot) -> Self {
        let mut names = Self::default();
        names.query(query, snapshot);
        names
    }

    /// With the names of the query around.
    pub fn beside(mut self, around: &Self) -> Self {
        for (slot, names) in &around.slots {
            self.slots.entry(*slot).or_insert_with(|| names.clone());
        }
        self
    }

    /// The names in a part of FROM.
    pub fn node(&mut self, node: &Node, snapshot: &Snapshot) {
        match node {
            Node::Once(_) => {}
            Node::Leaf(leaf) => self.leaf(leaf, snapshot),
            Node::Chain(nodes) => nodes.iter().for_each(|node| self.node(node, snapshot)),
            Node::Left(outer) => {
                self.node(&outer.left, snapshot);
                self.node(&outer.right, snapshot);
            }
            Node::Full(full) => {
                self.node(&full.left, snapshot);
                self.node(&full.right, snapshot);
            }
        }
    }

    fn query(&mut self, query: &Query, snapshot: &Snapshot) {
        match &query.body {
            Body::Select(select) => self.select(select, snapshot),
            Body::Set(set) => {
                self.query(&set.left, snapshot);
                self.query(&set.right, snapshot);
            }
            Body::Nested(inner) => self.query(inner, snapshot),
            Body::Values(_) => {}
        }
    }

    fn select(&mut self, select: &Select, snapshot: &Snapshot) {
        self.node(&select.from, snapshot);
        if let Some(group) = &select.group {
            let mut columns: Vec<String> = group.keys.iter().map(|key| self.text(key)).collect();
            if !group.sets.is_empty() {
                columns.push("grouping".to_owned());
            }
            for aggregate in &group.aggregates {
                let args: Vec<String> = aggregate.args.iter().map(|arg| self.text(arg)).collect();
                let args = if args.is_empty() {
                    "*".to_owned()
                } else {
                    args.join(", ")
                };
                let distinct = if aggregate.distinct { "DISTINCT " } else { "" };
                columns.push(format!("{}({distinct}{args})", aggregate.name));
            }
            self.slots.insert(group.slot, (String::new(), columns));
        }
        if let Some(windows) = &select.windows {
            let columns = windows.calls.iter().map(|_| "window function".to_owned());
            self.slots
                .insert(windows.slot, (String::new(), columns.collect()));
        }
    }

    fn leaf(&mut self, leaf: &Leaf, snapshot: &Snapshot) {
        let columns: Vec<String> = match &leaf.source {
            Source::Table(name) => match snapshot.tables.get(name) {
                Some(table) => {
                    let columns = table.def.columns.iter();
                    columns.map(|column| column.name.clone()).collect()
                }
                None => Vec::new(),
            },
            Source::Query(query) => {
                self.query(query, snapshot);
                query
                    .outputs
                    .iter()
                    .map(|output| output.name.clone())
                    .collect()
            }
            Source::Cte(cte) => {
                match &cte.kind {
                    CteKind::Plain(query) => self.query(query, snapshot),
                    CteKind::Recursive { base, step, .. } => {
                        self.query(base, snapshot);
                        self.query(step, snapshot);
                    }
                }
                cte.outputs
                    .iter()
                    .map(|output| output.name.clone())
                    .collect()
            }
            _ => Vec::new(),
        };
        self.slots.insert(leaf.slot, (leaf.name.clone(), columns));
    }

    /// All conditions, which hold together.
    pub fn all(&self, conditions: &[Expr]) -> Option<String> {
        if conditions.is_empty() {
            return None;
        }
        let texts: Vec<String> = conditions.iter().map(|it| self.text(it)).collect();
        Some(texts.join(" AND "))
    }

    /// An expression in SQL, more or less.
    pub fn text(&self, expr: &Expr) -> String {
        match expr {
            Expr::Const(literal) => constant(&literal.0),
            Expr::Column(slot, column) => match self.slots.get(slot) {
                Some((source, columns)) => {
                    let name = columns
                        .get(usize::from(*column))
                        .map_or("?", String::as_str);
                    let sources = self.slots.values().filter(|(name, _)| !name.is_empty());
                    if source.is_empty() || sources.count() < 2 {
                        name.to_owned()
                    } else {
                        format!("{source}.{name}")
                    }
                }
                None => "?".to_owned(),
            },
            Expr::Subquery(sub) => {
                let left: Vec<String> = sub.left.iter().map(|it| self.text(it)).collect();
                let left = left.join(", ");
                match sub.kind {
                    SubqueryKind::Value => "(subquery)".to_owned(),
                    SubqueryKind::Exists => "EXISTS (subquery)".to_owned(),
                    SubqueryKind::In => format!("{left} IN (subquery)"),
                    SubqueryKind::Any(op, all) => format!(
                        "{left} {} {} (subquery)",
                        op.symbol(),
                        if all { "ALL" } else { "ANY" }
                    ),
                    SubqueryKind::Row(op) => format!("({left}) {} (subquery)", op.symbol()),
                    SubqueryKind::Array => "ARRAY (subquery)".to_owned(),
                }
            }
            Expr::Op(op, operands) => self.operation(op, operands),
        }
    }

    /// An operand, in parentheses if it is an operation of its own.
    fn inner(&self, expr: Option<&Expr>) -> String {
        match expr {
            None => String::new(),
            Some(
                expr @ Expr::Op(
                    Op::And
                    | Op::Or
                    | Op::Not
                    | Op::Compare(_)
                    | Op::Arithmetic(..)
                    | Op::Concat
                    | Op::Between { .. }
                    | Op::Like(_)
                    | Op::In
                    | Op::InSet(_)
                    | Op::IsNull,
                    _,
                ),
            ) => format!("({})", self.text(expr)),
            Some(expr) => self.text(expr),
        }
    }

    fn operation(&self, op: &Op, operands: &[Expr]) -> String {
        let inner = |at: usize| self.inner(operands.get(at));
        let list = |from: usize| {
            let rest = operands.iter().skip(from);
            rest.map(|it| self.text(it)).collect::<Vec<_>>().join(", ")
        };
        match op {
            Op::And | Op::Or => {
                let word = if *op == Op::And { " AND " } else { " OR " };
                let parts: Vec<String> = operands.iter().map(|it| self.inner(Some(it))).collect();
                parts.join(word)
            }
            Op::Not => match operands.first() {
                Some(Expr::Op(Op::IsNull, tested)) => {
                    format!("{} IS NOT NULL", self.inner(tested.first()))
                }
                _ => format!("NOT {}", inner(0)),
            },
            Op::Compare(comparison) => format!("{} {} {}", inner(0), comparison.symbol(), inner(1)),
            Op::CompareRows(comparison) => {
                let half = operands.len() / 2;
                let side = |part: &[Expr]| {
                    part.iter()
                        .map(|it| self.text(it))
                        .collect::<Vec<_>>()
                        .join(", ")
                };
                let (left, right) = operands.split_at(half);
                format!("({}) {} ({})", side(left), comparison.symbol(), side(right))
            }
            Op::Arithmetic(op, _) => format!("{} {} {}", inner(0), symbol(*op), inner(1)),
            Op::Negate(_) => format!("-{}", inner(0)),
            Op::Concat => format!("{} || {}", inner(0), inner(1)),
            Op::IsNull => format!("{} IS NULL", inner(0)),
            Op::Is(true) => format!("{} IS TRUE", inner(0)),
            Op::Is(false) => format!("{} IS FALSE", inner(0)),
            Op::Distinct => format!("{} IS DISTINCT FROM {}", inner(0), inner(1)),
            Op::In | Op::InRows(_) => format!("{} IN ({})", inner(0), list(1)),
            Op::InSet(set) => {
                let values: Vec<String> = set.sorted.iter().take(8).map(constant).collect();
                let more = if set.sorted.len() > 8 { ", …" } else { "" };
                format!("{} IN ({}{more})", inner(0), values.join(", "))
            }
            Op::Between { .. } => format!("{} BETWEEN {} AND {}", inner(0), inner(1), inner(2)),
            Op::Like(pattern) => format!(
                "{} {} '{}'",
                inner(0),
                if pattern.ignore_case { "ILIKE" } else { "LIKE" },
                pattern.text
            ),
            Op::LikeAny { ignore_case, .. } => format!(
                "{} {} {}",
                inner(0),
                if *ignore_case { "ILIKE" } else { "LIKE" },
                inner(1)
            ),
            Op::Case { .. } => "CASE … END".to_owned(),
            Op::Cast(_, to) | Op::Assign(_, to, _) => format!("{}::{to}", inner(0)),
            Op::Call(function, _) => format!("{}({})", function.0.name, list(0)),
            Op::Coalesce => format!("coalesce({})", list(0)),
            Op::NullIf => format!("nullif({})", list(0)),
            Op::Greatest => format!("greatest({})", list(0)),
            Op::Least => format!("least({})", list(0)),
            Op::Array => format!("ARRAY[{}]", list(0)),
            Op::Element => format!("{}[{}]", inner(0), inner(1)),
            Op::Any(comparison, all) => format!(
                "{} {} {} ({})",
                inner(0),
                comparison.symbol(),
                if *all { "ALL" } else { "ANY" },
                inner(1)
            ),
            Op::Grouping(_) => "grouping(…)".to_owned(),
        }
    }
}

fn constant(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::I64(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::F64(_) => value::text(value, &SqlType::Double),
        Value::Decimal(_) => value::text(value, &SqlType::Numeric(None)),
        Value::Str(text) if text.chars().count() > 40 => {
            format!("'{}…'", text.chars().take(40).collect::<String>())
        }
        Value::Str(text) => format!("'{text}'"),
        Value::Date(_) => format!("'{}'", value::text(value, &SqlType::Date)),
        Value::Timestamp(_) => format!("'{}'", value::text(value, &SqlType::Timestamp)),
        Value::Time(_) => format!("'{}'", value::text(value, &SqlType::Time)),
        Value::List(items) => {
            let items: Vec<String> = items.iter().take(8).map(constant).collect();
            format!("ARRAY[{}]", items.join(", "))
        }
        other => match value::to_json(other) {
            serde_json::Value::String(text) => format!("'{text}'"),
            json => json.to_string(),
        },
    }
}

fn symbol(op: Arithmetic) -> &'static str {
    match op {
        Arithmetic::Add => "+",
        Arithmetic::Sub => "-",
        Arithmetic::Mul => "*",
        Arithmetic::Div => "/",
        Arithmetic::Mod => "%",
        Arithmetic::Pow => "^",
        Arithmetic::BitAnd => "&",
        Arithmetic::BitOr => "|",
        Arithmetic::BitXor => "#",
        Arithmetic::ShiftLeft => "<<",
        Arithmetic::ShiftRight => ">>",
    }
}
