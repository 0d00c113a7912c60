//! Name and password in every request (RFC 7617).

use super::Refusal;
use crate::http::encoding::BASE64;

/// Reads the credentials of the scheme Basic: name and password.
///
/// # Errors
/// They are not Base64, not UTF-8, or have no colon (RFC 7617 §2).
pub fn parse(credentials: &str) -> Result<(String, String), Refusal> {
    let refusal = |why: &str| Refusal::new(why, "RFC 7617 §2");
    let bytes = BASE64.decode(credentials.trim());
    let bytes = bytes.ok_or_else(|| refusal("What follows Basic is not Base64."))?;
    let text = String::from_utf8(bytes);
    let text = text.map_err(|_| refusal("Name and password are not UTF-8."))?;
    if text.contains(char::is_control) {
        return Err(refusal("Name or password holds a control character."));
    }
    match text.split_once(':') {
        // A name has no colon; a password may.
        Some((name, password)) => Ok((name.to_owned(), password.to_owned())),
        None => Err(refusal("There is no colon between name and password.")),
    }
}
