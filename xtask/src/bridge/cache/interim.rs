//! Interim responses (RFC 9110 §15.2). hyper's server has no way to send them, so they go into the
//! connection beside it: always between two of its responses, since they are written only when
//! nothing of a response is left to be written.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use hyper::{HeaderMap, StatusCode};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Interim responses on their way to one client.
#[derive(Clone, Default)]
pub struct Interim(Arc<Mutex<Queue>>);

#[derive(Default)]
struct Queue {
    bytes: Vec<u8>,
    /// Who writes them.
    writer: Option<Waker>,
}

impl Interim {
    /// Adds one.
    pub fn push(&self, status: StatusCode, headers: &HeaderMap) {
        let reason = status.canonical_reason().unwrap_or_default();
        let mut bytes = format!("HTTP/1.1 {} {reason}\r\n", status.as_u16()).into_bytes();
        for (name, value) in headers {
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        self.with(|queue| {
            queue.bytes.extend(bytes);
            if let Some(writer) = queue.writer.take() {
                writer.wake();
            }
        });
    }

    /// Waits until all are written, so that the final response comes behind them.
    pub async fn written(&self) {
        std::future::poll_fn(|_| match self.with(|queue| queue.bytes.is_empty()) {
            true => Poll::Ready(()),
            // The connection writes them next, and asks again.
            false => Poll::Pending,
        })
        .await;
    }

    fn with<T>(&self, act: impl FnOnce(&mut Queue) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A client's connection that takes in interim responses.
pub struct Relaying<S> {
    stream: S,
    interim: Interim,
}

impl<S> Relaying<S> {
    /// A connection, and what comes in between.
    pub fn new(stream: S, interim: Interim) -> Self {
        Self { stream, interim }
    }

    /// The connection itself.
    pub fn into_inner(self) -> S {
        self.stream
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Relaying<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Relaying<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    /// hyper flushes when all it had is written: this is the place between two responses.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, interim } = &mut *self;
        let written = interim.with(|queue| {
            queue.writer = Some(cx.waker().clone());
            let any = !queue.bytes.is_empty();
            while !queue.bytes.is_empty() {
                match Pin::new(&mut *stream).poll_write(cx, &queue.bytes) {
                    Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    Poll::Ready(Ok(count)) => drop(queue.bytes.drain(..count)),
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => return Poll::Pending,
                }
            }
            Poll::Ready(Ok(any))
        });
        match written {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            // Who waits for it goes on.
            Poll::Ready(Ok(true)) => cx.waker().wake_by_ref(),
            Poll::Ready(Ok(false)) => {}
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
