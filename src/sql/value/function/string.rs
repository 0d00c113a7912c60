//! Functions of texts and bytes (PostgreSQL, sections 9.4 and 9.5).

use std::fmt::Write;

use gluesql::core::data::Value;

use super::{Cx, Scalar, int, int_at, lax, str_at, strict, string, type_at};
use crate::problem::Problem;
use crate::sql::error::{code, problem};
use crate::sql::types::SqlType;
use crate::sql::value::problems::{MAX_COMPUTED, parameter, parameter_code, too_large};
use crate::sql::value::read::unhex;
use crate::sql::value::text::{cast_text, hex};

type Given = Result<Value, Problem>;

pub const TABLE: &[Scalar] = &[
    strict("length", "t>4|y>4", |args, _| Ok(int(length(&args[0])))),
    strict("octet_length", "t>4|y>4", |args, _| {
        Ok(int(bytes(&args[0]).len()))
    }),
    strict("bit_length", "t>4|y>4", |args, _| {
        Ok(int(bytes(&args[0]).len() * 8))
    }),
    strict("lower", "t>t", |args, _| {
        string(cased(str_at(args, 0), false))
    }),
    strict("upper", "t>t", |args, _| {
        string(cased(str_at(args, 0), true))
    }),
    strict("initcap", "t>t", |args, _| {
        let mut inside = false;
        let letter = |letter: char| {
            let was_inside = std::mem::replace(&mut inside, letter.is_alphanumeric());
            let lower: String = letter.to_lowercase().collect();
            if was_inside {
                lower
            } else {
                letter.to_uppercase().collect()
            }
        };
        string(str_at(args, 0).chars().map(letter).collect::<String>())
    }),
    strict("substr", "t4>t|t44>t|y4>y|y44>y", |args, _| {
        let from = int_at(args, 1);
        let most = args.get(2).map(|_| int_at(args, 2));
        if most.is_some_and(|most| most < 0) {
            return Err(problem("22011", "negative substring length not allowed"));
        }
        // Positions before the first count against the length.
        let end = most
            .map_or(i64::MAX, |most| from.saturating_add(most))
            .saturating_sub(1);
        let start = usize::try_from(from.saturating_sub(1)).unwrap_or(0);
        let take = usize::try_from(end).unwrap_or(0).saturating_sub(start);
        match &args[0] {
            Value::Bytea(bytes) => Ok(Value::Bytea(
                bytes.iter().copied().skip(start).take(take).collect(),
            )),
            _ => string(
                str_at(args, 0)
                    .chars()
                    .skip(start)
                    .take(take)
                    .collect::<String>(),
            ),
        }
    }),
    strict("left", "t4>t", |args, _| {
        let text = str_at(args, 0);
        string(&text[..boundary(text, int_at(args, 1))])
    }),
    strict("right", "t4>t", |args, _| {
        let text = str_at(args, 0);
        let count = int_at(args, 1);
        let from = if count == 0 {
            text.len()
        } else {
            boundary(text, count.saturating_neg())
        };
        string(&text[from..])
    }),
    strict("lpad", "t4>t|t4t>t", |args, _| padded(args, true)),
    strict("rpad", "t4>t|t4t>t", |args, _| padded(args, false)),
    strict("ltrim", "t>t|tt>t", |args, _| trimmed(args, true, false)),
    strict("rtrim", "t>t|tt>t", |args, _| trimmed(args, false, true)),
    strict("btrim", "t>t|tt>t", |args, _| trimmed(args, true, true)),
    strict("trim", "t>t|tt>t", |args, _| trimmed(args, true, true)),
    strict("replace", "ttt>t", |args, _| {
        let (text, from, to) = (str_at(args, 0), str_at(args, 1), str_at(args, 2));
        if from.is_empty() {
            return string(text);
        }
        if to.len() > from.len() {
            let more = text
                .matches(from)
                .count()
                .saturating_mul(to.len() - from.len());
            if text.len().saturating_add(more) > MAX_COMPUTED {
                return Err(too_large());
            }
        }
        string(text.replace(from, to))
    }),
    strict("translate", "ttt>t", |args, _| {
        let from: Vec<char> = str_at(args, 1).chars().collect();
        let to: Vec<char> = str_at(args, 2).chars().collect();
        let letter = |letter: char| match from.iter().position(|from| *from == letter) {
            Some(place) => to.get(place).copied(),
            None => Some(letter),
        };
        string(
            str_at(args, 0)
                .chars()
                .filter_map(letter)
                .collect::<String>(),
        )
    }),
    strict("reverse", "t>t", |args, _| {
        string(str_at(args, 0).chars().rev().collect::<String>())
    }),
    strict("repeat", "t4>t", |args, _| {
        let (text, times) = (str_at(args, 0), int_at(args, 1));
        let times = usize::try_from(times).unwrap_or(0);
        if text.len().saturating_mul(times) > MAX_COMPUTED {
            return Err(too_large());
        }
        string(text.repeat(times))
    }),
    // As `position(substring in text)` is written; `strpos` has the text first.
    strict("position", "tt>4", |args, _| {
        Ok(position(str_at(args, 1), str_at(args, 0)))
    }),
    strict("strpos", "tt>4", |args, _| {
        Ok(position(str_at(args, 0), str_at(args, 1)))
    }),
    strict("split_part", "tt4>t", |args, _| {
        let (text, by, part) = (str_at(args, 0), str_at(args, 1), int_at(args, 2));
        if part == 0 {
            return Err(parameter("field position must not be zero"));
        }
        let place = usize::try_from(part.unsigned_abs() - 1).unwrap_or(usize::MAX);
        if by.is_empty() {
            return string(if place == 0 { text } else { "" });
        }
        let found = if part > 0 {
            text.split(by).nth(place)
        } else {
            text.rsplit(by).nth(place)
        };
        string(found.unwrap_or(""))
    }),
    strict("starts_with", "tt>b", |args, _| {
        Ok(Value::Bool(str_at(args, 0).starts_with(str_at(args, 1))))
    }),
    strict("overlay", "tt4>t|tt44>t", |args, _| {
        let (text, new, from) = (str_at(args, 0), str_at(args, 1), int_at(args, 2));
        let most = match args.get(3) {
            Some(_) => int_at(args, 3),
            None => i64::try_from(new.chars().count()).unwrap_or(0),
        };
        if from <= 0 {
            return Err(problem("22011", "negative substring length not allowed"));
        }
        let begin = boundary(text, from - 1);
        let end = boundary(text, (from - 1).saturating_add(most).max(0));
        string([&text[..begin], new, &text[end..]].concat())
    }),
    lax("concat", "*>t", |args, cx| joined(args, cx.types, "", 0)),
    lax("concat_ws", "t*>t", |args, cx| match &args[0] {
        Value::Null => Ok(Value::Null),
        _ => joined(args, cx.types, str_at(args, 0), 1),
    }),
    strict("ascii", "t>4", |args, _| {
        let first = str_at(args, 0).chars().next();
        Ok(Value::I64(
            first.map_or(0, |letter| i64::from(u32::from(letter))),
        ))
    }),
    strict("chr", "4>t", |args, _| {
        let letter = u32::try_from(int_at(args, 0)).ok().and_then(char::from_u32);
        match letter {
            Some('\0') => Err(problem(code::TOO_LARGE, "null character not permitted")),
            Some(letter) => string(letter),
            None => Err(problem(
                code::TOO_LARGE,
                format!(
                    "requested character not valid for encoding: {}",
                    int_at(args, 0)
                ),
            )),
        }
    }),
    strict("md5", "t>t|y>t", |args, _| {
        string(hex(&md5(bytes(&args[0]))))
    }),
    strict("to_hex", "4>t|8>t", |args, cx| {
        let number = int_at(args, 0);
        #[allow(clippy::cast_possible_truncation)]
        let number = match type_at(cx, 0) {
            SqlType::BigInt => number.cast_unsigned(),
            _ => u64::from((number as i32).cast_unsigned()),
        };
        string(format!("{number:x}"))
    }),
    strict("encode", "yt>t", |args, _| {
        let data = bytes(&args[0]);
        match str_at(args, 1).to_ascii_lowercase().as_str() {
            "hex" => string(hex(data)),
            "base64" => string(base64(data)),
            "escape" => string(String::from_utf8_lossy(data)),
            other => Err(parameter(format!("unrecognized encoding: \"{other}\""))),
        }
    }),
    strict("decode", "tt>y", |args, _| {
        let text = str_at(args, 0);
        let decoded = match str_at(args, 1).to_ascii_lowercase().as_str() {
            "hex" => return unhex(text).map(Value::Bytea),
            "base64" => unbase64(text),
            "escape" => Some(text.as_bytes().to_vec()),
            other => return Err(parameter(format!("unrecognized encoding: \"{other}\""))),
        };
        let bad = || parameter(format!("invalid {} data", str_at(args, 1)));
        decoded.map(Value::Bytea).ok_or_else(bad)
    }),
    strict("convert_from", "yt>t", |args, _| {
        let text = String::from_utf8(bytes(&args[0]).to_vec());
        text.map(Value::Str)
            .map_err(|_| parameter_code("22021", "invalid byte sequence for encoding \"UTF8\""))
    }),
    strict("convert_to", "tt>y", |args, _| {
        Ok(Value::Bytea(str_at(args, 0).as_bytes().to_vec()))
    }),
    strict("quote_literal", "t>t", |args, _| {
        string(literal(str_at(args, 0)))
    }),
    lax("quote_nullable", "t>t", |args, _| match &args[0] {
        Value::Null => string("NULL"),
        _ => string(literal(str_at(args, 0))),
    }),
    strict("quote_ident", "t>t", |args, _| {
        string(identifier(str_at(args, 0)))
    }),
    lax("format", "t*>t", format_text),
];

