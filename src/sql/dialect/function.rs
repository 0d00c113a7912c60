//! The functions of the dialect: PostgreSQL's names, GlueSQL's work.

use gluesql::core::ast::DataType;
use gluesql::core::sqlparser::ast::{
    BinaryOperator, DataType as SqlType, DuplicateTreatment, Expr, Function, FunctionArg,
    FunctionArgExpr, FunctionArguments, Ident, ObjectName, TimezoneInfo, Value,
};

use super::binder::{Binder, Clause, longest};
use super::scope::{Kind, Scope};
use super::tree;
use crate::problem::Problem;
use crate::sql::error::{self, code, unsupported};
use crate::sql::value;

// EXP, LN, LOG and POWER come from the platform's mathematics, of which IEEE 754 fixes no last
// digit: natively and in a browser they may differ there. Browsers agree, for they all run the
// same bytes; SQRT and the four operations are exact everywhere.

/// All functions, in lower case: what a misspelt one is compared with.
pub const FUNCTIONS: &[&str] = &[
    "abs",
    "ascii",
    "avg",
    "ceil",
    "char_length",
    "chr",
    "coalesce",
    "concat",
    "concat_ws",
    "count",
    "current_date",
    "current_time",
    "current_timestamp",
    "degrees",
    "div",
    "exp",
    "floor",
    "gen_random_uuid",
    "greatest",
    "initcap",
    "least",
    "left",
    "length",
    "ln",
    "log10",
    "lower",
    "lpad",
    "ltrim",
    "max",
    "md5",
    "min",
    "mod",
    "now",
    "nullif",
    "pi",
    "position",
    "power",
    "radians",
    "random",
    "repeat",
    "replace",
    "reverse",
    "right",
    "round",
    "rpad",
    "rtrim",
    "sign",
    "sqrt",
    "stddev",
    "substr",
    "substring",
    "sum",
    "trim",
    "trunc",
    "upper",
    "variance",
];

/// Characters that padding and repeating may make.
const MAX_REPEAT: i64 = 10_000;

/// Whether a function sums up many rows.
#[must_use]
pub fn is_aggregate(name: &str) -> bool {
    matches!(
        name,
        "count" | "sum" | "min" | "max" | "avg" | "variance" | "stdev"
    )
}

impl Binder<'_, '_> {
    /// Checks and rewrites a function call.
    ///
    /// # Errors
    /// Unknown functions, and uses that are not supported.
    pub fn call(
        &mut self,
        expr: &mut Expr,
        scope: &Scope,
        clause: Clause,
    ) -> Result<Kind, Problem> {
        let Expr::Function(function) = expr else {
            return Ok(Kind::unknown());
        };
        let typed = tree::name(function);

        let name = match typed.as_str() {
            "char_length" | "character_length" => "length",
            "pow" => "power",
            "stddev" | "stddev_pop" => "stdev",
            "var_pop" => "variance",
            "substring" => "substr",
            "localtimestamp" | "transaction_timestamp" | "statement_timestamp" => "now",
            "rand" => "random",
            "generate_uuid" => "gen_random_uuid",
            "ifnull" => "coalesce",
            "log" => "log10",
            other => other,
        }
        .to_owned();
        if !FUNCTIONS.contains(&name.as_str()) && !is_aggregate(&name) {
            return Err(error::no_function(&typed, self.lexed));
        }
        self.refuse_forms(function, &typed)?;
        if is_aggregate(&name) {
            function.name = ObjectName(vec![Ident::new(&name)]);
            return self.aggregate(function, &name, scope, clause);
        }
        let distinct = matches!(&function.args, FunctionArguments::List(list)
            if list.duplicate_treatment == Some(DuplicateTreatment::Distinct));
        if distinct {
            return Err(error::problem(
                code::TYPE_MISMATCH,
                format!("DISTINCT works in aggregates only, and `{typed}` is none"),
            ));
        }
        if let Some(value) = self.world_value(&name, scope, clause)? {
            let kind = match name.as_str() {
                "now" | "current_timestamp" => Kind::of(DataType::Timestamp, false),
                "current_date" => Kind::of(DataType::Date, false),
                "current_time" => Kind::of(DataType::Time, false),
                "random" => Kind::of(DataType::Float, false),
                _ => Kind::of(DataType::Uuid, false),
            };
            *expr = value;
            return Ok(kind);
        }
        let mut kinds = Vec::new();
        for argument in tree::arguments(function) {
            kinds.push(self.expr(argument, scope, clause)?);
        }
        function.name = ObjectName(vec![Ident::new(&name)]);
        self.rewrite(expr, &name, &kinds)
    }

