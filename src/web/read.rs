//! How the page reads JSON: into a tree first, then by the names of fields.
//!
//! The same types derive `Deserialize`, which the worker and the tests use. What that generates for
//! each of them weighs several times as much as the tables below, and the page has to be light.

use std::collections::BTreeMap;

use serde_json::Value;

use super::store::{Drafts, Progress, Save, Settings, TaskProgress, Theme};
use super::tabs::{Says, Word};
use crate::lab::catalog::{Area, Catalog, Summary};
use crate::lab::format::prose::Action;
use crate::lab::format::{
    Block, CheckText, Choice, Inline, Lab, Lang, Level, Panel, Part, Prediction, Quiz, Snippet,
    Solution, Task,
};
use crate::problem::Place;
use crate::protocol::{
    Answer, BucketView, Burst, CacheEntryView, CheckReport, ColumnView, Command, Decision, Event,
    Exchange, Fact, LayerState, LayerView, LimitMark, LoadFigures, LoadMark, Problem, Reply,
    RequestText, ResponseText, ResultDiff, Retry, Span, SqlOutcome, SqlResult, StatementTrace,
    TableView, TaskReport, View,
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

impl Read for (String, String) {
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

/// Enums: the name of each variant, and its fields in braces or what it holds in parentheses.
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
    (@ $held:ident $variant:ident { $($field:ident)* }) => {
        { let _ = $held; Some(Self::$variant { $($field: field($held, stringify!($field))?,)* }) }
    };
}

// The conversation with the worker.
records! {
    Answer { id reply }
    TaskReport { task passed checks }
    CheckReport { id title passed message; diff }
    ResultDiff { columns missing extra order_only hidden }
    View { now_us date layers tables open_transactions world_text task }
    TableView { name columns rows }
    ColumnView { name sql_type nullable key }
    LayerView { name title state }
    CacheEntryView { owner key status age_us lifetime_us validator cache_control next size }
    BucketView { key tokens wait_us }
    LimitMark { at_us key allowed tokens }
    SqlOutcome { statement result rows_read }
    Exchange { id client request response start_us end_us answered_by spans }
    RequestText { method url; headers body }
    ResponseText { status reason headers body }
    Span { layer start_us end_us decision label reason standard facts statements }
    Fact { name value }
    StatementTrace { sql start_us end_us rows_read rows }
    LoadFigures { client sent retries ok refused refusals duration_us marks }
    LoadMark { call attempt start_us end_us status }
    Burst { times every_ms client retry }
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
        "view" View { view }
        "digest" Digest { digest }
        "failed" Failed { problem }
    }
    Event {
        "sql" Sql { session outcomes }
        "exchange" Exchange { exchange }
        "load" Load { figures }
        "clock" Clock { now_us }
        "world_applied" WorldApplied {}
        "entered" Entered { task reseeded }
        "answered" Answered { task question choice }
        "refused" Refused { problem }
    }
    Command {
        "sql" Sql { session text }
        "send" Send { request burst }
        "wait" Wait { ms }
        "apply" Apply { text }
        "enter" Enter { task }
        "answer" Answer { task question choice }
    }
    SqlResult {
        "rows" Rows { columns rows }
        "done" Done { verb affected }
        "failed" Failed { problem }
    }
    LayerState {
        "plain" Plain {}
        "cache" Cache { entries hits misses }
        "limiter" Limiter { algorithm capacity refill_per_s key buckets marks }
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
}

// What labs there are, and what stands in them.
records! {
    Catalog { areas labs }
    Area { id title summary labs }
    Summary { path title summary level minutes questions requires world tasks }
    Lab {
        file id title summary level minutes questions requires world panels intro tasks;;
        world_patch warnings
    }
    Task {
        id title line reseed body starts checks hints solutions explain;;
        wrongs
    }
    CheckText { id title on line;; source }
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
    }
}

// What the page keeps, and what its tabs say to each other.
records! {
    Save { version revision; log drafts progress }
    Drafts { ; sql http routes }
    Progress { ; task tasks by_task sent queries }
    TaskProgress { ; entered passed checked hints solution answers }
    Settings { ; theme last }
    Word { tab place says }
}

