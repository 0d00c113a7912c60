//! `test`: everything that is proved about the project, step by step.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::project::{Project, cargo};
use crate::setup::{self, npm::node_program};
use crate::static_server::StaticServer;
use crate::step::{run, seconds, step};
use crate::{boundaries, build, cache_suite, check, contracts, export, size};

/// One named proof.
struct Test {
    name: &'static str,
    /// The step without which this one tells nothing.
    needs: Option<&'static str>,
    run: fn(&Project) -> Result<()>,
}

const TESTS: [Test; 11] = [
    Test {
        name: "format",
        needs: None,
        run: format,
    },
    Test {
        name: "clippy",
        needs: None,
        run: clippy,
    },
    Test {
        name: "boundaries",
        needs: None,
        run: boundaries,
    },
    Test {
        name: "native",
        needs: None,
        run: native,
    },
    Test {
        name: "labs",
        needs: None,
        run: labs,
    },
    Test {
        name: "stacks",
        needs: None,
        run: export::check_syntax,
    },
    Test {
        name: "contracts",
        needs: None,
        run: contracts::test,
    },
    Test {
        name: "cache-suite",
        needs: None,
        run: cache_suite::test,
    },
    Test {
        name: "build",
        needs: None,
        run: build::build,
    },
    Test {
        name: "size",
        needs: Some("build"),
        run: size,
    },
    Test {
        name: "browser",
        needs: Some("build"),
        run: browser,
    },
];

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    Skipped,
}

/// Runs the named steps, or all of them. A failing step stops only those that need it.
///
/// # Errors
/// A name is unknown, or a step failed.
pub fn test(project: &Project, names: &[String]) -> Result<()> {
    if let Some(unknown) = names
        .iter()
        .find(|name| TESTS.iter().all(|test| test.name != **name))
    {
        let known: Vec<&str> = TESTS.iter().map(|test| test.name).collect();
        bail!(
            "there is no step `{unknown}`; the steps are {}",
            known.join(", ")
        );
    }
    let mut done: Vec<(&str, Outcome, Duration)> = Vec::new();
    for test in TESTS
        .iter()
        .filter(|test| names.is_empty() || names.iter().any(|name| name == test.name))
    {
        println!("{}", test.name);
        let start = Instant::now();
        let outcome = if is_pointless(test, &done) {
            println!(
                "  skipped: `{}` did not pass",
                test.needs.unwrap_or_default()
            );
            Outcome::Skipped
        } else {
            match (test.run)(project) {
                Ok(()) => Outcome::Passed,
                Err(error) => {
                    println!("  {}", format!("{error:#}").replace('\n', "\n  "));
                    Outcome::Failed
                }
            }
        };
        done.push((test.name, outcome, start.elapsed()));
    }
    println!("\n{}", summary(&done));
    if done
        .iter()
        .all(|(_, outcome, _)| *outcome == Outcome::Passed)
    {
        Ok(())
    } else {
        // The table has said it all, and its last line stays the last.
        std::process::exit(1)
    }
}

fn is_pointless(test: &Test, done: &[(&str, Outcome, Duration)]) -> bool {
    test.needs.is_some_and(|needed| {
        done.iter()
            .any(|(name, outcome, _)| *name == needed && *outcome != Outcome::Passed)
    })
}

/// The table of all steps, and the count of each outcome as the last line.
fn summary(done: &[(&str, Outcome, Duration)]) -> String {
    let mut out = String::new();
    for (name, outcome, time) in done {
        let word = match outcome {
            Outcome::Passed => "passed",
            Outcome::Failed => "FAILED",
            Outcome::Skipped => "skipped",
        };
        out.push_str(&format!("{name:<12}{word:<8}{:>12}\n", seconds(*time)));
    }
    let count = |wanted| {
        done.iter()
            .filter(|(_, outcome, _)| *outcome == wanted)
            .count()
    };
    let skipped = match count(Outcome::Skipped) {
        0 => String::new(),
        skipped => format!(", {skipped} skipped"),
    };
    out.push_str(&format!(
        "\n{} passed, {} failed{skipped}",
        count(Outcome::Passed),
        count(Outcome::Failed)
    ));
    out
}

fn format(project: &Project) -> Result<()> {
    cargo_step(
        project,
        "cargo fmt --check",
        "fmt",
        &["fmt", "--all", "--check"],
    )
}

