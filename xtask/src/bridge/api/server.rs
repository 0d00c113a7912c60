//! The port: connections and their requests, all on one thread with the world.

use std::cell::RefCell;
use std::convert::Infallible;
use std::future::poll_fn;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::FutureExt;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

use super::backend::Backend;
use super::{Source, wire};

/// How long a client may take to send the fields of a request, once it has begun or is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long the rest of what a client sends is read, once all is answered.
const LINGER: Duration = Duration::from_secs(2);

/// A port that is taken, and answers once it runs.
pub struct Bridge {
    listener: TcpListener,
    port: u16,
}

impl Bridge {
    /// Takes a port of 127.0.0.1 (0: any free one). Nothing is answered before `run` or `spawn`.
    ///
    /// # Errors
    /// The port is in use or may not be taken.
    pub fn bind(port: u16) -> Result<Self> {
        let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(listener) => listener,
            Err(error) if error.kind() == ErrorKind::AddrInUse => bail!(
                "port {port} is in use by another program; take another, or any free one: --port 0"
            ),
            Err(error) => {
                return Err(error).with_context(|| format!("port {port} cannot be taken"));
            }
        };
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        Ok(Self { listener, port })
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// Opens the world and answers until the program ends.
    ///
    /// # Errors
    /// The world cannot be opened, or the port is lost.
    pub fn run(self, source: &Source) -> Result<()> {
        let backend = Rc::new(RefCell::new(Backend::open(source)?));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        LocalSet::new().block_on(&runtime, self.accept(backend))
    }

    /// Answers in the background, and tells where. The world was opened once for its source, so it
    /// opens again.
    pub fn spawn(self, source: Source) -> SocketAddr {
        let address = self.address();
        thread::spawn(move || {
            if let Err(error) = self.run(&source) {
                eprintln!("the bridge stopped: {error:#}");
            }
        });
        address
    }

    async fn accept(self, backend: Rc<RefCell<Backend>>) -> Result<()> {
        let port = self.port;
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        loop {
            // Who left before being let in is no reason to stop.
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            };
            let backend = Rc::clone(&backend);
            tokio::task::spawn_local(converse(stream, backend, port));
        }
    }
}

/// All requests of one connection.
async fn converse(stream: TcpStream, backend: Rc<RefCell<Backend>>, port: u16) {
    // Small answers are not held back.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let answer = wire::answer(&backend, port, request);
        Box::pin(answer.map(Ok::<_, Infallible>))
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .title_case_headers(true)
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service);
    // What is no HTTP is answered with 400 and told here; there is nobody else to tell.
    let _ = poll_fn(|cx| connection.poll_without_shutdown(cx)).await;
    close(connection.into_parts().io.into_inner()).await;
}

