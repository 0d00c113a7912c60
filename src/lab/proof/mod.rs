//! Proof: every lab of a folder is read, its parts fit together, its start fails, its solutions pass
//! and its wrong answers fail as they should.

mod parts;
mod project;
mod run;

use std::collections::{BTreeMap, BTreeSet};

use super::catalog::{self, Catalog, Project};
use super::files::Files;
use super::format::{self, Lab};
use super::problem::{LabProblem, nearest};
use crate::protocol::WorldFiles;
use crate::world::{Data, World};

/// What was proved, and what is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProofReport {
    /// Lab files read.
    pub labs: usize,
    /// Their tasks.
    pub tasks: usize,
    /// Solutions run.
    pub solutions: usize,
    /// Wrong answers run.
    pub wrongs: usize,
    /// Whole designs of projects judged on every stage.
    pub designs: usize,
    /// Faulty designs of projects.
    pub faulty: usize,
    /// What is wrong, by file and line.
    pub problems: Vec<LabProblem>,
}

impl ProofReport {
    /// Adds what another has proved of the same folder; both have read all of it.
    #[must_use]
    pub fn join(mut self, other: Self) -> Self {
        self.tasks += other.tasks;
        self.solutions += other.solutions;
        self.wrongs += other.wrongs;
        self.designs += other.designs;
        self.faulty += other.faulty;
        self.problems.extend(other.problems);
        self.problems.sort();
        self.problems.dedup();
        self
    }
}

/// Proves a folder of labs.
pub fn check_dir(files: &dyn Files) -> ProofReport {
    check_those(files, &|_| true)
}

/// Reads a folder of labs and proves those whose file `mine` claims: several can share the work, each
/// lab being asked for once.
pub fn check_those(files: &dyn Files, mine: &dyn Fn(&str) -> bool) -> ProofReport {
    let mut proof = Proof {
        files,
        report: ProofReport::default(),
        worlds: BTreeMap::new(),
    };
    let texts = proof.texts();
    let labs = proof.read(&texts);
    proof.catalog(&labs);
    for lab in labs.iter().filter(|lab| mine(&lab.file)) {
        let text = texts.get(&lab.file).map_or("", String::as_str);
        proof.lab(lab, text, &labs);
    }
    proof.report.join(ProofReport::default())
}

/// A problem of a file at a place.
fn problem(
    file: &str,
    place: (u32, u32),
    message: impl Into<String>,
    hint: impl Into<String>,
) -> LabProblem {
    LabProblem {
        file: file.to_owned(),
        line: place.0,
        column: place.1,
        message: message.into(),
        hint: hint.into(),
    }
}

/// Where a text first stands in a file; its beginning if it does not.
fn place_of(text: &str, fragment: &str) -> (u32, u32) {
    let at = text.find(fragment).unwrap_or(0);
    let before = text.get(..at).unwrap_or("");
    let line = before.matches('\n').count() as u32 + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |tail| tail.chars().count()) as u32
        + 1;
    (line, column)
}

struct Proof<'f> {
    files: &'f dyn Files,
    report: ProofReport,
    /// Worlds by name; none if they are broken, which is reported once.
    worlds: BTreeMap<String, Option<WorldFiles>>,
}

