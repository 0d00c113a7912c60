//! Reading a path, by the grammar of RFC 9535 appendix A, and its types by §2.4.3.

use serde_json::{Number, Value};

use super::filter::{Comparison, Filter, Operand, Query};
use super::{Segment, Selector};
use crate::lab::assertion::lex::fault;
use crate::lab::problem::suggest;
use crate::lab::toml_text::Fault;

/// Most segments of one path.
const MAX_SEGMENTS: usize = 64;
/// How deep filters, parentheses and functions may stand in each other.
const MAX_DEPTH: usize = 32;
/// Numbers that JSON carries exactly (RFC 7493 §2.2).
const MAX_INT: i64 = (1 << 53) - 1;

const FUNCTIONS: [&str; 5] = ["length", "count", "value", "match", "search"];

/// Reads a whole path.
pub(super) fn path(text: &str) -> Result<Vec<Segment>, Fault> {
    let mut reader = Reader {
        text,
        at: 0,
        depth: 0,
    };
    if !reader.takes("$") {
        return Err(reader.wrong("A JSONPath begins with `$`.", "Write `$.name` or `$[0]`."));
    }
    let segments = reader.segments()?;
    match reader.peek() {
        None => Ok(segments),
        Some(c) => Err(reader.wrong(
            format!("`{c}` goes on with nothing here."),
            "Write `.name`, `['name']`, `[0]`, `[*]`, `[?@.price < 10]` or `..name`.",
        )),
    }
}

