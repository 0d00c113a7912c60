//! Proof Key for Code Exchange (RFC 7636), with S256: the challenge travels with the first
//! request, the verifier with the second, and who caught the code in between has neither.

use super::Refusal;
use super::mac::{equal, sha256};
use crate::http::encoding::BASE64URL;

/// The challenge of a verifier (RFC 7636 §4.2).
pub fn challenge(verifier: &str) -> String {
    BASE64URL.encode(&sha256(verifier.as_bytes()))
}

/// Checks the verifier that comes with a code against the challenge that came before.
///
/// # Errors
/// Why it does not count.
pub fn verify(challenge_before: Option<&str>, verifier: Option<&str>) -> Result<(), Refusal> {
    let (before, verifier) = match (challenge_before, verifier) {
        (None, None) => return Ok(()),
        (Some(before), Some(verifier)) => (before, verifier),
        (Some(_), None) => {
            let why = "The code was asked for with a code_challenge, so the code_verifier must come with it.";
            return Err(Refusal::new(why, "RFC 7636 §4.5"));
        }
        // Else an attacker could leave the challenge out (RFC 9700 §4.8.2).
        (None, Some(_)) => {
            let why =
                "There is a code_verifier, but the code was asked for without a code_challenge.";
            return Err(Refusal::new(why, "RFC 9700 §2.1.1"));
        }
    };
    let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    if !(43..=128).contains(&verifier.len()) || !verifier.chars().all(unreserved) {
        let why = "A code_verifier has 43 to 128 letters, digits and - . _ ~ signs.";
        return Err(Refusal::new(why, "RFC 7636 §4.1"));
    }
    let found = challenge(verifier);
    if equal(found.as_bytes(), before.as_bytes()) {
        return Ok(());
    }
    let why = format!(
        "SHA-256 of the code_verifier gives {found}, and the code_challenge was {before}: whoever \
         sends the code is not who asked for it."
    );
    Err(Refusal::new(why, "RFC 7636 §4.6"))
}
