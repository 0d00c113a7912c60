//! Expressions: names resolved, types inferred, and what GlueSQL would answer otherwise than
//! PostgreSQL rewritten.

use chrono::NaiveDateTime;
use gluesql::core::ast::DataType;
use gluesql::core::sqlparser::ast::{
    BinaryOperator, DataType as SqlType, DateTimeField, ExactNumberInfo, Expr, GroupByExpr, Ident,
    Interval, ObjectName, Query, Select, SelectItem, SetExpr, TimezoneInfo, UnaryOperator, Value,
};

use super::Lexed;
use super::scope::{Found, Kind, Scope};
use super::{ddl, tree, truth};
use crate::problem::Problem;
use crate::sql::error::{self, code, unsupported};
use crate::sql::storage::{Table, Tables};

/// Checks and rewrites one statement against the tables it will meet.
pub struct Binder<'a, 'e> {
    /// The tables.
    pub tables: &'a Tables,
    /// The statement's text, for places.
    pub lexed: &'a Lexed<'a>,
    /// The present time.
    pub now: NaiveDateTime,
    /// The world's random numbers.
    pub rng: &'e mut dyn FnMut() -> u64,
    /// Aggregates met so far in the query at hand.
    pub aggregates: usize,
    /// Whether the expression at hand stands below AND, OR or NOT.
    pub in_logic: bool,
    /// The most rows the query bound last can make.
    pub made: u64,
    /// The most rows any join met so far can make.
    pub reach: u64,
}

/// Bytes one computed text may take.
const MAX_COMPUTED: u64 = 4_000_000;

/// Bytes an expression may have in SQL, once it is rewritten.
const MAX_REWRITTEN: usize = 1_000_000;

/// Where an expression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clause {
    Select,
    Where,
    On,
    GroupBy,
    Having,
    OrderBy,
    Limit,
    Values,
    Set,
    /// Within an aggregate's argument.
    Aggregate,
}

impl Clause {
    /// Where no aggregate may stand, in words.
    #[must_use]
    pub fn no_aggregates(self) -> Option<&'static str> {
        match self {
            Self::Select | Self::Having | Self::OrderBy => None,
            Self::Where => Some("in WHERE, which chooses rows before they are grouped"),
            Self::On => Some("in a join condition"),
            Self::GroupBy => Some("in GROUP BY"),
            Self::Limit => Some("in LIMIT"),
            Self::Values => Some("in VALUES"),
            Self::Set => Some("in SET"),
            Self::Aggregate => Some("inside another aggregate"),
        }
    }
}

impl<'a, 'e> Binder<'a, 'e> {
    /// A binder over the tables a statement meets.
    pub fn new(
        tables: &'a Tables,
        lexed: &'a Lexed<'a>,
        now: NaiveDateTime,
        rng: &'e mut dyn FnMut() -> u64,
    ) -> Self {
        Self {
            tables,
            lexed,
            now,
            rng,
            aggregates: 0,
            in_logic: false,
            made: 0,
            reach: 0,
        }
    }

