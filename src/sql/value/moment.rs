//! Dates and times as text (PostgreSQL, section 8.5, with DateStyle ISO, MDY and time zone UTC).

use std::fmt::Write;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};

use super::span::{self, DAY, SECOND};
use crate::sql::types::SqlType;

/// Names of months, of which the first three letters do too.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// Names of days, from Sunday.
pub const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// Why a text is no date or time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is not written as one.
    Syntax,
    /// A part is too large: the thirteenth month.
    Range,
}

/// What a text says.
#[derive(Debug, Clone, Copy, Default)]
struct Parts {
    date: Option<NaiveDate>,
    /// Microseconds since midnight.
    time: Option<i64>,
    /// Seconds east of UTC.
    offset: Option<i64>,
}

/// Microseconds since midnight.
#[must_use]
pub fn micros_of(time: NaiveTime) -> i64 {
    i64::from(time.num_seconds_from_midnight()) * SECOND + i64::from(time.nanosecond() / 1000)
}

/// A time of day from microseconds since midnight, going round.
#[must_use]
pub fn time_of(micros: i64) -> NaiveTime {
    let micros = micros.rem_euclid(DAY);
    let seconds = u32::try_from(micros / SECOND).unwrap_or(0);
    let nanos = u32::try_from(micros % SECOND).unwrap_or(0) * 1000;
    NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanos).unwrap_or(NaiveTime::MIN)
}

/// Reads a date. The time of day in it is left out.
///
/// # Errors
/// It is none.
pub fn date(text: &str, now: NaiveDateTime) -> Result<NaiveDate, Fault> {
    match special(text, now) {
        Some(moment) => Ok(moment.date()),
        None => parts(text)?.date.ok_or(Fault::Syntax),
    }
}

/// Reads a time of day.
///
/// # Errors
/// It is none.
pub fn time(text: &str, now: NaiveDateTime) -> Result<NaiveTime, Fault> {
    match special(text, now) {
        Some(moment) => Ok(moment.time()),
        None => {
            // 101112
            let digits = text.trim();
            let packed = (digits.len() == 6).then(|| span::digits(digits)).flatten();
            let clock = packed.map(|number| {
                let (hours, minutes) = (number / 10_000, number / 100 % 100);
                format!("{hours}:{minutes:02}:{:02}", number % 100)
            });
            let found = parts(clock.as_deref().unwrap_or(text))?;
            let micros = found.time.ok_or(Fault::Syntax)?;
            if micros > DAY {
                Err(Fault::Range)
            } else {
                Ok(time_of(micros))
            }
        }
    }
}

/// Reads a moment. With a zone's offset it is moved to UTC if `zoned`; else the offset is left
/// out, as PostgreSQL leaves it out of a `timestamp`.
///
/// # Errors
/// It is none.
pub fn timestamp(text: &str, zoned: bool, now: NaiveDateTime) -> Result<NaiveDateTime, Fault> {
    if let Some(moment) = special(text, now) {
        return Ok(moment);
    }
    let parts = parts(text)?;
    let date = parts.date.ok_or(Fault::Syntax)?;
    let micros = parts.time.unwrap_or(0);
    if micros > DAY {
        return Err(Fault::Range);
    }
    let offset = if zoned { parts.offset.unwrap_or(0) } else { 0 };
    let shift = TimeDelta::microseconds(micros - offset * SECOND);
    date.and_time(NaiveTime::MIN)
        .checked_add_signed(shift)
        .ok_or(Fault::Range)
}

/// `now`, `today` and their like.
fn special(text: &str, now: NaiveDateTime) -> Option<NaiveDateTime> {
    let text = text.trim();
    if text.len() > 9 {
        return None;
    }
    let midnight = now.date().and_time(NaiveTime::MIN);
    match text.to_ascii_lowercase().as_str() {
        "now" => Some(now),
        "today" => Some(midnight),
        "tomorrow" => midnight.checked_add_days(Days::new(1)),
        "yesterday" => midnight.checked_sub_days(Days::new(1)),
        "epoch" => Some(DateTime::UNIX_EPOCH.naive_utc()),
        _ => None,
    }
}

