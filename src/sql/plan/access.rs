//! How one source is read: all of it, through an index, or by a hash table of its rows.

use std::ops::Bound;

use gluesql::core::data::Value;

use super::estimate;
use super::node::{Among, IndexPath, Leaf, Path, Source};
use crate::problem::Problem;
use crate::sql::bind::{Bind, Comparison, Expr, FromLeaf, Op, Slot, identity};
use crate::sql::catalog::{IndexKey, TableDef};
use crate::sql::store::{IndexEntryKey, Table};

/// Plans a source and the conditions on its rows.
pub(super) fn leaf(
    bind: &mut Bind,
    from: FromLeaf,
    conditions: Vec<Expr>,
    loops: f64,
    first: bool,
) -> Result<Leaf, Problem> {
    let slot = from.slot;
    let (filter, guard): (Vec<Expr>, Vec<Expr>) = conditions
        .into_iter()
        .partition(|condition| condition.slots().has(slot) || condition.is_volatile());
    let mut leaf = Leaf {
        id: identity(),
        slot,
        name: from.name,
        source: from.source,
        path: Path::Scan,
        guard,
        filter,
        stable: from.stable,
        once: first && bind.depth() <= 1,
        estimate: from.estimate,
    };
    let snapshot = bind.snapshot();
    let table = match &leaf.source {
        Source::Table(name) => snapshot.tables.get(name),
        _ => None,
    };
    let size = table.map_or(from.estimate, |table| table.len() as f64);
    let mut rows = size;
    let mut indexed = None;
    if let Some(table) = table
        && !leaf.filter.is_empty()
    {
        indexed = best(bind, &leaf.filter, slot, table)?;
    }
    let hashed = hash(&leaf, table, loops, size);
    // Reading the same part of an index again and again costs more than a hash table of all rows.
    if let (Some(found), Some((_, _, selected))) = (&indexed, &hashed)
        && loops * found.rows > size + loops * size * selected
    {
        indexed = None;
    }
    match indexed {
        Some(found) => {
            rows = found.rows;
            let mut at = 0;
            leaf.filter.retain(|_| {
                at += 1;
                !found.consumed.contains(&(at - 1))
            });
            leaf.path = Path::Index(found.path);
        }
        None => {
            if let Some((own, other, selected)) = hashed {
                // The equalities stay in the filter: a hash alone proves nothing.
                rows = size * selected;
                leaf.estimate = rows;
                leaf.path = Path::Hash { own, other };
            }
        }
    }
    let hashed = matches!(leaf.path, Path::Hash { .. });
    for condition in &leaf.filter {
        let equality = matches!(condition, Expr::Op(Op::Compare(Comparison::Eq), _));
        if !(hashed && equality) {
            rows *= estimate::selectivity(condition, slot, table);
        }
    }
    leaf.estimate = rows.max(0.001);
    Ok(leaf)
}

/// The equalities to hash by, if that pays: own sides, other sides, the part of rows that match.
fn hash(
    leaf: &Leaf,
    table: Option<&Table>,
    loops: f64,
    size: f64,
) -> Option<(Vec<Expr>, Vec<Expr>, f64)> {
    if !leaf.stable || size <= 4.0 {
        return None;
    }
    let mut own = Vec::new();
    let mut other = Vec::new();
    let mut selected = 1.0;
    let mut outside = false;
    for condition in &leaf.filter {
        let Expr::Op(Op::Compare(Comparison::Eq), sides) = condition else {
            continue;
        };
        let [left, right] = sides.as_slice() else {
            continue;
        };
        if condition.is_volatile() || condition.has_subquery() {
            continue;
        }
        let (left_slots, right_slots) = (left.slots(), right.slots());
        let only = |slots: &crate::sql::bind::Slots| {
            slots.has(leaf.slot) && *slots == crate::sql::bind::Slots::of(leaf.slot)
        };
        let (mine, theirs, their_slots) = if only(&left_slots) && !right_slots.has(leaf.slot) {
            (left, right, right_slots)
        } else if only(&right_slots) && !left_slots.has(leaf.slot) {
            (right, left, left_slots)
        } else {
            continue;
        };
        outside |= !their_slots.is_empty();
        selected *= estimate::selectivity(condition, leaf.slot, table);
        own.push(mine.clone());
        other.push(theirs.clone());
    }
    // Without another row to compare with, one look at all rows is enough.
    (outside && (loops > 1.5 || loops <= 0.0 || leaf.is_inner())).then_some((own, other, selected))
}

