//! Templates in Mustache (mustache(5)): `{{name}}`, `{{#section}}…{{/section}}` for what is there
//! or for each of a list, `{{^section}}…{{/section}}` for what is not.
//!
//! What is filled in is code, so nothing is escaped. Two things are added: in a list `{{first}}`
//! and `{{last}}` are known, and a value of several lines is indented as its tag is.

use super::super::json::Json;

/// How deep partials may stand in one another.
const MOST_DEPTH: usize = 16;

/// Fills a template. A name that is not known is filled with nothing.
pub fn render(template: &str, partials: &[(&str, &str)], data: &Json) -> String {
    let mut page = Page {
        partials,
        stack: vec![data.clone()],
        out: String::new(),
        depth: 0,
    };
    page.write(&parse(&mut Tags::new(template)));
    page.out
}

/// A piece of a template.
enum Part<'a> {
    Text(&'a str),
    Name(&'a str),
    /// `{{>name}}`: another template, with the same data.
    Partial(&'a str),
    Section {
        name: &'a str,
        /// Whether it is for what is not there.
        inverted: bool,
        parts: Vec<Part<'a>>,
    },
}

/// Reads a template up to the end of the section at hand.
fn parse<'a>(tags: &mut Tags<'a>) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    while let Some(token) = tags.next() {
        match token {
            Token::Text(text) => parts.push(Part::Text(text)),
            Token::Tag(tag) => {
                let name = tag.get(1..).unwrap_or("").trim();
                match tag.as_bytes().first() {
                    Some(b'/') => return parts,
                    Some(sign @ (b'#' | b'^')) => parts.push(Part::Section {
                        name,
                        inverted: *sign == b'^',
                        parts: parse(tags),
                    }),
                    Some(b'>') => parts.push(Part::Partial(name)),
                    Some(b'!') => {}
                    _ => parts.push(Part::Name(tag.trim())),
                }
            }
        }
    }
    parts
}

enum Token<'a> {
    Text(&'a str),
    Tag(&'a str),
}

/// The texts and tags of a template.
struct Tags<'a> {
    rest: &'a str,
    /// Whether a line begins here.
    at_line: bool,
}

impl<'a> Tags<'a> {
    fn new(rest: &'a str) -> Self {
        Self {
            rest,
            at_line: true,
        }
    }

    fn next(&mut self) -> Option<Token<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        // A line that holds one tag of a section and nothing else is not a line of the result.
        if self.at_line
            && let Some((tag, rest)) = standalone(self.rest)
        {
            self.rest = rest;
            return Some(Token::Tag(tag));
        }
        // Of three braces the first is text.
        if let Some(inside) = self.rest.strip_prefix("{{")
            && !inside.starts_with('{')
            && let Some((tag, rest)) = inside.split_once("}}")
        {
            (self.rest, self.at_line) = (rest, false);
            return Some(Token::Tag(tag));
        }
        // From its second character on, for what begins like a tag and is none.
        let line = self.rest.find('\n').map(|at| at + 1);
        let tag = self.rest.char_indices().skip(1).find(|(at, _)| {
            let here = self.rest.get(*at..);
            here.is_some_and(|text| text.starts_with("{{"))
        });
        let end = match (line, tag.map(|(at, _)| at)) {
            (Some(line), Some(tag)) => line.min(tag),
            (line, tag) => line.or(tag).unwrap_or(self.rest.len()),
        };
        let (text, rest) = self.rest.split_at(end);
        (self.rest, self.at_line) = (rest, text.ends_with('\n'));
        Some(Token::Text(text))
    }
}

/// The tag of a line that holds nothing else but blanks, and what follows the line.
fn standalone(text: &str) -> Option<(&str, &str)> {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    let tag = line.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    let is_section = tag.starts_with(['#', '^', '/', '!']);
    (is_section && !tag.contains("}}")).then_some((tag, rest))
}

/// A result in the making.
struct Page<'a> {
    partials: &'a [(&'a str, &'a str)],
    /// The data at hand, that of the innermost section last.
    stack: Vec<Json>,
    out: String,
    depth: usize,
}

