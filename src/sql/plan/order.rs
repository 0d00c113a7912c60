//! ORDER BY through an index: its entries are sorted already.

use super::node::{IndexPath, Leaf, Node, Path, Source};
use super::{Wish, access};
use crate::sql::bind::{Bind, Expr, Select, Slots, Sort, SortBy};

/// Has the outermost source read in the order wished, if an index has it. True: it is.
pub(super) fn by_index(bind: &mut Bind, select: &mut Select, wish: &Wish) -> bool {
    let mut keys: Vec<(Expr, &Sort)> = Vec::with_capacity(wish.sort.len());
    for sort in wish.sort {
        let expr = match sort.by {
            SortBy::Output(at) => select.project.get(at),
            SortBy::Extra(at) => select.extra.get(at),
        };
        match expr {
            Some(expr) => keys.push((expr.clone(), sort)),
            None => return false,
        }
    }
    // As the index has it, or all of it the other way round.
    let Some((_, first)) = keys.first() else {
        return false;
    };
    let backward = first.descending;
    if keys
        .iter()
        .any(|(_, sort)| sort.descending != backward || sort.nulls_first != backward)
    {
        return false;
    }
    let exprs: Vec<Expr> = keys.into_iter().map(|(expr, _)| expr).collect();
    let Some(leaf) = outermost(&mut select.from) else {
        return false;
    };
    read(bind, leaf, &exprs, backward, wish.limited)
}

fn outermost(node: &mut Node) -> Option<&mut Leaf> {
    match node {
        Node::Leaf(leaf) => Some(leaf),
        Node::Chain(nodes) => outermost(nodes.first_mut()?),
        Node::Left(outer) => outermost(&mut outer.left),
        Node::Once(_) | Node::Full(_) => None,
    }
}

fn read(bind: &mut Bind, leaf: &mut Leaf, exprs: &[Expr], backward: bool, limited: bool) -> bool {
    let Source::Table(name) = &leaf.source else {
        return false;
    };
    let Some(table) = bind.snapshot().tables.get(name) else {
        return false;
    };
    let def = table.def.clone();
    match &mut leaf.path {
        Path::Hash { .. } => false,
        Path::Index(path) => {
            let known = [path.conditions.as_slice(), &leaf.filter].concat();
            let keys = access::usable(bind, &def, path.index, leaf.slot, &known);
            let Ok(Some(keys)) = keys else {
                return false;
            };
            // One row at most is sorted by any key of its own; another table may add many to it.
            let single = def
                .indexes
                .get(path.index)
                .is_some_and(|index| index.unique && path.equal.len() == index.keys.len());
            let own = Slots::of(leaf.slot);
            if single && exprs.iter().all(|expr| expr.slots().within(&own)) {
                return true;
            }
            if covers(&keys, path.equal.len(), exprs) {
                path.backward = backward;
                return true;
            }
            let now = access::through(&keys, &known, leaf.slot, table, path.index);
            let most = now.map_or(0.0, |found| found.rows);
            for position in 0..def.indexes.len() {
                let Ok(Some(keys)) = access::usable(bind, &def, position, leaf.slot, &known) else {
                    continue;
                };
                let found = access::through(&keys, &known, leaf.slot, table, position);
                // As few rows, and sorted: nothing is lost by taking this one.
                if let Some(mut found) = found
                    && found.rows <= most
                    && covers(&keys, found.path.equal.len(), exprs)
                {
                    found.path.backward = backward;
                    leaf.path = Path::Index(found.path);
                    let consumed = |at: &usize| found.consumed.contains(at);
                    let left = (0..known.len()).filter(|at| !consumed(at));
                    leaf.filter = left.map(|at| known[at].clone()).collect();
                    return true;
                }
            }
            false
        }
        Path::Scan => {
            if !limited && !leaf.filter.is_empty() {
                return false;
            }
            for position in 0..def.indexes.len() {
                let keys = access::usable(bind, &def, position, leaf.slot, &leaf.filter);
                let Ok(Some(keys)) = keys else {
                    continue;
                };
                if covers(&keys, 0, exprs) {
                    leaf.path = Path::Index(IndexPath {
                        index: position,
                        name: def.indexes[position].name.clone(),
                        equal: Vec::new(),
                        among: None,
                        from: None,
                        to: None,
                        not_null: false,
                        backward,
                        conditions: Vec::new(),
                    });
                    return true;
                }
            }
            false
        }
    }
}

/// Whether an index whose first keys have one value each sorts by these expressions.
fn covers(keys: &[Expr], fixed: usize, exprs: &[Expr]) -> bool {
    let (constant, rest) = keys.split_at(fixed.min(keys.len()));
    let mut rest = rest.iter();
    exprs.iter().all(|expr| {
        constant.contains(expr) || matches!(expr, Expr::Const(_)) || rest.next() == Some(expr)
    })
}
