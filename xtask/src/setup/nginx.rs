//! nginx, with which our answers are compared.

use std::path::PathBuf;

use anyhow::Result;

use super::debian::{self, system_program};
use crate::project::Project;
use crate::step::step;

/// nginx's program: one that is installed, else Debian's, installed now; none elsewhere, since its
/// answers are recorded.
///
/// # Errors
/// apt is there and cannot install it.
pub fn ensure(project: &Project) -> Result<Option<PathBuf>> {
    if let Some(found) = system_program("nginx") {
        return Ok(Some(found));
    }
    if !debian::can_install(project) {
        return Ok(None);
    }
    step("nginx", || {
        debian::install(project, "nginx-light")?;
        Ok((system_program("nginx"), "installed by apt-get".to_owned()))
    })
}
