//! A client's connection: its requests go through the cache, one after the other.

use std::convert::Infallible;
use std::future::poll_fn;
use std::rc::Rc;
use std::time::Duration;

use backlab::http::cache::serve::strip_connection;
use backlab::http::cache::through::revalidate;
use backlab::http::cache::{Why, status, through};
use backlab::http::trace::Decision;
use backlab::http::{Request, Response};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{StatusCode, Version};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;

use super::super::api::close;
use super::Place;
use super::interim::{Interim, Relaying};
use super::origin::{Origin, problem};
use super::record::Asked;

/// How long a client may take to send the fields of a request, once it has begun or is waited for,
/// and how long for its body.
const PATIENCE: Duration = Duration::from_secs(60);
/// The largest request body that is taken, in bytes.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// All requests of one connection.
pub async fn converse(stream: TcpStream, place: Place) {
    // Small answers are not held back.
    let _ = stream.set_nodelay(true);
    let interim = Interim::default();
    let service = service_fn(|request| {
        let way = Way {
            place: place.clone(),
            interim: interim.clone(),
        };
        Box::pin(async move { Ok::<_, Infallible>(way.answer(request).await) })
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .title_case_headers(true)
        .half_close(true)
        .serve_connection(
            TokioIo::new(Relaying::new(stream, interim.clone())),
            service,
        );
    // What is no HTTP is answered with 400 and told here; there is nobody else to tell.
    let _ = poll_fn(|cx| connection.poll_without_shutdown(cx)).await;
    let relaying = connection.into_parts().io.into_inner();
    close(relaying.into_inner()).await;
}

/// What a request needs on its way.
struct Way {
    place: Place,
    interim: Interim,
}

impl Way {
    async fn answer(self, request: hyper::Request<Incoming>) -> hyper::Response<Full<Bytes>> {
        // HTTP/1.0 knows no interim responses (RFC 9110 §15.2).
        let relays = request.version() >= Version::HTTP_11;
        let asked = Asked::of(&request);
        let Place {
            cache,
            origin: authority,
            record,
        } = self.place;
        let request = match read(request).await {
            Ok(request) => request,
            Err(refusal) => {
                if let Some(record) = &mut *record.borrow_mut() {
                    record.note(&asked, Decision::Refused, &refusal.why);
                }
                return refusal.answer().map(Full::new);
            }
        };
        let origin = Origin {
            authority: Rc::clone(&authority),
            interim: relays.then(|| self.interim.clone()),
        };
        let outcome = through(&cache, None, &origin, request).await;
        if let Some(record) = &mut *record.borrow_mut() {
            record.note(&asked, outcome.decision, &outcome.why);
        }
        if let Some(later) = outcome.later {
            let origin = Origin {
                authority,
                interim: None,
            };
            tokio::task::spawn_local(async move { revalidate(&cache, &origin, later).await });
        }
        self.interim.written().await;
        let mut response = outcome.response;
        status::tell(response.headers_mut(), "backlab", outcome.own, &outcome.why);
        *response.version_mut() = Version::HTTP_11;
        response.map(Full::new)
    }
}

/// A request off the wire, with its whole body, and without what belongs to its connection; or why it is
/// refused.
async fn read(request: hyper::Request<Incoming>) -> Result<Request, Refusal> {
    let (mut head, body) = request.into_parts();
    let body = tokio::time::timeout(PATIENCE, Limited::new(body, MAX_BODY).collect());
    let body = match body.await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let (code, reason) = ("413", "The largest body taken here is 16 MB.");
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            return Err(Refusal::new(status, code, reason, "RFC 9110 §15.5.14"));
        }
        Ok(Err(error)) => {
            let (code, reason) = ("400", format!("The body broke off: {error}."));
            let status = StatusCode::BAD_REQUEST;
            return Err(Refusal::new(status, code, reason, "RFC 9110 §15.5.1"));
        }
        Err(_) => {
            let (code, reason) = ("408", "The body did not come in time.");
            let status = StatusCode::REQUEST_TIMEOUT;
            return Err(Refusal::new(status, code, reason, "RFC 9110 §15.5.9"));
        }
    };
    strip_connection(&mut head.headers);
    // Whatever host was named, there is one origin.
    let target = head
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    head.uri = target.parse().unwrap_or_default();
    Ok(Request::from_parts(head, body))
}

/// A request that is refused before the cache sees it.
struct Refusal {
    status: StatusCode,
    why: Why,
}

impl Refusal {
    fn new(
        status: StatusCode,
        label: &'static str,
        reason: impl Into<String>,
        standard: &'static str,
    ) -> Self {
        let why = Why {
            label,
            reason: reason.into().into(),
            standard,
            facts: Vec::new(),
        };
        Self { status, why }
    }

    /// Its answer; the rest of the body is not waited for.
    fn answer(&self) -> Response {
        let mut response = problem(self.status, &self.why.reason);
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
        response
    }
}