    /// Forms of a call whose special part GlueSQL would silently leave out.
    fn refuse_forms(&self, function: &Function, name: &str) -> Result<(), Problem> {
        let placed = |mut problem: Problem| {
            problem.place = self.lexed.place_of(name);
            Err(problem)
        };
        if function.over.is_some() {
            return placed(unsupported(
                &format!("the window function {name}(…) OVER (…)"),
                "use GROUP BY with an aggregate, or a subquery",
            ));
        }
        if function.filter.is_some() {
            return placed(unsupported(
                &format!("{name}(…) FILTER (WHERE …)"),
                "write it as SUM(CASE WHEN … THEN 1 ELSE 0 END)",
            ));
        }
        let clauses =
            matches!(&function.args, FunctionArguments::List(list) if !list.clauses.is_empty());
        if clauses
            || !function.within_group.is_empty()
            || function.null_treatment.is_some()
            || !matches!(function.parameters, FunctionArguments::None)
            || matches!(function.args, FunctionArguments::Subquery(_))
        {
            return placed(unsupported(
                &format!("this form of {name}(…)"),
                "call it with plain arguments",
            ));
        }
        if let FunctionArguments::List(list) = &function.args {
            for argument in &list.args {
                match argument {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(_)) => {}
                    FunctionArg::Unnamed(FunctionArgExpr::Wildcard) if name == "count" => {
                        if list.duplicate_treatment == Some(DuplicateTreatment::Distinct) {
                            return placed(
                                error::problem(code::SYNTAX, "COUNT(DISTINCT *) counts nothing")
                                    .hint("name a column: COUNT(DISTINCT column)"),
                            );
                        }
                    }
                    _ => {
                        return placed(
                            error::problem(
                                code::SYNTAX,
                                format!("`{name}` takes plain arguments only"),
                            )
                            .hint("give it columns or values, separated by commas"),
                        );
                    }
                }
            }
        }
        Ok(())
    }

    fn aggregate(
        &mut self,
        function: &mut Function,
        name: &str,
        scope: &Scope,
        clause: Clause,
    ) -> Result<Kind, Problem> {
        let place = self.lexed.place_of(name);
        if let Some(where_) = clause.no_aggregates() {
            let mut problem = error::problem(
                code::GROUPING,
                format!("the aggregate `{name}` cannot stand {where_}"),
            );
            problem.hint = Some(match clause {
                Clause::Where => "filter groups with HAVING after GROUP BY".to_owned(),
                Clause::Aggregate => "aggregate in a subquery first".to_owned(),
                _ => "use it in SELECT, HAVING or ORDER BY".to_owned(),
            });
            problem.place = place;
            return Err(problem);
        }
        self.aggregates += 1;
        let mut kind = Kind::unknown();
        for argument in tree::arguments(function) {
            kind = self.expr(argument, scope, Clause::Aggregate)?;
            if matches!(name, "sum" | "avg" | "variance" | "stdev")
                && kind.data.is_some()
                && !kind.is_number()
                && kind.data != Some(DataType::Interval)
            {
                let mut problem = error::problem(
                    code::UNDEFINED_FUNCTION,
                    format!("`{name}` wants numbers, and this is {}", shown(&kind)),
                );
                problem.place = place;
                return Err(problem);
            }
        }
        Ok(match name {
            "count" => Kind::of(DataType::Int, false),
            "sum" | "min" | "max" => Kind {
                nullable: true,
                ..kind
            },
            _ => Kind::of(DataType::Float, true),
        })
    }

    /// The clock's and the random generator's functions, as the value they have now.
    fn world_value(
        &mut self,
        name: &str,
        scope: &Scope,
        clause: Clause,
    ) -> Result<Option<Expr>, Problem> {
        let typed = |data_type, value| Some(Expr::TypedString { data_type, value });
        let zone = TimezoneInfo::None;
        Ok(match name {
            "now" | "current_timestamp" => typed(
                SqlType::Timestamp(None, zone),
                self.now.format("%Y-%m-%d %H:%M:%S%.f").to_string(),
            ),
            "current_date" => typed(SqlType::Date, self.now.format("%Y-%m-%d").to_string()),
            "current_time" => typed(
                SqlType::Time(None, zone),
                self.now.format("%H:%M:%S%.f").to_string(),
            ),
            "random" | "gen_random_uuid" => {
                if clause != Clause::Values && scope.has_rows() {
                    let mut problem = unsupported(
                        &format!("{name}() for every row of a query"),
                        "use it in VALUES or in a SELECT without FROM",
                    );
                    problem.place = self.lexed.place_of(name);
                    return Err(problem);
                }
                Some(if name == "random" {
                    self.random()
                } else {
                    Expr::TypedString {
                        data_type: SqlType::Uuid,
                        value: value::uuid(self.uuid()),
                    }
                })
            }
            _ => None,
        })
    }

    /// A number from 0 up to 1, as a literal.
    fn random(&mut self) -> Expr {
        // Nine digits: exact as a decimal literal and as a binary fraction.
        let digits = (self.rng)() % 1_000_000_000;
        let text = format!("0.{digits:09}");
        let number = text.parse().map(|number| Value::Number(number, false));
        tree::cast(
            Expr::Value(number.unwrap_or(Value::Null)),
            SqlType::Float(None),
        )
    }

    /// A random UUID, version 4 (RFC 9562, section 5.4).
    pub fn uuid(&mut self) -> u128 {
        let bits = (u128::from((self.rng)()) << 64) | u128::from((self.rng)());
        bits & !(0xf000_u128 << 64) & !(0xc000_u128 << 48)
            | (0x4000_u128 << 64)
            | (0x8000_u128 << 48)
    }

    /// Calls that GlueSQL knows in another form.
    fn rewrite(&mut self, expr: &mut Expr, name: &str, kinds: &[Kind]) -> Result<Kind, Problem> {
        let Expr::Function(function) = expr else {
            return Ok(Kind::unknown());
        };
        let mut arguments: Vec<Expr> = tree::arguments(function)
            .into_iter()
            .map(|e| e.clone())
            .collect();
        let first = kinds.first().cloned().unwrap_or_else(Kind::unknown);
        let nullable = kinds.iter().any(|kind| kind.nullable);
        match name {
            "coalesce" => {
                return Ok(Kind {
                    data: kinds.iter().find_map(|kind| kind.data.clone()),
                    nullable: kinds.iter().all(|kind| kind.nullable),
                    longest: longest(kinds.iter()),
                });
            }
            "nullif" => {
                return Ok(Kind {
                    nullable: true,
                    ..first
                });
            }
            "concat" => {
                // NULLs count as nothing (PostgreSQL, section 9.4).
                for argument in tree::arguments(function) {
                    let text = tree::cast(argument.clone(), SqlType::Text);
                    let nothing = Expr::Value(Value::SingleQuotedString(String::new()));
                    *argument = tree::call("coalesce", vec![text, nothing]);
                }
                return Ok(Kind::of(DataType::Text, false).up_to(together(kinds)));
            }
            "greatest" | "least" if arguments.len() > 1 => {
                let mut chosen = arguments.remove(0);
                for argument in arguments {
                    let op = if name == "greatest" {
                        BinaryOperator::GtEq
                    } else {
                        BinaryOperator::LtEq
                    };
                    // NULLs are left out (PostgreSQL, section 9.18.4).
                    chosen = tree::case(
                        vec![
                            (Expr::IsNull(Box::new(chosen.clone())), argument.clone()),
                            (Expr::IsNull(Box::new(argument.clone())), chosen.clone()),
                            (tree::binary(chosen.clone(), op, argument.clone()), chosen),
                        ],
                        argument,
                    );
                    if tree::size(&mut chosen) > 500 {
                        return Err(error::too_deep());
                    }
                }
                *expr = chosen;
                return Ok(Kind {
                    nullable,
                    ..first.up_to(longest(kinds.iter()))
                });
            }
            "round" | "trunc" if arguments.len() == 2 => {
                let digits =
                    tree::literal_integer(&arguments[1]).filter(|digits| (0..=9).contains(digits));
                let Some(digits) = digits else {
                    return Err(unsupported(
                        &format!("`{name}` with other than 0 to 9 digits"),
                        "write the number of digits as a literal",
                    ));
                };
                let scale = tree::number(10_u64.pow(u32::try_from(digits).unwrap_or(0)));
                let value = tree::cast(arguments.remove(0), SqlType::Float(None));
                let scaled = tree::binary(value, BinaryOperator::Multiply, scale.clone());
                *expr = tree::binary(
                    tree::call(name, vec![scaled]),
                    BinaryOperator::Divide,
                    scale,
                );
                return Ok(Kind::of(DataType::Float, nullable));
            }
            "repeat" | "lpad" | "rpad" => {
                let small = arguments
                    .get(1)
                    .and_then(tree::literal_integer)
                    .is_some_and(|count| count <= MAX_REPEAT);
                if !small {
                    return Err(unsupported(
                        &format!("`{name}` of unknown length"),
                        &format!("write its length as a number up to {MAX_REPEAT}"),
                    ));
                }
            }
            "round" | "trunc" | "sqrt" | "exp" | "ln" | "log10" | "power" | "degrees"
            | "radians"
                if !first.is_integer() =>
            {
                for argument in tree::arguments(function) {
                    *argument = tree::cast(argument.clone(), SqlType::Float(None));
                }
            }
            _ => {}
        }
        let longest = grown(name, &arguments, kinds);
        let data = match name {
            "length" | "ascii" | "div" | "position" => Some(DataType::Int),
            "abs" | "mod" => first.data,
            "lower" | "upper" | "initcap" | "concat" | "concat_ws" | "left" | "right" | "lpad"
            | "rpad" | "ltrim" | "rtrim" | "trim" | "repeat" | "replace" | "reverse" | "substr"
            | "md5" | "chr" => Some(DataType::Text),
            "sqrt" | "exp" | "ln" | "log10" | "power" | "degrees" | "radians" | "pi" => {
                Some(DataType::Float)
            }
            _ => None,
        };
        Ok(Kind {
            data,
            nullable,
            longest,
        })
    }
}

