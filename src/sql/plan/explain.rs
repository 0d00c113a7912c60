//! EXPLAIN: what a query does, as a tree and as PostgreSQL writes it.

use super::node::{Leaf, Node, Path, Source};
use super::notes;
use super::words::Names;
use crate::sql::bind::{
    Body, Cte, CteKind, Distinct, Expr, Op, Query, Select, SetKind, SortBy, SubqueryKind, Targets,
};
use crate::sql::exec::{Counter, Counters};
use crate::sql::outcome::PlanNode;
use crate::sql::store::Snapshot;

/// A query's plan; with what it did, where the counters of a run are given.
#[must_use]
pub fn explain(query: &Query, snapshot: &Snapshot, counters: Option<&Counters>) -> PlanNode {
    let explainer = Explainer {
        names: Names::of(query, snapshot),
        snapshot,
        counters,
    };
    explainer.query(query)
}

/// The plan of finding the rows to change.
#[must_use]
pub fn explain_targets(
    targets: &Targets,
    snapshot: &Snapshot,
    counters: Option<&Counters>,
) -> PlanNode {
    let mut names = Names::default();
    names.node(&targets.node, snapshot);
    let explainer = Explainer {
        names,
        snapshot,
        counters,
    };
    explainer.node(&targets.node)
}

/// The plan of changing the rows that a step below finds.
#[must_use]
pub fn around(verb: &str, table: &str, below: PlanNode) -> PlanNode {
    PlanNode {
        operation: verb.to_owned(),
        target: Some(table.to_owned()),
        rows_estimated: below.rows_estimated,
        rows_actual: below.rows_actual,
        loops: below.loops,
        children: if below.operation.is_empty() {
            Vec::new()
        } else {
            vec![below]
        },
        ..PlanNode::default()
    }
}

struct Explainer<'e> {
    names: Names,
    snapshot: &'e Snapshot,
    counters: Option<&'e Counters>,
}

fn count(estimate: f64) -> u64 {
    if estimate.is_finite() {
        estimate.round().clamp(1.0, 1e15) as u64
    } else {
        1
    }
}

