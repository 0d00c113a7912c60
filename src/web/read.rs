//! How the page reads JSON: into a tree first, then by the names of fields.
//!
//! The same types derive `Deserialize`, which the worker and the tests use. What that generates for
//! each of them weighs several times as much as the tables below, and the page has to be light.

use std::collections::BTreeMap;

use serde_json::Value;

use super::store::{Drafts, Progress, Save, Settings, TaskProgress, Theme};
use super::tabs::{Says, Word};
use crate::lab::catalog::{Area, Catalog, Project, Summary};
use crate::lab::format::prose::Action;
use crate::lab::format::{
    Block, CheckText, Choice, Inline, Lab, Lang, Level, Panel, Part, Prediction, Quiz, Snippet,
    Solution, Task,
};
use crate::problem::Place;
use crate::protocol::{
    AlertView, Answer, Auth, Burst, CacheEntryView, CacheMark, Capture, CheckReport, CodeView,
    ColumnView, Command, CookieView, Credentials, Decision, Event, Exchange, Export, Fact,
    FieldChange, FreshenedView, KeyView, KvEntryView, KvPendingView, LayerState, LayerView,
    LimitMark, LimitState, LoadFigures, LoadMark, MarkView, NodeView, PlanNode, PolicyMark,
    PolicyRun, PolicyView, Problem, ReferenceView, Replayed, Reply, RequestText, ResponseText,
    ResultDiff, Retry, RunView, SentAs, SeriesView, SessionView, SloView, Span, SqlOutcome,
    SqlResult, SqlStats, StatementTrace, Step, TableView, TaskReport, TestedAssert, TestedRequest,
    TestsReport, TimesView, TokenView, TraceSpan, TraceView, UserSessionView, View,
};

/// What can be read out of JSON.
pub trait Read: Sized {
    /// The value, if this is one.
    fn read(value: &Value) -> Option<Self>;
}

/// The value a JSON text holds, if it holds one.
pub fn read<T: Read>(text: &str) -> Option<T> {
    T::read(&serde_json::from_str(text).ok()?)
}

fn field<T: Read>(value: &Value, name: &str) -> Option<T> {
    T::read(value.get(name)?)
}

/// A field that may be left out.
fn optional<T: Read + Default>(value: &Value, name: &str) -> Option<T> {
    value.get(name).map_or_else(|| Some(T::default()), T::read)
}

/// The name of a variant and what it holds.
fn variant(value: &Value) -> Option<(&str, &Value)> {
    match value {
        Value::String(name) => Some((name, &Value::Null)),
        Value::Object(map) => map.iter().next().map(|(name, held)| (name.as_str(), held)),
        _ => None,
    }
}

impl Read for Value {
    fn read(value: &Value) -> Option<Self> {
        Some(value.clone())
    }
}

impl Read for String {
    fn read(value: &Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }
}

impl Read for bool {
    fn read(value: &Value) -> Option<Self> {
        value.as_bool()
    }
}

impl Read for f64 {
    fn read(value: &Value) -> Option<Self> {
        value.as_f64()
    }
}

macro_rules! numbers {
    ($($type:ty)*) => { $(impl Read for $type {
        fn read(value: &Value) -> Option<Self> {
            value.as_u64()?.try_into().ok()
        }
    })* };
}

numbers! { u8 u16 u32 u64 usize }

impl<T: Read> Read for Box<T> {
    fn read(value: &Value) -> Option<Self> {
        T::read(value).map(Self::new)
    }
}