/// Bytes a function's result takes at most, from what its arguments take.
fn grown(name: &str, arguments: &[Expr], kinds: &[Kind]) -> u64 {
    let of = |position: usize| kinds.get(position).map_or(0, |kind| kind.longest);
    match name {
        "repeat" => {
            let times = arguments.get(1).and_then(tree::literal_integer);
            of(0).saturating_mul(times.and_then(|n| u64::try_from(n).ok()).unwrap_or(0))
        }
        // A character has four bytes at most.
        "lpad" | "rpad" => of(0).saturating_add(4 * MAX_REPEAT.unsigned_abs()),
        "replace" => {
            let found = match arguments.get(1).map(tree::bare) {
                Some(Expr::Value(Value::SingleQuotedString(text))) => text.len().max(1) as u64,
                _ => 1,
            };
            let times = (of(0) / found).saturating_add(1);
            of(0).saturating_add(times.saturating_mul(of(2)))
        }
        // The separator stands between any two.
        "concat_ws" => together(kinds).saturating_add(of(0).saturating_mul(kinds.len() as u64)),
        // One character may become three.
        "lower" | "upper" | "initcap" => of(0).saturating_mul(3),
        _ => longest(kinds.iter()),
    }
}

fn together(kinds: &[Kind]) -> u64 {
    let bytes = kinds.iter().map(|kind| kind.longest);
    bytes.fold(0, u64::saturating_add)
}

/// A kind in words, for messages.
#[must_use]
pub fn shown(kind: &Kind) -> String {
    kind.data
        .as_ref()
        .map_or_else(|| "of unknown type".to_owned(), ToString::to_string)
}
