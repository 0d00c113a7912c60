//! Query parameters: read by their rules, or 400.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Call, Refusal};

/// Takes the query's parameters into the call's.
///
/// # Errors
/// The 400 that lists every parameter that breaks its rule (RFC 9110 §15.5.1).
pub fn read(call: &mut Call<'_>) -> Result<(), Refusal> {
    let query = call.request.uri().query().unwrap_or("");
    if call.route.query.is_empty() {
        return Ok(());
    }
    let given: BTreeMap<_, _> = form_urlencoded::parse(query.as_bytes()).collect();
    let mut errors = Vec::new();
    for rule in &call.route.query {
        let name = rule.name.as_str();
        let read = match given.get(name) {
            Some(text) => rule.read(text),
            None => match &rule.default {
                Some(default) => Ok(default.clone()),
                None if rule.required => Err("is missing".to_owned()),
                None => Ok(Value::Null),
            },
        };
        match read {
            Ok(value) => {
                call.params.insert(name.to_owned(), value);
            }
            Err(why) => errors.push((name, why)),
        }
    }
    if errors.is_empty() {
        return Ok(());
    }
    Err(call.refuse_parameters("In the query", &errors))
}
