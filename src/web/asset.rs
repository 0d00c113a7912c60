//! Where files of the page are. Every address goes through here, so that a single-file edition has
//! one place to change.

use web_sys::{Url, window};

/// The address of a file beside the page.
pub fn asset(path: &str) -> String {
    let base = window()
        .and_then(|window| window.document())
        .and_then(|document| document.base_uri().ok().flatten());
    base.and_then(|base| Url::new_with_base(path, &base).ok())
        .map_or_else(|| path.to_owned(), |url| url.href())
}
