//! Fetches the files of labs from beside the page.

use std::rc::Rc;

use futures_util::future::join;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Response, window};

use super::asset::asset;
use super::read::read;
use super::state::{Fetched, Place};
use crate::lab::catalog::{Catalog, Summary};
use crate::lab::format::Lab;
use crate::protocol::{FileText, Source, WorldFiles};

/// What labs there are.
pub async fn catalog() -> Result<Catalog, String> {
    let text = text("labs/index.json").await?;
    read(&text).ok_or_else(|| "labs/index.json cannot be read.".to_owned())
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
    let ready = ready.ok().and_then(|text| read::<Lab>(&text));
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

/// The text of a file beside the page.
pub async fn text(path: &str) -> Result<String, String> {
    let failed = |why: &str| format!("{path} cannot be fetched: {why}.");
    let window = window().ok_or_else(|| failed("there is no window"))?;
    let response = JsFuture::from(window.fetch_with_str(&asset(path)))
        .await
        .ok()
        .and_then(|response| response.dyn_into::<Response>().ok())
        .ok_or_else(|| failed("no connection"))?;
    if !response.ok() {
        let status = response.status();
        return Err(failed(&format!("{status} {}", response.status_text())));
    }
    let broken = || failed("the connection broke");
    let text = response.text().map_err(|_| broken())?;
    let text = JsFuture::from(text).await.ok();
    text.and_then(|text| text.as_string()).ok_or_else(broken)
}
