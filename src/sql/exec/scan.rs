//! Reading one source: all of it, a part through an index, or by a hash table of its rows.

use std::ops::Bound;
use std::sync::Arc;

use gluesql::core::data::Value;

use super::hash::{HashIndex, mixed};
use super::node::{Sink, put};
use super::run::{Frame, Kept, Read};
use super::{Fault, Run, eval, function, query, set, subquery};
use crate::sql::bind::{Cte, Expr, Query};
use crate::sql::plan::{Among, IndexPath, Leaf, Path, Source};
use crate::sql::store::{IndexEntryKey, Row, RowId, Table};
use crate::sql::value;

/// Hands on a leaf's rows that pass its conditions.
struct Reader<'l, 's, 'k> {
    leaf: &'l Leaf,
    sink: &'s mut Sink<'k>,
    /// Whether rows are looked at as they are offered; a hash table's were before.
    reads: bool,
    read: u64,
    given: u64,
}

impl Reader<'_, '_, '_> {
    fn offer(
        &mut self,
        row: &Row,
        id: RowId,
        frame: &mut Frame,
        run: &mut Run,
    ) -> Result<bool, Fault> {
        run.visit()?;
        self.read += u64::from(self.reads);
        put(frame, self.leaf.slot, row.clone(), id);
        for condition in &self.leaf.filter {
            if eval::truth(condition, &frame.rows, run)? != Some(true) {
                return Ok(true);
            }
        }
        self.given += 1;
        (self.sink)(frame, run)
    }
}

/// Brings a source's rows into its slot one by one.
pub(super) fn run(
    leaf: &Leaf,
    frame: &mut Frame,
    run: &mut Run,
    sink: &mut Sink,
) -> Result<bool, Fault> {
    if !eval::holds(&leaf.guard, &frame.rows, run)? {
        run.count(leaf.id, 0, 0);
        return Ok(true);
    }
    let mut reader = Reader {
        leaf,
        sink,
        reads: !matches!(leaf.path, Path::Hash { .. }),
        read: 0,
        given: 0,
    };
    let more = match &leaf.path {
        Path::Hash { own, other } => probe(own, other, &mut reader, frame, run),
        Path::Index(path) => indexed(path, &mut reader, frame, run),
        Path::Scan => scan(&mut reader, frame, run),
    };
    let (given, read) = (reader.given, reader.read);
    if matches!(leaf.source, Source::Table(_)) {
        run.rows_read += read;
    }
    run.count(leaf.id, given, read);
    more
}

