//! `cache-suite`: the cache engine measured by http-cache-tests, the public suite for caches, over TCP.

mod beside;
mod decisions;
mod edition;
mod judge;
mod products;

use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use backlab::http::cache::Role;

use crate::bridge::cache::{Bridge, Record, name, role};
use crate::project::Project;
use crate::setup::npm;
use crate::step::step;
use decisions::{Decided, Rules};
use edition::{Edition, Origin};
use judge::{Report, Test, table};

/// Where the edition of npm is.
const PINNED: &str = "node_modules/http-cache-tests";
/// Where it is said by which rules picked decisions are made.
const RULES: &str = "tests/cache_suite/rules.toml";
/// Responses are fresh for a second or two, which a busy machine may miss: what fails is tried again.
const ATTEMPTS: usize = 2;

/// Both roles, by the edition that is pinned, as a step of the tests.
///
/// # Errors
/// A test is not passed and nothing says why, or the other way round; or a decision lacks its reason,
/// its section or its rule.
pub fn test(project: &Project) -> Result<()> {
    let edition = pinned(project)?;
    measure(project, &edition, &[Role::Shared, Role::Private])
}

/// `cache-suite`: the same, of one role, or by another edition, or beside other caches.
///
/// # Errors
/// An argument is wrong, or as for the step.
pub fn cache_suite(project: &Project, args: &[String]) -> Result<()> {
    let (mut folder, mut only, mut beside) = (None, None, false);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} wants a value"));
        match arg.as_str() {
            "--suite" => folder = Some(PathBuf::from(value()?)),
            "--role" => only = Some(role(value()?)?),
            "--beside" => beside = true,
            other => bail!(
                "cache-suite does not know `{other}`; it takes [--role shared|private] [--suite DIR] [--beside]"
            ),
        }
    }
    if beside && only == Some(Role::Private) {
        bail!("--beside measures shared caches: what it stands beside has no other role");
    }
    let edition = match folder {
        Some(folder) => Edition::at(fs::canonicalize(&folder).unwrap_or(folder), false)?,
        None => pinned(project)?,
    };
    if beside {
        return beside::measure(project, &edition);
    }
    let roles = only.map_or_else(|| vec![Role::Shared, Role::Private], |role| vec![role]);
    measure(project, &edition, &roles)
}

fn pinned(project: &Project) -> Result<Edition> {
    npm::ensure(project)?;
    Edition::at(project.root.join(PINNED), true)
}

fn measure(project: &Project, edition: &Edition, roles: &[Role]) -> Result<()> {
    let table = table(&fs::read_to_string(project.root.join("tests/README.md"))?)?;
    let rules = fs::read_to_string(project.root.join(RULES))?;
    let rules = Rules::parse(&rules).with_context(|| format!("{RULES} is not as it should be"))?;
    let tests = edition.tests(project)?;
    let (mut faults, mut misjudged) = (Vec::new(), Vec::new());
    for &role in roles {
        let (report, decided) = step(&format!("http-cache-tests, {} cache", name(role)), || {
            let found = judged(project, edition, &tests, role, &table)?;
            let said = found.0.to_string();
            Ok((found, said))
        })?;
        if !report.inapplicable.is_empty() {
            println!("    not about it: {}", report.inapplicable.join(", "));
        }
        if !report.failed.is_empty() {
            let failed: Vec<&str> = report.failed.keys().map(String::as_str).collect();
            println!("    not passed: {}", failed.join(", "));
        }
        for found in report.unexplained(&table) {
            faults.push(format!("{} cache: {found}", name(role)));
        }
        if edition.pinned && role == Role::Shared {
            let outdated = report.outdated(&table).into_iter();
            faults.extend(outdated.map(|id| format!("{id} is passed; its row may go")));
        }
        let (held, broken) = rules.held(&decided, (&tests, edition.pinned), (&report, role));
        let unreasoned = decisions::unreasoned(&decided, &tests, &report);
        for found in unreasoned.into_iter().chain(broken) {
            misjudged.push(format!("{} cache: {found}", name(role)));
        }
        let count = decided.len();
        println!(
            "    {count} decisions, each with its reason and section; {held} held against their rule"
        );
    }
    let mut says = Vec::new();
    if !faults.is_empty() {
        says.push(format!(
            "tests/README.md does not say why:\n{}",
            faults.join("\n")
        ));
    }
    if !misjudged.is_empty() {
        says.push(format!(
            "decisions are not as they should be:\n{}",
            misjudged.join("\n")
        ));
    }
    match says.is_empty() {
        true => Ok(()),
        false => bail!("{}", says.join("\n")),
    }
}

/// What the suite finds, and what was decided, with a second attempt if there is something new.
fn judged(
    project: &Project,
    edition: &Edition,
    tests: &[Test],
    role: Role,
    table: &BTreeSet<String>,
) -> Result<(Report, Vec<Decided>)> {
    let mut attempt = 1;
    loop {
        let (report, decided) = through_ours(project, edition, tests, role)?;
        if attempt == ATTEMPTS || report.unexplained(table).is_empty() {
            return Ok((report, decided));
        }
        attempt += 1;
    }
}

/// Runs the suite's client through a cache of our own before the suite's origin.
fn through_ours(
    project: &Project,
    edition: &Edition,
    tests: &[Test],
    role: Role,
) -> Result<(Report, Vec<Decided>)> {
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let origin = Origin::start(project, edition)?;
    let log = format!("cache-suite-{}", name(role));
    let record = project.scratch().join(format!("{log}.jsonl"));
    let bridge = Bridge::bind(here, &origin.address.to_string(), role)?;
    let bridge = bridge.recording(Record::create(&record)?);
    let address = bridge.address()?;
    bridge.spawn();
    let results = edition.results(project, &log, address)?;
    Ok((
        Report::new(tests, &results, role),
        decisions::read(&record)?,
    ))
}
