//! How a route serves a request: one file a stage, in the order of this pipeline.
//!
//! Each stage either lets the request go on or answers it, and says why.

mod access;
mod act;
mod body;
mod change;
mod cookies;
mod csv;
mod current;
mod failed;
pub mod idempotency;
mod kv;
mod life;
pub mod limits;
pub mod list;
mod look;
pub mod negotiate;
mod patch;
mod precondition;
mod query;
mod represent;
mod respond;
pub mod run;

use std::cell::RefCell;
use std::collections::BTreeMap;

use ::http::{Method, StatusCode};
use serde_json::{Value, json};

use self::idempotency::Kept;
use self::list::Listing;
use self::negotiate::Chosen;
use self::run::Ran;
use super::answer;
use super::rules::{Broken, MAX_BROKEN};
use super::spec::kv::KvUse;
use super::spec::{DatabaseSpec, RouteSpec, WorldSpec};
use super::statement::Filling;
use super::transaction::Transaction;
use super::version::Picked;
use crate::http::reply::problem;
use crate::http::stack::{Cx, Verdict};
use crate::http::trace::{Decision, Fact};
use crate::http::{Request, Response};
use crate::problem::Problem;

pub use respond::UNRESERVED;

/// Values for the parameters of a statement.
pub type Params = BTreeMap<String, Value>;

/// A response with its verdict.
pub type Judged = (Response, Verdict);

/// An answer that ends the pipeline before its last stage.
pub type Refusal = Box<Judged>;

/// Most broken rules that are told in words; all of them are listed beside.
const TOLD: usize = 5;

/// Why a call goes no further.
pub enum Stop {
    /// It is answered.
    Refused(Refusal),
    /// The database failed.
    Failed(Problem),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}

impl Stop {
    /// Adds something that was looked at.
    fn fact(self, name: &str, value: String) -> Self {
        match self {
            Self::Refused(refusal) => {
                let (response, verdict) = *refusal;
                Self::Refused(Box::new((response, verdict.fact(name, value))))
            }
            failed => failed,
        }
    }
}

/// What the routes of a world share.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    /// What a statement costs.
    pub cost: &'a DatabaseSpec,
    /// Answers that are kept under an `Idempotency-Key`.
    pub kept: &'a RefCell<Kept>,
}

/// A request on its way through the stages, and what they have found so far.
pub struct Call<'a> {
    /// What the request carries along.
    pub cx: &'a Cx,
    /// The request.
    pub request: &'a Request,
    /// The route it is for.
    pub route: &'a RouteSpec,
    /// The world whose route it is.
    pub world: &'a WorldSpec,
    /// GET of the same path, which tells how things are now.
    pub current: Option<&'a RouteSpec>,
    /// Parameters of the path, as text.
    pub path: Vec<(String, String)>,
    /// Values for the parameters of statements.
    pub params: Params,
    /// Names of the body's members that were sent and may be set.
    pub sent: Vec<String>,
    /// The version it is for.
    pub picked: Picked,
    /// The form the answer comes in.
    pub chosen: Chosen<'a>,
    /// What it asks of a list.
    pub listing: Listing<'a>,
    /// What goes into the holes of statements.
    pub filling: Filling,
    /// Whether the route's own work was begun.
    pub worked: bool,
    /// Whether it makes what was not there before.
    pub created: bool,
    /// What its statements gave, once they have run and the answer is made.
    pub ran: Option<Ran>,
    /// Where the answer came from, if no statement ran for it.
    pub instead: Option<&'static str>,
    /// What stages looked at that let the request go on.
    pub facts: Vec<Fact>,
}

/// The verdict of a request that is not served.
pub fn refused(status: StatusCode, reason: impl Into<String>, standard: &str) -> Verdict {
    Verdict::new(Decision::Refused, status.as_str(), reason, standard)
}

