//! EXPLAIN.

use crate::sql::bind::{Query, Targets};
use crate::sql::exec::Run;
use crate::sql::outcome::PlanNode;

/// A query's plan; with what it did, if it ran.
#[must_use]
pub fn explain(_query: &Query, _run: Option<&Run>) -> PlanNode {
    PlanNode::default()
}

/// The same of the rows to change.
#[must_use]
pub fn explain_targets(_targets: &Targets, _run: Option<&Run>) -> PlanNode {
    PlanNode::default()
}

/// A plan as PostgreSQL writes it.
#[must_use]
pub fn lines(_plan: &PlanNode) -> Vec<String> {
    Vec::new()
}
