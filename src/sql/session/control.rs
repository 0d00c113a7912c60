//! Statements about transactions and sessions, read from their words: the parser knows only some
//! of them, and they need no more than words.

use gluesql::core::sqlparser::tokenizer::Token;

use super::transaction::{Level, Modes};
use crate::problem::Problem;
use crate::sql::error::{code, nearest, problem};
use crate::sql::syntax::Lexed;

/// A statement about a transaction or the session.
#[derive(Debug, Clone, PartialEq)]
pub enum Control {
    Begin(Modes),
    /// COMMIT or ROLLBACK; AND CHAIN opens the next one at once.
    Commit {
        chain: bool,
    },
    Rollback {
        chain: bool,
    },
    Savepoint(String),
    RollbackTo(String),
    Release(String),
    SetTransaction(Modes),
    /// SET SESSION CHARACTERISTICS AS TRANSACTION.
    SetSession(Modes),
    /// SET name = value; none is DEFAULT, as RESET has it.
    Set {
        name: String,
        value: Option<String>,
    },
    Show(String),
    /// PREPARE: the name, and the index of the statement's first token.
    Prepare {
        name: String,
        body: usize,
    },
    /// EXECUTE: the name, and the indexes of the tokens its arguments lie between.
    Execute {
        name: String,
        arguments: Option<(usize, usize)>,
        /// Whether the plan is asked for, and whether the statement is to run.
        explain: Option<usize>,
    },
    /// DEALLOCATE; none is ALL.
    Deallocate(Option<String>),
    Discard,
}

impl Control {
    /// Whether a failed transaction still takes it.
    #[must_use]
    pub fn ends_failure(&self) -> bool {
        matches!(
            self,
            Self::Commit { .. } | Self::Rollback { .. } | Self::RollbackTo(_)
        )
    }
}

/// Reads a statement of this kind; none if it is of another.
///
/// # Errors
/// It begins as one, and goes on otherwise.
pub fn read(lexed: &Lexed) -> Result<Option<Control>, Problem> {
    let mut words = Words { lexed, at: 0 };
    let Some(first) = words.next() else {
        return Ok(None);
    };
    let control = match first.as_str() {
        "begin" => {
            words.skip(&["work", "transaction"]);
            Control::Begin(words.modes()?)
        }
        "start" => {
            words.expect("transaction")?;
            Control::Begin(words.modes()?)
        }
        "commit" | "end" => {
            words.skip(&["work", "transaction"]);
            Control::Commit {
                chain: words.chain()?,
            }
        }
        "rollback" | "abort" => {
            words.skip(&["work", "transaction"]);
            if first == "rollback" && words.take("to") {
                words.skip(&["savepoint"]);
                Control::RollbackTo(words.name()?)
            } else {
                Control::Rollback {
                    chain: words.chain()?,
                }
            }
        }
        "savepoint" => Control::Savepoint(words.name()?),
        "release" => {
            words.skip(&["savepoint"]);
            Control::Release(words.name()?)
        }
        "set" => words.set()?,
        "reset" => Control::Set {
            name: words.name()?,
            value: None,
        },
        "show" => {
            if words.take("transaction") {
                words.expect("isolation")?;
                words.expect("level")?;
                Control::Show("transaction_isolation".to_owned())
            } else {
                Control::Show(words.name()?)
            }
        }
        "prepare" => words.prepare()?,
        "execute" => return words.execute(None).map(Some),
        "explain" => return words.explained(),
        "deallocate" => {
            words.skip(&["prepare"]);
            Control::Deallocate(if words.take("all") {
                None
            } else {
                Some(words.name()?)
            })
        }
        "discard" => {
            words.expect("all")?;
            Control::Discard
        }
        _ => return Ok(None),
    };
    if !matches!(control, Control::Prepare { .. }) {
        words.end()?;
    }
    Ok(Some(control))
}

/// The tokens that are no blanks, one after another.
struct Words<'a, 'l> {
    lexed: &'a Lexed<'l>,
    at: usize,
}

