//! The code editor: a plain field at once, CodeMirror as soon as it is there.

mod bundle;
mod field;

use std::collections::BTreeMap;

pub use field::{EditorProps, editor};

/// What is completed: columns by table, or values by field.
pub type Schema = BTreeMap<String, Vec<String>>;

/// What is written in an editor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    /// SQL, with completion from the schema.
    Sql,
    /// A request as in `.http` files.
    Http,
    /// JSON.
    Json,
    /// TOML.
    Toml,
    /// Any text.
    #[default]
    Plain,
}

impl Language {
    fn name(self) -> &'static str {
        match self {
            Self::Sql => "sql",
            Self::Http => "http",
            Self::Json => "json",
            Self::Toml => "toml",
            Self::Plain => "plain",
        }
    }
}
