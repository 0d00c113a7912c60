//! Caches others run in production, started as reverse proxies before the suite's origin. Their
//! configurations are the templates beside this file, in which `{folder}`, `{port}` and `{origin}` (its
//! port) stand for what differs from run to run.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::edition::{PATIENCE, free_address};
use crate::setup::system_program;

/// How long one may take to stop.
const FAREWELL: Duration = Duration::from_secs(5);
/// Lines of its words that are shown if it does not start.
const TAIL: usize = 12;

/// A cache from Debian's packages.
pub struct Product {
    /// What people call it.
    pub name: &'static str,
    /// Its package.
    pub package: &'static str,
    program: &'static str,
    /// What makes it tell its version, and what stands before that.
    version: (&'static str, &'static str),
    /// Name and template of its configuration.
    file: (&'static str, &'static str),
    args: &'static [&'static str],
}

/// Those that are measured.
pub const PRODUCTS: [Product; 3] = [
    Product {
        name: "nginx",
        package: "nginx",
        program: "nginx",
        version: ("-v", "nginx/"),
        file: ("nginx.conf", include_str!("nginx.conf")),
        args: &[
            "-p",
            "{folder}",
            "-e",
            "stderr",
            "-c",
            "{folder}/nginx.conf",
        ],
    },
    Product {
        name: "Varnish",
        package: "varnish",
        program: "varnishd",
        version: ("-V", "varnish-"),
        file: ("default.vcl", include_str!("default.vcl")),
        // In the foreground, in its folder, without a port for orders; and as in the suite's published
        // run: what says nothing of its freshness is not guessed to be fresh for two minutes, and what
        // was fresh is kept for an hour to ask by.
        args: &[
            "-F",
            "-j",
            "none",
            "-T",
            "none",
            "-n",
            "{folder}/work",
            "-f",
            "{folder}/default.vcl",
            "-a",
            "127.0.0.1:{port}",
            "-s",
            "malloc,64M",
            "-p",
            "default_ttl=0",
            "-p",
            "default_grace=0",
            "-p",
            "default_keep=3600",
        ],
    },
    Product {
        name: "Squid",
        package: "squid",
        program: "squid",
        version: ("--version", "Version "),
        file: ("squid.conf", include_str!("squid.conf")),
        args: &["-N", "-d", "1", "-f", "{folder}/squid.conf"],
    },
];

impl Product {
    /// Its program, if it is installed.
    pub fn find(&self) -> Option<PathBuf> {
        system_program(self.program)
    }

    /// Its version.
    ///
    /// # Errors
    /// The program does not start or says nothing of the kind.
    pub fn version(&self, program: &Path) -> Result<String> {
        let (flag, before) = self.version;
        let output = Command::new(program).arg(flag).output()?;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        version_after(&said, before)
            .with_context(|| format!("{} does not tell its version: {said}", self.name))
    }

    /// Starts it before an origin, with an empty cache, in a folder of its own; it answers then.
    ///
    /// # Errors
    /// It does not start.
    pub fn start(&self, program: &Path, origin: SocketAddr) -> Result<Running> {
        let folder =
            std::env::temp_dir().join(format!("backlab-{}-{}", self.program, std::process::id()));
        let address = free_address()?;
        let fill = |text: &str| {
            text.replace("{folder}", &folder.to_string_lossy())
                .replace("{port}", &address.port().to_string())
                .replace("{origin}", &origin.port().to_string())
        };
        fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let (file, template) = self.file;
        fs::write(folder.join(file), fill(template))?;
        let log = File::create(folder.join("log"))?;
        let child = Command::new(program)
            .args(self.args.iter().map(|arg| fill(arg)))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn();
        let mut running = Running {
            child: child.with_context(|| format!("{} does not start", self.name))?,
            address,
            folder,
        };
        let begun = Instant::now();
        while !answers(address) {
            let ended = running.child.try_wait()?.is_some();
            if ended || begun.elapsed() > PATIENCE {
                bail!("{} does not answer:\n{}", self.name, running.words());
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(running)
    }
}

/// A cache that answers while this lives; then it is stopped, and its folder goes.
pub struct Running {
    child: Child,
    /// Where it answers.
    pub address: SocketAddr,
    folder: PathBuf,
}

impl Running {
    /// The last it said.
    fn words(&self) -> String {
        let text = fs::read(self.folder.join("log")).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(TAIL)..].join("\n")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Asked first: those with children of their own stop these too.
        let asked = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        let begun = Instant::now();
        while asked.as_ref().is_ok_and(|status| status.success())
            && begun.elapsed() < FAREWELL
            && matches!(self.child.try_wait(), Ok(None))
        {
            thread::sleep(Duration::from_millis(50));
        }
        // Both do nothing to one that has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Whether what is there passes on the origin's answer; one that is starting may say 502 or nothing.
fn answers(address: SocketAddr) -> bool {
    status(address).is_some_and(|status| status < 500)
}

fn status(address: SocketAddr) -> Option<u16> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    let request = format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).ok()?;
    line.split(' ').nth(1)?.parse().ok()
}

/// The digits and dots behind a word.
fn version_after(said: &str, before: &str) -> Option<String> {
    let (_, rest) = said.split_once(before)?;
    let is_part = |c: &char| c.is_ascii_digit() || *c == '.';
    let version: String = rest.chars().take_while(is_part).collect();
    (!version.is_empty()).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_off_what_each_says() {
        let said = [
            "nginx version: nginx/1.22.1 (Debian)",
            "varnishd (varnish-7.1.1 revision 7cee1c5)\nCopyright",
            "Squid Cache: Version 5.7\nService Name: squid",
        ];
        let wanted = ["1.22.1", "7.1.1", "5.7"];
        for ((product, said), wanted) in PRODUCTS.iter().zip(said).zip(wanted) {
            let found = version_after(said, product.version.1);
            assert_eq!(found.as_deref(), Some(wanted), "{}", product.name);
        }
        assert_eq!(version_after("nginx", "nginx/"), None);
    }

    #[test]
    fn each_configuration_has_a_place_for_what_differs() {
        for product in PRODUCTS {
            let text = [&[product.file.1], product.args].concat().join("\n");
            for place in ["{port}", "{origin}", "{folder}"] {
                assert!(text.contains(place), "{}: {place}", product.name);
            }
        }
    }

    #[test]
    fn a_program_that_does_not_start_is_told_with_its_words_and_leaves_nothing() {
        let broken = Product {
            file: ("nothing", ""),
            args: &["-c", "echo no luck; exit 1", "{folder}"],
            program: "no-cache",
            ..PRODUCTS[0]
        };
        let origin = free_address().unwrap();
        let Err(error) = broken.start(Path::new("sh"), origin) else {
            panic!("it started");
        };
        assert!(error.to_string().contains("no luck"), "{error}");
        let folder = format!("backlab-no-cache-{}", std::process::id());
        assert!(!std::env::temp_dir().join(folder).exists());
    }
}
