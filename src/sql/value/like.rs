//! LIKE (PostgreSQL, section 9.7.1), compiled once and matched without backtracking: each part
//! between two `%` is looked for where it comes first.

use std::borrow::Cow;

use super::problems::parameter_code;
use crate::problem::Problem;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct LikePattern {
    /// What stands between the `%`; one part alone is the whole text.
    parts: Vec<Part>,
    ignore_case: bool,
}

#[derive(Debug, Clone, Default)]
struct Part {
    /// Its letters up to the first `_`, or all.
    plain: String,
    /// From the first `_` on; `None` is any letter.
    wild: Vec<Option<char>>,
}

impl LikePattern {
    /// Compiles a pattern. The escape is `\` unless given; `Some('\0')` is none (`ESCAPE ''`).
    ///
    /// # Errors
    /// 22025: the pattern ends with its escape.
    pub fn compile(
        pattern: &str,
        escape: Option<char>,
        ignore_case: bool,
    ) -> Result<Self, Problem> {
        let escape = escape.unwrap_or('\\');
        let pattern = folded(pattern, ignore_case);
        let mut parts = vec![Part::default()];
        let mut letters = pattern.chars();
        while let Some(mut letter) = letters.next() {
            let mut literal = false;
            if letter == escape && escape != '\0' {
                letter = letters.next().ok_or_else(|| {
                    parameter_code("22025", "LIKE pattern must not end with escape character")
                })?;
                literal = true;
            }
            if letter == '%' && !literal {
                parts.push(Part::default());
            } else if let Some(part) = parts.last_mut() {
                let any = letter == '_' && !literal;
                if any || !part.wild.is_empty() {
                    part.wild.push((!any).then_some(letter));
                } else {
                    part.plain.push(letter);
                }
            }
        }
        Ok(Self { parts, ignore_case })
    }

    /// Whether a text is as the pattern says.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let text = folded(text, self.ignore_case);
        let Some((first, others)) = self.parts.split_first() else {
            return false;
        };
        let Some(mut rest) = first.strip(&text) else {
            return false;
        };
        let Some((last, middle)) = others.split_last() else {
            return rest.is_empty();
        };
        for part in middle {
            match part.find(rest) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        last.ends(rest)
    }

    /// What every matching text begins with, as far as it is known.
    #[must_use]
    pub fn prefix(&self) -> &str {
        match self.parts.first() {
            Some(part) if !self.ignore_case => &part.plain,
            _ => "",
        }
    }

    /// The only text that matches, if there is just one.
    #[must_use]
    pub fn exact(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [part] if part.wild.is_empty() && !self.ignore_case => Some(&part.plain),
            _ => None,
        }
    }
}

/// In lower case, if the case is ignored.
fn folded(text: &str, ignore_case: bool) -> Cow<'_, str> {
    if !ignore_case {
        Cow::Borrowed(text)
    } else if text.is_ascii() {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Owned(text.to_lowercase())
    }
}

impl Part {
    /// What follows this part at a text's beginning.
    fn strip<'a>(&self, text: &'a str) -> Option<&'a str> {
        let mut rest = text.strip_prefix(self.plain.as_str())?.chars();
        for wanted in &self.wild {
            let letter = rest.next()?;
            if wanted.is_some_and(|wanted| wanted != letter) {
                return None;
            }
        }
        Some(rest.as_str())
    }

    /// What follows this part where it comes first.
    fn find<'a>(&self, text: &'a str) -> Option<&'a str> {
        let mut from = text;
        loop {
            let at = from.find(self.plain.as_str())?;
            let here = &from[at..];
            if let Some(rest) = self.strip(here) {
                return Some(rest);
            }
            from = &here[here.chars().next()?.len_utf8()..];
        }
    }

    /// Whether a text ends with this part.
    fn ends(&self, text: &str) -> bool {
        if self.wild.is_empty() {
            return text.ends_with(self.plain.as_str());
        }
        let letters = self.plain.chars().count() + self.wild.len();
        let mut from_end = text.char_indices().rev();
        match from_end.nth(letters - 1) {
            Some((at, _)) => self.strip(&text[at..]).is_some_and(str::is_empty),
            None => false,
        }
    }
}
