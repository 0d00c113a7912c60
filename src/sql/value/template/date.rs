//! Dates and times by a template: `to_char(now(), 'YYYY-MM-DD')`, and back.

use std::fmt::Write;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use super::ordinal;
use crate::problem::Problem;
use crate::sql::value::moment::{DAYS, MONTHS, micros_of, name_of, time_of};
use crate::sql::value::problems::{field_out_of_range, parameter_code};
use crate::sql::value::span::{HOUR, SECOND, Span};

/// Keywords in upper case, the longer first where one begins another.
const KEYWORDS: &[&str] = &[
    "Y,YYY", "IYYY", "YYYY", "IYY", "YYY", "IY", "YY", "MONTH", "MON", "MM", "MI", "MS", "IDDD",
    "DDD", "DD", "DAY", "DY", "ID", "D", "HH24", "HH12", "HH", "SSSSS", "SSSS", "SS", "US", "FF1",
    "FF2", "FF3", "FF4", "FF5", "FF6", "A.M.", "P.M.", "AM", "PM", "A.D.", "B.C.", "AD", "BC",
    "IW", "WW", "W", "CC", "Q", "J", "TZH", "TZM", "TZ", "OF", "RM", "I", "Y",
];

const ROMAN: [&str; 12] = [
    "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII",
];

enum Part<'a> {
    Field {
        keyword: &'static str,
        /// As it is written, whose letters' case names follow.
        typed: &'a str,
        fill: bool,
        /// `TH` or `th` behind it.
        ordinal: Option<bool>,
    },
    Literal(&'a str),
}

/// Takes a template apart, giving each part to a function.
fn parts(template: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = template;
    let mut fill = true;
    while let Some(letter) = rest.chars().next() {
        let begins = |name: &str| {
            rest.get(..name.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(name))
        };
        if begins("FM") {
            fill = false;
            rest = &rest[2..];
        } else if begins("TM") || begins("FX") {
            rest = &rest[2..];
        } else if let Some(keyword) = KEYWORDS.iter().find(|keyword| begins(keyword)) {
            let (typed, mut after) = rest.split_at(keyword.len());
            let suffix = after.get(..2).filter(|two| two.eq_ignore_ascii_case("th"));
            let ordinal = suffix.map(|two| two.starts_with('T'));
            after = &after[if ordinal.is_some() { 2 } else { 0 }..];
            parts.push(Part::Field {
                keyword,
                typed,
                fill: std::mem::replace(&mut fill, true),
                ordinal,
            });
            rest = after;
        } else if letter == '"' {
            let inside = rest[1..].split('"').next().unwrap_or("");
            parts.push(Part::Literal(inside));
            rest = &rest[(inside.len() + 2).min(rest.len())..];
        } else {
            let (text, after) = rest.split_at(letter.len_utf8());
            parts.push(Part::Literal(text));
            rest = after;
        }
    }
    parts
}

/// A moment by a template.
#[must_use]
pub fn moment_text(of: NaiveDateTime, template: &str) -> String {
    fields_text(template, of.date(), micros_of(of.time()), None)
}

/// An interval by a template.
#[must_use]
pub fn span_text(of: Span, template: &str) -> String {
    fields_text(template, NaiveDate::default(), of.micros, Some(of))
}