/// In upper or lower case, letter by letter: one that would become two stays.
fn cased(text: &str, upper: bool) -> String {
    if text.is_ascii() {
        return if upper {
            text.to_ascii_uppercase()
        } else {
            text.to_ascii_lowercase()
        };
    }
    let one = |letter: char, mapped: &mut dyn Iterator<Item = char>| {
        let first = mapped.next();
        first.filter(|_| mapped.next().is_none()).unwrap_or(letter)
    };
    text.chars()
        .map(|letter| match upper {
            true => one(letter, &mut letter.to_uppercase()),
            false => one(letter, &mut letter.to_lowercase()),
        })
        .collect()
}

fn bytes(value: &Value) -> &[u8] {
    match value {
        Value::Bytea(bytes) => bytes,
        Value::Str(text) => text.as_bytes(),
        _ => &[],
    }
}

fn length(value: &Value) -> usize {
    match value {
        Value::Str(text) => text.chars().count(),
        other => bytes(other).len(),
    }
}

/// Where the first `count` letters end; a negative count leaves so many at the end.
fn boundary(text: &str, count: i64) -> usize {
    let count = if count < 0 {
        let all = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        all.saturating_add(count).max(0)
    } else {
        count
    };
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    text.char_indices()
        .nth(count)
        .map_or(text.len(), |(at, _)| at)
}

