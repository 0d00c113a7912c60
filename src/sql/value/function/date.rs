//! Functions of dates and times (PostgreSQL, section 9.9).

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime};
use gluesql::core::data::Value;
use rust_decimal::Decimal;

use super::{Cx, Scalar, float_at, int_at, str_at, strict, string, type_at};
use crate::problem::Problem;
use crate::sql::types::SqlType;
use crate::sql::value::arithmetic::{difference, moment};
use crate::sql::value::moment::{micros_of, time_of};
use crate::sql::value::problems::{invalid, overflow, parameter, parameter_code};
use crate::sql::value::span::{DAY, HOUR, SECOND, Span};
use crate::sql::value::template;
use crate::sql::value::text::full_name;

type Given = Result<Value, Problem>;

pub const TABLE: &[Scalar] = &[
    strict("now", ">Z", |_, cx| Ok(Value::Timestamp(cx.now))),
    strict("clock_timestamp", ">Z", |_, cx| {
        Ok(Value::Timestamp(cx.now))
    }),
    strict("current_timestamp", ">Z|4>Z", |_, cx| {
        Ok(Value::Timestamp(cx.now))
    }),
    strict("localtimestamp", ">S|4>S", |_, cx| {
        Ok(Value::Timestamp(cx.now))
    }),
    strict("current_date", ">D", |_, cx| Ok(Value::Date(cx.now.date()))),
    strict("current_time", ">T|4>T", |_, cx| {
        Ok(Value::Time(cx.now.time()))
    }),
    strict("localtime", ">T|4>T", |_, cx| {
        Ok(Value::Time(cx.now.time()))
    }),
    strict("date_trunc", "tS>S|tZ>Z|tI>I", truncated),
    strict("date_bin", "ISS>S|IZZ>Z", |args, _| {
        let step = Span::of(&args[0]).unwrap_or_default();
        let step = step.total();
        if step <= 0 {
            return Err(parameter("stride must be greater than zero"));
        }
        let (Some(of), Some(origin)) = (moment(&args[1]), moment(&args[2])) else {
            return Ok(Value::Null);
        };
        let range = || overflow(&SqlType::Timestamp);
        let past = difference(of, origin).ok_or_else(range)?.total();
        let micros = i64::try_from(past.div_euclid(step) * step).map_err(|_| range())?;
        let binned = Span::of_micros(micros).after(origin);
        binned.map(Value::Timestamp).ok_or_else(range)
    }),
    strict("date_part", "tS>d|tZ>d|tI>d|tD>d|tT>d", |args, cx| {
        // A date is its midnight here, unlike EXTRACT's.
        let midnight = match &args[1] {
            Value::Date(date) => Value::Timestamp(date.and_time(NaiveTime::MIN)),
            other => other.clone(),
        };
        let part = extracted(&[args[0].clone(), midnight], cx)?;
        Ok(crate::sql::value::arithmetic::float(&part).map_or(Value::Null, Value::F64))
    }),
    strict("extract", "tS>n|tZ>n|tI>n|tD>n|tT>n", extracted),
    strict("age", "SS>I|ZZ>I|S>I|Z>I", |args, cx| {
        let today = cx.now.date().and_time(NaiveTime::MIN);
        let first = moment(&args[0]).unwrap_or(today);
        let (later, earlier) = match args.get(1) {
            Some(second) => (first, moment(second).unwrap_or(today)),
            None => (today, first),
        };
        Ok(age(later, earlier).value())
    }),
    strict("make_date", "444>D", |args, _| {
        let found = made_date(args).ok_or_else(|| {
            let (year, month, day) = (int_at(args, 0), int_at(args, 1), int_at(args, 2));
            field(format!(
                "date field value out of range: {year}-{month:02}-{day:02}"
            ))
        })?;
        Ok(Value::Date(found))
    }),
    strict("make_time", "44d>T", |args, _| {
        let found = made_time(args, 0).ok_or_else(|| field("time field value out of range"))?;
        Ok(Value::Time(found))
    }),
    strict("make_timestamp", "44444d>S", made_moment),
    strict("make_timestamptz", "44444d>Z", made_moment),
    strict(
        "make_interval",
        ">I|4>I|44>I|444>I|4444>I|44444>I|444444>I|444444d>I",
        |args, _| {
            let range = || overflow(&SqlType::Interval);
            let part = |place| i32::try_from(int_at(args, place)).unwrap_or(i32::MAX);
            let units = [12, 1, 7, 1];
            let mut parts = [0_i32; 4];
            for (place, unit) in units.into_iter().enumerate() {
                parts[place] = part(place).checked_mul(unit).ok_or_else(range)?;
            }
            let seconds = args.get(6).map_or(0.0, |_| float_at(args, 6));
            #[allow(clippy::cast_possible_truncation)]
            let micros = (seconds * 1e6).round_ties_even() as i64;
            let clock = int_at(args, 4) * HOUR + int_at(args, 5) * 60 * SECOND;
            let span = Span {
                months: parts[0].checked_add(parts[1]).ok_or_else(range)?,
                days: parts[2].checked_add(parts[3]).ok_or_else(range)?,
                micros: clock.checked_add(micros).ok_or_else(range)?,
            };
            Ok(span.value())
        },
    ),
    strict("justify_hours", "I>I", |args, _| {
        justified(args, Span::justify_hours)
    }),
    strict("justify_days", "I>I", |args, _| {
        justified(args, Span::justify_days)
    }),
    strict("justify_interval", "I>I", |args, _| {
        justified(args, Span::justify)
    }),
    strict("timezone", "tZ>S|tS>Z", |args, cx| {
        let zone = str_at(args, 0);
        let seconds = zone_offset(zone).ok_or_else(|| {
            parameter(format!("time zone \"{zone}\" not recognized"))
                .hint("this database knows UTC and offsets such as '+02' only")
        })?;
        let of = moment(&args[1]).unwrap_or_default();
        let seconds = if *type_at(cx, 1) == SqlType::Timestamp {
            -seconds
        } else {
            seconds
        };
        let moved = Span::of_micros(seconds * SECOND).after(of);
        moved
            .map(Value::Timestamp)
            .ok_or_else(|| overflow(&SqlType::Timestamp))
    }),
    strict("isfinite", "D>b|S>b|Z>b|I>b", |_, _| Ok(Value::Bool(true))),
    strict(
        "to_char",
        "St>t|Zt>t|It>t|nt>t|4t>t|8t>t|dt>t|ft>t",
        |args, cx| {
            let template = str_at(args, 1);
            match (&args[0], Span::of(&args[0])) {
                (_, Some(span)) => string(template::span_text(span, template)),
                (Value::Timestamp(of), _) => string(template::moment_text(*of, template)),
                (number, _) => {
                    template::number_text(number, type_at(cx, 0), template).map(Value::Str)
                }
            }
        },
    ),
    strict("to_date", "tt>D", |args, _| {
        let read = template::read_moment(str_at(args, 0), str_at(args, 1))?;
        Ok(Value::Date(read.date()))
    }),
    strict("to_timestamp", "tt>Z|d>Z", |args, _| match &args[0] {
        Value::Str(text) => template::read_moment(text, str_at(args, 1)).map(Value::Timestamp),
        _ => {
            let micros = (float_at(args, 0) * 1e6).round_ties_even();
            #[allow(clippy::cast_possible_truncation)]
            let moment = (micros.abs() < 6e18)
                .then(|| DateTime::from_timestamp_micros(micros as i64))
                .flatten();
            let moment = moment.ok_or_else(|| overflow(&SqlType::Timestamp))?;
            Ok(Value::Timestamp(moment.naive_utc()))
        }
    }),
    strict("to_number", "tt>n", |args, _| {
        let text: String = str_at(args, 0)
            .chars()
            .filter(|letter| letter.is_ascii_digit() || matches!(letter, '.' | '-'))
            .collect();
        let number = crate::sql::value::number::parse(&text);
        let number = number.ok_or_else(|| invalid(&SqlType::Numeric(None), str_at(args, 0)))?;
        Ok(Value::Decimal(number))
    }),
];

