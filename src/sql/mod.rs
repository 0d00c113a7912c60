//! The database: sessions and dialect over GlueSQL, on storage of our own.

pub mod outcome;
