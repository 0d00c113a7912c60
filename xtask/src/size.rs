//! `size`: what the page weighs on the wire, against its budget.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::project::Project;
use crate::stamp::files_below;

/// One part of the page as it is downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Its name in the table.
    pub name: &'static str,
    /// The most it may weigh, in bytes of brotli.
    pub budget: Option<u64>,
}

/// What must be there before anything is painted.
const PAGE: Part = Part {
    name: "page",
    budget: Some(164_000),
};
/// The rest of the page's code: what labs are worked in.
const LATER: Part = Part {
    name: "later",
    budget: None,
};
/// What loads beside it: the database and the HTTP stack.
const ENGINE: Part = Part {
    name: "engine",
    budget: Some(1_275_000),
};
/// What the first editor on screen loads.
const EDITOR: Part = Part {
    name: "editor",
    budget: Some(132_000),
};
/// The curriculum, which grows; each lab is loaded when it is opened, so none weighs on another.
const LABS: Part = Part {
    name: "labs",
    budget: None,
};
/// All that is loaded for whatever lab: everything but the labs themselves.
const ALL: Part = Part {
    name: "everything",
    budget: Some(1_775_000),
};

/// Bytes as they are, and compressed as hosts do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Weight {
    /// Bytes on disk.
    pub raw: u64,
    /// Bytes with gzip.
    pub gzip: u64,
    /// Bytes with brotli.
    pub brotli: u64,
}

/// The table, part by part, the sum last.
pub type Table = Vec<(Part, Weight)>;

/// Weighs the built page.
pub fn weigh(project: &Project) -> Result<Table> {
    let dist = project.dist();
    let mut files = Vec::new();
    for file in files_below(&dist)? {
        let inside = file.strip_prefix(&dist)?.to_path_buf();
        files.push((part_of(&inside), weight(&fs::read(&file)?)?));
    }
    Ok(table(&files))
}

/// Prints the table.
///
/// # Errors
/// A part is over its budget.
pub fn judge(table: &Table) -> Result<String> {
    println!(
        "    {:<12}{:>10}{:>10}{:>10}{:>10}",
        "kB", "raw", "gzip", "brotli", "budget"
    );
    for (part, weight) in table {
        let budget = part.budget.map(kilobytes).unwrap_or_default();
        println!(
            "    {:<12}{:>10}{:>10}{:>10}{budget:>10}{}",
            part.name,
            kilobytes(weight.raw),
            kilobytes(weight.gzip),
            kilobytes(weight.brotli),
            if is_over(part, weight) { "  OVER" } else { "" }
        );
    }
    let over: Vec<&str> = table
        .iter()
        .filter(|(part, weight)| is_over(part, weight))
        .map(|(part, _)| part.name)
        .collect();
    if !over.is_empty() {
        bail!("over the size budget: {}", over.join(", "));
    }
    Ok("within the budget".to_owned())
}

fn is_over(part: &Part, weight: &Weight) -> bool {
    part.budget.is_some_and(|budget| weight.brotli > budget)
}

fn kilobytes(bytes: u64) -> String {
    format!("{}.{}", bytes / 1000, bytes % 1000 / 100)
}

fn table(files: &[(Part, Weight)]) -> Table {
    let mut table: Table = [PAGE, LATER, ENGINE, EDITOR, ALL, LABS]
        .map(|part| (part, Weight::default()))
        .to_vec();
    for (part, weight) in files {
        for (row, sum) in &mut table {
            if row == part || (*row == ALL && *part != LABS) {
                sum.raw += weight.raw;
                sum.gzip += weight.gzip;
                sum.brotli += weight.brotli;
            }
        }
    }
    table
}

/// The part a file of `dist/` belongs to; whatever is not named otherwise is the page.
fn part_of(file: &Path) -> Part {
    let first = file.iter().next().unwrap_or_default().to_string_lossy();
    if first == "labs" {
        LABS
    } else if first.starts_with("worker") {
        ENGINE
    } else if first.starts_with("editor") {
        EDITOR
    } else if first.ends_with("_later.wasm") {
        LATER
    } else {
        PAGE
    }
}

fn weight(bytes: &[u8]) -> Result<Weight> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(bytes)?;
    let gzip = gzip.finish()?;
    let mut brotli = Vec::new();
    let options = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &bytes[..], &mut brotli, &options)?;
    Ok(Weight {
        raw: count(bytes),
        gzip: count(&gzip),
        brotli: count(&brotli),
    })
}

fn count(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_page_has_its_part() {
        for (file, part) in [
            ("index.html", PAGE),
            ("page-426a48e8e24fbd6c_bg.wasm", PAGE),
            ("page-426a48e8e24fbd6c_later.wasm", LATER),
            ("style-1.css", PAGE),
            ("worker_bg.wasm", ENGINE),
            ("worker_loader.js", ENGINE),
            ("editor.js", EDITOR),
            ("labs/worlds/shop/seed.sql", LABS),
            ("labs/index.json", LABS),
        ] {
            assert_eq!(part_of(Path::new(file)), part, "{file}");
        }
    }

    #[test]
    fn a_part_over_its_budget_fails_and_so_does_the_sum() {
        let weight = |brotli| Weight {
            raw: brotli,
            gzip: brotli,
            brotli,
        };
        let of = |part: Part| part.budget.unwrap_or_default();
        let labs = of(ALL);
        let within = table(&[
            (PAGE, weight(of(PAGE))),
            (ENGINE, weight(of(ENGINE) - 70_000)),
            (LATER, weight(70_000)),
            (LABS, weight(labs)),
        ]);
        assert!(judge(&within).is_ok());
        let sum = weight(of(PAGE) + of(ENGINE));
        assert!(within.contains(&(ALL, sum)) && within.contains(&(LABS, weight(labs))));

        let page = table(&[(PAGE, weight(of(PAGE))), (PAGE, weight(1))]);
        assert_eq!(
            judge(&page).unwrap_err().to_string(),
            "over the size budget: page"
        );
        let sum = table(&[(ENGINE, weight(of(ENGINE))), (LATER, weight(of(ALL)))]);
        assert_eq!(
            judge(&sum).unwrap_err().to_string(),
            "over the size budget: everything"
        );
    }

    #[test]
    fn weights_are_of_the_compressed_bytes() {
        let text = "the same words again and again; ".repeat(100);
        let weight = weight(text.as_bytes()).unwrap();
        assert_eq!(weight.raw, 3200);
        assert!(
            weight.brotli < weight.gzip && weight.gzip < 320,
            "{weight:?}"
        );
    }
}
