//! A world and its OpenAPI held against each other: the document is valid, and the world does what
//! it says, tried with schemathesis' generated requests.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result};

use super::wire::get;
use crate::project::Project;
use crate::step::run;

/// What is asked of every answer.
///
/// Left out: `positive_data_acceptance`, for which `hooks.py` has a check that knows what a contract
/// cannot say; `missing_required_header`, `ignored_auth` and `object_level_authorization`, since no
/// world's contract requires a field or credentials yet.
const CHECKS: [&str; 11] = [
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
    "valid_data_is_taken",
];

/// Proves a served world against its own OpenAPI, for that many seconds.
///
/// # Errors
/// The document is no OpenAPI, or an answer is not what it says: the message shows both.
pub fn prove(
    project: &Project,
    programs: &Path,
    name: &str,
    address: SocketAddr,
    seconds: u64,
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
    try_out.args(["--no-color", "run"]);
    try_out.arg(format!("{url}/openapi.json"));
    try_out.args(["--url", &url, "--checks", &CHECKS.join(",")]);
    try_out.args(["--max-time", &seconds.to_string(), "--seed", "1"]);
    try_out.args(["--output-truncate", "false", "--warnings", "off"]);
    let text = run(project, &format!("schemathesis-{name}"), &mut try_out)?;
    let count = text
        .lines()
        .find_map(|line| line.trim().split_once(" generated"));
    let (count, _) = count.context("schemathesis says nothing of its test cases")?;
    Ok(format!("{count} generated requests"))
}