impl<T: Read> Read for Option<T> {
    fn read(value: &Value) -> Option<Self> {
        if value.is_null() {
            return Some(None);
        }
        T::read(value).map(Some)
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(value: &Value) -> Option<Self> {
        let values = value.as_array()?;
        let mut all = Self::with_capacity(values.len());
        for value in values {
            all.push(T::read(value)?);
        }
        Some(all)
    }
}

impl<T: Read> Read for BTreeMap<String, T> {
    fn read(value: &Value) -> Option<Self> {
        let mut all = Self::new();
        for (key, value) in value.as_object()? {
            all.insert(key.clone(), T::read(value)?);
        }
        Some(all)
    }
}

impl<T: Read> Read for (T, T) {
    fn read(value: &Value) -> Option<Self> {
        match value.as_array()?.as_slice() {
            [first, second] => Some((Read::read(first)?, Read::read(second)?)),
            _ => None,
        }
    }
}

/// Structs: the fields that must be there; those that may be left out; those that never come.
macro_rules! records {
    ($($type:ident { $($name:ident)* $(; $($may:ident)* $(; $($never:ident)*)?)? })*) => {
        $(impl Read for $type {
            fn read(value: &Value) -> Option<Self> {
                Some(Self {
                    $($name: field(value, stringify!($name))?,)*
                    $($($may: optional(value, stringify!($may))?,)*
                    $($($never: <_>::default(),)*)?)?
                })
            }
        })*
    };
}

/// Enums: the name of each variant, and its fields in braces (those that may be left out behind a
/// semicolon) or what it holds in parentheses.
macro_rules! choices {
    ($($type:ident { $($name:literal $variant:ident $fields:tt)* })*) => {
        $(impl Read for $type {
            fn read(value: &Value) -> Option<Self> {
                let (name, held) = variant(value)?;
                match name {
                    $($name => choices!(@ held $variant $fields),)*
                    _ => None,
                }
            }
        })*
    };
    (@ $held:ident $variant:ident ()) => { Read::read($held).map(Self::$variant) };
    (@ $held:ident $variant:ident { $($field:ident)* $(; $($may:ident)*)? }) => {
        {
            let _ = $held;
            Some(Self::$variant {
                $($field: field($held, stringify!($field))?,)*
                $($($may: optional($held, stringify!($may))?,)*)?
            })
        }
    };
}

// The conversation with the worker.
records! {
    Answer { id reply }
    TaskReport { task passed points of checks }
    CheckReport { id title passed points message; diff }
    TestsReport { text passed requests }
    TestedRequest { line name asserts; problem exchange }
    TestedAssert { line text passed found wanted }
    ResultDiff { columns missing extra order_only hidden }
    View { now_us date origin layers tables sessions world_text task; variables system }
    TableView { name columns rows; references indexes }
    KeyView { kid algorithm public }
    UserSessionView { id user created_us seen_us ends_us state }
    TokenView { kind id family user client issued_us expires_us state }
    CodeView { code client user scope challenge issued_us expires_us state }
    SessionView { session level failed waits_for }
    ReferenceView { columns table to }
    ColumnView { name sql_type nullable key }
    LayerView { name title state }
    CacheEntryView {
        owner key status age_us lifetime_us validator cache_control next size groups tags checking freshened
    }
    CacheMark { ago_us hit }
    FreshenedView { ago_us fields }
    FieldChange { name before after }
    KvEntryView { key value tags age_us ttl_us uses goes_next }
    KvPendingView { key due_us }
    CookieView { owner name value domain host_only path secure http_only same_site expires }
    PolicyView { name algorithm says key limit rate_per_s window_us keys marks }
    LimitState { key level count before start_us end_us wait_us times nodes }
    LimitMark { at_us key allowed delay_us }
    Replayed { policy algorithm limit window_us steps }
    Step { at_us allowed delay_us retry_after_us why state }
    SqlOutcome { statement result stats; notices plan }
    SqlStats { rows_read rows_written index_lookups }
    PlanNode {
        operation rows_estimated;
        target condition filter index rows_actual loops rows_read notes children
    }
    Exchange { id client request response start_us end_us answered_by spans }
    RequestText { method url; headers body }
    ResponseText { status reason headers body }
    Span { layer start_us end_us decision label reason standard facts statements }
    Fact { name value }
    StatementTrace { sql start_us end_us rows_read rows }
    LoadFigures { client sent retries ok refused refusals duration_us marks }
    LoadMark { call attempt start_us end_us status }
    Burst { times every_ms client retry; page sent_as credentials auth }
    Capture { name query }
    Export { file_name media_type text }
    RunView {
        seed now_us duration_us requests ended warning clients parts links slos bottleneck tightest cost traces
    }
    NodeView {
        name kind arrived done failed reasons counts throughput_milli capacity busy_milli inside
        inside_milli queue queue_milli queue_max time wait marks series;
        settings groups
    }
    TimesView { mean give_or_take p50 p90 p95 p99 p999 max }
    MarkView { at_us what }
    SeriesView { bucket_us arrived done failed inside_milli queue busy_milli mean_us p99_us }
    SloView { name client objective_ppm within_us good bad achieved_ppm burn_milli met; alerts }
    AlertView { name burn_milli window_us fired first_us on_us worst_milli; times }
    TraceView { client start_us end_us outcome spans }
    TraceSpan { part depth start_us end_us waits_from_us waited_us outcome }
    PolicyRun { policy requests cached stale origin waited_us marks }
    PolicyMark { at_us took_us target answered_by label stale }
    Problem { message; hint place code }
    Place { line column length }
}

choices! {
    Reply {
        "ready" Ready { build protocol }
        "opened" Opened { lab events view replayed }
        "applied" Applied { events view }
        "checked" Checked { report }
        "merged" Merged { text }
        "export" Export { export }
        "driven" Driven { run }
        "policies" Policies { runs }
        "replayed" Replayed { runs }
        "view" View { view }
        "digest" Digest { digest }
        "failed" Failed { problem }
    }
    Event {
        "sql" Sql { session outcomes }
        "exchange" Exchange { exchange }
        "behind" Behind { exchange }
        "not_captured" NotCaptured { problem }
        "load" Load { figures }
        "run" Run { run }
        "tests" Tests { report }
        "clock" Clock { now_us }
        "world_applied" WorldApplied {}
        "entered" Entered { task reseeded }
        "answered" Answered { task question choice }
        "refused" Refused { problem }
    }
    Command {
        "sql" Sql { session text }
        "send" Send { request burst; captures }
        "tests" Tests { text }
        "run" Run {; seed }
        "wait" Wait { ms }
        "apply" Apply { text }
        "enter" Enter { task }
        "answer" Answer { task question choice }
    }
    SqlResult {
        "rows" Rows { columns types rows }
        "waiting" Waiting { sessions }
        "done" Done { verb affected }
        "failed" Failed { problem }
    }
    LayerState {
        "plain" Plain {}
        "cache" Cache { entries hits misses marks purges }
        "key_value" KeyValue { eviction max_entries entries hits misses evictions pending lost }
        "browser" Browser { cookies }
        "limiter" Limiter { policies }
        "auth" Auth { schemes keys sessions tokens }
        "authorization_server" AuthorizationServer { clients codes tokens }
        "routes" Routes { routes }
    }
    Decision {
        "fresh" Fresh {}
        "stale" Stale {}
        "forwarded" Forwarded {}
        "waited" Waited {}
        "refused" Refused {}
        "failed" Failed {}
    }
    Retry {
        "never" Never {}
        "at-once" AtOnce {}
        "as-told" AsTold {}
    }
    SentAs {
        "script" Script {}
        "form" Form {}
        "link" Link {}
    }
    Credentials {
        "same-origin" SameOrigin {}
        "include" Include {}
        "omit" Omit {}
    }
    Auth {
        "basic" Basic { user password }
        "bearer" Bearer { token }
        "api-key" ApiKey { key }
    }
}

// What labs there are, and what stands in them.
records! {
    Catalog { areas labs; projects }
    Area { id title summary labs }
    Project { id level }
    Summary { path title summary level minutes questions requires world tasks; points }
    Lab {
        file id title summary level minutes questions requires world panels consoles project intro tasks
        designs;;
        world_patch faulty warnings
    }
    Task {
        id title line reseed body starts checks hints solutions explain;;
        wrongs
    }
    CheckText { id title on points line;; source }
    Solution { label steps text line }
    Snippet { lang text line }
    Quiz { id question options line }
    Prediction { id question options truth line }
    Choice { text right feedback }
}

choices! {
    Part {
        "Prose" Prose ()
        "Quiz" Quiz ()
        "Predict" Predict ()
    }
    Block {
        "Paragraph" Paragraph ()
        "Heading" Heading { level text }
        "List" List { start items }
        "Code" Code { lang text }
        "Quote" Quote ()
        "Table" Table { head rows }
        "Rule" Rule {}
    }
    Inline {
        "Text" Text ()
        "Code" Code ()
        "Run" Run { text lang action }
        "Em" Em ()
        "Strong" Strong ()
        "Link" Link { href text }
        "Break" Break {}
    }
    Lang {
        "Sql" Sql {}
        "Http" Http {}
        "Toml" Toml {}
        "Tests" Tests {}
        "Run" Run {}
        "Clock" Clock {}
        "Answer" Answer {}
        "Text" Text {}
    }
    Action {
        "Run" Run {}
        "Copy" Copy {}
    }
    Level {
        "Beginner" Beginner {}
        "Intermediate" Intermediate {}
        "Advanced" Advanced {}
        "Expert" Expert {}
    }
    Panel {
        "Sql" Sql {}
        "Http" Http {}
        "Routes" Routes {}
        "Tests" Tests {}
        "Traffic" Traffic {}
    }
}

// What the page keeps, and what its tabs say to each other.
records! {
    Save { version revision; log drafts progress }
    Drafts { ; sql sql_2 http tests routes }
    Progress { ; task tasks by_task sent queries }
    TaskProgress { ; entered passed points checked hints solution answers }
    Settings { ; theme last }
    Word { tab place says }
}

choices! {
    Theme {
        "system" System {}
        "light" Light {}
        "dark" Dark {}
        "contrast" Contrast {}
    }
    Says {
        "ask" Ask {}
        "mine" Mine {}
        "take" Take {}
    }
}
