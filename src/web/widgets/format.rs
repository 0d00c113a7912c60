//! Figures as people read them.

/// A duration of virtual time in its natural unit: `0 ms`, `0.4 ms`, `40 ms`, `1.25 s`, `3 min 5 s`,
/// `2 h 4 min`, `6 d 3 h`.
pub fn duration(us: u64) -> String {
    let ms = us / 1_000;
    let s = ms / 1_000;
    match us {
        0 => "0 ms".to_owned(),
        1..1_000 => format!("{} ms", decimals(us as f64 / 1_000.0, 2)),
        1_000..10_000 => format!("{} ms", decimals(us as f64 / 1_000.0, 1)),
        10_000..1_000_000 => format!("{ms} ms"),
        1_000_000..60_000_000 => format!("{} s", decimals(us as f64 / 1_000_000.0, 2)),
        _ if s < 3_600 => two(s / 60, "min", s % 60, "s"),
        _ if s < 86_400 => two(s / 3_600, "h", s / 60 % 60, "min"),
        _ => two(s / 86_400, "d", s / 3_600 % 24, "h"),
    }
}

/// Whole seconds where sub-second detail would only flicker: ages, lifetimes, waits.
pub fn seconds(us: u64) -> String {
    if us < 60_000_000 {
        format!("{} s", us / 1_000_000)
    } else {
        duration(us)
    }
}

/// A moment of the lab: `0:00.000`, `1:05.250`, `2:00:05.000`.
pub fn moment(us: u64) -> String {
    let ms = us / 1_000;
    let (s, ms) = (ms / 1_000, ms % 1_000);
    let (min, s) = (s / 60, s % 60);
    let (h, min) = (min / 60, min % 60);
    if h == 0 {
        format!("{min}:{s:02}.{ms:03}")
    } else {
        format!("{h}:{min:02}:{s:02}.{ms:03}")
    }
}

/// A size in bytes: `812 B`, `1.2 kB`, `3.4 MB`.
pub fn bytes(size: u64) -> String {
    match size {
        0..1_000 => format!("{size} B"),
        1_000..1_000_000 => format!("{} kB", decimals(size as f64 / 1e3, 1)),
        _ => format!("{} MB", decimals(size as f64 / 1e6, 1)),
    }
}

/// A count with its noun: `1 row`, `412 rows`, `12,000 rows`.
pub fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { one } else { many })
}

/// A number with thousands apart: `12,000`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number with at most `places` decimals and no trailing zeros.
pub fn decimals(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// The clock time inside an HTTP date (RFC 9110 §5.6.7): `12:00:47`, or the whole text.
pub fn time_of_date(date: &str) -> &str {
    date.split(' ')
        .find(|part| part.len() == 8 && part.matches(':').count() == 2)
        .unwrap_or(date)
}

fn two(major: u64, unit: &str, minor: u64, small: &str) -> String {
    if minor == 0 {
        format!("{major} {unit}")
    } else {
        format!("{major} {unit} {minor} {small}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_in_their_natural_unit() {
        for (us, text) in [
            (0, "0 ms"),
            (400, "0.4 ms"),
            (3_000, "3 ms"),
            (3_260, "3.3 ms"),
            (40_000, "40 ms"),
            (999_999, "999 ms"),
            (1_250_000, "1.25 s"),
            (12_000_000, "12 s"),
            (60_000_000, "1 min"),
            (185_000_000, "3 min 5 s"),
            (7_440_000_000, "2 h 4 min"),
            (529_200_000_000, "6 d 3 h"),
        ] {
            assert_eq!(duration(us), text);
        }
    }

    #[test]
    fn figures_are_short_and_exact() {
        assert_eq!(seconds(12_900_000), "12 s");
        assert_eq!(moment(65_250_000), "1:05.250");
        assert_eq!(moment(7_205_000_000), "2:00:05.000");
        assert_eq!(bytes(812), "812 B");
        assert_eq!(bytes(1_240), "1.2 kB");
        assert_eq!(count(1, "row", "rows"), "1 row");
        assert_eq!(count(12_000, "row", "rows"), "12,000 rows");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(decimals(10.0, 1), "10");
        assert_eq!(time_of_date("Mon, 05 Jan 2026 12:00:47 GMT"), "12:00:47");
        assert_eq!(time_of_date("soon"), "soon");
    }
}