impl Page<'_> {
    fn write(&mut self, parts: &[Part<'_>]) {
        for part in parts {
            match part {
                Part::Text(text) => self.out.push_str(text),
                Part::Name(name) => self.fill(name),
                Part::Partial(name) => self.partial(name),
                Part::Section {
                    name,
                    inverted,
                    parts,
                } => self.section(name, *inverted, parts),
            }
        }
    }

    fn fill(&mut self, name: &str) {
        let value = find(name, &self.stack).filter(|value| is_there(value));
        let text = value.map_or(String::new(), text_of);
        // Blanks the line begins with, for the lines that follow in the value.
        let line = self.out.rsplit('\n').next().unwrap_or("");
        let indent = line.get(..line.len() - line.trim_start().len());
        let indent = format!("\n{}", indent.unwrap_or(""));
        self.out.push_str(&text.replace('\n', &indent));
    }

    /// Another template in this place; all its lines are indented as its tag is.
    fn partial(&mut self, name: &str) {
        let found = self.partials.iter().find(|(own, _)| *own == name);
        let Some((_, text)) = found.filter(|_| self.depth < MOST_DEPTH) else {
            return;
        };
        let line = self.out.rsplit('\n').next().unwrap_or("");
        let indent = match line.trim().is_empty() {
            true => line.to_owned(),
            false => String::new(),
        };
        self.out.truncate(self.out.len() - indent.len());
        let text = format!(
            "{indent}{}",
            text.trim_end().replace('\n', &format!("\n{indent}"))
        );
        self.depth += 1;
        self.write(&parse(&mut Tags::new(&text)));
        self.depth -= 1;
        // The line break after the tag is that of its last line.
        if text.contains('\n') && self.out.ends_with('\n') {
            self.out.pop();
        }
    }

    fn section(&mut self, name: &str, inverted: bool, parts: &[Part<'_>]) {
        let found = find(name, &self.stack).filter(|value| is_there(value));
        match found.cloned() {
            None if inverted => self.write(parts),
            Some(Json::List(items)) if !inverted => {
                let end = items.len().saturating_sub(1);
                for (at, item) in items.into_iter().enumerate() {
                    let place = Json::object()
                        .with("first", at == 0)
                        .with("last", at == end);
                    self.stack.push(place);
                    self.within(item, parts);
                    self.stack.pop();
                }
            }
            Some(value) if !inverted => self.within(value, parts),
            _ => {}
        }
    }

    fn within(&mut self, value: Json, parts: &[Part<'_>]) {
        self.stack.push(value);
        self.write(parts);
        self.stack.pop();
    }
}

/// A value by its name, of the innermost section that has it; `.` is the value at hand, or its
/// member of that name.
fn find<'a>(name: &str, stack: &'a [Json]) -> Option<&'a Json> {
    if name == "." {
        let last = stack.last()?;
        return last.get(".").or(Some(last));
    }
    let mut names = name.split('.');
    let first = names.next()?;
    let found = stack.iter().rev().find_map(|value| value.get(first))?;
    names.try_fold(found, |value, name| value.get(name))
}

fn is_there(value: &Json) -> bool {
    match value {
        Json::Raw(text) => text != "false" && text != "null",
        Json::Text(text) => !text.is_empty(),
        Json::List(items) => !items.is_empty(),
        Json::Object(_) => true,
    }
}

fn text_of(value: &Json) -> String {
    match value {
        Json::Text(text) => text.clone(),
        other => other.compact(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str) -> String {
        let item = |name: &str| Json::object().with("name", name);
        let data = Json::object()
            .with("sql", "SELECT 1\nFROM t")
            .with("yes", true)
            .with("no", false)
            .with("n", 2.5)
            .with("items", vec![item("a"), item("b")])
            .with("words", vec!["x".into(), "y".into()])
            .with("deep", Json::object().with("name", "d"));
        let partials = [
            ("item", "({{name}})"),
            ("lines", "{{#yes}}\na\n{{/yes}}\nb\n{{#no}}\nc\n{{/no}}\n"),
        ];
        render(template, &partials, &data)
    }

    #[test]
    fn names_sections_and_lists() {
        let cases = [
            ("{{n}} {{deep.name}} {{nothing}}.", "2.5 d ."),
            (
                "{{#yes}}a{{/yes}}{{^yes}}b{{/yes}}{{#no}}c{{/no}}{{^no}}d{{/no}}",
                "ad",
            ),
            ("{{#items}}{{name}}{{^last}}, {{/last}}{{/items}}", "a, b"),
            ("{{#words}}{{.}}{{#first}}!{{/first}}{{/words}}", "x!y"),
            ("{{#deep}}{{name}}{{n}}{{/deep}}", "d2.5"),
            ("a {b} {{{c", "a {b} {{{c"),
            ("{{{n}}}", "{2.5}"),
            ("{{#items}}{{>item}}{{/items}}", "(a)(b)"),
        ];
        for (template, wanted) in cases {
            assert_eq!(filled(template), wanted, "{template}");
        }
    }

    #[test]
    fn a_tag_alone_on_its_line_leaves_no_line() {
        let template = "one\n  {{#items}}\n  - {{name}}\n  {{/items}}\ntwo\n";
        assert_eq!(filled(template), "one\n  - a\n  - b\ntwo\n");
    }

    #[test]
    fn a_value_of_several_lines_is_indented_as_its_tag_is() {
        assert_eq!(filled("    `{{sql}}`"), "    `SELECT 1\n    FROM t`");
        assert_eq!(filled("x\n  {{>lines}}\ny"), "x\n  a\n  b\ny");
    }
}
