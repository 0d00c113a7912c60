//! HTTP: messages, the trace, and the layers a request travels through.

pub mod message;
pub mod trace;
pub mod view;
