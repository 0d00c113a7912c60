//! Proof of labs: a sound folder holds, and a broken one is refused where it is broken.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use backlab::lab::files::{Files, Folder};
use backlab::lab::proof::check_dir;
use serde::Deserialize;

/// A file under `broken/`: what is made of the sound folder, and a problem this must be refused with.
#[derive(Deserialize)]
struct Broken {
    file: String,
    line: u32,
    message: String,
    hint: String,
    edit: Vec<Edit>,
}

/// A text that stands once in a file, and what stands there instead.
#[derive(Deserialize)]
struct Edit {
    file: String,
    from: String,
    to: String,
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
        (3, 6, 3, 7)
    );
    assert_eq!((report.designs, report.faulty), (4, 14));
}

#[test]
fn every_broken_lab_is_refused_where_it_is_broken() {
    let mut kinds = 0;
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(data().join("broken")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.display();
        let broken: Broken = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let mut files = read(&data().join("sound"));
        for Edit { file, from, to } in &broken.edit {
            let text = files.get_mut(file).unwrap();
            assert_eq!(text.matches(from).count(), 1, "{name}: {from}");
            *text = text.replace(from, to);
        }
        let report = check_dir(&files);
        let is_named = report.problems.iter().any(|problem| {
            problem.file == broken.file
                && problem.line == broken.line
                && problem.message.contains(&broken.message)
                && problem.hint.contains(&broken.hint)
        });
        // One mistake should not be told many times.
        if !is_named || report.problems.len() > 4 {
            let shown = report.problems.iter().map(ToString::to_string);
            wrong.push(format!("{name}:\n{}", shown.collect::<Vec<_>>().join("\n")));
        }
        kinds += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(kinds >= 30);
}
