//! One lab's running backend: everything it is, and the only way to change it.
//!
//! A world is a deterministic function of its files and its commands. It knows no browser, no
//! wall clock and no randomness but its seed's.

pub mod variables;

use std::rc::Rc;

use ::http::HeaderValue;

use crate::http::api::export::{self, Export, Format};
use crate::http::api::spec::{RateLimitSpec, WorldSpec};
use crate::http::client;
use crate::http::stack::{Shared, Stack};
use crate::limiter::Policy;
use crate::limiter::replay::{self, Arrival, Replayed};
use crate::problem::Problem;
use crate::protocol::{
    Burst, Capture, Command, Event, RequestText, SqlOutcome, SqlResult, SqlStats, View, WorldFiles,
};
use crate::sim::Clock;
use crate::sql::{self, Database, Env};
use crate::traffic::{Simulation, Topology, still};

use variables::{Variables, Wanted};

/// Longest wait one command may ask for: a year.
const MAX_WAIT_MS: u64 = 365 * 24 * 60 * 60 * 1_000;
/// Kilobytes of SQL, and statements in it, that one command may hold.
const MAX_SQL_KB: usize = 256;
const MAX_STATEMENTS: usize = 1_000;
/// The console the checker and the seed use.
const SYSTEM_SESSION: u32 = 0;

/// Which rows a world begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Data {
    /// `seed.sql`: what the learner sees.
    Seed,
    /// `hidden.sql`: the same shop with other rows, for judging an answer a second time.
    Hidden,
}

/// Sends the same traffic through several policies of a rate limiter: `text` holds them as
/// `[[policy]]` tables.
///
/// # Errors
/// Everything that is wrong with the text.
pub fn replay(text: &str, arrivals: &[Arrival]) -> Result<Vec<Replayed>, Vec<Problem>> {
    let spec = RateLimitSpec::parse(text)?;
    let policies: Vec<Policy> = spec.policies.into_iter().map(|one| one.policy).collect();
    Ok(replay::replay(arrivals, &policies))
}

/// One lab's running backend.
pub struct World {
    text: String,
    /// The traffic that the text describes.
    topology: Option<Rc<Topology>>,
    stack: Rc<Stack>,
    shared: Shared,
    variables: Variables,
}

impl World {
    /// A new world: `text` is its `world.toml`, `files` give schema and rows.
    ///
    /// # Errors
    /// Every problem of the text, or the first of the SQL files; the message names the file.
    pub fn open(files: &WorldFiles, text: &str, data: Data) -> Result<Self, Vec<Problem>> {
        let spec = WorldSpec::parse(text).map_err(|problems| in_file("world.toml", problems))?;
        let mut world = Self {
            text: text.to_owned(),
            stack: Rc::new(Stack::build(&spec, None)),
            shared: Shared::new(Database::new(), spec.seed),
            topology: spec.topology.map(Rc::new),
            variables: Variables::default(),
        };
        let (rows_file, rows) = match data {
            Data::Seed => ("seed.sql", &files.seed),
            Data::Hidden => ("hidden.sql", &files.hidden),
        };
        for (file, sql) in [("schema.sql", &files.schema), (rows_file, rows)] {
            let outcomes = world.sql(SYSTEM_SESSION, sql);
            if let Some(problem) = outcomes.into_iter().find_map(failure) {
                return Err(in_file(file, vec![problem]));
            }
        }
        Ok(world)
    }

    /// Carries out one command. A command that is refused changes nothing and says why.
    ///
    /// [`Command::Enter`], [`Command::Answer`] and [`Command::Tests`] are about the lab, not its
    /// backend: they change nothing here.
    pub fn apply(&mut self, command: &Command) -> Vec<Event> {
        let mut events = self.carry_out(command);
        events.extend(self.resumed());
        events.extend(self.behind());
        events
    }

    /// What layers have asked by themselves since the last command.
    fn behind(&self) -> impl Iterator<Item = Event> {
        let asked = self.shared.behind.take().into_iter();
        asked.map(|exchange| Event::Behind {
            exchange: Box::new(exchange),
        })
    }

