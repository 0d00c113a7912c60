//! Prose: CommonMark as a small tree of plain text. Nothing in it can be more than text:
//! there is no raw HTML, no image, and no link that is not http, https, a fragment or relative.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, OffsetIter, Options, Parser, Tag};
use serde::{Deserialize, Serialize};

use super::Lang;
use super::author::Author;

/// Containers deeper than this become plain text.
const MAX_DEPTH: usize = 12;

/// A block of prose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Block {
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A heading below the task's own.
    Heading {
        /// 1 to 6.
        level: u8,
        /// Its text.
        text: Vec<Inline>,
    },
    /// A list.
    List {
        /// The first number; none for bullets.
        start: Option<u64>,
        /// Its items.
        items: Vec<Vec<Block>>,
    },
    /// Code.
    Code {
        /// The info string's first word, or empty.
        lang: String,
        /// The code.
        text: String,
    },
    /// A quotation.
    Quote(Vec<Block>),
    /// A table.
    Table {
        /// Cells of the head.
        head: Vec<Vec<Inline>>,
        /// Rows of cells.
        rows: Vec<Vec<Vec<Inline>>>,
    },
    /// A thematic break.
    Rule,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Inline {
    /// Text as it is to be seen.
    Text(String),
    /// Code.
    Code(String),
    /// Code with a button that puts it into a panel.
    Run {
        /// The snippet.
        text: String,
        /// The panel's language.
        lang: Lang,
        /// What the button does.
        action: Action,
    },
    /// Emphasis.
    Em(Vec<Inline>),
    /// Strong emphasis.
    Strong(Vec<Inline>),
    /// A link.
    Link {
        /// `http:`, `https:`, `#…` or a relative path; nothing else.
        href: String,
        /// Its text.
        text: Vec<Inline>,
    },
    /// A line break.
    Break,
}

/// What the button beside a snippet does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// Puts the snippet into its panel and runs it.
    Run,
    /// Puts the snippet into its panel.
    Copy,
}

/// The text of a line without its marks.
pub fn plain(line: &[Inline]) -> String {
    let mut text = String::new();
    for piece in line {
        match piece {
            Inline::Text(piece) | Inline::Code(piece) | Inline::Run { text: piece, .. } => {
                text.push_str(piece);
            }
            Inline::Em(inner) | Inline::Strong(inner) | Inline::Link { text: inner, .. } => {
                text.push_str(&plain(inner));
            }
            Inline::Break => text.push(' '),
        }
    }
    text
}

/// The events of a text, as the tree reader takes them.
pub(super) type Events<'t> = OffsetIter<'t>;

/// Begins to read a text.
pub(super) fn events(text: &str) -> Events<'_> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_HEADING_ATTRIBUTES;
    Parser::new_ext(text, options).into_offset_iter()
}

/// Reads a whole text that begins at byte `base` of the file.
pub(super) fn blocks(author: &mut Author, text: &str, base: usize) -> Vec<Block> {
    let mut reader = Reader { author, base };
    reader.blocks(&mut events(text), 0)
}

/// Reads one line (or paragraph) that begins at byte `base` of the file.
pub(super) fn line(author: &mut Author, text: &str, base: usize) -> Vec<Inline> {
    let mut pieces = Vec::new();
    for block in blocks(author, text.trim(), base) {
        match block {
            Block::Paragraph(mut line) => pieces.append(&mut line),
            _ => return vec![Inline::Text(text.trim().to_owned())],
        }
    }
    pieces
}

/// Builds the tree out of events.
pub(super) struct Reader<'r, 'a> {
    pub(super) author: &'r mut Author<'a>,
    /// Where the text begins in the file.
    pub(super) base: usize,
}

impl Reader<'_, '_> {
    fn warn(&mut self, at: &Range<usize>, message: impl Into<String>, hint: impl Into<String>) {
        self.author.warn(self.base + at.start, message, hint);
    }

    fn blocks(&mut self, events: &mut Events<'_>, depth: usize) -> Vec<Block> {
        let mut out = Vec::new();
        // A tight list's items hold pieces of line without a paragraph around them.
        let mut loose = Vec::new();
        while let Some((event, at)) = events.next() {
            if matches!(event, Event::End(_)) {
                break;
            }
            if is_inline(&event) {
                self.inline(event, &at, events, depth, &mut loose);
                continue;
            }
            if !loose.is_empty() {
                out.push(Block::Paragraph(buttons(
                    self,
                    &at,
                    std::mem::take(&mut loose),
                )));
            }
            self.block(event, &at, events, depth, &mut out);
        }
        if !loose.is_empty() {
            out.push(Block::Paragraph(buttons(self, &(0..0), loose)));
        }
        out
    }

