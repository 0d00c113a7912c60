//! What can happen to the page, and what it can ask of the browser.

use std::collections::BTreeMap;

use super::engine::Act;
use super::traffic::Drive;
use super::{Fetched, Place};
use crate::lab::catalog::{Catalog, Summary};
use crate::lab::format::{Lang, Panel};
use crate::protocol::{Answer, Arrival, Command, ExchangeId, Export};
use crate::web::exports::Wanted;
use crate::web::route::Route;
use crate::web::store::Theme;
use crate::web::tabs::Word;

/// What can happen.
#[derive(Debug)]
pub enum Action {
    /// The page begins.
    Begin {
        /// A name no other tab has.
        tab: String,
        /// Everything of ours in the storage, by key; `None` if there is no storage.
        stored: Option<BTreeMap<String, String>>,
        /// Where the address leads.
        route: Route,
    },
    /// All of the page's code is here: what it began with was enough to paint.
    Whole,
    /// The rest of the page's code is not to be had. Says why.
    Partly(String),
    /// The address changed.
    Route(Route),
    /// The catalog is here, or is not to be had.
    Catalog(Result<Catalog, String>),
    /// The files of a place are here, or are not to be had.
    Fetched(Place, Result<Fetched, String>),
    /// The worker of a generation spoke.
    Heard(u32, Answer),
    /// The worker of a generation died.
    Died(u32, String),
    /// A watched question is due.
    Watched(u64),
    /// The learner gives a command.
    Do(Vec<Command>),
    /// The learner watches traffic.
    Drive(Drive),
    /// The learner sends traffic through other policies of a limiter.
    Replay {
        /// As `[[policy]]` tables.
        policies: String,
        /// The traffic.
        arrivals: Vec<Arrival>,
    },
    /// The learner has the current task judged.
    Check,
    /// The learner stops what is under way.
    Stop,
    /// The learner asks for one more hint.
    Hint,
    /// The learner looks at the solution.
    ShowSolution,
    /// The learner answers a quiz or a prediction of the current task.
    Answer(String, Vec<usize>),
    /// Back to the beginning of the current task.
    ResetTask,
    /// Back to the beginning of a place.
    Reset(Place),
    /// Back to the beginning of everything.
    ResetAll,
    /// The learner types.
    Draft(Draft),
    /// The learner opens or closes the second console.
    Consoles(u32),
    /// The learner turns to a panel.
    Panel(Panel),
    /// A snippet of the guide goes into its panel, and runs if so wished.
    Snippet {
        /// Its language.
        lang: Lang,
        /// The text.
        text: String,
        /// Whether it runs.
        run: bool,
    },
    /// Something is wrong with what the learner wants to run.
    Trouble(super::Trouble),
    /// The learner looks at an exchange.
    Select(ExchangeId),
    /// The learner wants the API for another tool.
    AskExport(Wanted),
    /// The template of a framework was fetched for what is wanted, or not: why.
    Template(Wanted, Result<String, String>),
    /// The learner wants the requests under the policies that stand in the fields.
    ComparePolicies,
    /// The learner keeps a file.
    Keep(Export),
    /// The learner tries a route: `GET /books/{id}`.
    Try(String),
    /// The learner looks at things in another way.
    Look(super::lab::Look),
    /// The learner chooses the colours.
    Theme(Theme),
    /// Another tab spoke.
    Word(Word),
    /// This tab is to be the one that saves.
    TakeOver,
    /// The storage changed under our feet: key and new text.
    Stored(String, Option<String>),
    /// A save was not written, because another tab wrote since.
    Outrun,
    /// The storage takes nothing.
    StorageBlocked,
    /// It is time to save.
    SaveNow,
    /// The learner wants a file of everything.
    Export,
    /// The learner wants the text that was put aside under a key.
    DownloadKept(String),
    /// The learner brings a file.
    Import(String),
    /// The learner has read a notice.
    Dismiss(usize),
}

impl Action {
    /// Whether what the page begins with can take it; all others wait for [`Action::Whole`].
    pub fn is_first(&self) -> bool {
        matches!(
            self,
            Self::Begin { .. }
                | Self::Partly(_)
                | Self::Route(_)
                | Self::Catalog(_)
                | Self::Theme(_)
                | Self::Outrun
                | Self::StorageBlocked
                | Self::Dismiss(_)
        )
    }
}

/// What a learner types, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Draft {
    /// In the SQL editor of a console.
    Sql(u32, String),
    /// In the request form or its text.
    Http(String),
    /// In the tests.
    Tests(String),
    /// In the world's text; `None` goes back to what is applied.
    Routes(Option<String>),
}

/// What the page asks of the browser.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Something for the worker.
    Engine(Act),
    /// Fetch the catalog.
    FetchCatalog,
    /// Fetch the files of a place; a lab comes with what the catalog knows of it.
    Fetch(Place, Option<Summary>),
    /// Fetch a framework's template, a file below the labs, for what is wanted.
    FetchTemplate(Wanted, String),
    /// Store a save, unless another one with a higher revision is there.
    Save {
        /// The key.
        key: String,
        /// The text.
        text: String,
        /// The revision it is based on.
        over: u64,
    },
    /// Store a text.
    Put(String, String),
    /// Remove a key.
    Remove(String),
    /// Save before long.
    SaveSoon,
    /// Say something to the other tabs.
    Say(Word),
    /// Change the address without leaving a step to go back to.
    Replace(String),
    /// Show these colours.
    Theme(Theme),
    /// Give the learner a file: its name, its text.
    Download(String, String),
    /// Give the learner the text stored under a key.
    DownloadKey(String),
    /// Leave a mark in the browser's performance timeline.
    Mark(&'static str),
}