impl Words<'_, '_> {
    /// Index of the next token that is no blank.
    fn index(&self) -> Option<usize> {
        let tokens = self.lexed.tokens.iter().enumerate().skip(self.at);
        tokens
            .filter(|(_, token)| !matches!(token.token, Token::Whitespace(_) | Token::EOF))
            .map(|(index, _)| index)
            .next()
    }

    fn token(&self) -> Option<&Token> {
        let index = self.index()?;
        self.lexed.tokens.get(index).map(|token| &token.token)
    }

    /// The next token's text: a name folded, a text without its quotes.
    fn peek(&self) -> Option<String> {
        Some(match self.token()? {
            Token::Word(word) if word.quote_style.is_none() => word.value.to_lowercase(),
            Token::Word(word) => word.value.clone(),
            Token::SingleQuotedString(text) => text.clone(),
            other => other.to_string(),
        })
    }

    fn next(&mut self) -> Option<String> {
        let word = self.peek()?;
        self.at = self.index()? + 1;
        Some(word)
    }

    fn take(&mut self, wanted: &str) -> bool {
        let found = self.peek().as_deref() == Some(wanted);
        if found {
            self.next();
        }
        found
    }

    fn skip(&mut self, any: &[&str]) {
        if self.peek().is_some_and(|word| any.contains(&word.as_str())) {
            self.next();
        }
    }

    fn expect(&mut self, wanted: &str) -> Result<(), Problem> {
        if self.take(wanted) {
            Ok(())
        } else {
            Err(self.unexpected(&wanted.to_uppercase(), &[wanted]))
        }
    }

    fn end(&mut self) -> Result<(), Problem> {
        match self.token() {
            None => Ok(()),
            Some(_) => Err(self.unexpected("the end of the statement", &[])),
        }
    }

    fn name(&mut self) -> Result<String, Problem> {
        match self.token() {
            Some(Token::Word(_)) => self.next().ok_or_else(|| self.unexpected("a name", &[])),
            _ => Err(self.unexpected("a name", &[])),
        }
    }

    /// The error at the next token, in the parser's words.
    fn unexpected(&self, wanted: &str, words: &[&str]) -> Problem {
        let Some(index) = self.index() else {
            let mut problem = problem(
                code::SYNTAX,
                format!("the statement ends too early: {wanted} should follow"),
            );
            problem.place = self
                .lexed
                .before(self.lexed.tokens.len())
                .and_then(|last| self.lexed.place(last));
            return problem;
        };
        let found = self.lexed.typed(index);
        let mut problem = problem(
            code::SYNTAX,
            format!("`{found}` is not expected here, but {wanted}"),
        );
        problem.place = self.lexed.place(index);
        if let Some(near) = nearest(&found, words.iter().copied()) {
            problem.hint = Some(format!("did you mean `{}`?", near.to_uppercase()));
        }
        problem
    }

    fn chain(&mut self) -> Result<bool, Problem> {
        if !self.take("and") {
            return Ok(false);
        }
        let chain = !self.take("no");
        self.expect("chain")?;
        Ok(chain)
    }

    fn modes(&mut self) -> Result<Modes, Problem> {
        let mut modes = Modes::default();
        loop {
            if self.take("isolation") {
                self.expect("level")?;
                modes.level = Some(self.level()?);
            } else if self.take("read") {
                modes.read_only = Some(if self.take("only") {
                    true
                } else {
                    self.expect("write")?;
                    false
                });
            } else if self.take("not") {
                self.expect("deferrable")?;
            } else if !self.take("deferrable") {
                return Ok(modes);
            }
            self.take(",");
        }
    }