/// Closes a connection in steps, so that the client still gets the last answer when it has sent more
/// than was read (RFC 9112 §9.6).
pub async fn close(mut stream: TcpStream) {
    let _ = stream.shutdown().await;
    let rest = async { while stream.read(&mut [0; 4096]).await.is_ok_and(|read| read > 0) {} };
    let _ = tokio::time::timeout(LINGER, rest).await;
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{Shutdown, TcpStream};

    use backlab::protocol::WorldFiles;

    use super::*;

    const WORLD: &str = r#"
host = "shop.example"
layers = ["routes"]
[[route]]
method = "GET"
path = "/books/{id}"
sql = "SELECT id, title FROM books WHERE id = $id"
one = true
[[route]]
method = "POST"
path = "/books"
body = { id = { type = "integer" }, title = { type = "string" } }
sql = "INSERT INTO books VALUES ($id, $title)"
status = 201
[[route]]
method = "GET"
path = "/packed"
respond = { words = "again and again and again and again and again and again and again" }
headers = { Content-Encoding = "gzip" }
"#;

    /// A served world of one table.
    fn bridge() -> SocketAddr {
        let files = WorldFiles {
            world: WORLD.to_owned(),
            schema: "CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT)".to_owned(),
            seed: "INSERT INTO books VALUES (1, 'One')".to_owned(),
            ..WorldFiles::default()
        };
        let source = Source::new(files, &[]).unwrap();
        Bridge::bind(0).unwrap().spawn(source)
    }

    /// Sends a text and gives all that comes back.
    fn talk(address: SocketAddr, text: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect(address).unwrap();
        let text = text.replace("HOST", &address.to_string());
        stream
            .write_all(text.replace('\n', "\r\n").as_bytes())
            .unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }

    fn words(address: SocketAddr, text: &str) -> String {
        String::from_utf8(talk(address, text)).unwrap()
    }

    #[test]
    fn requests_reach_the_world_and_its_answers_come_back() {
        let address = bridge();
        for (request, wanted) in [
            (
                "GET /books/1 HTTP/1.1\nHost: HOST\n\n",
                [
                    "HTTP/1.1 200 OK\r\n",
                    "\r\n\r\n{\"id\":1,\"title\":\"One\"}",
                ],
            ),
            // The name of the world's own host is as good.
            (
                "HEAD /books/1 HTTP/1.1\nHost: shop.example\n\n",
                ["Content-Length: 22\r\n", "\r\n\r\n"],
            ),
            (
                "POST /books HTTP/1.1\nHost: HOST\nContent-Type: application/json\n\
                 Transfer-Encoding: chunked\nExpect: 100-continue\n\n\
                 7\n{\"id\":2\nf\n,\"title\":\"Two\"}\n0\n\n",
                ["HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n", ""],
            ),
            (
                "GET /books/2 HTTP/1.0\n\n",
                ["HTTP/1.0 200 OK\r\n", "{\"id\":2,\"title\":\"Two\"}"],
            ),
            (
                "GET /books/1 HTTP/1.1\nHost: HOST\n\nGET /none HTTP/1.1\nHost: HOST\n\n",
                [
                    "{\"id\":1,\"title\":\"One\"}HTTP/1.1 404 Not Found\r\n",
                    "No route",
                ],
            ),
            (
                "GET /books/1 HTTP/1.1\n\n",
                ["HTTP/1.1 400 ", "application/problem+json"],
            ),
            (
                "GET /openapi.json HTTP/1.1\nHost: HOST\n\n",
                ["HTTP/1.1 200 ", "\"/books/{id}\""],
            ),
            (
                "GET /books/1 HTTP/1.1\nHost: evil.example\n\n",
                ["HTTP/1.1 421 ", "evil.example"],
            ),
            (
                "POST /books HTTP/1.1\nHost: HOST\nContent-Length: 5000000\n\n",
                ["HTTP/1.1 413 ", "Connection: close"],
            ),
            (
                "get /books/1 HTTP/1.1\nHost: HOST\n\n",
                ["HTTP/1.1 400 ", "Write GET"],
            ),
        ] {
            let answer = words(address, request);
            for part in wanted {
                assert!(answer.contains(part), "{request}\n{answer}");
            }
        }
        let long = "a".repeat(9_000);
        let request = format!("GET /{long} HTTP/1.1\nHost: HOST\n\n");
        assert!(words(address, &request).starts_with("HTTP/1.1 414 "));
        let request = format!("GET / HTTP/1.1\nHost: HOST\nX-Long: {long}\n\n");
        assert!(words(address, &request).starts_with("HTTP/1.1 431 "));
    }

    #[test]
    fn a_body_that_is_no_text_is_answered() {
        let address = bridge();
        for (kind, status) in [("application/json", "400"), ("image/png", "415")] {
            let mut stream = TcpStream::connect(address).unwrap();
            let head = format!(
                "POST /books HTTP/1.1\r\nHost: {address}\r\nContent-Type: {kind}\r\nContent-Length: 2\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(&[0xff, 0xfe]).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status} ")),
                "{answer}"
            );
        }
    }

    #[test]
    fn what_is_said_to_be_gzip_is_gzip() {
        let answer = talk(bridge(), "GET /packed HTTP/1.1\nHost: HOST\n\n");
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        let (head, body) = answer.split_at(end.unwrap() + 4);
        let head = String::from_utf8(head.to_vec()).unwrap();
        assert!(
            head.contains(&format!("Content-Length: {}\r\n", body.len())),
            "{head}"
        );
        let mut text = String::new();
        flate2::read::GzDecoder::new(body)
            .read_to_string(&mut text)
            .unwrap();
        assert!(text.starts_with("{\"words\":\"again and again"), "{text}");
    }

    #[test]
    fn many_connections_are_answered_at_once() {
        let address = bridge();
        let mut streams: Vec<TcpStream> = (0..100)
            .map(|_| TcpStream::connect(address).unwrap())
            .collect();
        // The last who came asks first, and all the others are open.
        for stream in streams.iter_mut().rev() {
            let request =
                format!("GET /books/1 HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.ends_with("{\"id\":1,\"title\":\"One\"}"), "{answer}");
        }
    }
}
