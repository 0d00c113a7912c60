//! From a request as typed to a request that can travel.

use ::http::header::{
    ACCEPT, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT,
};
use ::http::uri::Scheme;
use ::http::{Method, Uri};
use bytes::Bytes;

use super::message::{RequestText, ResponseText};
use super::words::reason;
use super::{Request, Response};
use crate::problem::Problem;

/// Longest URL in bytes.
pub const MAX_URL: usize = 8 * 1024;
/// Most field lines.
pub const MAX_HEADERS: usize = 100;
/// Longest field value in bytes.
pub const MAX_VALUE: usize = 8 * 1024;
/// What the client calls itself.
pub const USER_AGENT_HERE: &str = "Backlab";
/// Largest body in bytes.
pub const MAX_BODY: usize = 1024 * 1024;

impl RequestText {
    /// A request as it travels, as text.
    pub fn of(request: &Request) -> Self {
        let fields = request.headers().iter();
        Self {
            method: request.method().to_string(),
            url: request.uri().to_string(),
            headers: fields.map(|(n, v)| (display_name(n), text_of(v))).collect(),
            body: String::from_utf8_lossy(request.body()).into_owned(),
        }
    }

    /// Checks the request and makes it ready to travel to one of `hosts`: the one it names, else the
    /// first. It gets the fields a client adds by
    /// itself: `Host`, `User-Agent`, `Accept`, and `Content-Length` for a body.
    ///
    /// # Errors
    /// The first thing that keeps it from being a request (RFC 9110 §5, §9.1; RFC 9112 §3).
    pub fn parse(&self, hosts: &[String]) -> Result<Request, Problem> {
        let host = self.addressed(hosts);
        let mut request = Request::new(Bytes::from(self.body.clone()));
        *request.method_mut() = parse_method(&self.method)?;
        let (scheme, uri) = parse_url(&self.url, host, hosts)?;
        *request.uri_mut() = uri;
        // The layers see a path; whether the way is encrypted goes along beside it.
        if let Some(scheme) = scheme {
            request.extensions_mut().insert(scheme);
        }
        *request.headers_mut() = self.parse_headers(host, hosts)?;
        if self.body.len() > MAX_BODY {
            let problem = Problem::new(format!("The body has {} bytes.", self.body.len()));
            return Err(problem.hint("The largest body sent here is 1 MB."));
        }
        complete(request.headers_mut(), host, self.body.len())?;
        if hosts.first().is_some_and(|own| own != host) {
            // As to a proxy (RFC 9112 §3.2.2), so that caches keep the hosts apart.
            let uri = request.uri();
            let uri = format!(
                "https://{host}{}",
                uri.path_and_query().map_or("/", |p| p.as_str())
            );
            *request.uri_mut() = uri
                .parse()
                .map_err(|_| Problem::new("The URL cannot be read."))?;
        }
        Ok(request)
    }

