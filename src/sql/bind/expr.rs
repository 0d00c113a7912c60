//! Expressions: names resolved, types inferred, operands converted to meet.

use gluesql::core::data::Value;
use gluesql::core::sqlparser::ast::{
    self, Array, BinaryOperator as B, Expr as Ast, Subscript, TrimWhereField, UnaryOperator,
    Value as Written,
};

use super::query::Query;
use super::scope::Clause;
use super::tree::{Comparison, Expr, Op, Pattern, Subquery, SubqueryKind, ValueSet};
use super::{Bind, identity};
use crate::problem::Problem;
use crate::sql::error::{self, code, unsupported};
use crate::sql::syntax::{DISTINCT, NOT_DISTINCT, sql_type};
use crate::sql::types::SqlType;
use crate::sql::value::{self, Arithmetic, LikePattern};

/// An expression and its type.
pub type Typed = (Expr, SqlType);

/// From how many constants on an IN list is looked up instead of gone through.
const SET_FROM: usize = 4;

impl Bind<'_> {
    /// Resolves an expression.
    pub(super) fn expr(&mut self, expr: &Ast) -> Result<Typed, Problem> {
        match expr {
            Ast::Identifier(name) => self.name(name),
            Ast::CompoundIdentifier(names) => self.qualified(names),
            Ast::Value(value) => self.literal(value),
            Ast::Nested(inner) => self.expr(inner),
            Ast::BinaryOp { left, op, right } => self.binary(left, op, right),
            Ast::Function(function) => self.call(function),
            Ast::UnaryOp { op, expr } => self.unary(*op, expr),
            Ast::IsNull(inner) => self.truth_test(Op::IsNull, inner, false),
            Ast::IsNotNull(inner) => self.truth_test(Op::IsNull, inner, true),
            Ast::IsTrue(inner) => self.truth_test(Op::Is(true), inner, false),
            Ast::IsNotTrue(inner) => self.truth_test(Op::Is(true), inner, true),
            Ast::IsFalse(inner) => self.truth_test(Op::Is(false), inner, false),
            Ast::IsNotFalse(inner) => self.truth_test(Op::Is(false), inner, true),
            Ast::IsUnknown(inner) => self.truth_test(Op::IsNull, inner, false),
            Ast::IsNotUnknown(inner) => self.truth_test(Op::IsNull, inner, true),
            Ast::InList {
                expr,
                list,
                negated,
            } => self.in_list(expr, list, *negated),
            Ast::InSubquery {
                expr,
                subquery,
                negated,
            } => self.in_subquery(expr, subquery, *negated),
            Ast::Between {
                expr,
                negated,
                low,
                high,
            } => self.between(expr, low, high, *negated),
            Ast::Like {
                negated,
                any,
                expr,
                pattern,
                escape_char,
            } => self.like(expr, pattern, escape_char.as_deref(), *any, false, *negated),
            Ast::ILike {
                negated,
                any,
                expr,
                pattern,
                escape_char,
            } => self.like(expr, pattern, escape_char.as_deref(), *any, true, *negated),
            Ast::Case {
                operand,
                conditions,
                results,
                else_result,
            } => self.case(
                operand.as_deref(),
                conditions,
                results,
                else_result.as_deref(),
            ),
            Ast::Exists { subquery, negated } => {
                let query = self.subquery(subquery)?;
                let exists = self.subquery_expr(SubqueryKind::Exists, Vec::new(), query);
                Ok((negate_if(exists, *negated), SqlType::Bool))
            }
            Ast::Subquery(subquery) => {
                let query = self.subquery(subquery)?;
                let sql_type = self.one_column(&query)?;
                Ok((
                    self.subquery_expr(SubqueryKind::Value, Vec::new(), query),
                    sql_type,
                ))
            }
            Ast::AnyOp {
                left,
                compare_op,
                right,
                ..
            } => self.quantified(left, compare_op, right, false),
            Ast::AllOp {
                left,
                compare_op,
                right,
            } => self.quantified(left, compare_op, right, true),
            other => self.special(other),
        }
    }

    /// What SQL writes with words of its own, most of it functions.
    fn special(&mut self, expr: &Ast) -> Result<Typed, Problem> {
        match expr {
            Ast::Cast {
                expr,
                data_type,
                format,
                kind,
            } => {
                if format.is_some()
                    || matches!(kind, ast::CastKind::TryCast | ast::CastKind::SafeCast)
                {
                    return Err(unsupported(
                        "this form of CAST",
                        "write CAST(value AS type)",
                    ));
                }
                let to = sql_type(data_type, self.cx.lexed)?;
                let typed = self.expr(expr)?;
                self.cast(typed, &to)
            }
            Ast::TypedString { data_type, value } => {
                let to = sql_type(data_type, self.cx.lexed)?;
                let text = Expr::value(Value::Str(value.clone()));
                self.cast((text, SqlType::Unknown), &to)
            }
            Ast::Interval(interval) => self.interval(interval),
            Ast::Extract { field, expr, .. } => {
                let field = field.to_string().to_lowercase();
                let part = (
                    Expr::value(Value::Str(field.trim_matches('\'').to_owned())),
                    SqlType::Text,
                );
                let value = self.expr(expr)?;
                self.scalar("extract", vec![part, value])
            }
            Ast::Ceil { expr, field } => self.rounded("ceil", expr, field),
            Ast::Floor { expr, field } => self.rounded("floor", expr, field),
            Ast::Position { expr, r#in } => {
                let part = self.expr(expr)?;
                let text = self.expr(r#in)?;
                self.scalar("strpos", vec![text, part])
            }
            Ast::Substring {
                expr,
                substring_from,
                substring_for,
                ..
            } => {
                let mut args = vec![self.expr(expr)?];
                match substring_from {
                    Some(from) => args.push(self.expr(from)?),
                    None => args.push((Expr::value(Value::I64(1)), SqlType::Int)),
                }
                if let Some(count) = substring_for {
                    args.push(self.expr(count)?);
                }
                self.scalar("substring", args)
            }
            Ast::Trim {
                expr,
                trim_where,
                trim_what,
                trim_characters,
            } => {
                let name = match trim_where {
                    Some(TrimWhereField::Leading) => "ltrim",
                    Some(TrimWhereField::Trailing) => "rtrim",
                    _ => "btrim",
                };
                let mut args = vec![self.expr(expr)?];
                let what = trim_characters.iter().flatten().next();
                if let Some(what) = trim_what.as_deref().or(what) {
                    args.push(self.expr(what)?);
                }
                self.scalar(name, args)
            }
            Ast::Overlay {
                expr,
                overlay_what,
                overlay_from,
                overlay_for,
            } => {
                let mut args = vec![
                    self.expr(expr)?,
                    self.expr(overlay_what)?,
                    self.expr(overlay_from)?,
                ];
                if let Some(count) = overlay_for {
                    args.push(self.expr(count)?);
                }
                self.scalar("overlay", args)
            }
            Ast::AtTimeZone {
                timestamp,
                time_zone,
            } => {
                let zone = self.expr(time_zone)?;
                let moment = self.expr(timestamp)?;
                self.scalar("timezone", vec![zone, moment])
            }
            Ast::Collate { expr, .. } => self.expr(expr),
            Ast::Array(Array { elem, .. }) => self.array(elem),
            Ast::Subscript { expr, subscript } => {
                let Subscript::Index { index } = &**subscript else {
                    return Err(unsupported(
                        "a slice of an array",
                        "take single elements: a[1]",
                    ));
                };
                let array = self.expr(expr)?;
                let index = self.expr(index)?;
                self.element(array, index)
            }
            Ast::SimilarTo { .. } => Err(unsupported(
                "SIMILAR TO",
                "write LIKE, or ~ with a regular expression",
            )),
            Ast::RLike { .. } => Err(unsupported("RLIKE", "write ~ with a regular expression")),
            Ast::Tuple(_) => Err(unsupported(
                "a list in parentheses as a value",
                "compare it with another list, or name its parts one by one",
            )),
            Ast::GroupingSets(_) | Ast::Cube(_) | Ast::Rollup(_) => Err(error::problem(
                code::SYNTAX,
                "a grouping set stands in GROUP BY only",
            )),
            Ast::InUnnest { .. } => Err(unsupported("IN UNNEST", "write = ANY (array)")),
            Ast::JsonAccess { .. } | Ast::MapAccess { .. } | Ast::CompositeAccess { .. } => {
                Err(unsupported(
                    "this way to reach into a value",
                    "write value -> 'key' for JSON, array[1] for an array",
                ))
            }
            _ => Err(unsupported(
                "an expression of this statement",
                "write it in another way",
            )),
        }
    }

    fn rounded(
        &mut self,
        name: &str,
        expr: &Ast,
        field: &ast::CeilFloorKind,
    ) -> Result<Typed, Problem> {
        let plain = ast::CeilFloorKind::DateTimeField(ast::DateTimeField::NoDateTime);
        if *field != plain {
            return Err(unsupported(
                "this form of CEIL or FLOOR",
                "give it one number",
            ));
        }
        let value = self.expr(expr)?;
        self.scalar(name, vec![value])
    }

    /// A condition, which is true, false or NULL.
    pub(super) fn condition(&mut self, expr: &Ast) -> Result<Expr, Problem> {
        let typed = self.expr(expr)?;
        self.truth(typed)
    }

    /// Refuses what is neither true nor false.
    pub(super) fn truth(&mut self, (expr, sql_type): Typed) -> Result<Expr, Problem> {
        match sql_type {
            SqlType::Bool => Ok(expr),
            SqlType::Unknown => self.convert(expr, &sql_type, &SqlType::Bool),
            other => Err(error::problem(
                code::TYPE_MISMATCH,
                format!("a condition must be true or false, and this is {other}"),
            )
            .hint("compare it with something: column = value")),
        }
    }

    fn literal(&mut self, value: &Written) -> Result<Typed, Problem> {
        Ok(match value {
            Written::Number(number, _) => self.number(&number.to_string())?,
            Written::Boolean(value) => (Expr::value(Value::Bool(*value)), SqlType::Bool),
            Written::Null => (Expr::null(), SqlType::Unknown),
            Written::SingleQuotedString(text)
            | Written::EscapedStringLiteral(text)
            | Written::UnicodeStringLiteral(text)
            | Written::NationalStringLiteral(text) => {
                (Expr::value(Value::Str(text.clone())), SqlType::Unknown)
            }
            Written::DollarQuotedString(text) => (
                Expr::value(Value::Str(text.value.clone())),
                SqlType::Unknown,
            ),
            _ => {
                return Err(unsupported(
                    "this kind of literal",
                    "write a text in single quotes",
                ));
            }
        })
    }

    /// A number as written: an integer that fits, otherwise NUMERIC (PostgreSQL, section 4.1.2.6).
    fn number(&self, text: &str) -> Result<Typed, Problem> {
        if let Ok(whole) = text.parse::<i64>() {
            let sql_type = if i32::try_from(whole).is_ok() {
                SqlType::Int
            } else {
                SqlType::BigInt
            };
            return Ok((Expr::value(Value::I64(whole)), sql_type));
        }
        let numeric = SqlType::Numeric(None);
        match value::read(text, &numeric, self.cx.now) {
            Ok(value) => Ok((Expr::value(value), numeric)),
            // More digits than NUMERIC has room for here.
            Err(_) => match text.parse::<f64>() {
                Ok(value) if value.is_finite() => {
                    Ok((Expr::value(Value::F64(value)), SqlType::Double))
                }
                _ => Err(error::problem(
                    code::OUT_OF_RANGE,
                    "a number with so many digits is out of range",
                )),
            },
        }
    }

    fn unary(&mut self, op: UnaryOperator, operand: &Ast) -> Result<Typed, Problem> {
        match op {
            UnaryOperator::Not => {
                let operand = self.condition(operand)?;
                Ok((self.fold(Expr::one(Op::Not, operand)), SqlType::Bool))
            }
            UnaryOperator::Plus | UnaryOperator::Minus => {
                // The smallest integers are literals only together with their sign.
                if let (UnaryOperator::Minus, Ast::Value(Written::Number(number, _))) =
                    (op, operand)
                {
                    return self.number(&format!("-{number}"));
                }
                let (operand, mut sql_type) = self.expr(operand)?;
                let mut operand = operand;
                if sql_type == SqlType::Unknown {
                    operand = self.convert(operand, &sql_type, &SqlType::Double)?;
                    sql_type = SqlType::Double;
                }
                if !sql_type.is_number() && sql_type != SqlType::Interval {
                    return Err(self.no_operator(op.to_string().trim(), None, &sql_type));
                }
                if op == UnaryOperator::Plus {
                    return Ok((operand, sql_type));
                }
                let result = match &sql_type {
                    SqlType::Numeric(_) => SqlType::Numeric(None),
                    other => other.clone(),
                };
                let negated = Expr::one(Op::Negate(result.clone()), operand);
                Ok((self.fold(negated), result))
            }
            UnaryOperator::PGAbs => {
                let operand = self.expr(operand)?;
                self.scalar("abs", vec![operand])
            }
            UnaryOperator::PGSquareRoot => {
                let operand = self.expr(operand)?;
                self.scalar("sqrt", vec![operand])
            }
            UnaryOperator::PGBitwiseNot => {
                let operand = self.expr(operand)?;
                let minus_one = (Expr::value(Value::I64(-1)), operand.1.clone());
                self.arithmetic(Arithmetic::BitXor, "~", operand, minus_one)
            }
            other => Err(unsupported(
                &format!("the operator {other}"),
                "use a function instead",
            )),
        }
    }

    fn truth_test(&mut self, op: Op, operand: &Ast, negated: bool) -> Result<Typed, Problem> {
        // (a, b) IS NULL asks whether all are.
        if let (Op::IsNull, Ast::Tuple(parts)) = (&op, operand) {
            let mut tests = Vec::new();
            for part in parts {
                let test = Expr::one(Op::IsNull, self.expr(part)?.0);
                tests.push(negate_if(test, negated));
            }
            return Ok((Expr::Op(Op::And, tests), SqlType::Bool));
        }
        let typed = self.expr(operand)?;
        let operand = match op {
            Op::IsNull => typed.0,
            _ => self.truth(typed)?,
        };
        let test = negate_if(Expr::one(op, operand), negated);
        Ok((self.fold(test), SqlType::Bool))
    }

    fn distinct(&mut self, left: &Ast, right: &Ast, negated: bool) -> Result<Typed, Problem> {
        // The parser takes all that follows for the right side; AND and OR bind less than this.
        if let Ast::BinaryOp {
            op: B::And | B::Or, ..
        } = right
        {
            return self.expr(&regrouped(left, right, negated));
        }
        let left = self.expr(left)?;
        let right = self.expr(right)?;
        let (left, right) = self.meet(left, right, "IS DISTINCT FROM")?;
        let test = negate_if(Expr::two(Op::Distinct, left, right), negated);
        Ok((self.fold(test), SqlType::Bool))
    }

    fn binary(&mut self, left: &Ast, op: &B, right: &Ast) -> Result<Typed, Problem> {
        if matches!(op, B::And | B::Or) {
            return self.logic(left, op, right);
        }
        if let Some(comparison) = comparison(op) {
            return self.comparison(left, comparison, right);
        }
        if let B::PGCustomBinaryOperator(names) = op
            && let [name] = names.as_slice()
            && (name == DISTINCT || name == NOT_DISTINCT)
        {
            return self.distinct(left, right, name == NOT_DISTINCT);
        }
        let left_typed = self.expr(left)?;
        let right_typed = self.expr(right)?;
        let arithmetic = match op {
            B::Plus => Arithmetic::Add,
            B::Minus => Arithmetic::Sub,
            B::Multiply => Arithmetic::Mul,
            B::Divide => Arithmetic::Div,
            B::Modulo => Arithmetic::Mod,
            B::PGExp | B::BitwiseXor => Arithmetic::Pow,
            B::BitwiseAnd => Arithmetic::BitAnd,
            B::BitwiseOr => Arithmetic::BitOr,
            B::PGBitwiseXor => Arithmetic::BitXor,
            B::PGBitwiseShiftLeft => Arithmetic::ShiftLeft,
            B::PGBitwiseShiftRight => Arithmetic::ShiftRight,
            B::StringConcat => return self.concat(left_typed, right_typed),
            B::PGLikeMatch => return self.like_typed(left_typed, right_typed, None, false, false),
            B::PGILikeMatch => return self.like_typed(left_typed, right_typed, None, true, false),
            B::PGNotLikeMatch => {
                return self.like_typed(left_typed, right_typed, None, false, true);
            }
            B::PGNotILikeMatch => {
                return self.like_typed(left_typed, right_typed, None, true, true);
            }
            B::Xor | B::Spaceship | B::DuckIntegerDivide | B::MyIntegerDivide => {
                return Err(unsupported(
                    &format!("the operator {op}"),
                    "write <> for XOR, IS NOT DISTINCT FROM for <=>, / for DIV",
                ));
            }
            other => {
                let symbol = other.to_string();
                return self.scalar(&symbol, vec![left_typed, right_typed]);
            }
        };
        self.arithmetic(arithmetic, &op.to_string(), left_typed, right_typed)
    }

    /// A chain of AND or OR, which the parser nests to the left, side by side.
    fn logic(&mut self, left: &Ast, op: &B, right: &Ast) -> Result<Typed, Problem> {
        let mut written = vec![right];
        let mut rest = left;
        loop {
            match rest {
                Ast::BinaryOp {
                    left,
                    op: inner,
                    right,
                } if inner == op => {
                    written.push(right);
                    rest = left;
                }
                _ => break,
            }
        }
        written.push(rest);
        let mut parts = Vec::with_capacity(written.len());
        for part in written.into_iter().rev() {
            parts.push(self.condition(part)?);
        }
        let op = if *op == B::And { Op::And } else { Op::Or };
        Ok((self.fold(Expr::Op(op, parts)), SqlType::Bool))
    }

    fn comparison(&mut self, left: &Ast, op: Comparison, right: &Ast) -> Result<Typed, Problem> {
        if let (Some(left), Some(right)) = (row_parts(left), row_parts(right)) {
            let left = self.all(left)?;
            let right = self.all(right)?;
            let (left, right) = self.meet_rows(left, right, op.symbol())?;
            if op == Comparison::Eq {
                let pairs = left.into_iter().zip(right);
                let equal = pairs.map(|(l, r)| Expr::two(Op::Compare(op), l, r));
                return Ok((Expr::Op(Op::And, equal.collect()), SqlType::Bool));
            }
            let both = left.into_iter().chain(right).collect();
            return Ok((Expr::Op(Op::CompareRows(op), both), SqlType::Bool));
        }
        match (bare(left), bare(right)) {
            (Ast::Tuple(_), Ast::Subquery(query)) => {
                let test = self.against(left, query, op.symbol(), SubqueryKind::Row(op))?;
                return Ok((test, SqlType::Bool));
            }
            (Ast::Subquery(query), Ast::Tuple(_)) => {
                let kind = SubqueryKind::Row(op.swapped());
                let test = self.against(right, query, op.symbol(), kind)?;
                return Ok((test, SqlType::Bool));
            }
            _ => {}
        }
        let left = self.expr(left)?;
        let right = self.expr(right)?;
        let (left, right) = self.meet(left, right, op.symbol())?;
        Ok((
            self.fold(Expr::two(Op::Compare(op), left, right)),
            SqlType::Bool,
        ))
    }

    pub(super) fn all(&mut self, exprs: &[Ast]) -> Result<Vec<Typed>, Problem> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    fn meet_rows(
        &mut self,
        left: Vec<Typed>,
        right: Vec<Typed>,
        symbol: &str,
    ) -> Result<(Vec<Expr>, Vec<Expr>), Problem> {
        if left.len() != right.len() {
            return Err(error::problem(
                code::SYNTAX,
                format!(
                    "a list of {} values is compared with one of {}",
                    left.len(),
                    right.len()
                ),
            ));
        }
        let mut met = (Vec::new(), Vec::new());
        for (left, right) in left.into_iter().zip(right) {
            let (left, right) = self.meet(left, right, symbol)?;
            met.0.push(left);
            met.1.push(right);
        }
        Ok(met)
    }

    /// Two operands of a comparison, a literal text read as the other's type.
    pub(super) fn meet(
        &mut self,
        left: Typed,
        right: Typed,
        symbol: &str,
    ) -> Result<(Expr, Expr), Problem> {
        let (left, left_type) = left;
        let (right, right_type) = right;
        match (&left_type, &right_type) {
            (SqlType::Unknown, SqlType::Unknown) => Ok((left, right)),
            (SqlType::Unknown, known) => Ok((self.convert(left, &left_type, known)?, right)),
            (known, SqlType::Unknown) => Ok((left, self.convert(right, &right_type, known)?)),
            // The blanks that fill char(n) up count nowhere (PostgreSQL, section 8.3).
            (SqlType::Char(_), other) | (other, SqlType::Char(_))
                if other.is_text() && left_type != right_type =>
            {
                Ok((
                    self.convert(left, &left_type, &SqlType::Text)?,
                    self.convert(right, &right_type, &SqlType::Text)?,
                ))
            }
            _ if value::comparable(&left_type, &right_type) => Ok((left, right)),
            _ => Err(error::problem(
                code::UNDEFINED_FUNCTION,
                format!("{left_type} and {right_type} cannot be compared with {symbol}"),
            )
            .hint("convert one side: CAST(value AS TEXT)")),
        }
    }

    pub(super) fn arithmetic(
        &mut self,
        op: Arithmetic,
        symbol: &str,
        left: Typed,
        right: Typed,
    ) -> Result<Typed, Problem> {
        let (left, left_type) = left;
        let (right, right_type) = right;
        let Some((left_to, right_to, result)) = value::operator_types(op, &left_type, &right_type)
        else {
            return Err(self.no_operator(symbol, Some(&left_type), &right_type));
        };
        let left = self.convert(left, &left_type, &left_to)?;
        let right = self.convert(right, &right_type, &right_to)?;
        let expr = Expr::two(Op::Arithmetic(op, result.clone()), left, right);
        Ok((self.fold(expr), result))
    }

    fn no_operator(&self, symbol: &str, left: Option<&SqlType>, right: &SqlType) -> Problem {
        let text = match left {
            Some(left) => format!("there is no operator {left} {symbol} {right}"),
            None => format!("there is no operator {symbol} {right}"),
        };
        error::problem(code::UNDEFINED_FUNCTION, text)
            .hint("convert a side: CAST(value AS INTEGER)")
    }

    fn concat(&mut self, left: Typed, right: Typed) -> Result<Typed, Problem> {
        if matches!(left.1, SqlType::Array(_) | SqlType::Json | SqlType::Jsonb)
            || matches!(right.1, SqlType::Array(_) | SqlType::Json | SqlType::Jsonb)
        {
            return self.scalar("||", vec![left, right]);
        }
        let left = self.as_text(left)?;
        let right = self.as_text(right)?;
        Ok((self.fold(Expr::two(Op::Concat, left, right)), SqlType::Text))
    }

    fn as_text(&mut self, (expr, sql_type): Typed) -> Result<Expr, Problem> {
        if matches!(
            sql_type,
            SqlType::Text | SqlType::Varchar(_) | SqlType::Unknown
        ) {
            return Ok(expr);
        }
        let cast = Expr::one(Op::Cast(sql_type, SqlType::Text), expr);
        Ok(self.fold(cast))
    }

    fn in_list(&mut self, expr: &Ast, list: &[Ast], negated: bool) -> Result<Typed, Problem> {
        if let Some(parts) = row_parts(expr) {
            let width = parts.len();
            let left = self.all(parts)?;
            let mut operands: Vec<Expr> = Vec::new();
            for (index, row) in list.iter().enumerate() {
                let Some(parts) = row_parts(row) else {
                    return Err(error::problem(
                        code::SYNTAX,
                        "each item of this IN list must be a list in parentheses",
                    ));
                };
                let right = self.all(parts)?;
                let (met, right) = self.meet_rows(left.clone(), right, "IN")?;
                if index == 0 {
                    operands.extend(met);
                }
                operands.extend(right);
            }
            let test = negate_if(Expr::Op(Op::InRows(width), operands), negated);
            return Ok((test, SqlType::Bool));
        }
        let (target, target_type) = self.expr(expr)?;
        let items = self.all(list)?;
        let mut target = target;
        let mut wanted = target_type.clone();
        if wanted == SqlType::Unknown {
            let types: Vec<&SqlType> = items.iter().map(|(_, sql_type)| sql_type).collect();
            if let Some(common) = value::common_type(&types)
                && common != SqlType::Unknown
            {
                target = self.convert(target, &wanted, &common)?;
                wanted = common;
            }
        }
        let mut operands = vec![target];
        for item in items {
            let anchor = (Expr::null(), wanted.clone());
            let (_, item) = self.meet(anchor, item, "IN")?;
            operands.push(item);
        }
        let test = if operands.len() > SET_FROM
            && operands[1..].iter().all(|item| item.constant().is_some())
        {
            let target = operands.swap_remove(0);
            Expr::one(Op::InSet(value_set(operands)), target)
        } else {
            Expr::Op(Op::In, operands)
        };
        let test = negate_if(test, negated);
        Ok((self.fold(test), SqlType::Bool))
    }

    fn in_subquery(
        &mut self,
        expr: &Ast,
        subquery: &ast::Query,
        negated: bool,
    ) -> Result<Typed, Problem> {
        let test = self.against(expr, subquery, "IN", SubqueryKind::In)?;
        Ok((negate_if(test, negated), SqlType::Bool))
    }

    /// Compares one value or a row of them with a subquery's rows.
    fn against(
        &mut self,
        expr: &Ast,
        subquery: &ast::Query,
        symbol: &str,
        kind: SubqueryKind,
    ) -> Result<Expr, Problem> {
        let left = match row_parts(expr) {
            Some(parts) => self.all(parts)?,
            None => vec![self.expr(expr)?],
        };
        let mut query = self.subquery(subquery)?;
        if query.outputs.len() != left.len() {
            let problem = error::problem(
                code::SYNTAX,
                match left.len() {
                    1 => "a subquery used as a value must have one column".to_owned(),
                    count => format!(
                        "the subquery has {} columns where {count} are compared",
                        query.outputs.len()
                    ),
                },
            );
            return Err(problem.hint("name as many columns after SELECT as are compared"));
        }
        let mut met = Vec::new();
        for (position, left) in left.into_iter().enumerate() {
            let output = query.outputs[position].sql_type.clone();
            if output == SqlType::Unknown && left.1 != SqlType::Unknown {
                self.retype(&mut query, position, &left.1)?;
            }
            let output = query.outputs[position].sql_type.clone();
            let (left, _) = self.meet(left, (Expr::null(), output), symbol)?;
            met.push(left);
        }
        Ok(self.subquery_expr(kind, met, query))
    }

    fn quantified(&mut self, left: &Ast, op: &B, right: &Ast, all: bool) -> Result<Typed, Problem> {
        let Some(op) = comparison(op) else {
            return Err(unsupported(
                "ANY or ALL with this operator",
                "use =, <>, <, <=, > or >=",
            ));
        };
        if let Ast::Subquery(subquery) = bare(right) {
            let kind = SubqueryKind::Any(op, all);
            let test = self.against(left, subquery, op.symbol(), kind)?;
            return Ok((test, SqlType::Bool));
        }
        let left = self.expr(left)?;
        let (mut array, mut array_type) = self.expr(right)?;
        if array_type == SqlType::Unknown {
            let wanted = SqlType::Array(Box::new(match &left.1 {
                SqlType::Unknown => SqlType::Text,
                known => known.clone(),
            }));
            array = self.convert(array, &array_type, &wanted)?;
            array_type = wanted;
        }
        let SqlType::Array(of) = array_type else {
            return Err(error::problem(
                code::TYPE_MISMATCH,
                format!("ANY and ALL want an array or a subquery, and this is {array_type}"),
            ));
        };
        let (left, _) = self.meet(left, (Expr::null(), *of), op.symbol())?;
        Ok((Expr::two(Op::Any(op, all), left, array), SqlType::Bool))
    }

    fn between(
        &mut self,
        expr: &Ast,
        low: &Ast,
        high: &Ast,
        negated: bool,
    ) -> Result<Typed, Problem> {
        let (mut target, mut target_type) = self.expr(expr)?;
        let low = self.expr(low)?;
        let high = self.expr(high)?;
        if target_type == SqlType::Unknown
            && let Some(known) = [&low.1, &high.1]
                .into_iter()
                .find(|it| **it != SqlType::Unknown)
        {
            target = self.convert(target, &target_type, known)?;
            target_type = known.clone();
        }
        let anchor = |sql_type: &SqlType| (Expr::null(), sql_type.clone());
        let (_, low) = self.meet(anchor(&target_type), low, "BETWEEN")?;
        let (_, high) = self.meet(anchor(&target_type), high, "BETWEEN")?;
        let between = Expr::Op(Op::Between { symmetric: false }, vec![target, low, high]);
        let test = negate_if(between, negated);
        Ok((self.fold(test), SqlType::Bool))
    }

    fn like(
        &mut self,
        text: &Ast,
        pattern: &Ast,
        escape: Option<&str>,
        any: bool,
        ignore_case: bool,
        negated: bool,
    ) -> Result<Typed, Problem> {
        if any {
            return Err(unsupported("LIKE ANY (…)", "write several LIKE with OR"));
        }
        let text = self.expr(text)?;
        let pattern = self.expr(pattern)?;
        self.like_typed(text, pattern, escape, ignore_case, negated)
    }

    fn like_typed(
        &mut self,
        text: Typed,
        pattern: Typed,
        escape: Option<&str>,
        ignore_case: bool,
        negated: bool,
    ) -> Result<Typed, Problem> {
        for (_, sql_type) in [&text, &pattern] {
            if !sql_type.is_text() && *sql_type != SqlType::Unknown {
                return Err(error::problem(
                    code::UNDEFINED_FUNCTION,
                    format!("LIKE works on texts only, and this is {sql_type}"),
                )
                .hint("convert the value: CAST(value AS TEXT) LIKE …"));
            }
        }
        // No ESCAPE is a backslash, an empty one none.
        let escape = match escape {
            None => None,
            Some(text) => {
                let mut letters = text.chars();
                let first = letters.next();
                if letters.next().is_some() {
                    return Err(error::problem("22025", "ESCAPE takes one character"));
                }
                Some(first.unwrap_or('\0'))
            }
        };
        let test = match pattern.0.constant() {
            Some(Value::Str(written)) => {
                let compiled = LikePattern::compile(written, escape, ignore_case)?;
                let pattern = Pattern {
                    text: written.as_str().into(),
                    ignore_case,
                    compiled: compiled.into(),
                };
                Expr::one(Op::Like(pattern), text.0)
            }
            _ => Expr::two(
                Op::LikeAny {
                    escape,
                    ignore_case,
                },
                text.0,
                pattern.0,
            ),
        };
        Ok((self.fold(negate_if(test, negated)), SqlType::Bool))
    }

    fn case(
        &mut self,
        operand: Option<&Ast>,
        conditions: &[Ast],
        results: &[Ast],
        otherwise: Option<&Ast>,
    ) -> Result<Typed, Problem> {
        let mut tests = Vec::new();
        let mut compared = None;
        match operand {
            Some(operand) => {
                let (mut operand, mut operand_type) = self.expr(operand)?;
                let whens = self.all(conditions)?;
                if operand_type == SqlType::Unknown
                    && let Some((_, known)) = whens.iter().find(|it| it.1 != SqlType::Unknown)
                {
                    operand = self.convert(operand, &operand_type, known)?;
                    operand_type = known.clone();
                }
                for when in whens {
                    let anchor = (Expr::null(), operand_type.clone());
                    tests.push(self.meet(anchor, when, "=")?.1);
                }
                compared = Some(operand);
            }
            None => {
                for condition in conditions {
                    tests.push(self.condition(condition)?);
                }
            }
        }
        let mut outcomes = self.all(results)?;
        outcomes.push(match otherwise {
            Some(otherwise) => self.expr(otherwise)?,
            None => (Expr::null(), SqlType::Unknown),
        });
        let (outcomes, common) = self.common(outcomes, "CASE")?;
        let mut outcomes = outcomes.into_iter();
        let mut operands: Vec<Expr> = Vec::new();
        let has_operand = compared.is_some();
        operands.extend(compared);
        for test in tests {
            operands.push(test);
            operands.extend(outcomes.next());
        }
        operands.extend(outcomes.next());
        let op = Op::Case {
            operand: has_operand,
        };
        Ok((self.fold(Expr::Op(op, operands)), common))
    }

    /// Converts several expressions to the one type they have in common.
    pub(super) fn common(
        &mut self,
        typed: Vec<Typed>,
        place: &str,
    ) -> Result<(Vec<Expr>, SqlType), Problem> {
        let types: Vec<&SqlType> = typed.iter().map(|(_, sql_type)| sql_type).collect();
        let Some(common) = value::common_type(&types) else {
            let mut known = types.into_iter().filter(|it| **it != SqlType::Unknown);
            let first = known.next().cloned().unwrap_or(SqlType::Text);
            let other = known.find(|it| **it != first).cloned();
            return Err(error::problem(
                code::TYPE_MISMATCH,
                format!(
                    "{place} mixes {first} and {}",
                    other.unwrap_or(SqlType::Text)
                ),
            )
            .hint("convert one of them: CAST(value AS TEXT)"));
        };
        let mut exprs = Vec::with_capacity(typed.len());
        for (expr, sql_type) in typed {
            exprs.push(self.convert(expr, &sql_type, &common)?);
        }
        Ok((exprs, common))
    }

    fn array(&mut self, elements: &[Ast]) -> Result<Typed, Problem> {
        let typed = self.all(elements)?;
        let (elements, of) = self.common(typed, "ARRAY")?;
        let of = match of {
            SqlType::Unknown => SqlType::Text,
            SqlType::Array(of) => *of,
            of => of,
        };
        let array = self.fold(Expr::Op(Op::Array, elements));
        Ok((array, SqlType::Array(Box::new(of))))
    }

    fn element(&mut self, array: Typed, index: Typed) -> Result<Typed, Problem> {
        match array.1 {
            SqlType::Array(of) => {
                let index = self.convert(index.0, &index.1, &SqlType::Int)?;
                Ok((Expr::two(Op::Element, array.0, index), *of))
            }
            SqlType::Jsonb | SqlType::Json => self.scalar("->", vec![array, index]),
            other => Err(error::problem(
                code::TYPE_MISMATCH,
                format!("only an array has elements, and this is {other}"),
            )),
        }
    }

    fn interval(&mut self, interval: &ast::Interval) -> Result<Typed, Problem> {
        let (value, sql_type) = self.expr(&interval.value)?;
        let text = match (value.constant(), &interval.leading_field) {
            (Some(Value::Str(text)), None) => text.clone(),
            (Some(Value::Str(text)), Some(field)) => match &interval.last_field {
                // '1-2' YEAR TO MONTH and the like read by themselves.
                Some(_) => text.clone(),
                None => format!("{text} {field}"),
            },
            (Some(Value::I64(count)), Some(field)) => format!("{count} {field}"),
            (_, Some(field)) if sql_type.is_number() => {
                let unit = Expr::value(Value::Str(format!("1 {field}")));
                let unit = self.convert(unit, &SqlType::Unknown, &SqlType::Interval)?;
                return self.arithmetic(
                    Arithmetic::Mul,
                    "*",
                    (unit, SqlType::Interval),
                    (value, sql_type),
                );
            }
            _ => {
                return Err(unsupported(
                    "this form of INTERVAL",
                    "write INTERVAL '3 days', or number * INTERVAL '1 day'",
                ));
            }
        };
        let read = value::read(&text, &SqlType::Interval, self.cx.now).map_err(|mut problem| {
            if let Some(Value::Str(text)) = value.constant() {
                problem.place = self.cx.lexed.place_of_literal(text);
            }
            problem
        })?;
        Ok((Expr::value(read), SqlType::Interval))
    }

    /// An explicit cast.
    pub(super) fn cast(&mut self, typed: Typed, to: &SqlType) -> Result<Typed, Problem> {
        let (expr, from) = typed;
        if from == SqlType::Unknown && expr.constant().is_some() {
            let read_as = match to {
                // A text too long is cut off by a cast, and refused by an assignment.
                SqlType::Varchar(_) | SqlType::Char(_) => &SqlType::Text,
                SqlType::Numeric(Some(_)) => &SqlType::Numeric(None),
                other => other,
            };
            let read = self.convert(expr, &from, read_as)?;
            if read_as == to {
                return Ok((read, to.clone()));
            }
            let cast = Expr::one(Op::Cast(read_as.clone(), to.clone()), read);
            return self.folded(cast, to);
        }
        if from == *to {
            return Ok((expr, from));
        }
        let from = if from == SqlType::Unknown {
            SqlType::Text
        } else {
            from
        };
        if !value::can_cast(&from, to, true) {
            return Err(error::problem(
                "42846",
                format!("a {from} cannot be converted to {to}"),
            ));
        }
        let cast = Expr::one(Op::Cast(from, to.clone()), expr);
        Ok((self.fold(cast), to.clone()))
    }

    /// Evaluates a constant now, so that what is wrong with it is said at once.
    fn folded(&mut self, expr: Expr, sql_type: &SqlType) -> Result<Typed, Problem> {
        let value = crate::sql::exec::constant(&expr, self.cx.now)?;
        Ok((Expr::value(value), sql_type.clone()))
    }

    /// Converts without being asked to: literal texts are read, numbers widened.
    pub(super) fn convert(
        &mut self,
        expr: Expr,
        from: &SqlType,
        to: &SqlType,
    ) -> Result<Expr, Problem> {
        if from == to || *to == SqlType::Unknown {
            return Ok(expr);
        }
        if *from == SqlType::Unknown {
            return match expr.constant() {
                Some(Value::Null) => Ok(expr),
                Some(Value::Str(text)) => {
                    let read = value::read(text, to, self.cx.now).map_err(|mut problem| {
                        if problem.place.is_none() {
                            problem.place = self.cx.lexed.place_of_literal(text);
                        }
                        problem
                    })?;
                    Ok(Expr::value(read))
                }
                _ => Ok(Expr::one(Op::Cast(SqlType::Text, to.clone()), expr)),
            };
        }
        if same_form(from, to) {
            return Ok(expr);
        }
        let cast = Expr::one(Op::Cast(from.clone(), to.clone()), expr);
        Ok(self.fold(cast))
    }

    /// Computes what is constant once. What fails is left to fail when it is reached.
    pub(super) fn fold(&self, expr: Expr) -> Expr {
        let constant = matches!(&expr, Expr::Op(_, operands)
            if operands.iter().all(|operand| operand.constant().is_some()));
        if !constant || expr.is_volatile() {
            return expr;
        }
        match crate::sql::exec::constant(&expr, self.cx.now) {
            Ok(value) => Expr::value(value),
            Err(_) => expr,
        }
    }

    pub(super) fn one_column(&self, query: &Query) -> Result<SqlType, Problem> {
        match query.outputs.as_slice() {
            [output] => Ok(match &output.sql_type {
                SqlType::Unknown => SqlType::Text,
                known => known.clone(),
            }),
            _ => Err(error::problem(
                code::SYNTAX,
                "a subquery used as a value must have one column",
            )
            .hint("name one column after SELECT")),
        }
    }

    pub(super) fn subquery(&mut self, query: &ast::Query) -> Result<Query, Problem> {
        if let Clause::Definition(place) = self.level().clause {
            return Err(unsupported(
                &format!("a subquery in {place}"),
                "write a condition on the row's own columns",
            ));
        }
        self.query(query)
    }

    pub(super) fn subquery_expr(
        &mut self,
        kind: SubqueryKind,
        left: Vec<Expr>,
        query: Query,
    ) -> Expr {
        if query.volatile {
            self.level().volatile = true;
        }
        Expr::Subquery(Box::new(Subquery {
            id: identity(),
            kind,
            left,
            query,
        }))
    }
}

