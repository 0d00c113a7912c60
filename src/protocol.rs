//! Everything the page and the worker share: commands in, events and views out.
//!
//! The page owns no backend; it sends a [`Call`] and gets one [`Reply`] with the same id.
//! A [`Command`] is the only thing that changes a world, and the log of commands is the save
//! file, the undo history and the share link. All times are virtual.

use serde::{Deserialize, Serialize};

use crate::http::text::HttpSnippet;

pub use crate::http::api::export::{Export, Format, Stack};
pub use crate::http::load::{LoadFigures, LoadMark};
pub use crate::http::message::{
    Auth, Burst, Capture, Credentials, ExchangeId, RequestText, ResponseText, Retry, SentAs,
};
pub use crate::http::trace::{Decision, Exchange, Fact, Span, StatementTrace};
pub use crate::http::view::{
    CacheEntryView, CacheMark, CodeView, CookieView, FieldChange, FreshenedView, KeyView,
    KvEntryView, KvPendingView, LayerState, LayerView, LimitMark, LimitState, PolicyView,
    TokenView, UserSessionView,
};
pub use crate::http::words::{header_meaning, status_words};
pub use crate::lab::format::Lab;
pub use crate::lab::tests::{TestedAssert, TestedRequest, TestsReport};
pub use crate::limiter::replay::{Arrival, Replayed, Step};
pub use crate::problem::{Place, Problem};
pub use crate::sql::outcome::{
    ColumnView, PlanNode, ReferenceView, SessionView, SqlOutcome, SqlResult, SqlStats, TableView,
};

pub use crate::traffic::view::{
    AlertView, MarkView, NodeView, RunView, SeriesView, SloView, TimesView, TraceSpan, TraceView,
};

/// Version of the messages and of the saved log. Raised when an old log no longer replays.
pub const PROTOCOL_VERSION: u32 = 1;

/// Identifies the build. The build command sets it; by hand it is the package's version.
pub const BUILD: &str = match option_env!("BACKLAB_BUILD") {
    Some(build) => build,
    None => env!("CARGO_PKG_VERSION"),
};

/// One message from the page to the worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Chosen by the page; the answer carries it back.
    pub id: u64,
    /// What is asked.
    pub call: Call,
}

/// One message from the worker to the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The question's id, or 0 for [`Reply::Ready`].
    pub id: u64,
    /// What is answered.
    pub reply: Reply,
}

/// What the page may ask of the worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Open a lab or a sandbox from its files and bring it to the end of `log`.
    Open {
        /// The files.
        source: Box<Source>,
        /// Commands to replay, oldest first.
        #[serde(default)]
        log: Vec<Command>,
    },
    /// Carry out one command on the open world.
    Apply {
        /// The command.
        command: Command,
    },
    /// Judge a task of the open lab. Changes nothing.
    Check {
        /// The task's id.
        task: String,
    },
    /// The text of the open world with a snippet in it: routes by method and path, tables and keys
    /// by name take the place of what is there. Changes nothing.
    Merge {
        /// World text that says only what is different.
        patch: String,
    },
    /// The open world in another tool's format. Changes nothing.
    Export {
        /// Which.
        format: Format,
    },
    /// A route of the open world as code of a framework. Changes nothing; answered with
    /// [`Reply::Export`].
    Code {
        /// The route: `GET /books/{id}`.
        route: String,
        /// The template of the framework, see [`Stack::file`].
        template: String,
    },
    /// Drive the traffic of the open world as far as a moment, to be watched. Changes nothing; a
    /// [`Command::Run`] with the same seed then has its figures at once.
    Drive {
        /// Seed of all chance; the text's own if none.
        #[serde(default)]
        seed: Option<u64>,
        /// Begin anew, whatever was driven before.
        #[serde(default)]
        anew: bool,
        /// Virtual microseconds to drive to.
        until_us: u64,
        /// Steps of tasks it may take, so that the answer comes soon.
        budget: u64,
    },
    /// The requests of a log once more under other caching policies. Changes nothing.
    Policies {
        /// The log of the open world.
        log: Vec<Command>,
        /// `Cache-Control` that caches take in place of what responses say; at most four.
        policies: Vec<String>,
    },
    /// The same traffic through several policies of a rate limiter. Needs no open world.
    Replay {
        /// `[[policy]]` tables, each with the settings of `[rate_limit]`.
        policies: String,
        /// The traffic; at most 1,000 of it.
        arrivals: Vec<Arrival>,
    },
    /// The open world as it stands.
    View,
    /// The digest of all events since the world was opened (hexadecimal).
    Digest,
}

