//! Values that go from one answer into a later request, and tokens that a case signs by itself.

use std::collections::BTreeMap;

use backlab::http::auth::jws::{Key, sign_with_header};
use backlab::http::encoding::BASE64URL;
use backlab::http::message::ResponseText;
use serde::Deserialize;

/// Values by name.
pub type Kept = BTreeMap<String, String>;

/// A token of a case, written `[token.name]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    header: String,
    claims: String,
    /// The HMAC's secret, as text.
    secret: Option<String>,
    /// The private half of an Ed25519 key, as base64url.
    private: Option<String>,
    /// The claims that are put there after it was signed.
    tampered: Option<String>,
}

/// The tokens, signed; one without a key has an empty signature.
pub fn signed(tokens: &BTreeMap<String, Token>) -> Kept {
    let sign = |token: &Token| {
        let secret = token
            .secret
            .as_ref()
            .map(|secret| Key::hs256("", secret.as_bytes()));
        let private = token.private.as_ref().map(|text| {
            let bytes = BASE64URL.decode(text).unwrap();
            Key::ed_dsa("", &bytes).unwrap()
        });
        let key = secret.or(private);
        let unsigned = key.clone().unwrap_or(Key::hs256("", &[]));
        let text = sign_with_header(&token.header, token.claims.as_bytes(), &unsigned);
        let mut parts: Vec<&str> = text.split('.').collect();
        let tampered = token
            .tampered
            .as_ref()
            .map(|claims| BASE64URL.encode(claims.as_bytes()));
        if let Some(tampered) = &tampered {
            parts[1] = tampered;
        }
        if key.is_none() {
            parts[2] = "";
        }
        parts.join(".")
    };
    tokens
        .iter()
        .map(|(name, token)| (name.clone(), sign(token)))
        .collect()
}

/// Fills `{{name}}`.
pub fn fill(text: &str, kept: &Kept) -> Result<String, String> {
    let mut filled = text.to_owned();
    for (name, value) in kept {
        filled = filled.replace(&format!("{{{{{name}}}}}"), value);
    }
    match filled.find("{{") {
        Some(at) => Err(format!("nothing was kept for {}", &filled[at..])),
        None => Ok(filled),
    }
}

/// Keeps values of a response: `json NAME` is a member of the body, `cookie NAME` what `Set-Cookie`
/// gives, `location NAME` a parameter of the URL in `Location`.
pub fn take(wanted: &Kept, response: &ResponseText, kept: &mut Kept) -> Result<(), String> {
    for (name, source) in wanted {
        let (kind, of) = source.split_once(' ').ok_or("no source")?;
        let found = match kind {
            "json" => {
                let body: serde_json::Value =
                    serde_json::from_str(&response.body).unwrap_or_default();
                body[of].as_str().map(str::to_owned)
            }
            "cookie" => response.headers.iter().find_map(|(field, value)| {
                let pair = value.split(';').next()?.strip_prefix(of)?;
                (field == "Set-Cookie").then(|| pair.strip_prefix('=').map(str::to_owned))?
            }),
            "location" => response.header("Location").and_then(|url| {
                let query = url.split_once('?')?.1;
                let mut pairs = form_urlencoded::parse(query.as_bytes());
                pairs
                    .find(|(found, _)| found == of)
                    .map(|(_, value)| value.into_owned())
            }),
            _ => None,
        };
        let found = found.ok_or(format!("the response has no {source}"))?;
        kept.insert(name.clone(), found);
    }
    Ok(())
}
