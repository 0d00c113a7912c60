//! The names of types (PostgreSQL, table 8.1).

use gluesql::core::sqlparser::ast::{
    ArrayElemTypeDef, CharacterLength, DataType, ExactNumberInfo, TimezoneInfo,
};

use super::Lexed;
use crate::problem::Problem;
use crate::sql::error::{self, code};
use crate::sql::types::SqlType;

const NAMES: &[&str] = &[
    "integer",
    "bigint",
    "smallint",
    "serial",
    "bigserial",
    "text",
    "varchar",
    "char",
    "numeric",
    "decimal",
    "real",
    "float",
    "boolean",
    "date",
    "time",
    "timestamp",
    "timestamptz",
    "interval",
    "uuid",
    "bytea",
    "json",
    "jsonb",
];

/// The type a name stands for; SERIAL and its sizes stand for their integers.
///
/// # Errors
/// Names of no type, and precisions out of range.
pub fn sql_type(declared: &DataType, lexed: &Lexed) -> Result<SqlType, Problem> {
    use DataType as T;
    Ok(match declared {
        T::Bool | T::Boolean => SqlType::Bool,
        T::SmallInt(_) | T::Int2(_) | T::TinyInt(_) => SqlType::SmallInt,
        T::Int(_) | T::Integer(_) | T::Int4(_) | T::MediumInt(_) | T::Int32 => SqlType::Int,
        T::BigInt(_) | T::Int8(_) | T::Int64 => SqlType::BigInt,
        T::Numeric(info) | T::Decimal(info) | T::Dec(info) => SqlType::Numeric(precision(info)?),
        T::Real | T::Float4 => SqlType::Real,
        T::Float(Some(bits)) if *bits <= 24 => SqlType::Real,
        T::Float(_) | T::Float8 | T::Float64 | T::Double | T::DoublePrecision => SqlType::Double,
        T::Text | T::String(_) | T::Clob(_) => SqlType::Text,
        T::Varchar(length)
        | T::Nvarchar(length)
        | T::CharacterVarying(length)
        | T::CharVarying(length) => SqlType::Varchar(characters(length.as_ref())?),
        T::Char(length) | T::Character(length) => {
            SqlType::Char(characters(length.as_ref())?.unwrap_or(1))
        }
        T::Bytea => SqlType::Bytea,
        T::Date => SqlType::Date,
        T::Time(_, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) => SqlType::Time,
        T::Timestamp(_, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) | T::Datetime(_) => {
            SqlType::Timestamp
        }
        T::Timestamp(..) => SqlType::Timestamptz,
        T::Interval => SqlType::Interval,
        T::Uuid => SqlType::Uuid,
        T::JSON => SqlType::Json,
        T::JSONB => SqlType::Jsonb,
        T::Array(
            ArrayElemTypeDef::AngleBracket(of)
            | ArrayElemTypeDef::SquareBracket(of, _)
            | ArrayElemTypeDef::Parenthesis(of),
        ) => match sql_type(of, lexed)? {
            // PostgreSQL has one type for arrays of any dimension.
            SqlType::Array(of) => SqlType::Array(of),
            of => SqlType::Array(Box::new(of)),
        },
        T::Custom(name, _) => {
            let name = name.0.last().map_or("", |name| name.value.as_str());
            match name {
                "serial" | "serial4" => SqlType::Int,
                "bigserial" | "serial8" => SqlType::BigInt,
                "smallserial" | "serial2" => SqlType::SmallInt,
                "bpchar" | "name" | "citext" => SqlType::Text,
                _ => return Err(unknown(name, lexed)),
            }
        }
        other => {
            let name = other.to_string().to_lowercase();
            return Err(unknown(name.split('(').next().unwrap_or_default(), lexed));
        }
    })
}

fn unknown(name: &str, lexed: &Lexed) -> Problem {
    let mut problem = error::problem(code::UNDEFINED_OBJECT, format!("no type `{name}`"));
    problem.place = lexed.place_of(name);
    problem.hint(match error::nearest(name, NAMES.iter().copied()) {
        Some(near) => format!("did you mean {}?", near.to_uppercase()),
        None => "there are INTEGER, BIGINT, NUMERIC, DOUBLE PRECISION, TEXT, VARCHAR, BOOLEAN, \
                 DATE, TIME, TIMESTAMP, TIMESTAMPTZ, INTERVAL, UUID and JSONB"
            .to_owned(),
    })
}

fn characters(length: Option<&CharacterLength>) -> Result<Option<u32>, Problem> {
    match length {
        Some(CharacterLength::IntegerLength { length, .. }) => match u32::try_from(*length) {
            Ok(length @ 1..=10_485_760) => Ok(Some(length)),
            _ => Err(error::problem(
                code::INVALID_PARAMETER,
                "the length of a text must be 1 to 10485760",
            )),
        },
        _ => Ok(None),
    }
}

/// Precision and scale; what is stored has room for 28 digits.
fn precision(info: &ExactNumberInfo) -> Result<Option<(u32, u32)>, Problem> {
    let (precision, scale) = match info {
        ExactNumberInfo::None => return Ok(None),
        ExactNumberInfo::Precision(precision) => (*precision, 0),
        ExactNumberInfo::PrecisionAndScale(precision, scale) => (*precision, *scale),
    };
    match (u32::try_from(precision), u32::try_from(scale)) {
        (Ok(precision @ 1..=1000), Ok(scale)) if scale <= precision => Ok(Some((precision, scale))),
        _ => Err(error::problem(
            code::INVALID_PARAMETER,
            format!("NUMERIC precision {precision} must be 1 to 1000, its scale at most that"),
        )),
    }
}