/// Whether values of both types have one form, so that nothing is to be done.
pub(super) fn same_form(from: &SqlType, to: &SqlType) -> bool {
    (from.is_integer() && to.is_integer())
        || (matches!(from, SqlType::Text | SqlType::Varchar(_))
            && matches!(to, SqlType::Text | SqlType::Varchar(None)))
        || matches!(
            (from, to),
            (SqlType::Numeric(_), SqlType::Numeric(None))
                | (SqlType::Real, SqlType::Double)
                | (SqlType::Timestamp, SqlType::Timestamptz)
                | (SqlType::Timestamptz, SqlType::Timestamp)
                | (SqlType::Json, SqlType::Jsonb)
        )
        || matches!((from, to), (SqlType::Array(from), SqlType::Array(to)) if same_form(from, to) || from == to)
}

/// `left IS DISTINCT FROM (a AND b)` as `(left IS DISTINCT FROM a) AND b`.
fn regrouped(left: &Ast, right: &Ast, negated: bool) -> Ast {
    match right {
        Ast::BinaryOp {
            left: first,
            op: op @ (B::And | B::Or),
            right: rest,
        } => Ast::BinaryOp {
            left: Box::new(regrouped(left, first, negated)),
            op: op.clone(),
            right: rest.clone(),
        },
        side => {
            let (left, right) = (Box::new(left.clone()), Box::new(side.clone()));
            if negated {
                Ast::IsNotDistinctFrom(left, right)
            } else {
                Ast::IsDistinctFrom(left, right)
            }
        }
    }
}

