//! Scalar functions: one table of names and signatures, and how a call finds its function
//! (PostgreSQL, chapter 9 and section 10.3).

mod array;
mod date;
mod json;
mod number;
mod pattern;
mod string;

use chrono::NaiveDateTime;
use gluesql::core::data::Value;

use super::convert::{Category, category, implicit, is_preferred, same_type};
use super::problems::{MAX_COMPUTED, too_large};
use super::text::full_name;
use crate::problem::Problem;
use crate::sql::types::SqlType;

/// A function, or an operator that works like one (`->`, `~`, `@>`).
#[derive(Debug)]
pub struct Scalar {
    /// Its name in lower case.
    pub name: &'static str,
    /// Its overloads, with a letter a type (see [`parameter`]): `tt>t|ttt>t`.
    signatures: &'static str,
    nature: Nature,
    run: fn(&[Value], &mut Cx) -> Result<Value, Problem>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nature {
    /// NULL in, NULL out.
    Strict,
    /// Sees NULLs.
    Lax,
    /// Different at every call.
    Volatile,
}

/// What a call has beside its arguments.
pub struct Cx<'a> {
    /// The statement's time.
    pub now: NaiveDateTime,
    /// Random bits.
    pub rng: &'a mut dyn FnMut() -> u64,
    /// The arguments' types, as [`scalar`] gave them. Functions of any type (`json_build_object`,
    /// `pg_typeof`, `format`) write values by them.
    pub types: &'a [SqlType],
}

/// Why a call finds no function.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NoFunction {
    /// The nearest name, if the name is unknown.
    pub near: Option<&'static str>,
    /// What the function takes, if its name is known: `lpad(text, integer)`.
    pub takes: Option<String>,
}

/// Another name, and the function it means.
const ALIASES: &[(&str, &str)] = &[
    ("ceiling", "ceil"),
    ("char_length", "length"),
    ("character_length", "length"),
    ("datetrunc", "date_trunc"),
    ("generate_uuid", "gen_random_uuid"),
    ("localtimestamp", "localtimestamp"),
    ("pow", "power"),
    ("rand", "random"),
    ("statement_timestamp", "now"),
    ("substring", "substr"),
    ("transaction_timestamp", "now"),
];

/// Functions that are resolved elsewhere, for completion and for the nearest name.
const ELSEWHERE: &[&str] = &[
    "coalesce",
    "cume_dist",
    "dense_rank",
    "exists",
    "extract",
    "first_value",
    "generate_series",
    "greatest",
    "grouping",
    "lag",
    "last_value",
    "lead",
    "least",
    "nth_value",
    "ntile",
    "nullif",
    "percent_rank",
    "rank",
    "row_number",
    "unnest",
];

fn tables() -> impl Iterator<Item = &'static Scalar> {
    let all = [
        number::TABLE,
        string::TABLE,
        pattern::TABLE,
        date::TABLE,
        json::TABLE,
        array::TABLE,
    ];
    all.into_iter().flatten()
}

/// Names of all functions, in no order: what completion offers.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    tables()
        .map(|scalar| scalar.name)
        .chain(ALIASES.iter().map(|(name, _)| *name))
        .chain(super::aggregate::names())
        .chain(ELSEWHERE.iter().copied())
        .filter(|name| name.starts_with(|first: char| first.is_ascii_alphabetic()))
}

/// The function of a call: the function, the type it returns, and the types its arguments are
/// converted to (by [`super::cast`]). A name may be an operator's: `->`, `~*`, `@>`.
///
/// # Errors
/// There is none of this name, or none that takes these arguments.
pub fn scalar(
    name: &str,
    args: &[SqlType],
) -> Result<(&'static Scalar, SqlType, Vec<SqlType>), NoFunction> {
    let name = ALIASES
        .iter()
        .find(|(alias, _)| *alias == name)
        .map_or(name, |(_, name)| *name);
    let mut named = tables().filter(|scalar| scalar.name == name).peekable();
    if named.peek().is_none() {
        let near = crate::sql::error::nearest(name, function_names());
        return Err(NoFunction { near, takes: None });
    }
    let candidates = named.flat_map(|scalar| {
        let signatures = scalar.signatures.split('|');
        signatures.map(move |signature| (scalar, signature))
    });
    let candidates: Vec<(&Scalar, &str)> = candidates.collect();
    resolve(&candidates, args)
        .map(|(scalar, returns, types)| (*scalar, returns, types))
        .ok_or_else(|| NoFunction {
            near: None,
            takes: Some(shown(
                name,
                candidates.iter().map(|(_, signature)| *signature),
            )),
        })
}