fn padded(args: &[Value], before: bool) -> Given {
    let (text, length) = (
        str_at(args, 0),
        usize::try_from(int_at(args, 1)).unwrap_or(0),
    );
    let fill = if args.len() > 2 { str_at(args, 2) } else { " " };
    if length.saturating_mul(fill.len().max(1)) > MAX_COMPUTED {
        return Err(too_large());
    }
    let letters = text.chars().count();
    if letters >= length {
        return string(text.chars().take(length).collect::<String>());
    }
    let filling: String = fill.chars().cycle().take(length - letters).collect();
    string(if before {
        filling + text
    } else {
        [text, &filling].concat()
    })
}

fn trimmed(args: &[Value], start: bool, end: bool) -> Given {
    let mut text = str_at(args, 0);
    let cut = if args.len() > 1 { str_at(args, 1) } else { " " };
    let hit = |letter: char| cut.contains(letter);
    if start {
        text = text.trim_start_matches(hit);
    }
    if end {
        text = text.trim_end_matches(hit);
    }
    string(text)
}

fn position(text: &str, wanted: &str) -> Value {
    match text.find(wanted) {
        Some(at) => int(text[..at].chars().count() + 1),
        None => Value::I64(0),
    }
}

/// Values as text one after another, without NULLs.
fn joined(args: &[Value], types: &[SqlType], by: &str, from: usize) -> Given {
    let mut out = String::new();
    let mut first = true;
    for (place, value) in args.iter().enumerate().skip(from) {
        if matches!(value, Value::Null) {
            continue;
        }
        if !std::mem::take(&mut first) {
            out.push_str(by);
        }
        out.push_str(&shown(value, types.get(place)));
        if out.len() > MAX_COMPUTED {
            return Err(too_large());
        }
    }
    string(out)
}

