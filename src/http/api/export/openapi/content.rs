//! The bodies of answers: their media types and schemas.

use super::super::super::nest::NestSpec;
use super::super::super::spec::Respond;
use super::super::super::spec::access::Act;
use super::super::super::spec::reply::is_json;
use super::super::super::template::JsonTemplate;
use super::super::endpoint::{Api, Endpoint};
use super::super::json::Json;
use super::super::sample::Sample;
use super::super::schema;

/// A member of an object: its name, its schema, and whether it is always there.
type Member = (String, Json, bool);

/// What a route gives, by media type.
pub fn own(api: &Api<'_>, endpoint: &Endpoint<'_>, status: u16, sample: Option<&Sample>) -> Json {
    let sample = sample.filter(|sample| sample.response.status == status);
    let sent = sample.and_then(|sample| sample.response.header("content-type"));
    let all = media_types(api, endpoint).into_iter();
    all.fold(Json::object(), |content, name| {
        let json = is_json(&name);
        // The sample is of one media type only.
        let sample = sample.filter(|_| sent.is_none_or(|sent| sent == name));
        let example = sample.map(|sample| match json {
            true => Json::Raw(sample.shown_body()),
            false => sample.response.body.as_str().into(),
        });
        let schema = match json {
            true => body(endpoint),
            false => schema::of_type("string"),
        };
        let media = Json::object()
            .with("schema", schema)
            .with_some("example", example);
        content.with(&name, media)
    })
}

/// A part of what a route gives (RFC 9110 §15.3.7): some of its bytes.
pub fn part(api: &Api<'_>, endpoint: &Endpoint<'_>) -> Json {
    let all = media_types(api, endpoint).into_iter();
    all.fold(Json::object(), |content, name| {
        // Bytes of any media type (OpenAPI 3.1 §4.8.14.3).
        content.with(&name, Json::object())
    })
}

/// The media types a route answers with. Where they tell the version, the usual version has plain
/// ones, too.
fn media_types(api: &Api<'_>, endpoint: &Endpoint<'_>) -> Vec<String> {
    let plain = endpoint.route.media_types();
    let (Some(versions), Some(version)) = (&api.spec.versions, &endpoint.route.life.version) else {
        return plain;
    };
    let Some(named) = versions.by.media_type(version) else {
        return plain;
    };
    match versions.default.as_ref() == Some(version) {
        true => plain.into_iter().chain([named]).collect(),
        false => vec![named],
    }
}

fn body(endpoint: &Endpoint<'_>) -> Json {
    if endpoint.gives_tokens() {
        return tokens(endpoint);
    }
    match &endpoint.route.reply.respond {
        Some(Respond::Json(template)) => {
            // Without a row, a name is null.
            let known = match endpoint.route.one {
                true => columns(endpoint),
                false => Vec::new(),
            };
            filled(template, &known)
        }
        Some(_) => Json::object(),
        None => rows(endpoint),
    }
}

/// The tokens somebody gets (RFC 6749 §5.1), or the one against forged requests.
fn tokens(endpoint: &Endpoint<'_>) -> Json {
    let text = |name: &str, always| (name.to_owned(), schema::of_type("string"), always);
    if endpoint.route.access.act == Some(Act::Csrf) {
        return schema::object(vec![text("csrf_token", true)]);
    }
    schema::object(vec![
        text("access_token", true),
        text("token_type", true),
        ("expires_in".to_owned(), schema::of_type("integer"), true),
        text("scope", false),
        text("refresh_token", false),
    ])
}

/// A row, or a list of them.
fn rows(endpoint: &Endpoint<'_>) -> Json {
    let list = &endpoint.route.list;
    let mut members = members(endpoint);
    if list.fields {
        // A client may ask for some of them only.
        members
            .iter_mut()
            .for_each(|(_, _, always)| *always = false);
    }
    let row = schema::object(members);
    if endpoint.route.one {
        return row;
    }
    let rows = schema::list(row);
    let Some(name) = &list.wrap else {
        return rows;
    };
    let mut members = vec![(name.clone(), rows, true)];
    if let Some(page) = &list.page {
        let next = Json::object().with("type", vec!["string".into(), "null".into()]);
        members.push((
            "next".to_owned(),
            next.with("format", "uri-reference"),
            true,
        ));
        if page.total.is_some() {
            members.push(("total".to_owned(), schema::of_type("integer"), true));
        }
    }
    schema::object(members)
}

/// The members of a row, as it is shown.
fn members(endpoint: &Endpoint<'_>) -> Vec<Member> {
    let look = &endpoint.route.look;
    let known = columns(endpoint);
    let mut members = match &look.shape {
        None => known,
        Some(shape) => {
            let shape = shape.iter();
            shape
                .map(|(name, template)| (name.clone(), filled(template, &known), true))
                .collect()
        }
    };
    let text = |name: &str| (name.to_owned(), schema::of_type("string"), true);
    let mut by_name = |name: &str, members_of_each: Vec<Member>| {
        let all = schema::of_type("object");
        let all = all.with("additionalProperties", schema::object(members_of_each));
        members.push((name.to_owned(), all, true));
    };
    if !look.links.is_empty() && !look.links_in_header {
        by_name("_links", vec![text("href")]);
    }
    if !look.actions.is_empty() {
        by_name("_actions", vec![text("method"), text("href")]);
    }
    members
}

/// The columns of a row, with what is added to it.
fn columns(endpoint: &Endpoint<'_>) -> Vec<Member> {
    let own = endpoint.columns().iter();
    let mut members: Vec<Member> = own
        .map(|column| (column.name.clone(), schema::column(column), true))
        .collect();
    let added = endpoint.nested_columns();
    match &endpoint.route.nest {
        Some(NestSpec::Each { name: None, .. }) => {
            members.extend(added.map(|column| {
                // The statement may find no row.
                let schema = schema::value(&column.sql_type, true);
                (column.name.clone(), schema, true)
            }));
        }
        Some(
            NestSpec::Each {
                name: Some(name), ..
            }
            | NestSpec::Batch { name, .. },
        ) => {
            let inner = added.map(|column| (column.name.clone(), schema::column(column), true));
            let inner = schema::object(inner.collect());
            members.push((name.clone(), schema::list(inner), true));
        }
        None => {}
    }
    members
}

/// What a template is when it is filled; `known` is what names in it may stand for.
fn filled(template: &JsonTemplate, known: &[Member]) -> Json {
    match template {
        JsonTemplate::Fixed(text) => {
            serde_json::from_str(text).map_or(Json::object(), |it| schema::shape(&it))
        }
        JsonTemplate::Name(name) => {
            let found = known.iter().find(|(own, _, _)| own == name);
            found.map_or(Json::object(), |(_, schema, _)| schema.clone())
        }
        JsonTemplate::Text(_) => schema::of_type("string"),
        JsonTemplate::List(list) => {
            let mut items: Vec<Json> = list.iter().map(|item| filled(item, known)).collect();
            items.dedup();
            let one = items.pop().filter(|_| items.is_empty());
            schema::list(one.unwrap_or(Json::object()))
        }
        JsonTemplate::Object(members) => {
            let members = members.iter();
            let members = members.map(|(name, item)| (name.clone(), filled(item, known), true));
            schema::object(members.collect())
        }
    }
}