fn clippy(project: &Project) -> Result<()> {
    let native = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    let native = cargo_step(project, "clippy, native", "clippy", &native);
    setup::wasm_std(project)?;
    let page = [
        "clippy",
        "--package",
        "backlab",
        "--lib",
        "--bins",
        "--target",
    ];
    let page = [&page[..], &[setup::TARGET, "--", "-D", "warnings"]].concat();
    let page = cargo_step(project, "clippy, wasm32", "clippy-wasm", &page);
    match (native, page) {
        (Err(native), Err(page)) => bail!("{native:#}\n{page:#}"),
        (native, page) => native.and(page),
    }
}

fn boundaries(project: &Project) -> Result<()> {
    step("module boundaries", || {
        Ok(((), boundaries::check(project)?))
    })
}

fn native(project: &Project) -> Result<()> {
    step("cargo test", || {
        let mut command = project.command(cargo());
        command.args(["test", "--workspace"]);
        let text = run(project, "native", &mut command)?;
        let passed = counted(&text, "test result: ok. ");
        if passed == 0 {
            bail!("no test ran");
        }
        Ok(((), format!("{passed} tests")))
    })
}

fn labs(project: &Project) -> Result<()> {
    step("proof of the labs", || {
        Ok(((), check::check(&project.root.join("labs"))?))
    })
}

fn size(project: &Project) -> Result<()> {
    build::build(project)?;
    let table = step("weighing dist/", || {
        Ok((size::weigh(project)?, String::new()))
    })?;
    size::judge(&table).map(drop)
}

fn browser(project: &Project) -> Result<()> {
    build::build(project)?;
    setup::npm::ensure(project)?;
    let chrome = setup::browser::ensure(project)?;
    let journeys = journeys(project)?;
    step("browser journeys", || {
        let server = StaticServer::bind(&project.dist(), 0)?;
        let mut command = project.command(node_program("node")?);
        command
            .arg("--test")
            .args(["--test-reporter", "spec"])
            .args(&journeys);
        command.env(
            "BACKLAB_URL",
            format!("http://127.0.0.1:{}/", server.port()),
        );
        command.env("CHROME", chrome);
        server.spawn();
        let text = run(project, "browser", &mut command)?;
        let passed = counted(&text, "ℹ pass ");
        if passed == 0 {
            bail!("no browser journey ran");
        }
        Ok(((), format!("{passed} journeys")))
    })
}

fn journeys(project: &Project) -> Result<Vec<PathBuf>> {
    let folder = project.root.join("tests/browser");
    let mut found: Vec<PathBuf> = fs::read_dir(&folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    found.retain(|path| path.to_string_lossy().ends_with(".test.mjs"));
    found.sort();
    if found.is_empty() {
        bail!("there is no {}/*.test.mjs", folder.display());
    }
    Ok(found)
}

fn cargo_step(project: &Project, name: &str, log: &str, args: &[&str]) -> Result<()> {
    step(name, || {
        run(project, log, project.command(cargo()).args(args))?;
        Ok(((), String::new()))
    })
}

/// The sum of the numbers that follow `words` in a test runner's output.
fn counted(text: &str, words: &str) -> u64 {
    text.lines()
        .filter_map(|line| {
            line.trim_start()
                .strip_prefix(words)?
                .split_whitespace()
                .next()?
                .parse::<u64>()
                .ok()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_ends_with_the_plain_counts() {
        let second = Duration::from_secs(1);
        let done = [
            ("format", Outcome::Passed, second),
            ("build", Outcome::Failed, second),
            ("size", Outcome::Skipped, second),
        ];
        let text = summary(&done);
        assert!(text.contains("build       FAILED"), "{text}");
        assert_eq!(text.lines().last(), Some("1 passed, 1 failed, 1 skipped"));
        assert_eq!(
            summary(&done[..1]).lines().last(),
            Some("1 passed, 0 failed")
        );
    }

    #[test]
    fn a_step_is_skipped_only_when_what_it_needs_did_not_pass() {
        let time = Duration::ZERO;
        let [.., size, _] = &TESTS;
        assert!(is_pointless(size, &[("build", Outcome::Failed, time)]));
        assert!(!is_pointless(
            size,
            &[
                ("build", Outcome::Passed, time),
                ("format", Outcome::Failed, time)
            ]
        ));
        assert!(
            !is_pointless(size, &[]),
            "asked for alone, it builds by itself"
        );
    }

    #[test]
    fn tests_are_counted_over_all_runs() {
        let text =
            "test result: ok. 10 passed; 0 failed\nnoise\ntest result: ok. 3 passed; 0 failed\n";
        assert_eq!(counted(text, "test result: ok. "), 13);
        assert_eq!(counted("ℹ tests 4\nℹ pass 4\n", "ℹ pass "), 4);
    }
}
