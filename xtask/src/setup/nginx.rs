//! nginx, with which our answers are compared.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::debian;
use crate::project::{Project, which};
use crate::step::step;

/// Where Debian puts it, which is not on everybody's PATH.
const PLACE: &str = "/usr/sbin/nginx";

/// nginx's program: one that is installed, else Debian's, installed now; none elsewhere, since its
/// answers are recorded.
///
/// # Errors
/// apt is there and cannot install it.
pub fn ensure(project: &Project) -> Result<Option<PathBuf>> {
    if let Some(found) = find() {
        return Ok(Some(found));
    }
    if !debian::can_install(project) {
        return Ok(None);
    }
    step("nginx", || {
        debian::install(project, "nginx-light")?;
        Ok((find(), "installed by apt-get".to_owned()))
    })
}

fn find() -> Option<PathBuf> {
    let place = Path::new(PLACE);
    which("nginx").or_else(|| place.is_file().then(|| place.to_owned()))
}
