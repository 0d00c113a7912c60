//! A cache between a client and an origin that says word for word what it is told to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use backlab::http::cache::Role;
use serde_json::json;

use super::{Args, Bridge, Record, read};

/// An origin that answers one connection after the other with these bytes, then closes it; and the
/// heads of the requests it got.
fn origin(answers: Vec<&'static str>) -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let (heads, got) = channel();
    thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = String::new();
            let mut lines = BufReader::new(stream.try_clone().unwrap());
            while lines.read_line(&mut head).unwrap() > 2 {}
            heads.send(head.to_lowercase()).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (address, got)
}

/// A client's connection to a shared cache before an origin.
fn client(origin: SocketAddr) -> TcpStream {
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let bridge = Bridge::bind(listen, &origin.to_string(), Role::Shared).unwrap();
    let stream = TcpStream::connect(bridge.address().unwrap()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    bridge.spawn();
    stream
}

/// Sends a GET, and reads until the end of the body, which is `x`.
fn get(stream: &mut TcpStream, fields: &str) -> String {
    let request = format!("GET /a HTTP/1.1\r\nHost: shop.test\r\n{fields}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n\r\nx") && !text.ends_with(b"}") {
        stream.read_exact(&mut byte).unwrap();
        text.push(byte[0]);
    }
    String::from_utf8(text).unwrap().to_lowercase()
}

#[test]
fn a_stored_response_answers_again_on_a_kept_connection() {
    let (origin, got) = origin(vec![
        "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 1\r\n\r\nx",
    ]);
    let mut client = client(origin);
    let first = get(
        &mut client,
        "Connection: keep-alive, Own\r\nOwn: 1\r\nTheirs: 1\r\n",
    );
    assert!(first.starts_with("http/1.1 200"), "{first}");
    assert!(first.contains("cache-status: backlab; fwd=miss"), "{first}");
    let asked = got.recv().unwrap();
    assert!(
        asked.contains("theirs: 1") && !asked.contains("own: 1"),
        "{asked}"
    );
    assert!(asked.contains("via: 1.1 backlab"), "{asked}");
    let second = get(&mut client, "");
    assert!(second.contains("cache-status: backlab; hit"), "{second}");
    assert!(
        second.contains("age: 0") && second.contains("date: "),
        "{second}"
    );
}

#[test]
fn interim_responses_come_before_the_final_one_and_once() {
    let (origin, _got) = origin(vec![
        "HTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n\
         HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 1\r\n\r\nx",
    ]);
    let mut client = client(origin);
    let first = get(&mut client, "");
    let places = [
        "http/1.1 103 early hints\r\nlink: </s.css>",
        "http/1.1 102",
        "http/1.1 200",
    ];
    let places = places.map(|text| first.find(text));
    assert!(places[0] == Some(0) && places.is_sorted(), "{first}");
    assert!(get(&mut client, "").starts_with("http/1.1 200"));
}

#[test]
fn an_origin_that_hangs_up_is_a_502_or_the_stale_response() {
    let (origin, got) = origin(vec![
        "",
        "HTTP/1.1 200 OK\r\nCache-Control: max-age=0\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut",
    ]);
    let mut client = client(origin);
    assert!(get(&mut client, "").starts_with("http/1.1 502"));
    assert!(get(&mut client, "").starts_with("http/1.1 200"));
    let stale = get(&mut client, "");
    assert!(
        stale.contains("hit; detail=\"rfc 9111 section 4.2.4\""),
        "{stale}"
    );
    assert_eq!(got.iter().count(), 3, "nothing is sent twice");
}

#[test]
fn each_decision_is_on_record_before_its_answer() {
    let (origin, _got) = origin(vec![
        "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 1\r\n\r\nx",
    ]);
    let path = std::env::temp_dir().join(format!("backlab-record-{}", std::process::id()));
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let bridge = Bridge::bind(listen, &origin.to_string(), Role::Shared).unwrap();
    let bridge = bridge.recording(Record::create(&path).unwrap());
    let mut client = TcpStream::connect(bridge.address().unwrap()).unwrap();
    bridge.spawn();
    get(
        &mut client,
        "Test-ID: other\r\nTest-ID: mine\r\nReq-Num: 1, 2\r\n",
    );
    get(&mut client, "");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let lines: Vec<serde_json::Value> = lines.collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(
        (&lines[0]["test"], &lines[0]["request"]),
        (&json!("mine"), &json!(2))
    );
    assert_eq!(lines[1]["test"], json!(null));
    let wanted = [
        ("forwarded", "miss", "RFC 9111 §4"),
        ("fresh", "hit", "RFC 9111 §4.2"),
    ];
    for (line, (decision, label, standard)) in lines.iter().zip(wanted) {
        assert_eq!(line["decision"], decision);
        assert_eq!(
            (&line["label"], &line["standard"]),
            (&json!(label), &json!(standard))
        );
        assert!(
            line["reason"]
                .as_str()
                .is_some_and(|reason| !reason.is_empty())
        );
        assert_eq!(
            (&line["method"], &line["target"]),
            (&json!("GET"), &json!("/a"))
        );
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn arguments_are_read_and_wrong_ones_named() {
    let wanted = Args {
        listen: "127.0.0.1:9".parse().unwrap(),
        origin: "127.0.0.1:8000".to_owned(),
        role: Role::Private,
        decisions: Some("d.jsonl".into()),
    };
    let line =
        "--listen 127.0.0.1:9 --origin http://127.0.0.1:8000/ --role private --decisions d.jsonl";
    assert_eq!(read(&words(line)).unwrap(), wanted);
    let usual = read(&words("--origin http://shop.test")).unwrap();
    assert_eq!(
        (usual.origin.as_str(), usual.role, usual.decisions),
        ("shop.test:80", Role::Shared, None)
    );
    for (text, says) in [
        ("", "needs --origin"),
        ("--origin", "wants a value"),
        ("--origin https://shop.test", "wants http://HOST:PORT"),
        ("--origin http://shop.test/path", "wants http://HOST:PORT"),
        (
            "--origin http://shop.test --listen 8001",
            "wants an address",
        ),
        ("--role public", "shared or private"),
        ("--port 1", "does not know `--port`"),
    ] {
        let error = format!("{:#}", read(&words(text)).unwrap_err());
        assert!(error.contains(says), "{text}: {error}");
    }
}
