//! Proof of labs: a sound folder holds, and a broken one is refused where it is broken.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use backlab::lab::files::{Files, Folder};
use backlab::lab::proof::check_dir;
use serde::Deserialize;

/// What `expected.toml` says: one of the problems is this.
#[derive(Deserialize)]
struct Expected {
    file: String,
    line: u32,
    message: String,
    hint: String,
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/labs")
}

fn read(folder: &Path) -> BTreeMap<String, String> {
    let folder = Folder(folder.to_path_buf());
    let paths = folder.list();
    paths
        .into_iter()
        .filter_map(|path| Some((path.clone(), folder.read(&path)?)))
        .collect()
}

#[test]
fn a_sound_folder_holds() {
    let report = check_dir(&read(&data().join("sound")));
    assert_eq!(report.problems, []);
    assert_eq!(
        (report.labs, report.tasks, report.solutions, report.wrongs),
        (1, 2, 2, 3)
    );
}

/// Each folder under `broken/` holds only what differs from the sound one.
#[test]
fn every_broken_lab_is_refused_where_it_is_broken() {
    let mut kinds = 0;
    for entry in std::fs::read_dir(data().join("broken")).unwrap() {
        let folder = entry.unwrap().path();
        let mut files = read(&data().join("sound"));
        files.append(&mut read(&folder));
        let expected: Expected = toml::from_str(&files.remove("expected.toml").unwrap()).unwrap();
        let report = check_dir(&files);
        let shown: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
        assert!(
            report
                .problems
                .iter()
                .any(|problem| problem.file == expected.file
                    && problem.line == expected.line
                    && problem.message.contains(&expected.message)
                    && problem.hint.contains(&expected.hint)),
            "{}:\n{}",
            folder.display(),
            shown.join("\n")
        );
        assert!(
            report.problems.len() <= 4,
            "one mistake, many problems: {}",
            shown.join("\n")
        );
        kinds += 1;
    }
    assert!(kinds >= 12);
}

#[test]
fn every_lab_of_the_curriculum_holds() {
    let report = check_dir(&Folder(Path::new(env!("CARGO_MANIFEST_DIR")).join("labs")));
    let shown: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
    assert!(
        shown.is_empty(),
        "{} problems\n{}",
        shown.len(),
        shown.join("\n")
    );
    assert!(report.labs >= 4 && report.solutions >= report.tasks && report.wrongs > report.tasks);
}