impl Leaf {
    /// Whether it may run more than once for reasons the planner does not see: in a subquery.
    fn is_inner(&self) -> bool {
        !self.once
    }
}

/// A way through an index.
pub(super) struct Found {
    pub path: IndexPath,
    pub rows: f64,
    /// Conditions, by position, that the index looks after.
    pub consumed: Vec<usize>,
}

/// The best index for some conditions.
fn best(
    bind: &mut Bind,
    conditions: &[Expr],
    slot: Slot,
    table: &Table,
) -> Result<Option<Found>, Problem> {
    let def = &table.def;
    let mut best: Option<Found> = None;
    for position in 0..def.indexes.len() {
        let Some(keys) = usable(bind, def, position, slot, conditions)? else {
            continue;
        };
        let Some(found) = through(&keys, conditions, slot, table, position) else {
            continue;
        };
        // A unique key found is never bettered.
        if best.as_ref().is_none_or(|best| found.rows < best.rows) {
            best = Some(found);
        }
    }
    // Most of a table is read faster from its beginning to its end.
    Ok(best.filter(|found| {
        let size = table.len() as f64;
        size < 100.0 || found.rows <= size * 0.4 || !found.path.equal.is_empty()
    }))
}

/// An index's keys over the table's slot; none if its predicate leaves wanted rows out.
pub(super) fn usable(
    bind: &mut Bind,
    def: &std::sync::Arc<TableDef>,
    position: usize,
    slot: Slot,
    conditions: &[Expr],
) -> Result<Option<Vec<Expr>>, Problem> {
    let Some(index) = def.indexes.get(position) else {
        return Ok(None);
    };
    if let Some(predicate) = &index.predicate {
        let mut parts = Vec::new();
        bind.over_table(def, slot, predicate)?.conjuncts(&mut parts);
        if !parts.iter().all(|part| implied(part, conditions)) {
            return Ok(None);
        }
    }
    let mut keys = Vec::with_capacity(index.keys.len());
    for key in &index.keys {
        keys.push(match key {
            IndexKey::Column(column) => Expr::Column(slot, *column as u16),
            IndexKey::Expr(expr) => bind.over_table(def, slot, expr)?,
        });
    }
    Ok(Some(keys))
}

/// Whether a part of an index's predicate follows from the conditions.
fn implied(part: &Expr, conditions: &[Expr]) -> bool {
    if conditions.contains(part) {
        return true;
    }
    // x IS NOT NULL follows from any comparison of x.
    let Expr::Op(Op::Not, inner) = part else {
        return false;
    };
    let Some(Expr::Op(Op::IsNull, tested)) = inner.first() else {
        return false;
    };
    let compares = |condition: &Expr| match condition {
        Expr::Op(Op::Compare(_), sides) => sides.iter().any(|side| tested.contains(side)),
        Expr::Op(Op::Between { .. } | Op::InSet(_) | Op::In | Op::Like(_), operands) => operands
            .first()
            .is_some_and(|operand| tested.contains(operand)),
        _ => false,
    };
    conditions.iter().any(compares)
}

/// A comparison of a key with something that is known before.
fn against<'c>(condition: &'c Expr, key: &Expr, slot: Slot) -> Option<(Comparison, &'c Expr)> {
    let Expr::Op(Op::Compare(comparison), sides) = condition else {
        return None;
    };
    let [left, right] = sides.as_slice() else {
        return None;
    };
    let free = |expr: &Expr| {
        !expr.slots().has(slot)
            && !expr.is_volatile()
            && !matches!(expr.constant(), Some(Value::Null))
    };
    if left == key && free(right) {
        return Some((*comparison, right));
    }
    if right == key && free(left) {
        return Some((comparison.swapped(), left));
    }
    None
}

