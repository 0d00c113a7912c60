//! What a field says, part by part: the directives of `Cache-Control`, the attributes of a cookie,
//! the claims of a token. One line on the field as a whole is in `http::words`.

mod caching;
mod fields;
mod split;
mod token;

pub use token::tokens_in;

/// One part of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is called.
    pub name: String,
    /// Its value as it stands there, or decoded; may be empty.
    pub value: String,
    /// What that means; may be empty.
    pub says: String,
}

impl Part {
    fn new(name: impl Into<String>, value: impl Into<String>, says: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            says: says.into(),
        }
    }
}

/// The parts of a field's value; none for a field without structure. `now` is the lab's time in
/// seconds since 1970, for what is said relative to it.
pub fn parts(name: &str, value: &str, now: Option<i64>) -> Vec<Part> {
    let value = value.trim();
    match name.to_ascii_lowercase().as_str() {
        "cache-control" => caching::directives(value),
        "etag" | "if-none-match" | "if-match" => caching::tags(value),
        "if-range" if value.contains('"') => caching::tags(value),
        "vary" => caching::vary(value),
        "age" | "access-control-max-age" => fields::seconds(value),
        "date"
        | "expires"
        | "last-modified"
        | "if-modified-since"
        | "if-unmodified-since"
        | "sunset"
        | "if-range" => fields::date(value, now),
        "deprecation" => fields::deprecation(value, now),
        "retry-after" => fields::retry_after(value, now),
        "range" => fields::range(value),
        "content-range" => fields::content_range(value),
        "accept-ranges" => fields::accept_ranges(value),
        "content-type" => fields::media_type(value),
        "accept" | "accept-language" | "accept-encoding" => fields::wishes(value),
        "allow" | "access-control-allow-methods" => fields::methods(value),
        "link" => fields::links(value),
        "set-cookie" => fields::set_cookie(value, now),
        "cookie" => fields::cookies(value),
        "www-authenticate" => fields::challenge(value),
        "authorization" => token::authorization(value, now),
        "ratelimit" | "ratelimit-policy" => fields::rate_limit(name, value),
        "prefer" | "preference-applied" => fields::prefer(value),
        "access-control-allow-origin" => fields::allowed_origin(value),
        "access-control-allow-credentials" => fields::allowed_credentials(value),
        "sec-fetch-site" | "sec-fetch-mode" | "sec-fetch-dest" => fields::sec_fetch(name, value),
        "strict-transport-security" => fields::transport_security(value),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
