//! The layers in order, and the way of one request through them.
//!
//! A layer gives its response together with a [`Verdict`]; the stack opens and closes the span
//! around it. So no layer can answer, or pass on, without saying what it decided and why.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use ::http::uri::Scheme;
use ::http::{HeaderMap, HeaderValue};
use futures_util::future::LocalBoxFuture;

use super::api::kv::{Store as KeyValues, behind};
use super::api::routes::Routes;
use super::api::spec::{LayerKind, ProblemsSpec, WorldSpec};
use super::auth::Identity;
use super::auth::store::Store;
use super::browser::Sender;
use super::layers::auth::Auth;
use super::layers::authorization_server::AuthorizationServer;
use super::layers::browser::Browser;
use super::layers::browser_cache::BrowserCache;
use super::layers::cdn::Cdn;
use super::layers::cors::Cors;
use super::layers::rate_limit::RateLimit;
use super::message::{ExchangeId, RequestText, ResponseText};
use super::trace::{Decision, Exchange, Fact, Span, StatementTrace};
use super::view::{LayerState, LayerView};
use super::{Request, Response};
use crate::sim::{Clock, Rng, Runtime};
use crate::sql::Database;

/// What all requests of a world share. A clone shares it too; see [`Shared::fork`].
#[derive(Clone)]
pub struct Shared {
    /// Virtual time.
    pub runtime: Runtime,
    /// The database.
    pub db: Rc<RefCell<Database>>,
    /// Chance.
    pub rng: Rc<RefCell<Rng>>,
    /// The key-value store.
    pub kv: Rc<RefCell<KeyValues>>,
    /// Sessions, tokens and codes.
    pub auth: Rc<RefCell<Store>>,
    /// Number of the latest exchange.
    pub last_exchange: Rc<Cell<ExchangeId>>,
    /// What caches take for the `Cache-Control` of responses, in place of what these say.
    pub policy: Option<HeaderValue>,
    /// What layers asked behind their clients' backs and nobody was told of so far.
    pub behind: Rc<RefCell<Vec<Exchange>>>,
}

impl Shared {
    /// What a new world's requests share: time 0, this database, chance from this seed.
    pub fn new(db: Database, seed: u64) -> Self {
        Self {
            runtime: Runtime::new(0),
            db: Rc::new(RefCell::new(db)),
            rng: Rc::new(RefCell::new(Rng::new(seed))),
            kv: Rc::default(),
            auth: Rc::default(),
            last_exchange: Rc::new(Cell::new(0)),
            policy: None,
            behind: Rc::default(),
        }
    }

    /// The number of the exchange that begins now.
    pub fn next_exchange(&self) -> ExchangeId {
        let id = self.last_exchange.get() + 1;
        self.last_exchange.set(id);
        id
    }

    /// A copy that goes its own way from here on. Requests that still run are not copied.
    #[must_use]
    pub fn fork(&self) -> Self {
        let fork = Self {
            runtime: Runtime::new(self.runtime.now_us()),
            db: Rc::new(RefCell::new(self.db.borrow().clone())),
            rng: Rc::new(RefCell::new(self.rng.borrow().clone())),
            kv: Rc::new(RefCell::new(self.kv.borrow().fork())),
            auth: Rc::new(RefCell::new(self.auth.borrow().clone())),
            last_exchange: Rc::new(Cell::new(self.last_exchange.get())),
            policy: self.policy.clone(),
            behind: Rc::default(),
        };
        behind::resume(&fork);
        fork
    }
}

/// What one request carries along.
pub struct Cx {
    /// What all requests share.
    pub shared: Shared,
    /// The lab's wall clock.
    pub clock: Clock,
    /// How errors are named.
    pub problems: Rc<ProblemsSpec>,
    /// Whose browser or program sends.
    pub client: String,
    /// What makes it send.
    pub sender: Sender,
    /// Number of the exchange.
    pub id: ExchangeId,
    /// Who is asking, once the layer `auth` knows.
    pub identity: RefCell<Option<Identity>>,
    /// The fields with which the request left the client, if a layer there changed them.
    left: RefCell<Option<HeaderMap>>,
    spans: RefCell<Vec<Span>>,
    answered_by: RefCell<String>,
}

