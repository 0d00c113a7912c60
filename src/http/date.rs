//! Moments as HTTP writes them (RFC 9110 §5.6.7).

use chrono::{DateTime, NaiveDate, NaiveDateTime};

const IMF_FIXDATE: &str = "%a, %d %b %Y %H:%M:%S GMT";
const RFC_850: &str = "%A, %d-%b-%y %H:%M:%S GMT";
const ASCTIME: &str = "%a %b %e %H:%M:%S %Y";

/// A moment (UTC) as `Mon, 02 Mar 2026 09:00:00 GMT`.
pub fn http_date(moment: NaiveDateTime) -> String {
    moment.format(IMF_FIXDATE).to_string()
}

/// Reads a date in the preferred form or one of the two obsolete ones; seconds since 1970.
pub fn parse_http_date(text: &str) -> Option<i64> {
    [IMF_FIXDATE, RFC_850, ASCTIME]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text.trim(), form).ok())
        .map(|moment| moment.and_utc().timestamp())
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
