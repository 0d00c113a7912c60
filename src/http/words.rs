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
    (100, "Go on: send the body."),
    (101, "From here on another protocol is spoken."),
    (103, "Fields to begin with, while the answer is being made."),
    (200, "It worked; the body is the answer."),
    (201, "Created; Location says where the new thing is."),
    (202, "Accepted; the work is not done yet."),
    (203, "It worked; somebody in between changed the answer."),
    (204, "It worked; there is nothing to show."),
    (205, "It worked; start the form afresh."),
    (206, "A part of the whole, as the Range field asked."),
    (300, "There are several forms of it to choose from."),
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
    (402, "It has to be paid for."),
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
    (407, "Say to the server in between who you are."),
    (408, "The request took too long to come."),
    (409, "It clashes with what is already there."),
    (410, "It was here and is gone for good."),
    (411, "Say first how long the body is."),
    (412, "A condition of the request does not hold."),
    (413, "The body is larger than the server takes."),
    (
        414,
        "The URL is longer than the server takes; what is long belongs in a body.",
    ),
    (415, "The server does not take a body of this media type."),
    (416, "The part that Range asks for does not exist."),
    (417, "What the Expect field asks for cannot be done."),
    (418, "A teapot. It cannot brew coffee."),
    (421, "This server does not answer for that host."),
    (
        422,
        "The body is well formed, but what it says is not acceptable.",
    ),
    (423, "Somebody has locked it."),
    (424, "It failed because another step failed before."),
    (425, "It came too early to be safe from being sent twice."),
    (426, "Ask again in a newer protocol."),
    (
        428,
        "The server wants a condition, so that no one's change is lost.",
    ),
    (
        429,
        "Too many requests; Retry-After says when to come back.",
    ),
    (431, "The request's fields are too large."),
    (451, "The law forbids it."),
    (500, "The server failed in a way it did not foresee."),
    (501, "The server does not know this method at all."),
    (
        502,
        "A server in between got a bad answer from the one behind it.",
    ),
    (503, "The server cannot answer for the moment."),
    (504, "A server in between got no answer in time."),
    (505, "The server does not speak this version of HTTP."),
    (507, "The server has no room left."),
    (508, "The request runs in a circle."),
    (511, "Log in to the network first."),
];