/// A value's output form.
fn shown<'a>(value: &'a Value, of: Option<&SqlType>) -> std::borrow::Cow<'a, str> {
    let of = of.unwrap_or(&SqlType::Unknown);
    match value {
        Value::Str(text) => text.as_str().into(),
        Value::Bool(_) => crate::sql::value::text(value, of).into(),
        other => cast_text(other, of),
    }
}

/// As a literal of SQL.
fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if text.contains('\\') {
        format!(" E'{}'", quoted.replace('\\', "\\\\"))
            .trim_start()
            .to_owned()
    } else {
        format!("'{quoted}'")
    }
}

/// As an identifier of SQL, in quotes if it needs them.
fn identifier(text: &str) -> String {
    const RESERVED: &str = " all and any array as asc both case cast check collate column \
        constraint create default desc distinct do else end except false fetch for foreign from \
        grant group having in initially intersect into leading limit not null offset on only or \
        order placing primary references returning select some table then to trailing true union \
        unique user using when where window with ";
    let plain = text.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && !RESERVED.contains(&[" ", text, " "].concat());
    if plain {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace('"', "\"\""))
    }
}

/// `format('%s %I %L', …)` (PostgreSQL, section 9.4.1).
fn format_text(args: &[Value], cx: &mut Cx) -> Given {
    if matches!(args[0], Value::Null) {
        return Ok(Value::Null);
    }
    let bad = |message: &str| parameter(message.to_owned());
    let mut out = String::new();
    let mut letters = str_at(args, 0).chars().peekable();
    let mut next = 1;
    while let Some(letter) = letters.next() {
        if letter != '%' {
            out.push(letter);
            continue;
        }
        let ended = || bad("unterminated format() type specifier");
        if letters.next_if_eq(&'%').is_some() {
            out.push('%');
            continue;
        }
        let number = |letters: &mut std::iter::Peekable<std::str::Chars>| {
            let mut read = None;
            while let Some(digit) = letters.peek().and_then(|letter| letter.to_digit(10)) {
                letters.next();
                read = Some((read.unwrap_or(0_usize) * 10 + digit as usize).min(100_000));
            }
            read
        };
        let mut width = number(&mut letters);
        let mut left = false;
        if letters.next_if_eq(&'$').is_some() {
            next = width.take().filter(|place| *place > 0).ok_or_else(|| {
                bad("format specifies argument 0, but arguments are numbered from 1")
            })?;
        }
        if letters.next_if_eq(&'-').is_some() {
            left = true;
        }
        width = width.or_else(|| number(&mut letters));
        let kind = letters.next().ok_or_else(ended)?;
        if !matches!(kind, 's' | 'I' | 'L') {
            return Err(
                bad(&format!("unrecognized format() type specifier \"{kind}\""))
                    .hint("for a single \"%\" use \"%%\""),
            );
        }
        let value = args
            .get(next)
            .ok_or_else(|| bad("too few arguments for format()"))?;
        let text = match value {
            Value::Null if kind == 'L' => "NULL".to_owned(),
            Value::Null if kind == 'I' => {
                return Err(problem(
                    "22004",
                    "null values cannot be formatted as an SQL identifier",
                ));
            }
            Value::Null => String::new(),
            value => {
                let text = shown(value, cx.types.get(next));
                match kind {
                    'I' => identifier(&text),
                    'L' => literal(&text),
                    _ => text.into_owned(),
                }
            }
        };
        next += 1;
        let width = width.unwrap_or(0);
        let _ = if left {
            write!(out, "{text:<width$}")
        } else {
            write!(out, "{text:>width$}")
        };
        if out.len() > MAX_COMPUTED {
            return Err(too_large());
        }
    }
    string(out)
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 in lines of 76 (RFC 2045, section 6.8).
fn base64(data: &[u8]) -> String {
    let mut out = String::with_capacity(data.len() / 3 * 4 + 4);
    for (group, chunk) in data.chunks(3).enumerate() {
        if group > 0 && group % 19 == 0 {
            out.push('\n');
        }
        let bits = chunk
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = bits >> (18 - 6 * place) & 63;
            let digit = BASE64.get(digit as usize).copied().unwrap_or(b'=');
            out.push(if place > chunk.len() {
                '='
            } else {
                char::from(digit)
            });
        }
    }
    out
}

