//! `simulate`: runs a topology and prints its figures. The same file and seed give the same bytes.

use std::fs;
use std::io::{self, Write};

use anyhow::{Context, Result, bail};

use backlab::problem::Problem;
use backlab::traffic::export::{otlp, prometheus};
use backlab::traffic::{Simulation, Topology};

use crate::project::Project;

/// Runs the file that is named.
///
/// # Errors
/// There is no such file, or its topology is refused: every fault with its place.
pub fn simulate(_: &Project, args: &[String]) -> Result<()> {
    let (mut file, mut seed, mut format) = (None, None, "json");
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--seed" => {
                let value = args.next().context("--seed wants a number")?;
                let number = value.parse();
                seed =
                    Some(number.with_context(|| format!("--seed wants a number, not `{value}`"))?);
            }
            "--format" => {
                format = args
                    .next()
                    .context("--format wants json, prometheus or otlp")?;
            }
            path if file.is_none() && !path.starts_with("--") => file = Some(path),
            other => bail!(
                "simulate does not know `{other}`; it takes FILE.toml [--seed N] [--format json|prometheus|otlp]"
            ),
        }
    }
    let file = file.context("simulate wants a file with a [topology]")?;
    if !["json", "prometheus", "otlp"].contains(&format) {
        bail!("there is no format `{format}`; there are json, prometheus and otlp");
    }
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
    let figures = run(&text, seed, format).map_err(|problems| told(file, &problems))?;
    print(&mut io::stdout().lock(), &figures)
}

/// Prints a text; whoever reads only its beginning, as `head` does, has what they want.
fn print(out: &mut impl Write, text: &str) -> Result<()> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done.context("cannot print the figures"),
    }
}

/// The figures of a text, as they are printed.
fn run(text: &str, seed: Option<u64>, format: &str) -> Result<String, Vec<Problem>> {
    let topology = Topology::parse(text)?;
    let mut simulation = Simulation::new(&topology, seed);
    simulation.finish();
    let figures = simulation.figures();
    let json = match format {
        "prometheus" => return Ok(prometheus::text(&figures)),
        "otlp" => serde_json::to_string_pretty(&otlp::export(&figures)),
        _ => serde_json::to_string_pretty(&figures),
    };
    json.map(|json| json + "\n")
        .map_err(|error| vec![Problem::new(error.to_string())])
}

fn told(file: &str, problems: &[Problem]) -> anyhow::Error {
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| {
            let place = problem
                .place
                .map(|at| format!("{}:{}: ", at.line, at.column));
            let hint = problem.hint.as_deref().map(|hint| format!(" {hint}"));
            format!(
                "{file}:{}{}{}",
                place.unwrap_or_default(),
                problem.message,
                hint.unwrap_or_default()
            )
        })
        .collect();
    anyhow::anyhow!("the topology is refused\n{}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[topology]\nrequests = 100\n[[topology.client]]\nname = \"c\"\nto = \"s\"\n\
                        rate_per_s = 50\n[[topology.part]]\nname = \"s\"\nkind = \"service\"\n";

    #[test]
    fn the_same_file_and_seed_print_the_same() {
        for format in ["json", "prometheus", "otlp"] {
            let once = run(TEXT, Some(3), format).unwrap();
            assert_eq!(once, run(TEXT, Some(3), format).unwrap(), "{format}");
            assert_ne!(once, run(TEXT, Some(4), format).unwrap(), "{format}");
        }
    }

    /// What is on the other side of a pipe whose reader is gone, or of a disk that is full.
    struct Shut(io::ErrorKind);

    impl Write for Shut {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_who_has_enough_is_no_problem() {
        assert!(print(&mut Shut(io::ErrorKind::BrokenPipe), TEXT).is_ok());
        assert!(print(&mut Shut(io::ErrorKind::StorageFull), TEXT).is_err());
        let mut all = Vec::new();
        assert!(print(&mut all, TEXT).is_ok());
        assert_eq!(all, TEXT.as_bytes());
    }

    #[test]
    fn a_refusal_names_the_file_the_place_and_what_to_do() {
        let problems = run(
            &TEXT.replace("\"s\"\nrate", "\"elsewhere\"\nrate"),
            None,
            "json",
        )
        .unwrap_err();
        let told = told("a.toml", &problems).to_string();
        assert!(
            told.contains("a.toml:5:6: There is no part `elsewhere`. There are: s."),
            "{told}"
        );
    }
}
