//! Calls: scalar functions, aggregates, and the forms SQL gives names of their own.

use gluesql::core::data::Value;
use gluesql::core::sqlparser::ast::{
    DuplicateTreatment, Expr as Ast, Function, FunctionArg, FunctionArgExpr,
    FunctionArgumentClause, FunctionArguments, ObjectName, OrderByExpr,
};

use super::Bind;
use super::expr::Typed;
use super::label::function_name;
use super::query::{Aggregate, Key};
use super::scope::Clause;
use super::tree::{Comparison, Expr, Function as Scalar, Op, SubqueryKind};
use crate::problem::Problem;
use crate::sql::error::{self, code, unsupported};
use crate::sql::types::SqlType;
use crate::sql::value::{self, NoFunction};

impl Bind<'_> {
    /// Resolves a call.
    pub(super) fn call(&mut self, function: &Function) -> Result<Typed, Problem> {
        let name = function_name(function);
        self.refuse_forms(function, &name)?;
        if let FunctionArguments::Subquery(query) = &function.args {
            if name != "array" {
                return Err(unsupported(
                    "a subquery as an argument without parentheses of its own",
                    "write f((SELECT …))",
                ));
            }
            let query = self.subquery(query)?;
            let of = self.one_column(&query)?;
            let array = self.subquery_expr(SubqueryKind::Array, Vec::new(), query);
            return Ok((array, SqlType::Array(Box::new(of))));
        }
        if function.over.is_some() {
            return self.window_call(function, &name);
        }
        if value::is_aggregate(&name) {
            return self.aggregate_call(function, &name);
        }
        if super::window::is_window_function(&name) {
            let mut problem = error::problem(
                "42809",
                format!("`{name}` is a window function and needs OVER (…)"),
            )
            .hint(format!("write {name}() OVER (ORDER BY column)"));
            problem.place = self.cx.lexed.place_of(&name);
            return Err(problem);
        }
        if function.filter.is_some() || !function.within_group.is_empty() || is_distinct(function) {
            let mut problem = error::problem(
                code::TYPE_MISMATCH,
                format!(
                    "DISTINCT, FILTER and WITHIN GROUP are for aggregates, and `{name}` is none"
                ),
            );
            problem.place = self.cx.lexed.place_of(&name);
            return Err(problem);
        }
        if matches!(name.as_str(), "generate_series" | "unnest") {
            return self.row_function(function, &name);
        }
        let written = arguments(function, &name).map_err(|problem| {
            // A name that nothing has is the first thing to say.
            match value::scalar(&name, &[]) {
                Err(none) if none.takes.is_none() => self.no_function(&name, &[], none),
                _ => problem,
            }
        })?;
        if name == "row" {
            return Err(unsupported(
                "ROW(…) as a value",
                "compare lists: (a, b) = (1, 2)",
            ));
        }
        let typed = self.all(&written)?;
        match name.as_str() {
            "coalesce" => {
                let (operands, common) = self.common(typed, "COALESCE")?;
                self.at_least_one(&operands, &name)?;
                Ok((self.fold(Expr::Op(Op::Coalesce, operands)), common))
            }
            "greatest" | "least" => {
                let (operands, common) = self.common(typed, &name.to_uppercase())?;
                self.at_least_one(&operands, &name)?;
                let op = if name == "least" {
                    Op::Least
                } else {
                    Op::Greatest
                };
                Ok((self.fold(Expr::Op(op, operands)), common))
            }
            "nullif" => {
                let Ok([left, right]) = <[Typed; 2]>::try_from(typed) else {
                    return Err(self.arguments_wrong(&name, "2 arguments"));
                };
                let sql_type = left.1.clone();
                let (left, right) = self.meet(left, right, "=")?;
                Ok((self.fold(Expr::two(Op::NullIf, left, right)), sql_type))
            }
            "grouping" => {
                let keys: Vec<Expr> = typed.into_iter().map(|(expr, _)| expr).collect();
                let known = self.level().grouping.clone();
                let mut positions = Vec::new();
                for key in &keys {
                    let Some(position) = known.iter().position(|it| it == key) else {
                        return Err(error::problem(
                            code::GROUPING,
                            "GROUPING takes expressions of GROUP BY",
                        ));
                    };
                    positions.push(position);
                }
                // The number of the grouping set follows the keys.
                let level = self.level();
                let set = Expr::Column(level.group_slot, level.keys.saturating_sub(1) as u16);
                Ok((Expr::one(Op::Grouping(positions), set), SqlType::Int))
            }
            "pg_typeof" if typed.len() == 1 => {
                let name = value::full_name(&typed[0].1);
                Ok((Expr::value(Value::Str(name)), SqlType::Text))
            }
            _ => self.scalar(&name, typed),
        }
    }

    /// A scalar function of resolved arguments.
    pub(super) fn scalar(&mut self, name: &str, typed: Vec<Typed>) -> Result<Typed, Problem> {
        let types: Vec<SqlType> = typed.iter().map(|(_, sql_type)| sql_type.clone()).collect();
        let (scalar, returns, wanted) =
            value::scalar(name, &types).map_err(|none| self.no_function(name, &types, none))?;
        let mut operands = Vec::with_capacity(typed.len());
        for (position, (expr, sql_type)) in typed.into_iter().enumerate() {
            operands.push(match wanted.get(position) {
                Some(wanted) => self.convert(expr, &sql_type, wanted)?,
                None => expr,
            });
        }
        if value::is_volatile(scalar) {
            self.level().volatile = true;
        }
        let call = Expr::Op(Op::Call(Scalar(scalar), wanted.into()), operands);
        Ok((self.fold(call), returns))
    }

    fn no_function(&self, name: &str, types: &[SqlType], none: NoFunction) -> Problem {
        let is_operator = !name.starts_with(|letter: char| letter.is_alphabetic() || letter == '_');
        if is_operator {
            let names: Vec<String> = types.iter().map(ToString::to_string).collect();
            return error::problem(
                code::UNDEFINED_FUNCTION,
                format!("there is no operator {}", names.join(&format!(" {name} "))),
            );
        }
        let mut problem = match &none.takes {
            Some(takes) => {
                let names: Vec<String> = types.iter().map(ToString::to_string).collect();
                error::problem(
                    code::UNDEFINED_FUNCTION,
                    format!("no function `{name}({})`", names.join(", ")),
                )
                .hint(format!("there is {takes}"))
            }
            None => error::problem(code::UNDEFINED_FUNCTION, format!("no function `{name}`")),
        };
        problem.place = self.cx.lexed.place_of(name);
        if let (None, Some(near)) = (&none.takes, none.near) {
            problem.hint = Some(format!("did you mean `{near}`?"));
        }
        problem
    }

    fn at_least_one(&self, operands: &[Expr], name: &str) -> Result<(), Problem> {
        if operands.is_empty() {
            return Err(self.arguments_wrong(name, "at least 1 argument"));
        }
        Ok(())
    }

    pub(super) fn arguments_wrong(&self, name: &str, wanted: &str) -> Problem {
        let mut problem =
            error::problem(code::UNDEFINED_FUNCTION, format!("`{name}` takes {wanted}"));
        problem.place = self.cx.lexed.place_of(name);
        problem
    }

    fn refuse_forms(&self, function: &Function, name: &str) -> Result<(), Problem> {
        if !matches!(function.parameters, FunctionArguments::None) {
            let mut problem = unsupported(
                &format!("this form of {name}(…)"),
                "call it with plain arguments",
            );
            problem.place = self.cx.lexed.place_of(name);
            return Err(problem);
        }
        match &function.name {
            ObjectName(parts) if parts.len() > 1 => match parts[0].value.as_str() {
                "pg_catalog" | "public" => Ok(()),
                schema => Err(unsupported(
                    &format!("the schema `{schema}`"),
                    "write the function's name alone",
                )),
            },
            _ => Ok(()),
        }
    }

    /// An aggregate without OVER: its value becomes a column of the group.
    fn aggregate_call(&mut self, function: &Function, name: &str) -> Result<Typed, Problem> {
        let clause = self.level().clause;
        if let Some(wrong) = no_aggregates(clause) {
            let mut problem = error::problem(
                code::GROUPING,
                format!("the aggregate `{name}` cannot stand {wrong}"),
            );
            problem.hint = Some(match clause {
                Clause::Where => "filter groups with HAVING after GROUP BY".to_owned(),
                Clause::Aggregate => "aggregate in a subquery first".to_owned(),
                _ => "use it in SELECT, HAVING or ORDER BY".to_owned(),
            });
            problem.place = self.cx.lexed.place_of(name);
            return Err(problem);
        }
        let aggregate = self.aggregate(function, name)?;
        let sql_type = aggregate.sql_type.clone();
        let level = self.level();
        let known = level.aggregates.iter().position(|it| *it == aggregate);
        let at = known.unwrap_or(level.aggregates.len());
        if known.is_none() {
            level.aggregates.push(aggregate);
        }
        let column = (level.keys + at) as u16;
        Ok((Expr::Column(level.group_slot, column), sql_type))
    }

    /// An aggregate's parts, its arguments resolved.
    fn aggregate(&mut self, function: &Function, name: &str) -> Result<Aggregate, Problem> {
        self.aggregate_in(function, name, Clause::Aggregate)
    }

    /// As [`Bind::aggregate`], with its arguments standing in a clause.
    pub(super) fn aggregate_in(
        &mut self,
        function: &Function,
        name: &str,
        within: Clause,
    ) -> Result<Aggregate, Problem> {
        let clause = std::mem::replace(&mut self.level().clause, within);
        let aggregate = self.aggregate_parts(function, name);
        self.level().clause = clause;
        aggregate
    }

    fn aggregate_parts(&mut self, function: &Function, name: &str) -> Result<Aggregate, Problem> {
        let star = matches!(&function.args, FunctionArguments::List(list)
            if matches!(list.args.as_slice(), [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)]));
        let distinct = is_distinct(function);
        let mut typed = Vec::new();
        let mut order = Vec::new();
        if star {
            if name != "count" {
                return Err(self.arguments_wrong(name, "plain arguments, not *"));
            }
            if distinct {
                let mut problem = error::problem(code::SYNTAX, "COUNT(DISTINCT *) counts nothing")
                    .hint("name a column: COUNT(DISTINCT column)");
                problem.place = self.cx.lexed.place_of(name);
                return Err(problem);
            }
        } else {
            typed = self.all(&arguments(function, name)?)?;
            if typed.is_empty() && name == "count" {
                let mut problem =
                    error::problem("42809", "`count` without an argument is COUNT(*)")
                        .hint("write COUNT(*), or name a column: COUNT(column)");
                problem.place = self.cx.lexed.place_of(name);
                return Err(problem);
            }
            order = self.keys(&argument_order(function))?;
        }
        if !function.within_group.is_empty() {
            // percentile_cont(0.5) WITHIN GROUP (ORDER BY x): x is what is summed up.
            for by in &function.within_group {
                typed.push(self.expr(&by.expr)?);
            }
            order = self.keys(&function.within_group)?;
        }
        let types: Vec<SqlType> = typed.iter().map(|(_, sql_type)| sql_type.clone()).collect();
        let (kind, sql_type, wanted) = match value::aggregate(name, &types) {
            Some(Ok(found)) => found,
            Some(Err(none)) => {
                let mut problem = self.no_function(name, &types, none);
                if let [one] = types.as_slice() {
                    problem.message = format!("`{name}` cannot sum up values of type {one}");
                    if one.is_text() {
                        problem.message = format!("`{name}` wants numbers, and this is {one}");
                    }
                }
                return Err(problem);
            }
            None => return Err(self.no_function(name, &types, NoFunction::default())),
        };
        let mut args = Vec::new();
        for (position, (expr, sql_type)) in typed.into_iter().enumerate() {
            let wanted = wanted.get(position).or(wanted.last());
            args.push(match wanted {
                Some(wanted) => self.convert(expr, &sql_type, wanted)?,
                None => expr,
            });
        }
        if distinct && order.iter().any(|key| !args.contains(&key.expr)) {
            return Err(error::problem(
                code::INVALID_COLUMN_REFERENCE,
                "an aggregate with DISTINCT can be ordered by its argument only",
            ));
        }
        let filter = match &function.filter {
            Some(filter) => Some(self.condition(filter)?),
            None => None,
        };
        Ok(Aggregate {
            name: name.into(),
            kind,
            sql_type,
            args,
            distinct,
            filter,
            order,
        })
    }

    /// Sort keys within a call.
    pub(super) fn keys(&mut self, order: &[OrderByExpr]) -> Result<Vec<Key>, Problem> {
        let mut keys = Vec::with_capacity(order.len());
        for by in order {
            let (expr, _) = self.expr(&by.expr)?;
            let descending = by.asc == Some(false);
            keys.push(Key {
                expr,
                descending,
                nulls_first: by.nulls_first.unwrap_or(descending),
            });
        }
        Ok(keys)
    }

    /// `a = b`, of resolved sides.
    pub(super) fn equal(&mut self, left: Typed, right: Typed) -> Result<Expr, Problem> {
        let (left, right) = self.meet(left, right, "=")?;
        Ok(Expr::two(Op::Compare(Comparison::Eq), left, right))
    }
}