/// An expression without the parentheses around it.
pub(super) fn bare(expr: &Ast) -> &Ast {
    match expr {
        Ast::Nested(inner) => bare(inner),
        other => other,
    }
}

fn row_parts(expr: &Ast) -> Option<&[Ast]> {
    match bare(expr) {
        Ast::Tuple(parts) => Some(parts),
        _ => None,
    }
}

fn comparison(op: &B) -> Option<Comparison> {
    Some(match op {
        B::Eq => Comparison::Eq,
        B::NotEq => Comparison::NotEq,
        B::Lt => Comparison::Lt,
        B::LtEq => Comparison::LtEq,
        B::Gt => Comparison::Gt,
        B::GtEq => Comparison::GtEq,
        _ => return None,
    })
}

pub(super) fn negate_if(expr: Expr, negated: bool) -> Expr {
    if negated {
        Expr::one(Op::Not, expr)
    } else {
        expr
    }
}

fn value_set(items: Vec<Expr>) -> ValueSet {
    let mut sorted = Vec::with_capacity(items.len());
    let mut null = false;
    for item in items {
        match item {
            Expr::Const(literal) if matches!(literal.0, Value::Null) => null = true,
            Expr::Const(literal) => sorted.push(literal.0),
            _ => {}
        }
    }
    sorted.sort_by(value::total_order);
    sorted.dedup_by(|left, right| value::total_order(left, right).is_eq());
    ValueSet {
        sorted: sorted.into(),
        null,
    }
}
