//! Digests, and codes that only who knows a key can make: SHA-256 (FIPS 180-4), HMAC (RFC 2104).

use sha1::Sha1;
use sha2::{Digest, Sha256};

/// Bytes in a block of SHA-1 and of SHA-256.
const BLOCK: usize = 64;

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// HMAC with SHA-256; 32 bytes.
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::<Sha256>(key, message)
}

/// HMAC with SHA-1; 20 bytes. For one-time passwords only (RFC 6238 §1.2).
pub fn hmac_sha1(key: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::<Sha1>(key, message)
}

fn hmac<D: Digest>(key: &[u8], message: &[u8]) -> Vec<u8> {
    let key = match key.len() {
        0..=BLOCK => key.to_vec(),
        _ => D::digest(key).to_vec(),
    };
    let mut block = [0; BLOCK];
    for (byte, of_key) in block.iter_mut().zip(key) {
        *byte = of_key;
    }
    let layer = |pad: u8, text: &[u8]| {
        let digest = D::new().chain_update(block.map(|byte| byte ^ pad));
        digest.chain_update(text).finalize().to_vec()
    };
    layer(0x5c, &layer(0x36, message))
}

/// Whether two secrets are the same. It looks at all of them, so that the time it takes does not
/// tell how much was right.
pub fn equal(one: &[u8], other: &[u8]) -> bool {
    let differing = one.iter().zip(other).fold(0, |bits, (a, b)| bits | (a ^ b));
    one.len() == other.len() && differing == 0
}
