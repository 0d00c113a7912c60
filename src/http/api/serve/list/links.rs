//! Where the other pages are (RFC 8288): `next`, `prev`, `first`, `last`.

use ::http::Uri;
use serde_json::Value;

use super::super::super::spec::list::PageBy;
use super::super::run::Ran;
use super::{Listing, Page};
use crate::http::link::Link;

/// Where the other pages are.
#[derive(Debug, Default, PartialEq)]
pub struct Pages {
    /// Links to them.
    pub links: Vec<Link>,
    /// Where the next one is, if there is one.
    pub next: Option<String>,
}

/// Where the other pages are, seen from one with these columns and rows.
///
/// # Errors
/// The column a cursor needs and the rows have not.
pub fn pages(
    uri: &Uri,
    listing: &Listing<'_>,
    found: (&[String], &[Vec<Value>]),
    ran: &Ran,
) -> Result<Pages, String> {
    let Some(page) = &listing.page else {
        return Ok(Pages::default());
    };
    let next = match (page.spec.by, found.1.last()) {
        _ if !ran.more => None,
        (PageBy::Cursor, Some(last)) => {
            let cursor = listing.cursor(found.0, last)?;
            Some(with(uri, "after", Some(cursor)))
        }
        (PageBy::Cursor, None) => None,
        _ => Some(at(uri, page, page.offset.saturating_add(page.limit))),
    };
    let mut links = Vec::new();
    if let Some(next) = &next {
        links.push(Link::new(next.as_str(), "next"));
    }
    // A cursor goes forward only: the rows before it are known to whoever came from there.
    if page.spec.by != PageBy::Cursor && page.offset > 0 {
        let before = page.offset.saturating_sub(page.limit);
        links.push(Link::new(at(uri, page, before), "prev"));
    }
    let first = match page.spec.by {
        PageBy::Cursor => with(uri, "after", None),
        PageBy::Offset | PageBy::Number => at(uri, page, 0),
    };
    links.push(Link::new(first, "first"));
    if let (Some(total), PageBy::Offset | PageBy::Number) = (ran.total, page.spec.by) {
        let step = page.limit.max(1);
        // Pages are counted from where this one begins.
        let odd = page.offset % step;
        let whole = total.saturating_sub(odd).saturating_sub(1) / step;
        links.push(Link::new(at(uri, page, odd + whole * step), "last"));
    }
    Ok(Pages { links, next })
}

/// The page that begins after so many rows.
fn at(uri: &Uri, page: &Page<'_>, offset: u64) -> String {
    match page.spec.by {
        PageBy::Number => {
            let number = offset / page.limit.max(1) + 1;
            with(uri, "page", Some(number.to_string()))
        }
        PageBy::Offset | PageBy::Cursor => {
            let said = (offset > 0).then(|| offset.to_string());
            with(uri, "offset", said)
        }
    }
}

/// The same address with one parameter otherwise; everything else stays as it was written.
fn with(uri: &Uri, name: &str, value: Option<String>) -> String {
    let query = uri.query().unwrap_or_default();
    let is_other = |pair: &&str| {
        let own = form_urlencoded::parse(pair.as_bytes()).next();
        own.is_some_and(|(own, _)| own != name)
    };
    let mut pairs: Vec<String> = query
        .split('&')
        .filter(is_other)
        .map(str::to_owned)
        .collect();
    pairs.extend(value.map(|value| format!("{name}={value}")));
    match pairs.is_empty() {
        true => uri.path().to_owned(),
        false => format!("{}?{}", uri.path(), pairs.join("&")),
    }
}
