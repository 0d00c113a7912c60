//! Fetches the files of labs from beside the page.

use std::rc::Rc;

use futures_util::future::join;
use gloo::net::http::Request;

use super::asset::asset;
use super::state::{Fetched, Place};
use crate::lab::catalog::{Catalog, Summary};
use crate::lab::format::Lab;
use crate::protocol::{FileText, Source, WorldFiles};

/// What labs there are.
pub async fn catalog() -> Result<Catalog, String> {
    let text = text("labs/index.json").await?;
    Catalog::from_json(&text).map_err(|error| format!("labs/index.json cannot be read: {error}."))
}

/// All files of a place. A lab comes with what the catalog knows of it.
pub async fn place(place: &Place, lab: Option<Summary>) -> Result<Fetched, String> {
    let lab = match (place, lab) {
        (Place::Lab(_), Some(lab)) => lab,
        (Place::Lab(name) | Place::Sandbox(name), _) => {
            let world = world_files(name).await?;
            let source = Source { lab: None, world };
            return Ok(Fetched { source, lab: None });
        }
    };
    let file = format!("labs/{}", lab.path);
    // The same lab ready to be shown, so that reading need not wait for the engine.
    let ready = file.replace(".md", ".json");
    let ((written, ready), world) =
        join(join(text(&file), text(&ready)), world_files(&lab.world)).await;
    let ready = ready
        .ok()
        .and_then(|text| serde_json::from_str::<Lab>(&text).ok());
    let source = Source {
        lab: Some(FileText {
            path: lab.path,
            text: written?,
        }),
        world: world?,
    };
    Ok(Fetched {
        source,
        lab: ready.map(Rc::new),
    })
}

async fn world_files(name: &str) -> Result<WorldFiles, String> {
    let of = |file: &str| format!("labs/worlds/{name}/{file}");
    let (world_path, schema_path, seed_path, hidden_path) = (
        of("world.toml"),
        of("schema.sql"),
        of("seed.sql"),
        of("hidden.sql"),
    );
    let ((world, schema), (seed, hidden)) = join(
        join(text(&world_path), text(&schema_path)),
        join(text(&seed_path), text(&hidden_path)),
    )
    .await;
    Ok(WorldFiles {
        name: name.to_owned(),
        world: world?,
        schema: schema?,
        seed: seed?,
        // A world may do without a second set of data.
        hidden: hidden.unwrap_or_default(),
    })
}

async fn text(path: &str) -> Result<String, String> {
    let failed = |why: String| format!("{path} cannot be fetched: {why}.");
    let response = Request::get(&asset(path))
        .send()
        .await
        .map_err(|_| failed("no connection".to_owned()))?;
    if !response.ok() {
        return Err(failed(format!(
            "{} {}",
            response.status(),
            response.status_text()
        )));
    }
    response
        .text()
        .await
        .map_err(|error| failed(error.to_string()))
}
