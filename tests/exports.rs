//! Worlds in the formats of other tools.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::path::Path;

use backlab::http::api::spec::{RouteSpec, WorldSpec};
use backlab::http::api::statement::named_parameters;
use backlab::http::text;
use backlab::lab::assertion::Assertion;
use backlab::problem::Problem;
use backlab::protocol::{Burst, Command, Event, Export, Format, Stack, WorldFiles};
use backlab::world::{Data, World};
use serde_json::Value;

/// Every world there is to export: the shipped ones, and one that has every key.
fn worlds() -> Vec<(String, WorldFiles)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("labs/worlds");
    let mut folders: Vec<_> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exports/worlds/every-key"));
    let read = |folder: &Path, file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
    folders
        .iter()
        .map(|folder| {
            let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
            let files = WorldFiles {
                name: name.clone(),
                world: read(folder, "world.toml"),
                schema: read(folder, "schema.sql"),
                seed: read(folder, "seed.sql"),
                hidden: String::new(),
            };
            (name, files)
        })
        .collect()
}

fn open(files: &WorldFiles) -> World {
    World::open(files, &files.world, Data::Seed).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn openapi(files: &WorldFiles) -> Value {
    let export = open(files).export(Format::Openapi).unwrap();
    assert_eq!(export.file_name, "openapi.json");
    serde_json::from_str(&export.text).unwrap()
}

#[test]
fn openapi_has_every_route_and_every_reference_leads_somewhere() {
    for (name, files) in worlds() {
        let document = openapi(&files);
        for route in WorldSpec::parse(&files.world).unwrap().routes {
            let method = route.method.to_lowercase();
            let path = route.path.replace("{*", "{");
            let operation = &document["paths"][&path][&method];
            assert!(
                operation["operationId"].is_string(),
                "{name}: {}",
                route.name()
            );
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let parameters: Vec<&str> = parameters.filter_map(|it| it["name"].as_str()).collect();
            for parameter in route.path_parameters() {
                assert!(parameters.contains(&parameter), "{name}: {parameter}");
            }
        }
        check_references(&document, &document);
    }
}

fn check_references(document: &Value, at: &Value) {
    match at {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                let pointer = reference.trim_start_matches('#');
                assert!(document.pointer(pointer).is_some(), "{reference}");
            }
            members
                .values()
                .for_each(|it| check_references(document, it));
        }
        Value::Array(items) => items.iter().for_each(|it| check_references(document, it)),
        _ => {}
    }
}

#[test]
fn openapi_knows_the_columns_of_an_answer_and_what_a_parameter_is_compared_with() {
    let (_, bookshop) = worlds()
        .into_iter()
        .find(|(name, _)| name == "bookshop")
        .unwrap();
    let document = openapi(&bookshop);
    let book = &document["paths"]["/books/{id}"]["get"];
    assert_eq!(book["parameters"][0]["schema"]["type"], "integer");
    let schema = &book["responses"]["200"]["content"]["application/json"]["schema"];
    let properties = &schema["properties"];
    assert_eq!(properties["title"]["type"], "string");
    assert_eq!(
        properties["publisher"]["type"],
        serde_json::json!(["string", "null"])
    );
    assert_eq!(properties["published"]["format"], "date");
    let review = &document["paths"]["/reviews"]["post"];
    let rating = &review["requestBody"]["content"]["application/json"]["schema"]["properties"];
    assert_eq!(rating["rating"]["maximum"], 5);
    let created = &review["responses"]["201"];
    assert_eq!(created["headers"]["Location"]["required"], true);
    let members = &created["content"]["application/json"]["schema"]["properties"];
    assert_eq!(
        members["text"]["type"],
        serde_json::json!(["string", "null"])
    );
}

#[test]
fn examples_are_answers_of_the_world() {
    for (name, files) in worlds() {
        let document = openapi(&files);
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let responses = operation["responses"].as_object().unwrap();
                let (status, response) = responses.iter().next().unwrap();
                let content = response["content"].as_object().into_iter().flatten();
                for (_, media) in content {
                    // Nobody knows a password that goes with a hash.
                    if media["schema"]["properties"]["access_token"].is_object() {
                        continue;
                    }
                    let example = &media["example"];
                    assert!(
                        !example.is_null(),
                        "{name}: {method} {path} {status} has no example"
                    );
                }
            }
        }
    }
}

fn code(world: &World, route: &str, stack: Stack) -> Result<Export, Problem> {
    let template = std::fs::read_to_string(format!("labs/{}", stack.file())).unwrap();
    world.code(route, &template)
}

/// Every route of every world, with its spec.
fn each_route(mut check: impl FnMut(&str, &World, &RouteSpec)) {
    for (name, files) in worlds() {
        let world = open(&files);
        for route in WorldSpec::parse(&files.world).unwrap().routes {
            check(&name, &world, &route);
        }
    }
}

#[test]
fn code_binds_every_parameter_and_pastes_none() {
    each_route(|name, world, route| {
        for stack in Stack::ALL {
            let code = code(world, &route.name(), stack).unwrap();
            let place = format!("{name}: {} in {}", route.name(), stack.name());
            assert!(
                !code.text.contains("{{") || !code.text.contains("{{#"),
                "{place}"
            );
            for statement in &route.sql {
                for parameter in named_parameters(statement.sql.as_str()) {
                    let raw = format!("${parameter}");
                    // PHP's own variables begin with a dollar sign.
                    let pasted = code.text.contains(&raw) && stack != Stack::Laravel;
                    assert!(!pasted, "{place} pastes {raw}:\n{}", code.text);
                }
            }
        }
    });
}

