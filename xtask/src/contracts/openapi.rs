//! A world and its OpenAPI held against each other: the document is valid, and the world does what
//! it says, tried with schemathesis' generated requests.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::wire::get;
use crate::project::Project;
use crate::step::run;

/// What is asked of every answer.
///
/// Left out: `positive_data_acceptance`, for which `hooks.py` has a check that knows what a contract
/// cannot say; `missing_required_header`, since no world's contract requires a field; and
/// `object_level_authorization`, which wants two users.
const CHECKS: [&str; 12] = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
    "ensure_resource_availability",
    "ignored_auth",
    "valid_data_is_taken",
];

/// Requests of each kind an operation is tried with, if no time is named: the same ones whatever the
/// machine, so that what is found once is found again.
const EXAMPLES: u32 = 100;

/// What is said of single worlds.
const WORLDS: &str = "tests/contracts/worlds.toml";

/// What a contract cannot say of its world.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Known {
    /// The request that logs in.
    login: Option<Login>,
    /// Checks that do not hold, and why.
    without: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Login {
    path: String,
    body: String,
}

/// Proves a served world against its own OpenAPI, for that many minutes if they are named.
///
/// # Errors
/// The document is no OpenAPI, or an answer is not what it says: the message shows both.
pub fn prove(
    project: &Project,
    programs: &Path,
    name: &str,
    address: SocketAddr,
    minutes: Option<u64>,
) -> Result<String> {
    let folder = project
        .scratch()
        .join("contracts")
        .join(name)
        .join("openapi");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let url = format!("http://{address}");
    let document = folder.join("openapi.json");
    fs::write(&document, get(address, "/openapi.json")?)?;
    let mut validate = project.command(programs.join("openapi-spec-validator"));
    validate.arg(&document);
    run(project, &format!("openapi-{name}"), &mut validate)?;
    let mut try_out = project.command(programs.join("schemathesis"));
    // It keeps what it found in the folder it runs in.
    try_out.current_dir(&folder);
    try_out.env("SCHEMATHESIS_HOOKS", "hooks");
    try_out.env("PYTHONPATH", project.root.join("tests/contracts"));
    try_out.env("PYTHONDONTWRITEBYTECODE", "1");
    let known = fs::read_to_string(project.root.join(WORLDS))?;
    let mut known: BTreeMap<String, Known> = toml::from_str(&known).context(WORLDS)?;
    let known = known.remove(name).unwrap_or_default();
    if let Some(Login { path, body }) = &known.login {
        try_out.env("BACKLAB_LOGIN", format!("{url}{path} {body}"));
    }
    let checks = CHECKS.into_iter();
    let checks = checks.filter(|check| !known.without.contains_key(*check));
    let checks = checks.collect::<Vec<_>>().join(",");
    try_out.args(["--no-color", "run"]);
    try_out.arg(format!("{url}/openapi.json"));
    try_out.args(["--url", &url, "--checks", &checks]);
    match minutes {
        Some(minutes) => try_out.args(["--max-time", &(minutes * 60).to_string()]),
        None => try_out.args(["--max-examples", &EXAMPLES.to_string()]),
    };
    try_out.args(["--seed", "1"]);
    try_out.args(["--output-truncate", "false", "--warnings", "off"]);
    let text = run(project, &format!("schemathesis-{name}"), &mut try_out)?;
    let count = text
        .lines()
        .find_map(|line| line.trim().split_once(" generated"));
    let (count, _) = count.context("schemathesis says nothing of its test cases")?;
    Ok(format!("{count} generated requests"))
}
