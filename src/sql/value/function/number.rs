//! Functions of numbers (PostgreSQL, section 9.3), and a few of no arguments.

use gluesql::core::data::Value;
use rust_decimal::Decimal;

use super::{Cx, Scalar, float_at, int_at, lax, strict, string, type_at, volatile};
use crate::problem::Problem;
use crate::sql::types::SqlType;
use crate::sql::value::arithmetic::{Arithmetic, arithmetic, exact};
use crate::sql::value::problems::{
    division_by_zero, internal, overflow, parameter, parameter_code,
};
use crate::sql::value::text::full_name;
use crate::sql::value::{float, maths, negate, number};

type Given = Result<Value, Problem>;

pub const TABLE: &[Scalar] = &[
    strict("abs", "2>2|4>4|8>8|n>n|f>f|d>d", |args, cx| {
        match &args[0] {
            Value::F64(number) => Ok(Value::F64(number.abs())),
            number if sign(number) < 0 => negate(number, type_at(cx, 0)),
            number => Ok(number.clone()),
        }
    }),
    strict("sign", "n>n|d>d", |args, _| {
        let sign = sign(&args[0]);
        Ok(match &args[0] {
            Value::F64(number) if number.is_nan() => Value::F64(*number),
            Value::F64(_) => Value::F64(f64::from(sign)),
            _ => Value::Decimal(sign.into()),
        })
    }),
    strict("ceil", "n>n|d>d", |args, _| {
        whole(&args[0], Decimal::ceil, f64::ceil)
    }),
    strict("floor", "n>n|d>d", |args, _| {
        whole(&args[0], Decimal::floor, f64::floor)
    }),
    strict("round", "n>n|d>d|n4>n", |args, _| rounded(args, false)),
    strict("trunc", "n>n|d>d|n4>n", |args, _| rounded(args, true)),
    strict("mod", "22>2|44>4|88>8|nn>n", |args, _| {
        let result = match args[0] {
            Value::I64(_) => SqlType::BigInt,
            _ => SqlType::Numeric(None),
        };
        arithmetic(Arithmetic::Mod, &args[0], &args[1], &result)
    }),
    strict("div", "nn>n", |args, _| {
        match (exact(&args[0]), exact(&args[1])) {
            (Some(left), Some(right)) => {
                if right.is_zero() {
                    return Err(division_by_zero());
                }
                let quotient = left.checked_div(right);
                let quotient = quotient.ok_or_else(|| overflow(&SqlType::Numeric(None)))?;
                number::round(quotient, 0, true).map(Value::Decimal)
            }
            _ => Err(internal("div")),
        }
    }),
    strict("power", "nn>n|dd>d", |args, _| {
        let result = match args[0] {
            Value::F64(_) => SqlType::Double,
            _ => SqlType::Numeric(None),
        };
        arithmetic(Arithmetic::Pow, &args[0], &args[1], &result)
    }),
    strict("sqrt", "n>n|d>d", |args, _| match &args[0] {
        Value::F64(number) if *number < 0.0 => Err(maths::negative_root()),
        Value::F64(number) => Ok(Value::F64(number.sqrt())),
        number => decimal(number, maths::sqrt),
    }),
    strict("cbrt", "d>d", |args, _| {
        Ok(Value::F64(libm::cbrt(float_at(args, 0))))
    }),
    strict("exp", "n>n|d>d", |args, _| match &args[0] {
        Value::F64(number) => {
            let power = float::exp(*number);
            if power.is_infinite() && number.is_finite() {
                return Err(overflow(&SqlType::Double));
            }
            Ok(Value::F64(power))
        }
        number => decimal(number, maths::exp),
    }),
    strict("ln", "n>n|d>d", |args, _| match &args[0] {
        Value::F64(number) => logarithm(*number, float::ln),
        number => decimal(number, maths::ln),
    }),
    strict("log10", "n>n|d>d", log10),
    strict("log", "n>n|d>d|nn>n", |args, cx| match args {
        [base, of] => match (exact(base), exact(of)) {
            (Some(base), Some(of)) => maths::log(base, of).map(Value::Decimal),
            _ => Err(internal("log")),
        },
        _ => log10(args, cx),
    }),
    strict("pi", ">d", |_, _| Ok(Value::F64(std::f64::consts::PI))),
    strict("degrees", "d>d", |args, _| {
        Ok(Value::F64(
            float_at(args, 0) / (std::f64::consts::PI / 180.0),
        ))
    }),
    strict("radians", "d>d", |args, _| {
        Ok(Value::F64(
            float_at(args, 0) * (std::f64::consts::PI / 180.0),
        ))
    }),
    strict("sin", "d>d", |args, _| trigonometric(args, libm::sin)),
    strict("cos", "d>d", |args, _| trigonometric(args, libm::cos)),
    strict("tan", "d>d", |args, _| trigonometric(args, libm::tan)),
    strict("asin", "d>d", |args, _| arc(args, libm::asin)),
    strict("acos", "d>d", |args, _| arc(args, libm::acos)),
    strict("atan", "d>d", |args, _| {
        Ok(Value::F64(libm::atan(float_at(args, 0))))
    }),
    strict("atan2", "dd>d", |args, _| {
        Ok(Value::F64(libm::atan2(
            float_at(args, 0),
            float_at(args, 1),
        )))
    }),
    strict("gcd", "44>4|88>8", |args, _| {
        let divisor = gcd(
            int_at(args, 0).unsigned_abs(),
            int_at(args, 1).unsigned_abs(),
        );
        let divisor = i64::try_from(divisor);
        divisor
            .map(Value::I64)
            .map_err(|_| overflow(&SqlType::BigInt))
    }),
    strict("lcm", "44>4|88>8", |args, cx| {
        let (left, right) = (
            int_at(args, 0).unsigned_abs(),
            int_at(args, 1).unsigned_abs(),
        );
        let parts = left / gcd(left, right).max(1);
        let multiple = parts
            .checked_mul(right)
            .and_then(|number| i64::try_from(number).ok());
        multiple
            .map(Value::I64)
            .ok_or_else(|| overflow(type_at(cx, 0)))
    }),
    strict("factorial", "8>n", |args, _| {
        let number = int_at(args, 0);
        if number < 0 {
            return Err(parameter_code(
                "22003",
                "factorial of a negative number is undefined",
            ));
        }
        let mut product = Decimal::ONE;
        for factor in 2..=number.min(100) {
            product = number::multiply(product, factor.into())?;
        }
        Ok(Value::Decimal(product))
    }),
    strict("width_bucket", "nnn4>4|ddd4>4", |args, _| {
        let (of, low, high) = (float_at(args, 0), float_at(args, 1), float_at(args, 2));
        let count = int_at(args, 3);
        if count <= 0 {
            return Err(parameter_code("2201G", "count must be greater than zero"));
        }
        if low == high || !low.is_finite() || !high.is_finite() || of.is_nan() {
            return Err(parameter_code(
                "2201G",
                "lower bound cannot equal upper bound",
            ));
        }
        let part = (of - low) / (high - low);
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
        Ok(Value::I64(if part < 0.0 {
            0
        } else if part >= 1.0 {
            count + 1
        } else {
            (part * count as f64) as i64 + 1
        }))
    }),
    volatile("random", ">d", |_, cx| {
        // The upper 53 bits: every value is a multiple of 2⁻⁵³.
        #[allow(clippy::cast_precision_loss)]
        Ok(Value::F64(((cx.rng)() >> 11) as f64 / (1_u64 << 53) as f64))
    }),
    // Version 4 (RFC 9562, section 5.4).
    volatile("gen_random_uuid", ">u", |_, cx| {
        let bits = (u128::from((cx.rng)()) << 64) | u128::from((cx.rng)());
        Ok(Value::Uuid(
            bits & !(0xf000_u128 << 64) & !(0xc000_u128 << 48)
                | (0x4000_u128 << 64)
                | (0x8000_u128 << 48),
        ))
    }),
    lax("pg_typeof", "?>t", |_, cx| {
        string(full_name(type_at(cx, 0)))
    }),
    strict("version", ">t", |_, _| {
        string("Backlab, in the manner of PostgreSQL 15")
    }),
    strict("current_database", ">t", |_, _| string("backlab")),
    strict("current_schema", ">t", |_, _| string("public")),
    strict("current_user", ">t", |_, _| string("learner")),
    strict("session_user", ">t", |_, _| string("learner")),
    lax("num_nulls", "*>4", |args, _| {
        Ok(super::int(
            args.iter().filter(|arg| matches!(arg, Value::Null)).count(),
        ))
    }),
    lax("num_nonnulls", "*>4", |args, _| {
        Ok(super::int(
            args.iter()
                .filter(|arg| !matches!(arg, Value::Null))
                .count(),
        ))
    }),
];

