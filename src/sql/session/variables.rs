//! SET and SHOW: the few settings there are.

use super::sessions::Sessions;
use super::transaction::{Level, Modes};
use crate::problem::Problem;
use crate::sql::error::{code, nearest, problem, unsupported};

/// Settings that have one value here, and cannot be given another.
const FIXED: [(&str, &str); 11] = [
    ("client_encoding", "UTF8"),
    ("client_min_messages", "notice"),
    ("datestyle", "ISO, MDY"),
    ("extra_float_digits", "1"),
    ("intervalstyle", "postgres"),
    ("lock_timeout", "0"),
    ("search_path", "public"),
    ("server_encoding", "UTF8"),
    ("server_version", "15.0"),
    ("statement_timeout", "0"),
    ("timezone", "UTC"),
];

/// Settings about transactions.
const LEVEL: &str = "transaction_isolation";
const DEFAULT_LEVEL: &str = "default_transaction_isolation";
const READ_ONLY: &str = "transaction_read_only";
const DEFAULT_READ_ONLY: &str = "default_transaction_read_only";

impl Sessions {
    /// A setting's value.
    ///
    /// # Errors
    /// There is no such setting.
    pub fn show(&mut self, session: u32, name: &str) -> Result<String, Problem> {
        let modes = self
            .transaction(session)
            .map(|own| (own.level, own.read_only));
        let settings = self.settings(session);
        let usual = (settings.level, settings.read_only);
        let (level, read_only) = modes.unwrap_or(usual);
        let switch = |on: bool| if on { "on" } else { "off" };
        let value = match name {
            LEVEL => level.name(),
            DEFAULT_LEVEL => usual.0.name(),
            READ_ONLY => switch(read_only),
            DEFAULT_READ_ONLY => switch(usual.1),
            other => fixed(other).ok_or_else(|| no_setting(other))?,
        };
        Ok(value.to_owned())
    }

    /// Gives a setting a value, or its usual one.
    ///
    /// # Errors
    /// There is no such setting or value, or it cannot be changed here.
    pub fn set(&mut self, session: u32, name: &str, value: Option<&str>) -> Result<(), Problem> {
        let level = || match value {
            None => Ok(Level::default()),
            Some(value) => Level::named(&value.to_lowercase()).ok_or_else(|| wrong(name, value)),
        };
        let switch = || match value.map(str::to_lowercase).as_deref() {
            Some("on" | "true" | "yes" | "1") => Ok(true),
            Some("off" | "false" | "no" | "0") | None => Ok(false),
            Some(other) => Err(wrong(name, other)),
        };
        match name {
            LEVEL => self.set_modes(
                session,
                Modes {
                    level: Some(level()?),
                    read_only: None,
                },
            ),
            READ_ONLY => self.set_modes(
                session,
                Modes {
                    level: None,
                    read_only: Some(switch()?),
                },
            ),
            DEFAULT_LEVEL => {
                self.settings(session).level = level()?;
                Ok(())
            }
            DEFAULT_READ_ONLY => {
                self.settings(session).read_only = switch()?;
                Ok(())
            }
            other => {
                let only = fixed(other).ok_or_else(|| no_setting(other))?;
                match value {
                    Some(value) if !value.eq_ignore_ascii_case(only) => Err(unsupported(
                        &format!("`{other}` other than {only}"),
                        "leave the setting as it is",
                    )),
                    _ => Ok(()),
                }
            }
        }
    }
}

fn fixed(name: &str) -> Option<&'static str> {
    let mut all = FIXED.iter();
    all.find(|(known, _)| *known == name)
        .map(|(_, value)| *value)
}

fn wrong(name: &str, value: &str) -> Problem {
    let problem = problem(
        code::INVALID_PARAMETER,
        format!("invalid value for parameter \"{name}\": \"{value}\""),
    );
    if name.ends_with("isolation") {
        return problem
            .hint("there are read uncommitted, read committed, repeatable read and serializable");
    }
    problem
}

fn no_setting(name: &str) -> Problem {
    let problem = problem(
        code::UNDEFINED_OBJECT,
        format!("unrecognized configuration parameter \"{name}\""),
    );
    let known = FIXED.iter().map(|(name, _)| *name);
    let transactions = [LEVEL, DEFAULT_LEVEL, READ_ONLY, DEFAULT_READ_ONLY, "tables"];
    match nearest(name, known.chain(transactions)) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem,
    }
}
