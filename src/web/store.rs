//! What is kept of a lab, as text: encoding, versions, and what to do with a save that cannot be
//! read. Where the text goes is `storage`'s business.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::json_text::pretty;
use super::read::Read;
use crate::protocol::{Command, PROTOCOL_VERSION};

/// Begins every key. The number is the layout of keys, not of their content.
pub const PREFIX: &str = "backlab:1:";

/// The key of a place's save.
pub fn lab_key(place: &str) -> String {
    format!("{PREFIX}lab:{place}")
}

/// The key of what holds for the whole app.
pub fn settings_key() -> String {
    format!("{PREFIX}settings")
}

/// The place a key belongs to, if it is the key of a save (and not of one put aside).
pub fn place_of(key: &str) -> Option<&str> {
    let place = key.strip_prefix(PREFIX)?.strip_prefix("lab:")?;
    (!place.contains(":kept:")).then_some(place)
}

/// The first free key to put an unreadable save aside under.
pub fn kept_key(key: &str, is_taken: impl Fn(&str) -> bool) -> String {
    (1..)
        .map(|n: u32| format!("{key}:kept:{n}"))
        .find(|candidate| !is_taken(candidate))
        .unwrap_or_default()
}

/// Everything kept of one lab.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Save {
    /// [`PROTOCOL_VERSION`] of the page that wrote it.
    pub version: u32,
    /// One more with each write, so that a tab sees when another one wrote.
    pub revision: u64,
    /// Commands since the lab was opened first.
    pub log: Vec<Command>,
    /// Text in the panels' editors.
    pub drafts: Drafts,
    /// What was reached.
    pub progress: Progress,
}

/// Text in the panels' editors.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Drafts {
    /// The SQL editor.
    pub sql: String,
    /// The second console's editor.
    pub sql_2: String,
    /// The request, as `.http` text.
    pub http: String,
    /// The tests.
    pub tests: String,
    /// The world's text, when it was edited and not yet applied.
    pub routes: Option<String>,
}

/// What a learner reached in a lab.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Progress {
    /// The task the learner is at.
    pub task: String,
    /// How many tasks the lab has, so that progress shows without reading the lab.
    pub tasks: usize,
    /// By task id, for tasks that were touched.
    pub by_task: BTreeMap<String, TaskProgress>,
    /// Requests sent so far.
    pub sent: u64,
    /// SQL runs so far.
    pub queries: u64,
}

/// What a learner reached in a task.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TaskProgress {
    /// Its starting texts were put into the panels.
    pub entered: bool,
    /// All checks passed once.
    pub passed: bool,
    /// The most points it gave.
    pub points: u32,
    /// How often Check was pressed.
    pub checked: u32,
    /// Hints opened.
    pub hints: usize,
    /// The solution was looked at.
    pub solution: bool,
    /// Answers to quizzes and predictions, by question id.
    pub answers: BTreeMap<String, Vec<usize>>,
}

impl Progress {
    /// How many tasks are passed.
    pub fn passed(&self) -> usize {
        self.by_task.values().filter(|task| task.passed).count()
    }

    /// The points of a project so far.
    pub fn points(&self) -> u32 {
        self.by_task.values().map(|task| task.points).sum()
    }

    /// Whether every task is passed.
    pub fn is_done(&self) -> bool {
        self.tasks > 0 && self.passed() >= self.tasks
    }

    /// Whether anything was done.
    pub fn is_started(&self) -> bool {
        self.sent + self.queries > 0 || self.by_task.values().any(|task| *task != <_>::default())
    }
}

/// What holds for the whole app.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Settings {
    /// The colours.
    pub theme: Theme,
    /// Where the learner was last: the place's key part.
    pub last: Option<String>,
}

/// The colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// What the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
    /// High contrast, light or dark as the system says.
    Contrast,
}

/// Why a save cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// Not written by Backlab, or damaged.
    Broken,
    /// Written by a newer Backlab.
    TooNew,
    /// Its commands mean something else today.
    TooOld,
}

impl Unusable {
    /// The reason as the learner reads it.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Broken => "is damaged",
            Self::TooNew => "was written by a newer Backlab",
            Self::TooOld => "was written by an older Backlab",
        }
    }
}

/// The save as text.
pub fn encode(save: &Save) -> String {
    serde_json::to_string(save).unwrap_or_default()
}

/// The save a text holds.
pub fn decode(text: &str) -> Result<Save, Unusable> {
    let value = serde_json::from_str(text).map_err(|_| Unusable::Broken)?;
    decode_value(&value)
}

fn decode_value(save: &Value) -> Result<Save, Unusable> {
    // The version first: a newer save may well have commands that cannot be read here.
    let version = save.get("version").and_then(Value::as_u64);
    match version
        .ok_or(Unusable::Broken)?
        .cmp(&PROTOCOL_VERSION.into())
    {
        Ordering::Greater => Err(Unusable::TooNew),
        Ordering::Less => Err(Unusable::TooOld),
        Ordering::Equal => Save::read(save).ok_or(Unusable::Broken),
    }
}