    /// A table by name.
    ///
    /// # Errors
    /// When there is none.
    pub fn table(&self, name: &str) -> Result<&'a Table, Problem> {
        self.tables
            .get(name)
            .ok_or_else(|| error::no_table(name, self.tables, self.lexed))
    }

    /// A table's name, which has one part here.
    ///
    /// # Errors
    /// When it has more.
    pub fn table_name(&self, name: &ObjectName) -> Result<String, Problem> {
        if let Some(text) = name.0.iter().find(|part| part.quote_style == Some('\'')) {
            let mut problem =
                error::problem(code::SYNTAX, "a text stands where a table's name should");
            problem.place = self.lexed.place_of_literal(&text.value);
            return Err(problem);
        }
        match name.0.as_slice() {
            [name] => Ok(name.value.clone()),
            [schema, name] if schema.value == "public" => Ok(name.value.clone()),
            _ => Err(unsupported(
                &format!("the name `{name}` in several parts"),
                "write the table's name alone",
            )),
        }
    }

    /// A source that is not in FROM.
    #[must_use]
    pub fn no_source(&self, name: &str, scope: &Scope) -> Problem {
        let mut problem = error::problem(
            code::UNDEFINED_TABLE,
            format!("`{name}` is not in the query's FROM"),
        );
        problem.place = self.lexed.place_of(name);
        let names = scope.source_names();
        problem.hint = match error::nearest(name, names.iter().copied()) {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None if self.tables.contains_key(name) && !names.is_empty() => {
                Some(format!("here the tables are called {}", names.join(", ")))
            }
            None => None,
        };
        problem
    }

    /// Checks and rewrites an expression.
    ///
    /// # Errors
    /// Names that do not exist, types that cannot meet, and what is not supported.
    pub fn expr(
        &mut self,
        expr: &mut Expr,
        scope: &Scope,
        clause: Clause,
    ) -> Result<Kind, Problem> {
        let is_logic = truth::is_logic(expr);
        let within = std::mem::replace(&mut self.in_logic, is_logic);
        let kind = self.one(expr, scope, clause);
        self.in_logic = within;
        let kind = kind?;
        // The outermost AND, OR or NOT looks after the unknowns of all below it.
        if is_logic && !within && kind.nullable {
            truth::tell_apart(expr);
            bounded(expr)?;
        }
        if kind.longest > MAX_COMPUTED {
            return Err(error::problem(
                code::TOO_LARGE,
                format!(
                    "a text computed here could grow to {} MB",
                    kind.longest / 1_000_000
                ),
            )
            .hint(format!(
                "a text has room for {} MB: repeat, replace or join less of it",
                MAX_COMPUTED / 1_000_000
            )));
        }
        Ok(kind)
    }

    fn one(&mut self, expr: &mut Expr, scope: &Scope, clause: Clause) -> Result<Kind, Problem> {
        match expr {
            Expr::Identifier(name) => {
                let (kind, resolved) = self.identifier(name, scope)?;
                *expr = resolved;
                Ok(kind)
            }
            Expr::CompoundIdentifier(names) => {
                let kind = self.compound(names, scope)?;
                // One form for one column, so that equal expressions compare equal.
                for name in names {
                    *name = tree::ident(&name.value);
                }
                Ok(kind)
            }
            Expr::Value(value) => literal(value),
            Expr::TypedString { data_type, .. } => {
                *data_type = ddl::plain_type(data_type)?;
                Ok(Kind {
                    data: ddl::glue_type(data_type),
                    ..Kind::default()
                })
            }
            Expr::Exists { subquery, .. } => {
                self.query(subquery, Some(scope))?;
                Ok(Kind::of(DataType::Boolean, false))
            }
            Expr::Subquery(subquery) => {
                // Without a row its value is NULL.
                let kind = self.subquery(subquery, scope)?;
                Ok(Kind {
                    nullable: true,
                    ..kind
                })
            }
            Expr::InSubquery { .. } => self.in_subquery(expr, scope, clause),
            Expr::InList { .. } => self.in_list(expr, scope, clause),
            Expr::Function(_) => self.call(expr, scope, clause),
            Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr: inner,
            } => {
                // NOT (x IN (…)) is x NOT IN (…), where NULLs are looked after.
                if let Expr::InSubquery { .. } | Expr::InList { .. } = tree::bare(inner) {
                    let mut flipped = tree::bare(inner).clone();
                    if let Expr::InSubquery { negated, .. } | Expr::InList { negated, .. } =
                        &mut flipped
                    {
                        *negated = !*negated;
                    }
                    *expr = flipped;
                    return self.expr(expr, scope, clause);
                }
                let kind = self.expr(inner, scope, clause)?;
                Ok(Kind::of(DataType::Boolean, kind.nullable))
            }
            Expr::BinaryOp { .. } => self.binary(expr, scope, clause),
            _ => self.other(expr, scope, clause),
        }
    }

    /// Checks and rewrites a condition, which is true, false or NULL.
    ///
    /// # Errors
    /// As [`Binder::expr`], and when it is of another type.
    pub fn condition(
        &mut self,
        expr: &mut Expr,
        scope: &Scope,
        clause: Clause,
    ) -> Result<(), Problem> {
        let within = std::mem::replace(&mut self.in_logic, true);
        let kind = self.expr(expr, scope, clause);
        self.in_logic = within;
        let kind = kind?;
        if kind.nullable {
            truth::keep_certain(expr);
        }
        match kind.data {
            Some(DataType::Boolean) | None => Ok(()),
            Some(data) => Err(error::problem(
                code::TYPE_MISMATCH,
                format!(
                    "a condition must be true or false, and this is {}",
                    ddl::sql_name(&data)
                ),
            )
            .hint("compare it with something: column = value")),
        }
    }

    fn identifier(&self, name: &Ident, scope: &Scope) -> Result<(Kind, Expr), Problem> {
        match scope.column(&name.value) {
            Found::Column(source, column) => Ok((
                column.kind.clone(),
                tree::column(&source.name, &column.name),
            )),
            Found::Ambiguous(first, second) => {
                let mut problem = error::problem(
                    code::AMBIGUOUS_COLUMN,
                    format!(
                        "`{0}` is in `{1}` and in `{2}`",
                        name.value, first.name, second.name
                    ),
                )
                .hint(format!("write which one: {}.{}", first.name, name.value));
                problem.place = self.lexed.place_of(&name.value);
                Err(problem)
            }
            Found::Nothing => {
                let names = scope.names();
                let mut problem =
                    error::no_column(&name.value, None, names.iter().copied(), self.lexed);
                if name.quote_style == Some('"') {
                    problem.hint = Some(format!(
                        "double quotes make a name; a text stands in single quotes: '{}'",
                        name.value
                    ));
                }
                Err(problem)
            }
        }
    }

    fn compound(&self, names: &[Ident], scope: &Scope) -> Result<Kind, Problem> {
        let [source, column] = names else {
            return Err(unsupported(
                "a name in more than two parts",
                "write table.column",
            ));
        };
        if let Some(found) = scope.qualified(&source.value, &column.value) {
            return Ok(found.kind.clone());
        }
        Err(match scope.source(&source.value) {
            Some(known) => error::no_column(
                &column.value,
                Some(&source.value),
                known.columns.iter().map(|column| column.name.as_str()),
                self.lexed,
            ),
            None => self.no_source(&source.value, scope),
        })
    }

    /// The one column of a subquery used as a value.
    fn subquery(&mut self, subquery: &mut Query, scope: &Scope) -> Result<Kind, Problem> {
        let mut columns = self.query(subquery, Some(scope))?;
        match (columns.pop(), columns.is_empty()) {
            (Some(column), true) => Ok(column.kind),
            _ => Err(error::problem(
                code::SYNTAX,
                "a subquery used as a value must have one column",
            )
            .hint("name one column after SELECT")),
        }
    }

    /// `x IN (SELECT …)`. GlueSQL takes a NULL among the rows, or as `x`, for a mismatch; for
    /// NOT IN that turns unknown into true, so there it is spelt out.
    fn in_subquery(
        &mut self,
        expr: &mut Expr,
        scope: &Scope,
        clause: Clause,
    ) -> Result<Kind, Problem> {
        let Expr::InSubquery {
            expr: target,
            subquery,
            negated,
        } = expr
        else {
            return Ok(Kind::unknown());
        };
        let wanted = self.expr(target, scope, clause)?;
        let found = self.subquery(subquery, scope)?;
        let column = found.nullable && !filters_null(subquery);
        self.comparable(&wanted, &found)?;
        let nullable = wanted.nullable || column;
        if !*negated || !nullable {
            return Ok(Kind::of(DataType::Boolean, nullable));
        }
        let mut branches = vec![(
            Expr::InSubquery {
                expr: target.clone(),
                subquery: subquery.clone(),
                negated: false,
            },
            tree::truth(Some(false)),
        )];
        if column {
            let Some(nulls) = only_nulls(subquery) else {
                return Err(unsupported(
                    "NOT IN over a subquery with groups or a limit whose column may be NULL",
                    "write NOT EXISTS, or leave the NULLs out: WHERE column IS NOT NULL",
                ));
            };
            branches.push((nulls, tree::truth(None)));
        }
        if wanted.nullable {
            let unknown = tree::binary(
                Expr::IsNull(target.clone()),
                BinaryOperator::And,
                Expr::Exists {
                    subquery: subquery.clone(),
                    negated: false,
                },
            );
            branches.push((unknown, tree::truth(None)));
        }
        *expr = tree::case(branches, tree::truth(Some(true)));
        bounded(expr)?;
        Ok(Kind::of(DataType::Boolean, true))
    }

    /// `x IN (a, b, …)`, with PostgreSQL's answer where a NULL is among them.
    fn in_list(&mut self, expr: &mut Expr, scope: &Scope, clause: Clause) -> Result<Kind, Problem> {
        let Expr::InList {
            expr: target,
            list,
            negated,
        } = expr
        else {
            return Ok(Kind::unknown());
        };
        let wanted = self.expr(target, scope, clause)?;
        let mut nulls = Vec::new();
        for item in list.iter_mut() {
            let kind = self.expr(item, scope, clause)?;
            self.coerce(item, &wanted)?;
            self.comparable(&wanted, &kind)?;
            meet(item, &kind, &wanted);
            if kind.nullable {
                nulls.push(item.clone());
            }
        }
        if nulls.is_empty() {
            return Ok(Kind::of(DataType::Boolean, wanted.nullable));
        }
        let unknown = nulls
            .into_iter()
            .map(|item| (Expr::IsNull(Box::new(item)), tree::truth(None)));
        let matched = Expr::InList {
            expr: target.clone(),
            list: list.clone(),
            negated: false,
        };
        let branches = std::iter::once((matched, tree::truth(Some(!*negated)))).chain(unknown);
        let null_target = (Expr::IsNull(target.clone()), tree::truth(None));
        let branches = branches.chain(std::iter::once(null_target)).collect();
        *expr = tree::case(branches, tree::truth(Some(*negated)));
        bounded(expr)?;
        Ok(Kind::of(DataType::Boolean, true))
    }

    fn binary(&mut self, expr: &mut Expr, scope: &Scope, clause: Clause) -> Result<Kind, Problem> {
        let Expr::BinaryOp { left, op, right } = expr else {
            return Ok(Kind::unknown());
        };
        let left_kind = self.expr(left, scope, clause)?;
        let right_kind = self.expr(right, scope, clause)?;
        let nullable = left_kind.nullable || right_kind.nullable;
        match op {
            BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq => {
                self.coerce(left, &right_kind)?;
                self.coerce(right, &left_kind)?;
                self.comparable(&left_kind, &right_kind)?;
                meet(left, &left_kind, &right_kind);
                meet(right, &right_kind, &left_kind);
                Ok(Kind::of(DataType::Boolean, nullable))
            }
            BinaryOperator::And | BinaryOperator::Or => Ok(Kind::of(DataType::Boolean, nullable)),
            BinaryOperator::StringConcat => Ok(Kind::of(DataType::Text, nullable)
                .up_to(left_kind.longest.saturating_add(right_kind.longest))),
            BinaryOperator::Plus
            | BinaryOperator::Minus
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Modulo => {
                self.coerce(left, &right_kind)?;
                self.coerce(right, &left_kind)?;
                exact(left, &right_kind);
                exact(right, &left_kind);
                let day = |kind: &Kind| kind.data == Some(DataType::Date);
                let span = |kind: &Kind| kind.data == Some(DataType::Interval);
                if day(&left_kind) && span(&right_kind) {
                    **left = to_timestamp((**left).clone());
                } else if span(&left_kind) && day(&right_kind) {
                    **right = to_timestamp((**right).clone());
                }
                if *op == BinaryOperator::Divide
                    && left_kind.is_integer()
                    && right_kind.is_integer()
                {
                    // Whole numbers divide to whole numbers (PostgreSQL, section 9.3).
                    for side in [left, right] {
                        **side = tree::cast((**side).clone(), SqlType::Integer(None));
                    }
                }
                let data = match (&left_kind.data, &right_kind.data) {
                    (Some(DataType::Date | DataType::Timestamp), Some(DataType::Interval)) => {
                        Some(DataType::Timestamp)
                    }

                    (Some(left), Some(right)) if left == right && left_kind.is_number() => {
                        Some(left.clone())
                    }
                    (Some(DataType::Float), Some(_)) | (Some(_), Some(DataType::Float))
                        if left_kind.is_number() && right_kind.is_number() =>
                    {
                        None
                    }
                    _ if left_kind.is_number() && right_kind.is_number() => Some(DataType::Decimal),
                    _ => None,
                };
                Ok(Kind {
                    data,
                    nullable,
                    ..Kind::default()
                })
            }
            _ => Ok(Kind {
                nullable,
                ..Kind::default()
            }),
        }
    }

    /// Everything that needs its operands bound and little else.
    fn other(&mut self, expr: &mut Expr, scope: &Scope, clause: Clause) -> Result<Kind, Problem> {
        let written = match expr {
            Expr::Like { .. } | Expr::ILike { .. } => "LIKE with ESCAPE or ANY",
            Expr::AnyOp { .. } | Expr::AllOp { .. } => "ANY and ALL",
            Expr::Tuple(_) => "a list in parentheses as a value",
            Expr::SimilarTo { .. } => "SIMILAR TO",
            Expr::AtTimeZone { .. } => "AT TIME ZONE",
            Expr::Collate { .. } => "COLLATE",
            Expr::GroupingSets(_) | Expr::Cube(_) | Expr::Rollup(_) => "a grouping set",
            _ => "an expression of this statement",
        };
        let Some(operands) = tree::operands(expr) else {
            return Err(unsupported(written, "write it in another way"));
        };
        let mut kinds = Vec::new();
        for operand in operands {
            kinds.push(self.expr(operand, scope, clause)?);
        }
        let nullable = kinds.iter().any(|kind| kind.nullable);
        let first = kinds.first().cloned().unwrap_or_else(Kind::unknown);
        let truth = |nullable| Ok(Kind::of(DataType::Boolean, nullable));
        match expr {
            Expr::Nested(_) => Ok(first),
            Expr::IsNull(_) | Expr::IsNotNull(_) => truth(false),
            Expr::IsTrue(_)
            | Expr::IsNotTrue(_)
            | Expr::IsFalse(_)
            | Expr::IsNotFalse(_)
            | Expr::IsUnknown(_)
            | Expr::IsNotUnknown(_)
            | Expr::IsDistinctFrom(..)
            | Expr::IsNotDistinctFrom(..) => {
                *expr = spelt_out(expr.clone());
                bounded(expr)?;
                truth(false)
            }
            Expr::Like { expr: text, .. } | Expr::ILike { expr: text, .. } => {
                let known = first.data.is_some() && first.data != Some(DataType::Text);
                if known && !matches!(**text, Expr::Value(Value::Null)) {
                    return Err(error::problem(
                        code::UNDEFINED_FUNCTION,
                        "LIKE works on texts only",
                    )
                    .hint("convert the value: CAST(value AS TEXT) LIKE …"));
                }
                if nullable {
                    // GlueSQL refuses LIKE on NULL; the answer is NULL.
                    let Some(sides) = tree::operands(expr) else {
                        return truth(nullable);
                    };
                    let nulls: Vec<(Expr, Expr)> = sides
                        .into_iter()
                        .map(|side| (Expr::IsNull(Box::new(side.clone())), tree::truth(None)))
                        .collect();
                    *expr = tree::case(nulls, expr.clone());
                    bounded(expr)?;
                }
                truth(nullable)
            }
            Expr::Between { low, high, .. } => {
                self.coerce(low, &first)?;
                self.coerce(high, &first)?;
                if let [_, low_kind, high_kind] = kinds.as_slice() {
                    meet(low, low_kind, &first);
                    meet(high, high_kind, &first);
                }
                for kind in &kinds {
                    self.comparable(&first, kind)?;
                }
                truth(nullable)
            }
            Expr::Cast {
                data_type, format, ..
            } => {
                if format.is_some() {
                    return Err(unsupported("CAST … FORMAT", "leave FORMAT out"));
                }
                *data_type = ddl::plain_type(data_type)?;
                let data = ddl::glue_type(data_type);
                if data == Some(DataType::Int) && first.is_number() && !first.is_integer() {
                    *expr = rounded(expr.clone());
                }
                Ok(Kind {
                    data,
                    nullable,
                    longest: first.longest,
                })
            }
            Expr::Ceil { expr: inner, .. } | Expr::Floor { expr: inner, .. } => {
                if !first.is_integer() {
                    **inner = tree::cast((**inner).clone(), SqlType::Float(None));
                }
                Ok(Kind {
                    nullable,
                    ..Kind::default()
                })
            }
            Expr::Substring {
                expr: text,
                substring_from,
                substring_for,
                ..
            } => {
                let from = substring_from
                    .take()
                    .map_or_else(|| tree::number(1), |from| *from);
                let arguments = [Some((**text).clone()), Some(from)]
                    .into_iter()
                    .chain(std::iter::once(substring_for.take().map(|count| *count)))
                    .flatten()
                    .collect();
                *expr = tree::call("substr", arguments);
                Ok(Kind::of(DataType::Text, nullable).up_to(first.longest))
            }
            Expr::Trim { .. } => Ok(Kind::of(DataType::Text, nullable).up_to(first.longest)),
            Expr::Extract { .. } | Expr::Position { .. } => Ok(Kind::of(DataType::Int, nullable)),
            Expr::Interval(interval) => {
                spelt_interval(interval)?;
                Ok(Kind::of(DataType::Interval, false))
            }
            Expr::UnaryOp { .. } => Ok(first),
            Expr::Case {
                operand,
                conditions,
                results,
                else_result,
            } => {
                let skip = usize::from(operand.is_some());
                let operand_kind = kinds.first().filter(|_| operand.is_some()).cloned();
                if let Some(kind) = &operand_kind {
                    for condition in conditions.iter_mut() {
                        self.coerce(condition, kind)?;
                    }
                }
                let results_at = kinds.len() - results.len();
                let otherwise = else_result.as_ref().and_then(|_| kinds.get(skip));
                let outcomes = kinds[results_at..].iter().chain(otherwise);
                Ok(Kind {
                    data: common(outcomes.clone()),
                    nullable: else_result.is_none() || outcomes.clone().any(|kind| kind.nullable),
                    longest: longest(outcomes),
                })
            }
            _ => Ok(Kind::unknown()),
        }
    }

    /// Reads a text literal as the type it is compared with.
    ///
    /// # Errors
    /// When it cannot be read so.
    pub fn coerce(&self, literal: &mut Expr, wanted: &Kind) -> Result<(), Problem> {
        let (Some(data), Expr::Value(Value::SingleQuotedString(text))) = (&wanted.data, &*literal)
        else {
            return Ok(());
        };
        let invalid = || {
            let mut problem = error::problem(
                code::INVALID_TEXT,
                format!("'{text}' is not a valid {}", ddl::sql_name(data)),
            );
            problem.place = self.lexed.place_of_literal(text);
            problem
        };
        let zone = TimezoneInfo::None;
        let typed = |data_type| Expr::TypedString {
            data_type,
            value: text.clone(),
        };
        *literal = match data {
            DataType::Int => match text.trim().parse::<i64>() {
                Ok(_) => number(text.trim()).ok_or_else(invalid)?,
                Err(_) => return Err(invalid()),
            },
            DataType::Decimal | DataType::Float => match text.trim().parse::<f64>() {
                Ok(value) if value.is_finite() => number(text.trim()).ok_or_else(invalid)?,
                _ => return Err(invalid()),
            },
            DataType::Boolean => match text.trim().to_lowercase().as_str() {
                "true" | "t" | "yes" | "on" | "1" => tree::truth(Some(true)),
                "false" | "f" | "no" | "off" | "0" => tree::truth(Some(false)),
                _ => return Err(invalid()),
            },
            DataType::Date => typed(SqlType::Date),
            DataType::Time => typed(SqlType::Time(None, zone)),
            DataType::Timestamp => typed(SqlType::Timestamp(None, zone)),
            DataType::Uuid => typed(SqlType::Uuid),
            _ => return Ok(()),
        };
        Ok(())
    }

    /// Refuses to compare a number with a text, which GlueSQL would call unequal.
    fn comparable(&self, left: &Kind, right: &Kind) -> Result<(), Problem> {
        let class = |kind: &Kind| match kind.data {
            Some(DataType::Text) => Some("a text"),
            Some(DataType::Boolean) => Some("true or false"),
            Some(DataType::Date | DataType::Timestamp) => Some("a date or time"),
            _ if kind.is_number() => Some("a number"),
            _ => None,
        };
        match (class(left), class(right)) {
            (Some(left), Some(right)) if left != right => Err(error::problem(
                code::UNDEFINED_FUNCTION,
                format!("{left} cannot be compared with {right}"),
            )
            .hint("convert one side: CAST(value AS TEXT)")),
            _ => Ok(()),
        }
    }
}

