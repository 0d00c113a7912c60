//! Bytes as text: Base64, Base64url, Base32 (RFC 4648) and hexadecimal; and text inside HTML.

use std::borrow::Cow;

/// An alphabet of RFC 4648 whose symbols hold so many bits each.
pub struct Alphabet {
    symbols: &'static [u8],
    bits: u32,
    padded: bool,
}

/// Base64 with padding (RFC 4648 §4); read with or without.
pub const BASE64: Alphabet = Alphabet {
    symbols: b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    bits: 6,
    padded: true,
};

/// Base64 without padding, as PHC strings have it.
pub const BASE64_BARE: Alphabet = Alphabet {
    padded: false,
    ..BASE64
};

/// Base64url without padding, as JWS has it (RFC 7515 §2).
pub const BASE64URL: Alphabet = Alphabet {
    symbols: b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    bits: 6,
    padded: false,
};

/// Base32 with padding (RFC 4648 §6); read with or without.
pub const BASE32: Alphabet = Alphabet {
    symbols: b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    bits: 5,
    padded: true,
};

impl Alphabet {
    /// The text of these bytes.
    pub fn encode(&self, bytes: &[u8]) -> String {
        let mut text = String::new();
        let mut push = |value: u32| {
            let symbol = self.symbols.get(value as usize).copied().unwrap_or(b'=');
            text.push(char::from(symbol));
        };
        let (mut held, mut count) = (0u32, 0);
        for byte in bytes {
            held = (held << 8) | u32::from(*byte);
            count += 8;
            while count >= self.bits {
                count -= self.bits;
                push(held >> count);
                held &= (1 << count) - 1;
            }
        }
        if count > 0 {
            push(held << (self.bits - count));
        }
        let group = if self.bits == 5 { 8 } else { 4 };
        while self.padded && !text.len().is_multiple_of(group) {
            text.push('=');
        }
        text
    }

    /// The bytes of a text. Only the one text that [`Alphabet::encode`] gives is read, so that
    /// nobody can write the same bytes in two ways (RFC 4648 §3.5).
    pub fn decode(&self, text: &str) -> Option<Vec<u8>> {
        let bare = if self.padded {
            text.trim_end_matches('=')
        } else {
            text
        };
        let mut bytes = Vec::new();
        let (mut held, mut count) = (0u32, 0);
        for symbol in bare.bytes() {
            let value = self.symbols.iter().position(|known| *known == symbol)?;
            held = (held << self.bits) | u32::try_from(value).ok()?;
            count += self.bits;
            if count >= 8 {
                count -= 8;
                bytes.extend(u8::try_from(held >> count).ok());
                held &= (1 << count) - 1;
            }
        }
        (count < self.bits && held == 0).then_some(bytes)
    }
}

/// Bytes in hexadecimal, small letters (RFC 4648 §8).
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Text that stays text in HTML, in an attribute's quotes too (HTML §13.1.2).
pub fn escape_html(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return text;
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    Cow::Owned(safe)
}