/// Signatures as one reads them: `lpad(text, integer), lpad(text, integer, text)`.
pub fn shown<'a>(name: &str, signatures: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for signature in signatures {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(name);
        text.push('(');
        let (args, _) = signature.split_once('>').unwrap_or((signature, ""));
        for (place, letter) in args.chars().enumerate() {
            if place > 0 {
                text.push_str(", ");
            }
            match (letter, parameter(letter)) {
                ('*' | '+', _) => text.push('…'),
                ('a', _) => text.push_str("array"),
                (_, Some(of)) => text.push_str(&full_name(&of)),
                (_, None) => text.push_str("any"),
            }
        }
        text.push(')');
    }
    text
}

/// The type a signature's letter stands for. `None`: any. `e` is any element, `a` an array of
/// those; `?` is a value as it is, `*` are any number of them, `+` any number of texts.
fn parameter(letter: char) -> Option<SqlType> {
    Some(match letter {
        'b' => SqlType::Bool,
        '2' => SqlType::SmallInt,
        '4' => SqlType::Int,
        '8' => SqlType::BigInt,
        'n' => SqlType::Numeric(None),
        'f' => SqlType::Real,
        'd' => SqlType::Double,
        't' | '+' => SqlType::Text,
        'y' => SqlType::Bytea,
        'D' => SqlType::Date,
        'T' => SqlType::Time,
        'S' => SqlType::Timestamp,
        'Z' => SqlType::Timestamptz,
        'I' => SqlType::Interval,
        'u' => SqlType::Uuid,
        'j' => SqlType::Json,
        'J' => SqlType::Jsonb,
        'A' => SqlType::Array(Box::new(SqlType::Text)),
        _ => return None,
    })
}

/// How well a signature fits.
struct Fit<'a, T> {
    of: &'a T,
    exact: usize,
    preferred: usize,
    letters: Vec<char>,
    returns: char,
}

/// Chooses among overloads (PostgreSQL, section 10.3), each with its signature.
pub fn resolve<'a, T>(
    candidates: &'a [(T, &str)],
    args: &[SqlType],
) -> Option<(&'a T, SqlType, Vec<SqlType>)> {
    let mut fits: Vec<Fit<T>> = candidates
        .iter()
        .filter_map(|(of, signature)| fit(of, signature, args))
        .collect();
    let most = fits.iter().map(|fit| fit.exact).max()?;
    fits.retain(|fit| fit.exact == most);
    let most = fits.iter().map(|fit| fit.preferred).max()?;
    fits.retain(|fit| fit.preferred == most);
    // A literal text is taken as text where a candidate takes that, else as what is preferred.
    for (place, _) in args
        .iter()
        .enumerate()
        .filter(|(_, of)| **of == SqlType::Unknown)
    {
        let is = |fit: &Fit<T>, wanted: &dyn Fn(&SqlType) -> bool| {
            parameter(fit.letters[place]).is_some_and(|of| wanted(&of))
        };
        let text = |of: &SqlType| category(of) == Category::Text;
        let known = args.iter().find(|of| **of != SqlType::Unknown);
        let same = |of: &SqlType| known.is_some_and(|known| same_type(known, of));
        for wanted in [&same as &dyn Fn(&SqlType) -> bool, &text, &is_preferred] {
            if fits.len() > 1 && fits.iter().any(|fit| is(fit, wanted)) {
                fits.retain(|fit| is(fit, wanted));
            }
        }
    }
    let chosen = fits.into_iter().next()?;
    let element = element_of(&chosen.letters, args);
    let typed = |letter: char, given: Option<&SqlType>| match (letter, given) {
        ('e', _) => element.clone(),
        ('a', _) => SqlType::Array(Box::new(element.clone())),
        (_, given) => match (parameter(letter), given) {
            // What is of the type already stays, with its length.
            (Some(of), Some(given)) if same_type(&of, given) => given.clone(),
            (Some(of), _) => of,
            (None, Some(SqlType::Unknown) | None) => SqlType::Text,
            (None, Some(given)) => given.clone(),
        },
    };
    let types = chosen.letters.iter().zip(args);
    let types = types
        .map(|(letter, given)| typed(*letter, Some(given)))
        .collect();
    Some((chosen.of, typed(chosen.returns, None), types))
}

/// What `e` stands for in a call.
fn element_of(letters: &[char], args: &[SqlType]) -> SqlType {
    let arrays = letters
        .iter()
        .zip(args)
        .filter_map(|(letter, of)| match (letter, of) {
            ('a', SqlType::Array(of)) => Some(of.as_ref()),
            _ => None,
        });
    let elements = letters
        .iter()
        .zip(args)
        .filter(|(letter, _)| **letter == 'e');
    let all: Vec<&SqlType> = arrays.chain(elements.map(|(_, of)| of)).collect();
    super::common_type(&all).unwrap_or(SqlType::Text)
}

