//! `contracts`: worlds as other programs meet them, over TCP.

mod exports;
mod openapi;
mod transcripts;
mod wire;

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};

use crate::bridge::api::{Bridge, Source};
use crate::project::Project;
use crate::step::step;
use crate::{setup, worlds};

/// A limiter that lets a tester through: the contract is about the API.
const NO_LIMIT: &str = "[rate_limit]\ncapacity = 1000000\nrefill_per_s = 1000000";

/// What `contracts` takes.
#[derive(Debug, Default, PartialEq)]
struct Args {
    record: bool,
    minutes: Option<u64>,
    world: Option<String>,
}

/// `contracts`: the proof by itself, longer or of one world; or `record`, which writes down what the
/// servers we are compared with answer.
pub fn contracts(project: &Project, args: &[String]) -> Result<()> {
    let args = read(args)?;
    if args.record {
        return step("recording nginx and axum", || {
            Ok(((), transcripts::record(project)?))
        });
    }
    prove(project, &args)
}

fn read(args: &[String]) -> Result<Args> {
    let mut read = Args::default();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} wants a value"));
        match arg.as_str() {
            "record" => read.record = true,
            "--world" => read.world = Some(value()?.clone()),
            "--minutes" => {
                let text = value()?;
                let minutes = text.parse().ok().filter(|minutes| *minutes > 0);
                let wrong = || format!("--minutes wants a number from 1, not `{text}`");
                read.minutes = Some(minutes.with_context(wrong)?);
            }
            other => bail!(
                "contracts does not know `{other}`; it takes record, or [--minutes N] [--world NAME]"
            ),
        }
    }
    Ok(read)
}

/// The proof of all worlds, as a step of the tests.
///
/// # Errors
/// Each difference between what is said and what is done.
pub fn test(project: &Project) -> Result<()> {
    prove(project, &Args::default())
}

fn prove(project: &Project, args: &Args) -> Result<()> {
    let programs = setup::python::ensure(project, &setup::python::CONTRACTS)?;
    setup::npm::ensure(project)?;
    let mut failures = Vec::new();
    let mut note = |result: Result<()>| {
        if let Err(error) = result {
            failures.push(format!("{error:#}"));
        }
    };
    if args.world.is_none() {
        note(step("transcripts beside nginx and axum", || {
            Ok(((), transcripts::compare(project)?))
        }));
    }
    let files = worlds::folder(project);
    let names = match &args.world {
        Some(name) => vec![name.clone()],
        None => worlds::names(&files),
    };
    let serve = |name: &str| -> Result<SocketAddr> {
        let source = Source::new(worlds::read(&files, name)?, &[NO_LIMIT])?;
        Ok(Bridge::bind(0)?.spawn(source))
    };
    note(step("Hurl files by Hurl's parser", || {
        Ok(((), exports::hurl(project, &names)?))
    }));
    for name in &names {
        note(step(&format!("{name} by its collection"), || {
            Ok(((), exports::collection(project, name, serve(name)?)?))
        }));
        note(step(&format!("{name} by its OpenAPI"), || {
            let said = openapi::prove(project, &programs, name, serve(name)?, args.minutes)?;
            Ok(((), said))
        }));
    }
    if failures.is_empty() {
        return Ok(());
    }
    bail!("{}", failures.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_and_wrong_ones_named() {
        let words =
            |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
        let wanted = Args {
            record: false,
            minutes: Some(5),
            world: Some("bank".to_owned()),
        };
        assert_eq!(read(&words("--minutes 5 --world bank")).unwrap(), wanted);
        for (text, says) in [
            ("--minutes 0", "a number from 1"),
            ("--minutes", "wants a value"),
            ("--full", "does not know `--full`"),
        ] {
            let error = format!("{:#}", read(&words(text)).unwrap_err());
            assert!(error.contains(says), "{error}");
        }
    }
}