/// What the worker answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The worker can be spoken to. Sent once, unasked.
    Ready {
        /// Identifies the build, so that a page never talks to another build's worker.
        build: String,
        /// [`PROTOCOL_VERSION`] of the worker.
        protocol: u32,
    },
    /// The world is open and the log replayed.
    Opened {
        /// The lab as its file says now; none for a sandbox.
        lab: Option<Box<Lab>>,
        /// Events of the whole replay.
        events: Vec<Event>,
        /// The world afterwards.
        view: Box<View>,
        /// How many commands of the log were replayed.
        replayed: usize,
    },
    /// The command was carried out (also when it was refused: see [`Event::Refused`]).
    Applied {
        /// What happened, in order.
        events: Vec<Event>,
        /// The world afterwards.
        view: Box<View>,
    },
    /// The judgement of a task.
    Checked {
        /// One entry per check of the task, in the author's order.
        report: TaskReport,
    },
    /// The merged text; not applied.
    Merged {
        /// A whole `world.toml`.
        text: String,
    },
    /// The world in another tool's format.
    Export {
        /// The file.
        export: Export,
    },
    /// Traffic as far as it was driven.
    Driven {
        /// What it came to.
        run: Box<RunView>,
    },
    /// What the requests came to: as they were first, then under each policy.
    Policies {
        /// One a policy, after the first.
        runs: Vec<PolicyRun>,
    },
    /// What each policy made of the traffic.
    Replayed {
        /// One a policy, in their order.
        runs: Vec<Replayed>,
    },
    /// The world as it stands.
    View {
        /// The world.
        view: Box<View>,
    },
    /// The digest of all events.
    Digest {
        /// Hexadecimal.
        digest: String,
    },
    /// The question could not be answered; nothing changed.
    Failed {
        /// What, where, what to do.
        problem: Problem,
    },
}

/// The files a lab is made of, as the page fetched them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// The lab file, or none for a sandbox.
    pub lab: Option<FileText>,
    /// The world's files.
    pub world: WorldFiles,
}

/// A named text file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FileText {
    /// Path relative to the labs folder, with `/`.
    pub path: String,
    /// The content.
    pub text: String,
}

/// The files of `labs/worlds/<name>/`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WorldFiles {
    /// The folder's name.
    pub name: String,
    /// `world.toml`.
    pub world: String,
    /// `schema.sql`.
    pub schema: String,
    /// `seed.sql`: the data the learner sees.
    pub seed: String,
    /// `hidden.sql`: the same shop with other rows, on which answers are judged a second time.
    #[serde(default)]
    pub hidden: String,
}

/// The only things that change a world. Saved, replayed and shared as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Run SQL (one or more statements; stops at the first error).
    Sql {
        /// The console it was typed in; each has its own transaction.
        #[serde(default = "one")]
        session: u32,
        /// The text.
        text: String,
    },
    /// Send one request, or a burst of it.
    Send {
        /// The request as written, `{{variables}}` in it.
        request: RequestText,
        /// How often, how fast, and by whom.
        #[serde(default)]
        burst: Burst,
        /// What is kept of the answer.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        captures: Vec<Capture>,
    },
    /// Run the traffic that the world's text describes, from its beginning, apart from the world's data.
    Run {
        /// Seed of all chance; the text's own if none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seed: Option<u64>,
    },
    /// Run tests on a copy of the world, which changes nothing; the latest are a task's evidence.
    Tests {
        /// The tests, see [`crate::lab::tests`].
        text: String,
    },
    /// Let virtual time pass.
    Wait {
        /// Milliseconds, at most a year.
        ms: u64,
    },
    /// Replace the world's text (routes, layers, limits). Data stays; an invalid text changes nothing.
    Apply {
        /// A whole `world.toml`.
        text: String,
    },
    /// The learner turned to a task. Evidence is kept per task.
    Enter {
        /// The task's id.
        task: String,
    },
    /// An answer to a quiz or a prediction of a task.
    Answer {
        /// The task's id.
        task: String,
        /// The question's id (`quiz-1`, `predict-1`, …).
        question: String,
        /// Positions of the chosen options, from 0.
        choice: Vec<usize>,
    },
}

fn one() -> u32 {
    1
}

impl From<HttpSnippet> for Command {
    fn from(snippet: HttpSnippet) -> Self {
        Self::Send {
            request: snippet.request,
            burst: snippet.burst,
            captures: snippet.captures,
        }
    }
}