    fn level(&mut self) -> Result<Level, Problem> {
        let first = self.peek().unwrap_or_default();
        let level = match first.as_str() {
            "serializable" => Level::Serializable,
            "repeatable" => Level::RepeatableRead,
            "read" => {
                self.next();
                let level = match self.peek().as_deref() {
                    Some("committed") => Level::ReadCommitted,
                    Some("uncommitted") => Level::ReadUncommitted,
                    _ => {
                        let words = ["committed", "uncommitted"];
                        return Err(self.unexpected("COMMITTED or UNCOMMITTED", &words));
                    }
                };
                self.next();
                return Ok(level);
            }
            _ => {
                return Err(self.unexpected(
                    "READ UNCOMMITTED, READ COMMITTED, REPEATABLE READ or SERIALIZABLE",
                    &["serializable", "repeatable", "read"],
                ));
            }
        };
        self.next();
        if level == Level::RepeatableRead {
            self.expect("read")?;
        }
        Ok(level)
    }

    fn set(&mut self) -> Result<Control, Problem> {
        if self.take("transaction") {
            return self.said().map(Control::SetTransaction);
        }
        if self.take("session") && self.take("characteristics") {
            self.expect("as")?;
            self.expect("transaction")?;
            return self.said().map(Control::SetSession);
        }
        self.take("local");
        if self.take("time") {
            self.expect("zone")?;
            let value = self.next();
            return Ok(Control::Set {
                name: "timezone".to_owned(),
                value,
            });
        }
        let name = self.name()?;
        if !self.take("=") && !self.take("to") {
            return Err(self.unexpected("= or TO", &["to"]));
        }
        let first = self.peek();
        let mut value = Vec::new();
        while let Some(word) = self.next() {
            value.push(word);
        }
        Ok(match first.as_deref() {
            None => return Err(self.unexpected("a value", &[])),
            Some("default") => Control::Set { name, value: None },
            Some(_) => Control::Set {
                name,
                value: Some(value.join(" ")),
            },
        })
    }

    /// Modes of which at least one is said.
    fn said(&mut self) -> Result<Modes, Problem> {
        let modes = self.modes()?;
        if modes == Modes::default() && self.token().is_none() {
            return Err(self.unexpected("ISOLATION LEVEL, READ ONLY or READ WRITE", &[]));
        }
        Ok(modes)
    }

    fn prepare(&mut self) -> Result<Control, Problem> {
        let name = self.name()?;
        if self.take("(") {
            let mut depth = 1;
            while depth > 0 {
                match self.next().as_deref() {
                    Some("(") => depth += 1,
                    Some(")") => depth -= 1,
                    Some(_) => {}
                    None => return Err(self.unexpected("`)`", &[])),
                }
            }
        }
        self.expect("as")?;
        let body = self.index();
        let body = body.ok_or_else(|| self.unexpected("a statement", &[]))?;
        Ok(Control::Prepare { name, body })
    }

    fn execute(&mut self, explain: Option<usize>) -> Result<Control, Problem> {
        let name = self.name()?;
        let mut arguments = None;
        if self.take("(") {
            let tokens = &self.lexed.tokens;
            let close = self
                .lexed
                .before(tokens.len().saturating_sub(usize::from(
                    tokens.last().is_some_and(|last| last.token == Token::EOF),
                )))
                .filter(|last| tokens[*last].token == Token::RParen && *last >= self.at);
            let Some(close) = close else {
                self.at = tokens.len();
                return Err(self.unexpected("`)`", &[]));
            };
            arguments = Some((self.at, close));
            self.at = close + 1;
        }
        self.end()?;
        Ok(Control::Execute {
            name,
            arguments,
            explain,
        })
    }

    /// EXPLAIN … EXECUTE, as far as it is one.
    fn explained(&mut self) -> Result<Option<Control>, Problem> {
        let mut depth = 0;
        while let Some(word) = self.peek() {
            match word.as_str() {
                "(" => depth += 1,
                ")" => depth -= 1,
                "execute" if depth == 0 => {
                    let explain = self.index();
                    self.next();
                    return self.execute(explain).map(Some);
                }
                "analyze" | "verbose" => {}
                _ if depth > 0 => {}
                _ => return Ok(None),
            }
            self.next();
        }
        Ok(None)
    }
}
