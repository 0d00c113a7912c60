//! Signed text: JWS in its compact form (RFC 7515 §7.1), with HS256 (RFC 7518 §3.2) and EdDSA on
//! Ed25519 (RFC 8037 §3.1).

use ed25519_compact::{KeyPair, Seed, Signature};
use serde_json::{Map, Value, json};

use super::mac::{equal, hmac_sha256};
use super::{Refusal, fact};
use crate::http::encoding::BASE64URL;
use crate::http::trace::Fact;

/// How a signature is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC with SHA-256: who can verify can also sign.
    Hs256,
    /// Ed25519: the private key signs, the public key verifies.
    EdDsa,
}

impl Algorithm {
    /// All there are.
    pub const ALL: [Self; 2] = [Self::Hs256, Self::EdDsa];

    /// The name in a header's `alg` (RFC 7518 §3.1, RFC 8037 §3.1).
    pub fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// A key with its id.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// The id, as a header's `kid` names it.
    pub kid: String,
    secret: Secret,
}

#[derive(Debug, Clone, PartialEq)]
enum Secret {
    Shared(Vec<u8>),
    Pair(Box<KeyPair>),
}

impl Key {
    /// A key for HS256; it should have 32 bytes or more (RFC 7518 §3.2).
    pub fn hs256(kid: &str, secret: &[u8]) -> Self {
        Self {
            kid: kid.to_owned(),
            secret: Secret::Shared(secret.to_vec()),
        }
    }

    /// A key for EdDSA from the 32 bytes of its private half (`d` of RFC 8037 §2); `None` for any
    /// other length, and for zeros only.
    pub fn ed_dsa(kid: &str, private: &[u8]) -> Option<Self> {
        let seed = Seed::from_slice(private).ok()?;
        let pair = KeyPair::try_from_seed(seed).ok()?;
        Some(Self {
            kid: kid.to_owned(),
            secret: Secret::Pair(Box::new(pair)),
        })
    }

    /// What it is for.
    pub fn algorithm(&self) -> Algorithm {
        match self.secret {
            Secret::Shared(_) => Algorithm::Hs256,
            Secret::Pair(_) => Algorithm::EdDsa,
        }
    }

    /// The public half as base64url (`x` of RFC 8037 §2); a shared secret has none.
    pub fn public(&self) -> Option<String> {
        match &self.secret {
            Secret::Shared(_) => None,
            Secret::Pair(pair) => Some(BASE64URL.encode(pair.pk.as_ref())),
        }
    }

    /// The bytes of the signature.
    fn sign(&self, input: &str) -> Vec<u8> {
        match &self.secret {
            Secret::Shared(secret) => hmac_sha256(secret, input.as_bytes()),
            Secret::Pair(pair) => pair.sk.sign(input, None).as_ref().to_vec(),
        }
    }

    fn verifies(&self, input: &str, signature: &[u8]) -> bool {
        match &self.secret {
            Secret::Shared(secret) => equal(&hmac_sha256(secret, input.as_bytes()), signature),
            Secret::Pair(pair) => Signature::from_slice(signature)
                .is_ok_and(|signature| pair.pk.verify(input, &signature).is_ok()),
        }
    }

    /// What a verifier does that lets the token choose: it takes the public key, which everybody
    /// may know, for the secret of an HMAC.
    fn verifies_confused(&self, input: &str, signature: &[u8]) -> bool {
        let public = self.public().unwrap_or_default();
        let forged = hmac_sha256(public.as_bytes(), input.as_bytes());
        !public.is_empty() && equal(&forged, signature)
    }
}

/// Mistakes a verifier may make, each off unless a lab switches it on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Holes {
    /// `alg: none` counts.
    pub accept_none: bool,
    /// The header chooses the algorithm for any key.
    pub trust_algorithm: bool,
}

/// A compact JWS, taken apart. Nothing is verified so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Jws {
    /// The protected header.
    pub header: Map<String, Value>,
    /// What is signed.
    pub payload: Vec<u8>,
    input: String,
    signature: Vec<u8>,
}

/// How a signature was found to be good.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    /// In one sentence's words: `the signature is that of key 2026-03 (HS256)`.
    pub how: String,
    /// The hole that let it through, if one did.
    pub hole: Option<&'static str>,
}