/// The way through one index that some conditions allow.
pub(super) fn through(
    keys: &[Expr],
    conditions: &[Expr],
    slot: Slot,
    table: &Table,
    position: usize,
) -> Option<Found> {
    let index = table.def.indexes.get(position)?;
    let entries = table.index(position)?;
    let mut path = IndexPath {
        index: position,
        name: index.name.clone(),
        equal: Vec::new(),
        among: None,
        from: None,
        to: None,
        not_null: false,
        backward: false,
        conditions: Vec::new(),
    };
    let mut consumed = Vec::new();
    let mut nulls = false;
    for key in keys {
        let equal = conditions.iter().enumerate().find_map(|(at, condition)| {
            if let Expr::Op(Op::IsNull, operands) = condition
                && operands.first() == Some(key)
            {
                return Some((at, Expr::null()));
            }
            match against(condition, key, slot)? {
                (Comparison::Eq, other) => Some((at, other.clone())),
                _ => None,
            }
        });
        let Some((at, other)) = equal else {
            break;
        };
        nulls |= matches!(other.constant(), Some(Value::Null));
        consumed.push(at);
        path.equal.push(other);
    }
    if let Some(key) = keys.get(path.equal.len()) {
        ranges(key, conditions, slot, &mut path, &mut consumed);
    }
    // A partial index holds few rows even without a condition on its keys.
    let whole = index.predicate.is_some();
    if consumed.is_empty() && path.from.is_none() && path.to.is_none() && !whole {
        return None;
    }
    let ranged = path.among.is_some() || path.from.is_some() || path.to.is_some() || path.not_null;
    let rows = if index.unique && path.equal.len() == keys.len() && !nulls {
        1.0
    } else if consumed.is_empty() && path.from.is_none() && path.to.is_none() {
        entries.len() as f64
    } else {
        rows(
            &path,
            ranged,
            entries,
            table.len() as f64,
            conditions,
            slot,
            table,
        )
    };
    path.conditions = consumed.iter().map(|at| conditions[*at].clone()).collect();
    Some(Found {
        path,
        rows,
        consumed,
    })
}

/// Ranges, lists and prefixes on the key after those that are equal.
fn ranges(
    key: &Expr,
    conditions: &[Expr],
    slot: Slot,
    path: &mut IndexPath,
    consumed: &mut Vec<usize>,
) {
    let free = |expr: &Expr| !expr.slots().has(slot) && !expr.is_volatile();
    for (at, condition) in conditions.iter().enumerate() {
        if let Expr::Subquery(sub) = condition
            && path.among.is_none()
            && sub.is_list()
            && sub.left.first() == Some(key)
        {
            path.among = Some(Among::Query(sub.clone()));
            consumed.push(at);
        }
        let Expr::Op(op, operands) = condition else {
            continue;
        };
        let on_key = operands.first() == Some(key);
        match op {
            Op::Compare(_) => {
                let Some((comparison, other)) = against(condition, key, slot) else {
                    continue;
                };
                let end = match comparison {
                    Comparison::Gt | Comparison::GtEq => &mut path.from,
                    Comparison::Lt | Comparison::LtEq => &mut path.to,
                    _ => continue,
                };
                if end.is_none() {
                    let included = matches!(comparison, Comparison::GtEq | Comparison::LtEq);
                    *end = Some((other.clone(), included));
                    consumed.push(at);
                }
            }
            // (a, b) < (x, y) lies at a <= x; the rows themselves are still compared.
            Op::CompareRows(comparison) => {
                let (left, right) = operands.split_at(operands.len() / 2);
                let (comparison, other) = match (left.first(), right.first()) {
                    (Some(own), Some(other)) if own == key && free(other) => (*comparison, other),
                    (Some(other), Some(own)) if own == key && free(other) => {
                        (comparison.swapped(), other)
                    }
                    _ => continue,
                };
                let end = match comparison {
                    Comparison::Gt | Comparison::GtEq => &mut path.from,
                    Comparison::Lt | Comparison::LtEq => &mut path.to,
                    _ => continue,
                };
                if end.is_none() {
                    *end = Some((other.clone(), true));
                }
            }
            Op::Between { symmetric: false } if on_key => {
                let [_, low, high] = operands.as_slice() else {
                    continue;
                };
                if path.from.is_none() && path.to.is_none() && free(low) && free(high) {
                    path.from = Some((low.clone(), true));
                    path.to = Some((high.clone(), true));
                    consumed.push(at);
                }
            }
            Op::InSet(set) if on_key && path.among.is_none() => {
                let values = set.sorted.iter().cloned().map(Expr::value);
                path.among = Some(Among::List(values.collect()));
                consumed.push(at);
            }
            Op::In if on_key && path.among.is_none() && operands.iter().skip(1).all(free) => {
                path.among = Some(Among::List(operands.iter().skip(1).cloned().collect()));
                consumed.push(at);
            }
            Op::Like(pattern) if on_key && !pattern.ignore_case => {
                let prefix = pattern.compiled.prefix();
                if !prefix.is_empty() && path.from.is_none() && path.to.is_none() {
                    // What begins so lies from the prefix up to the text after it. The pattern
                    // itself is still checked.
                    path.from = Some((Expr::value(Value::Str(prefix.to_owned())), true));
                    path.to = following(prefix).map(|end| (Expr::value(Value::Str(end)), false));
                }
            }
            Op::Not
                if matches!(operands.first(), Some(Expr::Op(Op::IsNull, inner))
                    if inner.first() == Some(key)) =>
            {
                path.not_null = true;
                consumed.push(at);
            }
            _ => {}
        }
    }
    // A list is looked up value by value; the range is then checked on each row.
    if path.among.is_some() && (path.from.is_some() || path.to.is_some() || path.not_null) {
        path.from = None;
        path.to = None;
        path.not_null = false;
        consumed.retain(|at| {
            matches!(
                &conditions[*at],
                Expr::Subquery(_)
                    | Expr::Op(
                        Op::InSet(_) | Op::In | Op::Compare(Comparison::Eq) | Op::IsNull,
                        _
                    )
            )
        });
    }
}

