//! What a page's script may send to another origin and read of it: the browser's side of the CORS
//! protocol (Fetch §3.3).

use std::collections::BTreeSet;

use ::http::header::{
    ACCEPT, ACCEPT_LANGUAGE, ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
    ACCESS_CONTROL_MAX_AGE, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
    RANGE, USER_AGENT,
};
use ::http::{Method, StatusCode};

use super::origin::Origin;
use crate::http::parse::{USER_AGENT_HERE, display_name, text_of};

/// Seconds a preflight's answer counts that names no time, and at most (as Chromium has it).
const USUAL_MAX_AGE_S: u64 = 5;
const LONGEST_MAX_AGE_S: u64 = 7_200;
/// Longest value of a safelisted field, and of all of them.
const MAX_SAFE_VALUE: usize = 128;
const MAX_SAFE_VALUES: usize = 1_024;

/// Fields the browser writes itself, so that a script cannot (Fetch §2.2.2, forbidden
/// request-header).
const FORBIDDEN: [&str; 21] = [
    "accept-charset",
    "accept-encoding",
    "access-control-request-headers",
    "access-control-request-method",
    "connection",
    "content-length",
    "cookie",
    "cookie2",
    "date",
    "dnt",
    "expect",
    "host",
    "keep-alive",
    "origin",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// Whether a script cannot write a field.
pub fn is_forbidden(name: &HeaderName) -> bool {
    let name = name.as_str();
    FORBIDDEN.contains(&name) || name.starts_with("proxy-") || name.starts_with("sec-")
}

/// Whether a form could send it as well: GET, HEAD, POST (Fetch §2.2.1).
pub fn is_safelisted_method(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::POST].contains(method)
}

/// The fields of a request that only a script can send, in lower case and order (Fetch §2.2.2,
/// CORS-unsafe request-header names).
pub fn unsafe_names(headers: &HeaderMap) -> Vec<String> {
    let mut unsafe_names = BTreeSet::new();
    let mut safe_names = BTreeSet::new();
    let mut safe_bytes = 0;
    for (name, value) in headers {
        let is_the_browsers =
            is_forbidden(name) || (name == USER_AGENT && value == USER_AGENT_HERE);
        if is_the_browsers {
            continue;
        }
        if is_safelisted(name, value) {
            safe_bytes += value.len();
            safe_names.insert(name.as_str().to_owned());
        } else {
            unsafe_names.insert(name.as_str().to_owned());
        }
    }
    if safe_bytes > MAX_SAFE_VALUES {
        unsafe_names.append(&mut safe_names);
    }
    unsafe_names.into_iter().collect()
}

fn is_safelisted(name: &HeaderName, value: &HeaderValue) -> bool {
    let bytes = value.as_bytes();
    if bytes.len() > MAX_SAFE_VALUE {
        return false;
    }
    let is_plain = !bytes
        .iter()
        .any(|b| (*b < 0x20 && *b != b'\t') || b"\"():<>?@[\\]{}\x7f".contains(b));
    if name == ACCEPT {
        is_plain
    } else if name == ACCEPT_LANGUAGE || name == CONTENT_LANGUAGE {
        bytes
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || b" *,-.;=".contains(b))
    } else if name == CONTENT_TYPE {
        is_plain && is_form_type(&text_of(value))
    } else if name == RANGE {
        is_simple_range(&text_of(value))
    } else {
        false
    }
}

/// Whether a form can send that media type.
pub fn is_form_type(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or("").trim();
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "text/plain",
    ]
    .into_iter()
    .any(|known| known.eq_ignore_ascii_case(essence))
}

/// `bytes=10-` or `bytes=10-20`.
fn is_simple_range(value: &str) -> bool {
    let range = value
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'));
    let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    range.is_some_and(|(first, last)| !first.is_empty() && is_number(first) && is_number(last))
}

/// Whether an answer lets a page read it (Fetch §4.10, CORS check).
///
/// # Errors
/// Why not, as the rest of a sentence that begins with “because”.
pub fn check(page: &Origin, with_cookies: bool, answer: &HeaderMap) -> Result<(), String> {
    let lines: Vec<String> = answer
        .get_all(ACCESS_CONTROL_ALLOW_ORIGIN)
        .iter()
        .map(text_of)
        .collect();
    let allowed = match lines.as_slice() {
        [] => return Err("it has no Access-Control-Allow-Origin".to_owned()),
        [one] => one.as_str(),
        _ => return Err("it has Access-Control-Allow-Origin more than once".to_owned()),
    };
    match allowed {
        "*" if with_cookies => Err(
            "its Access-Control-Allow-Origin is *, which does not count for a request with credentials"
                .to_owned(),
        ),
        "*" => Ok(()),
        _ if allowed != page.to_string() => Err(format!(
            "its Access-Control-Allow-Origin is {allowed}, and the page is of {page}"
        )),
        _ if with_cookies && first(answer, &ACCESS_CONTROL_ALLOW_CREDENTIALS) != "true" => Err(
            "it was asked with credentials and does not say Access-Control-Allow-Credentials: true"
                .to_owned(),
        ),
        _ => Ok(()),
    }
}

