//! The browser's storage, and the file a learner downloads.

use std::collections::BTreeMap;

use js_sys::Array;
use wasm_bindgen::JsCast;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Storage, Url, window};

use super::store::{self, PREFIX};

/// What came of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is stored.
    Stored,
    /// Another tab stored something newer.
    Outrun,
    /// There is no storage, or no room in it.
    Blocked,
}

fn storage() -> Option<Storage> {
    // Access alone fails where the browser blocks storage.
    window()?.local_storage().ok().flatten()
}

/// Everything of ours, by key; none where there is no storage.
pub fn read_all() -> Option<BTreeMap<String, String>> {
    let storage = storage()?;
    let count = storage.length().ok()?;
    let mut all = BTreeMap::new();
    for at in 0..count {
        let key = storage.key(at).ok().flatten();
        if let Some(key) = key.filter(|key| key.starts_with(PREFIX))
            && let Ok(Some(text)) = storage.get_item(&key)
        {
            all.insert(key, text);
        }
    }
    Some(all)
}

/// The text under a key.
pub fn read(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

/// Stores a text.
pub fn put(key: &str, text: &str) -> Written {
    match storage().map(|storage| storage.set_item(key, text)) {
        Some(Ok(())) => Written::Stored,
        Some(Err(_)) | None => Written::Blocked,
    }
}

/// Stores a save that is based on revision `over`, unless a later one is there.
pub fn save(key: &str, text: &str, over: u64) -> Written {
    let there = read(key).and_then(|text| store::decode(&text).ok());
    if there.is_some_and(|save| save.revision > over) {
        return Written::Outrun;
    }
    put(key, text)
}

/// Removes a key.
pub fn remove(key: &str) {
    if let Some(storage) = storage() {
        // What cannot be removed was never there.
        let _ = storage.remove_item(key);
    }
}

/// Hands the learner a file. Gives nothing where the browser has no downloads.
pub fn download(name: &str, text: &str) -> Option<()> {
    let options = BlobPropertyBag::new();
    options.set_type("application/json");
    let parts = Array::of1(&text.into());
    let blob = Blob::new_with_str_sequence_and_options(&parts, &options).ok()?;
    let url = Url::create_object_url_with_blob(&blob).ok()?;
    let document = window()?.document()?;
    let link: HtmlAnchorElement = document.create_element("a").ok()?.dyn_into().ok()?;
    link.set_href(&url);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&url).ok()
}
