//! Intervals of months, days and microseconds (PostgreSQL, section 8.5.4).

use std::fmt::Write;

use chrono::{Datelike, Days, Months, NaiveDateTime, TimeDelta};
use gluesql::core::data::{Interval, Value};

/// Microseconds of a day.
pub const DAY: i64 = 86_400_000_000;
/// Microseconds of an hour.
pub const HOUR: i64 = 3_600_000_000;
/// Microseconds of a second.
pub const SECOND: i64 = 1_000_000;

/// An interval. Months and days have no fixed length, so they are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    pub months: i32,
    pub days: i32,
    pub micros: i64,
}

impl Span {
    /// An interval of days.
    #[must_use]
    pub fn of_days(days: i32) -> Self {
        Self {
            days,
            ..Self::default()
        }
    }

    /// An interval of clock time.
    #[must_use]
    pub fn of_micros(micros: i64) -> Self {
        Self {
            micros,
            ..Self::default()
        }
    }

    /// What a value of type `interval` says. Other values are none.
    #[must_use]
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Interval(Interval::Month(months)) => Some(Self {
                months: *months,
                ..Self::default()
            }),
            Value::Interval(Interval::Microsecond(micros)) => Some(Self::of_micros(*micros)),
            Value::I128(packed) => {
                // Built as months·2⁹⁶ + days·2⁶⁴ + micros, all with their signs.
                #[allow(clippy::cast_possible_truncation)]
                let micros = *packed as i64;
                let rest = packed.wrapping_sub(i128::from(micros)) >> 64;
                #[allow(clippy::cast_possible_truncation)]
                let days = rest as i32;
                #[allow(clippy::cast_possible_truncation)]
                let months = ((rest - i128::from(days)) >> 32) as i32;
                Some(Self {
                    months,
                    days,
                    micros,
                })
            }
            _ => None,
        }
    }

    /// As a value: in GlueSQL's own form where that holds it.
    #[must_use]
    pub fn value(self) -> Value {
        match self {
            Self {
                months,
                days: 0,
                micros: 0,
            } if months != 0 => Value::Interval(Interval::Month(months)),
            Self {
                months: 0,
                days: 0,
                micros,
            } => Value::Interval(Interval::Microsecond(micros)),
            Self {
                months,
                days,
                micros,
            } => Value::I128(
                (i128::from(months) << 96)
                    .wrapping_add(i128::from(days) << 64)
                    .wrapping_add(i128::from(micros)),
            ),
        }
    }

    /// Its length for comparisons: a month is thirty days, a day 24 hours.
    #[must_use]
    pub fn total(self) -> i128 {
        (i128::from(self.months) * 30 + i128::from(self.days)) * i128::from(DAY)
            + i128::from(self.micros)
    }

    /// The sum; `None` if it does not fit.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        Some(Self {
            months: self.months.checked_add(other.months)?,
            days: self.days.checked_add(other.days)?,
            micros: self.micros.checked_add(other.micros)?,
        })
    }

    /// The opposite; `None` if it does not fit.
    #[must_use]
    pub fn negated(self) -> Option<Self> {
        Some(Self {
            months: self.months.checked_neg()?,
            days: self.days.checked_neg()?,
            micros: self.micros.checked_neg()?,
        })
    }

    /// The product with a number. Fractions of months go on to days, of days to time.
    #[must_use]
    pub fn times(self, factor: f64) -> Option<Self> {
        self.scaled(&|part| part * factor)
    }

    /// The quotient by a number that is not 0.
    #[must_use]
    pub fn over(self, divisor: f64) -> Option<Self> {
        self.scaled(&|part| part / divisor)
    }

    fn scaled(self, scale: &dyn Fn(f64) -> f64) -> Option<Self> {
        let (months, days) = (scale(self.months.into()), scale(self.days.into()));
        // Rounded to microseconds, as PostgreSQL cuts the noise of binary fractions.
        let cut = |number: f64| (number * 1e6).round_ties_even() / 1e6;
        let month_days = cut((months - months.trunc()) * 30.0);
        let mut day_seconds =
            cut((days - days.trunc() + month_days - month_days.trunc()) * 86_400.0);
        let mut whole_days = days.trunc() + month_days.trunc();
        if day_seconds.abs() >= 86_400.0 {
            let more = (day_seconds / 86_400.0).trunc();
            whole_days += more;
            day_seconds -= more * 86_400.0;
        }
        #[allow(clippy::cast_precision_loss)]
        let micros = (scale(self.micros as f64) + day_seconds * 1e6).round_ties_even();
        #[allow(clippy::cast_possible_truncation)]
        Some(Self {
            months: whole(months.trunc(), i32::MAX.into())?,
            days: whole(whole_days, i32::MAX.into())?,
            micros: (micros.abs() < 9.2e18).then_some(micros as i64)?,
        })
    }

    /// With 24 hours as a day.
    #[must_use]
    pub fn justify_hours(self) -> Option<Self> {
        let mut days = i64::from(self.days).checked_add(self.micros / DAY)?;
        let mut micros = self.micros % DAY;
        if days > 0 && micros < 0 {
            (days, micros) = (days - 1, micros + DAY);
        } else if days < 0 && micros > 0 {
            (days, micros) = (days + 1, micros - DAY);
        }
        Some(Self {
            days: i32::try_from(days).ok()?,
            micros,
            ..self
        })
    }

    /// With thirty days as a month and 24 hours as a day, all parts of one sign.
    #[must_use]
    pub fn justify(self) -> Option<Self> {
        let mut days = i64::from(self.days) + self.micros / DAY;
        let mut micros = self.micros % DAY;
        let mut months = i64::from(self.months) + days / 30;
        days %= 30;
        if months > 0 && (days < 0 || (days == 0 && micros < 0)) {
            (months, days) = (months - 1, days + 30);
        } else if months < 0 && (days > 0 || (days == 0 && micros > 0)) {
            (months, days) = (months + 1, days - 30);
        }
        if days > 0 && micros < 0 {
            (days, micros) = (days - 1, micros + DAY);
        } else if days < 0 && micros > 0 {
            (days, micros) = (days + 1, micros - DAY);
        }
        Some(Self {
            months: i32::try_from(months).ok()?,
            days: i32::try_from(days).ok()?,
            micros,
        })
    }

    /// With thirty days as a month.
    #[must_use]
    pub fn justify_days(self) -> Option<Self> {
        let mut months = self.months.checked_add(self.days / 30)?;
        let mut days = self.days % 30;
        if months > 0 && days < 0 {
            (months, days) = (months - 1, days + 30);
        } else if months < 0 && days > 0 {
            (months, days) = (months + 1, days - 30);
        }
        Some(Self {
            months,
            days,
            ..self
        })
    }

    /// A moment this much later: months first (a day past the month's end is its last day), then
    /// days, then time. `None` if it leaves the calendar.
    #[must_use]
    pub fn after(self, moment: NaiveDateTime) -> Option<NaiveDateTime> {
        let months = Months::new(self.months.unsigned_abs());
        let moment = if self.months < 0 {
            moment.checked_sub_months(months)?
        } else {
            moment.checked_add_months(months)?
        };
        let days = Days::new(self.days.unsigned_abs().into());
        let moment = if self.days < 0 {
            moment.checked_sub_days(days)?
        } else {
            moment.checked_add_days(days)?
        };
        let moment = moment.checked_add_signed(TimeDelta::microseconds(self.micros))?;
        // PostgreSQL's calendar begins in 4713 BC.
        (-4712..=200_000).contains(&moment.year()).then_some(moment)
    }
}

