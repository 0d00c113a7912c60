//! Between the wire and the world: what is HTTP/1.1's own business (RFC 9112) is done here, and the
//! rest is put through as it is.

use std::cell::RefCell;
use std::io::Write;
use std::time::Duration;

use backlab::http::message::{RequestText, ResponseText};
use backlab::http::parse::MAX_BODY;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue, TE,
    TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use hyper::{Method, Request, Response, StatusCode, Version};
use serde_json::json;

use super::backend::Backend;

/// Where the world's OpenAPI is.
const OPENAPI: &str = "/openapi.json";
/// How long a client may take to send a body.
const PATIENCE: Duration = Duration::from_secs(60);

/// Fields about the connection, which end here (RFC 9110 §7.6.1), and those about the body, which
/// is whole when it is put through.
const HOP_BY_HOP: [HeaderName; 8] = [
    CONNECTION,
    CONTENT_LENGTH,
    EXPECT,
    HOST,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// An answer that never reached the world, or did not come back from it.
#[derive(Debug)]
pub struct Refusal {
    status: u16,
    detail: String,
}

impl Refusal {
    /// A status, and why.
    pub fn new(status: u16, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
        }
    }

    /// As problem details (RFC 9457).
    fn response(&self) -> Response<Full<Bytes>> {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let body = json!({
            "type": "about:blank",
            "title": status.canonical_reason(),
            "status": self.status,
            "detail": self.detail,
        });
        let mut response = Response::new(Full::from(body.to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(CONTENT_TYPE, kind);
        if [408, 413].contains(&self.status) {
            // The rest of the body is not waited for.
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// Answers one request.
pub async fn answer(
    backend: &RefCell<Backend>,
    port: u16,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let is_head = request.method() == Method::HEAD;
    let is_read = is_head || request.method() == Method::GET;
    let host = backend.borrow().host().to_owned();
    let answered = match read(request, &host, port).await {
        Ok(request) if is_read && request.url == OPENAPI => backend.borrow().openapi(),
        Ok(request) => backend.borrow_mut().answer(request),
        Err(refusal) => Err(refusal),
    };
    match answered {
        Ok(response) => write(&response, is_head),
        Err(refusal) => refusal.response(),
    }
}

/// A request off the wire as one the world takes.
async fn read(request: Request<Incoming>, host: &str, port: u16) -> Result<RequestText, Refusal> {
    let (head, body) = request.into_parts();
    check_host(&head.headers, head.version, host, port)?;
    if let Some(authority) = head.uri.authority()
        && head.uri.scheme().is_some()
        && !is_ours(authority.as_str(), host, port)
    {
        return Err(misdirected(authority.as_str()));
    }
    let url = match head.uri.path_and_query() {
        Some(target) => target.as_str().to_owned(),
        None => head.uri.to_string(),
    };
    Ok(RequestText {
        method: head.method.as_str().to_owned(),
        url,
        headers: fields(&head.headers),
        body: read_body(&head.headers, body).await?,
    })
}

/// Exactly one `Host` in HTTP/1.1, and one of ours (RFC 9112 §3.2; RFC 9110 §7.4).
fn check_host(headers: &HeaderMap, version: Version, host: &str, port: u16) -> Result<(), Refusal> {
    let mut named = headers.get_all(HOST).iter();
    let (first, second) = (named.next(), named.next());
    match first {
        None if version >= Version::HTTP_11 => Err(Refusal::new(
            400,
            "A request of HTTP/1.1 names its host in a Host field (RFC 9112 §3.2).",
        )),
        Some(_) if second.is_some() => Err(Refusal::new(
            400,
            "A request names one host, and this one has several Host fields (RFC 9112 §3.2).",
        )),
        Some(value) if !is_ours(&text(value), host, port) => Err(misdirected(&text(value))),
        _ => Ok(()),
    }
}

fn is_ours(authority: &str, host: &str, port: u16) -> bool {
    let here = [
        format!("127.0.0.1:{port}"),
        format!("localhost:{port}"),
        host.to_owned(),
    ];
    here.iter().any(|name| name.eq_ignore_ascii_case(authority))
}

fn misdirected(found: &str) -> Refusal {
    Refusal::new(
        421,
        format!("“{found}” is not served here (RFC 9110 §15.5.20)."),
    )
}

/// The fields that are put through, in order.
fn fields(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut dropped: Vec<String> = Vec::new();
    for named in headers.get_all(CONNECTION) {
        let names = text(named);
        dropped.extend(names.split(',').map(|name| name.trim().to_lowercase()));
    }
    headers
        .iter()
        .filter(|(name, _)| {
            !HOP_BY_HOP.contains(name) && !dropped.iter().any(|other| other == name.as_str())
        })
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect()
}

/// A field's value as text; bytes that are no UTF-8 as Latin-1 (RFC 9110 §5.5).
fn text(value: &HeaderValue) -> String {
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => text.to_owned(),
        Err(_) => value.as_bytes().iter().copied().map(char::from).collect(),
    }
}

/// The whole body. `100 (Continue)` is sent when the first of it is asked for (RFC 9110 §10.1.1),
/// so not for a body that is refused by its length alone.
async fn read_body(headers: &HeaderMap, body: Incoming) -> Result<String, Refusal> {
    let too_large = || Refusal::new(413, "The largest body taken here is 1 MB.");
    if body.size_hint().lower() > MAX_BODY as u64 {
        return Err(too_large());
    }
    let whole = tokio::time::timeout(PATIENCE, Limited::new(body, MAX_BODY).collect()).await;
    let bytes = match whole {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(too_large()),
        Ok(Err(error)) => return Err(Refusal::new(400, format!("The body broke off: {error}."))),
        Err(_) => return Err(Refusal::new(408, "The body did not come in time.")),
    };
    String::from_utf8(bytes.into()).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let kind = headers.get(CONTENT_TYPE).map(text).unwrap_or_default();
        let kind = kind.to_lowercase();
        if kind.is_empty() || kind.contains("json") || kind.contains("urlencoded") {
            return Refusal::new(
                400,
                format!("The body is not UTF-8 from byte {at} on (RFC 8259 §8.1)."),
            );
        }
        Refusal::new(
            415,
            "The body is not text, and text is all that is read here (RFC 9110 §15.5.16).",
        )
    })
}

/// The world's response for the wire.
fn write(response: &ResponseText, is_head: bool) -> Response<Full<Bytes>> {
    let mut out = Response::new(Full::default());
    *out.status_mut() =
        StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &response.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            out.headers_mut().append(name, value);
        }
    }
    let gzip = response
        .header("Content-Encoding")
        .is_some_and(|coding| coding.trim().eq_ignore_ascii_case("gzip"));
    if !gzip {
        *out.body_mut() = Full::from(response.body.clone());
        return out;
    }
    // The length is that of the coded body; HEAD may leave it out (RFC 9110 §8.6).
    out.headers_mut().remove(CONTENT_LENGTH);
    if !is_head && !response.body.is_empty() {
        *out.body_mut() = Full::from(coded(response.body.as_bytes()));
    }
    out
}

fn coded(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Memory takes everything.
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default()
}
