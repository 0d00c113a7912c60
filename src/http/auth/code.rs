//! Authorization codes (RFC 6749 §4.1): what the browser carries from the authorization server to
//! the client, good for a minute and for one exchange.

use std::collections::BTreeMap;

use super::token::FamilyId;
use super::{Identity, Refusal, pkce, span};

/// Codes kept; the oldest is forgotten when there are more.
const MOST: usize = 1_000;

/// A code and what it was given for.
#[derive(Debug, Clone, PartialEq)]
pub struct Code {
    /// The client it was given to.
    pub client: String,
    /// Where the request wanted it to be sent; none if the client has one address only and named none.
    pub redirect_uri: Option<String>,
    /// Who agreed, and to which scope.
    pub identity: Identity,
    /// The `code_challenge`, if one came with the request.
    pub challenge: Option<String>,
    /// When it was given, in virtual microseconds.
    pub issued_us: u64,
    /// When it ends.
    pub expires_us: u64,
    /// The tokens it was exchanged for.
    pub family: Option<FamilyId>,
}

/// What a client sends to exchange a code.
pub struct Exchange<'a> {
    /// The code.
    pub code: &'a str,
    /// The client, as it has shown.
    pub client: &'a str,
    /// Where the code was sent, once more.
    pub redirect_uri: Option<&'a str>,
    /// The `code_verifier`.
    pub verifier: Option<&'a str>,
}

/// Why a code is not exchanged.
pub struct CodeRefusal {
    /// In one sentence.
    pub refusal: Refusal,
    /// Tokens that must be revoked, because their code came a second time.
    pub revoke: Option<FamilyId>,
}

impl From<Refusal> for CodeRefusal {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal,
            revoke: None,
        }
    }
}

/// All codes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Codes(BTreeMap<String, Code>);

impl Codes {
    /// Remembers a code.
    pub fn give(&mut self, text: String, code: Code) {
        if self.0.len() >= MOST {
            let oldest = self.0.iter().min_by_key(|(_, code)| code.issued_us);
            if let Some(text) = oldest.map(|(text, _)| text.clone()) {
                self.0.remove(&text);
            }
        }
        self.0.insert(text, code);
    }

    /// Checks an exchange; what the code was given for. [`Codes::spend`] makes it count once.
    ///
    /// # Errors
    /// Why it does not count.
    pub fn check(&self, sent: &Exchange<'_>, now_us: u64) -> Result<Code, CodeRefusal> {
        let refused = |why: String, standard| Err(Refusal::new(why, standard).into());
        let Some(code) = self.0.get(sent.code) else {
            return refused("Nobody was given this code.".to_owned(), "RFC 6749 §4.1.3");
        };
        if code.client != sent.client {
            let why = format!(
                "The code was given to {}, not to {}.",
                code.client, sent.client
            );
            return refused(why, "RFC 6749 §4.1.3");
        }
        if code.family.is_some() {
            let why = "The code was exchanged before, so somebody has a copy: the tokens it gave are revoked.";
            return Err(CodeRefusal {
                refusal: Refusal::new(why, "RFC 6749 §4.1.2"),
                revoke: code.family,
            });
        }
        if now_us >= code.expires_us {
            let late = span(now_us.saturating_sub(code.expires_us) / 1_000_000);
            let lived = span(code.expires_us.saturating_sub(code.issued_us) / 1_000_000);
            let why = format!("The code expired {late} ago; it was good for {lived}.");
            return refused(why, "RFC 6749 §4.1.2");
        }
        if code.redirect_uri.is_some() && sent.redirect_uri != code.redirect_uri.as_deref() {
            let why = format!(
                "The code was asked for with the redirect_uri {}, and the exchange says {}.",
                code.redirect_uri.as_deref().unwrap_or_default(),
                sent.redirect_uri.unwrap_or("nothing of it")
            );
            return refused(why, "RFC 6749 §4.1.3");
        }
        pkce::verify(code.challenge.as_deref(), sent.verifier)?;
        Ok(code.clone())
    }

    /// Marks a code as exchanged for these tokens.
    pub fn spend(&mut self, text: &str, family: FamilyId) {
        if let Some(code) = self.0.get_mut(text) {
            code.family = Some(family);
        }
    }

    /// All, by their text.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Code)> {
        self.0.iter()
    }
}
