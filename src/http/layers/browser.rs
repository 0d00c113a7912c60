//! The client's browser: its cookies, and what it lets a page send and read.

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use ::http::header::{
    ACCEPT, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, COOKIE, HOST,
    HeaderName, HeaderValue, ORIGIN, SET_COOKIE, USER_AGENT,
};
use ::http::{HeaderMap, Method};
use bytes::Bytes;
use futures_util::future::LocalBoxFuture;

use crate::http::browser::Sender;
use crate::http::browser::cors::{self, Asked};
use crate::http::browser::jar::{Fate, Jar, Visit};
use crate::http::browser::origin::{Origin, Relation};
use crate::http::browser::preflights::Preflights;
use crate::http::message::Credentials;
use crate::http::parse::{display_name, text_of};
use crate::http::stack::{Answer, Cx, Layer, Next, Shared, Verdict};
use crate::http::trace::{Decision, Fact};
use crate::http::view::LayerState;
use crate::http::{Request, Response};
use crate::sim::Clock;

/// One browser a client.
pub struct Browser {
    clock: Clock,
    clients: RefCell<BTreeMap<String, Rc<RefCell<Client>>>>,
}

/// What one browser keeps.
#[derive(Clone, Default)]
struct Client {
    jar: Jar,
    preflights: Preflights,
}

impl Browser {
    /// Goes on with the cookies of `previous`.
    pub fn new(clock: Clock, previous: Option<&Self>) -> Self {
        Self {
            clock,
            clients: RefCell::new(previous.map(Self::copies).unwrap_or_default()),
        }
    }

    fn copies(&self) -> BTreeMap<String, Rc<RefCell<Client>>> {
        let clients = self.clients.borrow();
        let copy = |client: &Rc<RefCell<Client>>| Rc::new(RefCell::clone(client));
        clients
            .iter()
            .map(|(who, client)| (who.clone(), copy(client)))
            .collect()
    }

    fn of(&self, client: &str) -> Rc<RefCell<Client>> {
        let mut clients = self.clients.borrow_mut();
        Rc::clone(clients.entry(client.to_owned()).or_default())
    }
}

impl Layer for Browser {
    fn name(&self) -> &'static str {
        "browser"
    }

    fn title(&self) -> &'static str {
        "Browser"
    }

    fn call<'a>(
        &'a self,
        cx: &'a Cx,
        request: Request,
        next: Next<'a>,
    ) -> LocalBoxFuture<'a, Answer> {
        let client = self.of(&cx.client);
        Box::pin(async move { send(&client, cx, request, next).await })
    }

    fn view(&self, shared: &Shared) -> LayerState {
        let now_us = self.clock.unix_us(shared.runtime.now_us());
        let now_s = now_us.div_euclid(1_000_000);
        let clients = self.clients.borrow();
        let views = clients
            .iter()
            .flat_map(|(owner, client)| client.borrow().jar.views(owner, now_s));
        LayerState::Browser {
            cookies: views.collect(),
        }
    }

    fn fork(&self) -> Rc<dyn Layer> {
        Rc::new(Self::new(self.clock, Some(self)))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A script of one origin asking another.
#[derive(Clone, Copy)]
struct Crossing<'c> {
    page: &'c Origin,
    with_cookies: bool,
}

async fn send(client: &RefCell<Client>, cx: &Cx, mut request: Request, next: Next<'_>) -> Answer {
    let to = Origin::of(&request);
    let relation = cx.sender.relation(&to);
    let mut facts = Vec::new();
    if let Sender::Script(..) = cx.sender {
        facts.extend(drop_forbidden(request.headers_mut()));
    }
    let crossing = match &cx.sender {
        Sender::Script(page, credentials) if relation != Some(Relation::SameOrigin) => {
            Some(Crossing {
                page,
                with_cookies: *credentials == Credentials::Include,
            })
        }
        _ => None,
    };
    say_who(cx, relation, crossing.is_some(), &to, &mut request);
    if let Some(crossing) = crossing {
        match preflight(client, cx, &request, next, crossing).await {
            Ok(fact) => facts.push(fact),
            Err(answer) => return answer.with(facts),
        }
    }

    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let visit = Visit {
        to: &to,
        path: &path,
        is_same_site: relation != Some(Relation::CrossSite),
        is_navigation: cx.sender.is_navigation(),
        is_safe: method.is_safe(),
        now_s: now_s(cx),
    };
    let has_credentials = match &cx.sender {
        Sender::Script(_, Credentials::Omit) => false,
        Sender::Script(..) => crossing.is_none_or(|crossing| crossing.with_cookies),
        _ => true,
    };
    let sent = if has_credentials {
        attach(client, visit, &mut request, &mut facts)
    } else {
        let why = match crossing {
            Some(_) => {
                "none: a script asks another origin with them only if it says credentials include (Fetch §2.2.5)"
            }
            None => "none: the script says credentials omit (Fetch §2.2.5)",
        };
        facts.push(fact("cookies", why));
        Some(0)
    };
    cx.leaves(request.headers());
    let response = next.run(cx, request).await;
    let visit = Visit {
        now_s: now_s(cx),
        ..visit
    };
    if has_credentials {
        facts.extend(receive(client, visit, &response));
    } else if response.headers().contains_key(SET_COOKIE) {
        let why = "ignored: it was asked without credentials (Fetch §4.7)";
        facts.push(fact("Set-Cookie", why));
    }
    let verdict = match crossing {
        Some(crossing) => read_by(crossing, &response),
        None => plain(cx, relation, sent),
    };
    Answer::passed(response, verdict.facts(facts))
}

