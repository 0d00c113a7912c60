//! A web server of static files, for this machine only.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// The longest head of a request that is read.
const LONGEST_HEAD: usize = 16 * 1024;
/// How long a silent connection is kept; browsers open some in advance.
const PATIENCE: Duration = Duration::from_secs(60);

/// Serves one folder on 127.0.0.1.
pub struct StaticServer {
    listener: TcpListener,
    folder: PathBuf,
    port: u16,
}

impl StaticServer {
    /// Takes the port (0: any free one). Nothing is answered before `run` or `spawn`.
    ///
    /// # Errors
    /// The port is in use or may not be taken.
    pub fn bind(folder: &Path, port: u16) -> Result<StaticServer> {
        let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(listener) => listener,
            Err(error) if error.kind() == ErrorKind::AddrInUse => bail!(
                "port {port} is in use by another program (perhaps an earlier `cargo xtask serve`): \
                 stop that one, or take another port: cargo xtask serve --port {}",
                port.checked_add(1).unwrap_or(8080)
            ),
            Err(error) => {
                return Err(error).with_context(|| format!("port {port} cannot be taken"));
            }
        };
        let port = listener.local_addr()?.port();
        Ok(StaticServer {
            listener,
            folder: folder.to_path_buf(),
            port,
        })
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Answers until the program ends.
    pub fn run(self) {
        for stream in self.listener.incoming().flatten() {
            // A thread and a connection each: whoever stops reading in the middle of an answer
            // keeps nobody else waiting.
            let folder = self.folder.clone();
            thread::spawn(move || {
                // A browser that left does not want its answer.
                let _ = converse(&folder, stream);
            });
        }
    }

    /// Answers in the background.
    pub fn spawn(self) {
        thread::spawn(|| self.run());
    }
}

/// Reads one request and answers it; the connection ends with the answer.
fn converse(folder: &Path, mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut head = Vec::new();
    let mut part = [0; 4096];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut part)?;
        if read == 0 || head.len() + read > LONGEST_HEAD {
            return Ok(());
        }
        head.extend(&part[..read]);
    }
    let head = String::from_utf8_lossy(&head);
    let mut words = head.split_whitespace();
    let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let (status, kind, body) = answer(folder, method, target);
    // A rebuilt page must be the one that is shown.
    let fields = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nAllow: GET, HEAD\r\n\
         Cache-Control: no-cache\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(fields.as_bytes())?;
    if method != "HEAD" {
        stream.write_all(&body)?;
    }
    stream.shutdown(Shutdown::Write)?;
    // Until the other side has closed too, so that nothing it still gets is lost.
    while stream.read(&mut part)? > 0 {}
    Ok(())
}

/// Status, media type and content.
fn answer(folder: &Path, method: &str, target: &str) -> (&'static str, &'static str, Vec<u8>) {
    match method {
        "GET" | "HEAD" => match find(folder, target) {
            Some(path) => match fs::read(&path) {
                Ok(bytes) => ("200 OK", media_type(&path), bytes),
                Err(_) => text("500 Internal Server Error", "This file cannot be read."),
            },
            None => text("404 Not Found", "There is no such file."),
        },
        _ => text(
            "405 Method Not Allowed",
            "Only GET and HEAD are answered here.",
        ),
    }
}

fn text(status: &'static str, words: &str) -> (&'static str, &'static str, Vec<u8>) {
    (
        status,
        "text/plain; charset=utf-8",
        words.as_bytes().to_vec(),
    )
}

/// The file a URL asks for, a folder's `index.html` included.
fn find(folder: &Path, url: &str) -> Option<PathBuf> {
    let mut path = folder.join(relative(url)?);
    if path.is_dir() {
        path.push("index.html");
    }
    // A symbolic link must not lead out of the folder either.
    let (path, folder) = (path.canonicalize().ok()?, folder.canonicalize().ok()?);
    (path.is_file() && path.starts_with(folder)).then_some(path)
}

/// The path below the served folder that a request target names, or nothing when it would lead
/// outside of it.
fn relative(url: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?.strip_prefix('/')?;
    let mut out = PathBuf::new();
    for segment in decode(path)?.split('/') {
        let is_refused = segment == ".." || segment.contains(['\\', ':', '\0']);
        if is_refused {
            return None;
        }
        if !segment.is_empty() && segment != "." {
            out.push(segment);
        }
    }
    Some(out)
}

/// Decodes percent-encoding (RFC 3986 §2.1); nothing when it is malformed or no UTF-8.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            bytes.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The media type by the file's name. Browsers compile wasm as it arrives only when it is named so.
fn media_type(path: &Path) -> &'static str {
    match path
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default()
    {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "md" => "text/markdown; charset=utf-8",
        "toml" | "sql" | "txt" | "http" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_path_inside_the_folder_or_nothing() {
        let cases = [
            ("/", Some("")),
            ("/index.html?x=1", Some("index.html")),
            ("/labs//sql/./first.md", Some("labs/sql/first.md")),
            ("/a%20b.md", Some("a b.md")),
            ("/caf%C3%A9.md", Some("café.md")),
            ("/../Cargo.toml", None),
            ("/labs/%2e%2e/%2E%2E/Cargo.toml", None),
            ("/..%2fCargo.toml", None),
            ("/..%5cCargo.toml", None),
            ("/c:/windows", None),
            ("/bad%zz", None),
            ("/bad%f", None),
            ("/%ff", None),
            ("index.html", None),
            ("http://other.example/", None),
        ];
        for (url, wanted) in cases {
            assert_eq!(relative(url), wanted.map(PathBuf::from), "{url}");
        }
    }

    #[test]
    fn a_folder_is_its_index_and_a_missing_file_is_nothing() {
        let folder = std::env::temp_dir().join(format!("backlab-static-{}", std::process::id()));
        fs::create_dir_all(folder.join("labs")).unwrap();
        fs::write(folder.join("index.html"), "home").unwrap();
        let name = |url| Some(find(&folder, url)?.file_name()?.to_str()?.to_owned());
        assert_eq!(name("/").as_deref(), Some("index.html"));
        assert_eq!(name("/index.html").as_deref(), Some("index.html"));
        assert_eq!(name("/labs/"), None);
        assert_eq!(name("/nothing.js"), None);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn browsers_get_the_types_they_insist_on() {
        for (file, wanted) in [
            ("worker_bg.wasm", "application/wasm"),
            ("editor.js", "text/javascript; charset=utf-8"),
            ("style.css", "text/css; charset=utf-8"),
            ("LICENSE", "application/octet-stream"),
        ] {
            assert_eq!(media_type(Path::new(file)), wanted);
        }
    }

    #[test]
    fn a_taken_port_is_said_with_what_to_do() {
        let first = StaticServer::bind(Path::new("."), 0).unwrap();
        let Err(error) = StaticServer::bind(Path::new("."), first.port()) else {
            panic!("two servers on one port");
        };
        assert!(error.to_string().contains("--port"), "{error}");
    }
}