    fn carry_out(&mut self, command: &Command) -> Vec<Event> {
        match command {
            Command::Sql { session, text } => match self.runnable(*session, text) {
                Ok(()) => {
                    let outcomes = self.sql(*session, text);
                    let ran = Event::Sql {
                        session: *session,
                        outcomes,
                    };
                    self.with_resumed(vec![ran])
                }
                Err(problem) => vec![Event::Refused { problem }],
            },
            Command::Send {
                request,
                burst,
                captures,
            } => {
                let sent = self.send(request, burst, captures);
                self.with_resumed(sent.unwrap_or_else(|problem| vec![Event::Refused { problem }]))
            }
            Command::Wait { ms } => vec![self.wait(*ms)],
            Command::Run { seed } => vec![self.run(*seed)],
            Command::Apply { text } => vec![self.replace_text(text)],
            Command::Enter { .. } | Command::Answer { .. } | Command::Tests { .. } => Vec::new(),
        }
    }

    /// Answers a request that came from outside, as it came: what stands in braces is text.
    pub fn answer(&mut self, request: RequestText) -> Vec<Event> {
        let sent = self.transmit(request, Burst::default(), &[]);
        self.with_resumed(sent.unwrap_or_else(|problem| vec![Event::Refused { problem }]))
    }

    /// Runs a query on a throw-away fork, for whoever judges.
    pub fn query(&self, sql: &str) -> SqlOutcome {
        let mut fork = self.fork();
        // Whoever judges sees what is committed, and waits for nobody.
        fork.shared.db.borrow_mut().close_all();
        let outcomes = fork.sql(SYSTEM_SESSION, sql);
        outcomes.into_iter().next_back().unwrap_or(SqlOutcome {
            statement: sql.to_owned(),
            result: SqlResult::Failed {
                problem: Problem::new("There is no statement here."),
            },
            stats: SqlStats::default(),
            notices: Vec::new(),
            plan: None,
        })
    }

