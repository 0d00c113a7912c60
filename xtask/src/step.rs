//! Steps: each says what it does and how long it took; what its commands print goes to a log
//! under `target/xtask/`, shown when the step fails.

use std::fs::{self, File};
use std::io::{Write, stdout};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

use crate::project::Project;

/// Lines of a log shown when its command fails.
const TAIL: usize = 40;

/// Runs one step and prints its line: name, time, and what `work` said about it.
pub fn step<T>(name: &str, work: impl FnOnce() -> Result<(T, String)>) -> Result<T> {
    print!("  {name:<34}");
    // A pipe that closed early is no reason to stop the work.
    let _ = stdout().flush();
    let start = Instant::now();
    let result = work();
    let time = seconds(start.elapsed());
    match result {
        Ok((value, note)) => {
            println!("{time:>8}  {note}");
            Ok(value)
        }
        Err(error) => {
            println!("{time:>8}  FAILED");
            Err(error)
        }
    }
}

/// A duration as people read it: `0.3 s`, `2 min 05 s`.
pub fn seconds(time: Duration) -> String {
    let whole = time.as_secs();
    if whole < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}

/// Runs a command with its output in `target/xtask/<log>.log`, and returns that output.
///
/// # Errors
/// The command does not start, or it fails: then with the log's last lines.
pub fn run(project: &Project, log: &str, command: &mut Command) -> Result<String> {
    let folder = project.scratch();
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let path = folder.join(format!("{log}.log"));
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .status()
        .with_context(|| format!("`{program}` does not start"))?;
    let text = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
    if status.success() {
        return Ok(text);
    }
    Err(anyhow!("{}", failure(&shown(command), &text, &path)))
}

/// A command as one would type it.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    std::iter::once(name)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

fn failure(command: &str, text: &str, log: &Path) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(TAIL);
    let mut out = format!(
        "`{command}` failed; its last lines (all of them: {}):",
        log.display()
    );
    for line in &lines[from..] {
        out.push_str("\n    ");
        out.push_str(line);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_shows_the_end_of_the_log_and_where_all_of_it_is() {
        let text: String = (1..=100).map(|n| format!("line {n}\n")).collect();
        let shown = failure("npm ci", &text, Path::new("npm.log"));
        assert!(shown.starts_with("`npm ci` failed"), "{shown}");
        assert!(shown.contains("npm.log"), "{shown}");
        assert!(
            shown.contains("line 61") && shown.ends_with("line 100"),
            "{shown}"
        );
        assert!(!shown.contains("line 60\n"), "{shown}");
    }

    #[test]
    fn times_read_as_people_say_them() {
        for (millis, text) in [(312, "0.3 s"), (59_900, "59.9 s"), (125_000, "2 min 05 s")] {
            assert_eq!(seconds(Duration::from_millis(millis)), text);
        }
    }
}