fn fit<'a, T>(of: &'a T, signature: &str, args: &[SqlType]) -> Option<Fit<'a, T>> {
    let (params, returns) = signature.split_once('>')?;
    let mut letters: Vec<char> = params.chars().collect();
    if let Some(&rest @ ('*' | '+')) = letters.last() {
        letters.pop();
        if args.len() < letters.len() {
            return None;
        }
        letters.resize(args.len(), rest);
    }
    if letters.len() != args.len() {
        return None;
    }
    let (mut exact, mut preferred) = (0, 0);
    for (letter, given) in letters.iter().zip(args) {
        match parameter(*letter) {
            None if *letter == 'a' && !matches!(given, SqlType::Array(_) | SqlType::Unknown) => {
                return None;
            }
            // Any type becomes text in a list of texts.
            None => {}
            Some(_) if *letter == '+' => {}
            Some(wanted) if *given == SqlType::Unknown => {
                drop(wanted);
            }
            Some(wanted) => {
                let both_text = wanted == SqlType::Text && given.is_text();
                if same_type(&wanted, given) || both_text {
                    exact += 1;
                } else if implicit(given, &wanted) {
                    preferred += usize::from(is_preferred(&wanted));
                } else {
                    return None;
                }
            }
        }
    }
    let arrays: Vec<&SqlType> = letters
        .iter()
        .zip(args)
        .filter_map(|(letter, of)| match (letter, of) {
            ('a', SqlType::Array(of)) => Some(of.as_ref()),
            ('e', of) => Some(of),
            _ => None,
        })
        .collect();
    super::common_type(&arrays)?;
    Some(Fit {
        of,
        exact,
        preferred,
        letters,
        returns: returns.chars().next()?,
    })
}

/// Calls a function with arguments of the types that [`scalar`] gave.
///
/// # Errors
/// The function's own, and 54000 if the result is too large.
pub fn call(scalar: &Scalar, args: &[Value], cx: &mut Cx) -> Result<Value, Problem> {
    if scalar.nature == Nature::Strict && args.iter().any(|arg| matches!(arg, Value::Null)) {
        return Ok(Value::Null);
    }
    let result = (scalar.run)(args, cx)?;
    match &result {
        Value::Str(text) if text.len() > MAX_COMPUTED => Err(too_large()),
        _ => Ok(result),
    }
}

/// Whether two calls with the same arguments may differ: `random()`.
#[must_use]
pub fn is_volatile(scalar: &Scalar) -> bool {
    scalar.nature == Nature::Volatile
}

// What functions read their arguments with. The types are those of the signature; a value of
// another type would be a fault of the binder, and reads as nothing.

fn str_at(args: &[Value], place: usize) -> &str {
    match args.get(place) {
        Some(Value::Str(text)) => text,
        _ => "",
    }
}

fn int_at(args: &[Value], place: usize) -> i64 {
    match args.get(place) {
        Some(Value::I64(number)) => *number,
        _ => 0,
    }
}

fn float_at(args: &[Value], place: usize) -> f64 {
    args.get(place)
        .and_then(super::arithmetic::float)
        .unwrap_or(f64::NAN)
}

fn list_at(args: &[Value], place: usize) -> &[Value] {
    match args.get(place) {
        Some(Value::List(items)) => items,
        _ => &[],
    }
}

fn type_at<'a>(cx: &Cx<'a>, place: usize) -> &'a SqlType {
    cx.types.get(place).unwrap_or(&SqlType::Unknown)
}

fn string(text: impl Into<String>) -> Result<Value, Problem> {
    Ok(Value::Str(text.into()))
}

fn int(number: usize) -> Value {
    Value::I64(i64::try_from(number).unwrap_or(i64::MAX))
}

/// What carries a function out.
type Run = fn(&[Value], &mut Cx) -> Result<Value, Problem>;

/// A function's row in a table.
const fn row(nature: Nature, name: &'static str, signatures: &'static str, run: Run) -> Scalar {
    Scalar {
        name,
        signatures,
        nature,
        run,
    }
}

/// A strict function's row in a table.
const fn strict(name: &'static str, signatures: &'static str, run: Run) -> Scalar {
    row(Nature::Strict, name, signatures, run)
}

/// The row of a function that sees NULLs.
const fn lax(name: &'static str, signatures: &'static str, run: Run) -> Scalar {
    row(Nature::Lax, name, signatures, run)
}

/// The row of a function that differs at every call.
const fn volatile(name: &'static str, signatures: &'static str, run: Run) -> Scalar {
    row(Nature::Volatile, name, signatures, run)
}