/// What a function, a query or a literal in a filter is.
enum Term {
    Literal(Value),
    Query(Query),
    /// A function that gives a value.
    Value(Operand),
    /// A function that is true or false.
    Truth(Filter),
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn takes(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn space(&mut self) {
        while let Some(' ' | '\t' | '\n' | '\r') = self.peek() {
            self.at += 1;
        }
    }

    fn wrong(&self, message: impl Into<String>, hint: impl Into<String>) -> Fault {
        fault(self.at, message, hint)
    }

    fn needs(&mut self, token: &str, of: &str) -> Result<(), Fault> {
        if self.takes(token) {
            return Ok(());
        }
        let found = self
            .peek()
            .map_or("the end".to_owned(), |c| format!("`{c}`"));
        Err(self.wrong(
            format!("Here stands {found}, and {of} needs `{token}`."),
            format!("Write `{token}`."),
        ))
    }

    /// Goes one level down; what is read there goes up again.
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth >= MAX_DEPTH {
            return Err(self.wrong("This is nested too deeply.", "Say it in fewer parentheses."));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn segments(&mut self) -> Result<Vec<Segment>, Fault> {
        let mut segments = Vec::new();
        loop {
            let before = self.at;
            self.space();
            let segment = if self.takes("..") {
                Segment::Descendant(if self.peek() == Some('[') {
                    self.brackets()?
                } else {
                    vec![self.member()?]
                })
            } else if self.takes(".") {
                Segment::Child(vec![self.member()?])
            } else if self.peek() == Some('[') {
                Segment::Child(self.brackets()?)
            } else {
                // Space behind a path belongs to what stands around it.
                self.at = before;
                return Ok(segments);
            };
            segments.push(segment);
            if segments.len() > MAX_SEGMENTS {
                return Err(self.wrong("This path is too long.", "Ask for less at a time."));
            }
        }
    }

    /// A bare name or `*`.
    fn member(&mut self) -> Result<Selector, Fault> {
        if self.takes("*") {
            return Ok(Selector::Wildcard);
        }
        let is_first = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii();
        let rest = self.rest();
        let end = rest
            .find(|c: char| !is_first(c) && !c.is_ascii_digit())
            .unwrap_or(rest.len());
        if end == 0 || !rest.starts_with(is_first) {
            return Err(self.wrong(
                "Behind the dot a name is wanted.",
                "Write `.name`, or `['na-me']` for a name with other signs than letters, digits and `_`.",
            ));
        }
        let name = rest[..end].to_owned();
        self.at += end;
        Ok(Selector::Name(name))
    }

    fn brackets(&mut self) -> Result<Vec<Selector>, Fault> {
        self.at += 1;
        let mut selectors = Vec::new();
        loop {
            self.space();
            selectors.push(self.selector()?);
            self.space();
            if !self.takes(",") {
                break;
            }
        }
        self.needs("]", "what began with `[`")?;
        Ok(selectors)
    }

    fn selector(&mut self) -> Result<Selector, Fault> {
        match self.peek() {
            Some('*') => {
                self.at += 1;
                Ok(Selector::Wildcard)
            }
            Some('\'' | '"') => self.string().map(Selector::Name),
            Some('?') => {
                self.at += 1;
                self.space();
                self.deeper(Self::or).map(Selector::Filter)
            }
            Some(':' | '-' | '0'..='9') => self.index_or_slice(),
            _ => Err(self.wrong(
                "In brackets a name, an index, a slice, `*` or a filter is wanted.",
                "Write `['name']`, `[0]`, `[1:3]`, `[*]` or `[?@.price < 10]`.",
            )),
        }
    }

    fn index_or_slice(&mut self) -> Result<Selector, Fault> {
        let start = self.optional_int()?;
        let before = self.at;
        self.space();
        if !self.takes(":") {
            self.at = before;
            return match start {
                Some(index) => Ok(Selector::Index(index)),
                None => Err(self.wrong("An index is wanted here.", "Write `[0]` or `[-1]`.")),
            };
        }
        self.space();
        let end = self.optional_int()?;
        let before = self.at;
        self.space();
        let mut step = None;
        if self.takes(":") {
            self.space();
            step = self.optional_int()?;
        } else {
            self.at = before;
        }
        Ok(Selector::Slice {
            start,
            end,
            step: step.unwrap_or(1),
        })
    }

    fn optional_int(&mut self) -> Result<Option<i64>, Fault> {
        match self.peek() {
            Some('-' | '0'..='9') => self.int().map(Some),
            _ => Ok(None),
        }
    }

    fn digits(&self, from: usize) -> usize {
        let bytes = self.text.as_bytes().iter().skip(from);
        bytes.take_while(|byte| byte.is_ascii_digit()).count()
    }

    fn int(&mut self) -> Result<i64, Fault> {
        let start = self.at;
        let sign = usize::from(self.peek() == Some('-'));
        let length = self.digits(start + sign);
        let text = self.text.get(start..start + sign + length).unwrap_or("");
        let digits = text.get(sign..).unwrap_or("");
        let canonical =
            digits == "0" && sign == 0 || !digits.is_empty() && !digits.starts_with('0');
        match text.parse::<i64>() {
            Ok(number) if canonical && number.abs() <= MAX_INT => {
                self.at += text.len();
                Ok(number)
            }
            _ => Err(self.wrong(
                "This is no index.",
                "Write a whole number without leading zeros: `[0]`, `[12]`, `[-1]`.",
            )),
        }
    }

    /// A text in quotes of either kind (RFC 9535 §2.3.1.1).
    fn string(&mut self) -> Result<String, Fault> {
        let start = self.at;
        let quote = self.peek().unwrap_or('"');
        self.at += 1;
        let mut out = String::new();
        while let Some(c) = self.peek() {
            self.at += c.len_utf8();
            match c {
                c if c == quote => return Ok(out),
                '\\' => out.push(self.escaped(quote)?),
                c if c < ' ' => {
                    self.at -= 1;
                    return Err(self.wrong(
                        "A control character cannot stand in a text as it is.",
                        "Write it as `\\n`, `\\t` or `\\u000b`.",
                    ));
                }
                c => out.push(c),
            }
        }
        Err(fault(
            start,
            "This text does not end.",
            format!("Close it with `{quote}`."),
        ))
    }

    fn escaped(&mut self, quote: char) -> Result<char, Fault> {
        let c = self.peek().unwrap_or('\0');
        let plain = match c {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '/' | '\\' => c,
            c if c == quote => c,
            'u' => {
                self.at += 1;
                return self.unicode();
            }
            _ => return Err(self.bad_escape()),
        };
        self.at += c.len_utf8();
        Ok(plain)
    }

    fn bad_escape(&self) -> Fault {
        self.wrong(
            "Behind `\\` stands what means nothing there.",
            "Known: `\\n \\r \\t \\b \\f \\/ \\\\ \\u00e9`, and the quote around the text.",
        )
    }

    /// What follows `\u`: four digits, or two pairs of them for what is beyond.
    fn unicode(&mut self) -> Result<char, Fault> {
        let first = self.hex()?;
        let code = match first {
            0xD800..=0xDBFF => {
                if !self.takes("\\u") {
                    return Err(self.bad_escape());
                }
                let second = self.hex()?;
                if !(0xDC00..=0xDFFF).contains(&second) {
                    return Err(self.bad_escape());
                }
                0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
            }
            first => first,
        };
        char::from_u32(code).ok_or_else(|| self.bad_escape())
    }

    fn hex(&mut self) -> Result<u32, Fault> {
        let digits = self.text.get(self.at..self.at + 4).unwrap_or("");
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(self.bad_escape());
        }
        let code = u32::from_str_radix(digits, 16).map_err(|_| self.bad_escape())?;
        self.at += 4;
        Ok(code)
    }

    fn or(&mut self) -> Result<Filter, Fault> {
        self.joined("||", Self::and, Filter::Or)
    }

    fn and(&mut self) -> Result<Filter, Fault> {
        self.joined("&&", Self::basic, Filter::And)
    }

    /// One or more parts with `operator` between them.
    fn joined(
        &mut self,
        operator: &str,
        part: fn(&mut Self) -> Result<Filter, Fault>,
        join: fn(Vec<Filter>) -> Filter,
    ) -> Result<Filter, Fault> {
        let first = part(self)?;
        let mut rest = Vec::new();
        loop {
            let before = self.at;
            self.space();
            if !self.takes(operator) {
                self.at = before;
                break;
            }
            self.space();
            rest.push(part(self)?);
        }
        if rest.is_empty() {
            return Ok(first);
        }
        rest.insert(0, first);
        Ok(join(rest))
    }

    fn basic(&mut self) -> Result<Filter, Fault> {
        let start = self.at;
        let negated = self.takes("!");
        if negated {
            self.space();
        }
        let filter = if self.takes("(") {
            self.space();
            let inner = self.deeper(Self::or)?;
            self.space();
            self.needs(")", "what began with `(`")?;
            inner
        } else {
            let term = self.term()?;
            let before = self.at;
            self.space();
            match self.comparison().filter(|_| !negated) {
                Some(comparison) => {
                    let left = self.operand(term, start)?;
                    self.space();
                    let start = self.at;
                    let right = self.term()?;
                    Filter::Compare(left, comparison, self.operand(right, start)?)
                }
                None => {
                    self.at = before;
                    self.test(term, start)?
                }
            }
        };
        Ok(if negated {
            Filter::Not(Box::new(filter))
        } else {
            filter
        })
    }

    fn comparison(&mut self) -> Option<Comparison> {
        const ALL: [(&str, Comparison); 6] = [
            ("==", Comparison::Equal),
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::AtMost),
            (">=", Comparison::AtLeast),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        let found = ALL
            .into_iter()
            .find(|(sign, _)| self.rest().starts_with(sign));
        self.at += found.map_or(0, |(sign, _)| sign.len());
        found.map(|(_, comparison)| comparison)
    }

    /// A term that stands alone must be something that holds or not.
    fn test(&self, term: Term, start: usize) -> Result<Filter, Fault> {
        match term {
            Term::Query(query) => Ok(Filter::Exists(query)),
            Term::Truth(filter) => Ok(filter),
            Term::Literal(_) | Term::Value(_) => Err(fault(
                start,
                "A value alone neither holds nor fails.",
                "Compare it with something: `@.price < 10`, `length(@.tags) > 2`.",
            )),
        }
    }

    /// A term that is compared must be one value.
    fn operand(&self, term: Term, start: usize) -> Result<Operand, Fault> {
        match term {
            Term::Literal(value) => Ok(Operand::Literal(value)),
            Term::Value(operand) => Ok(operand),
            Term::Query(query) if query.segments.iter().all(Segment::is_singular) => {
                Ok(Operand::One(query))
            }
            Term::Query(_) => Err(fault(
                start,
                "This path may find many values, and one is wanted.",
                "Use names and indexes only, or `count(…)`, `value(…)`.",
            )),
            Term::Truth(_) => Err(fault(
                start,
                "This holds or not, and is no value to compare.",
                "Let it stand alone: `[?match(@.name, 'a.*')]`.",
            )),
        }
    }

    fn term(&mut self) -> Result<Term, Fault> {
        match self.peek() {
            Some(sign @ ('@' | '$')) => {
                self.at += 1;
                let segments = self.deeper(Self::segments)?;
                Ok(Term::Query(Query {
                    from_root: sign == '$',
                    segments,
                }))
            }
            Some('\'' | '"') => self.string().map(|text| Term::Literal(Value::String(text))),
            Some('-' | '0'..='9') => self.number().map(|n| Term::Literal(Value::Number(n))),
            Some('a'..='z') => self.word(),
            _ => Err(self.wrong(
                "In a filter, a path, a value or a function is wanted.",
                "Write `@.name`, `'text'`, `12`, `true`, `null` or `length(@.name)`.",
            )),
        }
    }

    fn number(&mut self) -> Result<Number, Fault> {
        let start = self.at;
        let bad = fault(
            start,
            "This is no number.",
            "Write `12`, `-1`, `0.5` or `1e3`.",
        );
        let sign = usize::from(self.peek() == Some('-'));
        let whole = self.digits(start + sign);
        let leading = self.text.as_bytes().get(start + sign) == Some(&b'0');
        if whole == 0 || leading && whole > 1 {
            return Err(bad);
        }
        let mut end = start + sign + whole;
        let byte = |at: usize| self.text.as_bytes().get(at).copied();
        if byte(end) == Some(b'.') {
            let fraction = self.digits(end + 1);
            if fraction == 0 {
                return Err(bad);
            }
            end += 1 + fraction;
        }
        if matches!(byte(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(byte(end + 1), Some(b'+' | b'-')));
            let exponent = self.digits(end + 1 + sign);
            if exponent == 0 {
                return Err(bad);
            }
            end += 1 + sign + exponent;
        }
        let text = self.text.get(start..end).unwrap_or("");
        let number = serde_json::from_str(text).map_err(|_| bad)?;
        self.at = end;
        Ok(number)
    }

    /// `true`, `false`, `null` or a function.
    fn word(&mut self) -> Result<Term, Fault> {
        let start = self.at;
        let rest = self.rest();
        let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let name = rest[..end].to_owned();
        self.at += end;
        if self.takes("(") {
            return self.deeper(|reader| reader.function(&name, start));
        }
        Ok(Term::Literal(match name.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            _ => {
                return Err(fault(
                    start,
                    format!("`{name}` is no value."),
                    format!("Write a text in quotes, `'{name}'`, or a path, `@.{name}`."),
                ));
            }
        }))
    }

