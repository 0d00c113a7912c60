//! Numbers by a template: `to_char(1234.5, '9,999.99')`.

use gluesql::core::data::Value;
use rust_decimal::Decimal;

use super::ordinal;
use crate::problem::Problem;
use crate::sql::types::SqlType;
use crate::sql::value::arithmetic::exact;
use crate::sql::value::number;
use crate::sql::value::problems::overflow;

/// A template's parts.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// A digit; `true` prints a zero where there is none.
    Digit(bool),
    Point,
    Comma,
    /// `S`, `MI`, `PL`, `SG`, `PR`
    Sign(&'static str),
    Ordinal(bool),
    Literal(String),
}

const SIGNS: [&str; 5] = ["MI", "PL", "SG", "PR", "S"];

fn parts(template: &str) -> (Vec<Part>, bool) {
    let mut parts = Vec::new();
    let mut fill = true;
    let mut rest = template;
    while let Some(letter) = rest.chars().next() {
        let begins = |name: &str| {
            rest.get(..name.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(name))
        };
        let (part, length) = if begins("FM") {
            fill = false;
            rest = &rest[2..];
            continue;
        } else if let Some(sign) = SIGNS.into_iter().find(|sign| begins(sign)) {
            (Part::Sign(sign), sign.len())
        } else if begins("TH") {
            (Part::Ordinal(letter == 'T'), 2)
        } else if letter == '"' {
            let inside = rest[1..].split('"').next().unwrap_or("");
            (
                Part::Literal(inside.to_owned()),
                (inside.len() + 2).min(rest.len()),
            )
        } else {
            let part = match letter {
                '9' => Part::Digit(false),
                '0' => Part::Digit(true),
                '.' | 'D' | 'd' => Part::Point,
                ',' | 'G' | 'g' => Part::Comma,
                // There is no currency in the locale `C`.
                'L' | 'l' => Part::Literal(" ".to_owned()),
                other => Part::Literal(other.to_string()),
            };
            (part, letter.len_utf8())
        };
        parts.push(part);
        rest = &rest[length..];
    }
    (parts, fill)
}

/// A number by a template.
///
/// # Errors
/// 22003: a float that no exact number holds.
pub fn number_text(value: &Value, of: &SqlType, template: &str) -> Result<String, Problem> {
    let number = match value {
        Value::F64(float) => {
            let digits = if *of == SqlType::Real { 6 } else { 15 };
            number::from_f64(*float, digits)
        }
        other => exact(other),
    };
    let number = number.ok_or_else(|| overflow(&SqlType::Numeric(None)))?;
    let upper = template.to_ascii_uppercase();
    if upper.contains("RN") {
        return Ok(roman(number, !upper.contains("FM")));
    }
    if upper.contains("EEEE") {
        return Ok(scientific(number, &upper));
    }
    let (parts, fill) = parts(template);
    Ok(written(number, &parts, fill))
}