/// Takes away what a script cannot write.
fn drop_forbidden(headers: &mut HeaderMap) -> Vec<Fact> {
    // What the client itself writes is no script's.
    let is_script = |name: &&HeaderName| cors::is_forbidden(name) && !is_clients(name);
    let names: Vec<HeaderName> = headers.keys().filter(is_script).cloned().collect();
    let dropped = names.into_iter().map(|name| {
        headers.remove(&name);
        let why = "left out: a script cannot write it (Fetch §2.2.2, forbidden request-header)";
        fact(&display_name(&name), why)
    });
    dropped.collect()
}

fn is_clients(name: &HeaderName) -> bool {
    *name == HOST || *name == ::http::header::CONTENT_LENGTH
}

/// Writes `Origin` and the fetch metadata. What a user writes by hand stays.
fn say_who(
    cx: &Cx,
    relation: Option<Relation>,
    is_crossing: bool,
    to: &Origin,
    request: &mut Request,
) {
    let is_reading = [Method::GET, Method::HEAD].contains(request.method());
    if let Some(page) = cx.sender.page()
        && (is_crossing || !is_reading)
    {
        put(request.headers_mut(), ORIGIN, &page.to_string());
    }
    // Fetch Metadata §2: only where the way is secure.
    if to.is_secure() {
        let site = relation.map_or("none", Relation::name);
        let mode = match cx.sender {
            Sender::Script(..) => "cors",
            _ => "navigate",
        };
        put(request.headers_mut(), SEC_FETCH_SITE, site);
        put(request.headers_mut(), SEC_FETCH_MODE, mode);
    }
}

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.entry(name).or_insert(value);
    }
}

/// A request that must not be sent, and what was answered instead.
struct Blocked {
    response: Response,
    verdict: Verdict,
}

impl Blocked {
    fn with(self, facts: Vec<Fact>) -> Answer {
        Answer::passed(self.response, self.verdict.facts(facts))
    }
}

/// Asks the other origin first, if a form could not have sent this (Fetch §4.8). Gives what there
/// is to know about it.
async fn preflight(
    client: &RefCell<Client>,
    cx: &Cx,
    request: &Request,
    next: Next<'_>,
    crossing: Crossing<'_>,
) -> Result<Fact, Blocked> {
    let headers = cors::unsafe_names(request.headers());
    let asked = Asked {
        page: crossing.page,
        with_cookies: crossing.with_cookies,
        method: request.method(),
        headers: &headers,
    };
    if cors::is_safelisted_method(request.method()) && headers.is_empty() {
        let why = "not needed: a form could send this as well (Fetch §2.2.2, CORS-safelisted)";
        return Ok(fact("preflight", why));
    }
    let because = if cors::is_safelisted_method(request.method()) {
        format!("of {}", headers.join(", "))
    } else {
        format!("of the method {}", request.method())
    };
    let url = request.uri().to_string();
    let known = client.borrow().preflights.find(asked, &url, cx.now_us());
    if let Some(left_us) = known {
        let why = format!(
            "not sent: an earlier one counts for another {} s (Fetch §4.9)",
            left_us.div_ceil(1_000_000)
        );
        return Ok(fact("preflight", why));
    }
    let answer = next.run(cx, asking(request, &headers)).await;
    match cors::check_preflight(asked, answer.status(), answer.headers()) {
        Ok(allowed) => {
            let why = format!(
                "sent first, because {because}: allowed, and it counts for {} s (Fetch §4.8)",
                allowed.max_age_s
            );
            let mut client = client.borrow_mut();
            let preflights = &mut client.preflights;
            preflights.keep(asked, &url, allowed, cx.now_us());
            Ok(fact("preflight", why))
        }
        Err(why) => {
            let reason = format!(
                "The browser did not send it: because {because} it first asked with OPTIONS, and \
                 the answer does not allow it, because {why}."
            );
            cx.leaves(request.headers());
            let verdict = Verdict::new(
                Decision::Refused,
                "blocked",
                reason,
                "Fetch §4.8 CORS-preflight fetch",
            );
            Err(Blocked {
                response: answer,
                verdict: verdict.fact("page", crossing.page.to_string()),
            })
        }
    }
}

