//! Calls with OVER.

use gluesql::core::sqlparser::ast::{
    self, Function, NamedWindowExpr, WindowFrameBound, WindowFrameUnits, WindowSpec, WindowType,
};

use super::Bind;
use super::call::arguments;
use super::expr::Typed;
use super::query::{Edge, Frame, Key, Units, WindowCall, WindowFunction};
use super::scope::Clause;
use super::tree::Expr;
use crate::problem::Problem;
use crate::sql::error::{self, code, unsupported};
use crate::sql::types::SqlType;
use crate::sql::value;

/// A resolved window.
#[derive(Debug, Clone, Default)]
pub struct Spec {
    partition: Vec<Expr>,
    order: Vec<Key>,
    frame: Option<Frame>,
}

/// Whether a name is a window function's that is no aggregate.
#[must_use]
pub fn is_window_function(name: &str) -> bool {
    matches!(
        name,
        "row_number"
            | "rank"
            | "dense_rank"
            | "percent_rank"
            | "cume_dist"
            | "ntile"
            | "lag"
            | "lead"
            | "first_value"
            | "last_value"
            | "nth_value"
    )
}

impl Bind<'_> {
    /// A call with OVER: its value becomes a column of the window's slot.
    pub(super) fn window_call(
        &mut self,
        function: &Function,
        name: &str,
    ) -> Result<Typed, Problem> {
        let clause = self.level().clause;
        if !matches!(clause, Clause::Select | Clause::OrderBy) {
            let mut problem = error::problem(
                "42P20",
                format!(
                    "the window function `{name}` cannot stand {}",
                    match clause {
                        Clause::Where => "in WHERE",
                        Clause::Having => "in HAVING",
                        Clause::GroupBy => "in GROUP BY",
                        Clause::On => "in a join condition",
                        Clause::Aggregate => "inside an aggregate",
                        Clause::Window => "inside another window function",
                        _ => "here",
                    }
                ),
            )
            .hint("compute it in a subquery in FROM, and use its column outside");
            problem.place = self.cx.lexed.place_of(name);
            return Err(problem);
        }
        if function.null_treatment == Some(ast::NullTreatment::IgnoreNulls) {
            return Err(unsupported(
                "IGNORE NULLS",
                "leave NULLs out with a subquery",
            ));
        }
        self.level().clause = Clause::Window;
        let bound = self.window_parts(function, name);
        self.level().clause = clause;
        let (call, sql_type) = bound?;
        let level = self.level();
        let known = level.windows.iter().position(|it| *it == call);
        let at = known.unwrap_or(level.windows.len());
        if known.is_none() {
            level.windows.push(call);
        }
        Ok((Expr::Column(level.window_slot, at as u16), sql_type))
    }

    fn window_parts(
        &mut self,
        function: &Function,
        name: &str,
    ) -> Result<(WindowCall, SqlType), Problem> {
        let spec = match &function.over {
            Some(WindowType::NamedWindow(window)) => self.named_window(&window.value)?,
            Some(WindowType::WindowSpec(spec)) => self.window(spec)?,
            None => Spec::default(),
        };
        // Without ORDER BY all rows of the partition are peers of the current one.
        let frame = spec.frame.unwrap_or(Frame {
            units: Units::Range,
            start: Edge::First,
            end: Edge::Current,
        });
        let (function, args, filter, sql_type) = if is_window_function(name) {
            let typed = self.all(&arguments(function, name)?)?;
            let (kind, args, sql_type) = self.window_function(name, typed)?;
            (kind, args, None, sql_type)
        } else if value::is_aggregate(name) {
            let aggregate = self.aggregate_in(function, name, Clause::Window)?;
            if aggregate.distinct || !aggregate.order.is_empty() {
                return Err(unsupported(
                    "DISTINCT or ORDER BY in an aggregate with OVER",
                    "leave duplicates out in a subquery first",
                ));
            }
            let kind = WindowFunction::Aggregate(
                aggregate.kind,
                aggregate.sql_type.clone(),
                aggregate.args.is_empty(),
            );
            (kind, aggregate.args, aggregate.filter, aggregate.sql_type)
        } else {
            let mut problem = error::problem(
                "42809",
                format!("OVER is for window functions and aggregates, and `{name}` is neither"),
            );
            problem.place = self.cx.lexed.place_of(name);
            return Err(problem);
        };
        let call = WindowCall {
            function,
            args,
            filter,
            partition: spec.partition,
            order: spec.order,
            frame,
        };
        Ok((call, sql_type))
    }

    fn window_function(
        &mut self,
        name: &str,
        typed: Vec<Typed>,
    ) -> Result<(WindowFunction, Vec<Expr>, SqlType), Problem> {
        let count = typed.len();
        let wrong = |wanted: &str| Err(self.arguments_wrong(name, wanted));
        let kind = match (name, count) {
            ("row_number", 0) => WindowFunction::RowNumber,
            ("rank", 0) => WindowFunction::Rank,
            ("dense_rank", 0) => WindowFunction::DenseRank,
            ("percent_rank", 0) => WindowFunction::PercentRank,
            ("cume_dist", 0) => WindowFunction::CumeDist,
            ("row_number" | "rank" | "dense_rank" | "percent_rank" | "cume_dist", _) => {
                return wrong("no arguments");
            }
            ("ntile", 1) => WindowFunction::Ntile,
            ("ntile", _) => return wrong("1 argument, the number of parts"),
            ("lag", 1..=3) => WindowFunction::Shifted { back: true },
            ("lead", 1..=3) => WindowFunction::Shifted { back: false },
            ("lag" | "lead", _) => return wrong("1 to 3 arguments"),
            ("first_value", 1) => WindowFunction::FirstValue,
            ("last_value", 1) => WindowFunction::LastValue,
            ("nth_value", 2) => WindowFunction::NthValue,
            ("nth_value", _) => return wrong("2 arguments"),
            _ => return wrong("1 argument"),
        };
        let sql_type = match &kind {
            WindowFunction::RowNumber | WindowFunction::Rank | WindowFunction::DenseRank => {
                SqlType::BigInt
            }
            WindowFunction::PercentRank | WindowFunction::CumeDist => SqlType::Double,
            WindowFunction::Ntile => SqlType::Int,
            _ => match typed.first() {
                Some((_, SqlType::Unknown)) | None => SqlType::Text,
                Some((_, sql_type)) => sql_type.clone(),
            },
        };
        let mut args = Vec::new();
        for (position, (expr, from)) in typed.into_iter().enumerate() {
            let wanted = match (&kind, position) {
                (WindowFunction::Ntile, _)
                | (WindowFunction::Shifted { .. } | WindowFunction::NthValue, 1) => SqlType::Int,
                (WindowFunction::Shifted { .. }, 2) => sql_type.clone(),
                _ => {
                    args.push(expr);
                    continue;
                }
            };
            args.push(self.convert(expr, &from, &wanted)?);
        }
        Ok((kind, args, sql_type))
    }

    fn named_window(&mut self, name: &str) -> Result<Spec, Problem> {
        let known = &self.level().named_windows;
        if let Some((_, spec)) = known.iter().find(|(known, _)| known == name) {
            return Ok(spec.clone());
        }
        let mut problem = error::problem(code::UNDEFINED_OBJECT, format!("no window `{name}`"));
        let near = error::nearest(name, known.iter().map(|(known, _)| known.as_str()));
        problem.hint = Some(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("define it after HAVING: WINDOW {name} AS (ORDER BY column)"),
        });
        problem.place = self.cx.lexed.place_of(name);
        Err(problem)
    }

    /// The WINDOW clause.
    pub(super) fn windows(
        &mut self,
        windows: &[ast::NamedWindowDefinition],
    ) -> Result<(), Problem> {
        for ast::NamedWindowDefinition(name, window) in windows {
            self.level().clause = Clause::Window;
            let spec = match window {
                NamedWindowExpr::NamedWindow(other) => self.named_window(&other.value)?,
                NamedWindowExpr::WindowSpec(spec) => self.window(spec)?,
            };
            self.level().named_windows.push((name.value.clone(), spec));
        }
        Ok(())
    }

    fn window(&mut self, spec: &WindowSpec) -> Result<Spec, Problem> {
        let mut bound = match &spec.window_name {
            Some(name) => self.named_window(&name.value)?,
            None => Spec::default(),
        };
        for expr in &spec.partition_by {
            bound.partition.push(self.expr(expr)?.0);
        }
        if !spec.order_by.is_empty() {
            bound.order = self.keys(&spec.order_by)?;
        }
        if let Some(frame) = &spec.window_frame {
            bound.frame = Some(self.frame(frame, &spec.order_by)?);
        }
        Ok(bound)
    }

    fn frame(
        &mut self,
        frame: &ast::WindowFrame,
        order: &[ast::OrderByExpr],
    ) -> Result<Frame, Problem> {
        let units = match frame.units {
            WindowFrameUnits::Rows => Units::Rows,
            WindowFrameUnits::Range => Units::Range,
            WindowFrameUnits::Groups => Units::Groups,
        };
        let wrong = |text: &str| Err(error::problem("42P20", text));
        let start = match &frame.start_bound {
            WindowFrameBound::Following(None) => {
                return wrong("a frame cannot start at UNBOUNDED FOLLOWING");
            }
            bound => self.edge(bound, units, order)?,
        };
        let end = match &frame.end_bound {
            None => Edge::Current,
            Some(WindowFrameBound::Preceding(None)) => {
                return wrong("a frame cannot end at UNBOUNDED PRECEDING");
            }
            Some(bound) => self.edge(bound, units, order)?,
        };
        match (&start, &end) {
            (Edge::Current, Edge::Preceding(_)) => {
                return wrong("a frame that starts at the current row cannot end before it");
            }
            (Edge::Following(_), Edge::Preceding(_) | Edge::Current) => {
                return wrong("a frame that starts after the current row cannot end before that");
            }
            _ => {}
        }
        if units == Units::Groups && order.is_empty() {
            return wrong("GROUPS needs ORDER BY in the window");
        }
        Ok(Frame { units, start, end })
    }

    fn edge(
        &mut self,
        bound: &WindowFrameBound,
        units: Units,
        order: &[ast::OrderByExpr],
    ) -> Result<Edge, Problem> {
        let (distance, back) = match bound {
            WindowFrameBound::CurrentRow => return Ok(Edge::Current),
            WindowFrameBound::Preceding(None) => return Ok(Edge::First),
            WindowFrameBound::Following(None) => return Ok(Edge::Last),
            WindowFrameBound::Preceding(Some(distance)) => (distance, true),
            WindowFrameBound::Following(Some(distance)) => (distance, false),
        };
        let (distance, from) = self.expr(distance)?;
        let wanted = if units == Units::Range {
            let [by] = order else {
                return Err(error::problem(
                    "42P20",
                    "RANGE with a distance needs one ORDER BY column in the window",
                ));
            };
            match self.expr(&by.expr)?.1 {
                SqlType::Date | SqlType::Timestamp | SqlType::Timestamptz | SqlType::Time => {
                    SqlType::Interval
                }
                known => known,
            }
        } else {
            SqlType::BigInt
        };
        let distance = self.convert(distance, &from, &wanted)?;
        Ok(if back {
            Edge::Preceding(distance)
        } else {
            Edge::Following(distance)
        })
    }
}
