//! HTTP: messages, the trace, and the layers a request travels through.

pub mod load;
pub mod message;
pub mod trace;
pub mod view;
pub mod words;
