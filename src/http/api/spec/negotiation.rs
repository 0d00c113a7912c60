//! In which form an answer comes: `produces`, `languages`, `compress`.

use std::ops::Range;

use super::reply::{ReplySpec, is_json};
use crate::problem::Problem;
use crate::toml_read::Fields;

/// In which form an answer comes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NegotiationSpec {
    /// Media types it can be written in, best first; empty if there is no choice.
    pub produces: Vec<MediaType>,
    /// How rows are written where there is no choice.
    pub form: Form,
    /// Languages there are, the usual one first; empty if there is no choice.
    pub languages: Vec<String>,
    /// Whether it is compressed for who accepts that.
    pub compress: bool,
}

/// A media type that rows can be written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaType {
    /// Its name, with parameters if it has any.
    pub name: String,
    /// How rows are written in it.
    pub form: Form,
}

/// How rows are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Form {
    /// As JSON.
    #[default]
    Json,
    /// As comma-separated values (RFC 4180).
    Csv,
}

impl MediaType {
    /// A media type by its name; `None` if rows cannot be written in it.
    pub fn read(name: &str) -> Option<Self> {
        let essence = name.split(';').next().unwrap_or("").trim();
        let form = match essence.to_ascii_lowercase().as_str() {
            "text/csv" => Form::Csv,
            _ if is_json(name) => Form::Json,
            _ => return None,
        };
        Some(Self {
            name: name.to_owned(),
            form,
        })
    }
}

impl NegotiationSpec {
    /// Reads `produces`, `languages` and `compress`; `content_type` is that of the route's body
    /// where there is no choice.
    pub fn read(fields: &Fields<'_, '_>, content_type: &str) -> Self {
        let mut produces = Vec::new();
        for (name, at) in fields.strings("produces") {
            match MediaType::read(&name) {
                Some(media_type) if ::http::HeaderValue::from_str(&name).is_ok() => {
                    produces.push(media_type);
                }
                _ => {
                    let problem = Problem::new(format!("rows cannot be written as `{name}`"))
                        .hint("They can be written as \"application/json\" (or any +json) and \"text/csv\".");
                    fields.fault(at, problem);
                }
            }
        }
        let mut languages = Vec::new();
        for (tag, at) in fields.strings("languages") {
            if is_language(&tag) {
                languages.push(tag);
            } else {
                let problem = Problem::new(format!("`{tag}` is not a language"))
                    .hint("Languages are named as in \"en\", \"de\" or \"pt-BR\" (RFC 5646).");
                fields.fault(at, problem);
            }
        }
        Self {
            produces,
            form: MediaType::read(content_type).map_or(Form::Json, |usual| usual.form),
            languages,
            compress: fields.boolean("compress").unwrap_or(false),
        }
    }

    /// Checks that there is something to choose about.
    pub fn check(&self, fields: &Fields<'_, '_>, reply: &ReplySpec) {
        let fault = |at: Option<Range<usize>>, problem: Problem| {
            fields.fault(at.unwrap_or_default(), problem);
        };
        if self.produces.is_empty() {
            return;
        }
        if reply.respond.is_some() {
            let problem = Problem::new(
                "`produces` is how rows are written, and `respond` is written already",
            )
            .hint("Leave one of them out; `content_type` says what `respond` is.");
            fault(fields.span("produces"), problem);
        }
        if fields.span("content_type").is_some() {
            let problem =
                Problem::new("`produces` says what the body is, and so does `content_type`")
                    .hint("Leave `content_type` out.");
            fault(fields.span("content_type"), problem);
        }
    }
}

/// Whether a text is a language tag (RFC 5646 §2.1), as far as its form goes.
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let primary = parts.next().unwrap_or_default();
    let primary_ok =
        (2..=8).contains(&primary.len()) && primary.bytes().all(|c| c.is_ascii_alphabetic());
    let part_ok = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|c| c.is_ascii_alphanumeric())
    };
    primary_ok && parts.all(part_ok)
}