fn fields_text(template: &str, date: NaiveDate, micros: i64, span: Option<Span>) -> String {
    let mut out = String::new();
    let time = time_of(micros);
    let year = span.map_or(date.year(), |span| span.months / 12);
    let shown_year = if year <= 0 && span.is_none() {
        1 - year
    } else {
        year
    };
    let month = span.map_or(date.month().cast_signed(), |span| span.months % 12);
    let hour = span.map_or(i64::from(time.hour()), |span| span.micros / HOUR);
    let seconds = micros / SECOND;
    let week = date.iso_week();
    for part in parts(template) {
        let (keyword, typed, fill, ending) = match part {
            Part::Literal(text) => {
                out.push_str(text);
                continue;
            }
            Part::Field {
                keyword,
                typed,
                fill,
                ordinal,
            } => (keyword, typed, fill, ordinal),
        };
        let digits = |number: i64, width: usize| {
            let width = if fill { width } else { 0 };
            let sign = if number < 0 { "-" } else { "" };
            format!("{sign}{:0width$}", number.abs())
        };
        let name = |name: &str, width: usize| {
            let mut letters = typed.chars();
            let first = letters.next().is_some_and(char::is_uppercase);
            let second = letters.next().is_some_and(char::is_uppercase);
            let text = match (first, second) {
                (true, true) => name.to_uppercase(),
                (true, false) => name.to_owned(),
                _ => name.to_lowercase(),
            };
            if fill { format!("{text:width$}") } else { text }
        };
        let month_name = MONTHS
            .get(usize::try_from(month - 1).unwrap_or(12))
            .unwrap_or(&"");
        let day_name = DAYS[date.weekday().num_days_from_sunday() as usize];
        let lower = typed.starts_with(char::is_lowercase);
        let half = |morning: &str, evening: &str| {
            let text = if hour % 24 < 12 { morning } else { evening };
            if lower {
                text.to_lowercase()
            } else {
                text.to_owned()
            }
        };
        let fraction = (micros % SECOND).abs();
        let text = match keyword {
            "YYYY" => digits(shown_year.into(), 4),
            "YYY" => digits((shown_year % 1000).into(), 3),
            "YY" => digits((shown_year % 100).into(), 2),
            "Y" => digits((shown_year % 10).into(), 1),
            "Y,YYY" => format!("{},{:03}", shown_year / 1000, shown_year % 1000),
            "IYYY" => digits(week.year().into(), 4),
            "IYY" => digits((week.year() % 1000).into(), 3),
            "IY" => digits((week.year() % 100).into(), 2),
            "I" => digits((week.year() % 10).into(), 1),
            "MONTH" => name(month_name, 9),
            "MON" => name(month_name.get(..3).unwrap_or(""), 0),
            "MM" => digits(month.into(), 2),
            "RM" => {
                let text = ROMAN
                    .get(usize::try_from(month - 1).unwrap_or(12))
                    .unwrap_or(&"");
                let text = if lower {
                    text.to_lowercase()
                } else {
                    (*text).to_owned()
                };
                if fill { format!("{text:4}") } else { text }
            }
            "DAY" => name(day_name, 9),
            "DY" => name(&day_name[..3], 0),
            "DDD" => digits(date.ordinal().into(), 3),
            "IDDD" => digits(
                i64::from(week.week0() * 7 + date.weekday().number_from_monday()),
                3,
            ),
            "DD" => digits(span.map_or(date.day().into(), |span| span.days.into()), 2),
            "D" => digits(i64::from(date.weekday().num_days_from_sunday()) + 1, 1),
            "ID" => digits(date.weekday().number_from_monday().into(), 1),
            "WW" => digits(i64::from(date.ordinal0() / 7 + 1), 2),
            "W" => digits(i64::from(date.day0() / 7 + 1), 1),
            "IW" => digits(week.week().into(), 2),
            "Q" => digits(i64::from((month - 1).max(0) / 3 + 1), 1),
            "CC" => digits(i64::from((shown_year + 99) / 100), 2),
            "J" => digits(i64::from(date.num_days_from_ce()) + 1_721_425, 0),
            "HH24" => digits(hour, 2),
            "HH12" | "HH" => digits((hour + 11) % 12 + 1, 2),
            "MI" => digits((seconds / 60 % 60).abs(), 2),
            "SS" => digits((seconds % 60).abs(), 2),
            "SSSS" | "SSSSS" => digits(seconds % 86_400, 0),
            "MS" | "FF3" => format!("{:03}", fraction / 1000),
            "US" | "FF6" => format!("{fraction:06}"),
            "FF1" => format!("{}", fraction / 100_000),
            "FF2" => format!("{:02}", fraction / 10_000),
            "FF4" => format!("{:04}", fraction / 100),
            "FF5" => format!("{:05}", fraction / 10),
            "AM" | "PM" => half("AM", "PM"),
            "A.M." | "P.M." => half("A.M.", "P.M."),
            "AD" | "BC" if year <= 0 => name("BC", 0),
            "AD" | "BC" => name("AD", 0),
            "A.D." | "B.C." => if year <= 0 { "B.C." } else { "A.D." }.to_owned(),
            "TZ" => if lower { "utc" } else { "UTC" }.to_owned(),
            "TZH" | "OF" => "+00".to_owned(),
            "TZM" => "00".to_owned(),
            _ => String::new(),
        };
        let suffix = ending.map_or("", |upper| ordinal(&text, upper));
        let _ = write!(out, "{text}{suffix}");
    }
    out
}