fn field(message: impl Into<String>) -> Problem {
    parameter_code("22008", message)
}

fn justified(args: &[Value], how: fn(Span) -> Option<Span>) -> Given {
    let span = Span::of(&args[0]).and_then(how);
    Ok(span.ok_or_else(|| overflow(&SqlType::Interval))?.value())
}

fn made_date(args: &[Value]) -> Option<NaiveDate> {
    let year = i32::try_from(int_at(args, 0)).ok()?;
    let year = if year < 0 { year + 1 } else { year };
    let month = u32::try_from(int_at(args, 1)).ok()?;
    let date = NaiveDate::from_ymd_opt(year, month, u32::try_from(int_at(args, 2)).ok()?)?;
    (int_at(args, 0) != 0 && (-4712..=200_000).contains(&year)).then_some(date)
}

fn made_time(args: &[Value], from: usize) -> Option<NaiveTime> {
    let (hour, minute) = (int_at(args, from), int_at(args, from + 1));
    let seconds = float_at(args, from + 2);
    let fits =
        (0..24).contains(&hour) && (0..60).contains(&minute) && (0.0..60.0).contains(&seconds);
    #[allow(clippy::cast_possible_truncation)]
    fits.then(|| {
        time_of(hour * HOUR + minute * 60 * SECOND + (seconds * 1e6).round_ties_even() as i64)
    })
}