fn sign(number: &Value) -> i32 {
    let float = match number {
        Value::I64(number) => return i32::try_from(number.signum()).unwrap_or(0),
        Value::Decimal(number) if number.is_zero() => return 0,
        Value::Decimal(number) => return if number.is_sign_negative() { -1 } else { 1 },
        Value::F64(number) => *number,
        _ => return 0,
    };
    i32::from(float > 0.0) - i32::from(float < 0.0)
}

fn whole(value: &Value, exact: fn(&Decimal) -> Decimal, float: fn(f64) -> f64) -> Given {
    Ok(match value {
        Value::Decimal(value) => Value::Decimal(number::rescaled(exact(value), 0)),
        Value::F64(value) => Value::F64(float(*value)),
        other => other.clone(),
    })
}

fn rounded(args: &[Value], cut: bool) -> Given {
    Ok(match &args[0] {
        Value::Decimal(value) => {
            let digits = if args.len() > 1 { int_at(args, 1) } else { 0 };
            // What is not there cannot be rounded, but the scale grows.
            Value::Decimal(number::round(*value, digits, cut)?)
        }
        Value::F64(value) if cut => Value::F64(value.trunc()),
        Value::F64(value) => Value::F64(value.round_ties_even()),
        other => other.clone(),
    })
}

fn decimal(value: &Value, of: fn(Decimal) -> Result<Decimal, Problem>) -> Given {
    let number = exact(value).ok_or_else(|| internal("a function of numbers"))?;
    of(number).map(Value::Decimal)
}

fn log10(args: &[Value], _: &mut Cx) -> Given {
    match &args[0] {
        Value::F64(number) => logarithm(*number, float::log10),
        number => decimal(number, |number| maths::log(Decimal::TEN, number)),
    }
}

fn logarithm(number: f64, of: fn(f64) -> f64) -> Given {
    maths::check_log(number == 0.0, number < 0.0)?;
    Ok(Value::F64(of(number)))
}

fn trigonometric(args: &[Value], of: fn(f64) -> f64) -> Given {
    let angle = float_at(args, 0);
    if angle.is_infinite() {
        return Err(parameter_code("22003", "input is out of range"));
    }
    Ok(Value::F64(of(angle)))
}

fn arc(args: &[Value], of: fn(f64) -> f64) -> Given {
    let number = float_at(args, 0);
    if number.abs() > 1.0 {
        return Err(parameter("input is out of range"));
    }
    Ok(Value::F64(of(number)))
}

fn gcd(left: u64, right: u64) -> u64 {
    let (mut left, mut right) = (left, right);
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left
}