/// The first text after all that begin with a prefix.
fn following(prefix: &str) -> Option<String> {
    let mut letters: Vec<char> = prefix.chars().collect();
    while let Some(last) = letters.pop() {
        let next = (last as u32 + 1..=0x0010_ffff).find_map(char::from_u32);
        if let Some(next) = next {
            letters.push(next);
            return Some(letters.into_iter().collect());
        }
    }
    None
}

fn rows(
    path: &IndexPath,
    ranged: bool,
    entries: &crate::sql::store::IndexData,
    size: f64,
    conditions: &[Expr],
    slot: Slot,
    table: &Table,
) -> f64 {
    let known = |expr: &Expr| expr.constant().cloned();
    let prefix: Option<Vec<Value>> = path.equal.iter().map(known).collect();
    let Some(prefix) = prefix else {
        // The values come with other rows: as many as share a key on the average.
        let rows = estimate::per_key(entries, path.equal.len());
        return if ranged { rows / 3.0 } else { rows };
    };
    if let Some(among) = &path.among {
        let each = if path.equal.is_empty() {
            estimate::per_key(entries, 1)
        } else {
            estimate::per_key(entries, path.equal.len() + 1)
        };
        return among.estimate() * each;
    }
    let edge = |end: &Option<(Expr, bool)>| match end {
        None => Some(None),
        Some((expr, included)) => {
            let mut key = prefix.clone();
            key.push(known(expr)?);
            Some(Some((IndexEntryKey(key), *included)))
        }
    };
    let (Some(from), Some(to)) = (edge(&path.from), edge(&path.to)) else {
        return conditions
            .iter()
            .map(|condition| estimate::selectivity(condition, slot, table.into()))
            .product::<f64>()
            * size;
    };
    let whole = IndexEntryKey(prefix.clone());
    let mut null = prefix.clone();
    null.push(Value::Null);
    let null = IndexEntryKey(null);
    let lower = match &from {
        Some((key, true)) => Bound::Included(key),
        Some((key, false)) => Bound::Excluded(key),
        None if prefix.is_empty() => Bound::Unbounded,
        None => Bound::Included(&whole),
    };
    let upper = match &to {
        Some((key, true)) => Bound::Included(key),
        Some((key, false)) => Bound::Excluded(key),
        None if from.is_some() || path.not_null => Bound::Excluded(&null),
        None if prefix.is_empty() => Bound::Unbounded,
        None => Bound::Included(&whole),
    };
    if let (Some((low, _)), Some((high, _))) = (&from, &to)
        && low >= high
    {
        return if low == high { 1.0 } else { 0.0 };
    }
    estimate::between(entries, lower, upper)
}