/// A literal beside a decimal is a decimal too, not a binary fraction.
fn exact(side: &mut Expr, other: &Kind) {
    let literal = matches!(tree::bare(side), Expr::Value(Value::Number(..)));
    if literal && other.data == Some(DataType::Decimal) {
        *side = tree::cast(side.clone(), SqlType::Decimal(ExactNumberInfo::None));
    }
}

/// Makes a number comparable with another: GlueSQL calls a decimal unequal to every binary
/// fraction, and finds no decimal key for a whole number.
fn meet(side: &mut Expr, kind: &Kind, other: &Kind) {
    exact(side, other);
    let wanted = match (&kind.data, &other.data) {
        (Some(DataType::Int), Some(DataType::Decimal)) => SqlType::Decimal(ExactNumberInfo::None),
        (Some(DataType::Decimal), Some(DataType::Decimal | DataType::Int))
            if matches!(tree::bare(side), Expr::Value(_)) =>
        {
            SqlType::Decimal(ExactNumberInfo::None)
        }
        (Some(DataType::Decimal), Some(DataType::Float)) => SqlType::Float(None),
        _ => return,
    };
    if !matches!(side, Expr::Cast { .. }) {
        *side = tree::cast(side.clone(), wanted);
    }
}

fn to_timestamp(day: Expr) -> Expr {
    tree::cast(day, SqlType::Timestamp(None, TimezoneInfo::None))
}