    /// Reads the block that `event` begins.
    pub(super) fn block(
        &mut self,
        event: Event<'_>,
        at: &Range<usize>,
        events: &mut Events<'_>,
        depth: usize,
        out: &mut Vec<Block>,
    ) {
        if depth >= MAX_DEPTH && matches!(event, Event::Start(_)) {
            self.warn(
                at,
                "This is nested too deeply to be shown as more than text.",
                "Keep lists and quotes at most twelve deep.",
            );
            out.push(Block::Paragraph(vec![Inline::Text(flat(events))]));
            return;
        }
        match event {
            Event::Rule => out.push(Block::Rule),
            Event::Start(Tag::Paragraph) => {
                out.push(Block::Paragraph(self.pieces(at, events, depth)))
            }
            Event::Start(Tag::Heading { level, .. }) => out.push(Block::Heading {
                level: number(level),
                text: self.pieces(at, events, depth),
            }),
            Event::Start(Tag::BlockQuote(_)) => {
                out.push(Block::Quote(self.blocks(events, depth + 1)));
            }
            Event::Start(Tag::CodeBlock(kind)) => {
                let lang = match &kind {
                    CodeBlockKind::Fenced(info) => info.split_whitespace().next().unwrap_or(""),
                    CodeBlockKind::Indented => "",
                }
                .to_owned();
                if depth > 0
                    && let CodeBlockKind::Fenced(info) = &kind
                    && super::fence::is_special(info)
                {
                    self.warn(
                        at,
                        format!(
                            "The block `{}` is inside a list or a quote, so it is shown as code.",
                            info.trim()
                        ),
                        "Move the block to the left margin.",
                    );
                }
                out.push(Block::Code {
                    lang,
                    text: flat(events),
                });
            }
            Event::Start(Tag::HtmlBlock) => {
                self.warn(
                    at,
                    "HTML is shown as text.",
                    "Write Markdown, or put the tag between backticks.",
                );
                out.push(Block::Paragraph(vec![Inline::Text(flat(events))]));
            }
            Event::Start(Tag::List(start)) => {
                let mut items = Vec::new();
                while let Some((Event::Start(_), _)) = events.next() {
                    items.push(self.blocks(events, depth + 1));
                }
                out.push(Block::List { start, items });
            }
            Event::Start(Tag::Table(_)) => {
                let mut lines = Vec::new();
                while let Some((Event::Start(_), _)) = events.next() {
                    let mut cells = Vec::new();
                    while let Some((Event::Start(_), at)) = events.next() {
                        cells.push(self.pieces(&at, events, depth));
                    }
                    lines.push(cells);
                }
                let rows = lines.split_off(lines.len().min(1));
                let head = lines.pop().unwrap_or_default();
                out.push(Block::Table { head, rows });
            }
            // Kinds that are not enabled; their content is kept.
            Event::Start(_) => out.append(&mut self.blocks(events, depth + 1)),
            other => out.push(Block::Paragraph(vec![Inline::Text(
                text_of(&other).into_owned(),
            )])),
        }
    }

    /// The pieces up to the end of the element.
    pub(super) fn pieces(
        &mut self,
        at: &Range<usize>,
        events: &mut Events<'_>,
        depth: usize,
    ) -> Vec<Inline> {
        let mut out = Vec::new();
        while let Some((event, at)) = events.next() {
            if matches!(event, Event::End(_)) {
                break;
            }
            self.inline(event, &at, events, depth, &mut out);
        }
        buttons(self, at, out)
    }

