//! Values: their order and hashes, operators, conversions, functions and aggregates, and their
//! forms outside. PostgreSQL is the model; all is pure.
//!
//! Forms of values that a [`SqlType`](super::types::SqlType) does not tell by itself:
//! - An interval of months or of clock time alone is GlueSQL's `Interval`; any other (days, or
//!   both) is an `I128` that packs the three parts. [`Span::of`] reads both.
//! - `numeric` holds 28 digits; what needs more is rounded after the point, or 22003 before it.

mod aggregate;
mod arithmetic;
mod convert;
mod float;
mod function;
mod hash;
mod json;
mod jsontext;
mod like;
mod maths;
mod moment;
mod number;
mod order;
mod problems;
mod read;
mod span;
mod template;
mod text;

pub use aggregate::{Accumulator, AggregateKind, aggregate, is_aggregate};
pub use arithmetic::{Arithmetic, arithmetic, arithmetic_type, concat, negate, operator_types};
pub use convert::{assign, can_cast, cast, common_type, comparable, implicit, same_type};
pub use function::{Cx, NoFunction, Scalar, call, function_names, is_volatile, scalar};
pub use hash::{hash_values, same_values};
pub use json::{to_json, uuid};
pub use like::LikePattern;
pub use order::{above_all, compare, total_order};
pub use read::read;
pub use span::Span;
pub use text::{full_name, text};

#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic)]
mod tests;
