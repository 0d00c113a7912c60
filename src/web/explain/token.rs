//! Credentials and tokens: decoded, because nothing in them is secret but the password.

use serde_json::{Map, Value};

use super::Part;
use crate::web::base64::decode;
use crate::web::moment;
use crate::web::widgets::table::cell;

const ALGORITHMS: &[(&str, &str)] = &[
    ("none", "Not signed at all: anyone can have written it."),
    (
        "HS256",
        "Signed with HMAC-SHA-256: who can check it can also make one.",
    ),
    (
        "HS384",
        "Signed with HMAC-SHA-384: who can check it can also make one.",
    ),
    (
        "HS512",
        "Signed with HMAC-SHA-512: who can check it can also make one.",
    ),
    (
        "RS256",
        "Signed with a private RSA key, checked with the public one.",
    ),
    (
        "PS256",
        "Signed with a private RSA key, checked with the public one.",
    ),
    (
        "ES256",
        "Signed with a private key on the curve P-256, checked with the public one.",
    ),
    (
        "EdDSA",
        "Signed with a private Ed25519 key, checked with the public one.",
    ),
];

/// RFC 7519 §4.1, RFC 8693 §4.2.
const CLAIMS: &[(&str, &str)] = &[
    ("typ", "What kind of thing this is."),
    ("kid", "Which of the server's keys signed it."),
    ("iss", "Who issued it."),
    ("sub", "Whom it is about."),
    ("aud", "Whom it is for: others must refuse it."),
    (
        "jti",
        "Its own number, so that it can be revoked or used once.",
    ),
    ("scope", "What it may be used for."),
    ("scp", "What it may be used for."),
    ("role", "What its bearer is."),
    ("name", "Its bearer's name."),
    ("client_id", "The program it was given to."),
    ("nonce", "Ties it to one login."),
    ("sid", "The session it belongs to."),
];

/// `Authorization` (RFC 9110 §11.6.2).
pub fn authorization(value: &str, now: Option<i64>) -> Vec<Part> {
    let (scheme, rest) = value.split_once(' ').unwrap_or((value, ""));
    let rest = rest.trim();
    match scheme.to_ascii_lowercase().as_str() {
        "basic" => {
            let pair = decode(rest).and_then(|bytes| String::from_utf8(bytes).ok());
            let Some((name, password)) = pair.as_deref().and_then(|pair| pair.split_once(':'))
            else {
                return vec![Part::new(
                    "Basic",
                    rest,
                    "Should be name:password in base64, and is not.",
                )];
            };
            vec![
                Part::new(
                    "Basic",
                    "",
                    "Name and password in base64: written differently, not encrypted.",
                ),
                Part::new("name", name, ""),
                Part::new(
                    "password",
                    password,
                    "Anyone who sees the request reads it.",
                ),
            ]
        }
        "bearer" => {
            let mut all = vec![Part::new(
                "Bearer",
                "",
                "Whoever has this token may use it.",
            )];
            all.extend(jwt(rest, now).unwrap_or_default());
            all
        }
        _ => Vec::new(),
    }
}

/// The tokens a text holds, each with its parts.
pub fn tokens_in(text: &str, now: Option<i64>) -> Vec<(String, Vec<Part>)> {
    let mut found: Vec<(String, Vec<Part>)> = Vec::new();
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    // A header in base64 begins with these letters, because it begins with {" as JSON.
    for word in text
        .split(|letter| !is_part(letter))
        .filter(|word| word.starts_with("eyJ"))
    {
        if found.iter().all(|(known, _)| known != word)
            && let Some(parts) = jwt(word, now)
        {
            found.push((word.to_owned(), parts));
        }
    }
    found
}

/// Header and claims of a JSON Web Token (RFC 7519); none if it is none.
fn jwt(text: &str, now: Option<i64>) -> Option<Vec<Part>> {
    let pieces: Vec<&str> = text.split('.').collect();
    let [header, claims, signature] = pieces.as_slice() else {
        return None;
    };
    let mut parts: Vec<Part> = object(header)?
        .iter()
        .map(|(name, value)| said(name, value))
        .collect();
    let claims = object(claims)?;
    parts.extend(claims.iter().map(|(name, value)| claim(name, value, now)));
    parts.push(match decode(signature)?.len() {
        0 => Part::new("signature", "", "There is none."),
        bytes => Part::new(
            "signature",
            format!("{bytes} bytes"),
            "Over all of the above. Anyone can read a token; only who has the key can make one.",
        ),
    });
    Some(parts)
}

fn object(piece: &str) -> Option<Map<String, Value>> {
    match serde_json::from_slice(&decode(piece)?).ok()? {
        Value::Object(map) => Some(map),
        _ => None,
    }
}

fn said(name: &str, value: &Value) -> Part {
    let text = cell(value);
    let known = |table: &[(&str, &'static str)], name: &str| {
        let found = table.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, says)| *says)
    };
    let says = match name {
        "alg" => known(ALGORITHMS, &text),
        name => known(CLAIMS, name),
    };
    Part::new(name, text, says)
}

fn claim(name: &str, value: &Value, now: Option<i64>) -> Part {
    let Some(at) = value
        .as_i64()
        .filter(|_| ["exp", "nbf", "iat", "auth_time"].contains(&name))
    else {
        return said(name, value);
    };
    let distance = now.map(|now| moment::from_now(at, now)).unwrap_or_default();
    let is_over = now.is_some_and(|now| at <= now);
    let verb = match (name, is_over) {
        ("exp", true) => "Expired",
        ("exp", false) => "Expires",
        ("nbf", true) => "Counts since",
        ("nbf", false) => "Counts only from",
        ("iat", _) => "Issued",
        _ => "Logged in",
    };
    let says = match distance.as_str() {
        "" => format!("{verb} {}.", moment::words(at)),
        distance => format!("{verb} {} ({distance}).", moment::words(at)),
    };
    Part::new(name, at.to_string(), says)
}
