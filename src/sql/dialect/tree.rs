//! Building and walking expressions of the parsed statement.

use gluesql::core::sqlparser::ast::{
    Array, BinaryOperator, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArgumentList, FunctionArguments, Ident, Interval, ObjectName, Subscript, UnaryOperator,
    Value,
};

/// The direct operands of an expression, subqueries not entered; none if the kind of expression
/// is not supported at all.
pub fn operands(expr: &mut Expr) -> Option<Vec<&mut Expr>> {
    Some(match expr {
        Expr::Identifier(_)
        | Expr::CompoundIdentifier(_)
        | Expr::Value(_)
        | Expr::TypedString { .. }
        | Expr::Exists { .. }
        | Expr::Subquery(_) => Vec::new(),
        Expr::IsNull(inner)
        | Expr::IsNotNull(inner)
        | Expr::IsTrue(inner)
        | Expr::IsNotTrue(inner)
        | Expr::IsFalse(inner)
        | Expr::IsNotFalse(inner)
        | Expr::IsUnknown(inner)
        | Expr::IsNotUnknown(inner)
        | Expr::Nested(inner)
        | Expr::UnaryOp { expr: inner, .. }
        | Expr::Cast { expr: inner, .. }
        | Expr::Extract { expr: inner, .. }
        | Expr::Ceil { expr: inner, .. }
        | Expr::Floor { expr: inner, .. }
        | Expr::InSubquery { expr: inner, .. }
        | Expr::Interval(Interval { value: inner, .. }) => vec![inner],
        Expr::BinaryOp { left, right, .. }
        | Expr::IsDistinctFrom(left, right)
        | Expr::IsNotDistinctFrom(left, right)
        | Expr::Position {
            expr: left,
            r#in: right,
        } => vec![left, right],
        Expr::Like {
            expr,
            pattern,
            any: false,
            escape_char: None,
            ..
        }
        | Expr::ILike {
            expr,
            pattern,
            any: false,
            escape_char: None,
            ..
        } => vec![expr, pattern],
        Expr::Between {
            expr, low, high, ..
        } => vec![expr, low, high],
        Expr::InList { expr, list, .. } => std::iter::once(&mut **expr).chain(list).collect(),
        Expr::Substring {
            expr,
            substring_from,
            substring_for,
            ..
        } => std::iter::once(expr)
            .chain(substring_from)
            .chain(substring_for)
            .map(|boxed| &mut **boxed)
            .collect(),
        Expr::Trim {
            expr,
            trim_what,
            trim_characters: None,
            ..
        } => std::iter::once(expr)
            .chain(trim_what)
            .map(|boxed| &mut **boxed)
            .collect(),
        Expr::Case {
            operand,
            conditions,
            results,
            else_result,
        } => operand
            .iter_mut()
            .chain(else_result)
            .map(|boxed| &mut **boxed)
            .chain(conditions)
            .chain(results)
            .collect(),
        Expr::Function(function) => arguments(function),
        Expr::Array(Array { elem, .. }) => elem.iter_mut().collect(),
        Expr::Subscript { expr, subscript } => match &mut **subscript {
            Subscript::Index { index } => vec![expr, index],
            Subscript::Slice { .. } => return None,
        },
        _ => return None,
    })
}

/// A function's arguments that are expressions.
pub fn arguments(function: &mut Function) -> Vec<&mut Expr> {
    let FunctionArguments::List(list) = &mut function.args else {
        return Vec::new();
    };
    list.args
        .iter_mut()
        .filter_map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
            _ => None,
        })
        .collect()
}

/// A function's name in lower case.
#[must_use]
pub fn name(function: &Function) -> String {
    function.name.to_string().to_lowercase()
}

/// A name that is taken as it is.
#[must_use]
pub fn ident(name: &str) -> Ident {
    Ident::with_quote('"', name)
}

/// `source.column`.
#[must_use]
pub fn column(source: &str, column: &str) -> Expr {
    Expr::CompoundIdentifier(vec![ident(source), ident(column)])
}

/// A whole number as a literal.
#[must_use]
pub fn number(value: u64) -> Expr {
    Expr::Value(Value::Number(value.into(), false))
}

/// `CAST(expr AS type)`.
#[must_use]
pub fn cast(expr: Expr, data_type: DataType) -> Expr {
    Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(expr),
        data_type,
        format: None,
    }
}

/// `left op right`, in parentheses.
#[must_use]
pub fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::Nested(Box::new(Expr::BinaryOp {
        left: Box::new(left),
        op,
        right: Box::new(right),
    }))
}

/// `name(arguments)`.
#[must_use]
pub fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    Expr::Function(Function {
        name: ObjectName(vec![Ident::new(name)]),
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: arguments
                .into_iter()
                .map(|argument| FunctionArg::Unnamed(FunctionArgExpr::Expr(argument)))
                .collect(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

/// `CASE WHEN … THEN … ELSE … END`.
#[must_use]
pub fn case(branches: Vec<(Expr, Expr)>, otherwise: Expr) -> Expr {
    let (conditions, results) = branches.into_iter().unzip();
    Expr::Case {
        operand: None,
        conditions,
        results,
        else_result: Some(Box::new(otherwise)),
    }
}

/// TRUE, FALSE or NULL.
#[must_use]
pub fn truth(value: Option<bool>) -> Expr {
    Expr::Value(value.map_or(Value::Null, Value::Boolean))
}

/// The expression without the parentheses around it.
#[must_use]
pub fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner) => bare(inner),
        other => other,
    }
}

/// A whole number written as a literal, with or without a sign.
#[must_use]
pub fn literal_integer(expr: &Expr) -> Option<i64> {
    match bare(expr) {
        Expr::Value(Value::Number(number, _)) => number.to_string().parse().ok(),
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => literal_integer(expr).and_then(i64::checked_neg),
        _ => None,
    }
}

/// How many nodes an expression has, subqueries not entered.
pub fn size(expr: &mut Expr) -> usize {
    let operands = operands(expr).unwrap_or_default();
    1 + operands.into_iter().map(size).sum::<usize>()
}

/// Whether an aggregate is in it, subqueries not entered.
pub fn aggregates(expr: &mut Expr) -> bool {
    let here = matches!(expr, Expr::Function(function)
        if super::function::is_aggregate(&name(function)));
    here || operands(expr)
        .unwrap_or_default()
        .into_iter()
        .any(aggregates)
}

/// Whether a function of the clock or of chance is in it.
pub fn calls_world(expr: &mut Expr) -> bool {
    const WORLD: &[&str] = &[
        "now",
        "current_timestamp",
        "current_date",
        "current_time",
        "localtimestamp",
        "random",
        "rand",
        "gen_random_uuid",
        "generate_uuid",
    ];
    let here = matches!(expr, Expr::Function(function) if WORLD.contains(&name(function).as_str()));
    here || operands(expr)
        .unwrap_or_default()
        .into_iter()
        .any(calls_world)
}