/// What happened. The digest of a session is taken over these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// SQL was run: one outcome per statement that was reached.
    Sql {
        /// The console.
        session: u32,
        /// The outcomes.
        outcomes: Vec<SqlOutcome>,
    },
    /// A request was answered.
    Exchange {
        /// Request, response, trace.
        exchange: Box<Exchange>,
    },
    /// A layer asked something by itself, after its client had an answer: no evidence of the learner's.
    Behind {
        /// Request, response, trace of the layers behind.
        exchange: Box<Exchange>,
    },
    /// The answer does not hold what was to be kept of it. The exchange stands; the variable is
    /// known no more, so that nothing is sent with a value of before.
    NotCaptured {
        /// What was looked for, and where.
        problem: Problem,
    },
    /// Figures of a burst of more than one request (or with retries).
    Load {
        /// The figures.
        figures: LoadFigures,
    },
    /// Traffic was run.
    Run {
        /// What it came to.
        run: Box<RunView>,
    },
    /// Tests were run.
    Tests {
        /// What became of them.
        report: TestsReport,
    },
    /// The clock moved.
    Clock {
        /// Microseconds since the lab's beginning.
        now_us: u64,
    },
    /// The world's text was replaced.
    WorldApplied,
    /// A task was entered.
    Entered {
        /// Its id.
        task: String,
        /// Whether the world went back to its seed for it.
        reseeded: bool,
    },
    /// An answer was recorded.
    Answered {
        /// The task's id.
        task: String,
        /// The question's id.
        question: String,
        /// The chosen options.
        choice: Vec<usize>,
    },
    /// The command was refused and changed nothing.
    Refused {
        /// What, where, what to do.
        problem: Problem,
    },
}

/// What the requests of a log came to under a caching policy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PolicyRun {
    /// The `Cache-Control` that caches took; empty: what the responses say.
    pub policy: String,
    /// Requests of clients.
    pub requests: u64,
    /// Answered by a cache without the origin.
    pub cached: u64,
    /// Of these, stale.
    pub stale: u64,
    /// Requests that reached the origin, those that caches made by themselves too.
    pub origin: u64,
    /// Virtual microseconds that clients waited in all.
    pub waited_us: u64,
    /// The first 500 requests of clients, in order.
    pub marks: Vec<PolicyMark>,
}

/// A request under a policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicyMark {
    /// Virtual microseconds since the lab's beginning.
    pub at_us: u64,
    /// How long its client waited.
    pub took_us: u64,
    /// `GET /books/1`.
    pub target: String,
    /// The layer that answered.
    pub answered_by: String,
    /// Its word for what it did: `hit`, `miss`, `stale`, `revalidated`, ….
    pub label: String,
    /// Whether the answer was stale.
    pub stale: bool,
}

/// The judgement of one task.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TaskReport {
    /// The task's id.
    pub task: String,
    /// Whether every check passed.
    pub passed: bool,
    /// What the checks that passed count for; only a project shows it.
    pub points: u32,
    /// What all checks count for.
    pub of: u32,
    /// One per check, in the author's order; quizzes after them.
    pub checks: Vec<CheckReport>,
}

/// The judgement of one check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckReport {
    /// The check's id.
    pub id: String,
    /// What the check wants, in a few words.
    pub title: String,
    /// Whether it passed.
    pub passed: bool,
    /// What it counts for when it passes, from 1.
    pub points: u32,
    /// When it failed: what was found, what it means, where to look.
    pub message: String,
    /// For SQL: how the result differs from the wanted one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<ResultDiff>,
}

/// How a result differs from the reference, capped at three rows each: enough to see why, too few to copy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ResultDiff {
    /// Column names of the reference.
    pub columns: Vec<String>,
    /// Rows wanted and not there.
    pub missing: Vec<Vec<serde_json::Value>>,
    /// Rows there and not wanted.
    pub extra: Vec<Vec<serde_json::Value>>,
    /// Whether the rows are right and only their order is not.
    pub order_only: bool,
    /// Whether this was seen on the second, hidden data.
    pub hidden: bool,
}

/// The world as the scope shows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Microseconds since the lab's beginning.
    pub now_us: u64,
    /// The lab's wall clock as an HTTP date.
    pub date: String,
    /// Scheme and host of the backend: `https://bookshop.example`.
    pub origin: String,
    /// The layers in the order a request meets them, client first, database last.
    pub layers: Vec<LayerView>,
    /// Tables by name.
    pub tables: Vec<TableView>,
    /// Consoles with an open transaction or a statement that waits.
    pub sessions: Vec<SessionView>,
    /// What was captured of answers, by name.
    pub variables: Vec<(String, String)>,
    /// The world's text as it is applied now.
    pub world_text: String,
    /// The parts that traffic goes through, before anything is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<Box<RunView>>,
    /// The current task, if one was entered.
    pub task: Option<String>,
}