    /// A function behind its opening parenthesis (RFC 9535 §2.4).
    fn function(&mut self, name: &str, start: usize) -> Result<Term, Fault> {
        let term = match name {
            "length" => Term::Value(Operand::Length(Box::new(self.value_argument()?))),
            "count" => Term::Value(Operand::Count(self.query_argument()?)),
            "value" => Term::Value(Operand::Value(self.query_argument()?)),
            "match" | "search" => {
                let text = self.value_argument()?;
                self.space();
                self.needs(",", "a function of two values")?;
                Term::Truth(Filter::Matches {
                    text,
                    pattern: self.value_argument()?,
                    whole: name == "match",
                })
            }
            _ => {
                let message = format!("There is no function `{name}`.");
                return Err(fault(start, message, suggest(name, &FUNCTIONS)));
            }
        };
        self.space();
        self.needs(")", "a function")?;
        Ok(term)
    }

    fn value_argument(&mut self) -> Result<Operand, Fault> {
        self.space();
        let start = self.at;
        let term = self.term()?;
        self.operand(term, start)
    }

    fn query_argument(&mut self) -> Result<Query, Fault> {
        self.space();
        let start = self.at;
        match self.term()? {
            Term::Query(query) => Ok(query),
            _ => Err(fault(
                start,
                "This function takes a path.",
                "Write `count(@.tags[*])` or `value(@..id)`.",
            )),
        }
    }
}
