//! The one vocabulary of colour: every meaning has a tone, a mark and a word, never colour alone.

use crate::protocol::Decision;

/// A meaning that is shown in colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// No meaning.
    #[default]
    Plain,
    /// Answered here, fresh; passed.
    Fresh,
    /// Answered stale; nearly out.
    Stale,
    /// Went on to the next layer.
    Origin,
    /// Queued, held back.
    Waiting,
    /// Limited, denied; failed a check.
    Refused,
    /// Broke.
    Error,
}

impl Tone {
    /// The tone of a decision.
    pub fn of(decision: Decision) -> Self {
        match decision {
            Decision::Fresh => Self::Fresh,
            Decision::Stale => Self::Stale,
            Decision::Forwarded => Self::Origin,
            Decision::Waited => Self::Waiting,
            Decision::Refused => Self::Refused,
            Decision::Failed => Self::Error,
        }
    }

    /// The tone of a status code: refusals apart from faults (RFC 9110 §15).
    pub fn of_status(status: u16) -> Self {
        match status {
            100..=299 | 304 => Self::Fresh,
            300..=399 => Self::Origin,
            400..=499 | 503 => Self::Refused,
            _ => Self::Error,
        }
    }

    /// The class that carries the colour.
    pub fn class(self) -> &'static str {
        match self {
            Self::Plain => "tone-plain",
            Self::Fresh => "tone-fresh",
            Self::Stale => "tone-stale",
            Self::Origin => "tone-origin",
            Self::Waiting => "tone-waiting",
            Self::Refused => "tone-refused",
            Self::Error => "tone-error",
        }
    }

    /// The mark that always goes with the colour.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Plain => "○",
            Self::Fresh => "●",
            Self::Stale => "◐",
            Self::Origin => "→",
            Self::Waiting => "…",
            Self::Refused => "✕",
            Self::Error => "▲",
        }
    }

    /// The meaning in words, for readers of the screen and of the legend.
    pub fn word(self) -> &'static str {
        match self {
            Self::Plain => "not reached",
            Self::Fresh => "answered here",
            Self::Stale => "answered stale",
            Self::Origin => "passed on",
            Self::Waiting => "held back",
            Self::Refused => "refused",
            Self::Error => "broke",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const ALL: [Tone; 7] = [
        Tone::Plain,
        Tone::Fresh,
        Tone::Stale,
        Tone::Origin,
        Tone::Waiting,
        Tone::Refused,
        Tone::Error,
    ];

    #[test]
    fn each_tone_can_be_told_apart_without_its_colour() {
        let marks: BTreeSet<_> = ALL.iter().map(|tone| tone.mark()).collect();
        let words: BTreeSet<_> = ALL.iter().map(|tone| tone.word()).collect();
        assert_eq!((marks.len(), words.len()), (ALL.len(), ALL.len()));
    }

    #[test]
    fn a_status_has_the_tone_of_what_it_says() {
        for (status, tone) in [
            (200, Tone::Fresh),
            (201, Tone::Fresh),
            (304, Tone::Fresh),
            (303, Tone::Origin),
            (404, Tone::Refused),
            (429, Tone::Refused),
            (503, Tone::Refused),
            (500, Tone::Error),
            (0, Tone::Error),
        ] {
            assert_eq!(Tone::of_status(status), tone, "{status}");
        }
    }
}
