//! How a route serves a request: one file a stage, in the order of this pipeline.
//!
//! Each stage either lets the request go on or answers it, and says why.

mod access;
mod act;
mod body;
mod failed;
pub mod limits;
pub mod list;
mod query;
mod represent;
mod respond;
mod run;

use std::collections::BTreeMap;

use ::http::{Method, StatusCode};
use serde_json::{Value, json};

use self::list::Listing;
use super::answer;
use super::rules::{Broken, MAX_BROKEN};
use super::spec::{AuthSpec, DatabaseSpec, RouteSpec};
use super::statement::Filling;
use super::transaction::Transaction;
use crate::http::reply::problem;
use crate::http::stack::{Cx, Verdict};
use crate::http::trace::{Decision, Fact};
use crate::http::{Request, Response};

pub use respond::UNRESERVED;

/// Values for the parameters of a statement.
pub type Params = BTreeMap<String, Value>;

/// A response with its verdict.
pub type Judged = (Response, Verdict);

/// An answer that ends the pipeline before its last stage.
pub type Refusal = Box<Judged>;

/// Most broken rules that are told in words; all of them are listed beside.
const TOLD: usize = 5;

/// A request on its way through the stages, and what they have found so far.
pub struct Call<'a> {
    /// What the request carries along.
    pub cx: &'a Cx,
    /// The request.
    pub request: &'a Request,
    /// The route it is for.
    pub route: &'a RouteSpec,
    /// How people show who they are.
    pub auth: &'a AuthSpec,
    /// Parameters of the path, as text.
    pub path: Vec<(String, String)>,
    /// Values for the parameters of statements.
    pub params: Params,
    /// Names of the body's members that were sent and may be set.
    pub sent: Vec<String>,
    /// What it asks of a list.
    pub listing: Listing<'a>,
    /// What goes into the holes of statements.
    pub filling: Filling,
    /// What stages looked at that let the request go on.
    pub facts: Vec<Fact>,
}

/// The verdict of a request that is not served.
pub fn refused(status: StatusCode, reason: impl Into<String>, standard: &str) -> Verdict {
    Verdict::new(Decision::Refused, status.as_str(), reason, standard)
}

/// Serves a request by a route whose path parameters are `path`.
pub async fn serve(
    (auth, cost): (&AuthSpec, &DatabaseSpec),
    cx: &Cx,
    request: &Request,
    route: &RouteSpec,
    path: Vec<(String, String)>,
) -> Judged {
    cx.shared.runtime.sleep(route.latency_us).await;
    let mut call = Call {
        cx,
        request,
        route,
        auth,
        path,
        params: Params::new(),
        sent: Vec::new(),
        listing: Listing::default(),
        filling: Filling::default(),
        facts: Vec::new(),
    };
    let mut transaction = Transaction::new(cx, cost);
    let answered = call.answer(&mut transaction).await;
    let (response, verdict) = answered.unwrap_or_else(|refusal| *refusal);
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
    if request.method() == Method::HEAD {
        let why = "the fields of GET, without its body";
        return (answer::without_body(response), verdict.fact("HEAD", why));
    }
    (response, verdict)
}

impl Call<'_> {
    /// The stages.
    ///
    /// # Errors
    /// The answer of the stage that did not let the request go on.
    async fn answer(&mut self, transaction: &mut Transaction<'_>) -> Result<Judged, Refusal> {
        let route = self.route;
        access::known(self)?;
        self.set_always();
        query::read(self)?;
        if let Some(spec) = &route.body {
            body::read(self, spec)?;
        }
        // What the path says wins over a body's member of the same name.
        let path = self.path.iter();
        let path = path.map(|(name, value)| (name.clone(), typed(value)));
        self.params.extend(path);
        list::read(self)?;
        access::allowed(self, transaction).await?;
        let gift = match &route.access.act {
            Some(act) => Some(act::act(self, act, transaction).await?),
            None => None,
        };
        access::hash(self);
        if route.is_transaction() {
            let begun = transaction.begin("BEGIN");
            begun.map_err(|problem| failed::failed(self, &problem))?;
        }
        let ran = run::run(self, transaction).await;
        let ended = transaction.end(ran.is_ok());
        let ran = ran?;
        ended.map_err(|problem| failed::failed(self, &problem))?;
        let answer = respond::respond(self, &ran);
        Ok(match gift {
            Some(gift) => gift.give(self.cx, answer),
            None => answer,
        })
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
        let detail = format!("{lead} {}.", words.join("; "));
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