impl Proof<'_> {
    fn wrong(
        &mut self,
        file: &str,
        place: (u32, u32),
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.report
            .problems
            .push(problem(file, place, message, hint));
    }

    /// The lab files: `<area>/<lab>.md`.
    fn texts(&self) -> BTreeMap<String, String> {
        self.files
            .list()
            .into_iter()
            .filter(|path| {
                path.ends_with(".md")
                    && path.matches('/').count() == 1
                    && !path.starts_with("worlds/")
            })
            .filter_map(|path| {
                let text = self.files.read(&path)?;
                Some((path, text))
            })
            .collect()
    }

    fn read(&mut self, texts: &BTreeMap<String, String>) -> Vec<Lab> {
        let mut labs: Vec<Lab> = Vec::new();
        for (path, text) in texts {
            self.report.labs += 1;
            match format::parse(path, text) {
                Err(mut problems) => self.report.problems.append(&mut problems),
                Ok(lab) => {
                    self.report.problems.extend(lab.warnings.iter().cloned());
                    let stem = path
                        .rsplit('/')
                        .next()
                        .unwrap_or(path)
                        .trim_end_matches(".md");
                    let place = place_of(text, "\nid");
                    let place = (place.0 + 1, 1);
                    if let Some(other) = labs.iter().find(|other| other.id == lab.id) {
                        let message =
                            format!("The lab id `{}` is taken by {}.", lab.id, other.file);
                        self.wrong(path, place, message, "Give each lab an id of its own.");
                    } else if lab.id != stem {
                        let message =
                            format!("The lab `{}` is in a file called {stem}.md.", lab.id);
                        let hint =
                            format!("Call the file {}.md, or write `id = \"{stem}\"`.", lab.id);
                        self.wrong(path, place, message, hint);
                    }
                    labs.push(lab);
                }
            }
        }
        labs
    }

    fn catalog(&mut self, labs: &[Lab]) {
        let Some(text) = self.files.read(catalog::FILE) else {
            let hint = "Write a `catalog.toml` with `[[area]]` tables that name the labs.";
            return self.wrong(catalog::FILE, (1, 1), "There is no catalog.", hint);
        };
        let catalog = match Catalog::parse(catalog::FILE, &text) {
            Ok(catalog) => catalog,
            Err(mut problems) => return self.report.problems.append(&mut problems),
        };
        // A lab that cannot be read is not missing as well.
        if let Err(problems) = catalog::build(self.files) {
            let missing = problems
                .into_iter()
                .filter(|problem| problem.file == catalog::FILE);
            self.report.problems.extend(missing);
        }
        let named: BTreeSet<String> = catalog
            .areas
            .iter()
            .flat_map(|area| area.labs.iter().map(|lab| format!("{}/{lab}.md", area.id)))
            .chain(catalog.projects.iter().map(Project::path))
            .collect();
        for lab in labs {
            if !named.contains(&lab.file) {
                let area = lab.file.split('/').next().unwrap_or("");
                let hint = if lab.project {
                    format!(
                        "Put it into {}/ and add a `[[project]]` with `id = \"{}\"` to {}.",
                        catalog::PROJECTS,
                        lab.id,
                        catalog::FILE
                    )
                } else {
                    format!(
                        "Add `\"{}\"` to the `labs` of the area `{area}` in {}.",
                        lab.id,
                        catalog::FILE
                    )
                };
                self.wrong(
                    &lab.file,
                    (1, 1),
                    "The catalog does not name this lab.",
                    hint,
                );
            }
        }
    }

    fn lab(&mut self, lab: &Lab, text: &str, labs: &[Lab]) {
        let before = self.report.problems.len();
        self.report.tasks += lab.tasks.len();
        self.report.problems.append(&mut parts::problems(lab, text));
        if lab.project {
            self.report.problems.append(&mut project::problems(lab));
        }
        self.names(lab, text, labs);
        let Some(world) = self.world(lab, text) else {
            return;
        };
        if lab
            .tasks
            .iter()
            .any(|task| task.checks.iter().any(needs_hidden))
            && world.hidden.trim().is_empty()
        {
            let file = format!("worlds/{}/hidden.sql", lab.world);
            let message = format!(
                "The lab `{}` compares results, and this world has no second data.",
                lab.id
            );
            let hint =
                "Write other rows of the same tables, so that a copied result does not pass.";
            self.wrong(&file, (1, 1), message, hint);
        }
        // What does not hold together cannot be run.
        if self.report.problems.len() == before {
            let run = if lab.project { project::run } else { run::lab };
            run(lab, text, &world, &mut self.report);
        }
    }

    /// Labs and tasks that are named must be there.
    fn names(&mut self, lab: &Lab, text: &str, labs: &[Lab]) {
        let ids: Vec<&str> = labs.iter().map(|lab| lab.id.as_str()).collect();
        let hint = |id: &str| match nearest(id, ids.iter().copied()) {
            Some(name) => format!("Did you mean `{name}`?"),
            None => "Write that lab, or take the name away.".to_owned(),
        };
        for id in &lab.requires {
            let place = place_of(text, &format!("\"{id}\""));
            if *id == lab.id {
                self.wrong(
                    &lab.file,
                    place,
                    "This lab requires itself.",
                    "Take its id out of `requires`.",
                );
            } else if !ids.contains(&id.as_str()) {
                let message = format!("`requires` names the lab `{id}`, which is not there.");
                self.wrong(&lab.file, place, message, hint(id));
            }
        }
        for href in parts::links(lab) {
            let Some(target) = href.strip_prefix("#/lab/") else {
                continue;
            };
            let mut names = target.split(['/', '?']);
            let id = names.next().unwrap_or("");
            let task = names.next().unwrap_or("");
            let place = place_of(text, &href);
            match labs.iter().find(|lab| lab.id == id) {
                None => {
                    let message = format!("The link {href} goes to a lab that is not there.");
                    self.wrong(&lab.file, place, message, hint(id));
                }
                Some(other) if !task.is_empty() && other.task(task).is_none() => {
                    let message = format!(
                        "The link {href} goes to a task that the lab `{id}` does not have."
                    );
                    let tasks: Vec<&str> =
                        other.tasks.iter().map(|task| task.id.as_str()).collect();
                    self.wrong(
                        &lab.file,
                        place,
                        message,
                        super::problem::suggest(task, &tasks),
                    );
                }
                Some(_) => {}
            }
        }
    }

    /// The lab's world, opened once on both kinds of data.
    fn world(&mut self, lab: &Lab, text: &str) -> Option<WorldFiles> {
        if let Some(world) = self.worlds.get(&lab.world) {
            return world.clone();
        }
        let read = |name: &str| self.files.read(&format!("worlds/{}/{name}", lab.world));
        let Some(world) = read("world.toml") else {
            let names: BTreeSet<String> = self
                .files
                .list()
                .iter()
                .filter_map(|path| {
                    Some(path.strip_prefix("worlds/")?.split_once('/')?.0.to_owned())
                })
                .collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let message = format!(
                "There is no world `{}`: worlds/{}/world.toml is missing.",
                lab.world, lab.world
            );
            let hint = super::problem::suggest(&lab.world, &names);
            self.wrong(
                &lab.file,
                place_of(text, &format!("\"{}\"", lab.world)),
                message,
                hint,
            );
            return None;
        };
        let files = WorldFiles {
            name: lab.world.clone(),
            world,
            schema: read("schema.sql").unwrap_or_default(),
            seed: read("seed.sql").unwrap_or_default(),
            hidden: read("hidden.sql").unwrap_or_default(),
        };
        let mut sound = true;
        for data in [Data::Seed, Data::Hidden] {
            if data == Data::Hidden && (files.hidden.trim().is_empty() || !sound) {
                continue;
            }
            for wrong in World::open(&files, &files.world, data)
                .err()
                .into_iter()
                .flatten()
            {
                sound = false;
                // The world says in which of its files the problem is.
                let (file, message) = wrong
                    .message
                    .split_once(": ")
                    .unwrap_or(("world.toml", &wrong.message));
                let place = wrong
                    .place
                    .map_or((1, 1), |place| (place.line, place.column));
                let hint = wrong
                    .hint
                    .clone()
                    .unwrap_or_else(|| "Repair the world's file.".to_owned());
                self.wrong(
                    &format!("worlds/{}/{file}", lab.world),
                    place,
                    message,
                    hint,
                );
            }
        }
        let files = sound.then_some(files);
        self.worlds.insert(lab.world.clone(), files.clone());
        files
    }
}

fn needs_hidden(check: &format::CheckText) -> bool {
    super::checks::Check::parse(check).is_ok_and(|check| check.needs_hidden())
}
