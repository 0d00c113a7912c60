//! Expressions once their names and types are resolved.
//!
//! Every source of a statement, those of its subqueries too, has a slot of its own. A running
//! statement keeps the current row of each in one frame, so that a column is a slot and a
//! position, inside a subquery as outside.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use gluesql::core::data::Value;

use super::query::Query;
use super::slots::{Slot, Slots};
use crate::sql::types::SqlType;
use crate::sql::value::{self, Arithmetic, LikePattern, Scalar};

/// A resolved expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    Const(Literal),
    Column(Slot, u16),
    /// An operation on operands.
    Op(Op, Vec<Expr>),
    Subquery(Box<Subquery>),
}

/// A value that compares as SQL's sort order does, for expressions to be compared.
#[derive(Debug, Clone)]
pub struct Literal(pub Value);

impl PartialEq for Literal {
    fn eq(&self, other: &Self) -> bool {
        std::mem::discriminant(&self.0) == std::mem::discriminant(&other.0)
            && value::total_order(&self.0, &other.0) == Ordering::Equal
    }
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Eq,
    NotEq,
    Lt,
    LtEq,
    Gt,
    GtEq,
}

impl Comparison {
    /// Whether values in this order pass.
    #[must_use]
    pub fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Eq => order == Ordering::Equal,
            Self::NotEq => order != Ordering::Equal,
            Self::Lt => order == Ordering::Less,
            Self::LtEq => order != Ordering::Greater,
            Self::Gt => order == Ordering::Greater,
            Self::GtEq => order != Ordering::Less,
        }
    }

    /// The same with its sides swapped.
    #[must_use]
    pub fn swapped(self) -> Self {
        match self {
            Self::Lt => Self::Gt,
            Self::LtEq => Self::GtEq,
            Self::Gt => Self::Lt,
            Self::GtEq => Self::LtEq,
            same => same,
        }
    }

    /// As SQL writes it.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Eq => "=",
            Self::NotEq => "<>",
            Self::Lt => "<",
            Self::LtEq => "<=",
            Self::Gt => ">",
            Self::GtEq => ">=",
        }
    }
}

/// What is done with operands.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    And,
    Or,
    Not,
    Compare(Comparison),
    /// The first half of the operands against the second, as rows.
    CompareRows(Comparison),
    Arithmetic(Arithmetic, SqlType),
    Negate(SqlType),
    Concat,
    IsNull,
    /// IS TRUE, IS FALSE.
    Is(bool),
    /// IS DISTINCT FROM.
    Distinct,
    /// The first operand equals one of the others.
    In,
    /// The same of rows of so many columns.
    InRows(usize),
    /// The operand is one of these values.
    InSet(ValueSet),
    /// value, low, high.
    Between {
        symmetric: bool,
    },
    /// The pattern was known when the statement was read.
    Like(Pattern),
    /// text, pattern.
    LikeAny {
        escape: Option<char>,
        ignore_case: bool,
    },
    /// With `operand` first the value compared, then pairs of condition and result, then ELSE.
    Case {
        operand: bool,
    },
    Coalesce,
    NullIf,
    Greatest,
    Least,
    Cast(SqlType, SqlType),
    /// Assignment to a column of this name.
    Assign(SqlType, SqlType, Arc<str>),
    /// A function, and the types of its arguments.
    Call(Function, Arc<[SqlType]>),
    Array,
    /// array, index (from 1).
    Element,
    /// left, array: `left op ANY (array)`, or ALL.
    Any(Comparison, bool),
    /// Of the number of a grouping set as bits: which of these keys are left out of it.
    Grouping(Vec<usize>),
}

