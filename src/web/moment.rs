//! Moments in the words of people. The page has no clock of its own: what is now comes from the lab.

use super::widgets::format::duration;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

const DAY_S: i64 = 86_400;

/// Reads a date in the form HTTP prefers, `Mon, 02 Mar 2026 09:00:00 GMT` (RFC 9110 §5.6.7), as
/// seconds since 1970.
pub fn of_http_date(text: &str) -> Option<i64> {
    let (_, date) = text.trim().split_once(", ")?;
    let parts: Vec<&str> = date.split([' ', ':']).collect();
    let [day, month, year, hour, minute, second, "GMT"] = parts.as_slice() else {
        return None;
    };
    let month = MONTHS.iter().position(|name| name == month)? as i64 + 1;
    let number =
        |text: &&str, most: i64| text.parse::<i64>().ok().filter(|n| (0..=most).contains(n));
    let days = days_of(number(year, 9999)?, month, number(day, 31)?);
    let time = number(hour, 23)? * 3_600 + number(minute, 59)? * 60 + number(second, 60)?;
    Some(days * DAY_S + time)
}

/// A moment as `2 Mar 2026, 09:00:00 UTC`.
pub fn words(seconds: i64) -> String {
    let (year, month, day) = date_of(seconds.div_euclid(DAY_S));
    let time = seconds.rem_euclid(DAY_S);
    let name = MONTHS
        .get((month - 1) as usize)
        .copied()
        .unwrap_or_default();
    let (hour, minute, second) = (time / 3_600, time / 60 % 60, time % 60);
    format!("{day} {name} {year}, {hour:02}:{minute:02}:{second:02} UTC")
}

/// How far a moment is from now: `in 15 min`, `3 s ago`, `now`.
pub fn from_now(seconds: i64, now: i64) -> String {
    let span = |seconds: u64| duration(seconds.saturating_mul(1_000_000));
    match seconds.saturating_sub(now) {
        0 => "now".to_owned(),
        ahead @ 1.. => format!("in {}", span(ahead.unsigned_abs())),
        ago => format!("{} ago", span(ago.unsigned_abs())),
    }
}

/// Days since 1970 of a date of the Gregorian calendar. Years are counted from March, so that the
/// leap day is the last.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month < 3 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date of a day since 1970, as year, month and day.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month < 3), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use proptest::prelude::*;

    #[test]
    fn moments_read_as_people_say_them() {
        assert_eq!(words(0), "1 Jan 1970, 00:00:00 UTC");
        assert_eq!(words(1_772_442_000), "2 Mar 2026, 09:00:00 UTC");
        assert_eq!(from_now(900, 0), "in 15 min");
        assert_eq!(from_now(0, 3), "3 s ago");
        assert_eq!(from_now(5, 5), "now");
        for no in [
            "",
            "Mon",
            "Mon, 02 Foo 2026 09:00:00 GMT",
            "Mon, 02 Mar 2026 09:00:00 CET",
            "Mon, 2 Mar",
        ] {
            assert_eq!(of_http_date(no), None, "{no}");
        }
    }

    proptest! {
        #[test]
        fn dates_read_as_they_are_written(seconds in 0_i64..253_402_300_800) {
            let moment = DateTime::from_timestamp(seconds, 0).expect("a moment").naive_utc();
            let date = moment.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
            prop_assert_eq!(of_http_date(&date), Some(seconds));
            prop_assert_eq!(words(seconds), moment.format("%-d %b %Y, %H:%M:%S UTC").to_string());
        }
    }
}
