//! The page's content security policy: only its own files run, and nothing reaches another host.
//!
//! A static page can carry it in itself only, and the inline script that Trunk writes to start
//! the page changes with each build, so the policy is written after the build.

use sha2::{Digest, Sha256};

/// All but the scripts. `style-src` allows inline styles because the editor puts its sheet into
/// the page and widgets place themselves by style; a style can run nothing.
const POLICY: &str = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; \
                      base-uri 'self'; form-action 'none'; object-src 'none'";

/// The page with its policy, or as it is when it has no `<head>` or already has a policy.
pub fn with_policy(html: &str) -> String {
    let Some((before, after)) = html.split_once("<head>") else {
        return html.to_owned();
    };
    if html.contains("Content-Security-Policy") {
        return html.to_owned();
    }
    let hashes: String = inline_scripts(html)
        .map(|script| format!(" 'sha256-{}'", base64(&Sha256::digest(script))))
        .collect();
    format!(
        "{before}<head>\n    <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}; \
         script-src 'self' 'wasm-unsafe-eval'{hashes}\" />{after}"
    )
}

/// The text of each script that stands in the page itself.
fn inline_scripts(html: &str) -> impl Iterator<Item = &str> {
    html.split("<script").skip(1).filter_map(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let (script, _) = rest.split_once("</script>")?;
        (!attributes.contains("src=")).then_some(script)
    })
}

/// Base64 with padding (RFC 4648 §4).
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            if at <= chunk.len() {
                out.push(char::from(ALPHABET[(bits >> (18 - 6 * at) & 63) as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        // RFC 4648 §10
        for (text, wanted) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(text.as_bytes()), wanted);
        }
    }

    #[test]
    fn inline_scripts_are_allowed_by_their_hash_and_others_by_their_host() {
        // The hash of `alert('Hello, world.');`, as CSP Level 3 gives it.
        let page = "<html><head><script src=\"a.js\"></script></head>\
                    <body><script>alert('Hello, world.');</script></body></html>";
        let html = with_policy(page);
        let wanted = "script-src 'self' 'wasm-unsafe-eval' \
                      'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='\"";
        assert!(html.contains(wanted), "{html}");
        assert_eq!(html.matches("sha256-").count(), 1, "{html}");
        assert_eq!(with_policy(&html), html, "a policy is written once");
    }
}
