//! Proof of labs: the curriculum holds, and a broken lab is refused where it is broken.

use std::path::Path;

use backlab::lab::files::Folder;
use backlab::lab::proof::check_dir;

#[test]
fn every_lab_holds() {
    let report = check_dir(&Folder(Path::new(env!("CARGO_MANIFEST_DIR")).join("labs")));
    let shown: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
    assert!(shown.is_empty(), "{} problems\n{}", shown.len(), shown.join("\n"));
    assert!(report.labs >= 4 && report.solutions >= report.tasks && report.wrongs > report.tasks);
}