fn parts(text: &str) -> Result<Parts, Fault> {
    let mut found = Parts::default();
    // Numbers of a date in the order written, and the month if it is a name.
    let mut numbers: Vec<(i64, usize)> = Vec::new();
    let mut named_month = None;
    let mut before_christ = false;
    let mut half = None;
    for word in text
        .split([' ', ',', '\t', '\n'])
        .filter(|word| !word.is_empty())
    {
        // `2024-01-31T10:00:00Z`
        let word = match word
            .char_indices()
            .find(|(_, letter)| matches!(letter, 'T' | 't'))
        {
            Some((at, _)) if at > 5 && word.as_bytes()[at - 1].is_ascii_digit() => {
                date_word(&word[..at], &mut numbers, &mut named_month)?;
                &word[at + 1..]
            }
            _ => word,
        };
        if word.contains(':') && word.starts_with(|first: char| first.is_ascii_digit()) {
            found.time = Some(clock_word(word, &mut found.offset, &mut half)?);
            continue;
        }
        if word.starts_with(['+', '-']) && found.time.is_some() {
            found.offset = Some(offset(word)?);
            continue;
        }
        let lower = word.to_ascii_lowercase();
        match lower.as_str() {
            "am" => half = Some(false),
            "pm" => half = Some(true),
            "z" | "utc" | "gmt" | "zulu" => found.offset = Some(0),
            "bc" => before_christ = true,
            "ad" => {}
            _ if name_of(&lower, &DAYS).is_some() => {}
            _ => date_word(word, &mut numbers, &mut named_month)?,
        }
    }
    if let (Some(afternoon), Some(micros)) = (half, found.time) {
        let hours = micros / span::HOUR;
        if !(1..=12).contains(&hours) {
            return Err(Fault::Range);
        }
        let noon = if hours == 12 { -12 } else { 0 } + if afternoon { 12 } else { 0 };
        found.time = Some(micros + noon * span::HOUR);
    }
    if !numbers.is_empty() {
        found.date = Some(assemble(&numbers, named_month, before_christ)?);
    } else if named_month.is_some() || found.time.is_none() {
        return Err(Fault::Syntax);
    }
    Ok(found)
}

/// Takes a word apart into the numbers of a date.
fn date_word(
    word: &str,
    numbers: &mut Vec<(i64, usize)>,
    named_month: &mut Option<i64>,
) -> Result<(), Fault> {
    for part in word.split(['-', '/', '.']) {
        if let Some(number) = span::digits(part) {
            match part.len() {
                // 20240131
                8 if numbers.is_empty() => numbers.extend([
                    (number / 10_000, 4),
                    (number / 100 % 100, 2),
                    (number % 100, 2),
                ]),
                length => numbers.push((number, length)),
            }
        } else if let Some(month) = name_of(&part.to_ascii_lowercase(), &MONTHS) {
            if named_month.replace(month + 1).is_some() {
                return Err(Fault::Syntax);
            }
        } else {
            return Err(Fault::Syntax);
        }
    }
    if numbers.len() > 3 {
        Err(Fault::Syntax)
    } else {
        Ok(())
    }
}

fn assemble(
    numbers: &[(i64, usize)],
    named_month: Option<i64>,
    before_christ: bool,
) -> Result<NaiveDate, Fault> {
    let (year, month, day) = match (numbers, named_month) {
        // 2024-Jan-31, 31-Jan-2024 and Jan 31, 2024
        ([year @ (_, 3..), day], Some(month)) | ([day, year], Some(month)) => (*year, month, day.0),
        ([year @ (_, 3..), month, day], None) => (*year, month.0, day.0),
        // 1/31/2024: month, day, year
        ([month, day, year], None) => (*year, month.0, day.0),
        _ => return Err(Fault::Syntax),
    };
    let year = match year {
        (short, ..=2) if short < 70 => short + 2000,
        (short, ..=2) => short + 1900,
        (full, _) => full,
    };
    if year == 0 {
        return Err(Fault::Range);
    }
    let year = if before_christ { 1 - year } else { year };
    let year = i32::try_from(year).map_err(|_| Fault::Range)?;
    let field = |number| u32::try_from(number).map_err(|_| Fault::Range);
    if !(-4712..=200_000).contains(&year) {
        return Err(Fault::Range);
    }
    NaiveDate::from_ymd_opt(year, field(month)?, field(day)?).ok_or(Fault::Range)
}

