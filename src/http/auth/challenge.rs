//! The fields of HTTP authentication: what `Authorization` holds, and `WWW-Authenticate` as it is
//! written (RFC 9110 §11).

/// Splits a value of `Authorization` into its scheme and what follows.
pub fn scheme(value: &str) -> (&str, &str) {
    let value = value.trim();
    match value.split_once(' ') {
        Some((scheme, rest)) => (scheme, rest.trim()),
        None => (value, ""),
    }
}

/// A challenge: a scheme and its parameters, each in quotes (RFC 9110 §11.2).
pub fn challenge(scheme: &str, parameters: &[(&str, &str)]) -> String {
    let parameters: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={}", quoted(value)))
        .collect();
    format!("{scheme} {}", parameters.join(", "))
}

/// A quoted string (RFC 9110 §5.6.4). What a field cannot hold becomes a question mark; the
/// descriptions of RFC 6750 §3 may hold no more than ASCII.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push('\''),
            '\\' => quoted.push('/'),
            ' '..='~' => quoted.push(c),
            _ => quoted.push('?'),
        }
    }
    quoted.push('"');
    quoted
}