/// The preflight for a request.
fn asking(request: &Request, unsafe_names: &[String]) -> Request {
    let mut asking = Request::new(Bytes::new());
    *asking.method_mut() = Method::OPTIONS;
    *asking.uri_mut() = request.uri().clone();
    *asking.extensions_mut() = request.extensions().clone();
    let headers = asking.headers_mut();
    for name in [HOST, USER_AGENT, ORIGIN, SEC_FETCH_SITE, SEC_FETCH_MODE] {
        if let Some(value) = request.headers().get(&name) {
            headers.insert(name, value.clone());
        }
    }
    put(headers, ACCEPT, "*/*");
    put(
        headers,
        ACCESS_CONTROL_REQUEST_METHOD,
        request.method().as_str(),
    );
    if !unsafe_names.is_empty() {
        put(
            headers,
            ACCESS_CONTROL_REQUEST_HEADERS,
            &unsafe_names.join(","),
        );
    }
    asking
}

/// Adds the cookies that go along; how many, or none if the user wrote the field by hand.
fn attach(
    client: &RefCell<Client>,
    visit: Visit<'_>,
    request: &mut Request,
    facts: &mut Vec<Fact>,
) -> Option<usize> {
    if request.headers().contains_key(COOKIE) {
        let why = "written by hand, so the browser adds none of its own";
        facts.push(fact("Cookie", why));
        return None;
    }
    let (field, fates) = client.borrow_mut().jar.attach(visit);
    if let Some(field) = field {
        put(request.headers_mut(), COOKIE, &field);
    }
    let sent = fates.iter().filter(|fate| fate.is_done).count();
    facts.extend(fates.into_iter().map(of_cookie));
    Some(sent)
}

fn receive(client: &RefCell<Client>, visit: Visit<'_>, response: &Response) -> Vec<Fact> {
    let jar = &mut client.borrow_mut().jar;
    let lines = response.headers().get_all(SET_COOKIE).iter();
    let fates = lines.map(|line| jar.receive(&text_of(line), visit));
    let fact_of = |fate: Fate| Fact {
        name: format!("Set-Cookie {}", fate.name),
        value: fate.why,
    };
    fates.map(fact_of).collect()
}

fn of_cookie(fate: Fate) -> Fact {
    Fact {
        name: format!("cookie {}", fate.name),
        value: fate.why,
    }
}

/// Whether a page of another origin reads the answer (Fetch §4.10).
fn read_by(crossing: Crossing<'_>, response: &Response) -> Verdict {
    let Crossing { page, with_cookies } = crossing;
    let standard = "Fetch §4.10 CORS check";
    match cors::check(page, with_cookies, response.headers()) {
        Ok(()) => {
            let reason = format!("The answer says that {page} may read it, so its script gets it.");
            let readable = cors::readable_names(response.headers(), with_cookies);
            Verdict::new(Decision::Forwarded, "readable", reason, standard)
                .fact("page", page.to_string())
                .fact("fields the script sees", readable.join(", "))
        }
        Err(why) => {
            let reason = format!(
                "The request was carried out, and here is what came back; the browser keeps it \
                 from the script of {page}, because {why}."
            );
            Verdict::new(Decision::Refused, "withheld", reason, standard)
                .fact("page", page.to_string())
        }
    }
}

/// What is said of a request that the same-origin policy does not stop.
fn plain(cx: &Cx, relation: Option<Relation>, sent: Option<usize>) -> Verdict {
    let cookies = match sent {
        None => "the cookies are those written by hand".to_owned(),
        Some(0) => "no cookie goes along".to_owned(),
        Some(1) => "one cookie goes along".to_owned(),
        Some(n) => format!("{n} cookies go along"),
    };
    let (label, reason) = match &cx.sender {
        Sender::User => (
            "typed",
            format!("You typed the address, so no page is behind it: {cookies}."),
        ),
        Sender::Script(page, _) => (
            "same-origin",
            format!(
                "A script asks its page’s own origin, {page}: {cookies}, and it reads the answer."
            ),
        ),
        Sender::Form(page) => (
            "form",
            navigation("submits a form", page, relation, &cookies),
        ),
        Sender::Link(page) => (
            "link",
            navigation("follows a link", page, relation, &cookies),
        ),
    };
    let verdict = Verdict::new(Decision::Forwarded, label, reason, "RFC 6265bis §5.8.3");
    match cx.sender.page() {
        Some(page) => verdict.fact("page", page.to_string()),
        None => verdict,
    }
}

fn navigation(does: &str, page: &Origin, relation: Option<Relation>, cookies: &str) -> String {
    let site = match relation {
        Some(Relation::CrossSite) => ", another site",
        Some(Relation::SameSite) => ", the same site",
        _ => ", its own origin",
    };
    format!("Somebody {does} of {page}{site}: {cookies}, and the answer is shown as a page.")
}

fn fact(name: &str, value: impl Into<String>) -> Fact {
    Fact {
        name: name.to_owned(),
        value: value.into(),
    }
}

fn now_s(cx: &Cx) -> i64 {
    cx.clock.unix_us(cx.now_us()).div_euclid(1_000_000)
}