    fn inline(
        &mut self,
        event: Event<'_>,
        at: &Range<usize>,
        events: &mut Events<'_>,
        depth: usize,
        out: &mut Vec<Inline>,
    ) {
        if depth >= MAX_DEPTH && matches!(event, Event::Start(_)) {
            push_text(out, &flat(events));
            return;
        }
        match event {
            Event::Code(code) => out.push(Inline::Code(code.into_string())),
            Event::SoftBreak => push_text(out, " "),
            Event::HardBreak => out.push(Inline::Break),
            Event::InlineHtml(html) | Event::Html(html) => {
                self.warn(
                    at,
                    "HTML is shown as text.",
                    "Write Markdown, or put the tag between backticks.",
                );
                push_text(out, &html);
            }
            Event::Start(Tag::Emphasis) => out.push(Inline::Em(self.pieces(at, events, depth + 1))),
            Event::Start(Tag::Strong) => {
                out.push(Inline::Strong(self.pieces(at, events, depth + 1)))
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                let mut text = self.pieces(at, events, depth + 1);
                let href = dest_url.trim();
                if is_safe(href) {
                    out.push(Inline::Link {
                        href: href.to_owned(),
                        text,
                    });
                } else {
                    self.warn(
                        at,
                        format!(
                            "A link may not go to `{}`; it is shown as text.",
                            short(href)
                        ),
                        "Link to https://…, http://…, `#/lab/<id>` or a relative path.",
                    );
                    out.append(&mut text);
                }
            }
            Event::Start(Tag::Image { .. }) => {
                self.warn(
                    at,
                    "Pictures are not shown, only their text.",
                    "Say it in words or in a code block.",
                );
                out.append(&mut self.pieces(at, events, depth + 1));
            }
            Event::Start(_) => out.append(&mut self.pieces(at, events, depth + 1)),
            other => push_text(out, &text_of(&other)),
        }
    }
}

/// Turns code with `{run}` or `{copy}` behind it into a button.
fn buttons(reader: &mut Reader<'_, '_>, at: &Range<usize>, line: Vec<Inline>) -> Vec<Inline> {
    let mut out: Vec<Inline> = Vec::with_capacity(line.len());
    for piece in line {
        let Inline::Text(text) = piece else {
            out.push(piece);
            continue;
        };
        let mark = text
            .strip_prefix('{')
            .and_then(|rest| rest.split_once('}'))
            .map(|(word, rest)| (word.to_owned(), rest.to_owned()));
        match (out.last_mut(), mark) {
            (Some(Inline::Code(code)), Some((word, rest))) => {
                let action = match word.as_str() {
                    "run" => Some(Action::Run),
                    "copy" => Some(Action::Copy),
                    _ => None,
                };
                if let Some(action) = action {
                    let text = std::mem::take(code);
                    let lang = Lang::of_snippet(&text);
                    out.pop();
                    out.push(Inline::Run { text, lang, action });
                    push_text(&mut out, &rest);
                } else {
                    if word.chars().all(|c| c.is_ascii_alphabetic()) {
                        reader.warn(
                            at,
                            format!("`{{{word}}}` after a snippet means nothing."),
                            super::super::problem::suggest(&word, &["run", "copy"]),
                        );
                    }
                    push_text(&mut out, &text);
                }
            }
            _ => push_text(&mut out, &text),
        }
    }
    out
}

fn push_text(out: &mut Vec<Inline>, text: &str) {
    if text.is_empty() {
        return;
    }
    match out.last_mut() {
        Some(Inline::Text(before)) => before.push_str(text),
        _ => out.push(Inline::Text(text.to_owned())),
    }
}

fn is_inline(event: &Event<'_>) -> bool {
    match event {
        Event::Start(tag) => matches!(
            tag,
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. }
        ),
        Event::Rule | Event::End(_) => false,
        _ => true,
    }
}

fn text_of<'e>(event: &'e Event<'_>) -> std::borrow::Cow<'e, str> {
    match event {
        Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
            text.as_ref().into()
        }
        Event::SoftBreak | Event::HardBreak => " ".into(),
        _ => "".into(),
    }
}

/// The text up to the end of the element, whatever is in it.
pub(super) fn flat(events: &mut Events<'_>) -> String {
    let mut text = String::new();
    let mut open = 1;
    for (event, _) in events {
        match event {
            Event::Start(_) => open += 1,
            Event::End(_) => open -= 1,
            other => text.push_str(&text_of(&other)),
        }
        if open == 0 {
            break;
        }
    }
    text
}

fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}

/// Whether a link's target can do nothing but navigate: http, https, a fragment or a relative path.
///
/// Browsers drop tabs and newlines inside a scheme and read `\` as `/`, so neither is let through
/// (WHATWG URL, "basic URL parser").
pub fn is_safe(href: &str) -> bool {
    if href.is_empty()
        || href
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
    {
        return false;
    }
    let head = href.split(['/', '?', '#']).next().unwrap_or("");
    match head.split_once(':') {
        None => !href.starts_with("//"),
        Some((scheme, _)) => {
            (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https"))
                && href[scheme.len()..].starts_with("://")
        }
    }
}