    /// A copy that goes its own way from here on. Cheap: data is shared until it is written.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self {
            text: self.text.clone(),
            topology: self.topology.clone(),
            stack: Rc::new(self.stack.fork()),
            shared: self.shared.fork(),
            variables: self.variables.clone(),
        }
    }

    /// The world in another tool's format.
    ///
    /// # Errors
    /// None that can be met: what is applied was read before.
    pub fn export(&self, format: Format) -> Result<Export, Problem> {
        let spec = self.spec()?;
        Ok(export::export(&spec, &self.shared.db.borrow(), format))
    }

    /// A route, such as `GET /books/{id}`, as code of the framework that a template is for.
    ///
    /// # Errors
    /// There is no such route.
    pub fn code(&self, route: &str, template: &str) -> Result<Export, Problem> {
        export::code(&self.spec()?, &self.shared.db.borrow(), route, template)
    }

    fn spec(&self) -> Result<WorldSpec, Problem> {
        WorldSpec::parse(&self.text).map_err(|problems| {
            let first = problems.into_iter().next();
            first.unwrap_or_else(|| Problem::new("This is no world text."))
        })
    }

    /// A copy under another text that nobody has used yet: the same data, but caches, limits, logins
    /// and variables at their beginning, and no transaction open.
    ///
    /// # Errors
    /// The first problem of the text.
    pub fn fresh(&self, text: &str) -> Result<Self, Problem> {
        let spec = WorldSpec::parse(text).map_err(first)?;
        let fork = self.fork();
        fork.shared.db.borrow_mut().close_all();
        fork.shared.kv.borrow_mut().forget();
        Ok(Self {
            text: text.to_owned(),
            stack: Rc::new(Stack::build(&spec, None)),
            topology: spec.topology.map(Rc::new),
            variables: Variables::default(),
            ..fork
        })
    }

    /// Has every cache take this for the `Cache-Control` of what it gets, if it is some.
    ///
    /// # Errors
    /// It cannot be sent as a field.
    pub fn cache_by(&mut self, policy: Option<&str>) -> Result<(), Problem> {
        let read = |text: &str| {
            let refused = || {
                Problem::new(format!("`{text}` cannot be sent as Cache-Control."))
                    .hint("For example max-age=60, stale-while-revalidate=30.")
            };
            HeaderValue::from_str(text).map_err(|_| refused())
        };
        self.shared.policy = policy.map(read).transpose()?;
        Ok(())
    }

    /// The traffic of this world, at its beginning.
    ///
    /// # Errors
    /// The world's text describes none.
    pub fn traffic(&self, seed: Option<u64>) -> Result<Simulation, Problem> {
        let topology = self.topology.as_ref().ok_or_else(|| {
            Problem::new("This world has no traffic.")
                .hint("Describe who sends and what answers in its text, in [topology].")
        })?;
        Ok(Simulation::new(topology, seed))
    }

    /// Runs the traffic to its end.
    fn run(&self, seed: Option<u64>) -> Event {
        match self.traffic(seed) {
            Ok(mut simulation) => {
                simulation.finish();
                Event::Run {
                    run: Box::new(simulation.view()),
                }
            }
            Err(problem) => refused(problem),
        }
    }

    /// The value of a variable that was captured.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.known(name)
    }

    /// The `world.toml` that is applied now.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The world as the scope shows it.
    pub fn view(&self) -> View {
        let now_us = self.now_us();
        let db = self.shared.db.borrow();
        View {
            now_us,
            date: crate::http::date::http_date(self.clock().wall(now_us)),
            origin: self.stack.origin(),
            layers: self.stack.views(&self.shared),
            tables: db.tables(),
            sessions: db.sessions(),
            variables: self.variables.all(),
            world_text: self.text.clone(),
            system: self.topology.as_deref().map(|it| Box::new(still(it))),
            task: None,
        }
    }

    fn now_us(&self) -> u64 {
        self.shared.runtime.now_us()
    }

    fn clock(&self) -> Clock {
        self.stack.clock()
    }

    fn sql(&mut self, session: u32, text: &str) -> Vec<SqlOutcome> {
        self.with_env(|db, env| db.run(session, text, env))
    }

    /// What statements gave that had waited, console by console.
    fn resumed(&mut self) -> Vec<Event> {
        let mut consoles: Vec<(u32, Vec<SqlOutcome>)> = Vec::new();
        for (session, outcome) in self.with_env(Database::resumed) {
            match consoles.last_mut() {
                Some((last, outcomes)) if *last == session => outcomes.push(outcome),
                _ => consoles.push((session, vec![outcome])),
            }
        }
        let event = |(session, outcomes)| Event::Sql { session, outcomes };
        consoles.into_iter().map(event).collect()
    }

    fn with_env<T>(&mut self, work: impl FnOnce(&mut Database, &mut Env) -> T) -> T {
        let rng = Rc::clone(&self.shared.rng);
        let mut env = Env {
            now: self.clock().wall(self.now_us()),
            rng: &mut || rng.borrow_mut().next_u64(),
        };
        work(&mut self.shared.db.borrow_mut(), &mut env)
    }

    /// Events with what comes of the statements that waited and could now go on.
    fn with_resumed(&mut self, mut events: Vec<Event>) -> Vec<Event> {
        let rng = Rc::clone(&self.shared.rng);
        let mut env = Env {
            now: self.clock().wall(self.now_us()),
            rng: &mut || rng.borrow_mut().next_u64(),
        };
        let resumed = self.shared.db.borrow_mut().resumed(&mut env);
        for (session, outcome) in resumed {
            match events.last_mut() {
                Some(Event::Sql {
                    session: last,
                    outcomes,
                }) if *last == session => outcomes.push(outcome),
                _ => events.push(Event::Sql {
                    session,
                    outcomes: vec![outcome],
                }),
            }
        }
        events
    }

    /// Whether a console takes a text: it must not be waiting, and the text small enough.
    fn runnable(&self, session: u32, text: &str) -> Result<(), Problem> {
        let db = self.shared.db.borrow();
        if let Some((_, on)) = db.waiting().into_iter().find(|(who, _)| *who == session) {
            let on: Vec<String> = on.iter().map(u32::to_string).collect();
            let on = on.join(" and ");
            return Err(Problem::new(format!(
                "This console's statement still waits for console {on}."
            ))
            .hint(format!(
                "COMMIT or ROLLBACK in console {on}, and it goes on."
            )));
        }
        runnable(text)
    }

    fn send(
        &mut self,
        request: &RequestText,
        burst: &Burst,
        captures: &[Capture],
    ) -> Result<Vec<Event>, Problem> {
        let captures = variables::read(captures)?;
        let (request, burst) = self.variables.fill(request, burst)?;
        self.transmit(request, burst, &captures)
    }

    /// Sends what is ready to be sent, and keeps what is wanted of the answer.
    fn transmit(
        &mut self,
        request: RequestText,
        burst: Burst,
        captures: &[Wanted],
    ) -> Result<Vec<Event>, Problem> {
        let times = burst.times;
        let run = {
            let (stack, shared) = (Rc::clone(&self.stack), self.shared.clone());
            async move { client::send(&stack, &shared, &request, &burst).await }
        };
        let (exchanges, figures) = self.shared.runtime.block_on(run).map_err(|_| {
            Problem::new(
                "The request never came back: every part of the backend waits for another.",
            )
        })??;
        let single = times == 1 && figures.retries == 0;
        // Of a burst, the last answer counts.
        let latest = exchanges.last();
        let missed = latest.map(|exchange| self.variables.keep(captures, exchange));
        let mut events: Vec<Event> = exchanges
            .into_iter()
            .map(|exchange| Event::Exchange {
                exchange: Box::new(exchange),
            })
            .collect();
        let missed = missed.into_iter().flatten();
        events.extend(missed.map(|problem| Event::NotCaptured { problem }));
        if !single {
            events.push(Event::Load { figures });
        }
        Ok(events)
    }

    fn wait(&mut self, ms: u64) -> Event {
        if ms > MAX_WAIT_MS {
            return refused(
                Problem::new(format!("A wait of {ms} ms is longer than a year."))
                    .hint("Wait in smaller steps."),
            );
        }
        let runtime = self.shared.runtime.clone();
        let slept = runtime.block_on({
            let runtime = runtime.clone();
            async move { runtime.sleep(ms * 1_000).await }
        });
        match slept {
            Ok(()) => Event::Clock {
                now_us: self.now_us(),
            },
            Err(_) => refused(Problem::new("The clock stands still.")),
        }
    }

    fn replace_text(&mut self, text: &str) -> Event {
        match WorldSpec::parse(text) {
            Ok(spec) => {
                self.stack = Rc::new(Stack::build(&spec, Some(&self.stack)));
                self.topology = spec.topology.map(Rc::new);
                self.text = text.to_owned();
                Event::WorldApplied
            }
            Err(problems) => refused(first(problems)),
        }
    }
}