impl Explainer<'_> {
    fn counter(&self, id: u64) -> Option<Counter> {
        // What never ran gave nothing.
        self.counters
            .map(|counters| counters.get(&id).copied().unwrap_or_default())
    }

    /// A step over others, with what an operator of an identity counted.
    fn step(
        &self,
        operation: &str,
        estimate: f64,
        id: Option<u64>,
        below: Vec<PlanNode>,
    ) -> PlanNode {
        let counter = id.and_then(|id| self.counter(id));
        PlanNode {
            operation: operation.to_owned(),
            rows_estimated: count(estimate),
            rows_actual: counter.map(|counter| counter.rows),
            loops: counter.map(|counter| counter.loops),
            children: below,
            ..PlanNode::default()
        }
    }

    fn query(&self, query: &Query) -> PlanNode {
        let mut plan = match &query.body {
            Body::Select(select) => self.select(query, select),
            Body::Nested(inner) => self.query(inner),
            Body::Values(rows) => {
                self.step("Values Scan", rows.len() as f64, Some(query.id), Vec::new())
            }
            Body::Set(set) => {
                let sides = vec![self.query(&set.left), self.query(&set.right)];
                let operation = match (set.kind, set.all) {
                    (SetKind::Union, true) => "Append",
                    (SetKind::Union, false) => "HashAggregate",
                    (SetKind::Intersect, _) => "HashSetOp Intersect",
                    (SetKind::Except, _) => "HashSetOp Except",
                };
                if operation == "HashAggregate" {
                    let append = self.step("Append", query.estimate, None, sides);
                    self.step(operation, query.estimate, Some(query.id), vec![append])
                } else {
                    self.step(operation, query.estimate, Some(query.id), sides)
                }
            }
        };
        if !query.sort.is_empty() && !query.presorted {
            let keys: Vec<String> = query
                .sort
                .iter()
                .map(|sort| {
                    let text = match (sort.by, &query.body) {
                        (SortBy::Output(at), Body::Select(select)) => {
                            select.project.get(at).map(|expr| self.names.text(expr))
                        }
                        (SortBy::Extra(at), Body::Select(select)) => {
                            select.extra.get(at).map(|expr| self.names.text(expr))
                        }
                        (SortBy::Output(at), _) => {
                            query.outputs.get(at).map(|output| output.name.clone())
                        }
                        _ => None,
                    };
                    let direction = if sort.descending { " DESC" } else { "" };
                    format!("{}{direction}", text.unwrap_or_default())
                })
                .collect();
            let estimate = plan.rows_estimated as f64;
            let rows = plan.rows_actual;
            let loops = plan.loops;
            plan = self.step("Sort", estimate, None, vec![plan]);
            plan.target = Some(keys.join(", "));
            plan.rows_actual = rows;
            plan.loops = loops;
        }
        if query.limit.is_some() || query.offset.is_some() {
            let estimate = query.estimate;
            plan = self.step("Limit", estimate, Some(query.id), vec![plan]);
        }
        plan
    }

    fn select(&self, query: &Query, select: &Select) -> PlanNode {
        let mut plan = self.node(&select.from);
        let mut subqueries = Vec::new();
        let rows = select.from.estimate();
        if let Some(group) = &select.group {
            let operation = if group.keys.is_empty() {
                "Aggregate"
            } else {
                "HashAggregate"
            };
            if group.quick.is_some() {
                let notes = std::mem::take(&mut plan.notes);
                plan.notes = notes
                    .into_iter()
                    .chain([
                        "answered from the table's size or an index's end, without its rows"
                            .to_owned(),
                    ])
                    .collect();
            }
            let estimate = if group.keys.is_empty() {
                1.0
            } else {
                query.estimate
            };
            plan = self.step(operation, estimate, Some(group.id), vec![plan]);
            let keys: Vec<String> = group.keys.iter().map(|key| self.names.text(key)).collect();
            plan.target = (!keys.is_empty()).then(|| keys.join(", "));
            plan.condition = self.names.all(&group.having);
            for aggregate in &group.aggregates {
                aggregate
                    .args
                    .iter()
                    .for_each(|arg| self.subqueries(arg, &mut subqueries));
            }
            group
                .having
                .iter()
                .for_each(|it| self.subqueries(it, &mut subqueries));
        }
        if select.windows.is_some() {
            plan = self.step("WindowAgg", rows, None, vec![plan]);
        }
        for expr in select.project.iter().chain(&select.extra) {
            self.subqueries(expr, &mut subqueries);
        }
        match &select.distinct {
            Distinct::All => {}
            Distinct::Rows => plan = self.step("HashAggregate", rows, None, vec![plan]),
            Distinct::On(_) => plan = self.step("Unique", rows, None, vec![plan]),
        }
        plan.children.extend(subqueries);
        plan
    }

    /// The plans of the subqueries in an expression.
    fn subqueries(&self, expr: &Expr, into: &mut Vec<PlanNode>) {
        if let Expr::Subquery(sub) = expr {
            let names = Names::of(&sub.query, self.snapshot);
            let inner = Explainer {
                names: names.beside(&self.names),
                snapshot: self.snapshot,
                counters: self.counters,
            };
            let plan = inner.query(&sub.query);
            let once = sub.query.outer.is_empty() && !sub.query.volatile;
            let estimate = sub.query.estimate;
            let mut step = self.step(
                if once { "InitPlan" } else { "SubPlan" },
                estimate,
                None,
                vec![plan],
            );
            step.rows_actual = step.children[0].rows_actual;
            step.loops = step.children[0].loops;
            step.notes.push(
                match (once, sub.kind) {
                    (true, _) => "runs once",
                    (false, SubqueryKind::Value) => "runs once for each different outer value",
                    (false, _) => "runs for each row, until it is decided",
                }
                .to_owned(),
            );
            into.push(step);
        }
        for operand in expr.operands() {
            self.subqueries(operand, into);
        }
    }

    fn node(&self, node: &Node) -> PlanNode {
        match node {
            Node::Once(conditions) => {
                let mut plan = self.step("Result", 1.0, None, Vec::new());
                plan.condition = self.names.all(conditions);
                for condition in conditions {
                    self.subqueries(condition, &mut plan.children);
                }
                plan
            }
            Node::Leaf(leaf) => self.leaf(leaf),
            Node::Chain(nodes) => {
                let mut nodes = nodes.iter();
                let Some(first) = nodes.next() else {
                    return PlanNode::default();
                };
                let mut plan = self.node(first);
                let mut rows = first.estimate();
                for node in nodes {
                    rows *= node.estimate();
                    plan = self.join("", plan, node, rows);
                }
                plan
            }
            Node::Left(outer) => {
                let left = self.node(&outer.left);
                let mut plan = self.join("Left ", left, &outer.right, outer.estimate);
                let counter = self.counter(outer.id);
                plan.rows_actual = counter.map(|counter| counter.rows);
                if let Some(filter) = self.names.all(&outer.filter) {
                    plan.condition = Some(match plan.condition.take() {
                        Some(condition) => format!("{condition}; then {filter}"),
                        None => filter,
                    });
                }
                plan
            }
            Node::Full(full) => {
                let sides = vec![self.node(&full.left), self.node(&full.right)];
                let mut plan = self.step("Hash Full Join", full.estimate, Some(full.id), sides);
                plan.condition = self.names.all(&full.on);
                plan
            }
        }
    }

    /// A join of what is there with one more node.
    fn join(&self, kind: &str, left: PlanNode, right: &Node, rows: f64) -> PlanNode {
        let below = self.node(right);
        let given = below.rows_actual;
        let mut plan = match right {
            Node::Leaf(leaf) if matches!(leaf.path, Path::Hash { .. }) => {
                let hash = self.step("Hash", below.rows_estimated as f64, None, vec![below]);
                let mut plan = self.step(&format!("Hash {kind}Join"), rows, None, vec![left, hash]);
                plan.condition = self.names.all(&equalities(leaf));
                plan
            }
            _ => {
                let operation = if kind.is_empty() {
                    "Nested Loop".to_owned()
                } else {
                    format!("Nested Loop {kind}Join")
                };
                self.step(&operation, rows, None, vec![left, below])
            }
        };
        plan.rows_actual = given;
        plan
    }

    fn leaf(&self, leaf: &Leaf) -> PlanNode {
        let mut below = Vec::new();
        let (operation, target) = match &leaf.source {
            Source::Table(name) => {
                let operation = match &leaf.path {
                    Path::Index(path) if path.backward => "Index Scan Backward",
                    Path::Index(_) => "Index Scan",
                    _ => "Seq Scan",
                };
                let target = if *name == leaf.name {
                    name.clone()
                } else {
                    format!("{name} {}", leaf.name)
                };
                (operation, target)
            }
            Source::Query(query) => {
                below.push(self.query(query));
                ("Subquery Scan", leaf.name.clone())
            }
            Source::Cte(cte) => {
                below.extend(self.cte(cte));
                ("CTE Scan", leaf.name.clone())
            }
            Source::Working(_) => ("WorkTable Scan", leaf.name.clone()),
            Source::Function(..) => ("Function Scan", leaf.name.clone()),
            Source::Rows(_) => ("Catalog Scan", leaf.name.clone()),
        };
        let mut plan = self.step(operation, leaf.estimate, Some(leaf.id), below);
        plan.target = Some(target);
        plan.rows_read = self.counter(leaf.id).map(|counter| counter.read);
        let mut conditions: Vec<Expr> = leaf.guard.clone();
        let mut found: Vec<Expr> = Vec::new();
        // A range that no condition fully stands for: of a pattern's first letters, or of a row.
        let mut loose = false;
        if let Path::Index(path) = &leaf.path {
            plan.index = Some(path.name.clone());
            found.extend(path.conditions.iter().cloned());
            let ranged = path.from.is_some() || path.to.is_some();
            loose = ranged && found.len() == path.equal.len();
        }
        let hashed = equalities(leaf);
        conditions.extend(
            leaf.filter
                .iter()
                .filter(|it| !hashed.contains(it))
                .cloned(),
        );
        if plan.index.is_some() {
            let bounds = |it: &&Expr| matches!(it, Expr::Op(Op::Like(_) | Op::CompareRows(_), _));
            let bounding = conditions.iter().filter(bounds).filter(|_| loose);
            let searched: Vec<Expr> = found.iter().chain(bounding).cloned().collect();
            plan.condition = self.names.all(&searched);
            plan.filter = self.names.all(&conditions);
        } else {
            plan.condition = self.names.all(&conditions);
        }
        for condition in found.iter().chain(&conditions) {
            self.subqueries(condition, &mut plan.children);
        }
        plan.notes = notes::notes(leaf, self.snapshot, self.counter(leaf.id), &self.names);
        plan
    }

    fn cte(&self, cte: &Cte) -> Option<PlanNode> {
        Some(match &cte.kind {
            CteKind::Plain(query) => self.query(query),
            CteKind::Recursive { base, step, .. } => self.step(
                "Recursive Union",
                base.estimate * 10.0,
                None,
                vec![self.query(base), self.query(step)],
            ),
        })
    }
}