const HEADERS: &[(&str, &str)] = &[
    ("Accept", "Media types the client can read."),
    ("Accept-Encoding", "Compressions the client can undo."),
    ("Accept-Language", "Languages the reader prefers."),
    (
        "Accept-Patch",
        "Media types in which this path takes changes (PATCH).",
    ),
    ("Accept-Post", "Media types this path takes with POST."),
    (
        "Accept-Ranges",
        "Whether parts of it can be asked for, and in which unit.",
    ),
    (
        "Access-Control-Allow-Credentials",
        "Whether a page of another site may read what was asked for with cookies.",
    ),
    (
        "Access-Control-Allow-Headers",
        "Fields a page of another site may send.",
    ),
    (
        "Access-Control-Allow-Methods",
        "Methods a page of another site may use.",
    ),
    (
        "Access-Control-Allow-Origin",
        "Whose pages may read this answer.",
    ),
    (
        "Access-Control-Expose-Headers",
        "Fields a page of another site may read, besides the simple ones.",
    ),
    (
        "Access-Control-Max-Age",
        "How many seconds the browser need not ask again (preflight).",
    ),
    (
        "Access-Control-Request-Headers",
        "Fields the page wants to send: the browser asks first.",
    ),
    (
        "Access-Control-Request-Method",
        "The method the page wants to use: the browser asks first.",
    ),
    (
        "Age",
        "Seconds since the answer was made or confirmed by the origin: it came out of a cache.",
    ),
    ("Allow", "Methods this path has."),
    ("Alt-Svc", "Where the same can be had in another protocol."),
    (
        "API-Version",
        "The version of the API. Not a standard field, but a common one.",
    ),
    ("Authentication-Info", "More about a login that worked."),
    ("Authorization", "Proof of who is asking."),
    (
        "Cache-Control",
        "Who may keep this, for how long, and on what terms.",
    ),
    (
        "Clear-Site-Data",
        "What the browser is to forget about this site.",
    ),
    ("Connection", "Terms of this one connection."),
    (
        "Content-Disposition",
        "Show it, or save it under this name.",
    ),
    ("Content-Encoding", "How the body was compressed."),
    ("Content-Language", "Language of the body."),
    ("Content-Length", "Bytes in the body."),
    (
        "Content-Location",
        "The address of exactly this representation.",
    ),
    ("Content-Range", "Which part of the whole this is."),
    ("Content-Security-Policy", "What a page may load and run."),
    ("Content-Type", "Media type of the body."),
    ("Cookie", "What the server asked the client to remember."),
    ("Date", "When the origin made this message."),
    ("Deprecation", "Since when this should no longer be used."),
    (
        "ETag",
        "Name of this exact version: send it back in If-None-Match to ask whether it changed.",
    ),
    (
        "Expect",
        "What the client waits for before it sends the body.",
    ),
    (
        "Expires",
        "After this moment the answer is stale (Cache-Control: max-age wins).",
    ),
    (
        "Forwarded",
        "Who really asks, as the servers in between saw it.",
    ),
    ("Host", "Which site of the server is meant."),
    (
        "Idempotency-Key",
        "The same key means the same request: doing it twice does it once.",
    ),
    (
        "Idempotency-Replayed",
        "This is the first answer, given again. Not a standard field.",
    ),
    ("If-Match", "Do it only if the version is still this one."),
    ("If-Modified-Since", "Send a body only if it changed since."),
    (
        "If-None-Match",
        "Send a body only if the version is not one of these.",
    ),
    (
        "If-Range",
        "The part, if the version is still this one; else the whole.",
    ),
    (
        "If-Unmodified-Since",
        "Do it only if nothing changed since.",
    ),
    ("Keep-Alive", "How long the connection stays open."),
    ("Last-Modified", "When the thing last changed."),
    ("Link", "Related addresses and how they relate."),
    (
        "Location",
        "Where to look: the new thing, or the new address.",
    ),
    ("Origin", "The site whose page sends the request."),
    ("Permissions-Policy", "What a page may use of the browser."),
    ("Pragma", "A forerunner of Cache-Control."),
    ("Prefer", "What the client would like, if the server can."),
    ("Preference-Applied", "Which wishes of Prefer were granted."),
    (
        "Proxy-Authorization",
        "Proof of who is asking, for the server in between.",
    ),
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
        "Referrer-Policy",
        "How much of the address other sites get to see.",
    ),
    (
        "Retry-After",
        "Seconds to wait (or the moment) before trying again.",
    ),
    ("Sec-Fetch-Dest", "What the browser wants it for."),
    ("Sec-Fetch-Mode", "How the browser asks."),
    (
        "Sec-Fetch-Site",
        "Whose page asks. Set by the browser; no script can forge it.",
    ),
    ("Sec-Fetch-User", "Whether a person set it off."),
    ("Server", "The software that answers."),
    (
        "Set-Cookie",
        "Something the client is to remember and send back.",
    ),
    (
        "Strict-Transport-Security",
        "Use only encrypted connections from now on.",
    ),
    ("Sunset", "From when on this no longer answers."),
    ("TE", "Framings the client can read."),
    ("Trailer", "Fields that come after the body."),
    (
        "Transfer-Encoding",
        "How the body is framed on this connection.",
    ),
    ("Upgrade", "Another protocol the client would rather speak."),
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
    (
        "X-Content-Type-Options",
        "Take the media type at its word, do not guess.",
    ),
    (
        "X-CSRF-Token",
        "Proof that the site's own page sends this. Not a standard field, but a common one.",
    ),
    (
        "X-Forwarded-For",
        "Who really asks. Not a standard field; anyone can write it.",
    ),
    ("X-Frame-Options", "Who may show this page in a frame."),
    (
        "X-Request-ID",
        "A number to find this request by in logs. Not a standard field.",
    ),
    (
        "X-Total-Count",
        "How many there are in all. Not a standard field, but a common one.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_of_the_registry_has_words_of_its_own() {
        let classes = [100, 200, 300, 400, 500].map(|class| status_words(class + 99));
        for code in 100..600 {
            let status = StatusCode::from_u16(code).expect("a status");
            // Of WebDAV, and of what never became a standard.
            let is_rare = matches!(code, 102 | 207 | 208 | 226 | 305 | 306 | 506 | 510);
            let is_known = status.canonical_reason().is_some() && !is_rare;
            assert!(
                !is_known || !classes.contains(&status_words(code)),
                "{code}"
            );
        }
    }

    #[test]
    fn names_are_sorted_and_compare_without_case() {
        let names: Vec<String> = HEADERS
            .iter()
            .map(|(name, _)| name.to_lowercase())
            .collect();
        let mut sorted = names.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(names, sorted);
        assert_eq!(header_meaning("etag"), header_meaning("ETag"));
        assert_eq!(header_meaning("X-Nobody-Knows"), None);
    }
}
