//! Answers the page's questions, text in and text out: all of the worker that is not a browser.

use serde::Deserialize;

use crate::lab::session::Session;
use crate::lab::world_text;
use crate::protocol::{Answer, BUILD, Call, PROTOCOL_VERSION, Problem, Question, Reply};

/// Most steps of traffic between two answers.
const MAX_STEPS: u64 = 1_000_000;

/// The worker's side of the conversation. One session is open at a time.
#[derive(Default)]
pub struct Host {
    session: Option<Session>,
}

impl Host {
    /// The message that says the worker can be spoken to.
    pub fn ready() -> String {
        encode(&Answer {
            id: 0,
            reply: Reply::Ready {
                build: BUILD.to_owned(),
                protocol: PROTOCOL_VERSION,
            },
        })
    }

    /// Answers one message. Whatever the text is, there is an answer, and a refused question
    /// changes nothing.
    pub fn answer(&mut self, text: &str) -> String {
        let answer = match serde_json::from_str::<Question>(text) {
            Ok(Question { id, call }) => Answer {
                id,
                reply: self
                    .reply(call)
                    .unwrap_or_else(|problem| Reply::Failed { problem }),
            },
            Err(error) => Answer {
                id: id_of(text),
                reply: Reply::Failed {
                    problem: Problem::new(format!(
                        "The engine does not know this message: {error}."
                    ))
                    .hint("Page and engine may be of different builds: reload the page."),
                },
            },
        };
        encode(&answer)
    }

    fn reply(&mut self, call: Call) -> Result<Reply, Problem> {
        match call {
            Call::Open { source, log } => {
                let mut session = Session::open(&source).map_err(first)?;
                let events = session.replay(&log);
                let view = Box::new(session.view());
                let lab = session.lab().cloned().map(Box::new);
                self.session = Some(session);
                Ok(Reply::Opened {
                    lab,
                    events,
                    view,
                    replayed: log.len(),
                })
            }
            Call::Apply { command } => {
                let session = self.open_session()?;
                let events = session.apply(&command);
                Ok(Reply::Applied {
                    events,
                    view: Box::new(session.view()),
                })
            }
            Call::Check { task } => Ok(Reply::Checked {
                report: self.open_session()?.check(&task)?,
            }),
            Call::Merge { patch } => Ok(Reply::Merged {
                text: world_text::merge(self.open_session()?.world().text(), &patch)?,
            }),
            Call::Export { format } => Ok(Reply::Export {
                export: self.open_session()?.world().export(format)?,
            }),
            Call::Code { route, template } => Ok(Reply::Export {
                export: self.open_session()?.world().code(&route, &template)?,
            }),
            Call::Drive {
                seed,
                anew,
                until_us,
                budget,
            } => Ok(Reply::Driven {
                run: Box::new(self.open_session()?.drive(
                    seed,
                    anew,
                    (until_us, budget.min(MAX_STEPS)),
                )?),
            }),
            Call::Policies { log, policies } => Ok(Reply::Policies {
                runs: self.open_session()?.policies(&log, &policies)?,
            }),
            Call::Replay { policies, arrivals } => Ok(Reply::Replayed {
                runs: crate::world::replay(&policies, &arrivals).map_err(first)?,
            }),
            Call::View => Ok(Reply::View {
                view: Box::new(self.open_session()?.view()),
            }),
            Call::Digest => Ok(Reply::Digest {
                digest: self.open_session()?.digest(),
            }),
        }
    }

    fn open_session(&mut self) -> Result<&mut Session, Problem> {
        self.session
            .as_mut()
            .ok_or_else(|| Problem::new("No lab is open.").hint("Open a lab or a sandbox first."))
    }
}

/// A text that is wrong shows its first problem; the author's tool lists them all.
fn first(problems: Vec<Problem>) -> Problem {
    problems
        .into_iter()
        .next()
        .unwrap_or_else(|| Problem::new("The lab could not be opened."))
}

/// The id of a message that is no question, so that its sender still hears back.
pub(crate) fn id_of(text: &str) -> u64 {
    #[derive(Deserialize)]
    struct Addressed {
        id: u64,
    }
    serde_json::from_str::<Addressed>(text).map_or(0, |message| message.id)
}

fn encode(answer: &Answer) -> String {
    serde_json::to_string(answer).unwrap_or_else(|_| {
        // Maps with non-text keys are the only thing JSON refuses, and no reply has one.
        format!(
            r#"{{"id":{},"reply":{{"failed":{{"problem":{{"message":"The answer could not be written."}}}}}}}}"#,
            answer.id
        )
    })
}
