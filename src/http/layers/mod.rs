//! The layers in front of the routes, one behaviour a file.

pub mod auth;
pub mod authorization_server;
pub mod browser;
pub mod browser_cache;
pub mod caching;
pub mod cdn;
pub mod cors;
pub mod purge;
pub mod rate_limit;