/// A cast to a whole number rounds (PostgreSQL, section 8.1.2); GlueSQL's cuts off.
#[must_use]
pub fn rounded(cast: Expr) -> Expr {
    let Expr::Cast {
        expr, data_type, ..
    } = cast
    else {
        return cast;
    };
    let float = tree::cast(*expr, SqlType::Float(None));
    tree::cast(tree::call("round", vec![float]), data_type)
}

/// `INTERVAL '3 days'` as `INTERVAL '3' DAY`.
fn spelt_interval(interval: &mut Interval) -> Result<(), Problem> {
    let Expr::Value(Value::SingleQuotedString(text)) = &*interval.value else {
        return Ok(());
    };
    if interval.leading_field.is_some() {
        return Ok(());
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let [count, unit] = words.as_slice() else {
        return Err(unsupported(
            "an interval of several parts",
            "add them up: INTERVAL '1 day' + INTERVAL '2 hours'",
        ));
    };
    let invalid = || {
        error::problem(
            code::INVALID_TEXT,
            format!("'{text}' is not a valid INTERVAL"),
        )
        .hint("write a whole number and a unit: INTERVAL '3 days'")
    };
    let unit = unit.to_lowercase();
    let (field, times) = match unit.trim_end_matches('s') {
        "year" => (DateTimeField::Year, 1),
        "month" | "mon" => (DateTimeField::Month, 1),
        "week" => (DateTimeField::Day, 7),
        "day" => (DateTimeField::Day, 1),
        "hour" => (DateTimeField::Hour, 1),
        "minute" | "min" => (DateTimeField::Minute, 1),
        "second" | "sec" => (DateTimeField::Second, 1),
        _ => return Err(invalid()),
    };
    let count = match count.parse::<i32>() {
        Ok(count) if count.unsigned_abs() <= 1_000_000 => count * times,
        _ => return Err(invalid()),
    };
    *interval.value = Expr::Value(Value::SingleQuotedString(count.to_string()));
    interval.leading_field = Some(field);
    Ok(())
}

fn number(text: &str) -> Option<Expr> {
    let number = text.parse().ok()?;
    Some(Expr::Value(Value::Number(number, false)))
}

/// A literal. A text has no type yet: it takes that of what it meets.
fn literal(value: &mut Value) -> Result<Kind, Problem> {
    Ok(match value {
        Value::Number(number, _) => {
            let text = number.to_string();
            let whole = text.parse::<i64>().is_ok();
            if text.len() > 400 {
                return Err(error::problem(
                    code::OUT_OF_RANGE,
                    "a number with so many digits is out of range",
                ));
            }
            let data = if whole {
                DataType::Int
            } else {
                DataType::Decimal
            };
            Kind::of(data, false)
        }
        Value::Boolean(_) => Kind::of(DataType::Boolean, false),
        Value::Null => Kind::unknown(),
        Value::SingleQuotedString(text) => Kind::default().up_to(text.len() as u64),
        Value::EscapedStringLiteral(text) | Value::NationalStringLiteral(text) => {
            let longest = text.len() as u64;
            *value = Value::SingleQuotedString(std::mem::take(text));
            Kind::default().up_to(longest)
        }
        Value::DollarQuotedString(text) => {
            let longest = text.value.len() as u64;
            *value = Value::SingleQuotedString(std::mem::take(&mut text.value));
            Kind::default().up_to(longest)
        }
        Value::HexStringLiteral(_) => Kind::of(DataType::Bytea, false),
        _ => {
            return Err(unsupported(
                "this kind of literal",
                "write a text in single quotes",
            ));
        }
    })
}

/// The most bytes any of several values takes.
#[must_use]
pub fn longest<'k>(kinds: impl Iterator<Item = &'k Kind>) -> u64 {
    kinds.map(|kind| kind.longest).max().unwrap_or_default()
}

