//! What `Location` and `Content-Location` name, in the words of a stored response's URL.

use ::http::Uri;
use ::http::header::{HOST, HeaderMap, HeaderName};

use super::store::url;
use crate::http::Request;
use crate::http::parse::text_of;

/// The URL a response names in a field, if it is of the same host as the request: another host has no
/// say here (RFC 9111 §4.4).
pub(super) fn named(request: &Request, response: &HeaderMap, field: &HeaderName) -> Option<String> {
    let text = response.get(field).map(text_of)?;
    let text = text.split('#').next().unwrap_or_default().trim();
    let here = url(request);
    let (path, _) = here.split_once('?').unwrap_or((&here, ""));
    if let Some((_, rest)) = text.split_once("://") {
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let ours = request.uri().authority().map(ToString::to_string);
        let ours = ours.or_else(|| request.headers().get(HOST).map(text_of))?;
        if !authority.eq_ignore_ascii_case(&ours) {
            return None;
        }
        // Requests name the host in their target only where it is not the API's.
        return match request.uri().authority() {
            Some(_) => Some(text.to_owned()),
            None => Some(path_of(text)),
        };
    }
    match text.chars().next() {
        None => Some(here),
        Some('/') if text.starts_with("//") => None,
        Some('/') if request.uri().authority().is_none() => Some(text.to_owned()),
        Some('/') => {
            let origin = here.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
            Some(format!("{origin}{text}"))
        }
        Some('?') => Some(format!("{path}{text}")),
        Some(_) => {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            Some(format!("{folder}/{text}"))
        }
    }
}

fn path_of(url: &str) -> String {
    let uri: Option<Uri> = url.parse().ok();
    let path = uri.as_ref().and_then(Uri::path_and_query);
    path.map_or_else(|| "/".to_owned(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use ::http::header::LOCATION;
    use bytes::Bytes;

    use super::*;

    #[test]
    fn locations_are_found_on_the_same_host_only() {
        let request = ::http::Request::builder()
            .uri("/books/1?a=b")
            .header("host", "shop.test");
        let request: Request = request.body(Bytes::new()).unwrap();
        for (location, wanted) in [
            ("/books/2", Some("/books/2")),
            ("http://SHOP.test/books/3?c", Some("/books/3?c")),
            ("https://shop.test", Some("/")),
            ("http://evil.example/books/2", None),
            ("//evil.example/books/2", None),
            ("7#part", Some("/books/7")),
            ("?c=d", Some("/books/1?c=d")),
            ("", Some("/books/1?a=b")),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(LOCATION, location.parse().unwrap());
            let found = named(&request, &headers, &LOCATION);
            assert_eq!(found.as_deref(), wanted, "{location}");
        }
        assert_eq!(named(&request, &HeaderMap::new(), &LOCATION), None);
    }
}
