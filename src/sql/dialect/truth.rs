//! AND, OR and NOT where something is unknown.
//!
//! GlueSQL gives NULL as soon as one side is NULL. In SQL `NULL OR TRUE` is true and `NULL AND FALSE`
//! is false (ISO/IEC 9075-2, boolean value expression). Read with every unknown leaf as false, a
//! condition says what is *certainly* true; read with it as true, what is *possibly* true. Neither
//! reading meets a NULL, and NOT turns one into the other.

use gluesql::core::sqlparser::ast::{BinaryOperator, Expr, UnaryOperator};

use super::tree;

/// Whether the expression is AND, OR or NOT, parentheses aside.
#[must_use]
pub fn is_logic(expr: &Expr) -> bool {
    match tree::bare(expr) {
        Expr::BinaryOp { op, .. } => matches!(op, BinaryOperator::And | BinaryOperator::Or),
        Expr::UnaryOp { op, .. } => *op == UnaryOperator::Not,
        _ => false,
    }
}

/// Rewrites a condition that keeps what is certainly true: WHERE, ON, HAVING.
///
/// What AND joins at the top stays as it is, for keys and joins are found there; NULL is not kept
/// anyway.
pub fn keep_certain(expr: &mut Expr) {
    match expr {
        Expr::Nested(inner) => keep_certain(inner),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => {
            keep_certain(left);
            keep_certain(right);
        }
        other if joins(other) => read(other, false),
        _ => {}
    }
}

/// Rewrites a condition whose three values are told apart.
pub fn tell_apart(expr: &mut Expr) {
    if !joins(expr) {
        return;
    }
    let (mut certain, mut possible) = (expr.clone(), expr.clone());
    read(&mut certain, false);
    read(&mut possible, true);
    let branches = vec![
        (certain, tree::truth(Some(true))),
        (possible, tree::truth(None)),
    ];
    *expr = tree::case(branches, tree::truth(Some(false)));
}

/// Whether two conditions are joined, under NOT or not.
fn joins(expr: &Expr) -> bool {
    match tree::bare(expr) {
        Expr::UnaryOp {
            op: UnaryOperator::Not,
            expr,
        } => joins(expr),
        other => is_logic(other),
    }
}

/// Reads every unknown leaf as `unknown`.
fn read(expr: &mut Expr, unknown: bool) {
    match expr {
        Expr::Nested(inner) => read(inner, unknown),
        Expr::UnaryOp {
            op: UnaryOperator::Not,
            expr: inner,
        } => read(inner, !unknown),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And | BinaryOperator::Or,
            right,
        } => {
            read(left, unknown);
            read(right, unknown);
        }
        Expr::IsNull(_) | Expr::IsNotNull(_) | Expr::Exists { .. } => {}
        leaf => {
            let found = std::mem::replace(leaf, tree::truth(None));
            let (condition, result) = if unknown {
                let negated = Expr::UnaryOp {
                    op: UnaryOperator::Not,
                    expr: Box::new(Expr::Nested(Box::new(found))),
                };
                (negated, false)
            } else {
                (found, true)
            };
            *leaf = tree::case(
                vec![(condition, tree::truth(Some(result)))],
                tree::truth(Some(!result)),
            );
        }
    }
}
