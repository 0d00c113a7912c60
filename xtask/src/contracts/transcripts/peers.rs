//! The servers we are compared with: nginx with one static file, and axum where nginx has no such
//! thing.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::Value;

use crate::project::Project;
use crate::setup;

/// A server that answers while this lives.
pub struct Peer {
    /// Where it answers.
    pub address: SocketAddr,
    /// Its name and version.
    pub name: String,
    child: Option<Child>,
}

impl Drop for Peer {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// nginx, with `content` as `/hello.txt`, changed at `modified` (Unix seconds); none where it is
/// not installed and cannot be.
///
/// # Errors
/// It is there and does not start.
pub fn nginx(project: &Project, content: &str, modified: u64) -> Result<Option<Peer>> {
    let Some(program) = setup::nginx::ensure(project)? else {
        return Ok(None);
    };
    let folder = project.scratch().join("nginx");
    for part in ["www", "logs", "tmp"] {
        fs::create_dir_all(folder.join(part))?;
    }
    let file = folder.join("www/hello.txt");
    fs::write(&file, content)?;
    let modified = UNIX_EPOCH + Duration::from_secs(modified);
    fs::File::options()
        .write(true)
        .open(&file)?
        .set_modified(modified)?;
    let port = free_port()?;
    fs::write(folder.join("nginx.conf"), configuration(port))?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let child = Command::new(&program)
        .arg("-p")
        .arg(&folder)
        .args(["-e", "logs/error.log", "-c", "nginx.conf"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("nginx does not start")?;
    let peer = Peer {
        address,
        name: version(&program)?,
        child: Some(child),
    };
    for _ in 0..100 {
        if TcpStream::connect(address).is_ok() {
            return Ok(Some(peer));
        }
        thread::sleep(Duration::from_millis(50));
    }
    bail!(
        "nginx does not answer; its words are in {}",
        folder.join("logs/error.log").display()
    )
}

/// In the foreground and as one process, so that it ends with us. `/sink` reads a body, which a
/// static file does not, and then answers with the file.
fn configuration(port: u16) -> String {
    format!(
        "daemon off; master_process off; pid nginx.pid;
events {{ worker_connections 64; }}
http {{
  access_log off; default_type text/plain; client_max_body_size 100k;
  client_body_temp_path tmp/body; proxy_temp_path tmp/proxy; fastcgi_temp_path tmp/fastcgi;
  uwsgi_temp_path tmp/uwsgi; scgi_temp_path tmp/scgi;
  server {{
    listen 127.0.0.1:{port}; root www;
    location /sink {{
      proxy_pass http://127.0.0.1:{port}/hello.txt; proxy_method GET; proxy_set_body \"\";
      proxy_pass_request_headers off; proxy_hide_header Accept-Ranges;
    }}
  }}
}}
"
    )
}

/// `nginx 1.22.1`, which it says on standard error.
fn version(program: &Path) -> Result<String> {
    let output = Command::new(program).arg("-v").output()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let version = text.split('/').nth(1).unwrap_or_default().trim();
    let version = version.split_whitespace().next().unwrap_or_default();
    Ok(format!("nginx {version}"))
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

/// axum with a file that can be read and a path that takes JSON.
///
/// # Errors
/// No port is free.
pub fn axum() -> Result<Peer> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    thread::spawn(move || -> Result<()> {
        let app = Router::new()
            .route("/hello.txt", get(|| async { "hello" }))
            .route("/notes", post(|Json(_): Json<Value>| async { "noted" }));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            Ok(axum::serve(listener, app).await?)
        })
    });
    Ok(Peer {
        address,
        name: "axum 0.8".to_owned(),
        child: None,
    })
}