/// Makes the file a learner downloads: every save by its place, as it is stored. Saves that cannot
/// be read go along as plain text.
pub fn export(stored: &BTreeMap<String, String>) -> String {
    let labs: Vec<String> = stored
        .iter()
        .map(|(place, text)| match pretty(text) {
            Some(_) => format!("{}:{text}", quoted(place)),
            None => format!("{}:{}", quoted(place), quoted(text)),
        })
        .collect();
    let file = format!(r#"{{"backlab":1,"labs":{{{}}}}}"#, labs.join(","));
    pretty(&file).unwrap_or_default()
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// Reads such a file: the saves that can be used, and how many cannot.
pub fn import(text: &str) -> Option<(BTreeMap<String, Save>, usize)> {
    let file: Value = serde_json::from_str(text).ok()?;
    if file.get("backlab").and_then(Value::as_u64) != Some(1) {
        return None;
    }
    let (mut saves, mut refused) = (BTreeMap::new(), 0);
    for (place, save) in file.get("labs")?.as_object()? {
        match decode_value(save) {
            Ok(save) => {
                saves.insert(place.clone(), save);
            }
            Err(_) => refused += 1,
        }
    }
    Some((saves, refused))
}

/// Adds a command to a log. Time that passes in several steps is one step in the log, so that a
/// clock left running does not fill the storage.
pub fn record(log: &mut Vec<Command>, command: Command) {
    if let (Some(Command::Wait { ms: before }), Command::Wait { ms }) = (log.last_mut(), &command) {
        *before = before.saturating_add(*ms);
        return;
    }
    // Of tests run one after the other only the latest are evidence.
    if let (Some(Command::Tests { .. }), Command::Tests { .. }) = (log.last(), &command) {
        log.pop();
    }
    // A run leaves nothing behind but its figures, and of those the latest are evidence.
    if let (Some(Command::Run { .. }), Command::Run { .. }) = (log.last(), &command) {
        log.pop();
    }
    log.push(command);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn save() -> Save {
        let mut save = Save {
            version: PROTOCOL_VERSION,
            revision: 7,
            log: vec![Command::Wait { ms: 61_000 }],
            ..Save::default()
        };
        save.progress.tasks = 2;
        let task = save.progress.by_task.entry("a".to_owned()).or_default();
        task.passed = true;
        save
    }

    #[test]
    fn a_save_comes_back_whole() {
        assert_eq!(decode(&encode(&save())), Ok(save()));
    }

    #[test]
    fn unusable_saves_say_why() {
        let cases = [
            ("", Unusable::Broken),
            ("{}", Unusable::Broken),
            ("[1]", Unusable::Broken),
            (
                r#"{"version":1,"revision":1,"log":[{"nonsense":{}}]}"#,
                Unusable::Broken,
            ),
            (r#"{"version":9999,"log":[{"later":{}}]}"#, Unusable::TooNew),
            (r#"{"version":0}"#, Unusable::TooOld),
        ];
        for (text, why) in cases {
            assert_eq!(decode(text), Err(why), "{text}");
        }
    }

    #[test]
    fn keys_lead_back_to_their_place() {
        let key = lab_key("http-anatomy");
        assert_eq!(place_of(&key), Some("http-anatomy"));
        let kept = kept_key(&key, |taken| taken.ends_with(":1"));
        assert_eq!(kept, "backlab:1:lab:http-anatomy:kept:2");
        assert_eq!(place_of(&kept), None);
        assert_eq!(place_of("other"), None);
    }

    #[test]
    fn an_exported_file_is_taken_back_and_damage_is_counted() {
        let stored = BTreeMap::from([
            ("a".to_owned(), encode(&save())),
            ("b".to_owned(), "damaged".to_owned()),
        ]);
        let (saves, refused) = import(&export(&stored)).expect("our own file");
        assert_eq!(saves, BTreeMap::from([("a".to_owned(), save())]));
        assert_eq!(refused, 1);
        assert_eq!(import(r#"{"labs":{}}"#), None);
    }

    #[test]
    fn a_running_clock_is_one_entry() {
        let mut log = Vec::new();
        for _ in 0..100 {
            record(&mut log, Command::Wait { ms: 250 });
        }
        assert_eq!(log, [Command::Wait { ms: 25_000 }]);
    }

    #[test]
    fn of_tests_run_one_after_the_other_the_latest_stay() {
        let tests = |text: &str| Command::Tests {
            text: text.to_owned(),
        };
        let mut log = Vec::new();
        for command in [tests("a"), tests("b"), Command::Wait { ms: 1 }, tests("c")] {
            record(&mut log, command);
        }
        assert_eq!(log, [tests("b"), Command::Wait { ms: 1 }, tests("c")]);
    }

    #[test]
    fn done_means_every_task() {
        let mut progress = save().progress;
        assert!(!progress.is_done());
        progress.by_task.entry("b".to_owned()).or_default().passed = true;
        assert!(progress.is_done());
        assert!(!Progress::default().is_done());
    }
}
