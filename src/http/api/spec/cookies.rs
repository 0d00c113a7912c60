//! `set_cookie` of a route.

use super::super::template::{Template, is_name};
use crate::problem::Problem;
use crate::toml_read::{Fields, Reader, in_order};

/// A cookie that an answer sets.
#[derive(Debug, Clone, PartialEq)]
pub struct SetCookieSpec {
    /// Its name.
    pub name: String,
    /// Its value; names are filled in.
    pub value: Template,
    /// What follows the value, beginning with a semicolon: `; Path=/; HttpOnly`.
    pub attributes: String,
}

impl SetCookieSpec {
    /// Reads `set_cookie`.
    pub fn read_all(reader: &Reader<'_>, route: &Fields<'_, '_>) -> Vec<Self> {
        let Some((table, _)) = route.table("set_cookie") else {
            return Vec::new();
        };
        let mut cookies = Vec::new();
        for (name, value) in in_order(table) {
            let Some(table) = value.get_ref().as_table() else {
                let problem = Problem::new(format!("the cookie `{}` is a table", name.get_ref()))
                    .hint("For example set_cookie = { theme = { value = \"{theme}\", path = \"/\" } }.");
                reader.fault(value.span(), problem);
                continue;
            };
            if !is_token(name.get_ref()) {
                let problem =
                    Problem::new(format!("`{}` cannot be a cookie's name", name.get_ref()))
                        .hint("A name is letters, digits and - _ . (RFC 6265 §4.1.1).");
                reader.fault(name.span(), problem);
            }
            let what = format!("the cookie `{}`", name.get_ref());
            let fields = Fields::new(reader, table, &what);
            let text = fields.string("value");
            if !table.contains_key("value") {
                let problem = Problem::new(format!("{what} has no `value`"));
                fields.fault(value.span(), problem);
            }
            cookies.push(Self {
                name: name.get_ref().to_string(),
                value: Template::new(&text.map(|(text, _)| text).unwrap_or_default()),
                attributes: attributes(&fields),
            });
            fields.finish();
        }
        cookies
    }
}

/// The attributes of a cookie as `Set-Cookie` has them (RFC 6265 §4.1.1).
fn attributes(fields: &Fields<'_, '_>) -> String {
    let mut text = String::new();
    for (key, name) in [("path", "Path"), ("domain", "Domain")] {
        if let Some((value, at)) = fields.string(key) {
            if value.contains([';', ',']) || value.contains(char::is_control) {
                let problem = Problem::new(format!("`{key}` of a cookie cannot hold {value:?}"));
                fields.fault(at, problem);
            }
            text.push_str(&format!("; {name}={value}"));
        }
    }
    if let Some((seconds, _)) = fields.whole("max_age_s") {
        text.push_str(&format!("; Max-Age={seconds}"));
    }
    for (key, name) in [("secure", "Secure"), ("http_only", "HttpOnly")] {
        if fields.boolean(key) == Some(true) {
            text.push_str(&format!("; {name}"));
        }
    }
    if let Some((value, at)) = fields.string("same_site") {
        match value.as_str() {
            "strict" => text.push_str("; SameSite=Strict"),
            "lax" => text.push_str("; SameSite=Lax"),
            "none" => text.push_str("; SameSite=None"),
            _ => {
                let problem = Problem::new("`same_site` is \"strict\", \"lax\" or \"none\"");
                fields.fault(at, problem);
            }
        }
    }
    text
}

/// Whether a text is a token (RFC 9110 §5.6.2).
fn is_token(text: &str) -> bool {
    let other = |c: char| "!#$%&'*+-.^_`|~".contains(c);
    is_name(text) || !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || other(c))
}
