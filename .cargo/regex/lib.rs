//! Stands in for the crate `regex`, which GlueSQL uses for LIKE and `~`.
//!
//! GlueSQL needs three names of it. `regex-lite`, by the same authors, has them too, without the
//! tables of all Unicode classes and without the engines that only pay on megabytes of text.
//! What differs: `\w`, `\d` and `\s` mean ASCII, and ignoring case in `~*` knows ASCII only
//! (ILIKE does not come here for that: it lowers both sides first).

pub use regex_lite::{Error, Regex, RegexBuilder, escape};
