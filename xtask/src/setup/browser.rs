//! The browser that tests and benchmarks drive.

use std::env;
use std::path::PathBuf;

use anyhow::{Result, bail};

use super::debian;
use crate::project::{Project, which};
use crate::step::step;

/// Names under which systems install Chromium, the free one first.
const NAMES: [&str; 5] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
];

/// Where installers put it without putting it on PATH.
const PLACES: [&str; 4] = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Google/Chrome/Application/chrome.exe",
];

/// The browser's program: `CHROME`, else one that is installed, else Debian's, installed now.
///
/// # Errors
/// There is none and none can be installed: the message says how.
pub fn ensure(project: &Project) -> Result<PathBuf> {
    if let Some(chrome) = env::var_os("CHROME").map(PathBuf::from) {
        if chrome.is_file() {
            return Ok(chrome);
        }
        bail!(
            "CHROME is {}, and there is no such program",
            chrome.display()
        );
    }
    if let Some(found) = find() {
        return Ok(found);
    }
    let missing = "no Chromium or Chrome was found, and the browser tests need one. Install it \
                   (Debian: apt-get install chromium), or name it: CHROME=/path/to/chrome";
    if !debian::can_install(project) {
        bail!(missing);
    }
    step("chromium", || {
        debian::install(project, "chromium")?;
        match find() {
            Some(found) => Ok((found, "installed by apt-get".to_owned())),
            None => bail!(missing),
        }
    })
}

fn find() -> Option<PathBuf> {
    let on_path = NAMES.iter().find_map(|name| which(name));
    on_path.or_else(|| PLACES.iter().map(PathBuf::from).find(|path| path.is_file()))
}