/// `10:30[:00[.5]]` with `am`, `pm`, `Z` or an offset behind it.
fn clock_word(word: &str, zone: &mut Option<i64>, half: &mut Option<bool>) -> Result<i64, Fault> {
    let end = word
        .find(|letter: char| !letter.is_ascii_digit() && letter != ':' && letter != '.')
        .unwrap_or(word.len());
    let (clock, rest) = word.split_at(end);
    match rest.to_ascii_lowercase().as_str() {
        "" => {}
        "am" => *half = Some(false),
        "pm" => *half = Some(true),
        "z" | "utc" => *zone = Some(0),
        _ => *zone = Some(offset(rest)?),
    }
    let fields = clock.split(':').all(|part| {
        let whole = part.split('.').next().unwrap_or("");
        !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit())
    });
    span::parse_clock(clock).ok_or(if fields { Fault::Range } else { Fault::Syntax })
}

/// Seconds east of UTC in `+02`, `-0530` or `+05:30`.
fn offset(text: &str) -> Result<i64, Fault> {
    let (sign, digits) = match text.split_at_checked(1) {
        Some(("+", digits)) => (1, digits),
        Some(("-", digits)) => (-1, digits),
        _ => return Err(Fault::Syntax),
    };
    let (hours, minutes) = match (digits.split_once(':'), digits.len()) {
        (Some((hours, minutes)), _) => (hours, minutes),
        (None, 4) => digits.split_at_checked(2).ok_or(Fault::Syntax)?,
        (None, _) => (digits, "0"),
    };
    let (Some(hours), Some(minutes)) = (span::digits(hours), span::digits(minutes)) else {
        return Err(Fault::Syntax);
    };
    if hours > 15 || minutes > 59 {
        return Err(Fault::Range);
    }
    Ok(sign * (hours * 3600 + minutes * 60))
}

/// The position of a name of which at least three letters are there.
pub fn name_of(word: &str, names: &[&str]) -> Option<i64> {
    let hit = |name: &&str| {
        word.len() >= 3 && name.len() >= word.len() && {
            let short = word.len() == 3 || word.len() == name.len() || word == "sept";
            short && name.as_bytes()[..word.len()].eq_ignore_ascii_case(word.as_bytes())
        }
    };
    let at = names.iter().position(hit)?;
    i64::try_from(at).ok()
}

/// `2024-01-31`, and `BC` behind years before the first.
pub fn write_date(to: &mut String, date: NaiveDate) {
    let year = date.year();
    let shown = if year <= 0 { 1 - year } else { year };
    let _ = write!(to, "{shown:04}-{:02}-{:02}", date.month(), date.day());
}

/// `10:30:00` with as much of a fraction as there is.
pub fn write_time(to: &mut String, time: NaiveTime) {
    let _ = span::clock(to, micros_of(time).unsigned_abs());
}

/// A date, time or moment as its type is written.
#[must_use]
pub fn moment_text(moment: NaiveDateTime, of: &SqlType) -> String {
    let mut text = String::with_capacity(24);
    write_date(&mut text, moment.date());
    if *of != SqlType::Date {
        text.push(' ');
        write_time(&mut text, moment.time());
    }
    if *of == SqlType::Timestamptz {
        text.push_str("+00");
    }
    if moment.year() <= 0 {
        text.push_str(" BC");
    }
    text
}
