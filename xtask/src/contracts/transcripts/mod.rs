//! The same situation put to our bridge and to servers everybody knows, and the answers compared.
//!
//! `tests/contracts/transcripts.toml` holds the situations and what we mean to do otherwise;
//! `tests/contracts/recorded.toml` what the others answered, so that the comparison runs everywhere.

mod peers;
mod shape;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use backlab::http::date::parse_http_date;
use backlab::protocol::WorldFiles;
use serde::Deserialize;

use super::wire::talk;
use crate::bridge::api::{Bridge, Source};
use crate::project::Project;
use shape::{Shape, shape};

/// A transcript's request may hold one of these, which each server fills by itself.
const LONG: usize = 10_000;
const PAD: usize = 200_000;

/// The file of situations.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Transcripts {
    /// What `/hello.txt` holds.
    content: String,
    /// When it was changed, as an HTTP date.
    modified: String,
    /// Our world that does what the others do.
    world: String,
    /// Its tables and rows.
    sql: String,
    transcript: Vec<Transcript>,
}

/// One situation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Transcript {
    name: String,
    /// What it shows, with the section of the standard.
    what: String,
    #[serde(default)]
    peer: PeerName,
    /// The bytes, with lines as they are written here.
    send: String,
    /// What of our answer is meant to be otherwise (`status`, `body` or a field), and why.
    #[serde(default)]
    differs: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum PeerName {
    #[default]
    Nginx,
    Axum,
}

/// The recorded answers, by the name of the transcript.
type Recorded = BTreeMap<String, Answers>;

/// What one server answered in one situation.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Answers {
    by: String,
    answers: Vec<Shape>,
}

/// Compares every transcript. The answer says how many, and against what.
///
/// # Errors
/// An answer is another than the other server's and is not meant to be, or is meant to be and is not;
/// or the recorded answers are not those that the other server gives here.
pub fn compare(project: &Project) -> Result<String> {
    let file = read(project)?;
    let text = fs::read_to_string(recorded_path(project)).unwrap_or_default();
    let mut recorded: Recorded = toml::from_str(&text)?;
    let (live, absent) = ask_peers(project, &file)?;
    let mut failures = Vec::new();
    for (name, answers) in &live {
        let same = recorded
            .get(name)
            .is_some_and(|old| old.answers == answers.answers);
        if !same {
            failures.push(format!(
                "{name}: {} answers otherwise than recorded; `cargo xtask contracts record` writes it anew",
                answers.by
            ));
        }
    }
    recorded.extend(live);
    let ours = serve(&file)?;
    let date = validators(ours)?;
    for transcript in &file.transcript {
        let Some(theirs) = recorded.get(&transcript.name) else {
            failures.push(format!("{}: no answer is recorded", transcript.name));
            continue;
        };
        let found = ask(ours, &date, transcript)?;
        for why in differences(transcript, &found, &theirs.answers) {
            failures.push(format!("{}: {why}", transcript.name));
        }
    }
    if !failures.is_empty() {
        bail!("{}", failures.join("\n"));
    }
    let meant: usize = file.transcript.iter().map(|t| t.differs.len()).sum();
    let note = if absent {
        "; nginx is not here, so its recorded answers were taken"
    } else {
        ""
    };
    Ok(format!(
        "{} transcripts, {meant} differences that are meant{note}",
        file.transcript.len()
    ))
}

/// Writes down what the other servers answer.
///
/// # Errors
/// One of them is not here.
pub fn record(project: &Project) -> Result<String> {
    let (live, absent) = ask_peers(project, &read(project)?)?;
    if absent {
        bail!("nginx is not installed here, and its answers are what is recorded");
    }
    let mut text =
        "# Written by `cargo xtask contracts record`: what others answer to transcripts.toml.\n"
            .to_owned();
    for (name, answers) in &live {
        let _ = write!(text, "\n[{name}]\nby = {:?}\nanswers = [\n", answers.by);
        for shape in &answers.answers {
            let fields: Vec<String> = shape
                .iter()
                .map(|(name, value)| format!("{name} = {value:?}"))
                .collect();
            let _ = writeln!(text, "  {{ {} }},", fields.join(", "));
        }
        text.push_str("]\n");
    }
    let path = recorded_path(project);
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(format!("{} answers recorded", live.len()))
}

fn read(project: &Project) -> Result<Transcripts> {
    let path = project.root.join("tests/contracts/transcripts.toml");
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} cannot be read", path.display()))
}

fn recorded_path(project: &Project) -> PathBuf {
    project.root.join("tests/contracts/recorded.toml")
}

