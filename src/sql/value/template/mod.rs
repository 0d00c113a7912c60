//! `to_char`, `to_date` and `to_timestamp`: dates and numbers by a template (PostgreSQL, section
//! 9.8).

mod date;
mod number;

pub use date::{moment_text, read_moment, span_text};
pub use number::number_text;

/// The ending of an ordinal number: 1st, 2nd, 3rd, 4th.
fn ordinal(number: &str, upper: bool) -> &'static str {
    let digits: Vec<u8> = number.bytes().filter(u8::is_ascii_digit).collect();
    let teen = digits.len() > 1 && digits[digits.len() - 2] == b'1';
    match (digits.last(), teen, upper) {
        (Some(b'1'), false, true) => "ST",
        (Some(b'1'), false, false) => "st",
        (Some(b'2'), false, true) => "ND",
        (Some(b'2'), false, false) => "nd",
        (Some(b'3'), false, true) => "RD",
        (Some(b'3'), false, false) => "rd",
        (_, _, true) => "TH",
        (_, _, false) => "th",
    }
}