/// What a preflight allows, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// Methods, as they were said.
    pub methods: Vec<String>,
    /// Fields, in lower case.
    pub headers: Vec<String>,
    /// Seconds it counts.
    pub max_age_s: u64,
}

/// What a request asks a preflight for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The page that sends.
    pub page: &'a Origin,
    /// Whether with credentials, so that `*` means nothing.
    pub with_cookies: bool,
    /// The method.
    pub method: &'a Method,
    /// The fields only a script can send.
    pub headers: &'a [String],
}

/// Whether a preflight's answer lets a request go (Fetch §4.8, CORS-preflight fetch).
///
/// # Errors
/// Why not, as the rest of a sentence that begins with “because”.
pub fn check_preflight(
    asked: Asked<'_>,
    status: StatusCode,
    answer: &HeaderMap,
) -> Result<Allowed, String> {
    check(asked.page, asked.with_cookies, answer)?;
    if !status.is_success() {
        return Err(format!(
            "its status is {}, not one of success",
            status.as_u16()
        ));
    }
    let allowed = Allowed {
        methods: list(answer, &ACCESS_CONTROL_ALLOW_METHODS),
        headers: list(answer, &ACCESS_CONTROL_ALLOW_HEADERS)
            .iter()
            .map(|name| name.to_ascii_lowercase())
            .collect(),
        max_age_s: first(answer, &ACCESS_CONTROL_MAX_AGE)
            .parse()
            .unwrap_or(USUAL_MAX_AGE_S)
            .min(LONGEST_MAX_AGE_S),
    };
    match allowed.lacks(asked) {
        None => Ok(allowed),
        Some(missing) => Err(missing),
    }
}

impl Allowed {
    /// What a request asks for that is not allowed, in words.
    pub fn lacks(&self, asked: Asked<'_>) -> Option<String> {
        let says = |list: &[String], word: &str| list.iter().any(|said| said == word);
        let said = |list: &[String]| match list {
            [] => "is missing".to_owned(),
            list => format!("is {}", list.join(", ")),
        };
        let any = |list: &[String]| !asked.with_cookies && says(list, "*");
        let method = asked.method.as_str();
        if !is_safelisted_method(asked.method)
            && !says(&self.methods, method)
            && !any(&self.methods)
        {
            return Some(format!(
                "{method} is not allowed: Access-Control-Allow-Methods {}{}",
                said(&self.methods),
                star(asked, &self.methods)
            ));
        }
        // A star never stands for Authorization.
        let missing = asked.headers.iter().find(|name| {
            let by_star = any(&self.headers) && *name != "authorization";
            !says(&self.headers, name) && !by_star
        })?;
        Some(format!(
            "the field {missing} is not allowed: Access-Control-Allow-Headers {}{}",
            said(&self.headers),
            if missing == "authorization" && says(&self.headers, "*") {
                ", which does not stand for Authorization"
            } else {
                star(asked, &self.headers)
            }
        ))
    }
}

fn star(asked: Asked<'_>, list: &[String]) -> &'static str {
    if asked.with_cookies && list.iter().any(|word| word == "*") {
        ", which does not count for a request with credentials"
    } else {
        ""
    }
}

/// The fields of an answer that a page of another origin can read, as they are written (Fetch
/// §2.2.2, CORS-safelisted response-header name).
pub fn readable_names(answer: &HeaderMap, with_cookies: bool) -> Vec<String> {
    const SAFE: [&str; 7] = [
        "cache-control",
        "content-language",
        "content-length",
        "content-type",
        "expires",
        "last-modified",
        "pragma",
    ];
    let exposed = list(answer, &ACCESS_CONTROL_EXPOSE_HEADERS);
    let is_readable = |name: &HeaderName| {
        let is_said = exposed
            .iter()
            .any(|said| said.eq_ignore_ascii_case(name.as_str()) || (said == "*" && !with_cookies));
        // Set-Cookie is for the browser alone (Fetch §2.2.6).
        name != ::http::header::SET_COOKIE && (is_said || SAFE.contains(&name.as_str()))
    };
    let names = answer.keys().filter(|name| is_readable(name));
    names.map(display_name).collect()
}

fn first(headers: &HeaderMap, name: &HeaderName) -> String {
    headers.get(name).map(text_of).unwrap_or_default()
}

/// A list with commas, over all lines of a field.
fn list(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let lines: Vec<String> = headers.get_all(name).iter().map(text_of).collect();
    let words = lines.iter().flat_map(|line| line.split(','));
    let words = words.map(|word| word.trim().to_owned());
    words.filter(|word| !word.is_empty()).collect()
}
