//! One line on each status code and field name, for the response view.

use ::http::StatusCode;

/// What a status code says, in one line (RFC 9110 §15). Unknown codes are explained by their class.
pub fn status_words(code: u16) -> &'static str {
    if let Some((_, words)) = STATUS.iter().find(|(known, _)| *known == code) {
        return words;
    }
    match code {
        100..=199 => "Interim: the real answer is still to come.",
        200..=299 => "It worked.",
        300..=399 => "There is more to do to get the answer.",
        400..=499 => "The request cannot be answered as it is: the client has to change something.",
        500..=599 => "The server failed: the request may have been fine.",
        _ => "Not a status code of HTTP.",
    }
}

/// The reason phrase of a status code (RFC 9110 §15); empty if it has none.
pub fn reason(status: StatusCode) -> &'static str {
    match status.as_u16() {
        // Renamed by RFC 9110.
        413 => "Content Too Large",
        422 => "Unprocessable Content",
        _ => status.canonical_reason().unwrap_or(""),
    }
}

/// What a field is for, in one line; `None` for a field not known here. Names compare without case.
pub fn header_meaning(name: &str) -> Option<&'static str> {
    HEADERS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, meaning)| *meaning)
}

const STATUS: &[(u16, &str)] = &[
    (200, "It worked; the body is the answer."),
    (201, "Created; Location says where the new thing is."),
    (202, "Accepted; the work is not done yet."),
    (204, "It worked; there is nothing to show."),
    (206, "A part of the whole, as the Range field asked."),
    (
        301,
        "Moved for good; use the address in Location from now on.",
    ),
    (302, "For now, look at the address in Location."),
    (303, "Look at the address in Location with GET."),
    (
        304,
        "Not modified: the copy you have is still good, so no body is sent.",
    ),
    (
        307,
        "For now, send the same request to the address in Location.",
    ),
    (
        308,
        "Moved for good; send the same request to the address in Location.",
    ),
    (400, "The server cannot make sense of the request."),
    (401, "Say who you are first."),
    (
        403,
        "The server knows what you want and will not do it for you.",
    ),
    (404, "Nothing is found at this path."),
    (
        405,
        "The path exists, but not with this method; Allow lists those that work.",
    ),
    (406, "No form of the answer fits the Accept field."),
    (409, "It clashes with what is already there."),
    (410, "It was here and is gone for good."),
    (412, "A condition of the request does not hold."),
    (413, "The body is larger than the server takes."),
    (415, "The server does not take a body of this media type."),
    (
        422,
        "The body is well formed, but what it says is not acceptable.",
    ),
    (
        428,
        "The server wants a condition, so that no one's change is lost.",
    ),
    (
        429,
        "Too many requests; Retry-After says when to come back.",
    ),
    (431, "The request's fields are too large."),
    (500, "The server failed in a way it did not foresee."),
    (501, "The server does not know this method at all."),
    (
        502,
        "A server in between got a bad answer from the one behind it.",
    ),
    (503, "The server cannot answer for the moment."),
    (504, "A server in between got no answer in time."),
];

const HEADERS: &[(&str, &str)] = &[
    ("Accept", "Media types the client can read."),
    ("Accept-Encoding", "Compressions the client can undo."),
    ("Accept-Language", "Languages the reader prefers."),
    (
        "Age",
        "Seconds since the answer was made or confirmed by the origin: it came out of a cache.",
    ),
    ("Allow", "Methods this path has."),
    ("Authorization", "Proof of who is asking."),
    (
        "Cache-Control",
        "Who may keep this, for how long, and on what terms.",
    ),
    ("Connection", "Terms of this one connection."),
    ("Content-Encoding", "How the body was compressed."),
    ("Content-Language", "Language of the body."),
    ("Content-Length", "Bytes in the body."),
    (
        "Content-Location",
        "The address of exactly this representation.",
    ),
    ("Content-Range", "Which part of the whole this is."),
    ("Content-Type", "Media type of the body."),
    ("Cookie", "What the server asked the client to remember."),
    ("Date", "When the origin made this message."),
    (
        "ETag",
        "Name of this exact version: send it back in If-None-Match to ask whether it changed.",
    ),
    (
        "Expires",
        "After this moment the answer is stale (Cache-Control: max-age wins).",
    ),
    ("Host", "Which site of the server is meant."),
    ("If-Match", "Do it only if the version is still this one."),
    ("If-Modified-Since", "Send a body only if it changed since."),
    (
        "If-None-Match",
        "Send a body only if the version is not one of these.",
    ),
    (
        "If-Unmodified-Since",
        "Do it only if nothing changed since.",
    ),
    ("Last-Modified", "When the thing last changed."),
    ("Link", "Related addresses and how they relate."),
    (
        "Location",
        "Where to look: the new thing, or the new address.",
    ),
    ("Origin", "The site whose page sends the request."),
    ("Pragma", "A forerunner of Cache-Control."),
    ("Prefer", "What the client would like, if the server can."),
    ("Range", "Which part of the whole is wanted."),
    (
        "RateLimit",
        "What is left of your quota (r), and in how many seconds it is whole again (t).",
    ),
    (
        "RateLimit-Policy",
        "The quota (q) and the window in seconds (w) you are held to.",
    ),
    ("Referer", "The page the request came from."),
    (
        "Retry-After",
        "Seconds to wait (or the moment) before trying again.",
    ),
    ("Server", "The software that answers."),
    (
        "Set-Cookie",
        "Something the client is to remember and send back.",
    ),
    (
        "Strict-Transport-Security",
        "Use only encrypted connections from now on.",
    ),
    (
        "Transfer-Encoding",
        "How the body is framed on this connection.",
    ),
    ("User-Agent", "The software that asks."),
    (
        "Vary",
        "Request fields the answer depends on: part of a cache's key.",
    ),
    ("Via", "The servers in between."),
    ("WWW-Authenticate", "How to say who you are."),
    (
        "X-API-Key",
        "Names the program that calls. Not a standard field, but a common one.",
    ),
];