fn first(problems: Vec<Problem>) -> Problem {
    let first = problems.into_iter().next();
    first.unwrap_or_else(|| Problem::new("This is no world text."))
}

fn refused(problem: Problem) -> Event {
    Event::Refused { problem }
}

fn failure(outcome: SqlOutcome) -> Option<Problem> {
    match outcome.result {
        SqlResult::Failed { problem } => Some(problem),
        _ => None,
    }
}

fn in_file(file: &str, mut problems: Vec<Problem>) -> Vec<Problem> {
    for problem in &mut problems {
        problem.message = format!("{file}: {}", problem.message);
    }
    problems
}

/// Whether a text is one that a console takes. It is kept in the log as it is, so it must be small
/// enough to be stored, and each of its statements has a result to be shown.
fn runnable(text: &str) -> Result<(), Problem> {
    let (kilobytes, statements) = (text.len() / 1_000, sql::split(text).len());
    if kilobytes > MAX_SQL_KB {
        return Err(Problem::new(format!(
            "That is {kilobytes} kB of SQL; a run takes at most {MAX_SQL_KB}."
        ))
        .hint("Run it in parts."));
    }
    match statements {
        0 => Err(Problem::new("There is no statement here.")
            .hint("Write one, such as `SELECT * FROM books`.")),
        1..=MAX_STATEMENTS => Ok(()),
        _ => Err(Problem::new(format!(
            "Those are {statements} statements; a run takes at most {MAX_STATEMENTS}."
        ))
        .hint("Run them in parts, or insert many rows with one INSERT.")),
    }
}