/// Serves a call.
pub async fn serve(site: Site<'_>, mut call: Call<'_>) -> Judged {
    let (cx, route) = (call.cx, call.route);
    cx.shared.runtime.sleep(route.latency_us).await;
    let mut transaction = Transaction::new(cx, site.cost).of_path(&call.path);
    let opened = access::known(&call).and_then(|()| idempotency::open(&call, site.kept));
    let (mut response, verdict) = match opened {
        Err(answer) => *answer,
        Ok(ticket) => {
            let judged = call
                .answer(&mut transaction)
                .await
                .unwrap_or_else(|stop| match stop {
                    Stop::Refused(refusal) => *refusal,
                    Stop::Failed(problem) => *failed::failed(&call, &problem),
                });
            if let Some(ticket) = ticket {
                idempotency::close(ticket, site.kept, &judged.0, call.worked);
            }
            judged
        }
    };
    call.picked.mark(&mut response);
    life::mark(&route.life, &mut response);
    let mut verdict = verdict
        .statements(transaction.close())
        .facts(call.facts)
        .fact("route", route.name());
    if !call.path.is_empty() {
        let shown: Vec<String> = call
            .path
            .iter()
            .map(|(n, v)| format!("{n} = {v}"))
            .collect();
        verdict = verdict.fact("path parameters", shown.join(", "));
    }
    if call.request.method() == Method::HEAD {
        let why = "the fields of GET, without its body";
        return (answer::without_body(response), verdict.fact("HEAD", why));
    }
    (response, verdict)
}

impl<'a> Call<'a> {
    /// A request for a route whose path parameters are `path`.
    pub fn new(
        cx: &'a Cx,
        request: &'a Request,
        route: &'a RouteSpec,
        world: &'a WorldSpec,
        path: Vec<(String, String)>,
    ) -> Self {
        Self {
            cx,
            request,
            route,
            world,
            current: None,
            path,
            params: Params::new(),
            sent: Vec::new(),
            picked: Picked::default(),
            chosen: Chosen::default(),
            listing: Listing::default(),
            filling: Filling::default(),
            worked: false,
            created: false,
            ran: None,
            instead: None,
            facts: Vec::new(),
        }
    }

    /// The stages.
    ///
    /// # Errors
    /// The stage that did not let the request go on.
    async fn answer(&mut self, transaction: &mut Transaction<'_>) -> Result<Judged, Stop> {
        let route = self.route;
        self.take_parameters()?;
        let mut patch = None;
        match &route.body {
            Some(_) if !route.change.patch.is_empty() => patch = Some(patch::read(self)?),
            Some(spec) => body::read(self, spec)?,
            None => {}
        }
        self.bind_path();
        access::allowed(self, transaction).await?;
        let gift = match &route.access.act {
            Some(act) => Some(act::act(self, act, transaction).await?),
            None => None,
        };
        precondition::demand(self)?;
        let answer = match change::depends(self) {
            Some(get) => change::run_on_current(self, transaction, get, patch).await?,
            None => {
                precondition::note_unjudged(self);
                self.work(transaction).await?
            }
        };
        kv::changed(self, &answer).await;
        Ok(match gift {
            Some(gift) => gift.give(self.cx, answer),
            None => answer,
        })
    }

    /// Takes what the URL and the fields say into the parameters.
    ///
    /// # Errors
    /// The 400 for what breaks its rule.
    fn take_parameters(&mut self) -> Result<(), Refusal> {
        self.set_always();
        life::read(self)?;
        negotiate::read(self)?;
        cookies::read(self)?;
        query::read(self)?;
        self.bind_path();
        list::read(self)
    }

    /// What the path says wins over anything of the same name.
    fn bind_path(&mut self) {
        let path = self.path.iter();
        let path = path.map(|(name, value)| (name.clone(), typed(value)));
        self.params.extend(path);
    }

    /// Answers with what the statements give, or with what the key-value store has instead.
    async fn work(&mut self, transaction: &mut Transaction<'_>) -> Result<Judged, Stop> {
        access::hash(self);
        match &self.route.kv {
            Some(KvUse::Read {
                put,
                negative_ttl_us,
                stampede,
            }) => kv::read(self, transaction, (put, *negative_ttl_us, *stampede)).await,
            Some(KvUse::Write {
                keys,
                tags,
                put: Some(put),
                behind_us: Some(delay_us),
            }) => Ok(kv::behind(self, (keys, tags), (put, *delay_us)).await),
            _ => self.run_statements(transaction).await,
        }
    }

