//! A fingerprint of bytes, the same on every machine. No defence against forgery.

use std::hash::Hasher;

use fnv::FnvHasher;

/// FNV-1a, 64 bits, over everything written so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self(FnvHasher::default().finish())
    }
}

impl Digest {
    /// The digest of one piece of bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let mut digest = Self::default();
        digest.write(bytes);
        digest
    }

    /// Takes in more bytes.
    pub fn write(&mut self, bytes: &[u8]) {
        let mut hasher = FnvHasher::with_key(self.0);
        hasher.write(bytes);
        self.0 = hasher.finish();
    }

    /// The value so far.
    pub fn value(&self) -> u64 {
        self.0
    }

    /// The value so far as 16 hexadecimal digits.
    pub fn hex(&self) -> String {
        format!("{:016x}", self.0)
    }
}
