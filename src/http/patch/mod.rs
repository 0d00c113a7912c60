//! Changes to a JSON document, sent instead of the document: JSON Merge Patch (RFC 7396) and JSON
//! Patch (RFC 6902), whose places are JSON Pointers (RFC 6901).

pub mod json;
pub mod merge;
pub mod pointer;
