//! What the latest lookups in a cache came to: in words, and as a share that runs along.

use crate::protocol::CacheMark;

/// Lookups that are told one by one.
const TOLD: usize = 20;

/// The figure: `7 of 10 answered here, 70 %`; where there were more lookups in all, that these are the
/// latest.
pub fn words(marks: &[CacheMark], in_all: u64) -> String {
    let hits = marks.iter().filter(|mark| mark.hit).count();
    let all = marks.len().max(1);
    let percent = (100 * hits + all / 2) / all;
    let which = match in_all > marks.len() as u64 {
        true => "the latest ",
        false => "",
    };
    format!(
        "{hits} of {which}{} answered here, {percent} %",
        marks.len()
    )
}

/// The chart for those who do not see it: the latest lookups, oldest first.
pub fn twin(marks: &[CacheMark]) -> String {
    let latest = &marks[marks.len().saturating_sub(TOLD)..];
    let word = |mark: &CacheMark| if mark.hit { "hit" } else { "miss" };
    let told: Vec<&str> = latest.iter().map(word).collect();
    let which = match latest.len() < marks.len() {
        true => "The latest lookups",
        false => "The lookups",
    };
    format!("{which}, oldest first: {}.", told.join(", "))
}

/// After each lookup, the share of those so far that were answered here, from 0 to 1.
pub fn shares(marks: &[CacheMark]) -> Vec<f64> {
    let mut hits = 0_u32;
    let mut all = 0_u32;
    let share = |mark: &CacheMark| {
        hits += u32::from(mark.hit);
        all += 1;
        f64::from(hits) / f64::from(all)
    };
    marks.iter().map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(hits: &str) -> Vec<CacheMark> {
        let mark = |letter| CacheMark {
            ago_us: 0,
            hit: letter == 'h',
        };
        hits.chars().map(mark).collect()
    }

    #[test]
    fn lookups_are_told_in_words() {
        for (hits, said) in [
            ("mhhmhhhmhh", "7 of 10 answered here, 70 %"),
            ("mmh", "1 of 3 answered here, 33 %"),
            ("mhh", "2 of 3 answered here, 67 %"),
            ("m", "0 of 1 answered here, 0 %"),
        ] {
            assert_eq!(words(&marks(hits), hits.len() as u64), said);
        }
        let said = "1 of the latest 2 answered here, 50 %";
        assert_eq!(words(&marks("mh"), 3), said);
        assert_eq!(twin(&marks("mh")), "The lookups, oldest first: miss, hit.");
        let many = twin(&marks(&"h".repeat(30)));
        assert!(many.starts_with("The latest lookups"), "{many}");
        assert_eq!(many.matches("hit").count(), TOLD);
    }

    #[test]
    fn the_share_runs_along() {
        assert_eq!(shares(&marks("mhhm")), [0.0, 0.5, 2.0 / 3.0, 0.5]);
        assert_eq!(shares(&[]), Vec::<f64>::new());
    }
}
