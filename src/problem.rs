//! What went wrong, in words a learner can act on. A leaf: every module may use it.

use serde::{Deserialize, Serialize};

/// A refusal or an error, in the learner's words: what, where, what to do.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// One sentence.
    pub message: String,
    /// What to do next, or the nearest right thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Where in the text, if it has a place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// A standard's code: SQLSTATE, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
}

impl Problem {
    /// A problem without a place.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same in sentences: with a capital letter and a full stop.
    #[must_use]
    pub fn in_sentences(self) -> Self {
        Self {
            message: sentence(&self.message),
            hint: self.hint.as_deref().map(sentence),
            ..self
        }
    }

    /// Adds the place in the text.
    #[must_use]
    pub fn at(mut self, line: u32, column: u32) -> Self {
        self.place = Some(Place {
            line,
            column,
            length: 1,
        });
        self
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let mut sentence: String = first.chain(letters).collect();
    if !sentence.ends_with(['.', '?', '!', '…']) {
        sentence.push('.');
    }
    sentence
}

/// A place in a text the learner or author wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// Characters to underline, at least 1.
    pub length: u32,
}
