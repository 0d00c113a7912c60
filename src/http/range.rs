//! Parts of a representation: `Range`, `If-Range` and `Content-Range` (RFC 9110 §14).

use ::http::header::{
    ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, DATE, ETAG, HeaderMap, HeaderName, HeaderValue,
    IF_RANGE, LAST_MODIFIED, RANGE,
};
use ::http::{Method, StatusCode};

use super::date::parse_http_date;
use super::{Request, Response};

/// What becomes of a response whose parts can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// It goes out whole; why, if a part was asked for.
    Whole(Option<String>),
    /// Only these bytes of it: the first, and the one after the last.
    Only(usize, usize),
    /// The part that was asked for does not exist.
    Outside,
}

/// The part of a successful answer that a request asks for. `Range` is of GET alone
/// (RFC 9110 §14.2); what is malformed, in other units, or several parts at once, is answered whole.
pub fn part(request: &Request, answer: &Response) -> Part {
    let asks = request.method() == Method::GET && answer.status() == StatusCode::OK;
    let Some(wanted) = text(request.headers(), &RANGE).filter(|_| asks) else {
        return Part::Whole(None);
    };
    if let Some(condition) = text(request.headers(), &IF_RANGE)
        && !is_still(condition, answer.headers())
    {
        let why = format!("If-Range: {condition} is not the version there is now");
        return Part::Whole(Some(why));
    }
    bytes_of(wanted, answer.body().len())
}

/// The bytes that a `Range` names of so many.
pub fn bytes_of(wanted: &str, length: usize) -> Part {
    let whole = |why: &str| Part::Whole(Some(why.to_owned()));
    let Some((unit, set)) = wanted.split_once('=') else {
        return whole("the Range is malformed, and so it is ignored");
    };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return whole("only bytes can be counted here, so the Range is ignored");
    }
    let ranges = set
        .split(',')
        .map(str::trim)
        .filter(|range| !range.is_empty());
    let ranges: Option<Vec<Asked>> = ranges.map(Asked::read).collect();
    match ranges.as_deref() {
        None | Some([]) => whole("the Range is malformed, and so it is ignored"),
        Some([range]) => range.of(length),
        Some(_) => whole("several parts were asked for, which comes as a whole here"),
    }
}

/// A range as it is asked for.
#[derive(Debug, Clone, Copy)]
enum Asked {
    /// From a byte, to another if it says so.
    From(usize, Option<usize>),
    /// So many from the end.
    Last(usize),
}

impl Asked {
    fn read(text: &str) -> Option<Self> {
        let (first, last) = text.split_once('-')?;
        // A position beyond all that can be counted is still a position.
        let number = |digits: &str| {
            let digits_only = !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit());
            digits_only.then(|| digits.parse().unwrap_or(usize::MAX))
        };
        match (first, last) {
            ("", last) => number(last).map(Self::Last),
            (first, "") => Some(Self::From(number(first)?, None)),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::From(first, Some(last)))
            }
        }
    }

    fn of(self, length: usize) -> Part {
        match self {
            Self::From(first, _) if first >= length => Part::Outside,
            Self::From(first, last) => {
                let end = last.map_or(length, |last| last.saturating_add(1).min(length));
                Part::Only(first, end)
            }
            Self::Last(0) => Part::Outside,
            Self::Last(_) if length == 0 => Part::Whole(Some("it has no bytes".to_owned())),
            Self::Last(count) => Part::Only(length.saturating_sub(count), length),
        }
    }
}

/// Whether the version a client has a part of is the one there is (RFC 9110 §13.1.5). Only strong
/// validators tell: half of one version and half of another make neither.
pub fn is_still(condition: &str, answer: &HeaderMap) -> bool {
    if condition.starts_with('"') || condition.starts_with("W/") {
        return !condition.starts_with("W/") && text(answer, &ETAG) == Some(condition);
    }
    let modified = text(answer, &LAST_MODIFIED);
    let seconds = |moment: Option<&str>| moment.and_then(parse_http_date);
    let same = seconds(Some(condition)).is_some() && seconds(Some(condition)) == seconds(modified);
    // Within its second it may have changed twice (RFC 9110 §8.8.2.2).
    let settled = match (seconds(text(answer, &DATE)), seconds(modified)) {
        (Some(now), Some(modified)) => now > modified,
        _ => false,
    };
    same && settled
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// Says that parts can be asked for (RFC 9110 §14.3).
pub fn offer(response: &mut Response) {
    let bytes = HeaderValue::from_static("bytes");
    response.headers_mut().insert(ACCEPT_RANGES, bytes);
}

/// Cuts a response down to a part of it (RFC 9110 §15.3.7).
pub fn cut(response: &mut Response, first: usize, end: usize) {
    let length = response.body().len();
    let end = end.min(length);
    let part = response.body().slice(first.min(end)..end);
    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    let (size, last) = (part.len(), end.saturating_sub(1));
    *response.body_mut() = part;
    let headers = response.headers_mut();
    // Whoever got a part knows that there are parts.
    headers.remove(ACCEPT_RANGES);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(size));
    if let Ok(range) = HeaderValue::from_str(&format!("bytes {first}-{last}/{length}")) {
        headers.insert(CONTENT_RANGE, range);
    }
}
