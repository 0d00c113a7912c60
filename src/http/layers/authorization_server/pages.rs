//! What the browser shows: the page on which somebody decides, and the page of a client.

use ::http::StatusCode;
use ::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};

use super::authorize::Asked;
use super::form::Form;
use crate::http::api::serve::{Judged, refused};
use crate::http::api::spec::ClientSpec;
use crate::http::encoding::escape_html;
use crate::http::reply::reply;
use crate::http::stack::{Cx, Verdict};
use crate::http::trace::Decision;
use crate::http::{Request, Response};

/// The page on which somebody logs in and decides; `words` says what went wrong before.
pub fn consent(
    cx: &Cx,
    asked: &Asked<'_>,
    form: &Form,
    status: StatusCode,
    words: &str,
) -> Response {
    const SHOWN: [&str; 3] = ["name", "password", "decision"];
    let hidden: Vec<String> = form
        .iter()
        .filter(|(name, _)| !SHOWN.contains(name))
        .map(|(name, value)| {
            let (name, value) = (escape_html(name.into()), escape_html(value.into()));
            format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">\n")
        })
        .collect();
    let scope = match asked.scope.as_slice() {
        [] => "to know who you are".to_owned(),
        words => escape_html(words.join(", ").into()).into_owned(),
    };
    let body = format!(
        "<h1>May {} act for you?</h1>\n<p>It asks for: {scope}.</p>\n<p>{}</p>\n\
         <form method=\"post\" action=\"/oauth/authorize\">\n{}\
         <label>Name <input name=\"name\" autocomplete=\"username\"></label>\n\
         <label>Password <input name=\"password\" type=\"password\" autocomplete=\"current-password\"></label>\n\
         <button name=\"decision\" value=\"allow\">Allow</button>\n\
         <button name=\"decision\" value=\"deny\">Deny</button>\n</form>\n",
        escape_html(asked.client.id.as_str().into()),
        escape_html(words.into()),
        hidden.concat()
    );
    page(cx, status, "Allow access?", &body)
}

/// The page that says why nobody is sent anywhere.
pub fn refusal(cx: &Cx, status: StatusCode, why: &str) -> Response {
    let body = format!(
        "<h1>This request cannot be answered</h1>\n<p>{}</p>\n",
        escape_html(why.into())
    );
    page(cx, status, "Not possible", &body)
}

/// The page of a client, to which a code is sent.
pub fn client(cx: &Cx, request: &Request, client: &ClientSpec, issuer: &str) -> Judged {
    let form = match Form::of_query(request) {
        Ok(form) => form,
        Err(refusal) => {
            let status = StatusCode::BAD_REQUEST;
            let response = self::refusal(cx, status, &refusal.reason);
            return (response, refused(status, refusal.reason, refusal.standard));
        }
    };
    let rows: Vec<String> = form
        .iter()
        .map(|(name, value)| {
            format!(
                "<dt>{}</dt><dd>{}</dd>\n",
                escape_html(name.into()),
                escape_html(value.into())
            )
        })
        .collect();
    let (label, reason, standard) = match (form.get("code"), form.get("error")) {
        (Some(_), _) => (
            "has a code",
            format!(
                "This is the client's page: the browser brought it a code. It compares the state with \
                 the one it sent, and exchanges the code at {issuer}/oauth/token, which no browser sees."
            ),
            "RFC 6749 §4.1.3",
        ),
        (None, Some(error)) => (
            "has a no",
            format!("This is the client's page: the browser brought it the error {error}."),
            "RFC 6749 §4.1.2.1",
        ),
        (None, None) => (
            "client",
            "This is the client's page, to which codes are sent.".to_owned(),
            "RFC 6749 §3.1.2",
        ),
    };
    let id = escape_html(client.id.as_str().into());
    let body = format!(
        "<h1>{id}</h1>\n<p>{}</p>\n<dl>\n{}</dl>\n",
        escape_html(reason.as_str().into()),
        rows.concat()
    );
    let verdict = Verdict::new(Decision::Fresh, label, reason, standard);
    (page(cx, StatusCode::OK, &id, &body), verdict)
}

/// A page that stands in no other, runs nothing, and tells nobody its address (RFC 9700 §4.2.4, §4.16).
fn page(cx: &Cx, status: StatusCode, title: &str, body: &str) -> Response {
    let text = format!("<!doctype html>\n<title>{title}</title>\n{body}");
    let mut response = reply(cx, status, text);
    let mut set = |name, value| crate::http::reply::set(&mut response, name, value);
    set(CONTENT_TYPE, "text/html; charset=utf-8");
    set(
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    );
    set(REFERRER_POLICY, "no-referrer");
    set(CACHE_CONTROL, "no-store");
    response
}