    /// The host that the URL names, or else the field `Host`; the first one if neither names one that
    /// is here.
    fn addressed<'h>(&self, hosts: &'h [String]) -> &'h str {
        let url = self.url.trim().split_once("://");
        let in_url = url.and_then(|(_, rest)| rest.split(['/', '?', '#']).next());
        let named = in_url.or_else(|| {
            let mut fields = self.headers.iter();
            let is_host = |(name, _): &&(String, String)| name.trim().eq_ignore_ascii_case("host");
            fields.find(is_host).map(|(_, value)| value.trim())
        });
        let known = named.and_then(|named| {
            let mut hosts = hosts.iter();
            hosts.find(|host| host.eq_ignore_ascii_case(named))
        });
        known.or(hosts.first()).map_or("", String::as_str)
    }

    /// The request as it leaves the client with these fields: as typed, without what the client takes
    /// away, then what it adds.
    pub fn completed(&self, sent: &HeaderMap) -> Self {
        let mut shown = self.clone();
        shown.headers.retain(|(name, value)| {
            let mut lines = sent.get_all(name.trim()).iter();
            lines.any(|line| line.as_bytes() == value.trim().as_bytes())
        });
        let typed = shown.headers.clone();
        for (name, value) in sent {
            let is_same = |(n, _): &(String, String)| n.trim().eq_ignore_ascii_case(name.as_str());
            if !typed.iter().any(is_same) {
                shown.headers.push((display_name(name), text_of(value)));
            }
        }
        shown
    }

    fn parse_headers(&self, host: &str, hosts: &[String]) -> Result<HeaderMap, Problem> {
        if self.headers.len() > MAX_HEADERS {
            let problem = Problem::new(format!("The request has {} headers.", self.headers.len()));
            return Err(problem.hint("At most 100 are sent here."));
        }
        let mut headers = HeaderMap::new();
        for (number, (name, value)) in self.headers.iter().enumerate() {
            let nth = number + 1;
            let parsed = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| {
                let problem = Problem::new(format!("Header {nth}: “{name}” is not a field name."));
                problem
                    .hint("A name is letters, digits and hyphens, with no space before the colon.")
            })?;
            let text = value.trim();
            let parsed_value = HeaderValue::from_bytes(text.as_bytes()).ok();
            let Some(parsed_value) = parsed_value.filter(|_| text.len() <= MAX_VALUE) else {
                let problem =
                    Problem::new(format!("Header {nth}: the value of {name} cannot be sent."));
                return Err(problem.hint(
                    "A value is one line of visible characters, at most 8 kB (RFC 9110 §5.5).",
                ));
            };
            if parsed == HOST && !text.eq_ignore_ascii_case(host) {
                return Err(foreign(text, hosts));
            }
            headers.append(parsed, parsed_value);
        }
        Ok(headers)
    }
}

fn parse_method(typed: &str) -> Result<Method, Problem> {
    let method = typed.trim();
    if method.is_empty() {
        return Err(Problem::new("The request has no method.").hint("GET reads, POST creates."));
    }
    let bad = || {
        Problem::new(format!("“{method}” is not a method."))
            .hint("A method is one word, such as GET or POST (RFC 9110 §9.1).")
    };
    let parsed = Method::from_bytes(method.as_bytes()).map_err(|_| bad())?;
    let upper = method.to_ascii_uppercase();
    let known = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE",
    ];
    if upper != method && known.contains(&upper.as_str()) {
        let problem = Problem::new(format!(
            "“{method}” is not {upper}: methods are case-sensitive."
        ));
        return Err(problem.hint(format!("Write {upper} (RFC 9110 §9.1).")));
    }
    Ok(parsed)
}

