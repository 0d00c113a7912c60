//! The world behind the port, and its clock.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use anyhow::Result;
use backlab::http::message::{RequestText, ResponseText};
use backlab::http::parse::{MAX_BODY, MAX_HEADERS, MAX_URL, MAX_VALUE};
use backlab::protocol::{Command, Event, Format, Problem};
use backlab::world::{Data, World};

use super::Source;
use super::wire::Refusal;
use crate::worlds;

/// A running world.
pub struct Backend {
    world: World,
    host: String,
    opened: Instant,
    /// Virtual microseconds since the world's beginning, as its last exchange told.
    now_us: u64,
}

impl Backend {
    /// Opens the world as its files say.
    ///
    /// # Errors
    /// All that is wrong with the files.
    pub fn open(source: &Source) -> Result<Self> {
        let world = World::open(&source.files, &source.text, Data::Seed)
            .map_err(|problems| worlds::said(&problems))?;
        Ok(Self {
            world,
            host: source.host.clone(),
            opened: Instant::now(),
            now_us: 0,
        })
    }

    /// The name its requests are for.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The world's own OpenAPI.
    ///
    /// # Errors
    /// The world cannot be described.
    pub fn openapi(&self) -> Result<ResponseText, Refusal> {
        let export = self.world.export(Format::Openapi);
        let export = export.map_err(|problem| Refusal::new(500, words(&problem)))?;
        Ok(ResponseText {
            status: 200,
            headers: vec![("Content-Type".to_owned(), export.media_type)],
            body: export.text,
            ..ResponseText::default()
        })
    }

    /// What the world answers at this moment.
    ///
    /// # Errors
    /// The world takes it for no request. A panic inside, which is a bug, is told as a 500, so that
    /// whoever tests sees it.
    pub fn answer(&mut self, request: RequestText) -> Result<ResponseText, Refusal> {
        let send = AssertUnwindSafe(|| self.send(request));
        catch_unwind(send).unwrap_or_else(|_| {
            Err(Refusal::new(
                500,
                "The engine panicked on this request; its words are where the bridge runs.",
            ))
        })
    }

    fn send(&mut self, request: RequestText) -> Result<ResponseText, Refusal> {
        self.catch_up();
        let too_large = too_large(&request);
        for event in self.world.answer(request) {
            match event {
                Event::Exchange { exchange } => {
                    self.now_us = exchange.end_us;
                    return Ok(exchange.response);
                }
                Event::Refused { problem } => {
                    return Err(Refusal::new(too_large.unwrap_or(400), words(&problem)));
                }
                _ => {}
            }
        }
        Err(Refusal::new(500, "The world gave no answer."))
    }

    /// Lets virtual time catch up with the wall clock. It is never behind; what a request takes in
    /// the world may bring it ahead.
    fn catch_up(&mut self) {
        let passed_ms = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        let ms = passed_ms.saturating_sub(self.now_us / 1_000);
        if ms > 0 {
            self.world.apply(&Command::Wait { ms });
            self.now_us += ms * 1_000;
        }
    }
}

/// The status for a request that is larger than what is ever sent to a world.
fn too_large(request: &RequestText) -> Option<u16> {
    let headers = &request.headers;
    if request.url.len() > MAX_URL {
        return Some(414);
    }
    if headers.len() > MAX_HEADERS || headers.iter().any(|(_, value)| value.len() > MAX_VALUE) {
        return Some(431);
    }
    (request.body.len() > MAX_BODY).then_some(413)
}

fn words(problem: &Problem) -> String {
    match &problem.hint {
        Some(hint) => format!("{} {hint}", problem.message),
        None => problem.message.clone(),
    }
}
