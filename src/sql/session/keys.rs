//! A row's keys in its table's indexes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Arc, Weak};

use chrono::NaiveDateTime;
use gluesql::core::data::Value;

use crate::problem::Problem;
use crate::sql::bind::{Binder, Expr, Place};
use crate::sql::catalog::{IndexDef, IndexKey, TableDef};
use crate::sql::exec::{self, Run};
use crate::sql::store::{IndexEntryKey, Row, Snapshot};
use crate::sql::syntax::Lexed;

/// A row's keys, one an index; none where a partial index leaves the row out.
pub fn keys(def: &Arc<TableDef>, row: &Row) -> Result<Vec<Option<IndexEntryKey>>, Problem> {
    let computed = def.indexes.iter().any(is_computed);
    let bound = if computed { Some(bound(def)?) } else { None };
    let mut keys = Vec::with_capacity(def.indexes.len());
    for (position, index) in def.indexes.iter().enumerate() {
        let bound = bound.as_ref().and_then(|bound| bound.get(position));
        keys.push(match bound {
            Some(Some(bound)) => bound.key(index, row)?,
            _ => Some(plain(index, row)),
        });
    }
    Ok(keys)
}

/// Whether a key counts for uniqueness: NULL is never the same as NULL.
pub fn counts(key: &IndexEntryKey) -> bool {
    !key.0.iter().any(|value| matches!(value, Value::Null))
}

/// Whether an index's keys are more than values of columns.
fn is_computed(index: &IndexDef) -> bool {
    let is_expr = |key: &IndexKey| matches!(key, IndexKey::Expr(_));
    index.predicate.is_some() || index.keys.iter().any(is_expr)
}

fn plain(index: &IndexDef, row: &Row) -> IndexEntryKey {
    let parts = index.keys.iter().map(|key| match key {
        IndexKey::Column(position) => row.get(*position).cloned().unwrap_or(Value::Null),
        IndexKey::Expr(_) => Value::Null,
    });
    IndexEntryKey(parts.collect())
}

/// An index's expressions, resolved.
struct Bound {
    /// One a key; none for a column.
    keys: Vec<Option<Expr>>,
    predicate: Option<Expr>,
}

impl Bound {
    fn of(def: &Arc<TableDef>, index: &IndexDef) -> Result<Self, Problem> {
        let (tables, lexed) = (Snapshot::default(), Lexed::unbound("")?);
        let binder = Binder::new(&tables, &lexed, NaiveDateTime::MIN);
        let mut over = binder.over(&[(&def.name, def)], Place::Definition("an index"));
        let mut keys = Vec::with_capacity(index.keys.len());
        for key in &index.keys {
            keys.push(match key {
                IndexKey::Column(_) => None,
                IndexKey::Expr(expr) => Some(over.expr(expr)?.0),
            });
        }
        let predicate = match &index.predicate {
            Some(predicate) => Some(over.condition(predicate)?),
            None => None,
        };
        Ok(Self { keys, predicate })
    }

    fn key(&self, index: &IndexDef, row: &Row) -> Result<Option<IndexEntryKey>, Problem> {
        let tables = Snapshot::default();
        let mut chance = || 0;
        let mut run = Run::at(&tables, NaiveDateTime::MIN, &mut chance);
        let rows = std::slice::from_ref(row);
        if let Some(predicate) = &self.predicate
            && exec::truth(predicate, rows, &mut run)? != Some(true)
        {
            return Ok(None);
        }
        let mut key = plain(index, row);
        for (part, expr) in key.0.iter_mut().zip(&self.keys) {
            if let Some(expr) = expr {
                *part = exec::eval(expr, rows, &mut run)?;
            }
        }
        Ok(Some(key))
    }
}

/// Of each index what is to be computed, if anything is.
type Resolved = Rc<Vec<Option<Bound>>>;

/// Declarations whose resolved indexes are kept.
const MAX_KEPT: usize = 64;

thread_local! {
    /// Resolved indexes by their declaration's address.
    static KEPT: RefCell<BTreeMap<usize, (Weak<TableDef>, Resolved)>> =
        const { RefCell::new(BTreeMap::new()) };
}

fn bound(def: &Arc<TableDef>) -> Result<Resolved, Problem> {
    let address = Arc::as_ptr(def).addr();
    let kept = KEPT.with_borrow(|kept| {
        // The address alone may be that of another declaration, which is gone.
        let (of, resolved) = kept.get(&address)?;
        let same = of.upgrade().is_some_and(|of| Arc::ptr_eq(&of, def));
        same.then(|| Rc::clone(resolved))
    });
    if let Some(resolved) = kept {
        return Ok(resolved);
    }
    let mut resolved = Vec::with_capacity(def.indexes.len());
    for index in &def.indexes {
        resolved.push(if is_computed(index) {
            Some(Bound::of(def, index)?)
        } else {
            None
        });
    }
    let resolved = Rc::new(resolved);
    KEPT.with_borrow_mut(|kept| {
        kept.retain(|_, (of, _)| of.strong_count() > 0);
        if kept.len() >= MAX_KEPT {
            kept.pop_first();
        }
        kept.insert(address, (Arc::downgrade(def), Rc::clone(&resolved)));
    });
    Ok(resolved)
}