fn made_moment(args: &[Value], _: &mut Cx) -> Given {
    let found = made_date(args).zip(made_time(args, 3));
    let (date, time) = found.ok_or_else(|| field("date/time field value out of range"))?;
    Ok(Value::Timestamp(date.and_time(time)))
}

/// Seconds east of UTC of a zone's name.
fn zone_offset(zone: &str) -> Option<i64> {
    match zone.to_ascii_uppercase().as_str() {
        "UTC" | "GMT" | "Z" | "ZULU" | "ETC/UTC" => Some(0),
        other => {
            // `+02` and `+02:30`. A bare offset counts westward in PostgreSQL, as POSIX has it.
            let (sign, digits) = match other.split_at_checked(1)? {
                ("+", digits) => (-1, digits),
                ("-", digits) => (1, digits),
                _ => return None,
            };
            let (hours, minutes) = digits.split_once(':').unwrap_or((digits, "0"));
            let hours: i64 = hours.parse().ok()?;
            let minutes: i64 = minutes.parse().ok()?;
            let fits = (0..16).contains(&hours) && (0..60).contains(&minutes);
            fits.then_some(sign * (hours * 3600 + minutes * 60))
        }
    }
}

/// Years, months, days and time between two moments, as one counts on a calendar.
fn age(later: NaiveDateTime, earlier: NaiveDateTime) -> Span {
    let negative = later < earlier;
    let (high, low) = if negative {
        (earlier, later)
    } else {
        (later, earlier)
    };
    let mut months =
        i64::from(high.year() - low.year()) * 12 + i64::from(high.month()) - i64::from(low.month());
    let mut days = i64::from(high.day()) - i64::from(low.day());
    let mut micros = micros_of(high.time()) - micros_of(low.time());
    if micros < 0 {
        micros += DAY;
        days -= 1;
    }
    if days < 0 {
        days += i64::from(days_of_month(low.year(), low.month()));
        months -= 1;
    }
    let sign = if negative { -1 } else { 1 };
    let small = |number: i64| i32::try_from(number * sign).unwrap_or(0);
    Span {
        months: small(months),
        days: small(days),
        micros: micros * sign,
    }
}