impl Cx {
    /// The same client's, for an exchange of its own.
    fn another(&self) -> Self {
        Self {
            shared: self.shared.clone(),
            clock: self.clock,
            problems: Rc::clone(&self.problems),
            client: self.client.clone(),
            sender: self.sender.clone(),
            id: self.shared.next_exchange(),
            identity: self.identity.clone(),
            left: RefCell::default(),
            spans: RefCell::default(),
            answered_by: RefCell::default(),
        }
    }

    /// Says with which fields the request leaves the client, for whoever looks at it.
    pub fn leaves(&self, headers: &HeaderMap) {
        *self.left.borrow_mut() = Some(headers.clone());
    }

    /// Virtual microseconds since the lab's beginning.
    pub fn now_us(&self) -> u64 {
        self.shared.runtime.now_us()
    }

    /// The wall clock as an HTTP date.
    pub fn date(&self) -> String {
        super::date::http_date(self.clock.wall(self.now_us()))
    }
}

/// What a layer decided, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    decision: Decision,
    label: String,
    reason: String,
    standard: String,
    facts: Vec<Fact>,
    statements: Vec<StatementTrace>,
}

impl Verdict {
    /// A verdict: its kind, a word for the map, one sentence why, and the section of the standard
    /// (empty if none speaks of it).
    pub fn new(
        decision: Decision,
        label: impl Into<String>,
        reason: impl Into<String>,
        standard: impl Into<String>,
    ) -> Self {
        Self {
            decision,
            label: label.into(),
            reason: reason.into(),
            standard: standard.into(),
            facts: Vec::new(),
            statements: Vec::new(),
        }
    }

    /// Adds something it looked at.
    #[must_use]
    pub fn fact(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.facts.push(Fact {
            name: name.into(),
            value: value.into(),
        });
        self
    }

    /// Adds what it looked at.
    #[must_use]
    pub fn facts(mut self, facts: impl IntoIterator<Item = impl Into<Fact>>) -> Self {
        self.facts.extend(facts.into_iter().map(Into::into));
        self
    }

    /// Adds the SQL it ran.
    #[must_use]
    pub fn statements(mut self, statements: Vec<StatementTrace>) -> Self {
        self.statements.extend(statements);
        self
    }
}

/// A layer's response and verdict.
pub struct Answer {
    response: Response,
    verdict: Verdict,
    own: bool,
}

impl Answer {
    /// A response this layer made or had in store.
    pub fn own(response: Response, verdict: Verdict) -> Self {
        Self {
            response,
            verdict,
            own: true,
        }
    }

    /// The response of a layer behind.
    pub fn passed(response: Response, verdict: Verdict) -> Self {
        Self {
            response,
            verdict,
            own: false,
        }
    }
}

/// One behaviour on the way of a request.
pub trait Layer: 'static {
    /// The name used in `world.toml` and in traces.
    fn name(&self) -> &'static str;

    /// What stands in the picture.
    fn title(&self) -> &'static str;

    /// Answers, or sends on and answers with what comes back.
    fn call<'a>(
        &'a self,
        cx: &'a Cx,
        request: Request,
        next: Next<'a>,
    ) -> LocalBoxFuture<'a, Answer>;

    /// The inside, now.
    fn view(&self, shared: &Shared) -> LayerState;

    /// A deep copy.
    fn fork(&self) -> Rc<dyn Layer>;

    /// For taking over the state of the layer before.
    fn as_any(&self) -> &dyn Any;
}

/// The rest of the way.
#[derive(Clone, Copy)]
pub struct Next<'a> {
    stack: &'a Rc<Stack>,
    at: usize,
}

/// The rest of the way for a request of a layer's own, which may outlive the client's.
pub struct Behind {
    cx: Cx,
    stack: Rc<Stack>,
    at: usize,
}

