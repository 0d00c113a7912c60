//! JSON Web Tokens (RFC 7519): claims, and whether they hold here and now.

use serde_json::{Map, Value};

use super::jws::{Holes, Jws, Key, Verified, sign as sign_bytes};
use super::{Refusal, fact, span};
use crate::http::trace::Fact;

/// What a verifier expects of a token.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Expected {
    /// The keys; the first one signs.
    pub keys: Vec<Key>,
    /// Who may have issued it; empty asks nothing.
    pub issuers: Vec<String>,
    /// Whom it must be meant for.
    pub audience: Option<String>,
    /// How many seconds the clocks of issuer and verifier may differ.
    pub clock_skew_s: u64,
    /// Mistakes it makes on purpose.
    pub holes: Holes,
}

/// A token that holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// Its claims.
    pub claims: Map<String, Value>,
    /// How its signature was verified.
    pub verified: Verified,
    /// Header and claims, for the scope.
    pub facts: Vec<Fact>,
}

impl Token {
    /// A claim that is a text.
    pub fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim)?.as_str()
    }
}

/// Verifies a token at `now_s` (seconds since 1970): signature first, then its claims, for those
/// say nothing before it is known who wrote them.
///
/// # Errors
/// Why it does not count; the facts show header and claims.
pub fn verify(text: &str, expected: &Expected, now_s: i64) -> Result<Token, Refusal> {
    let jws = Jws::parse(text)?;
    let mut facts = jws.facts();
    facts.push(fact("now", now_s.to_string()));
    let judged = judge(&jws, expected, now_s);
    match judged {
        Ok((claims, verified)) => Ok(Token {
            claims,
            verified,
            facts,
        }),
        Err(refusal) => Err(Refusal { facts, ..refusal }),
    }
}

fn judge(
    jws: &Jws,
    expected: &Expected,
    now_s: i64,
) -> Result<(Map<String, Value>, Verified), Refusal> {
    let verified = jws.verify(&expected.keys, expected.holes)?;
    let Ok(Value::Object(claims)) = serde_json::from_slice(&jws.payload) else {
        let why = "The signature is good, but what is signed is not a JSON object of claims.";
        return Err(Refusal::new(why, "RFC 7519 §7.2"));
    };
    check_times(&claims, expected.clock_skew_s, now_s)?;
    check_issuer(&claims, &expected.issuers)?;
    check_audience(&claims, expected.audience.as_deref())?;
    Ok((claims, verified))
}

/// `exp`, `nbf` and `iat`, with the skew allowed.
fn check_times(claims: &Map<String, Value>, skew_s: u64, now_s: i64) -> Result<(), Refusal> {
    let skew = i64::try_from(skew_s).unwrap_or(i64::MAX);
    let Some(exp) = moment(claims, "exp")? else {
        let why = "The token has no `exp`: it would be good for ever, so it is not taken.";
        return Err(Refusal::new(why, "RFC 7519 §4.1.4"));
    };
    if now_s >= exp.saturating_add(skew) {
        let late = span(now_s.abs_diff(exp));
        let why = format!(
            "The token expired {late} ago (exp {exp}), and the allowed skew is {skew_s} s."
        );
        return Err(Refusal::new(why, "RFC 7519 §4.1.4"));
    }
    let early = |at: i64| (now_s.saturating_add(skew) < at).then(|| span(at.abs_diff(now_s)));
    if let Some(nbf) = moment(claims, "nbf")?
        && let Some(early) = early(nbf)
    {
        let why = format!(
            "The token is not to be used for another {early} (nbf {nbf}), and the allowed skew is {skew_s} s."
        );
        return Err(Refusal::new(why, "RFC 7519 §4.1.5"));
    }
    if let Some(iat) = moment(claims, "iat")?
        && let Some(early) = early(iat)
    {
        let why = format!(
            "The token says it was issued {early} from now (iat {iat}), and the allowed skew is {skew_s} s."
        );
        return Err(Refusal::new(why, "RFC 7519 §4.1.6"));
    }
    Ok(())
}

/// A claim that is a NumericDate, in whole seconds since 1970.
fn moment(claims: &Map<String, Value>, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    let whole = || value.as_f64().map(|seconds| seconds.floor() as i64);
    match value.as_i64().or_else(whole) {
        Some(seconds) => Ok(Some(seconds)),
        None => {
            let why = format!("`{name}` must be a number of seconds since 1970, and is {value}.");
            Err(Refusal::new(why, "RFC 7519 §2"))
        }
    }
}

fn check_issuer(claims: &Map<String, Value>, issuers: &[String]) -> Result<(), Refusal> {
    if issuers.is_empty() {
        return Ok(());
    }
    let wanted = issuers.join(" or ");
    let why = match claims.get("iss") {
        Some(Value::String(iss)) if issuers.contains(iss) => return Ok(()),
        Some(iss) => format!("The token was issued by {iss}, and only {wanted} is trusted here."),
        None => format!("The token does not say who issued it; {wanted} is wanted."),
    };
    Err(Refusal::new(why, "RFC 7519 §4.1.1"))
}

fn check_audience(claims: &Map<String, Value>, audience: Option<&str>) -> Result<(), Refusal> {
    let named = claims.get("aud");
    let meant_for = |wanted: &str| match named {
        Some(Value::Array(all)) => all.iter().any(|one| one.as_str() == Some(wanted)),
        Some(one) => one.as_str() == Some(wanted),
        None => false,
    };
    let why = match (named, audience) {
        (None, None) => return Ok(()),
        (_, Some(wanted)) if meant_for(wanted) => return Ok(()),
        (Some(aud), Some(wanted)) => {
            format!("The token is meant for {aud}, and this API is \"{wanted}\".")
        }
        (Some(aud), None) => {
            format!("The token is meant for {aud}, and this API has no such name.")
        }
        (None, Some(wanted)) => {
            format!("The token does not say whom it is meant for; \"{wanted}\" is wanted.")
        }
    };
    Err(Refusal::new(why, "RFC 7519 §4.1.3"))
}

/// Signs claims.
pub fn sign(claims: &Map<String, Value>, key: &Key) -> String {
    let payload = Value::Object(claims.clone()).to_string();
    sign_bytes(payload.as_bytes(), key)
}