/// A scalar function, the same if it has the same name.
#[derive(Clone, Copy)]
pub struct Function(pub &'static Scalar);

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

/// A compiled LIKE pattern.
#[derive(Clone)]
pub struct Pattern {
    /// As written.
    pub text: Arc<str>,
    pub ignore_case: bool,
    pub compiled: Arc<LikePattern>,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.ignore_case == other.ignore_case
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

/// Constant values in order, none of them NULL, and whether NULL was among them.
#[derive(Debug, Clone)]
pub struct ValueSet {
    pub sorted: Arc<Vec<Value>>,
    pub null: bool,
}

impl PartialEq for ValueSet {
    fn eq(&self, other: &Self) -> bool {
        self.null == other.null
            && self.sorted.len() == other.sorted.len()
            && self
                .sorted
                .iter()
                .zip(other.sorted.iter())
                .all(|(left, right)| value::total_order(left, right) == Ordering::Equal)
    }
}

/// A query used in an expression.
#[derive(Debug, Clone)]
pub struct Subquery {
    /// Tells subqueries of a statement apart.
    pub id: u64,
    pub kind: SubqueryKind,
    /// What IN, ANY and ALL compare with.
    pub left: Vec<Expr>,
    pub query: Query,
}

impl PartialEq for Subquery {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Subquery {
    /// Whether one value must equal one of those the subquery gives, which are always the same.
    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(
            self.kind,
            SubqueryKind::In | SubqueryKind::Any(Comparison::Eq, false)
        ) && self.left.len() == 1
            && self.query.outer.is_empty()
            && !self.query.volatile
    }
}

/// What a subquery is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubqueryKind {
    /// Its one value, NULL without a row.
    Value,
    Exists,
    In,
    /// `left op ANY`, or ALL.
    Any(Comparison, bool),
    /// Its one row, compared with `left`.
    Row(Comparison),
    /// All its values as an array.
    Array,
}

impl Expr {
    /// NULL.
    #[must_use]
    pub fn null() -> Self {
        Self::Const(Literal(Value::Null))
    }

    /// A constant.
    #[must_use]
    pub fn value(value: Value) -> Self {
        Self::Const(Literal(value))
    }

    /// The constant it is.
    #[must_use]
    pub fn constant(&self) -> Option<&Value> {
        match self {
            Self::Const(value) => Some(&value.0),
            _ => None,
        }
    }

    /// Two operands under an operation.
    #[must_use]
    pub fn two(op: Op, left: Self, right: Self) -> Self {
        Self::Op(op, vec![left, right])
    }

    /// One operand under an operation.
    #[must_use]
    pub fn one(op: Op, operand: Self) -> Self {
        Self::Op(op, vec![operand])
    }

    /// Its operands; those of a subquery are what it compares with.
    #[must_use]
    pub fn operands(&self) -> &[Self] {
        match self {
            Self::Const(_) | Self::Column(..) => &[],
            Self::Op(_, operands) => operands,
            Self::Subquery(subquery) => &subquery.left,
        }
    }

    /// As [`Expr::operands`], to change.
    pub fn operands_mut(&mut self) -> &mut [Self] {
        match self {
            Self::Const(_) | Self::Column(..) => &mut [],
            Self::Op(_, operands) => operands,
            Self::Subquery(subquery) => &mut subquery.left,
        }
    }

    /// The slots it reads, those a subquery reads from outside too.
    #[must_use]
    pub fn slots(&self) -> Slots {
        let mut slots = Slots::default();
        self.collect(&mut slots);
        slots
    }

    fn collect(&self, slots: &mut Slots) {
        match self {
            Self::Column(slot, _) => slots.add(*slot),
            Self::Subquery(subquery) => {
                for (slot, _) in &subquery.query.outer {
                    slots.add(*slot);
                }
            }
            _ => {}
        }
        for operand in self.operands() {
            operand.collect(slots);
        }
    }

    /// Whether two evaluations may differ.
    #[must_use]
    pub fn is_volatile(&self) -> bool {
        match self {
            Self::Op(Op::Call(function, _), _) if value::is_volatile(function.0) => true,
            Self::Subquery(subquery) if subquery.query.volatile => true,
            _ => self.operands().iter().any(Self::is_volatile),
        }
    }

    /// Whether there is a subquery in it.
    #[must_use]
    pub fn has_subquery(&self) -> bool {
        matches!(self, Self::Subquery(_)) || self.operands().iter().any(Self::has_subquery)
    }

    /// Computes no more of what a constant NULL decides: comparing or reckoning with it is NULL,
    /// whatever the other side.
    pub fn settle(&mut self) {
        self.operands_mut().iter_mut().for_each(Self::settle);
        let Self::Op(op, operands) = self else {
            return;
        };
        let null =
            |operand: Option<&Self>| matches!(operand.and_then(Self::constant), Some(Value::Null));
        let decided = match op {
            Op::Compare(_) | Op::Arithmetic(..) => null(operands.first()) || null(operands.get(1)),
            Op::Not | Op::Negate(_) | Op::Between { .. } | Op::Like(_) | Op::In | Op::InSet(_) => {
                null(operands.first())
            }
            _ => false,
        };
        // What is wrong with a constant is still said.
        let reads = |operand: &Self| {
            operand.constant().is_some() || !operand.slots().is_empty() || operand.has_subquery()
        };
        if decided && operands.iter().all(reads) {
            *self = Self::null();
        }
    }

    /// Takes it apart where all parts must hold.
    pub fn conjuncts(self, into: &mut Vec<Self>) {
        match self {
            Self::Op(Op::And, parts) => {
                for part in parts {
                    part.conjuncts(into);
                }
            }
            other => into.push(other),
        }
    }
}
