//! Worlds in the formats of other tools.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::path::Path;

use backlab::http::api::spec::WorldSpec;
use backlab::protocol::{Format, WorldFiles};
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
            let operation = &document["paths"][&route.path][&method];
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
