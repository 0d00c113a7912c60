//! A client that sends exactly what it is given, and reads what comes back.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// How long an answer may take. A server that says nothing has given all its answers.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long the first answer of a world may take, which opens meanwhile.
const OPENING: Duration = Duration::from_secs(60);
/// The largest body that is read.
const LARGEST: usize = 1024 * 1024;

/// One answer, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Whether it is of HTTP/1.0, which keeps no connection by itself.
    pub is_old: bool,
    /// The status code.
    pub status: u16,
    /// Field lines in order.
    pub fields: Vec<(String, String)>,
    /// The body, out of its chunks.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first field line of that name, compared without case.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        let field = fields.find(|(found, _)| found.eq_ignore_ascii_case(name));
        field.map(|(_, value)| value.as_str())
    }

    /// Whether more answers follow for the same request (RFC 9110 §15.2).
    fn is_interim(&self) -> bool {
        (100..200).contains(&self.status)
    }
}

/// The body of a successful GET.
///
/// # Errors
/// There is no answer, or it is none of success.
pub fn get(address: SocketAddr, path: &str) -> Result<Vec<u8>> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let answers = exchange(address, request.as_bytes(), &["GET"], OPENING)?;
    match answers.into_iter().next() {
        Some(answer) if answer.status == 200 => Ok(answer.body),
        Some(answer) => bail!("GET {path} is answered with {}", answer.status),
        None => bail!("GET {path} has no answer"),
    }
}

/// Sends `bytes` over one connection and reads every answer; there may be none. `methods` are those of the requests in
/// order: what an answer looks like depends on them (RFC 9112 §6.3).
///
/// # Errors
/// No connection, or an answer that is no HTTP/1.1.
pub fn talk(address: SocketAddr, bytes: &[u8], methods: &[&str]) -> Result<Vec<Answer>> {
    exchange(address, bytes, methods, PATIENCE)
}

fn exchange(
    address: SocketAddr,
    bytes: &[u8],
    methods: &[&str],
    patience: Duration,
) -> Result<Vec<Answer>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    // A server may answer, and close, before it has read everything.
    let sent = stream.write_all(bytes);
    let mut reader = BufReader::new(&stream);
    let mut answers: Vec<Answer> = Vec::new();
    for method in methods {
        loop {
            let Some(answer) = read(&mut reader, method)? else {
                break;
            };
            let more = answer.is_interim();
            answers.push(answer);
            if !more {
                break;
            }
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
    if answers.is_empty() {
        sent.context("the request could not be sent")?;
    }
    Ok(answers)
}

/// The next answer; none at the end of the connection.
fn read(reader: &mut impl BufRead, method: &str) -> Result<Option<Answer>> {
    let Some(first) = line(reader)? else {
        return Ok(None);
    };
    let mut words = first.splitn(3, ' ');
    let version = words.next().unwrap_or_default();
    let status = words.next().and_then(|word| word.parse().ok());
    let (true, Some(status)) = (version.starts_with("HTTP/1."), status) else {
        bail!("this is no status line: {first:?}");
    };
    let mut answer = Answer {
        is_old: version == "HTTP/1.0",
        status,
        fields: Vec::new(),
        body: Vec::new(),
    };
    while let Some(line) = line(reader)?.filter(|line| !line.is_empty()) {
        let Some((name, value)) = line.split_once(':') else {
            bail!("this is no field line: {line:?}");
        };
        answer
            .fields
            .push((name.to_owned(), value.trim().to_owned()));
    }
    let bare = method == "HEAD" || answer.is_interim() || [204, 304].contains(&status);
    if !bare {
        answer.body = body(reader, &answer)?;
    }
    Ok(Some(answer))
}

fn body(reader: &mut impl BufRead, answer: &Answer) -> Result<Vec<u8>> {
    let coding = answer.field("Transfer-Encoding").unwrap_or_default();
    let mut body = Vec::new();
    if coding.eq_ignore_ascii_case("chunked") {
        loop {
            let size = line(reader)?.context("the chunks broke off")?;
            let size = size.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16)?;
            exactly(reader, &mut body, size)?;
            line(reader)?;
            if size == 0 {
                return Ok(body);
            }
        }
    }
    match answer.field("Content-Length") {
        Some(length) => exactly(reader, &mut body, length.parse()?)?,
        None => {
            reader.take(LARGEST as u64).read_to_end(&mut body)?;
        }
    }
    Ok(body)
}

fn exactly(reader: &mut impl BufRead, body: &mut Vec<u8>, size: usize) -> Result<()> {
    if body.len() + size > LARGEST {
        bail!("the body is larger than {LARGEST} bytes");
    }
    let from = body.len();
    body.resize(from + size, 0);
    reader
        .read_exact(&mut body[from..])
        .context("the body broke off")
}

/// The next line without its end; none when nothing more comes.
fn line(reader: &mut impl BufRead) -> Result<Option<String>> {
    let mut bytes = Vec::new();
    match reader.read_until(b'\n', &mut bytes) {
        Ok(0) => return Ok(None),
        Ok(_) => {}
        // The connection is open and nothing more is said, or it was cut.
        Err(_) if bytes.is_empty() => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let text = String::from_utf8_lossy(&bytes);
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(text: &str, methods: &[&str]) -> Vec<Answer> {
        let mut reader = text.as_bytes();
        let read = |method: &&str| read(&mut reader, method).unwrap();
        methods.iter().filter_map(read).collect()
    }

    #[test]
    fn an_answer_ends_where_the_standard_says() {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\
                    HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n\
                    HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n1\r\nd\r\n0\r\n\r\n\
                    HTTP/1.0 404 Not Found\r\n\r\nto the end";
        let read = answers(text, &["GET", "HEAD", "GET", "GET", "GET", "GET"]);
        let bodies: Vec<&[u8]> = read.iter().map(|answer| answer.body.as_slice()).collect();
        assert_eq!(bodies, [&b"ab"[..], b"", b"", b"abcd", b"to the end"]);
        assert_eq!(read[2].field("etag"), Some("\"x\""));
        assert_eq!(read[4].status, 404);
    }
}
