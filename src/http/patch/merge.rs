//! JSON Merge Patch (RFC 7396): the members that change, with null for those that go.

use serde_json::{Map, Value};

/// A document after a merge patch (RFC 7396 §2). A patch that is no object replaces the document.
pub fn merged(document: Value, patch: Value) -> Value {
    let Value::Object(changes) = patch else {
        return patch;
    };
    let mut members = match document {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    for (name, change) in changes {
        if change.is_null() {
            members.remove(&name);
        } else {
            let before = members.remove(&name).unwrap_or_default();
            members.insert(name, merged(before, change));
        }
    }
    Value::Object(members)
}
