//! One-time passwords by time (RFC 6238), as authenticator apps show them: SHA-1, six digits, a
//! new one every 30 seconds.

use super::Refusal;
use super::mac::{equal, hmac_sha1};
use crate::http::encoding::BASE32;

/// Seconds a code is shown.
const STEP_S: i64 = 30;
const DIGITS: u32 = 6;

/// The number of the time step at a moment (seconds since 1970, RFC 6238 §4.2).
pub fn step(now_s: i64) -> u64 {
    u64::try_from(now_s.div_euclid(STEP_S)).unwrap_or(0)
}

/// The code of a step.
pub fn code(secret: &[u8], step: u64) -> String {
    truncate(&hmac_sha1(secret, &step.to_be_bytes()), DIGITS)
}

/// So many digits out of a code made by HMAC (RFC 4226 §5.3).
pub fn truncate(mac: &[u8], digits: u32) -> String {
    let offset = usize::from(mac.last().copied().unwrap_or(0) & 0x0f);
    let four = mac.iter().skip(offset).take(4);
    let number = four.fold(0u32, |number, byte| (number << 8) | u32::from(*byte));
    let shown = u64::from(number & 0x7fff_ffff) % 10u64.pow(digits.min(9));
    format!("{shown:0width$}", width = digits as usize)
}

/// Checks a code against a secret in Base32. One step before and after counts too, for clocks
/// differ; but none up to the step `last`, for a code is used once (RFC 6238 §5.2). Gives the step.
///
/// # Errors
/// Why it does not count.
pub fn verify(secret: &str, given: &str, now_s: i64, last: Option<u64>) -> Result<u64, Refusal> {
    let bare: String = secret.split_whitespace().collect();
    let Some(secret) = BASE32.decode(&bare.to_uppercase()) else {
        let why = "The secret in the row is not Base32, so no code can be right.";
        return Err(Refusal::new(why, "RFC 4648 §6"));
    };
    let given: String = given.split_whitespace().collect();
    let now = step(now_s);
    let matching = (now.saturating_sub(1)..=now.saturating_add(1))
        .find(|step| equal(code(&secret, *step).as_bytes(), given.as_bytes()));
    match matching {
        None => {
            let why = "The code is not the one of now, nor of the 30 s before or after.";
            Err(Refusal::new(why, "RFC 6238 §5.2").fact("time step", now.to_string()))
        }
        Some(step) if last.is_some_and(|last| step <= last) => {
            let why = "The code is right, but it has been used: each is good for one login.";
            Err(Refusal::new(why, "RFC 6238 §5.2").fact("time step", step.to_string()))
        }
        Some(step) => Ok(step),
    }
}
