//! Origins and sites: the same scheme, host and port, or the same scheme and registrable domain.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use ::http::header::HOST;
use ::http::uri::Scheme;

use crate::http::Request;
use crate::http::parse::text_of;

/// Suffixes of more than one label under which anybody can register a name. The real list
/// (publicsuffix.org) has ten thousand; these are the ones examples are made with. Any single
/// label is one as well.
const SUFFIXES: [&str; 14] = [
    "ac.uk",
    "co.jp",
    "co.nz",
    "co.uk",
    "com.au",
    "com.br",
    "github.io",
    "gov.uk",
    "herokuapp.com",
    "netlify.app",
    "org.uk",
    "pages.dev",
    "vercel.app",
    "web.app",
];

/// Where a page or a resource comes from (RFC 6454 §4).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    scheme: &'static str,
    host: String,
    /// None if it is the scheme's own.
    port: Option<u16>,
}

/// How two origins stand to each other, by the names of `Sec-Fetch-Site`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Scheme, host and port are the same.
    SameOrigin,
    /// Scheme and registrable domain are the same.
    SameSite,
    /// Neither.
    CrossSite,
}

impl Relation {
    /// The word of `Sec-Fetch-Site`.
    pub fn name(self) -> &'static str {
        match self {
            Self::SameOrigin => "same-origin",
            Self::SameSite => "same-site",
            Self::CrossSite => "cross-site",
        }
    }
}

impl Origin {
    /// The origin of scheme and authority, as `bookshop.example` or `localhost:3000`. A scheme that is
    /// not `http` counts as `https`.
    pub fn new(scheme: &str, authority: &str) -> Self {
        let scheme = if scheme.eq_ignore_ascii_case("http") {
            "http"
        } else {
            "https"
        };
        let authority = authority.to_ascii_lowercase();
        // The colons of an IPv6 address stand in brackets.
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host.to_owned(), port.parse().ok()),
            _ => (authority, None),
        };
        let usual = if scheme == "http" { 80 } else { 443 };
        Self {
            scheme,
            host,
            port: port.filter(|port| *port != usual),
        }
    }

    /// Where a request goes.
    pub fn of(request: &Request) -> Self {
        let scheme = request.extensions().get::<Scheme>();
        let host = request.headers().get(HOST).map(text_of);
        Self::new(
            scheme.map_or("https", Scheme::as_str),
            &host.unwrap_or_default(),
        )
    }

    /// The origin of a URL with `http` or `https`; none for anything else.
    pub fn of_url(url: &str) -> Option<Self> {
        let (scheme, rest) = url.trim().split_once("://")?;
        let known = ["http", "https"]
            .into_iter()
            .any(|known| known.eq_ignore_ascii_case(scheme));
        let authority = rest.split(['/', '?', '#']).next()?;
        let is_host = !authority.is_empty()
            && authority
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-._:[]".contains(c));
        let origin = Self::new(scheme, authority);
        (known && is_host && !origin.host.is_empty()).then_some(origin)
    }

    /// The host, in lower case.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether the way there is encrypted, or needs not be: `https`, or this machine.
    pub fn is_secure(&self) -> bool {
        self.scheme == "https" || self.host == "localhost" || self.host.ends_with(".localhost")
    }

    /// How this origin stands to another (HTML, “same origin” and “schemefully same site”).
    pub fn relation(&self, other: &Self) -> Relation {
        if self == other {
            Relation::SameOrigin
        } else if self.scheme == other.scheme
            && registrable_domain(&self.host) == registrable_domain(&other.host)
        {
            Relation::SameSite
        } else {
            Relation::CrossSite
        }
    }
}

/// As in the field `Origin`: `https://app.example`.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

/// Whether a host is a number, not a name.
pub fn is_address(host: &str) -> bool {
    let inside = host.trim_start_matches('[').trim_end_matches(']');
    inside.parse::<Ipv4Addr>().is_ok() || inside.parse::<Ipv6Addr>().is_ok()
}

/// Whether anybody can register names under this one.
pub fn is_public_suffix(host: &str) -> bool {
    !is_address(host) && (!host.contains('.') || SUFFIXES.contains(&host))
}

/// The part of a host that somebody registered: `bookshop.example` of `api.bookshop.example`. The
/// host itself if it is an address or a public suffix.
pub fn registrable_domain(host: &str) -> &str {
    if is_address(host) {
        return host;
    }
    let mut domain = host;
    while let Some((_, parent)) = domain.split_once('.') {
        if is_public_suffix(parent) {
            return domain;
        }
        domain = parent;
    }
    host
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_what_somebody_registered() {
        for (host, wanted) in [
            ("bookshop.example", "bookshop.example"),
            ("api.eu.bookshop.example", "bookshop.example"),
            ("ada.github.io", "ada.github.io"),
            ("shop.co.uk", "shop.co.uk"),
            ("www.shop.co.uk", "shop.co.uk"),
            ("co.uk", "co.uk"),
            ("localhost", "localhost"),
            ("10.0.0.1", "10.0.0.1"),
            ("[::1]", "[::1]"),
            ("", ""),
        ] {
            assert_eq!(registrable_domain(host), wanted, "{host}");
        }
    }

    #[test]
    fn origins_are_scheme_host_and_port() {
        let origin = |url: &str| Origin::of_url(url).unwrap();
        let shop = origin("https://bookshop.example/books?x=1");
        for (url, relation) in [
            ("https://bookshop.example", Relation::SameOrigin),
            ("HTTPS://Bookshop.Example:443/", Relation::SameOrigin),
            ("https://bookshop.example:8443", Relation::SameSite),
            ("https://app.bookshop.example", Relation::SameSite),
            ("http://bookshop.example", Relation::CrossSite),
            ("https://evil.example", Relation::CrossSite),
        ] {
            assert_eq!(origin(url).relation(&shop), relation, "{url}");
        }
        assert_eq!(shop.to_string(), "https://bookshop.example");
        assert_eq!(
            origin("http://[::1]:8080/").to_string(),
            "http://[::1]:8080"
        );
        for no in [
            "bookshop.example",
            "ftp://a.example",
            "https://",
            "https://a b",
            "https:///x",
        ] {
            assert_eq!(Origin::of_url(no), None, "{no}");
        }
    }
}