impl Jws {
    /// Takes a text apart.
    ///
    /// # Errors
    /// It is not three parts of base64url, or the first is not a JSON object (RFC 7515 §5.2).
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let malformed = |why: String| Refusal::new(why, "RFC 7515 §5.2");
        let parts: Vec<&str> = text.split('.').collect();
        let [header, payload, signature] = parts.as_slice() else {
            return Err(malformed(format!(
                "A token has three parts with dots between them: header, payload and signature; this has {}.",
                parts.len()
            )));
        };
        let decode = |name: &str, part: &str| {
            let why = format!("The token's {name} is not base64url without padding.");
            BASE64URL.decode(part).ok_or_else(|| malformed(why))
        };
        let json = serde_json::from_slice(&decode("header", header)?);
        let Ok(Value::Object(members)) = json else {
            let why = "The token's header is not a JSON object.";
            return Err(malformed(why.to_owned()));
        };
        Ok(Self {
            header: members,
            payload: decode("payload", payload)?,
            input: format!("{header}.{payload}"),
            signature: decode("signature", signature)?,
        })
    }

    /// Verifies the signature by one of these keys. The key says which algorithm it is for, never
    /// the token (RFC 8725 §3.1), unless a hole is on.
    ///
    /// # Errors
    /// Why it does not count.
    pub fn verify(&self, keys: &[Key], holes: Holes) -> Result<Verified, Refusal> {
        if let Some(critical) = self.header.get("crit") {
            let why = format!(
                "The header says {critical} must be understood, and this server does not know it."
            );
            return Err(Refusal::new(why, "RFC 7515 §4.1.11"));
        }
        let Some(alg) = self.header.get("alg").and_then(Value::as_str) else {
            let why = "The header has no `alg`, so nothing says how it was signed.";
            return Err(Refusal::new(why, "RFC 7515 §4.1.1"));
        };
        if alg.eq_ignore_ascii_case("none") {
            return self.unsecured(holes);
        }
        let keys = self.candidates(keys)?;
        let named = |key: &Key| format!("key {} ({})", key.kid, key.algorithm().name());
        let fitting: Vec<&&Key> = keys
            .iter()
            .filter(|key| key.algorithm().name() == alg)
            .collect();
        if let Some(key) = fitting
            .iter()
            .find(|key| key.verifies(&self.input, &self.signature))
        {
            let how = format!("the signature is that of {}", named(key));
            return Ok(Verified { how, hole: None });
        }
        let confused = |key: &&&Key| key.verifies_confused(&self.input, &self.signature);
        if holes.trust_algorithm
            && alg == Algorithm::Hs256.name()
            && let Some(key) = keys.iter().find(confused)
        {
            let how = format!(
                "the token says HS256, so the public half of {} was taken for an HMAC's secret, \
                 and everybody may know that",
                named(key)
            );
            let hole = Some("trust_algorithm");
            return Ok(Verified { how, hole });
        }
        let all: Vec<String> = keys.iter().map(|key| named(key)).collect();
        let all = all.join(", ");
        if fitting.is_empty() {
            let why = format!(
                "The token says {alg}, but this server verifies by {all}: the key decides, not the token."
            );
            return Err(Refusal::new(why, "RFC 8725 §3.1"));
        }
        let why = format!(
            "The signature is not what {all} gives for this header and payload: they were changed \
             after signing, or signed with another key."
        );
        Err(Refusal::new(why, "RFC 7515 §5.2"))
    }

    /// A token that nobody signed.
    fn unsecured(&self, holes: Holes) -> Result<Verified, Refusal> {
        if !holes.accept_none {
            let why = "The token says alg none: nobody signed it, so anybody can have written it.";
            return Err(Refusal::new(why, "RFC 8725 §3.2"));
        }
        if !self.signature.is_empty() {
            let why = "The token says alg none and has a signature all the same.";
            return Err(Refusal::new(why, "RFC 7518 §3.6"));
        }
        Ok(Verified {
            how: "the token says alg none, so no signature was asked for".to_owned(),
            hole: Some("accept_none"),
        })
    }

    /// The keys that may have signed it: the one it names, or all.
    fn candidates<'k>(&self, keys: &'k [Key]) -> Result<Vec<&'k Key>, Refusal> {
        let Some(kid) = self.header.get("kid") else {
            return Ok(keys.iter().collect());
        };
        let named: Vec<&Key> = keys
            .iter()
            .filter(|key| kid.as_str() == Some(&key.kid))
            .collect();
        if named.is_empty() {
            let known: Vec<&str> = keys.iter().map(|key| key.kid.as_str()).collect();
            let why = format!("No key has the id {kid}; there are {}.", known.join(", "));
            return Err(Refusal::new(why, "RFC 7515 §4.1.4"));
        }
        Ok(named)
    }

    /// The header and the payload's text, for the scope.
    pub fn facts(&self) -> Vec<Fact> {
        vec![
            fact("header", Value::Object(self.header.clone()).to_string()),
            fact("payload", String::from_utf8_lossy(&self.payload)),
        ]
    }
}

/// Signs a payload; the header names algorithm, type and key.
pub fn sign(payload: &[u8], key: &Key) -> String {
    let header = json!({ "alg": key.algorithm().name(), "kid": key.kid, "typ": "JWT" });
    sign_with_header(&header.to_string(), payload, key)
}

/// Signs a payload under a header as it stands.
pub fn sign_with_header(header: &str, payload: &[u8], key: &Key) -> String {
    let (header, payload) = (
        BASE64URL.encode(header.as_bytes()),
        BASE64URL.encode(payload),
    );
    let input = format!("{header}.{payload}");
    let signature = BASE64URL.encode(&key.sign(&input));
    format!("{input}.{signature}")
}