    /// Runs the statements, all or none of them, and answers with what they gave.
    async fn run_statements(&mut self, transaction: &mut Transaction<'_>) -> Result<Judged, Stop> {
        if self.route.is_transaction() {
            transaction.begin("BEGIN")?;
        }
        let ran = run::run(self, transaction).await;
        let judged = ran.map(|ran| {
            let judged = respond::respond(self, &ran);
            self.ran = Some(ran);
            judged
        });
        let keep = |(response, _): &Judged| !response.status().is_server_error();
        let ended = transaction.end(judged.as_ref().is_ok_and(keep));
        let judged = judged?;
        ended?;
        Ok(judged)
    }

    /// Parameters that every route has.
    fn set_always(&mut self) {
        let now = self.cx.clock.wall(self.cx.now_us());
        let now = now.format("%Y-%m-%d %H:%M:%S%.f").to_string();
        self.params
            .insert("client".to_owned(), json!(self.cx.client));
        self.params.insert("now".to_owned(), json!(now));
        let asking = access::parameters(self.cx.identity.borrow().as_ref());
        self.params.extend(asking);
        let version = self.picked.version.clone();
        self.params.insert("version".to_owned(), json!(version));
        if let Some(fact) = self.picked.fact.take() {
            self.fact("version", fact);
        }
    }

    /// Notes what a stage made of something, for the trace.
    fn fact(&mut self, name: &str, value: String) {
        self.facts.push(Fact {
            name: name.to_owned(),
            value,
        });
    }

    /// A refusal whose reason is what the client is told.
    fn refuse(&self, status: StatusCode, detail: String, standard: &str) -> Refusal {
        let response = problem(self.cx, status, &detail, &[]);
        Box::new((response, refused(status, detail, standard)))
    }

    /// The 422 that lists members which break their rules; `lead` begins its sentence.
    fn refuse_members(&self, lead: &str, broken: &[Broken]) -> Refusal {
        let errors = broken.iter().map(|one| {
            // The whole document is the empty pointer (RFC 6901 §6).
            json!({ "detail": one.why, "pointer": format!("#{}", fragment(&one.pointer)) })
        });
        let words = broken.iter().map(Broken::words).collect();
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        self.refuse_with(status, lead, words, errors.collect(), "RFC 9110 §15.5.21")
    }

    /// The 400 that lists parameters which break their rules; `lead` begins its sentence.
    fn refuse_parameters(&self, lead: &str, broken: &[(&str, String)]) -> Refusal {
        let errors = broken.iter();
        let errors = errors.map(|(name, why)| json!({ "detail": why, "parameter": name }));
        let words = broken.iter().map(|(n, why)| format!("{n} {why}")).collect();
        let status = StatusCode::BAD_REQUEST;
        let (response, verdict) = *self.refuse_with(
            status,
            &format!("{lead},"),
            words,
            errors.collect(),
            "RFC 9110 §15.5.1",
        );
        let query = self.request.uri().query().unwrap_or("");
        Box::new((response, verdict.fact("query", query)))
    }

    fn refuse_with(
        &self,
        status: StatusCode,
        lead: &str,
        mut words: Vec<String>,
        errors: Vec<Value>,
        standard: &str,
    ) -> Refusal {
        let all = words.len();
        if all > TOLD + 1 {
            words.truncate(TOLD);
            words.push(format!("and {} more are wrong", all - TOLD));
        }
        let words = words.join("; ");
        let end = if words.ends_with('?') { "" } else { "." };
        let detail = format!("{lead} {words}{end}");
        let shown = if all < MAX_BROKEN {
            all.to_string()
        } else {
            format!("{MAX_BROKEN} or more")
        };
        let response = problem(
            self.cx,
            status,
            &detail,
            &[("errors", Value::Array(errors))],
        );
        let verdict = refused(status, detail, standard).fact("errors", shown);
        Box::new((response, verdict))
    }
}

/// A JSON Pointer as it stands in a URI's fragment (RFC 6901 §6).
fn fragment(pointer: &str) -> String {
    percent_encoding::utf8_percent_encode(pointer, NOT_IN_FRAGMENT).to_string()
}

/// What a fragment cannot hold (RFC 3986 §3.5).
const NOT_IN_FRAGMENT: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// A path parameter as a value: digits are a whole number, all else is text.
fn typed(text: &str) -> Value {
    match text.parse::<i64>() {
        Ok(number) if number.to_string() == text => json!(number),
        _ => json!(text),
    }
}