fn written(number: Decimal, parts: &[Part], fill: bool) -> String {
    let point = parts
        .iter()
        .position(|part| *part == Part::Point)
        .unwrap_or(parts.len());
    let slots = |parts: &[Part]| {
        parts
            .iter()
            .filter(|part| matches!(part, Part::Digit(_)))
            .count()
    };
    let (before, after) = (
        slots(&parts[..point]),
        slots(&parts[point.min(parts.len())..]),
    );
    let scale = u32::try_from(after).unwrap_or(0).min(number::MAX_SCALE);
    let rounded = number::rescaled(number, scale);
    let negative = rounded.is_sign_negative() && !rounded.is_zero();
    let text = rounded.abs().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let whole = if whole == "0" && (after > 0 || before == 0) {
        ""
    } else {
        whole
    };
    let overflows = whole.len() > before;
    let blanks = before.saturating_sub(whole.len());
    let zeros = parts[..point]
        .iter()
        .filter(|part| matches!(part, Part::Digit(_)))
        .position(|part| *part == Part::Digit(true))
        .unwrap_or(before);
    // Without filling, zeros behind the last `0` of the template go.
    let last_zero = parts[point.min(parts.len())..]
        .iter()
        .filter(|part| matches!(part, Part::Digit(_)))
        .enumerate()
        .filter(|(_, part)| **part == Part::Digit(true))
        .last()
        .map_or(0, |(place, _)| place + 1);
    let kept = if fill {
        after
    } else {
        fraction.trim_end_matches('0').len().max(last_zero)
    };

    let signs: Vec<&str> = parts
        .iter()
        .filter_map(|part| match part {
            Part::Sign(sign) => Some(*sign),
            _ => None,
        })
        .collect();
    let leading = parts
        .iter()
        .position(|part| *part == Part::Sign("S"))
        .is_some_and(|at| {
            !parts[..at]
                .iter()
                .any(|part| matches!(part, Part::Digit(_)))
        });
    // What stands right before the first digit.
    let mut before_first = match (signs.first().copied(), negative) {
        (None, true) => "-",
        (None, false) if fill => " ",
        (Some("PR"), true) => "<",
        (Some("PR"), false) if fill => " ",
        (Some("S"), true) if leading => "-",
        (Some("S"), false) if leading => "+",
        _ => "",
    };
    let mut out = String::new();
    let (mut slot, mut decimal, mut started) = (0, 0, false);
    let digits = whole.as_bytes();
    for part in parts {
        match part {
            Part::Digit(_) if slot < before => {
                let blank = slot < blanks;
                if blank && slot < zeros {
                    out.push_str(if fill { " " } else { "" });
                } else {
                    out.push_str(std::mem::take(&mut before_first));
                    started = true;
                    let digit = digits.get(slot.wrapping_sub(blanks)).copied();
                    out.push(match digit {
                        _ if overflows => '#',
                        Some(digit) if !blank => char::from(digit),
                        _ => '0',
                    });
                }
                slot += 1;
            }
            Part::Digit(_) => {
                let digit = fraction.as_bytes().get(decimal).copied().unwrap_or(b'0');
                if decimal < kept {
                    out.push(if overflows { '#' } else { char::from(digit) });
                }
                decimal += 1;
            }
            Part::Point => {
                out.push_str(std::mem::take(&mut before_first));
                started = true;
                out.push('.');
            }
            Part::Comma => out.push_str(match (started, fill) {
                (true, _) => ",",
                (false, true) => " ",
                (false, false) => "",
            }),
            Part::Sign("S") if !leading => out.push(if negative { '-' } else { '+' }),
            Part::Sign("SG") => out.push(if negative { '-' } else { '+' }),
            Part::Sign("MI") if negative => out.push('-'),
            Part::Sign("PL") if !negative => out.push('+'),
            Part::Sign("MI" | "PL") if fill => out.push(' '),
            Part::Sign("PR") if negative => out.push('>'),
            Part::Sign("PR") if fill => out.push(' '),
            Part::Sign(_) => {}
            Part::Ordinal(upper) if !negative => out.push_str(ordinal(whole, *upper)),
            Part::Ordinal(_) => {}
            Part::Literal(text) => out.push_str(text),
        }
    }
    out
}

fn scientific(number: Decimal, template: &str) -> String {
    let digits = template
        .split_once(['.', 'D'])
        .map_or(0, |(_, after)| after.matches(['9', '0']).count());
    let text = format!("{:.*e}", digits, number::to_f64(number));
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if exponent < 0 { '-' } else { '+' };
    let blank = if mantissa.starts_with('-') { "" } else { " " };
    format!("{blank}{mantissa}e{sign}{:02}", exponent.abs())
}

fn roman(number: Decimal, fill: bool) -> String {
    const LETTERS: [(u32, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let rounded = number::rescaled(number, 0).mantissa();
    let mut text = String::new();
    match u32::try_from(rounded) {
        Ok(mut left @ 1..4000) => {
            for (value, letters) in LETTERS {
                while left >= value {
                    text.push_str(letters);
                    left -= value;
                }
            }
        }
        _ => text = "#".repeat(15),
    }
    if fill { format!("{text:>15}") } else { text }
}
