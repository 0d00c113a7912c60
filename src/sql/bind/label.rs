//! What PostgreSQL calls an output column that was given no name.

use gluesql::core::sqlparser::ast::{
    DataType, Expr, Function, SelectItem, SetExpr, TrimWhereField,
};

/// The name of an expression in a result; none is `?column?`.
#[must_use]
pub fn label(expr: &Expr) -> Option<String> {
    let known = |name: &str| Some(name.to_owned());
    match expr {
        Expr::Identifier(name) => Some(name.value.clone()),
        Expr::CompoundIdentifier(names) => names.last().map(|name| name.value.clone()),
        Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => label(inner),
        Expr::Subscript { expr, .. } => label(expr),
        Expr::Cast {
            expr, data_type, ..
        } => label(expr).or_else(|| Some(type_label(data_type))),
        Expr::Function(function) => Some(function_name(function)),
        Expr::Case { else_result, .. } => else_result
            .as_deref()
            .and_then(label)
            .or_else(|| known("case")),
        Expr::Extract { .. } => known("extract"),
        Expr::Substring { .. } => known("substring"),
        Expr::Trim { trim_where, .. } => known(match trim_where {
            Some(TrimWhereField::Leading) => "ltrim",
            Some(TrimWhereField::Trailing) => "rtrim",
            _ => "btrim",
        }),
        Expr::Overlay { .. } => known("overlay"),
        Expr::Position { .. } => known("position"),
        Expr::Ceil { .. } => known("ceil"),
        Expr::Floor { .. } => known("floor"),
        Expr::Exists { .. } => known("exists"),
        Expr::Interval(_) => known("interval"),
        Expr::Array(_) => known("array"),
        Expr::AtTimeZone { .. } => known("timezone"),
        Expr::TypedString { data_type, .. } => Some(type_label(data_type)),
        Expr::Tuple(_) => known("row"),
        Expr::Subquery(query) => match &*query.body {
            SetExpr::Select(select) => match select.projection.first() {
                Some(SelectItem::UnnamedExpr(expr)) => label(expr),
                Some(SelectItem::ExprWithAlias { alias, .. }) => Some(alias.value.clone()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// A function's name in lower case.
#[must_use]
pub fn function_name(function: &Function) -> String {
    let name = function.name.0.last();
    name.map(|name| name.value.to_lowercase())
        .unwrap_or_default()
}

/// PostgreSQL's own short names of types.
fn type_label(data_type: &DataType) -> String {
    match data_type {
        DataType::Int(_) | DataType::Integer(_) | DataType::Int4(_) => "int4".to_owned(),
        DataType::BigInt(_) | DataType::Int8(_) => "int8".to_owned(),
        DataType::SmallInt(_) | DataType::Int2(_) => "int2".to_owned(),
        DataType::Numeric(_) | DataType::Decimal(_) | DataType::Dec(_) => "numeric".to_owned(),
        DataType::Boolean | DataType::Bool => "bool".to_owned(),
        DataType::Real | DataType::Float4 => "float4".to_owned(),
        DataType::Double | DataType::DoublePrecision | DataType::Float8 | DataType::Float(_) => {
            "float8".to_owned()
        }
        DataType::Varchar(_) | DataType::CharacterVarying(_) => "varchar".to_owned(),
        DataType::Char(_) | DataType::Character(_) => "bpchar".to_owned(),
        other => {
            let name = other.to_string().to_lowercase();
            name.split('(').next().unwrap_or_default().to_owned()
        }
    }
}