fn unbase64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        if byte == b'=' {
            continue;
        }
        let digit = BASE64.iter().position(|digit| *digit == byte)?;
        bits = bits << 6 | u32::try_from(digit).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 255) as u8);
        }
    }
    Some(out)
}

/// MD5 (RFC 1321).
fn md5(data: &[u8]) -> Vec<u8> {
    const SHIFTS: [[u32; 4]; 4] = [
        [7, 12, 17, 22],
        [5, 9, 14, 20],
        [4, 11, 16, 23],
        [6, 10, 15, 21],
    ];
    let mut state = [0x6745_2301_u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    let mut message = data.to_vec();
    message.push(0x80);
    while message.len() % 64 != 56 {
        message.push(0);
    }
    message.extend((data.len() as u64).wrapping_mul(8).to_le_bytes());
    for block in message.chunks_exact(64) {
        let (words, _) = block.as_chunks::<4>();
        let [mut a, mut b, mut c, mut d] = state;
        for step in 0..64_usize {
            let (mixed, word) = match step / 16 {
                0 => (b & c | !b & d, step),
                1 => (d & b | !d & c, (5 * step + 1) % 16),
                2 => (b ^ c ^ d, (3 * step + 5) % 16),
                _ => (c ^ (b | !d), 7 * step % 16),
            };
            // ⌊2³²·|sin(step + 1)|⌋, as the standard defines its table.
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_precision_loss,
                clippy::cast_sign_loss
            )]
            let constant = (libm::fabs(libm::sin((step + 1) as f64)) * 4_294_967_296.0) as u32;
            let sum = a
                .wrapping_add(mixed)
                .wrapping_add(constant)
                .wrapping_add(u32::from_le_bytes(words[word]));
            let shift = SHIFTS[step / 16][step % 4];
            (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(shift)));
        }
        for (sum, part) in state.iter_mut().zip([a, b, c, d]) {
            *sum = sum.wrapping_add(part);
        }
    }
    state.iter().flat_map(|word| word.to_le_bytes()).collect()
}
