//! What the client does: sends once or many times, and tries again when refused.

use std::rc::Rc;

use ::http::header::RETRY_AFTER;

use super::browser::Sender;
use super::date::parse_http_date;
use super::load::{LoadFigures, LoadMark};
use super::message::{Auth, Burst, RequestText, Retry};
use super::stack::{Shared, Stack};
use super::trace::Exchange;
use crate::problem::Problem;

/// Most calls of a burst. Every one of them is kept with its trace, so a burst stays small;
/// traffic in bulk is for load runs, which keep figures only.
pub const MAX_TIMES: u32 = 1_000;
/// Most calls of a burst whose client tries again, for each of them may be sent 21 times.
const MAX_TIMES_WITH_RETRIES: u32 = 100;
/// Most tries after the first.
const MAX_RETRIES: u32 = 20;
/// Longest pause between two starts: an hour.
const MAX_EVERY_MS: u64 = 3_600_000;

/// Sends a request as often, as fast and as stubbornly as `burst` says. The exchanges come in the
/// order of their start, retries included.
///
/// # Errors
/// A request that cannot be sent, or a burst out of bounds; nothing was sent then.
pub async fn send(
    stack: &Rc<Stack>,
    shared: &Shared,
    request: &RequestText,
    burst: &Burst,
) -> Result<(Vec<Exchange>, LoadFigures), Problem> {
    check(burst)?;
    let sender = Sender::of(burst)?;
    if sender != Sender::User && !stack.has_browser() {
        let problem =
            Problem::new("No page can send here: this backend is reached without a browser.");
        return Err(problem.hint("Put \"browser\" first in `layers`, or leave @page out."));
    }
    sender.check(request, burst)?;
    let request = &authorized(request, burst)?;
    let parsed = request.parse(stack.hosts())?;
    let start_us = shared.runtime.now_us();
    let calls: Vec<_> = (0..burst.times)
        .map(|call| {
            let (stack, shared) = (Rc::clone(stack), shared.clone());
            let (request, parsed, burst) = (request.clone(), parsed.clone(), burst.clone());
            let sender = sender.clone();
            shared.runtime.clone().spawn(async move {
                let pause_us = u64::from(call) * burst.every_ms * 1_000;
                shared.runtime.sleep(pause_us).await;
                let mut tries = Vec::new();
                loop {
                    let id = shared.next_exchange();
                    let sent = parsed.clone();
                    let from = (burst.client.as_str(), &sender);
                    let answer = stack.send(&shared, id, from, &request, sent).await;
                    let pause_us = pause_before_retry(&stack, &answer, burst.retry);
                    tries.push(answer);
                    match pause_us {
                        Some(us) if tries.len() <= MAX_RETRIES as usize => {
                            shared.runtime.sleep(us).await;
                        }
                        _ => return tries,
                    }
                }
            })
        })
        .collect();
    let mut tries = Vec::new();
    for call in calls {
        tries.push(call.await);
    }
    let figures = figures(&burst.client, &tries, start_us);
    let mut exchanges: Vec<Exchange> = tries.into_iter().flatten().collect();
    exchanges.sort_by_key(|exchange| exchange.id);
    Ok((exchanges, figures))
}

/// The request with the field that `# @auth` stands for.
fn authorized(request: &RequestText, burst: &Burst) -> Result<RequestText, Problem> {
    let mut request = request.clone();
    if let Some((name, value)) = burst.auth.as_ref().map(Auth::field) {
        if request.header(&name).is_some() {
            let problem = Problem::new(format!("{name} is there twice: as @auth and as a field."));
            return Err(problem.hint("Leave one of them out."));
        }
        request.headers.push((name, value));
    }
    Ok(request)
}

fn check(burst: &Burst) -> Result<(), Problem> {
    if !(1..=MAX_TIMES).contains(&burst.times) {
        let problem = Problem::new(format!("A burst of {} requests is not sent.", burst.times));
        return Err(problem.hint("Send 1 to 1,000 at a time."));
    }
    if burst.retry != Retry::Never && burst.times > MAX_TIMES_WITH_RETRIES {
        let problem = Problem::new(format!(
            "A burst of {} requests that are tried again is not sent.",
            burst.times
        ));
        return Err(problem.hint("With retries, send 1 to 100 at a time."));
    }
    if burst.every_ms > MAX_EVERY_MS {
        return Err(Problem::new(
            "The pause between two requests is at most an hour.",
        ));
    }
    let name = &burst.client;
    if name.is_empty() || name.chars().count() > 40 || name.contains(char::is_control) {
        return Err(Problem::new("A client has a name of 1 to 40 characters."));
    }
    Ok(())
}

fn is_refusal(status: u16) -> bool {
    status == 429 || status == 503
}

/// Microseconds a client waits before it tries again; `None` if it does not.
fn pause_before_retry(stack: &Stack, answer: &Exchange, retry: Retry) -> Option<u64> {
    if !is_refusal(answer.response.status) {
        return None;
    }
    match retry {
        Retry::Never => None,
        Retry::AtOnce => Some(0),
        Retry::AsTold => {
            // Seconds or a date (RFC 9110 §10.2.3). A client that is told nothing gives up.
            let told = answer.response.header(RETRY_AFTER.as_str())?;
            let seconds = told.trim().parse::<u64>().ok().or_else(|| {
                let now = stack.clock().unix_us(answer.end_us).div_euclid(1_000_000);
                Some(u64::try_from(parse_http_date(told)? - now).unwrap_or(0))
            })?;
            Some(seconds.min(86_400) * 1_000_000)
        }
    }
}

fn figures(client: &str, tries: &[Vec<Exchange>], start_us: u64) -> LoadFigures {
    let ends = |wanted: &dyn Fn(u16) -> bool| {
        let last = tries.iter().filter_map(|call| call.last());
        last.filter(|exchange| wanted(exchange.response.status))
            .count() as u64
    };
    let all = || tries.iter().flatten();
    let mut marks = Vec::new();
    for (call, answers) in (0u32..).zip(tries) {
        for (attempt, answer) in (0u32..).zip(answers) {
            marks.push(LoadMark {
                call,
                attempt,
                start_us: answer.start_us,
                end_us: answer.end_us,
                status: answer.response.status,
            });
        }
    }
    marks.sort_by_key(|mark| (mark.start_us, mark.call, mark.attempt));
    LoadFigures {
        client: client.to_owned(),
        sent: all().count() as u64,
        retries: tries
            .iter()
            .map(|call| call.len().saturating_sub(1) as u64)
            .sum(),
        ok: ends(&|status| status < 400),
        refused: ends(&is_refusal),
        refusals: all().filter(|e| is_refusal(e.response.status)).count() as u64,
        duration_us: all()
            .map(|exchange| exchange.end_us)
            .max()
            .map_or(0, |end_us| end_us.saturating_sub(start_us)),
        marks,
    }
}
