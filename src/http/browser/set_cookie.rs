//! Reading the field `Set-Cookie` (RFC 6265bis §5.6).

use super::date::parse_cookie_date;

/// Longest name and value together, and longest value of an attribute, in bytes.
const MAX_PAIR: usize = 4_096;
const MAX_ATTRIBUTE: usize = 1_024;
/// Longest life of a cookie in seconds: 400 days (RFC 6265bis §5.5).
const MAX_AGE_S: i64 = 400 * 86_400;

/// From which sites a cookie is sent along.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SameSite {
    /// From its own site alone.
    Strict,
    /// From its own site, and from another when somebody navigates with a safe method.
    Lax,
    /// From all.
    None,
    /// Nothing is said: as `Lax`.
    #[default]
    Default,
}

impl SameSite {
    /// The word of the attribute; of one that is not there, what counts instead.
    pub fn name(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Lax => "Lax",
            Self::None => "None",
            Self::Default => "Lax by default",
        }
    }
}

/// A `Set-Cookie` line as it was read; what becomes of it is for the jar to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SetCookie {
    /// The name; may be empty.
    pub name: String,
    /// The value, as it was sent.
    pub value: String,
    /// Seconds since 1970 at which it expires, from `Max-Age` or else `Expires`; none for a cookie of
    /// the session.
    pub expires_s: Option<i64>,
    /// `Domain` in lower case without a leading dot; empty if there is none.
    pub domain: String,
    /// `Path`, if it is one.
    pub path: Option<String>,
    /// `Secure`.
    pub secure: bool,
    /// `HttpOnly`.
    pub http_only: bool,
    /// `SameSite`.
    pub same_site: SameSite,
}

impl SetCookie {
    /// Reads a line at a moment (seconds since 1970).
    ///
    /// # Errors
    /// Why the whole line is ignored.
    pub fn parse(line: &str, now_s: i64) -> Result<Self, &'static str> {
        if line.chars().any(|c| c.is_ascii_control() && c != '\t') {
            return Err("it holds a control character (RFC 6265bis §5.6)");
        }
        let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
        let (name, value) = pair.split_once('=').unwrap_or(("", pair));
        let mut cookie = Self {
            name: trim(name).to_owned(),
            value: trim(value).to_owned(),
            ..Self::default()
        };
        if cookie.name.is_empty() && cookie.value.is_empty() {
            return Err("it has neither a name nor a value (RFC 6265bis §5.7)");
        }
        if cookie.name.len() + cookie.value.len() > MAX_PAIR {
            return Err("name and value have more than 4,096 bytes (RFC 6265bis §5.6)");
        }
        let mut expires_s = None;
        let mut max_age_s = None;
        for attribute in attributes.split(';') {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            let (name, value) = (trim(name).to_ascii_lowercase(), trim(value));
            if value.len() > MAX_ATTRIBUTE {
                continue;
            }
            match name.as_str() {
                "expires" => expires_s = parse_cookie_date(value).or(expires_s),
                "max-age" => max_age_s = seconds(value).or(max_age_s),
                "domain" => {
                    let domain = value.strip_prefix('.').unwrap_or(value);
                    cookie.domain = domain.to_ascii_lowercase();
                }
                "path" => cookie.path = value.starts_with('/').then(|| value.to_owned()),
                "secure" => cookie.secure = true,
                "httponly" => cookie.http_only = true,
                "samesite" => cookie.same_site = same_site(value),
                _ => {}
            }
        }
        // One that lives for no time is over already.
        let from_age = max_age_s.map(|age| if age > 0 { now_s + age } else { i64::MIN });
        let latest = now_s.saturating_add(MAX_AGE_S);
        cookie.expires_s = from_age.or(expires_s).map(|at| at.min(latest));
        Ok(cookie)
    }
}

/// Without spaces and tabs at its ends.
fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// The seconds of `Max-Age`, at most 400 days (§5.6.2).
fn seconds(value: &str) -> Option<i64> {
    let (is_negative, digits) = match value.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, value),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    // More digits than a number holds are more than the limit.
    let seconds = digits.parse().unwrap_or(MAX_AGE_S).min(MAX_AGE_S);
    Some(if is_negative { 0 } else { seconds })
}

fn same_site(value: &str) -> SameSite {
    let known = [SameSite::Strict, SameSite::Lax, SameSite::None];
    let found = known
        .into_iter()
        .find(|known| known.name().eq_ignore_ascii_case(value));
    found.unwrap_or_default()
}
