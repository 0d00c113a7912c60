//! The way to the origin: one connection a request, so that one the origin cuts is never mistaken for
//! one that grew old, and nothing is sent twice.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use backlab::http::cache::Upstream;
use backlab::http::cache::serve::strip_connection;
use backlab::http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::ext::on_informational;
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, DATE, HOST, HeaderMap, HeaderValue, VIA,
};
use hyper::{Method, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpStream;

use super::interim::Interim;

/// How long an origin may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// The largest response body that is taken, in bytes.
const MAX_BODY: usize = 64 * 1024 * 1024;
/// Who passes messages on (RFC 9110 §7.6.3).
const VIA_US: HeaderValue = HeaderValue::from_static("1.1 backlab");

/// Why an origin gave no answer.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// An origin, and the client to whom its interim responses go.
pub struct Origin {
    /// Host and port.
    pub authority: std::rc::Rc<str>,
    /// `None` if nobody waits for them.
    pub interim: Option<Interim>,
}

impl Upstream for Origin {
    async fn send(&self, request: Request) -> Result<Response, Response> {
        match tokio::time::timeout(PATIENCE, self.exchange(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => {
                let detail = format!("The origin gave no answer: {error}.");
                Err(problem(StatusCode::BAD_GATEWAY, &detail))
            }
            Err(_) => {
                let detail = "The origin did not answer in time.";
                Err(problem(StatusCode::GATEWAY_TIMEOUT, detail))
            }
        }
    }

    fn now_us(&self) -> i64 {
        now_us()
    }

    fn unsatisfiable(&self) -> Response {
        let detail = "Nothing usable is stored, and the request wants nothing else.";
        problem(StatusCode::GATEWAY_TIMEOUT, detail)
    }
}

impl Origin {
    async fn exchange(&self, request: Request) -> Result<Response, Failure> {
        let stream = TcpStream::connect(&*self.authority).await?;
        stream.set_nodelay(true)?;
        let (mut sender, connection) = http1::Builder::new()
            .title_case_headers(true)
            .handshake(TokioIo::new(stream))
            .await?;
        let connection = tokio::task::spawn_local(connection);
        let sent = sender.send_request(self.outgoing(request)).await;
        let whole = match sent {
            Ok(response) => whole(response).await,
            Err(error) => Err(error.into()),
        };
        connection.abort();
        let mut response = whole?;
        let headers = response.headers_mut();
        strip_connection(headers);
        if !headers.contains_key(DATE) {
            headers.insert(DATE, date());
        }
        headers.append(VIA, VIA_US);
        Ok(response)
    }

    fn outgoing(&self, request: Request) -> hyper::Request<Full<Bytes>> {
        let (mut head, body) = request.into_parts();
        strip_connection(&mut head.headers);
        head.headers.remove(CONTENT_LENGTH);
        if let Ok(host) = HeaderValue::from_str(&self.authority) {
            head.headers.insert(HOST, host);
        }
        head.headers
            .insert(CONNECTION, HeaderValue::from_static("close"));
        head.headers.append(VIA, VIA_US);
        let bodiless = [Method::GET, Method::HEAD, Method::OPTIONS];
        if body.is_empty() && !bodiless.contains(&head.method) {
            head.headers
                .insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let mut request = hyper::Request::from_parts(head, Full::new(body));
        if let Some(interim) = self.interim.clone() {
            on_informational(&mut request, move |response| {
                let mut headers: HeaderMap = response.headers().clone();
                strip_connection(&mut headers);
                interim.push(response.status(), &headers);
            });
        }
        request
    }
}

/// A response with its whole body. The length then follows from the body, if there is one.
async fn whole(response: hyper::Response<Incoming>) -> Result<Response, Failure> {
    let (mut head, body) = response.into_parts();
    let body = Limited::new(body, MAX_BODY).collect().await?.to_bytes();
    if !body.is_empty() {
        head.headers.remove(CONTENT_LENGTH);
    }
    Ok(Response::from_parts(head, body))
}

/// Microseconds since 1970 by the wall clock.
fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(0))
}

/// The wall clock as an HTTP date.
fn date() -> HeaderValue {
    let moment = chrono::DateTime::from_timestamp_micros(now_us()).unwrap_or_default();
    let text = backlab::http::date::http_date(moment.naive_utc());
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// An answer of the bridge's own, as problem details (RFC 9457).
pub fn problem(status: StatusCode, detail: &str) -> Response {
    let body = json!({
        "type": "about:blank",
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "detail": detail,
    });
    let mut response = Response::new(body.to_string().into());
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