/// How many days a month has.
fn days_of_month(year: i32, month: u32) -> u32 {
    match month {
        2 if NaiveDate::from_ymd_opt(year, 2, 29).is_some() => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn unknown_unit(unit: &str, of: &SqlType) -> Problem {
    let of = full_name(of);
    parameter(format!("unit \"{unit}\" not recognized for type {of}"))
        .hint("units are year, quarter, month, week, day, hour, minute, second and their like")
}

/// A unit's usual name, without its plural.
fn unit_name(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    match lower.as_str() {
        "centuries" => "century".to_owned(),
        "millennia" => "millennium".to_owned(),
        "mon" | "mons" => "month".to_owned(),
        "sec" | "secs" => "second".to_owned(),
        "min" | "mins" => "minute".to_owned(),
        "hr" | "hrs" => "hour".to_owned(),
        "milliseconds" | "ms" | "msec" | "msecs" => "millisecond".to_owned(),
        "microseconds" | "us" | "usec" | "usecs" => "microsecond".to_owned(),
        "y" | "yr" | "yrs" => "year".to_owned(),
        other => other.strip_suffix('s').unwrap_or(other).to_owned(),
    }
}

fn truncated(args: &[Value], cx: &mut Cx) -> Given {
    let typed = str_at(args, 0);
    let unit = unit_name(typed);
    let clock = match unit.as_str() {
        "hour" => Some(HOUR),
        "minute" => Some(60 * SECOND),
        "second" => Some(SECOND),
        "millisecond" => Some(1000),
        "microsecond" => Some(1),
        _ => None,
    };
    let months = match unit.as_str() {
        "month" => Some(1),
        "quarter" => Some(3),
        "year" => Some(12),
        "decade" => Some(120),
        "century" => Some(1200),
        "millennium" => Some(12_000),
        _ => None,
    };
    if let Some(span) = Span::of(&args[1]) {
        return Ok(match (months, clock) {
            (Some(months), _) => Span {
                months: span.months - span.months % months,
                ..Span::default()
            },
            (_, Some(micros)) => Span {
                micros: span.micros - span.micros % micros,
                ..span
            },
            _ if unit == "day" => Span { micros: 0, ..span },
            _ => return Err(unknown_unit(typed, &SqlType::Interval)),
        }
        .value());
    }
    let Some(of) = moment(&args[1]) else {
        return Ok(Value::Null);
    };
    let date = of.date();
    let begin = match (months, clock) {
        (_, Some(micros)) => {
            let time = micros_of(of.time());
            return Ok(Value::Timestamp(
                date.and_time(time_of(time - time % micros)),
            ));
        }
        (Some(months), _) => {
            let years = months / 12;
            let year = match years {
                0 | 1 => date.year(),
                10 => date.year().div_euclid(10) * 10,
                // Centuries and millennia begin with the year 1.
                _ => (date.year() - 1).div_euclid(years) * years + 1,
            };
            let month = match months {
                1 => date.month(),
                3 => date.month0() / 3 * 3 + 1,
                _ => 1,
            };
            NaiveDate::from_ymd_opt(year, month, 1)
        }
        _ if unit == "week" => {
            let back = date.weekday().num_days_from_monday();
            date.checked_sub_days(chrono::Days::new(back.into()))
        }
        _ if unit == "day" => Some(date),
        _ => return Err(unknown_unit(typed, type_at(cx, 1))),
    };
    let begin = begin.ok_or_else(|| overflow(&SqlType::Timestamp))?;
    Ok(Value::Timestamp(begin.and_time(NaiveTime::MIN)))
}

/// EXTRACT's part of a moment, a time or an interval.
fn extracted(args: &[Value], cx: &mut Cx) -> Given {
    let typed = str_at(args, 0);
    let name = unit_name(typed);
    let of = type_at(cx, 1);
    let whole = |number: i64| Ok(Value::Decimal(number.into()));
    let scaled = |number: i128, scale: u32| {
        let number = Decimal::try_from_i128_with_scale(number, scale);
        number
            .map(Value::Decimal)
            .map_err(|_| overflow(&SqlType::Numeric(None)))
    };
    let date = match &args[1] {
        Value::Date(date) => Some(*date),
        Value::Timestamp(moment) => Some(moment.date()),
        _ => None,
    };
    let micros = match &args[1] {
        Value::Timestamp(moment) => Some(micros_of(moment.time())),
        Value::Time(time) => Some(micros_of(*time)),
        other => Span::of(other).map(|span| span.micros),
    };
    if let Some(micros) = micros {
        let of_minute = micros % (60 * SECOND);
        match name.as_str() {
            "hour" => return whole(micros / HOUR),
            "minute" => return whole(micros / (60 * SECOND) % 60),
            "second" => return scaled(of_minute.into(), 6),
            "millisecond" => return scaled(of_minute.into(), 3),
            "microsecond" => return whole(of_minute),
            _ => {}
        }
    }
    if let Some(span) = Span::of(&args[1]) {
        let (years, months) = (i64::from(span.months / 12), i64::from(span.months % 12));
        return match name.as_str() {
            "year" => whole(years),
            "month" => whole(months),
            "quarter" => whole(months / 3 + 1),
            "decade" => whole(years / 10),
            "century" => whole(years / 100),
            "millennium" => whole(years / 1000),
            "day" => whole(span.days.into()),
            // A year has 365.25 days here.
            "epoch" => {
                let days = i128::from(years) * 1461 / 4 * 4 + i128::from(years) * 1461 % 4;
                let year_micros = days * i128::from(DAY) / 4;
                let rest = i128::from(months) * 30 + i128::from(span.days);
                scaled(
                    year_micros + rest * i128::from(DAY) + i128::from(span.micros),
                    6,
                )
            }
            _ => Err(unknown_unit(typed, of)),
        };
    }
    let Some(date) = date else {
        return match (name.as_str(), micros) {
            ("epoch", Some(micros)) => scaled(micros.into(), 6),
            _ => Err(unknown_unit(typed, of)),
        };
    };
    let year = i64::from(date.year());
    let shown_year = if year <= 0 { year - 1 } else { year };
    whole(match name.as_str() {
        "year" => shown_year,
        "month" => date.month().into(),
        "day" => date.day().into(),
        "quarter" => i64::from(date.month0() / 3 + 1),
        "week" => date.iso_week().week().into(),
        "isoyear" => date.iso_week().year().into(),
        "dow" => date.weekday().num_days_from_sunday().into(),
        "isodow" => date.weekday().number_from_monday().into(),
        "doy" => date.ordinal().into(),
        "decade" => year.div_euclid(10),
        "century" => era(year, 100),
        "millennium" => era(year, 1000),
        "timezone" | "timezone_hour" | "timezone_minute" if *of == SqlType::Timestamptz => 0,
        "julian" => {
            let day = i64::from(date.num_days_from_ce()) + 1_721_425;
            return match micros {
                Some(micros) if micros != 0 => {
                    let part = crate::sql::value::number::divide(micros.into(), DAY.into())?;
                    crate::sql::value::number::add(day.into(), part).map(Value::Decimal)
                }
                _ => whole(day),
            };
        }
        "epoch" => {
            let seconds = date.and_time(NaiveTime::MIN).and_utc().timestamp();
            return match micros {
                Some(micros) => scaled(i128::from(seconds) * 1_000_000 + i128::from(micros), 6),
                None => whole(seconds),
            };
        }
        _ => return Err(unknown_unit(typed, of)),
    })
}

/// The century or millennium of a year: the first begins with the year 1, and none is the 0th.
fn era(year: i64, years: i64) -> i64 {
    if year > 0 {
        (year + years - 1) / years
    } else {
        -((years - 1 - (year - 1)) / years)
    }
}