fn parse_url(typed: &str, host: &str, hosts: &[String]) -> Result<(Option<Scheme>, Uri), Problem> {
    let url = typed.trim();
    if url.is_empty() {
        return Err(Problem::new("The request has no URL.").hint("Begin with a slash: /books."));
    }
    if url.len() > MAX_URL {
        let problem = Problem::new(format!("The URL has {} bytes.", url.len()));
        return Err(problem.hint("The longest sent here is 8 kB."));
    }
    let mut named = None;
    let path = match url.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('/') => {
            named = match scheme.to_ascii_lowercase().as_str() {
                "http" => Some(Scheme::HTTP),
                "https" => Some(Scheme::HTTPS),
                _ => None,
            };
            if named.is_none() {
                let problem = Problem::new(format!("“{scheme}:” is not spoken here."));
                return Err(problem.hint(format!("Begin with a slash, or with http://{host}/.")));
            }
            let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            let (authority, path) = rest.split_at(end);
            if !authority.eq_ignore_ascii_case(host) {
                return Err(foreign(authority, hosts));
            }
            if path.starts_with('/') {
                path.to_owned()
            } else {
                format!("/{path}")
            }
        }
        _ => url.to_owned(),
    };
    // A fragment stays with the client (RFC 9110 §4.2.5).
    let path = path.split('#').next().unwrap_or_default();
    if path == "*" {
        let uri = path.parse();
        let uri = uri.map_err(|_| Problem::new("The URL * cannot be read."))?;
        return Ok((named, uri));
    }
    if !path.starts_with('/') {
        let problem = Problem::new(format!("“{path}” does not begin with a slash."));
        return Err(problem.hint(format!("Write /{path}.")));
    }
    if let Some(bad) = path.chars().find(|c| c.is_whitespace()) {
        let shown = if bad == ' ' { "a space" } else { "white space" };
        let fixed: Vec<&str> = path.split_whitespace().collect();
        let problem = Problem::new(format!(
            "The URL holds {shown}, which ends a URL on the wire."
        ));
        return Err(problem.hint(format!("Write it as %20: {}.", fixed.join("%20"))));
    }
    // Other characters outside ASCII travel percent-encoded, as a browser does it (RFC 3986 §2.1).
    let encoded = percent_encoding::utf8_percent_encode(path, NOT_IN_URL).to_string();
    let uri = encoded.parse().map_err(|_| {
        Problem::new(format!("“{path}” is not a path."))
            .hint("A path is made of letters, digits and - . _ ~ / % signs, then ? and the query.")
    })?;
    Ok((named, uri))
}

/// What no URL has as it is (RFC 3986 §2): all but the unreserved, the reserved and the percent sign.
pub const NOT_IN_URL: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

fn foreign(found: &str, hosts: &[String]) -> Problem {
    let own = hosts.first().map_or("", String::as_str);
    let here = match hosts {
        [_, _, ..] => format!("here are {}", hosts.join(", ")),
        _ => format!("this tab has one backend, {own}"),
    };
    Problem::new(format!("“{found}” is another host: {here}.")).hint(format!(
        "Begin the URL with a slash, or with http://{own}/."
    ))
}

fn complete(headers: &mut HeaderMap, host: &str, body: usize) -> Result<(), Problem> {
    let host = HeaderValue::from_str(host).map_err(|_| Problem::new("The host has no name."))?;
    headers.entry(HOST).or_insert(host);
    headers
        .entry(USER_AGENT)
        .or_insert(HeaderValue::from_static(USER_AGENT_HERE));
    headers
        .entry(ACCEPT)
        .or_insert(HeaderValue::from_static("*/*"));
    match headers.get(CONTENT_LENGTH) {
        Some(said) if said.as_bytes() != body.to_string().as_bytes() => {
            let said = text_of(said);
            let problem = Problem::new(format!(
                "Content-Length says {said}; the body has {body} bytes."
            ));
            Err(problem.hint("Leave the header out: the client counts for you."))
        }
        None if body > 0 => {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(body));
            Ok(())
        }
        _ => Ok(()),
    }
}

impl ResponseText {
    /// A response as text.
    pub fn of(response: &Response) -> Self {
        let headers = response.headers().iter();
        Self {
            status: response.status().as_u16(),
            reason: reason(response.status()).to_owned(),
            headers: headers
                .map(|(n, v)| (display_name(n), text_of(v)))
                .collect(),
            body: String::from_utf8_lossy(response.body()).into_owned(),
        }
    }
}

/// A field value as text.
pub fn text_of(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// A field name as people write it: `Content-Type`, `ETag`, `WWW-Authenticate`.
pub fn display_name(name: &HeaderName) -> String {
    const ODD: [&str; 5] = [
        "ETag",
        "WWW-Authenticate",
        "RateLimit",
        "RateLimit-Policy",
        "X-API-Key",
    ];
    if let Some(odd) = ODD
        .iter()
        .find(|odd| odd.eq_ignore_ascii_case(name.as_str()))
    {
        return (*odd).to_owned();
    }
    let words = name.as_str().split('-').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect::<Vec<_>>().join("-")
}
