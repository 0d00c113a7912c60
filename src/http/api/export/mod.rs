//! A world for other tools: its contract, its requests, its endpoints in other frameworks.
//!
//! An export is a function of a world's text and data: an [`Api`] says what each route takes and
//! gives, [`Samples`] are requests that work, and each format is written in a file of its own.

mod answers;
mod endpoint;
mod json;
mod openapi;
mod sample;
mod schema;

use serde::{Deserialize, Serialize};

use super::spec::WorldSpec;
use crate::sql::Database;

use endpoint::Api;
use sample::Samples;

/// What a world is exported as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// OpenAPI 3.1.
    Openapi,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::Openapi];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Openapi => "openapi",
        }
    }
}

/// A world in another tool's format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// What the file is usually called.
    pub file_name: String,
    /// Its media type.
    pub media_type: String,
    /// The file.
    pub text: String,
}

/// Exports a world.
pub fn export(spec: &WorldSpec, db: &Database, format: Format) -> Export {
    let api = Api::new(spec, db);
    let samples = Samples::new(&api);
    let (file_name, media_type, text) = match format {
        Format::Openapi => (
            "openapi.json",
            "application/vnd.oai.openapi+json;version=3.1",
            openapi::document(&api, &samples),
        ),
    };
    Export {
        file_name: file_name.to_owned(),
        media_type: media_type.to_owned(),
        text,
    }
}
