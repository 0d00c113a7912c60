//! The suite on our cache and on those of others, one after the other, by the same edition on the same
//! machine.

use anyhow::Result;
use backlab::http::cache::Role;

use super::edition::{Edition, Origin};
use super::judge::{Report, Test};
use super::products::{PRODUCTS, Product};
use super::through_ours;
use crate::project::Project;
use crate::step::step;

/// Measures each that is installed, and prints a table; each gets one attempt, as ours does.
///
/// # Errors
/// One does not start, or the suite does not run.
pub fn measure(project: &Project, edition: &Edition) -> Result<()> {
    let tests = edition.tests(project)?;
    let mut rows = vec![step("http-cache-tests, ours", || {
        let (report, _) = through_ours(project, edition, &tests, Role::Shared)?;
        let said = report.to_string();
        Ok((("**ours**".to_owned(), report), said))
    })?];
    let mut missing = Vec::new();
    for product in &PRODUCTS {
        let Some(program) = product.find() else {
            missing.push(product);
            continue;
        };
        let name = format!("{} {}", product.name, product.version(&program)?);
        rows.push(step(&format!("http-cache-tests, {name}"), || {
            let origin = Origin::start(project, edition)?;
            let running = product.start(&program, origin.address)?;
            let log = format!("cache-suite-{}", product.package);
            let results = edition.results(project, &log, running.address)?;
            let report = Report::new(&tests, &results, Role::Shared);
            let said = report.to_string();
            Ok(((name.clone(), report), said))
        })?);
    }
    println!("\n{}", table(&rows, &tests));
    if !missing.is_empty() {
        println!("{}", how_to_install(&missing));
    }
    Ok(())
}

/// Passed, and in brackets where what a test depends on is passed too.
fn table(rows: &[(String, Report)], tests: &[Test]) -> String {
    let mut out = format!(
        "| cache ({} tests) | required | optimal | informative |\n",
        tests.len()
    );
    out.push_str("|---|---|---|---|\n");
    for (name, report) in rows {
        out.push_str(&format!("| {name} | {} |\n", report.cells().join(" | ")));
    }
    out
}

fn how_to_install(missing: &[&Product]) -> String {
    let names: Vec<&str> = missing.iter().map(|product| product.name).collect();
    let packages: Vec<&str> = missing.iter().map(|product| product.package).collect();
    let (names, packages) = (names.join(", "), packages.join(" "));
    format!("not measured, since it is not installed: {names} (Debian: apt-get install {packages})")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_table_has_a_row_a_cache_and_what_is_missing_is_named() {
        let tests = json!([
            { "id": "a", "kind": "required", "depends_on": [], "requests": 1 },
            { "id": "b", "kind": "required", "depends_on": ["a"], "requests": 1 },
            { "id": "c", "kind": "check", "depends_on": [], "requests": 1 },
        ]);
        let tests: Vec<Test> = serde_json::from_value(tests).unwrap();
        let report = Report::new(&tests, &json!({ "b": true, "c": true }), Role::Shared);
        let table = table(&[("nginx 1.2".to_owned(), report)], &tests);
        let wanted = "| cache (3 tests) | required | optimal | informative |\n|---|---|---|---|\n\
                      | nginx 1.2 | 1/2 (0) | 0/0 (0) | 1/1 (1) |\n";
        assert_eq!(table, wanted);
        let says = how_to_install(&[&PRODUCTS[0], &PRODUCTS[1]]);
        assert!(
            says.contains("nginx, Varnish (Debian: apt-get install nginx varnish)"),
            "{says}"
        );
    }
}
