//! What a body's member, a query parameter or a cookie may be.

mod check;
mod format;
mod read;

use std::fmt::{Display, Formatter, Result as Written};

use serde_json::Value;

pub use check::{Broken, MAX_BROKEN, members, taken};
pub use format::{Format, Pattern};

/// A rule for one value.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rule {
    /// The name of the member, the parameter or the cookie; empty for the elements of a list.
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// Least value, or least characters of a string, or least elements of a list.
    pub min: Option<f64>,
    /// Greatest value, or most characters of a string, or most elements of a list.
    pub max: Option<f64>,
    /// Whether it must be there.
    pub required: bool,
    /// Whether it may be null. What may be left out may be null as well.
    pub nullable: bool,
    /// Whether only the server sets it: what a client sends is ignored.
    pub read_only: bool,
    /// The only values allowed; empty allows all.
    pub one_of: Vec<Value>,
    /// What stands in when it is absent.
    pub default: Option<Value>,
    /// What a string must match somewhere.
    pub pattern: Option<Pattern>,
    /// What a string must be.
    pub format: Option<Format>,
    /// What each element of a list must be.
    pub items: Option<Box<Rule>>,
    /// What the members of an object must be.
    pub members: Vec<Rule>,
}

/// Types a value may have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    #[default]
    String,
    /// Any number.
    Number,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A list.
    Array,
    /// An object.
    Object,
}

impl Rule {
    /// Whether null will do: what may be left out may be null as well.
    pub fn may_be_null(&self) -> bool {
        self.nullable || !self.required
    }
}

impl Kind {
    /// All types, in the order of the reference.
    pub const ALL: [Self; 6] = [
        Self::String,
        Self::Number,
        Self::Integer,
        Self::Boolean,
        Self::Array,
        Self::Object,
    ];

    /// The name used in `world.toml`, which is JSON Schema's.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Array => "array",
            Self::Object => "object",
        }
    }

    /// Whether it is one value, which a query parameter or a cookie can hold.
    pub fn is_flat(self) -> bool {
        !matches!(self, Self::Array | Self::Object)
    }
}

impl Display for Kind {
    fn fmt(&self, to: &mut Formatter<'_>) -> Written {
        to.write_str(match self {
            Self::String => "a string",
            Self::Number => "a number",
            Self::Integer => "a whole number",
            Self::Boolean => "true or false",
            Self::Array => "a list in brackets",
            Self::Object => "an object in braces",
        })
    }
}
