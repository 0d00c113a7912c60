//! Cookies: those that come are read by their rules, those that go are filled in (RFC 6265).

use std::borrow::Cow;

use ::http::header::{COOKIE, HeaderValue, SET_COOKIE};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use super::super::template::plain;
use super::{Call, Refusal};
use crate::http::{Request, Response};

/// What a cookie's value cannot hold (RFC 6265 §4.1.1), and the sign that it is encoded by.
const NOT_IN_VALUE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'%')
    .add(b',')
    .add(b';')
    .add(b'\\');

/// Takes the cookies that a route has rules for into the call's parameters.
///
/// # Errors
/// The 400 that lists every cookie that breaks its rule.
pub fn read(call: &mut Call<'_>) -> Result<(), Refusal> {
    let rules = &call.route.cookies;
    if rules.is_empty() {
        return Ok(());
    }
    let sent = sent(call.request);
    let mut broken = Vec::new();
    for rule in rules {
        let text = sent.iter().find(|(name, _)| *name == rule.name);
        let read = match (text, &rule.default) {
            (Some((_, text)), _) => rule.read(text),
            (None, Some(default)) => Ok(default.clone()),
            (None, None) if rule.required => Err("is missing".to_owned()),
            (None, None) => Ok(Value::Null),
        };
        match read {
            Ok(value) => {
                call.params.insert(rule.name.clone(), value);
            }
            Err(why) => broken.push((rule.name.as_str(), why)),
        }
    }
    match broken.is_empty() {
        true => Ok(()),
        false => Err(call.refuse_parameters("Of the cookies", &broken)),
    }
}

/// The cookies of a request, decoded; of two with one name the first is the more specific
/// (RFC 6265 §5.4).
fn sent(request: &Request) -> Vec<(String, String)> {
    let lines = request.headers().get_all(COOKIE).iter();
    let lines = lines.filter_map(|line| line.to_str().ok());
    let pairs = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.split_once('='));
    let decoded = |text: &str| {
        percent_decode_str(text.trim())
            .decode_utf8_lossy()
            .into_owned()
    };
    pairs
        .map(|(name, value)| (name.trim().to_owned(), decoded(value)))
        .collect()
}

/// Adds the cookies that the route sets; `value` is what a name stands for.
pub fn set<'v>(
    call: &Call<'_>,
    response: &mut Response,
    value: impl Fn(&str) -> Option<&'v Value>,
) {
    for cookie in &call.route.set_cookie {
        let text = |name: &str| Ok::<_, ()>(value(name).map_or(Cow::Borrowed(""), plain));
        let filled = cookie.value.fill(text).unwrap_or_default();
        let encoded = utf8_percent_encode(&filled, NOT_IN_VALUE);
        let line = format!("{}={encoded}{}", cookie.name, cookie.attributes);
        if let Ok(line) = HeaderValue::from_str(&line) {
            response.headers_mut().append(SET_COOKIE, line);
        }
    }
}