choices! {
    Theme {
        "system" System {}
        "light" Light {}
        "dark" Dark {}
    }
    Says {
        "ask" Ask {}
        "mine" Mine {}
        "take" Take {}
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;
    use std::path::PathBuf;

    use serde::de::DeserializeOwned;

    use super::*;
    use crate::host::Host;
    use crate::lab::files::{Files, Folder};
    use crate::lab::{catalog, steps};
    use crate::protocol::{Call, FileText, Question, Source, WorldFiles};

    /// Reads a text in both ways, which have to agree.
    fn both<T: Read + DeserializeOwned + PartialEq + Debug>(text: &str) -> T {
        let wanted: T = serde_json::from_str(text).expect("what serde wrote");
        assert_eq!(read::<T>(text).as_ref(), Some(&wanted), "{text}");
        wanted
    }

    fn source(files: &Folder, lab: &Summary) -> Source {
        let of = |file: &str| {
            let path = format!("worlds/{}/{file}", lab.world);
            files.read(&path).unwrap_or_default()
        };
        Source {
            lab: Some(FileText {
                path: lab.path.clone(),
                text: files.read(&lab.path).expect("the lab's file"),
            }),
            world: WorldFiles {
                name: lab.world.clone(),
                world: of("world.toml"),
                schema: of("schema.sql"),
                seed: of("seed.sql"),
                hidden: of("hidden.sql"),
            },
        }
    }

    #[test]
    fn whatever_the_engine_says_in_any_lab_is_read_as_it_was_meant() {
        let files = Folder(PathBuf::from("labs"));
        let catalog = catalog::build(&files).expect("labs without a fault");
        let catalog: Catalog = both(&catalog.to_json().expect("JSON"));
        for summary in catalog.labs.values() {
            let mut host = Host::default();
            let mut ask = |call: Call| {
                let question = serde_json::to_string(&Question { id: 1, call });
                both::<Answer>(&host.answer(&question.expect("JSON"))).reply
            };
            let source = Box::new(source(&files, summary));
            let log = Vec::new();
            let Reply::Opened { lab, view, .. } = ask(Call::Open { source, log }) else {
                panic!("{} does not open", summary.path);
            };
            let mut world_text = view.world_text;
            for task in &lab.expect("a lab").tasks {
                let check = Call::Check {
                    task: task.id.clone(),
                };
                let enter = Command::Enter {
                    task: task.id.clone(),
                };
                ask(Call::Apply { command: enter });
                ask(check.clone());
                for step in task.solutions.iter().flat_map(|solution| &solution.steps) {
                    let commands = steps::commands(&task.id, step, &world_text);
                    for command in commands.expect("a solution that can be run") {
                        let command = both(&serde_json::to_string(&command).expect("JSON"));
                        if let Reply::Applied { view, .. } = ask(Call::Apply { command }) {
                            world_text = view.world_text;
                        }
                    }
                }
                ask(check);
            }
        }
    }

    #[test]
    fn what_seldom_happens_is_read_too() {
        let mut host = Host::default();
        both::<Answer>(&Host::ready());
        both::<Answer>(&host.answer("{}"));
        for text in [
            r#"{"refused":{"problem":{"message":"m","hint":"h","place":{"line":1,"column":2,"length":3},"code":"c"}}}"#,
            r#"{"load":{"figures":{"client":"you","sent":2,"retries":1,"ok":1,"refused":0,"refusals":1,"duration_us":9,"marks":[{"call":0,"attempt":1,"start_us":3,"end_us":4,"status":503}]}}}"#,
            r#"{"answered":{"task":"t","question":"q","choice":[0,2]}}"#,
            r#""world_applied""#,
        ] {
            both::<Event>(text);
        }
        for text in [
            r#"[{"Heading":{"level":3,"text":[{"Em":[{"Text":"a"}]},{"Strong":[]},"Break"]}},"Rule"]"#,
            r##"[{"Quote":[{"List":{"start":3,"items":[[{"Code":{"lang":"sql","text":"x"}}]]}}]}]"##,
            r##"[{"Table":{"head":[[{"Code":"c"}]],"rows":[[[{"Link":{"href":"#a","text":[]}}]]]}}]"##,
            r#"[{"Paragraph":[{"Run":{"text":"GET /","lang":"Http","action":"Copy"}}]}]"#,
        ] {
            both::<Vec<Block>>(text);
        }
    }

    #[test]
    fn what_is_something_else_is_nothing() {
        for text in [
            "",
            "null",
            "[]",
            r#"{"id":1}"#,
            r#"{"id":-1,"reply":{"merged":{"text":""}}}"#,
            r#"{"id":1,"reply":{"merged":{"text":1}}}"#,
            r#"{"id":1,"reply":{"later":{}}}"#,
            r#"{"id":1,"reply":{}}"#,
        ] {
            assert_eq!(read::<Answer>(text), None, "{text}");
        }
        assert_eq!(read::<Answer>(r#"{"id":1,"reply":"view"}"#), None);
    }
}
