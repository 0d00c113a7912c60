//! The layers in front of the routes, one behaviour a file.

pub mod rate_limit;
