//! The words behind a fence: what a block is for.

use crate::lab::problem::{nearest, suggest};

use super::Lang;

/// What a fenced block is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fence {
    Start(Lang),
    Check,
    Hint,
    Solution {
        lang: Lang,
        label: Option<String>,
    },
    Wrong {
        lang: Lang,
        checks: Vec<String>,
        label: Option<String>,
    },
    Design {
        lang: Lang,
        name: String,
    },
    Faulty {
        lang: Lang,
        name: String,
        /// The checks it fails; none where a block above says it.
        loses: Vec<String>,
    },
    Quiz,
    Predict,
    Explain,
    Code,
}

const ALONE: [&str; 4] = ["hint", "quiz", "predict", "explain"];
const AFTER: [&str; 6] = ["start", "check", "solution", "wrong", "design", "faulty"];
/// What a whole design of a project is made of.
const OF_DESIGN: [Lang; 3] = [Lang::Toml, Lang::Sql, Lang::Text];

/// Whether an info string is more than a language.
pub(super) fn is_special(info: &str) -> bool {
    !matches!(read(info), Ok(Fence::Code))
}

/// Reads an info string.
///
/// # Errors
/// Message and hint.
pub(super) fn read(info: &str) -> Result<Fence, (String, String)> {
    let words: Vec<&str> = info.split_whitespace().collect();
    let first = words.first().copied().unwrap_or("");
    match first {
        "hint" => return Ok(Fence::Hint),
        "quiz" => return Ok(Fence::Quiz),
        "predict" => return Ok(Fence::Predict),
        "explain" => return Ok(Fence::Explain),
        _ => {}
    }
    let Some(second) = words.get(1) else {
        return match nearest(first, ALONE) {
            Some(name) => Err((
                format!("There is no block `{first}`."),
                format!("Did you mean `{name}`?"),
            )),
            None => Ok(Fence::Code),
        };
    };
    let (word, value) = match second.split_once('=') {
        Some((word, value)) => (word, Some(value)),
        None => (*second, None),
    };
    let lang = |allowed: &[Lang]| {
        allowed
            .iter()
            .copied()
            .find(|lang| lang.name() == first)
            .ok_or_else(|| {
                let names: Vec<&str> = allowed.iter().map(|lang| lang.name()).collect();
                (
                    format!("A `{word}` block cannot be in `{first}`."),
                    suggest(first, &names),
                )
            })
    };
    match (word, value) {
        ("start", None) => Ok(Fence::Start(lang(&[
            Lang::Sql,
            Lang::Http,
            Lang::Toml,
            Lang::Tests,
        ])?)),
        ("check", None) => {
            lang(&[Lang::Toml])?;
            Ok(Fence::Check)
        }
        ("solution", label) => Ok(Fence::Solution {
            lang: lang(&Lang::ALL)?,
            label: label.map(str::to_owned),
        }),
        ("wrong", Some(value)) if !value.is_empty() => {
            let (checks, label) = match value.split_once('.') {
                Some((checks, label)) => (checks, Some(label.to_owned())),
                None => (value, None),
            };
            Ok(Fence::Wrong {
                lang: lang(&Lang::ALL)?,
                checks: list(checks, '+'),
                label,
            })
        }
        ("wrong", _) => Err((
            "This wrong answer does not say which check it fails.".to_owned(),
            format!("Write `{first} wrong=<check id>`."),
        )),
        ("design", Some(name)) if !name.is_empty() => Ok(Fence::Design {
            lang: lang(&OF_DESIGN)?,
            name: name.to_owned(),
        }),
        ("faulty", Some(name)) if !name.is_empty() => Ok(Fence::Faulty {
            lang: lang(&OF_DESIGN)?,
            name: name.to_owned(),
            loses: match words.get(2) {
                None => Vec::new(),
                Some(third) => third
                    .strip_prefix("loses=")
                    .map(|checks| list(checks, ','))
                    .ok_or_else(|| {
                        (
                            format!("`{third}` says nothing about a faulty design."),
                            format!("Write `{first} faulty={name} loses=<check id>,<check id>`."),
                        )
                    })?,
            },
        }),
        ("design" | "faulty", _) => Err((
            "This design has no name.".to_owned(),
            format!("Write `{first} {word}=<name>`."),
        )),
        _ => match nearest(word, AFTER) {
            Some(name) => Err((
                format!("There is no block `{first} {second}`."),
                format!("Did you mean `{first} {name}`?"),
            )),
            None => Ok(Fence::Code),
        },
    }
}

fn list(text: &str, separator: char) -> Vec<String> {
    let parts = text.split(separator).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}