/// Refuses what grew too large by rewriting: what is doubled at each level of nesting would not end.
fn bounded(expr: &Expr) -> Result<(), Problem> {
    if expr.to_string().len() > MAX_REWRITTEN {
        return Err(error::too_deep());
    }
    Ok(())
}

fn common<'k>(mut kinds: impl Iterator<Item = &'k Kind>) -> Option<DataType> {
    let first = kinds.next()?.data.clone()?;
    kinds
        .all(|kind| kind.data.as_ref() == Some(&first))
        .then_some(first)
}

/// The tests for truth and distinctness that GlueSQL lacks.
fn spelt_out(expr: Expr) -> Expr {
    let either = |when: Expr, truth: bool| {
        tree::case(
            vec![(when, tree::truth(Some(truth)))],
            tree::truth(Some(!truth)),
        )
    };
    let not = |inner: Expr| Expr::UnaryOp {
        op: UnaryOperator::Not,
        expr: Box::new(Expr::Nested(Box::new(inner))),
    };
    let distinct = |left: Expr, right: Expr, yes: bool| {
        let null = |side: &Expr| Expr::IsNull(Box::new(side.clone()));
        let both = tree::binary(null(&left), BinaryOperator::And, null(&right));
        let one = tree::binary(null(&left), BinaryOperator::Or, null(&right));
        tree::case(
            vec![
                (both, tree::truth(Some(!yes))),
                (one, tree::truth(Some(yes))),
                (
                    tree::binary(left, BinaryOperator::Eq, right),
                    tree::truth(Some(!yes)),
                ),
            ],
            tree::truth(Some(yes)),
        )
    };
    match expr {
        Expr::IsTrue(inner) => either(*inner, true),
        Expr::IsNotTrue(inner) => either(*inner, false),
        Expr::IsFalse(inner) => either(not(*inner), true),
        Expr::IsNotFalse(inner) => either(not(*inner), false),
        Expr::IsUnknown(inner) => Expr::IsNull(inner),
        Expr::IsNotUnknown(inner) => Expr::IsNotNull(inner),
        Expr::IsDistinctFrom(left, right) => distinct(*left, *right, true),
        Expr::IsNotDistinctFrom(left, right) => distinct(*left, *right, false),
        other => other,
    }
}