impl Behind {
    /// Sends the layer's request on. Whoever watches the world is told of it as an exchange.
    pub async fn run(&self, request: Request) -> Response {
        let (cx, start_us) = (&self.cx, self.cx.now_us());
        let text = RequestText::of(&request);
        let next = Next {
            stack: &self.stack,
            at: self.at,
        };
        let response = next.run(cx, request).await;
        let exchange = Exchange {
            id: cx.id,
            request: text,
            response: ResponseText::of(&response),
            start_us,
            end_us: cx.now_us(),
            answered_by: cx.answered_by.take(),
            spans: cx.spans.take(),
            client: cx.client.clone(),
        };
        cx.shared.behind.borrow_mut().push(exchange);
        response
    }

    /// What its request carries along.
    pub fn cx(&self) -> &Cx {
        &self.cx
    }
}

impl<'a> Next<'a> {
    /// The same way for a request that the layer makes behind the client's back.
    pub fn behind(self, cx: &Cx) -> Behind {
        Behind {
            cx: cx.another(),
            stack: Rc::clone(self.stack),
            at: self.at,
        }
    }

    /// Sends the request on.
    pub fn run(self, cx: &'a Cx, request: Request) -> LocalBoxFuture<'a, Response> {
        Box::pin(async move {
            // The network lies between what the client runs and what the servers run.
            let crosses = self.at == self.stack.client_side;
            if crosses {
                cx.shared.runtime.sleep(self.stack.network_us).await;
            }
            let response = self.enter(cx, request).await;
            if crosses {
                cx.shared.runtime.sleep(self.stack.network_us).await;
            }
            response
        })
    }

    async fn enter(self, cx: &'a Cx, request: Request) -> Response {
        let layer = self.stack.layer(self.at);
        let span = cx.spans.borrow().len();
        cx.spans.borrow_mut().push(Span {
            layer: layer.name().to_owned(),
            start_us: cx.now_us(),
            end_us: cx.now_us(),
            decision: Decision::Waited,
            label: "waiting".to_owned(),
            reason: "No answer has come back so far.".to_owned(),
            standard: String::new(),
            facts: Vec::new(),
            statements: Vec::new(),
        });
        let behind = Self {
            at: self.at + 1,
            ..self
        };
        let answer = layer.call(cx, request, behind).await;
        let verdict = answer.verdict;
        if let Some(open) = cx.spans.borrow_mut().get_mut(span) {
            open.end_us = cx.now_us();
            open.decision = verdict.decision;
            open.label = verdict.label;
            open.reason = verdict.reason;
            open.standard = verdict.standard;
            open.facts = verdict.facts;
            open.statements = verdict.statements;
        }
        if answer.own {
            *cx.answered_by.borrow_mut() = layer.name().to_owned();
        }
        answer.response
    }
}

/// A world's layers.
pub struct Stack {
    /// In front of the routes, client first.
    outer: Vec<Rc<dyn Layer>>,
    routes: Rc<Routes>,
    /// How many of the layers run at the client.
    client_side: usize,
    network_us: u64,
    /// The API's own first.
    hosts: Vec<String>,
    scheme: Scheme,
    clock: Clock,
    problems: Rc<ProblemsSpec>,
}

impl Stack {
    /// The layers of `spec`. A layer that was there before keeps its state; a limiter whose
    /// settings changed starts full.
    pub fn build(spec: &WorldSpec, previous: Option<&Self>) -> Self {
        // A running clock runs on: stored responses were dated by it.
        let clock = previous.map_or_else(|| Clock::new(spec.start), Self::clock);
        let routes = Rc::new(Routes::new(spec, previous.map(|stack| &*stack.routes)));
        let outer: Vec<Rc<dyn Layer>> = spec
            .layers
            .iter()
            .filter_map(|kind| -> Option<Rc<dyn Layer>> {
                match kind {
                    LayerKind::Browser => Some(Rc::new(Browser::new(clock, find(previous)))),
                    LayerKind::Cors => Some(Rc::new(Cors::new(&spec.cors))),
                    LayerKind::BrowserCache => {
                        Some(Rc::new(BrowserCache::new(clock, find(previous))))
                    }
                    LayerKind::Cdn => Some(Rc::new(Cdn::new(&spec.cdn, clock, find(previous)))),
                    LayerKind::RateLimit => Some(Rc::new(RateLimit::new(
                        &spec.rate_limit,
                        routes.router(),
                        find(previous),
                    ))),
                    LayerKind::AuthorizationServer => Some(Rc::new(AuthorizationServer::new(spec))),
                    LayerKind::Auth => Some(Rc::new(Auth::new(spec, routes.router()))),
                    LayerKind::Routes => None,
                }
            })
            .collect();
        Self {
            client_side: spec
                .layers
                .iter()
                .take_while(|kind| kind.is_clients())
                .count(),
            network_us: spec.network_us,
            hosts: spec.hosts(),
            scheme: spec.scheme.clone(),
            outer,
            routes,
            clock,
            problems: Rc::new(spec.problems.clone()),
        }
    }

