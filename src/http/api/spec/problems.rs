//! `[problems]`: how errors are named (RFC 9457).

use super::super::rules::Format;
use crate::problem::Problem;
use crate::toml_read::{Fields, Reader};

/// How errors are named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProblemsSpec {
    /// What the `type` of problem details begins with; without it, `type` is `about:blank`.
    pub base: Option<String>,
}

impl ProblemsSpec {
    /// Reads `[problems]`.
    pub fn read(reader: &Reader<'_>, world: &Fields<'_, '_>) -> Self {
        let Some((table, _)) = world.table("problems") else {
            return Self::default();
        };
        let problems = Fields::new(reader, table, "[problems]");
        let base = problems.string("base").map(|(base, at)| {
            if !Format::Uri.fits(&base) && !base.starts_with('/') {
                let problem = Problem::new("`base` must be a URI")
                    .hint("For example base = \"https://bookshop.example/problems/\".");
                problems.fault(at, problem);
            }
            base
        });
        problems.finish();
        Self { base }
    }

    /// The `type` of a kind of problem, by its title (RFC 9457 §3.1.1): “Out of stock” is
    /// `https://bookshop.example/problems/out-of-stock`.
    pub fn type_of(&self, title: &str) -> String {
        match &self.base {
            None => "about:blank".to_owned(),
            Some(base) => format!("{base}{}", slug(title)),
        }
    }
}

/// Letters and digits in lower case, with a hyphen for whatever is between them.
fn slug(title: &str) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    words.join("-")
}