/// A call's plain arguments.
pub(super) fn arguments(function: &Function, name: &str) -> Result<Vec<Ast>, Problem> {
    let FunctionArguments::List(list) = &function.args else {
        return Ok(Vec::new());
    };
    list.args.iter().map(|it| argument(it, name)).collect()
}

pub(super) fn argument(argument: &FunctionArg, name: &str) -> Result<Ast, Problem> {
    match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Ok(expr.clone()),
        _ => Err(
            error::problem(code::SYNTAX, format!("`{name}` takes plain arguments only"))
                .hint("give it columns or values, separated by commas"),
        ),
    }
}

fn argument_order(function: &Function) -> Vec<OrderByExpr> {
    let FunctionArguments::List(list) = &function.args else {
        return Vec::new();
    };
    let order = list.clauses.iter().find_map(|clause| match clause {
        FunctionArgumentClause::OrderBy(order) => Some(order.clone()),
        _ => None,
    });
    order.unwrap_or_default()
}

pub(super) fn is_distinct(function: &Function) -> bool {
    matches!(&function.args, FunctionArguments::List(list)
        if list.duplicate_treatment == Some(DuplicateTreatment::Distinct))
}

/// Where no aggregate may stand, in words.
fn no_aggregates(clause: Clause) -> Option<String> {
    Some(match clause {
        Clause::Select | Clause::Having | Clause::OrderBy | Clause::Window => return None,
        Clause::Where => "in WHERE, which chooses rows before they are grouped".to_owned(),
        Clause::On => "in a join condition".to_owned(),
        Clause::GroupBy => "in GROUP BY".to_owned(),
        Clause::Limit => "in LIMIT".to_owned(),
        Clause::Values => "in VALUES".to_owned(),
        Clause::From => "in FROM".to_owned(),
        Clause::Aggregate => "inside another aggregate".to_owned(),
        Clause::Definition(place) | Clause::Statement(place) => format!("in {place}"),
    })
}
