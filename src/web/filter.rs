//! Which labs the home page shows.

use crate::lab::catalog::Summary;
use crate::lab::format::Level;
use crate::web::store::Progress;

/// How far a learner is with a lab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// Not begun.
    New,
    /// Begun.
    Started,
    /// Every task passed.
    Done,
}

impl Reached {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::New, Self::Started, Self::Done];

    /// How far this progress is.
    pub fn of(progress: Option<&Progress>) -> Self {
        match progress {
            Some(progress) if progress.is_done() => Self::Done,
            Some(progress) if progress.is_started() => Self::Started,
            _ => Self::New,
        }
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Started => "started",
            Self::Done => "done",
        }
    }
}

/// What the learner is looking for. Empty fields let everything through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Words that all have to be in title, summary or id.
    pub words: String,
    /// The area's id.
    pub area: Option<String>,
    /// The level.
    pub level: Option<Level>,
    /// At most so many minutes.
    pub minutes: Option<u32>,
    /// How far it is.
    pub reached: Option<Reached>,
}

impl Filter {
    /// Whether a lab of an area is shown.
    pub fn lets(&self, area: &str, id: &str, lab: &Summary, progress: Option<&Progress>) -> bool {
        let text = format!("{id} {} {} {area}", lab.title, lab.summary).to_ascii_lowercase();
        let has_words = self
            .words
            .to_ascii_lowercase()
            .split_whitespace()
            .all(|word| text.contains(word));
        has_words
            && self.area.as_deref().is_none_or(|wanted| wanted == area)
            && self.level.is_none_or(|wanted| wanted.name() == lab.level)
            && self.minutes.is_none_or(|most| lab.minutes <= most)
            && self
                .reached
                .is_none_or(|wanted| wanted == Reached::of(progress))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lab() -> Summary {
        Summary {
            title: "Joining tables".to_owned(),
            summary: "Two tables, one answer.".to_owned(),
            level: "beginner".to_owned(),
            minutes: 20,
            ..Summary::default()
        }
    }

    #[test]
    fn every_field_narrows() {
        let any = Filter::default();
        let cases = [
            (any.clone(), true),
            (
                Filter {
                    words: "TABLES joins".to_owned(),
                    ..any.clone()
                },
                true,
            ),
            (
                Filter {
                    words: "tables cache".to_owned(),
                    ..any.clone()
                },
                false,
            ),
            (
                Filter {
                    area: Some("security".to_owned()),
                    ..any.clone()
                },
                false,
            ),
            (
                Filter {
                    level: Some(Level::Expert),
                    ..any.clone()
                },
                false,
            ),
            (
                Filter {
                    minutes: Some(20),
                    ..any.clone()
                },
                true,
            ),
            (
                Filter {
                    minutes: Some(15),
                    ..any.clone()
                },
                false,
            ),
            (
                Filter {
                    reached: Some(Reached::New),
                    ..any.clone()
                },
                true,
            ),
            (
                Filter {
                    reached: Some(Reached::Done),
                    ..any
                },
                false,
            ),
        ];
        for (filter, shown) in cases {
            assert_eq!(
                filter.lets("databases", "joins", &lab(), None),
                shown,
                "{filter:?}"
            );
        }
    }
}
