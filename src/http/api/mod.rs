//! The API behind the layers: a world's text, its routes, and how they answer.

pub mod answer;
pub mod deny;
pub mod export;
pub mod issue;
pub mod kv;
pub mod nest;
pub mod router;
pub mod routes;
pub mod rules;
pub mod serve;
pub mod spec;
pub mod statement;
pub mod template;
pub mod transaction;
pub mod users;
pub mod version;