    /// The host requests are for.
    pub fn host(&self) -> &str {
        self.hosts.first().map_or("", String::as_str)
    }

    /// All hosts that answer, the API's own first: an authorization server and its clients have their
    /// own.
    pub fn hosts(&self) -> &[String] {
        &self.hosts
    }

    /// Scheme and host of the backend (RFC 6454 §4).
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.host())
    }

    /// The lab's wall clock.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Whether a browser stands between the page and the network.
    pub fn has_browser(&self) -> bool {
        self.layer(0).name() == LayerKind::Browser.name()
    }

    /// Sends one request from a client, made by `sender`, and waits for the response.
    pub async fn send(
        self: &Rc<Self>,
        shared: &Shared,
        id: ExchangeId,
        (client, sender): (&str, &Sender),
        request: &RequestText,
        mut parsed: Request,
    ) -> Exchange {
        let cx = Cx {
            shared: shared.clone(),
            clock: self.clock,
            problems: Rc::clone(&self.problems),
            client: client.to_owned(),
            sender: sender.clone(),
            id,
            left: RefCell::default(),
            identity: RefCell::default(),
            spans: RefCell::default(),
            answered_by: RefCell::default(),
        };
        let start_us = cx.now_us();
        if parsed.extensions().get::<Scheme>().is_none() {
            parsed.extensions_mut().insert(self.scheme.clone());
        }
        let typed = parsed.headers().clone();
        let start = Next { stack: self, at: 0 };
        let response = start.run(&cx, parsed).await;
        let left = cx.left.into_inner().unwrap_or(typed);
        Exchange {
            id,
            request: request.completed(&left),
            response: ResponseText::of(&response),
            start_us,
            end_us: shared.runtime.now_us(),
            answered_by: cx.answered_by.into_inner(),
            spans: cx.spans.into_inner(),
            client: cx.client,
        }
    }

    /// A deep copy.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self {
            outer: self.outer.iter().map(|layer| layer.fork()).collect(),
            routes: Rc::new(self.routes.forked()),
            hosts: self.hosts.clone(),
            problems: Rc::clone(&self.problems),
            scheme: self.scheme.clone(),
            ..*self
        }
    }

    /// The client, every layer, and the database, in the order a request meets them.
    pub fn views(&self, shared: &Shared) -> Vec<LayerView> {
        let plain = |name: &str, title: &str| LayerView {
            name: name.to_owned(),
            title: title.to_owned(),
            state: LayerState::Plain,
        };
        let layers = (0..=self.outer.len()).map(|at| self.layer(at));
        let mut views = vec![plain("client", "You")];
        views.extend(layers.map(|layer| LayerView {
            name: layer.name().to_owned(),
            title: layer.title().to_owned(),
            state: layer.view(shared),
        }));
        if let Some(spec) = self.routes.key_values() {
            let state = shared.kv.borrow().view(&spec, shared.runtime.now_us());
            views.push(LayerView {
                name: "kv".to_owned(),
                title: "Key-value store".to_owned(),
                state,
            });
        }
        views.push(plain("database", "Database"));
        views
    }

    fn layer(&self, at: usize) -> &dyn Layer {
        match self.outer.get(at) {
            Some(layer) => layer.as_ref(),
            None => self.routes.as_ref(),
        }
    }
}

/// The layer of this kind in the stack before.
fn find<L: Layer>(previous: Option<&Stack>) -> Option<&L> {
    let layers = previous?.outer.iter();
    layers
        .into_iter()
        .find_map(|layer| layer.as_any().downcast_ref())
}