fn scan(reader: &mut Reader, frame: &mut Frame, run: &mut Run) -> Result<bool, Fault> {
    match &reader.leaf.source {
        Source::Table(name) => {
            run.touch(|| Read::Table(name.clone()));
            let snapshot = run.snapshot;
            let Some(table) = snapshot.tables.get(name) else {
                return Ok(true);
            };
            for (id, row) in table.rows() {
                if !reader.offer(row, id, frame, run)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Source::Query(query) if reader.leaf.once || !reader.leaf.stable => {
            let mut more = true;
            query::run(query, frame, run, &mut |frame, run, row| {
                more = reader.offer(&row, 0, frame, run)?;
                Ok(more)
            })?;
            Ok(more)
        }
        // Read once and first: as far as its rows are wanted, and no further.
        Source::Cte(cte) if reader.leaf.once && Arc::strong_count(cte) == 1 => {
            let mut more = true;
            set::cte(cte, frame, run, &mut |frame, run, row| {
                more = reader.offer(&row, 0, frame, run)?;
                Ok(more)
            })?;
            Ok(more)
        }
        _ => {
            let rows = kept_rows(reader.leaf, frame, run)?;
            for row in rows.iter() {
                if !reader.offer(row, 0, frame, run)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
    }
}

/// The rows of a source that is no table, made once if they stay the same.
fn kept_rows(leaf: &Leaf, frame: &mut Frame, run: &mut Run) -> Result<Arc<Vec<Row>>, Fault> {
    match &leaf.source {
        Source::Table(name) => {
            let table = run.snapshot.tables.get(name);
            let rows = table.into_iter().flat_map(Table::rows);
            Ok(Arc::new(rows.map(|(_, row)| row.clone()).collect()))
        }
        Source::Rows(rows) => Ok(rows.clone()),
        Source::Working(id) => Ok(match run.kept.get(id) {
            Some(Kept::Rows(rows)) => rows.clone(),
            _ => Arc::default(),
        }),
        Source::Cte(cte) => cte_rows(cte, frame, run),
        Source::Query(query) => made_once(leaf.id, leaf.stable, run, |run| {
            query_rows(query, frame, run)
        }),
        Source::Function(function, args, numbered) => made_once(leaf.id, leaf.stable, run, |run| {
            let args = eval::all(args, &frame.rows, run)?;
            function::rows(*function, &args, *numbered, run)
        }),
    }
}

fn made_once(
    id: u64,
    stable: bool,
    run: &mut Run,
    make: impl FnOnce(&mut Run) -> Result<Vec<Row>, Fault>,
) -> Result<Arc<Vec<Row>>, Fault> {
    if stable && let Some(Kept::Rows(rows)) = run.kept.get(&id) {
        return Ok(rows.clone());
    }
    let rows = Arc::new(make(run)?);
    if stable {
        run.kept.insert(id, Kept::Rows(rows.clone()));
    }
    Ok(rows)
}

fn query_rows(query: &Query, frame: &mut Frame, run: &mut Run) -> Result<Vec<Row>, Fault> {
    let mut rows = Vec::new();
    query::run(query, frame, run, &mut |_, run, row| {
        run.visit()?;
        rows.push(row);
        Ok(true)
    })?;
    Ok(rows)
}

fn cte_rows(cte: &Cte, frame: &mut Frame, run: &mut Run) -> Result<Arc<Vec<Row>>, Fault> {
    // While a recursive query runs, its identity stands for the rows added last; what it gives in
    // the end is kept beside.
    made_once(!cte.id, cte.outer.is_empty(), run, |run| {
        let mut rows = Vec::new();
        set::cte(cte, frame, run, &mut |_, _, row| {
            rows.push(row);
            Ok(true)
        })?;
        Ok(rows)
    })
}

/// The rows whose own expressions equal others, by a hash table made on first use.
fn probe(
    own: &[Expr],
    other: &[Expr],
    reader: &mut Reader,
    frame: &mut Frame,
    run: &mut Run,
) -> Result<bool, Fault> {
    let mut hash = 0;
    for expr in other {
        let value = eval::eval(expr, &frame.rows, run)?;
        if matches!(*value, Value::Null) {
            return Ok(true);
        }
        hash = mixed(hash, &value);
    }
    let index = match run.kept.get(&reader.leaf.id) {
        Some(Kept::Hash(index)) => index.clone(),
        _ => {
            let index = Arc::new(hashed(reader, own, frame, run)?);
            run.kept.insert(reader.leaf.id, Kept::Hash(index.clone()));
            index
        }
    };
    for (id, row) in index.candidates(hash) {
        if !reader.offer(row, *id, frame, run)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn hashed(
    reader: &mut Reader,
    own: &[Expr],
    frame: &mut Frame,
    run: &mut Run,
) -> Result<HashIndex, Fault> {
    let leaf = reader.leaf;
    let mut index = HashIndex::default();
    let mut add = |row: &Row, id: RowId, frame: &mut Frame, run: &mut Run| -> Result<(), Fault> {
        run.visit()?;
        put(frame, leaf.slot, row.clone(), id);
        let mut hash = 0;
        for expr in own {
            let value = eval::eval(expr, &frame.rows, run)?;
            if matches!(*value, Value::Null) {
                return Ok(());
            }
            hash = mixed(hash, &value);
        }
        index.push(hash, id, row.clone());
        Ok(())
    };
    if let Source::Table(name) = &leaf.source {
        run.touch(|| Read::Table(name.clone()));
        let snapshot = run.snapshot;
        for (id, row) in snapshot.tables.get(name).into_iter().flat_map(Table::rows) {
            reader.read += 1;
            add(row, id, frame, run)?;
        }
    } else {
        for row in kept_rows(leaf, frame, run)?.iter() {
            reader.read += 1;
            add(row, 0, frame, run)?;
        }
    }
    Ok(index)
}

/// The rows an index has for the values at hand.
fn indexed(
    path: &IndexPath,
    reader: &mut Reader,
    frame: &mut Frame,
    run: &mut Run,
) -> Result<bool, Fault> {
    let Source::Table(name) = &reader.leaf.source else {
        return Ok(true);
    };
    let snapshot = run.snapshot;
    let Some(table) = snapshot.tables.get(name) else {
        return Ok(true);
    };
    let mut prefix = Vec::with_capacity(path.equal.len() + 1);
    for expr in &path.equal {
        // A NULL that is written stands for IS NULL; one that is computed equals nothing.
        let is_null = expr.constant().is_some();
        let value = eval::eval(expr, &frame.rows, run)?.into_owned();
        if matches!(value, Value::Null) && !is_null {
            return Ok(true);
        }
        prefix.push(value);
    }
    if let Some(among) = &path.among {
        let mut values = match among {
            Among::List(exprs) => eval::all(exprs, &frame.rows, run)?,
            Among::Query(sub) => subquery::list(sub, &frame.rows, run)?,
        };
        values.retain(|value| !matches!(value, Value::Null));
        values.sort_by(value::total_order);
        values.dedup_by(|left, right| value::total_order(left, right).is_eq());
        if path.backward {
            values.reverse();
        }
        for value in values {
            let mut key = prefix.clone();
            key.push(value);
            let key = IndexEntryKey(key);
            let bounds = (Bound::Included(&key), Bound::Included(&key));
            if !ranged(path, table, bounds, reader, frame, run)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    if path.from.is_none() && path.to.is_none() && !path.not_null && !prefix.is_empty() {
        let key = IndexEntryKey(prefix);
        let bounds = (Bound::Included(&key), Bound::Included(&key));
        return ranged(path, table, bounds, reader, frame, run);
    }
    let edge = |end: &Option<(Expr, bool)>, run: &mut Run| -> Result<Option<_>, Fault> {
        let Some((expr, included)) = end else {
            return Ok(None);
        };
        let mut key = prefix.clone();
        key.push(eval::eval(expr, &frame.rows, run)?.into_owned());
        Ok(Some((IndexEntryKey(key), *included)))
    };
    let from = edge(&path.from, run)?;
    let to = edge(&path.to, run)?;
    let unknown = |end: &Option<(IndexEntryKey, bool)>| matches!(end, Some((key, _)) if matches!(key.0.last(), Some(Value::Null)));
    if unknown(&from) || unknown(&to) {
        return Ok(true);
    }
    let whole = |prefix: Vec<Value>| {
        if prefix.is_empty() {
            Bound::Unbounded
        } else {
            Bound::Included(IndexEntryKey(prefix))
        }
    };
    let bound = |(key, included)| {
        if included {
            Bound::Included(key)
        } else {
            Bound::Excluded(key)
        }
    };
    let lower = from.map_or_else(|| whole(prefix.clone()), bound);
    let upper = match to {
        Some(to) => bound(to),
        // NULLs come last, and are in no range.
        None if path.from.is_some() || path.not_null => {
            prefix.push(Value::Null);
            Bound::Excluded(IndexEntryKey(prefix))
        }
        None => whole(prefix),
    };
    let bounds = (lower.as_ref(), upper.as_ref());
    ranged(path, table, bounds, reader, frame, run)
}

fn ranged(
    path: &IndexPath,
    table: &Table,
    (from, to): (Bound<&IndexEntryKey>, Bound<&IndexEntryKey>),
    reader: &mut Reader,
    frame: &mut Frame,
    run: &mut Run,
) -> Result<bool, Fault> {
    run.index_lookups += 1;
    let Source::Table(name) = &reader.leaf.source else {
        return Ok(true);
    };
    run.touch(|| Read::Range {
        table: name.clone(),
        index: path.index,
        from: from.cloned(),
        to: to.cloned(),
    });
    let Some(index) = table.index(path.index) else {
        return Ok(true);
    };
    if let (
        Bound::Included(low) | Bound::Excluded(low),
        Bound::Included(high) | Bound::Excluded(high),
    ) = (from, to)
    {
        let both = matches!((from, to), (Bound::Included(_), Bound::Included(_)));
        if low > high
            && !high
                .0
                .iter()
                .zip(&low.0)
                .all(|(h, l)| value::total_order(h, l).is_eq())
            || (low == high && !both)
        {
            return Ok(true);
        }
    }
    let mut rows = index.rows(from, to);
    while let Some((id, row)) = if path.backward {
        rows.next_back()
    } else {
        rows.next()
    } {
        if !reader.offer(row, id, frame, run)? {
            return Ok(false);
        }
    }
    Ok(true)
}
