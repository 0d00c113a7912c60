//! Versions of one method and path, as the one operation that OpenAPI has for them.

use super::super::super::spec::version::VersionBy;
use super::super::endpoint::{Api, Endpoint};
use super::super::json::Json;
use super::super::schema;

/// The parameter a client says the version in; none where there is one version, or media types
/// tell it.
pub fn parameter(api: &Api<'_>, endpoint: &Endpoint<'_>) -> Option<Json> {
    let versions = api.spec.versions.as_ref()?;
    let (place, name) = match &versions.by {
        VersionBy::Header(name) => ("header", name),
        VersionBy::Query(name) => ("query", name),
        VersionBy::MediaType(..) => return None,
    };
    let same = |other: &&Endpoint<'_>| {
        let (route, other) = (endpoint.route, other.route);
        route.method == other.method && route.path == other.path
    };
    let same = api.endpoints.iter().filter(same);
    let there: Vec<Json> = same
        .filter_map(|it| it.route.life.version.as_deref())
        .map(Json::from)
        .collect();
    if there.is_empty() {
        return None;
    }
    let schema = schema::of_type("string")
        .with("enum", there)
        .with_some("default", versions.default.as_deref());
    let required = versions.default.is_none();
    Some(
        super::parameter(place, name, required, schema)
            .with("description", "The version of the interface."),
    )
}

/// Two versions of an operation as one: what either takes and gives.
pub fn joined(first: &Json, second: &Json) -> Json {
    let both =
        |name: &str, join: &dyn Fn(&Json, &Json) -> Json| match (first.get(name), second.get(name))
        {
            (Some(one), Some(other)) => Some(join(one, other)),
            (one, other) => one.or(other).cloned(),
        };
    let deprecated = [first, second]
        .iter()
        .all(|it| it.get("deprecated").is_some());
    first
        .clone()
        .without("deprecated")
        .with_some("deprecated", deprecated.then_some(true))
        .with_some("parameters", both("parameters", &parameters))
        .with_some("requestBody", both("requestBody", &with_content))
        .with_some("responses", both("responses", &responses))
}

/// Parameters of both; one that only one of them has need not be there.
fn parameters(first: &Json, second: &Json) -> Json {
    let (Json::List(first), Json::List(second)) = (first, second) else {
        return first.clone();
    };
    let is_same = |one: &Json, other: &Json| {
        let same = |key: &str| one.get(key) == other.get(key);
        same("name") && same("in")
    };
    let alone = |one: &Json, others: &[Json]| {
        let one = one.clone();
        match others.iter().any(|other| is_same(&one, other)) {
            true => one,
            false => one.without("required"),
        }
    };
    let own = first.iter().map(|one| alone(one, second));
    let more = second
        .iter()
        .filter(|one| !first.iter().any(|other| is_same(one, other)));
    own.chain(more.map(|one| alone(one, &[])))
        .collect::<Vec<_>>()
        .into()
}

/// The responses of both, by status.
fn responses(first: &Json, second: &Json) -> Json {
    united(first, second, &with_content)
}

/// Something with content; its fields are those of both, and none has to be there.
fn with_content(first: &Json, second: &Json) -> Json {
    let content = match (first.get("content"), second.get("content")) {
        (Some(one), Some(other)) => Some(united(one, other, &media)),
        (one, other) => one.or(other).cloned(),
    };
    let headers = match (first.get("headers"), second.get("headers")) {
        (Some(one), Some(other)) => Some(united(one, other, &|one, _| one.clone())),
        (one, other) => one.or(other).cloned().map(optional),
    };
    first
        .clone()
        .with_some("headers", headers)
        .with_some("content", content)
}

/// A media type that holds either.
fn media(first: &Json, second: &Json) -> Json {
    let (Some(one), Some(other)) = (first.get("schema"), second.get("schema")) else {
        return first.clone();
    };
    if one == other {
        return first.clone();
    }
    let mut any = match one.get("anyOf") {
        Some(Json::List(any)) => any.clone(),
        _ => vec![one.clone()],
    };
    any.push(other.clone());
    first
        .clone()
        .with("schema", Json::object().with("anyOf", any))
}

/// The members of both objects.
fn united(first: &Json, second: &Json, join: &dyn Fn(&Json, &Json) -> Json) -> Json {
    let (Json::Object(one), Json::Object(other)) = (first, second) else {
        return first.clone();
    };
    let mut members: Vec<(String, Json)> = one
        .iter()
        .map(|(name, value)| {
            let value = match second.get(name) {
                Some(other) => join(value, other),
                None => value.clone(),
            };
            (name.clone(), value)
        })
        .collect();
    let more = other.iter().filter(|(name, _)| first.get(name).is_none());
    members.extend(more.cloned());
    members.sort_by(|(one, _), (other, _)| one.cmp(other));
    Json::Object(members)
}

/// Fields none of which has to be there.
fn optional(headers: Json) -> Json {
    let Json::Object(members) = headers else {
        return headers;
    };
    let members = members.into_iter();
    Json::Object(
        members
            .map(|(name, header)| (name, header.without("required")))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_versions_are_one_operation_that_takes_and_gives_either() {
        let response = |schema: &str| {
            let media = Json::object().with("schema", schema::of_type(schema));
            Json::object().with("content", Json::object().with("application/json", media))
        };
        let field = |name: &str| super::super::parameter("query", name, true, Json::object());
        let first = Json::object()
            .with("operationId", "getBooks")
            .with("deprecated", true)
            .with("parameters", vec![field("both"), field("old")])
            .with(
                "responses",
                Json::object()
                    .with("200", response("array"))
                    .with("404", response("object")),
            );
        let second = Json::object()
            .with("operationId", "getBooks")
            .with("parameters", vec![field("both"), field("new")])
            .with(
                "responses",
                Json::object()
                    .with("200", response("object"))
                    .with("422", response("object")),
            );
        let joined: serde_json::Value =
            serde_json::from_str(&joined(&first, &second).compact()).unwrap_or_default();
        let text = |pointer: &str| joined.pointer(pointer).map(ToString::to_string);
        assert_eq!(text("/deprecated"), None, "one of them is not");
        assert_eq!(text("/parameters/0/required").as_deref(), Some("true"));
        assert_eq!(
            text("/parameters/1/required"),
            None,
            "the other has no such parameter"
        );
        assert_eq!(text("/parameters/2/name").as_deref(), Some("\"new\""));
        assert_eq!(
            text("/responses/200/content/application~1json/schema").as_deref(),
            Some(r#"{"anyOf":[{"type":"array"},{"type":"object"}]}"#)
        );
        assert!(text("/responses/404").is_some() && text("/responses/422").is_some());
    }
}
