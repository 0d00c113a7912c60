//! SQL's types, as PostgreSQL names them (PostgreSQL, chapter 8).

use std::fmt;

/// A type of a column or an expression.
///
/// Values are GlueSQL's [`Value`](gluesql::core::data::Value), in one form a type: integers are
/// `I64`, `Numeric` is `Decimal`, `Real` and `Double` are `F64`, texts and JSON are `Str`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SqlType {
    /// NULL, or a literal text that has not met a type yet.
    Unknown,
    Bool,
    SmallInt,
    Int,
    BigInt,
    /// Precision and scale, where declared.
    Numeric(Option<(u32, u32)>),
    Real,
    Double,
    Text,
    /// The most characters, where declared.
    Varchar(Option<u32>),
    /// Exactly so many characters, filled up with blanks.
    Char(u32),
    Bytea,
    Date,
    Time,
    Timestamp,
    Timestamptz,
    Interval,
    Uuid,
    Json,
    Jsonb,
    Array(Box<SqlType>),
}

impl SqlType {
    /// Whether it is one of the three sizes of whole numbers.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        matches!(self, Self::SmallInt | Self::Int | Self::BigInt)
    }

    /// Whether arithmetic works on it.
    #[must_use]
    pub fn is_number(&self) -> bool {
        self.is_integer() || matches!(self, Self::Numeric(_) | Self::Real | Self::Double)
    }

    /// Whether it is a string of characters.
    #[must_use]
    pub fn is_text(&self) -> bool {
        matches!(self, Self::Text | Self::Varchar(_) | Self::Char(_))
    }
}

/// As `information_schema.columns.data_type` has it, with length and precision.
impl fmt::Display for SqlType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("unknown"),
            Self::Bool => f.write_str("boolean"),
            Self::SmallInt => f.write_str("smallint"),
            Self::Int => f.write_str("integer"),
            Self::BigInt => f.write_str("bigint"),
            Self::Numeric(None) => f.write_str("numeric"),
            Self::Numeric(Some((precision, scale))) => write!(f, "numeric({precision},{scale})"),
            Self::Real => f.write_str("real"),
            Self::Double => f.write_str("double precision"),
            Self::Text => f.write_str("text"),
            Self::Varchar(None) => f.write_str("varchar"),
            Self::Varchar(Some(most)) => write!(f, "varchar({most})"),
            Self::Char(length) => write!(f, "char({length})"),
            Self::Bytea => f.write_str("bytea"),
            Self::Date => f.write_str("date"),
            Self::Time => f.write_str("time"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::Timestamptz => f.write_str("timestamptz"),
            Self::Interval => f.write_str("interval"),
            Self::Uuid => f.write_str("uuid"),
            Self::Json => f.write_str("json"),
            Self::Jsonb => f.write_str("jsonb"),
            Self::Array(of) => write!(f, "{of}[]"),
        }
    }
}