/// What a text read by a template says.
#[derive(Default)]
struct Read {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    micros: i64,
    afternoon: Option<bool>,
    before_christ: bool,
}

/// Reads a moment by a template.
///
/// # Errors
/// 22007: the text is not as the template says; 22008: a part is out of its range.
pub fn read_moment(text: &str, template: &str) -> Result<NaiveDateTime, Problem> {
    let mut read = Read::default();
    let mut rest = text.trim_start();
    let parts = parts(template);
    for (place, part) in parts.iter().enumerate() {
        match part {
            Part::Literal(literal) => {
                for _ in literal.chars() {
                    // Any separator stands for any other, and for none.
                    let next = rest.chars().next();
                    if let Some(next) =
                        next.filter(|next| !next.is_alphanumeric() || literal.contains(*next))
                    {
                        rest = &rest[next.len_utf8()..];
                    }
                }
                rest = rest.trim_start();
            }
            Part::Field { keyword, typed, .. } => {
                // Where digits follow digits, each takes its own number of them.
                let packed = matches!(parts.get(place + 1), Some(Part::Field { .. }));
                read.field(keyword, typed, &mut rest, packed)?;
            }
        }
    }
    read.moment(text)
}

impl Read {
    fn field(
        &mut self,
        keyword: &str,
        typed: &str,
        rest: &mut &str,
        packed: bool,
    ) -> Result<(), Problem> {
        *rest = rest.trim_start();
        let width = match keyword {
            "YYYY" | "IYYY" => 4,
            "YYY" | "DDD" | "MS" | "MON" | "DY" => 3,
            "MONTH" | "DAY" => 9,
            "US" => 6,
            "Y" | "D" | "Q" | "W" => 1,
            "SSSS" | "SSSSS" => 5,
            "J" => 7,
            _ => 2,
        };
        let invalid = |rest: &str| {
            let shown: String = rest.chars().take(width).collect();
            parameter_code(
                "22007",
                format!("invalid value \"{shown}\" for \"{typed}\""),
            )
        };
        let word: String = rest
            .chars()
            .take_while(|letter| letter.is_alphabetic())
            .collect();
        match keyword {
            "MONTH" | "MON" | "DAY" | "DY" => {
                let names: &[&str] = if keyword.starts_with('M') {
                    &MONTHS
                } else {
                    &DAYS
                };
                let known =
                    |length: usize| word.get(..length).and_then(|word| name_of(word, names));
                let full = names.iter().find(|name| {
                    word.get(..name.len())
                        .is_some_and(|start| start.eq_ignore_ascii_case(name))
                });
                let (at, length) = match full {
                    Some(name) => (name_of(name, names), name.len()),
                    None => (known(3), 3),
                };
                let at = at.ok_or_else(|| invalid(rest))?;
                if keyword.starts_with('M') {
                    self.month = Some(at + 1);
                }
                *rest = &rest[length..];
                return Ok(());
            }
            "AM" | "PM" | "A.M." | "P.M." | "AD" | "BC" | "A.D." | "B.C." => {
                let mark = rest.get(..keyword.len()).ok_or_else(|| invalid(rest))?;
                match mark.to_ascii_uppercase().replace('.', "").as_str() {
                    "AM" => self.afternoon = Some(false),
                    "PM" => self.afternoon = Some(true),
                    "BC" => self.before_christ = true,
                    "AD" => {}
                    _ => return Err(invalid(rest)),
                }
                *rest = &rest[keyword.len()..];
                return Ok(());
            }
            "TZ" | "OF" | "TZH" | "TZM" => {
                *rest = rest.trim_start_matches(|letter: char| !letter.is_whitespace());
                return Ok(());
            }
            _ => {}
        }
        let free = !packed && matches!(keyword, "YYYY" | "US" | "MS" | "J" | "SSSS" | "SSSSS");
        let most = if free { 9 } else { width };
        let digits: String = rest
            .chars()
            .take(most)
            .take_while(char::is_ascii_digit)
            .collect();
        let number: i64 = digits.parse().map_err(|_| invalid(rest))?;
        *rest = &rest[digits.len()..];
        // A fraction of a second: 5 is half a second.
        let fraction = || {
            let missing = 6_usize.saturating_sub(digits.len());
            number.saturating_mul(10_i64.pow(u32::try_from(missing).unwrap_or(0)))
        };
        match keyword {
            "YYYY" => self.year = Some(number),
            "YYY" | "YY" | "Y" => {
                // The year nearest to 2020.
                self.year = Some(match number {
                    ..70 => number + 2000,
                    70..100 => number + 1900,
                    _ => number + if number < 520 { 2000 } else { 1000 },
                });
            }
            "MM" => self.month = Some(number),
            "DD" => self.day = Some(number),
            "DDD" => self.day_of_year = Some(number),
            "HH24" => self.hour = number,
            "HH12" | "HH" => {
                if !(1..=12).contains(&number) {
                    let message = format!("hour \"{number}\" is invalid for the 12-hour clock");
                    return Err(parameter_code("22007", message)
                        .hint("use the 24-hour clock, or give an hour between 1 and 12"));
                }
                self.hour = number % 12;
                self.afternoon = self.afternoon.or(Some(false));
            }
            "MI" => self.minute = number,
            "SS" => self.second = number,
            "MS" | "US" => self.micros = fraction(),
            "SSSS" | "SSSSS" => {
                (self.hour, self.minute, self.second) =
                    (number / 3600, number / 60 % 60, number % 60);
            }
            _ => {}
        }
        Ok(())
    }

    fn moment(&self, text: &str) -> Result<NaiveDateTime, Problem> {
        let range = || field_out_of_range(text);
        let year = self.year.unwrap_or(1);
        let year = if self.before_christ || self.year.is_none() {
            1 - year
        } else {
            year
        };
        let year = i32::try_from(year).map_err(|_| range())?;
        let field = |number: Option<i64>| u32::try_from(number.unwrap_or(1)).unwrap_or(0);
        let date = match self.day_of_year {
            Some(day) => NaiveDate::from_yo_opt(year, field(Some(day))),
            None => NaiveDate::from_ymd_opt(year, field(self.month), field(self.day)),
        };
        let date = date
            .filter(|_| (-4712..=200_000).contains(&year))
            .ok_or_else(range)?;
        let hour = self.hour + if self.afternoon == Some(true) { 12 } else { 0 };
        if hour > 24 || self.minute > 59 || self.second > 59 {
            return Err(range());
        }
        let micros = hour * HOUR + (self.minute * 60 + self.second) * SECOND + self.micros;
        let moment = Span::of_micros(micros).after(date.and_time(NaiveTime::MIN));
        moment.ok_or_else(range)
    }
}