/// The conditions a hash table looks after.
fn equalities(leaf: &Leaf) -> Vec<Expr> {
    let Path::Hash { own, other } = &leaf.path else {
        return Vec::new();
    };
    let by_hash = |condition: &&Expr| {
        let sides = condition.operands();
        sides.len() == 2
            && own.iter().zip(other).any(|(own, other)| {
                (sides[0] == *own && sides[1] == *other) || (sides[1] == *own && sides[0] == *other)
            })
    };
    leaf.filter.iter().filter(by_hash).cloned().collect()
}

/// A plan as PostgreSQL writes it.
#[must_use]
pub fn lines(plan: &PlanNode) -> Vec<String> {
    let mut lines = Vec::new();
    write(plan, 0, &mut lines);
    lines
}

fn write(plan: &PlanNode, depth: usize, lines: &mut Vec<String>) {
    let indent = " ".repeat(depth.saturating_sub(1) * 6 + usize::from(depth > 0) * 2);
    let arrow = if depth > 0 { "->  " } else { "" };
    let mut line = format!("{indent}{arrow}{}", plan.operation);
    let scans = ["Scan", "Backward", "Insert", "Update", "Delete"]
        .iter()
        .any(|end| plan.operation.ends_with(end));
    if let Some(index) = &plan.index {
        line.push_str(&format!(" using {index}"));
    }
    if let (true, Some(target)) = (scans, &plan.target) {
        line.push_str(&format!(" on {target}"));
    }
    line.push_str(&format!("  (rows={})", plan.rows_estimated));
    if let Some(rows) = plan.rows_actual {
        line.push_str(&format!(
            " (actual rows={rows} loops={})",
            plan.loops.unwrap_or(1)
        ));
    }
    lines.push(line);
    let inner = " ".repeat(depth * 6 + 2);
    if let (false, Some(target)) = (scans, &plan.target) {
        let name = match plan.operation.as_str() {
            "Sort" => "Sort Key",
            _ => "Group Key",
        };
        lines.push(format!("{inner}{name}: {target}"));
    }
    if let Some(condition) = &plan.condition {
        let name = match plan.operation.as_str() {
            operation if operation.starts_with("Index") => "Index Cond",
            operation if operation.starts_with("Hash ") => "Hash Cond",
            operation if operation.ends_with("Join") => "Join Filter",
            _ => "Filter",
        };
        lines.push(format!("{inner}{name}: {condition}"));
    }
    if let Some(filter) = &plan.filter {
        lines.push(format!("{inner}Filter: {filter}"));
    }
    if let (Some(read), Some(given)) = (plan.rows_read, plan.rows_actual)
        && read > given
    {
        lines.push(format!("{inner}Rows Removed by Filter: {}", read - given));
    }
    for note in &plan.notes {
        lines.push(format!("{inner}Note: {note}"));
    }
    for child in &plan.children {
        write(child, depth + 1, lines);
    }
}
