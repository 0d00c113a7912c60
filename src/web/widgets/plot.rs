//! Geometry of charts over time: which ticks the values have, and where lines run.

/// Width of the drawing in its own units.
pub const WIDTH: u64 = 3_000;
/// Its height.
pub const HEIGHT: u64 = 1_000;
/// Points of a line that are drawn at most.
const MAX_POINTS: usize = 300;

/// The top of an axis from 0 that holds a value, and the ticks on it: 2 to 4 steps of 1, 2 or 5 times a
/// power of ten.
pub fn ticks(most: u64) -> Vec<u64> {
    let most = most.max(1);
    let mut step = 1_u64;
    let mut times = [2, 5, 10].into_iter().cycle();
    let mut power = 1_u64;
    while most.div_ceil(step) > 4 {
        let next = times.next().unwrap_or(10);
        let Some(wider) = power.checked_mul(next) else {
            break;
        };
        step = wider;
        if next == 10 {
            power = wider;
        }
    }
    let steps = most.div_ceil(step).max(2);
    (0..=steps).map(|at| at.saturating_mul(step)).collect()
}

/// The path of a line whose points stand at the end of each bucket, on axes from 0 to `length` and `top`;
/// where there is no value, it has a gap.
pub fn path(values: &[Option<u64>], (bucket, length): (u64, u64), top: u64) -> String {
    let mut path = String::new();
    let mut is_drawing = false;
    let skip = values.len().div_ceil(MAX_POINTS).max(1);
    for (at, value) in values.iter().enumerate().step_by(skip) {
        let Some(value) = value else {
            is_drawing = false;
            continue;
        };
        let (x, y) = place(
            (at as u64 + 1).saturating_mul(bucket),
            *value,
            (length, top),
        );
        if is_drawing {
            path += &format!("L{x} {y}");
        } else {
            // A point without neighbours is a dot.
            path += &format!("M{x} {y}h0");
        }
        is_drawing = true;
    }
    path
}

/// Where a point stands, from the top left.
pub fn place(at: u64, value: u64, (length, top): (u64, u64)) -> (u64, u64) {
    let share = |part: u64, of: u64, size: u64| {
        let place = u128::from(part) * u128::from(size) / u128::from(of.max(1));
        u64::try_from(place).unwrap_or(size).min(size)
    };
    (share(at, length, WIDTH), HEIGHT - share(value, top, HEIGHT))
}

/// A line in words: `arrived 80 to 140, at last 120`.
pub fn words(name: &str, values: &[Option<u64>], say: fn(u64) -> String) -> String {
    let known = || values.iter().flatten().copied();
    let (Some(least), Some(most), Some(last)) = (known().min(), known().max(), known().next_back())
    else {
        return format!("{name}: nothing yet");
    };
    if least == most {
        return format!("{name} {} all the time", say(most));
    }
    format!(
        "{name} {} to {}, at last {}",
        say(least),
        say(most),
        say(last)
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_has_gaps_where_nothing_was_measured() {
        let values = [Some(0), Some(50), None, Some(100)];
        assert_eq!(
            path(&values, (10, 40), 100),
            "M750 1000h0L1500 500M3000 0h0"
        );
        assert_eq!(path(&[], (10, 40), 100), "");
    }

    #[test]
    fn a_line_reads_as_a_sentence() {
        let say = |value: u64| format!("{value} ms");
        assert_eq!(
            words("p99", &[None, Some(40), Some(80), Some(60)], say),
            "p99 40 ms to 80 ms, at last 60 ms"
        );
        assert_eq!(
            words("p99", &[Some(7), Some(7)], say),
            "p99 7 ms all the time"
        );
        assert_eq!(words("p99", &[None], say), "p99: nothing yet");
    }

    #[test]
    fn ticks_are_round() {
        for (most, wanted) in [
            (0, vec![0, 1, 2]),
            (3, vec![0, 1, 2, 3]),
            (7, vec![0, 2, 4, 6, 8]),
            (140, vec![0, 50, 100, 150]),
            (1_000, vec![0, 500, 1_000]),
        ] {
            assert_eq!(ticks(most), wanted, "{most}");
        }
    }

    proptest! {
        #[test]
        fn the_axis_holds_every_value(most in 0_u64..1 << 60) {
            let ticks = ticks(most);
            prop_assert!((3..=5).contains(&ticks.len()));
            prop_assert!(ticks.last() >= Some(&most));
        }
    }
}