/// What the other servers answer now, and whether nginx is absent.
fn ask_peers(project: &Project, file: &Transcripts) -> Result<(BTreeMap<String, Answers>, bool)> {
    let modified = parse_http_date(&file.modified).context("`modified` is no HTTP date")?;
    let nginx = peers::nginx(project, &file.content, u64::try_from(modified)?)?;
    let axum = peers::axum()?;
    let mut live = BTreeMap::new();
    for (name, peer) in [
        (PeerName::Nginx, nginx.as_ref()),
        (PeerName::Axum, Some(&axum)),
    ] {
        let Some(peer) = peer else {
            continue;
        };
        let validators = validators(peer.address)?;
        for transcript in file.transcript.iter().filter(|t| t.peer == name) {
            let answers = ask(peer.address, &validators, transcript)?;
            let by = peer.name.clone();
            live.insert(transcript.name.clone(), Answers { by, answers });
        }
    }
    Ok((live, nginx.is_none()))
}

/// Our world, served.
fn serve(file: &Transcripts) -> Result<SocketAddr> {
    let files = WorldFiles {
        name: "transcripts".to_owned(),
        world: file.world.clone(),
        schema: file.sql.clone(),
        seed: String::new(),
        hidden: String::new(),
    };
    Ok(Bridge::bind(0)?.spawn(Source::new(files, &[])?))
}

/// What a server says `/hello.txt` is: its entity-tag and date, which requests then hold.
struct Validators {
    etag: String,
    modified: String,
}

fn validators(address: SocketAddr) -> Result<Validators> {
    let request = format!("GET /hello.txt HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let answers = talk(address, request.as_bytes(), &["GET"])?;
    let field = |name: &str| {
        let field = answers.first().and_then(|answer| answer.field(name));
        field.unwrap_or_default().to_owned()
    };
    Ok(Validators {
        etag: field("ETag"),
        modified: field("Last-Modified"),
    })
}

fn ask(
    address: SocketAddr,
    validators: &Validators,
    transcript: &Transcript,
) -> Result<Vec<Shape>> {
    let text = transcript
        .send
        .replace('\n', "\r\n")
        .replace("{host}", &address.to_string())
        .replace("{etag}", &validators.etag)
        .replace("{modified}", &validators.modified)
        .replace("{long}", &"a".repeat(LONG))
        .replace("{pad}", &"x".repeat(PAD));
    let methods = methods(&transcript.send);
    let answers = talk(address, text.as_bytes(), &methods)
        .with_context(|| format!("{} ({})", transcript.name, transcript.what))?;
    Ok(answers.iter().map(shape).collect())
}

/// The methods of the requests in a text, in order; where there is none, something is answered too.
fn methods(text: &str) -> Vec<&str> {
    let requests = text.lines().filter(|line| line.contains(" HTTP/1."));
    let methods: Vec<&str> = requests
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    if methods.is_empty() {
        vec![""]
    } else {
        methods
    }
}

/// What is otherwise in our answers, and not meant to be; and what is meant to be and is not.
fn differences(transcript: &Transcript, ours: &[Shape], theirs: &[Shape]) -> Vec<String> {
    let mut found = Vec::new();
    let mut unseen: Vec<&String> = transcript.differs.keys().collect();
    if ours.len() != theirs.len() {
        if transcript.differs.contains_key("answers") {
            unseen.retain(|name| *name != "answers");
        } else {
            found.push(format!("{} answers, not {}", ours.len(), theirs.len()));
        }
    }
    for (ours, theirs) in ours.iter().zip(theirs) {
        let names: std::collections::BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
        for name in names {
            let (our, their) = (ours.get(name), theirs.get(name));
            if our == their {
                continue;
            }
            if transcript.differs.contains_key(name) {
                unseen.retain(|other| *other != name);
            } else {
                let said = |value: Option<&String>| value.map_or("absent", |text| text).to_owned();
                found.push(format!("{name} is {}, not {}", said(our), said(their)));
            }
        }
    }
    let stale = unseen.into_iter();
    found.extend(stale.map(|name| format!("{name} is listed as different, and is the same")));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shaped(fields: &[(&str, &str)]) -> Shape {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        fields.iter().map(owned).collect()
    }

    #[test]
    fn a_difference_is_meant_or_it_is_told() {
        let mut transcript = Transcript {
            name: "one".to_owned(),
            what: String::new(),
            peer: PeerName::Nginx,
            send: String::new(),
            differs: BTreeMap::new(),
        };
        let ours = [shaped(&[("status", "200"), ("ETag", "strong")])];
        let theirs = [shaped(&[("status", "206")])];
        assert_eq!(
            differences(&transcript, &ours, &theirs),
            ["ETag is strong, not absent", "status is 200, not 206"]
        );
        for name in ["status", "ETag", "Allow"] {
            transcript.differs.insert(name.to_owned(), "why".to_owned());
        }
        assert_eq!(
            differences(&transcript, &ours, &theirs),
            ["Allow is listed as different, and is the same"]
        );
        assert_eq!(differences(&transcript, &ours, &[]).len(), 4);
    }

    #[test]
    fn every_request_of_a_text_has_its_method() {
        assert_eq!(
            methods("GET / HTTP/1.1\nHost: x\n\nHEAD / HTTP/1.0\n\n"),
            ["GET", "HEAD"]
        );
        assert_eq!(methods("HELLO\n\n"), [""]);
    }
}
