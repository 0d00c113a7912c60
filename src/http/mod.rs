//! HTTP: messages, the trace, and the layers a request travels through.

pub mod accept;
pub mod api;
pub mod auth;
pub mod browser;
pub mod cache;
pub mod client;
pub mod conditional;
pub mod date;
pub mod encoding;
pub mod layers;
pub mod link;
pub mod load;
pub mod message;
pub mod parse;
pub mod patch;
pub mod range;
pub mod reply;
pub mod stack;
pub mod text;
pub mod trace;
pub mod view;
pub mod words;

/// A request on its way.
pub type Request = ::http::Request<bytes::Bytes>;
/// A response on its way back.
pub type Response = ::http::Response<bytes::Bytes>;
