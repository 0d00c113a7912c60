//! PostgreSQL's answers, through its own program.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};

use super::engine::Answer;

const FIELD: char = '\u{1f}';
const ROW: char = '\u{1e}';
const NULL: &str = "\u{1d}";
const END: &str = "\u{1c}";

/// One `psql`, in a schema of its own.
pub struct Psql {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Psql {
    /// Starts it and empties the schema it works in.
    ///
    /// # Errors
    /// There is no `psql`, or it reaches no server.
    pub fn start() -> Result<Psql> {
        let mut child = Command::new("psql")
            .args(["-X", "-q", "-A", "-t", "-v", "VERBOSITY=verbose"])
            .args(["-F", &FIELD.to_string(), "-R", &ROW.to_string()])
            .args(["-P", &format!("null={NULL}")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("psql does not start (PostgreSQL's client, in Debian's postgresql-client)")?;
        let stdin = child.stdin.take().context("psql has no input")?;
        let stdout = child.stdout.take().context("psql has no output")?;
        let mut psql = Psql {
            child,
            stdin,
            stdout: BufReader::new(stdout),
        };
        for sql in [
            "DROP SCHEMA IF EXISTS slt CASCADE",
            "CREATE SCHEMA slt",
            "SET search_path = slt",
        ] {
            if let Answer::Failed { message, .. } = psql.ask(sql)? {
                bail!("{sql}: {message}");
            }
        }
        Ok(psql)
    }

    /// Runs one statement.
    ///
    /// # Errors
    /// psql ended: it reaches no server, or lost it.
    pub fn ask(&mut self, sql: &str) -> Result<Answer> {
        let sql = sql.trim_end().trim_end_matches(';');
        write!(
            self.stdin,
            "{sql}\n;\n\\echo '{END}':SQLSTATE:ROW_COUNT :LAST_ERROR_MESSAGE\n"
        )?;
        self.stdin.flush()?;
        let mut out = String::new();
        let tail = loop {
            let mut line = String::new();
            if self.stdout.read_line(&mut line)? == 0 {
                bail!("psql ended; set PGHOST, PGUSER and PGDATABASE to reach a server");
            }
            if let Some((before, tail)) = line.split_once(END) {
                out.push_str(before);
                break tail.trim_end().to_owned();
            }
            out.push_str(&line);
        };
        let (code, rest) = tail.split_at_checked(5).context("psql says no SQLSTATE")?;
        if code != "00000" {
            let message = rest.split_once(' ').map_or(rest, |(_, words)| words);
            return Ok(Answer::Failed {
                code: code.to_owned(),
                message: message.to_owned(),
            });
        }
        let out = out.strip_suffix('\n').unwrap_or(&out);
        let count: usize = rest
            .split(' ')
            .next()
            .and_then(|count| count.parse().ok())
            .unwrap_or(0);
        if count == 0 || (out.is_empty() && count != 1) {
            return Ok(Answer::Rows(Vec::new()));
        }
        let rows = out.split(ROW).map(|row| {
            row.split(FIELD)
                .map(|value| (value != NULL).then(|| value.to_owned()))
                .collect()
        });
        Ok(Answer::Rows(rows.collect()))
    }
}

impl Drop for Psql {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