#[allow(clippy::cast_possible_truncation)]
fn whole(number: f64, most: f64) -> Option<i32> {
    (number.abs() <= most).then_some(number as i32)
}

/// PostgreSQL's default output: `1 year 2 mons 3 days 04:05:06`.
impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [
            (self.months / 12, "year"),
            (self.months % 12, "mon"),
            (self.days, "day"),
        ];
        // A positive part after a negative one carries its sign.
        let (mut negative, mut first) = (false, true);
        for (count, unit) in parts {
            if count != 0 {
                let gap = if first { "" } else { " " };
                let plus = if negative && count > 0 { "+" } else { "" };
                let plural = if count == 1 { "" } else { "s" };
                write!(f, "{gap}{plus}{count} {unit}{plural}")?;
                (negative, first) = (count < 0, false);
            }
        }
        if self.micros == 0 && !first {
            return Ok(());
        }
        let sign = match self.micros {
            micros if micros < 0 => "-",
            _ if negative => "+",
            _ => "",
        };
        let gap = if first { "" } else { " " };
        write!(f, "{gap}{sign}")?;
        clock(f, self.micros.unsigned_abs())
    }
}

/// `hours:minutes:seconds`, and the fraction of a second as far as it goes.
///
/// # Errors
/// Those of the writer.
pub fn clock(to: &mut dyn Write, micros: u64) -> std::fmt::Result {
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    write!(to, "{hours:02}:{minutes:02}:{seconds:02}")?;
    if fraction > 0 {
        let digits = format!("{fraction:06}");
        write!(to, ".{}", digits.trim_end_matches('0'))?;
    }
    Ok(())
}

/// Microseconds (or months, negative) that a unit's name stands for: `(months, days, micros)`.
#[must_use]
pub fn unit(name: &str) -> Option<Span> {
    let months = |months| Span {
        months,
        ..Span::default()
    };
    Some(match name {
        "millennium" | "millennia" | "millenniums" | "mil" | "mils" => months(12_000),
        "century" | "centuries" | "c" | "cent" => months(1200),
        "decade" | "decades" | "dec" | "decs" => months(120),
        "year" | "years" | "y" | "yr" | "yrs" => months(12),
        "month" | "months" | "mon" | "mons" => months(1),
        "week" | "weeks" | "w" => Span::of_days(7),
        "day" | "days" | "d" => Span::of_days(1),
        "hour" | "hours" | "h" | "hr" | "hrs" => Span::of_micros(HOUR),
        "minute" | "minutes" | "m" | "min" | "mins" => Span::of_micros(60 * SECOND),
        "second" | "seconds" | "s" | "sec" | "secs" => Span::of_micros(SECOND),
        "millisecond" | "milliseconds" | "ms" | "msec" | "msecs" => Span::of_micros(1000),
        "microsecond" | "microseconds" | "us" | "usec" | "usecs" => Span::of_micros(1),
        _ => return None,
    })
}