#[test]
fn code_has_every_rule_field_and_status() {
    each_route(|name, world, route| {
        for stack in Stack::ALL {
            let code = code(world, &route.name(), stack).unwrap().text;
            let place = format!("{name}: {} in {}\n{code}", route.name(), stack.name());
            let has = |what: &str| assert!(code.contains(what), "no {what} in {place}");
            let body = route.body.iter().flat_map(|body| &body.rules);
            for rule in body.filter(|rule| !rule.read_only).chain(&route.query) {
                assert!(
                    code.to_lowercase()
                        .contains(&rule.name.to_lowercase().replace('_', ""))
                        || code.contains(&rule.name),
                    "no {} in {place}",
                    rule.name
                );
                for limit in [rule.min, rule.max].into_iter().flatten() {
                    has(&limit.to_string());
                }
                for value in &rule.one_of {
                    has(value.as_str().unwrap());
                }
            }
            if let Some(value) = &route.cache_control {
                has(value);
                has("Cache-Control");
            }
            if let Some(status) = route.reply.status {
                has(&status.to_string());
            }
            if route.reply.location.is_some() {
                has("ocation");
            }
            if route.one && route.method == "GET" {
                assert!(
                    code.contains("404") || code.contains("NotFound") || code.contains("NOT_FOUND"),
                    "{place}"
                );
            }
        }
    });
}

#[test]
fn a_route_that_is_not_there_is_told_with_the_nearest() {
    let (_, files) = worlds().pop().unwrap();
    let problem = code(&open(&files), "GET /bocks", Stack::Express).unwrap_err();
    assert_eq!(problem.message, "There is no route GET /bocks.");
    assert_eq!(problem.hint.as_deref(), Some("Did you mean GET /books?"));
}

#[test]
fn requests_as_text_are_read_back_and_answered_as_they_say() {
    for (name, files) in worlds() {
        let text = open(&files).export(Format::Http).unwrap().text;
        let snippets = text::parse(&text).unwrap_or_else(|problem| panic!("{name}: {problem:?}"));
        let routes = WorldSpec::parse(&files.world).unwrap().routes.len();
        assert_eq!(snippets.len(), routes, "{name}");
        let mut world = open(&files);
        let collection = open(&files).export(Format::Postman).unwrap().text;
        let collection: Value = serde_json::from_str(&collection).unwrap();
        let folders = collection["item"].as_array().unwrap().iter();
        let items = folders.flat_map(|folder| folder["item"].as_array().unwrap());
        for (snippet, item) in snippets.into_iter().zip(items) {
            let test = item["event"][0]["script"]["exec"][0]
                .as_str()
                .unwrap()
                .to_owned();
            let request = snippet.request;
            let command = Command::Send {
                request: request.clone(),
                burst: Burst::default(),
                captures: Vec::new(),
            };
            let events = world.apply(&command);
            let Some(Event::Exchange { exchange }) = events.first() else {
                panic!("{name}: {request:?} {events:?}");
            };
            let status = exchange.response.status;
            let works = status < 400 || name != "every-key" || request.url == "/login";
            assert!(works, "{name}: {request:?} {:?}", exchange.response);
            assert!(
                test.contains(&format!("status({status})")),
                "{name}: {request:?} {test}"
            );
        }
    }
}

#[test]
fn what_hurl_asserts_is_the_language_of_checks() {
    for (name, files) in worlds() {
        let text = open(&files).export(Format::Hurl).unwrap().text;
        let routes = WorldSpec::parse(&files.world).unwrap().routes.len();
        assert_eq!(text.matches("\nHTTP ").count(), routes, "{name}");
        for block in text.split("[Asserts]\n").skip(1) {
            for line in block.lines().take_while(|line| !line.is_empty()) {
                assert!(Assertion::parse(line).is_ok(), "{name}: {line}");
            }
        }
    }
}

#[test]
fn openapi_says_who_may_and_what_is_refused() {
    let (_, files) = worlds().pop().unwrap();
    let document = openapi(&files);
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(schemes["bearer"]["scheme"], "bearer");
    assert_eq!(schemes["session"]["name"], "sid");
    let cases = [
        ("/users", "get", "401 403", ""),
        ("/drafts/{id}", "get", "401 404", "403"),
        ("/drafts/{id}", "put", "401 403 404 412 413 415 422", "428"),
        ("/drafts/{id}", "patch", "400 409 412 415 422 428", ""),
        ("/payments", "post", "400 409 422", "401 412"),
        ("/greeting", "get", "401", "403 404"),
        ("/theme", "get", "400", "401"),
        ("/titles/{id}", "get", "200 404", "401"),
        ("/health", "get", "200 304 429 504", "400 401 404"),
    ];
    for (path, method, has, lacks) in cases {
        let responses = &document["paths"][path][method]["responses"];
        for status in has.split_whitespace() {
            assert!(
                responses[status].is_object(),
                "{method} {path} lacks {status}"
            );
        }
        for status in lacks.split_whitespace() {
            assert!(responses[status].is_null(), "{method} {path} has {status}");
        }
    }
    let security = &document["paths"]["/greeting"]["get"]["security"];
    assert_eq!(
        *security,
        serde_json::json!([{"bearer": []}, {"session": []}, {}])
    );
    let merge = &document["paths"]["/drafts/{id}"]["patch"]["requestBody"]["content"];
    assert!(merge["application/merge-patch+json"]["schema"]["required"].is_null());
    assert_eq!(
        merge["application/json-patch+json"]["schema"]["type"],
        "array"
    );
}
