//! Passwords: argon2id (RFC 9106) in PHC strings.

use argon2::{Algorithm, Argon2, Params, Version};

use super::mac::equal;
use crate::http::encoding::BASE64_BARE;

/// Kilobytes and passes of a new hash: about 2 ms in a browser, so that a burst of logins stays
/// playable. A real server takes ten times as much ([`RECOMMENDED`]).
const MEMORY_KB: u32 = 1_024;
const PASSES: u32 = 2;
/// What OWASP's cheat sheet on password storage asks of a real server, at the least.
pub const RECOMMENDED: &str = "m=19456,t=2,p=1";
/// Bytes of a hash.
const LENGTH: usize = 32;
/// The most a stored hash may ask for, in kilobytes times passes: about 100 ms.
const MAX_WORK: u64 = 65_536;

/// Hashes a password; the PHC string holds algorithm, parameters, salt and hash.
pub fn hash(password: &str, salt: [u8; 16]) -> String {
    let settings = Settings {
        memory_kb: MEMORY_KB,
        passes: PASSES,
        lanes: 1,
    };
    let hash = settings.run(password, &salt, LENGTH).unwrap_or_default();
    format!(
        "$argon2id$v=19${settings}${}${}",
        BASE64_BARE.encode(&salt),
        BASE64_BARE.encode(&hash)
    )
}

/// Whether a password is the one a PHC string was made of.
///
/// # Errors
/// What is stored is no hash that can be verified here; says what is wrong with it.
pub fn verify(password: &str, stored: &str) -> Result<bool, String> {
    let parts: Vec<&str> = stored.split('$').collect();
    let ["", "argon2id", "v=19", settings, salt, hash] = parts.as_slice() else {
        let why = "is not an argon2id hash: those begin with $argon2id$v=19$";
        return Err(why.to_owned());
    };
    let settings = Settings::parse(settings)?;
    let decoded = |text| BASE64_BARE.decode(text);
    let (Some(salt), Some(hash)) = (decoded(salt), decoded(hash)) else {
        return Err("has a salt or a hash that is not Base64".to_owned());
    };
    let found = settings.run(password, &salt, hash.len());
    let found = found.ok_or("has a salt or a hash of a length that argon2 does not have")?;
    Ok(equal(&found, &hash))
}

/// `m=1024,t=2,p=1`.
struct Settings {
    memory_kb: u32,
    passes: u32,
    lanes: u32,
}

impl std::fmt::Display for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (m, t, p) = (self.memory_kb, self.passes, self.lanes);
        write!(f, "m={m},t={t},p={p}")
    }
}

impl Settings {
    fn parse(text: &str) -> Result<Self, String> {
        let named = |name: &str| {
            let mut all = text.split(',');
            all.find_map(|one| one.strip_prefix(name)?.parse().ok())
        };
        let (Some(memory_kb), Some(passes), Some(lanes)) = (named("m="), named("t="), named("p="))
        else {
            return Err(format!("has parameters `{text}`, not m=…,t=…,p=…"));
        };
        let settings = Self {
            memory_kb,
            passes,
            lanes,
        };
        if u64::from(memory_kb) * u64::from(passes) > MAX_WORK || lanes > 16 {
            return Err(format!(
                "asks for {settings}, which is more than this tab can do: m times t is at most {MAX_WORK}"
            ));
        }
        Ok(settings)
    }

    fn run(&self, password: &str, salt: &[u8], length: usize) -> Option<Vec<u8>> {
        let params = Params::new(self.memory_kb, self.passes, self.lanes, Some(length)).ok()?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        // The password comes out of a body, whose size is bounded; so is the hash out of a row.
        let mut hash = vec![0; length.min(1_024)];
        argon2
            .hash_password_into(password.as_bytes(), salt, &mut hash)
            .ok()?;
        Some(hash)
    }
}
