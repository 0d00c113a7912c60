//! `PURGE`: how an operator has a shared cache drop responses. No standard names it; Varnish, Squid and
//! the caches one can hire have it in this or a like form.

use ::http::StatusCode;
use ::http::header::{CONTENT_TYPE, HeaderName};
use serde_json::json;

use crate::http::Request;
use crate::http::api::spec::Purge;
use crate::http::cache::{Cache, groups, store};
use crate::http::parse::text_of;
use crate::http::reply::{problem, reply, set};
use crate::http::stack::{Answer, Cx, Verdict};
use crate::http::trace::Decision;

/// The method.
pub const METHOD: &str = "PURGE";
/// What shows that one may.
const KEY: HeaderName = HeaderName::from_static("purge-key");

/// Drops what the request names: by `Cache-Tag` if it has one, else what is stored for its URL.
pub fn purge(allowed: &Purge, cache: &mut Cache, cx: &Cx, request: &Request) -> Answer {
    let shown = request.headers().get(KEY).map(text_of);
    if let Purge::Key(key) = allowed
        && shown.as_deref() != Some(key)
    {
        let detail = "Only who sends the right Purge-Key may purge.";
        let reason =
            "Whoever may purge can make the origin answer everything, so a key is asked for.";
        let verdict = Verdict::new(Decision::Refused, "403", reason, "RFC 9110 §15.5.4");
        return Answer::own(problem(cx, StatusCode::FORBIDDEN, detail, &[]), verdict);
    }
    let (tags, url) = (groups::tags(request.headers()), store::url(request));
    let (dropped, what) = match tags.is_empty() {
        true => (cache.purge_url(&url), format!("was stored for {url}")),
        false => (
            cache.purge_tags(&tags),
            format!("has the tag {}", tags.join(" or ")),
        ),
    };
    let reason = match dropped {
        0 => format!("PURGE is this cache's own method: nothing here {what}."),
        _ => format!(
            "PURGE is this cache's own method: what {what} is dropped, and the next read of it goes to \
             the origin."
        ),
    };
    let verdict = Verdict::new(Decision::Fresh, "purged", reason, "RFC 9110 §9.1")
        .fact("dropped", dropped.to_string())
        .fact(
            "not reached",
            "what browsers have stored: they ask nobody while it is fresh",
        );
    let mut response = reply(cx, StatusCode::OK, json!({ "purged": dropped }).to_string());
    set(&mut response, CONTENT_TYPE, "application/json");
    Answer::own(response, verdict)
}