/// `EXISTS (the rows of a subquery whose column is NULL)`, if the subquery can be asked so.
fn only_nulls(subquery: &Query) -> Option<Expr> {
    let mut subquery = subquery.clone();
    if subquery.limit.is_some() || subquery.offset.is_some() {
        return None;
    }
    subquery.order_by = None;
    let SetExpr::Select(select) = &mut *subquery.body else {
        return None;
    };
    if !ungrouped(select) {
        return None;
    }
    let Some(SelectItem::ExprWithAlias { expr, .. }) = select.projection.first() else {
        return None;
    };
    let null = Expr::IsNull(Box::new(Expr::Nested(Box::new(expr.clone()))));
    select.selection = Some(match select.selection.take() {
        Some(condition) => {
            tree::binary(Expr::Nested(Box::new(condition)), BinaryOperator::And, null)
        }
        None => null,
    });
    Some(Expr::Exists {
        subquery: Box::new(subquery),
        negated: false,
    })
}

fn ungrouped(select: &Select) -> bool {
    let grouped = match &select.group_by {
        GroupByExpr::Expressions(exprs, _) => !exprs.is_empty(),
        GroupByExpr::All(_) => true,
    };
    let aggregates = select.projection.iter().any(|item| match item {
        SelectItem::ExprWithAlias { expr, .. } => tree::aggregates(&mut expr.clone()),
        _ => false,
    });
    !grouped && !aggregates && select.having.is_none()
}

/// Whether a subquery's WHERE leaves out the rows whose column is NULL, seen at a glance.
fn filters_null(subquery: &Query) -> bool {
    let SetExpr::Select(select) = &*subquery.body else {
        return false;
    };
    let (Some(SelectItem::ExprWithAlias { expr, .. }), Some(condition)) =
        (select.projection.first(), &select.selection)
    else {
        return false;
    };
    demands(condition, tree::bare(expr))
}

fn demands(condition: &Expr, column: &Expr) -> bool {
    match tree::bare(condition) {
        Expr::IsNotNull(inner) => tree::bare(inner) == column,
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => demands(left, column) || demands(right, column),
        _ => false,
    }
}
