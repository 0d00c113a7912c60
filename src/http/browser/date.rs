//! Dates as cookies write them, which is in many ways (RFC 6265bis §5.1.1).

use chrono::NaiveDate;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Reads the value of `Expires`; seconds since 1970.
pub fn parse_cookie_date(text: &str) -> Option<i64> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.split(is_delimiter).filter(|token| !token.is_empty()) {
        if time.is_none()
            && let Some(found) = time_of(token)
        {
            time = Some(found);
        } else if day.is_none()
            && let Some(found) = number(token, 1, 2)
        {
            day = Some(found);
        } else if month.is_none()
            && let Some(found) = month_of(token)
        {
            month = Some(found);
        } else if year.is_none()
            && let Some(found) = number(token, 2, 4)
        {
            year = Some(found);
        }
    }
    let year = match year? {
        short @ 0..=69 => short + 2000,
        short @ 70..=99 => short + 1900,
        year => year,
    };
    let (hour, minute, second) = time?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month?, day?)?;
    let moment = date.and_hms_opt(hour, minute, second)?;
    (year >= 1601).then(|| moment.and_utc().timestamp())
}

fn is_delimiter(c: char) -> bool {
    matches!(c, '\t' | ' '..='/' | ';'..='@' | '['..='`' | '{'..='~')
}

/// The digits a token begins with, if they are that many; what follows is no digit.
fn number(token: &str, least: usize, most: usize) -> Option<u32> {
    let end = token
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(token.len());
    (least..=most).contains(&end).then_some(())?;
    token.get(..end)?.parse().ok()
}

fn month_of(token: &str) -> Option<u32> {
    let name = token.get(..3)?.to_ascii_lowercase();
    let at = MONTHS.iter().position(|month| *month == name)?;
    u32::try_from(at + 1).ok()
}

fn time_of(token: &str) -> Option<(u32, u32, u32)> {
    let mut fields = token.splitn(3, ':');
    let whole = |field: &str| {
        let digits = field.chars().all(|c| c.is_ascii_digit());
        digits.then(|| number(field, 1, 2)).flatten()
    };
    let hour = whole(fields.next()?)?;
    let minute = whole(fields.next()?)?;
    Some((hour, minute, number(fields.next()?, 1, 2)?))
}
