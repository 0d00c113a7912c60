//! Moments as HTTP writes them (RFC 9110 §5.6.7).

use chrono::{DateTime, NaiveDate, NaiveDateTime, Weekday};

const IMF_FIXDATE: &str = "%a, %d %b %Y %H:%M:%S GMT";
/// How a date looks behind the name of its day, and how it is read then. `#` is a digit, `_` a digit
/// or a space, `@` a letter. The last two are obsolete.
const FORMS: [(&str, &str); 3] = [
    (", ## @@@ #### ##:##:## GMT", ", %d %b %Y %H:%M:%S GMT"),
    (", ##-@@@-## ##:##:## GMT", ", %d-%b-%y %H:%M:%S GMT"),
    (" @@@ _# ##:##:## ####", " %b %e %H:%M:%S %Y"),
];

/// A moment (UTC) as `Mon, 02 Mar 2026 09:00:00 GMT`.
pub fn http_date(moment: NaiveDateTime) -> String {
    moment.format(IMF_FIXDATE).to_string()
}

/// Reads a date in the preferred form or one of the two obsolete ones; seconds since 1970. The case of
/// letters is forgiven, and so is the wrong name of a day, which tells nothing; no other difference is
/// (RFC 9110 §5.6.7).
pub fn parse_http_date(text: &str) -> Option<i64> {
    let text = text.trim().to_ascii_uppercase();
    let date = text.trim_start_matches(|c: char| c.is_ascii_uppercase());
    text[..text.len() - date.len()].parse::<Weekday>().ok()?;
    let (_, form) = FORMS.iter().find(|(shape, _)| has_shape(date, shape))?;
    let moment = NaiveDateTime::parse_from_str(date, form).ok()?;
    Some(moment.and_utc().timestamp())
}

/// Whether a text is made like a shape.
fn has_shape(text: &str, shape: &str) -> bool {
    let fits = |(c, wanted): (u8, u8)| match wanted {
        b'#' => c.is_ascii_digit(),
        b'_' => c.is_ascii_digit() || c == b' ',
        b'@' => c.is_ascii_alphabetic(),
        _ => c == wanted,
    };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(fits)
}

/// Reads a moment as databases write it (`2026-03-02 09:00:00`, `2026-03-02T09:00:00Z`,
/// `2026-03-02`), cut to whole seconds.
pub fn parse_sql_moment(text: &str) -> Option<NaiveDateTime> {
    let moment = DateTime::parse_from_rfc3339(text)
        .map(|moment| moment.naive_utc())
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f"))
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f"))
        .ok()
        .or_else(|| {
            let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
            day.and_hms_opt(0, 0, 0)
        })?;
    chrono::Timelike::with_nanosecond(&moment, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_forms_are_read_and_nothing_like_them() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "SUN, 06 nov 1994 08:49:37 gmt",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Mon, 06 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(parse_http_date(text), Some(784_111_777), "{text}");
        }
        for text in [
            "0",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 94 08:49:37 GMT",
            "Sun 06 Nov 1994 08:49:37 GMT",
            "Sun, 06  Nov  1994 08:49:37 GMT",
            "Sun, 06-Nov-1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08.49.37 GMT",
            "Sun, 06 Nov 1994 8:49:37 GMT",
            "Foo, 06 Nov 1994 08:49:37 GMT",
            ", 06 Nov 1994 08:49:37 GMT",
            "Sun, 31 Feb 1994 08:49:37 GMT",
        ] {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
    }
}
