//! Structured fields (RFC 9651), as far as caches meet them.

/// The strings of a list (RFC 9651 §3.1), whatever their parameters; `None` if it is malformed or one
/// of its members is no string, so that the field is ignored as a whole.
pub(super) fn strings(text: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = Scanner(text.trim_matches(' '));
    while !rest.0.is_empty() {
        let Item::String(member) = rest.item()? else {
            return None;
        };
        rest.parameters()?;
        found.push(member);
        if !rest.goes_on()? {
            break;
        }
    }
    Some(found)
}

/// A bare item (RFC 9651 §3.3).
pub(super) enum Item {
    /// An integer, as it is written.
    Integer(String),
    /// A boolean.
    Boolean(bool),
    /// A string, without its quotes.
    String(String),
    /// Something else, as it is written.
    Other(String),
}

/// What is not read so far.
pub(super) struct Scanner<'t>(pub &'t str);

impl<'t> Scanner<'t> {
    /// Whether the text goes on with this, which is then read.
    pub fn eat(&mut self, what: &str) -> bool {
        let rest = self.0.strip_prefix(what);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// Reads over any of these characters.
    pub fn skip(&mut self, any: &str) {
        self.0 = self.0.trim_start_matches(|c| any.contains(c));
    }

    /// Reads the comma between two members: whether another one comes; `None` if there is something
    /// else, or nothing behind the comma.
    pub fn goes_on(&mut self) -> Option<bool> {
        self.skip(" \t");
        if self.0.is_empty() {
            return Some(false);
        }
        if !self.eat(",") {
            return None;
        }
        self.skip(" \t");
        (!self.0.is_empty()).then_some(true)
    }

    fn while_in(&mut self, takes: impl Fn(char) -> bool) -> &'t str {
        let end = self.0.find(|c| !takes(c)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken
    }

    /// A key (RFC 9651 §3.1.2).
    pub fn key(&mut self) -> Option<String> {
        let starts = |c: char| c.is_ascii_lowercase() || c == '*';
        let goes_on = |c: char| starts(c) || c.is_ascii_digit() || "_-.".contains(c);
        self.0
            .starts_with(starts)
            .then(|| self.while_in(goes_on).to_owned())
    }

    /// Parameters (RFC 9651 §3.1.2), which nothing here asks for.
    pub fn parameters(&mut self) -> Option<()> {
        while self.eat(";") {
            self.skip(" ");
            self.key()?;
            if self.eat("=") {
                self.item()?;
            }
        }
        Some(())
    }

    /// A bare item; `None` if there is none.
    pub fn item(&mut self) -> Option<Item> {
        match self.0.chars().next()? {
            '?' => {
                let said = [("?1", true), ("?0", false)];
                let (_, value) = said.into_iter().find(|(text, _)| self.eat(text))?;
                Some(Item::Boolean(value))
            }
            '"' => self.string().map(Item::String),
            ':' => {
                self.eat(":");
                let bytes = self.while_in(|c| c.is_ascii_alphanumeric() || "+/=".contains(c));
                self.eat(":").then(|| Item::Other(bytes.to_owned()))
            }
            c if c == '-' || c.is_ascii_digit() => self.number(),
            c if c == '*' || c.is_ascii_alphabetic() => {
                let goes_on =
                    |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~:/".contains(c);
                Some(Item::Other(self.while_in(goes_on).to_owned()))
            }
            _ => None,
        }
    }

    fn number(&mut self) -> Option<Item> {
        let sign = if self.eat("-") { "-" } else { "" };
        let whole = self.while_in(|c| c.is_ascii_digit());
        let decimal = self.eat(".");
        let part = if decimal {
            self.while_in(|c| c.is_ascii_digit())
        } else {
            ""
        };
        let fits = match decimal {
            true => (1..=12).contains(&whole.len()) && (1..=3).contains(&part.len()),
            false => (1..=15).contains(&whole.len()),
        };
        let text = || format!("{sign}{whole}");
        fits.then(|| match decimal {
            true => Item::Other(format!("{}.{part}", text())),
            false => Item::Integer(text()),
        })
    }

    fn string(&mut self) -> Option<String> {
        self.eat("\"");
        let mut text = String::new();
        let mut chars = self.0.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.0 = &self.0[at + 1..];
                    return Some(text);
                }
                '\\' => text.push(
                    chars
                        .next()
                        .map(|(_, c)| c)
                        .filter(|c| "\"\\".contains(*c))?,
                ),
                ' '..='~' => text.push(c),
                _ => return None,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_strings_is_read_strictly() {
        for (text, wanted) in [
            ("", Some(vec![])),
            ("\"a\"", Some(vec!["a"])),
            ("\"a b\" ,\t\"c\\\"d\";x=1", Some(vec!["a b", "c\"d"])),
            ("\"a\", \"a\"", Some(vec!["a", "a"])),
            ("a", None),
            ("\"a\", b", None),
            ("\"a\",", None),
            ("\"a\" \"b\"", None),
            ("\"a", None),
            ("(\"a\" \"b\")", None),
        ] {
            let wanted = wanted.map(|all| all.into_iter().map(str::to_owned).collect());
            assert_eq!(strings(text), wanted, "{text}");
        }
    }
}