/// Reads an interval: `1 year 2 days 03:04:05`, `1-2`, `P1Y2M3DT4H`, `3 days ago`. `None` if it
/// is none.
#[must_use]
pub fn parse(text: &str) -> Option<Span> {
    let text = text.trim().to_ascii_lowercase();
    if let Some(rest) = text.strip_prefix('p') {
        return parse_iso(rest);
    }
    let mut text = text.strip_prefix('@').unwrap_or(&text).trim();
    let ago = text.strip_suffix(" ago");
    text = ago.unwrap_or(text).trim();
    let mut span = Span::default();
    let mut words = text.split_ascii_whitespace().peekable();
    words.peek()?;
    while let Some(word) = words.next() {
        let digits = word.trim_start_matches(['+', '-']);
        let negative = word.starts_with('-');
        if word.contains(':') {
            let micros = parse_clock(digits)?;
            let signed = if negative { -micros } else { micros };
            span = span.plus(Span::of_micros(signed))?;
            continue;
        }
        if let Some((years, months)) = digits.split_once('-') {
            let (years, months): (i32, i32) = (years.parse().ok()?, months.parse().ok()?);
            let months = years.checked_mul(12)?.checked_add(months)?;
            let months = if negative { -months } else { months };
            span.months = span.months.checked_add(months)?;
            continue;
        }
        // `1h30m`, `2 days`, `3 04:05:06` (days), `10` (seconds)
        let mut left = digits;
        while !left.is_empty() {
            let letter = |letter: char| letter.is_ascii_alphabetic();
            let (number, after) = left.split_at(left.find(letter).unwrap_or(left.len()));
            let end = after
                .find(|next: char| !letter(next))
                .unwrap_or(after.len());
            let (attached, rest) = after.split_at(end);
            let name = match (attached, words.peek()) {
                ("", Some(next)) if unit(next).is_some() => words.next()?,
                ("", Some(next)) if next.contains(':') => "day",
                ("", None) => "second",
                (attached, _) => attached,
            };
            let number = plain_number(number)?;
            let number = if negative { -number } else { number };
            span = span.plus(unit(name)?.times(number)?)?;
            left = rest;
        }
    }
    if ago.is_some() {
        span.negated()
    } else {
        Some(span)
    }
}

/// A number of digits and a point alone: no `inf`, no exponent.
fn plain_number(text: &str) -> Option<f64> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain { text.parse().ok() } else { None }
}

/// ISO 8601, section 5.5.4.2.1.
fn parse_iso(text: &str) -> Option<Span> {
    let mut span = Span::default();
    let mut number = String::new();
    let mut time = false;
    for letter in text.chars() {
        match letter {
            't' => time = true,
            '0'..='9' | '.' | '-' => number.push(letter),
            _ => {
                let name = match (letter, time) {
                    ('y', false) => "year",
                    ('m', false) => "month",
                    ('w', false) => "week",
                    ('d', false) => "day",
                    ('h', true) => "hour",
                    ('m', true) => "minute",
                    ('s', true) => "second",
                    _ => return None,
                };
                let negative = number.starts_with('-');
                let count = plain_number(number.trim_start_matches('-'))?;
                let count = if negative { -count } else { count };
                span = span.plus(unit(name)?.times(count)?)?;
                number.clear();
            }
        }
    }
    (number.is_empty() && !text.is_empty()).then_some(span)
}

/// Microseconds of `hours:minutes[:seconds]`, hours without limit.
#[must_use]
pub fn parse_clock(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let hours = digits(parts.next()?)?;
    let minutes = digits(parts.next()?)?;
    let seconds = parts.next().map_or(Some(0), micros_of_seconds)?;
    if parts.next().is_some() || minutes > 59 || seconds > 60 * SECOND {
        return None;
    }
    hours
        .checked_mul(HOUR)?
        .checked_add(minutes * 60 * SECOND + seconds)
}

/// Digits alone, as a number.
#[must_use]
pub fn digits(text: &str) -> Option<i64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// Microseconds of seconds with a fraction, rounded.
fn micros_of_seconds(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut micros = digits(whole)?.checked_mul(SECOND)?;
    let mut unit = SECOND;
    for (place, byte) in fraction.bytes().enumerate() {
        let digit = i64::from(char::from(byte).to_digit(10)?);
        unit /= 10;
        if place < 6 {
            micros = micros.checked_add(digit * unit)?;
        } else if place == 6 && digit >= 5 {
            micros = micros.checked_add(1)?;
        }
    }
    Some(micros)
}
