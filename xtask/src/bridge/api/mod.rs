//! A world over real TCP: HTTP/1.1 on 127.0.0.1, for any client there is.
//!
//! The wall clock drives the world's: before each request, virtual time catches up with the time
//! that passed. The layers of the client's side are left out, since a real client stands there.

mod backend;
mod server;
mod wire;

use anyhow::{Context, Result, bail};
use backlab::http::api::spec::WorldSpec;
use backlab::lab::world_text;
use backlab::protocol::WorldFiles;

use crate::project::Project;
use crate::worlds;
use backend::Backend;
pub use server::{Bridge, close};

/// Where the world is served if no port is named.
const PORT: u16 = 8090;
/// The layers that run at the client.
const CLIENT_SIDE: [&str; 2] = ["browser", "browser-cache"];

/// What `bridge api` takes.
#[derive(Debug, Default, PartialEq)]
struct Args {
    world: Option<String>,
    lab: Option<String>,
    port: Option<u16>,
}

/// Serves a world until the program is stopped.
///
/// # Errors
/// The world cannot be opened, or the port not be taken.
pub fn serve(project: &Project, args: &[String]) -> Result<()> {
    let args = read(args)?;
    let files = worlds::folder(project);
    let lab = args.lab.map(|id| worlds::lab(&files, &id)).transpose()?;
    let name = match (args.world, &lab) {
        (Some(name), _) => name,
        (None, Some(lab)) => lab.world.clone(),
        (None, None) => bail!("bridge api needs --world NAME or --lab ID"),
    };
    let patch = lab.as_ref().map_or("", |lab| lab.world_patch.as_str());
    let source = Source::new(worlds::read(&files, &name)?, &[patch])?;
    let bridge = Bridge::bind(args.port.unwrap_or(PORT))?;
    println!("{name} at http://{} (Ctrl-C stops it)", bridge.address());
    bridge.run(&source)
}

fn read(args: &[String]) -> Result<Args> {
    let mut read = Args::default();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || {
            let value = args.next().cloned();
            value.with_context(|| format!("{arg} wants a value"))
        };
        match arg.as_str() {
            "--world" => read.world = Some(value()?),
            "--lab" => read.lab = Some(value()?),
            "--port" => {
                let text = value()?;
                read.port =
                    Some(text.parse().with_context(|| {
                        format!("--port wants a number up to 65535, not `{text}`")
                    })?);
            }
            other => bail!(
                "bridge api does not know `{other}`; it takes --world NAME [--port N] [--lab ID]"
            ),
        }
    }
    Ok(read)
}

/// What a served world is made of: it can be opened on any thread.
#[derive(Debug, Clone)]
pub struct Source {
    files: WorldFiles,
    text: String,
    host: String,
}

impl Source {
    /// A world with patches of its text merged in, and without the client's layers.
    ///
    /// # Errors
    /// A patch or the text that comes of it is no world text, or its rows do not go into its tables.
    pub fn new(files: WorldFiles, patches: &[&str]) -> Result<Self> {
        let mut text = files.world.clone();
        for patch in patches {
            text = world_text::merge(&text, patch).map_err(|problem| worlds::said(&[problem]))?;
        }
        let spec = WorldSpec::parse(&text).map_err(|problems| worlds::said(&problems))?;
        let layers: Vec<&str> = spec.layers.iter().map(|layer| layer.name()).collect();
        if layers.iter().any(|name| CLIENT_SIDE.contains(name)) {
            let kept = layers.iter().filter(|name| !CLIENT_SIDE.contains(name));
            let kept: Vec<String> = kept.map(|name| format!("{name:?}")).collect();
            let patch = format!("layers = [{}]", kept.join(", "));
            text = world_text::merge(&text, &patch).map_err(|problem| worlds::said(&[problem]))?;
        }
        let source = Self {
            files,
            text,
            host: spec.host,
        };
        Backend::open(&source)?;
        Ok(source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_and_wrong_ones_named() {
        let words =
            |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
        let wanted = Args {
            world: Some("bank".to_owned()),
            lab: None,
            port: Some(0),
        };
        assert_eq!(read(&words("--world bank --port 0")).unwrap(), wanted);
        for (text, says) in [
            ("--world", "wants a value"),
            ("--port many", "a number up to 65535"),
            ("--host x", "does not know `--host`"),
        ] {
            let error = format!("{:#}", read(&words(text)).unwrap_err());
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn the_client_s_own_layers_are_left_out() {
        let project = Project::find().unwrap();
        let files = worlds::read(&worlds::folder(&project), "bookshop").unwrap();
        assert!(files.world.contains("\"browser-cache\""));
        let source = Source::new(files, &["[network]\nlatency_ms = 1"]).unwrap();
        let spec = WorldSpec::parse(&source.text).unwrap();
        let layers: Vec<&str> = spec.layers.iter().map(|layer| layer.name()).collect();
        assert!(layers.contains(&"routes") && layers.len() > 1, "{layers:?}");
        assert!(!layers.contains(&"browser-cache"), "{layers:?}");
        assert_eq!(spec.network_us, 1_000);
    }
}
