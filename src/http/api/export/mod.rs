//! A world for other tools: its contract, its requests, its endpoints in other frameworks.
//!
//! An export is a function of a world's text and data: an [`Api`] says what each route takes and
//! gives, [`Samples`] are requests that work, and each format is written in a file of its own.

mod answers;
mod credentials;
mod endpoint;
mod json;
mod openapi;
mod postman;
mod requests;
mod sample;
mod schema;
mod stacks;

use serde::{Deserialize, Serialize};

use super::spec::{RouteSpec, WorldSpec};
use crate::problem::Problem;
use crate::sql::Database;
use crate::toml_read::nearest;

use endpoint::Api;
use sample::Samples;
pub use stacks::Stack;

/// What a world is exported as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// OpenAPI 3.1.
    Openapi,
    /// A Postman collection.
    Postman,
    /// Requests as `.http` text.
    Http,
    /// Requests and what their answers have to be, in Hurl.
    Hurl,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Openapi, Self::Postman, Self::Http, Self::Hurl];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Openapi => "openapi",
            Self::Postman => "postman",
            Self::Http => "http",
            Self::Hurl => "hurl",
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
    let api = Api::new(spec, db, |_| true);
    let samples = Samples::new(&api);
    let (file_name, media_type, text) = match format {
        Format::Openapi => (
            "openapi.json",
            "application/vnd.oai.openapi+json;version=3.1",
            openapi::document(&api, &samples),
        ),
        Format::Postman => (
            "postman_collection.json",
            "application/json",
            postman::collection(&api, &samples),
        ),
        Format::Http => (
            "requests.http",
            "text/plain",
            requests::http_file(&api, &samples),
        ),
        Format::Hurl => (
            "requests.hurl",
            "text/plain",
            requests::hurl_file(&api, &samples),
        ),
    };
    Export {
        file_name: file_name.to_owned(),
        media_type: media_type.to_owned(),
        text,
    }
}

/// A world's OpenAPI document as it tells it of itself: without examples, which take requests.
pub fn openapi(spec: &WorldSpec, db: &Database) -> String {
    openapi::document(&Api::new(spec, db, |_| true), &Samples::none())
}

/// A route, such as `GET /books/{id}`, as code of the framework that a template ([`Stack::file`]) is
/// for.
///
/// # Errors
/// There is no such route.
pub fn code(
    spec: &WorldSpec,
    db: &Database,
    route: &str,
    template: &str,
) -> Result<Export, Problem> {
    let api = Api::new(spec, db, |own| own.name() == route);
    match api.endpoints.first() {
        Some(endpoint) => Ok(stacks::code(&api, endpoint, template)),
        None => {
            let names: Vec<String> = spec.routes.iter().map(RouteSpec::name).collect();
            let problem = Problem::new(format!("There is no route {route}."));
            Err(match nearest(route, names.iter().map(String::as_str)) {
                Some(near) => problem.hint(format!("Did you mean {near}?")),
                None => problem.hint(format!("There are {}.", names.join(", "))),
            })
        }
    }
}
