//! Patterns of `match` and `search`: I-Regexp (RFC 9485) on a regular expression engine.

use regex_lite::{Regex, RegexBuilder};

/// Compiled size of a pattern, in bytes.
const MAX_SIZE: usize = 1 << 18;

/// Whether a text as a whole, or a part of it, is like a pattern. A text that is no pattern is like
/// nothing (RFC 9535 §2.4.6).
pub(super) fn matches(text: &str, pattern: &str, whole: bool) -> bool {
    regex(pattern, whole).is_some_and(|regex| regex.is_match(text))
}

fn regex(pattern: &str, whole: bool) -> Option<Regex> {
    let dotless = dotless(pattern);
    let expression = if whole {
        format!("^(?:{dotless})$")
    } else {
        dotless
    };
    let mut builder = RegexBuilder::new(&expression);
    builder.size_limit(MAX_SIZE).nest_limit(32).build().ok()
}

/// A dot outside of a class means neither line feed nor carriage return (RFC 9485 §5.3).
fn dotless(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut in_class = false;
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                out.push(c);
                out.extend(chars.next());
                continue;
            }
            '[' => in_class = true,
            ']' => in_class = false,
            '.' if !in_class => {
                out.push_str("[^\\n\\r]");
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    out
}
