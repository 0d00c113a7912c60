//! A cache on a real socket: HTTP/1.1 in front of any origin, so that public suites measure the engine
//! that learners watch.

mod connection;
mod interim;
mod origin;
mod record;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use backlab::http::cache::{Cache, Role};
use hyper::Uri;
use tokio::task::LocalSet;

pub use record::Record;

/// Where it listens if nothing else is said.
const LISTEN: &str = "127.0.0.1:8001";

/// What `bridge cache` takes.
#[derive(Debug, PartialEq)]
struct Args {
    listen: SocketAddr,
    /// Host and port.
    origin: String,
    role: Role,
    /// Where its decisions are written, if anywhere.
    decisions: Option<PathBuf>,
}

/// A cache in front of an origin, until the program is stopped.
///
/// # Errors
/// An argument is wrong, or the address cannot be taken.
pub fn serve(args: &[String]) -> Result<()> {
    let args = read(args)?;
    let mut bridge = Bridge::bind(args.listen, &args.origin, args.role)?;
    if let Some(path) = &args.decisions {
        bridge = bridge.recording(Record::create(path)?);
    }
    println!(
        "a {} cache at http://{} before http://{} (Ctrl-C stops it)",
        name(args.role),
        bridge.address()?,
        args.origin
    );
    bridge.run()
}

/// The role's name on the command line.
pub fn name(role: Role) -> &'static str {
    match role {
        Role::Shared => "shared",
        Role::Private => "private",
    }
}

/// The role of that name.
///
/// # Errors
/// There is none.
pub fn role(name: &str) -> Result<Role> {
    match name {
        "shared" => Ok(Role::Shared),
        "private" => Ok(Role::Private),
        _ => bail!("--role wants shared or private, not `{name}`"),
    }
}

fn read(args: &[String]) -> Result<Args> {
    let (mut listen, mut origin, mut wanted) = (LISTEN.to_owned(), None, Role::Shared);
    let mut decisions = None;
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || {
            let value = args.next().cloned();
            value.with_context(|| format!("{arg} wants a value"))
        };
        match arg.as_str() {
            "--listen" => listen = value()?,
            "--origin" => origin = Some(value()?),
            "--role" => wanted = role(&value()?)?,
            "--decisions" => decisions = Some(PathBuf::from(value()?)),
            other => bail!(
                "bridge cache does not know `{other}`; it takes --origin URL [--listen ADDRESS] \
                 [--role shared|private] [--decisions FILE]"
            ),
        }
    }
    let origin = origin.context("bridge cache needs --origin http://HOST:PORT")?;
    Ok(Args {
        listen: listen.parse().with_context(|| {
            format!("--listen wants an address such as {LISTEN}, not `{listen}`")
        })?,
        origin: authority(&origin)
            .with_context(|| format!("--origin wants http://HOST:PORT, not `{origin}`"))?,
        role: wanted,
        decisions,
    })
}

/// Host and port of an `http` URL that names nothing else.
fn authority(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    let is_bare = uri.scheme_str() == Some("http") && uri.path_and_query()?.as_str() == "/";
    let authority = uri.authority().filter(|_| is_bare)?;
    Some(match authority.port() {
        Some(_) => authority.to_string(),
        None => format!("{authority}:80"),
    })
}

/// What all connections share.
#[derive(Clone)]
struct Place {
    cache: Rc<RefCell<Cache>>,
    /// Host and port.
    origin: Rc<str>,
    record: Rc<RefCell<Option<Record>>>,
}

/// An address that is taken, and answers once it runs.
pub struct Bridge {
    listener: TcpListener,
    origin: String,
    role: Role,
    record: Option<Record>,
}

impl Bridge {
    /// Takes an address (port 0: any free one). `origin` is host and port.
    ///
    /// # Errors
    /// The address is in use or may not be taken.
    pub fn bind(listen: SocketAddr, origin: &str, role: Role) -> Result<Self> {
        let listener = TcpListener::bind(listen)
            .with_context(|| format!("{listen} cannot be taken; another port: --listen"))?;
        listener.set_nonblocking(true)?;
        Ok(Self {
            listener,
            origin: origin.to_owned(),
            role,
            record: None,
        })
    }

    /// One that keeps a record of its decisions.
    pub fn recording(self, record: Record) -> Self {
        Self {
            record: Some(record),
            ..self
        }
    }

    /// Where it is.
    ///
    /// # Errors
    /// The system does not tell.
    pub fn address(&self) -> Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Answers until the program ends, with an empty cache at the beginning.
    ///
    /// # Errors
    /// The address is lost.
    pub fn run(self) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        LocalSet::new().block_on(&runtime, self.accept())
    }

    /// Answers in the background.
    pub fn spawn(self) {
        thread::spawn(move || {
            if let Err(error) = self.run() {
                eprintln!("the cache stopped: {error:#}");
            }
        });
    }

    async fn accept(self) -> Result<()> {
        let cache = Rc::new(RefCell::new(Cache::new(self.role).working_behind()));
        let record = Rc::new(RefCell::new(self.record));
        let origin: Rc<str> = self.origin.into();
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        loop {
            // Who left before being let in is no reason to stop.
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            };
            let place = Place {
                cache: Rc::clone(&cache),
                origin: Rc::clone(&origin),
                record: Rc::clone(&record),
            };
            tokio::task::spawn_local(connection::converse(stream, place));
        }
    }
}
