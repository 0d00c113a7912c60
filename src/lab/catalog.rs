//! The catalog: areas and their labs, and what is known of each lab without opening it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::files::Files;
use super::format::{self, Lab, Level, author::Author};
use super::problem::{LabProblem, suggest};
use super::toml_text::{self, Fields};

/// The catalog's file in the labs folder.
pub const FILE: &str = "catalog.toml";

/// The folder of projects in the labs folder.
pub const PROJECTS: &str = "projects";

/// All labs there are, in the order a learner meets them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// The areas in order.
    pub areas: Vec<Area>,
    /// The projects in order.
    #[serde(default)]
    pub projects: Vec<Project>,
    /// What is known of each lab and project, by id; empty until [`build`] has read the labs.
    #[serde(default)]
    pub labs: BTreeMap<String, Summary>,
}

/// One area.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    /// Its id, which is the folder of its labs.
    pub id: String,
    /// Its title.
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// Ids of its labs in order.
    pub labs: Vec<String>,
}

/// One project: a backend the learner writes from nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// Its id, which is its file's name in the folder of projects.
    pub id: String,
    /// The level it closes: `beginner`, `intermediate`, `advanced` or `expert`.
    pub level: String,
}

impl Project {
    /// Its file: `projects/<id>.md`.
    pub fn path(&self) -> String {
        format!("{PROJECTS}/{}.md", self.id)
    }
}

/// A lab as the home page shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Its file, relative to the labs folder.
    pub path: String,
    /// Its title.
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// `beginner`, `intermediate`, `advanced` or `expert`.
    pub level: String,
    /// How long it takes.
    pub minutes: u32,
    /// Interview questions it answers.
    pub questions: Vec<u32>,
    /// Labs to do before.
    pub requires: Vec<String>,
    /// The folder of its world under `worlds/`.
    pub world: String,
    /// Ids of its tasks in order.
    pub tasks: Vec<String>,
    /// The most points a project gives; 0 if it is none.
    #[serde(default)]
    pub points: u32,
}

impl Catalog {
    /// Reads a `catalog.toml`; the labs themselves are not looked at.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<LabProblem>> {
        let text = text.replace("\r\n", "\n");
        let mut author = Author::new(file, &text);
        let table = match toml_text::parse(&text) {
            Ok(table) => table,
            Err(fault) => {
                author.faults(0, vec![fault]);
                return Err(author.errors);
            }
        };
        let mut root = Fields::new("catalog", &table, 0..0);
        let mut areas: Vec<Area> = Vec::new();
        for (area, span) in root.tables("area") {
            let mut fields = Fields::new("area", area, span);
            let id = fields.required("id");
            if let Some((message, hint)) = format::bad_id("area", &id.value) {
                fields.fault(id.offset, message, hint);
            }
            if areas.iter().any(|before| before.id == id.value) {
                fields.fault(
                    id.offset,
                    format!("There are two areas `{}`.", id.value),
                    "Give each area an id of its own.",
                );
            }
            let mut area = Area {
                id: id.value,
                title: fields.required("title").value,
                summary: fields.required("summary").value,
                labs: Vec::new(),
            };
            for lab in fields.texts("labs") {
                let twice = areas.iter().any(|before| before.labs.contains(&lab.value))
                    || area.labs.contains(&lab.value);
                if let Some((message, hint)) = format::bad_id("lab", &lab.value) {
                    fields.fault(lab.offset, message, hint);
                } else if twice {
                    fields.fault(
                        lab.offset,
                        format!("The lab `{}` stands twice in the catalog.", lab.value),
                        "Name each lab once.",
                    );
                } else {
                    area.labs.push(lab.value);
                }
            }
            author.faults(0, fields.finish());
            areas.push(area);
        }
        let mut projects: Vec<Project> = Vec::new();
        for (project, span) in root.tables("project") {
            let mut fields = Fields::new("project", project, span);
            let id = fields.required("id");
            let level = fields.required("level");
            if let Some((message, hint)) = format::bad_id("project", &id.value) {
                fields.fault(id.offset, message, hint);
            }
            if projects.iter().any(|before| before.id == id.value) {
                fields.fault(
                    id.offset,
                    format!("The project `{}` stands twice in the catalog.", id.value),
                    "Name each project once.",
                );
            }
            let levels = Level::ALL.map(Level::name);
            if !level.value.is_empty() && !levels.contains(&level.value.as_str()) {
                fields.fault(
                    level.offset,
                    format!("There is no level `{}`.", level.value),
                    suggest(&level.value, &levels),
                );
            }
            author.faults(0, fields.finish());
            projects.push(Project {
                id: id.value,
                level: level.value,
            });
        }
        author.faults(0, root.finish());
        if author.errors.is_empty() {
            Ok(Self {
                areas,
                projects,
                labs: BTreeMap::new(),
            })
        } else {
            Err(author.errors)
        }
    }

    /// The file of a lab the catalog names, `<area>/<id>.md`, or of a project.
    pub fn lab_path(&self, id: &str) -> Option<String> {
        let mut areas = self.areas.iter();
        let mut projects = self.projects.iter();
        areas
            .find(|area| area.labs.iter().any(|lab| lab == id))
            .map(|area| format!("{}/{id}.md", area.id))
            .or_else(|| projects.find(|p| p.id == id).map(Project::path))
    }

    /// Everything the catalog names: the id, the file, and the level it says of a project.
    fn named(&self) -> Vec<(String, String, Option<String>)> {
        let of_area = |area: &Area| -> Vec<_> {
            let labs = area.labs.iter();
            labs.map(|id| (id.clone(), format!("{}/{id}.md", area.id), None))
                .collect()
        };
        let of_project = |p: &Project| (p.id.clone(), p.path(), Some(p.level.clone()));
        let labs = self.areas.iter().flat_map(of_area);
        labs.chain(self.projects.iter().map(of_project)).collect()
    }

    /// What stands in `index.json`.
    ///
    /// # Errors
    /// Never for a catalog that was read; JSON could refuse only maps with other keys than text.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Reads an `index.json`.
    ///
    /// # Errors
    /// It is no JSON, or not of this shape.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

impl From<&Lab> for Summary {
    fn from(lab: &Lab) -> Self {
        Self {
            path: lab.file.clone(),
            title: lab.title.clone(),
            summary: lab.summary.clone(),
            level: lab.level.name().to_owned(),
            minutes: lab.minutes,
            questions: lab.questions.clone(),
            requires: lab.requires.clone(),
            world: lab.world.clone(),
            tasks: lab.tasks.iter().map(|task| task.id.clone()).collect(),
            points: lab.points(),
        }
    }
}

/// Reads the catalog and every lab it names.
///
/// # Errors
/// Everything that is wrong with the catalog or with a lab it names.
pub fn build(files: &dyn Files) -> Result<Catalog, Vec<LabProblem>> {
    let text = files.read(FILE).ok_or_else(|| {
        vec![LabProblem {
            file: FILE.to_owned(),
            line: 1,
            column: 1,
            message: "There is no catalog.".to_owned(),
            hint: "Write a `catalog.toml` with `[[area]]` tables.".to_owned(),
        }]
    })?;
    let mut catalog = Catalog::parse(FILE, &text)?;
    let mut problems = Vec::new();
    for (id, path, level) in catalog.named() {
        let mut wrong = |message: String, hint: String| {
            let (line, column) = place_of(&text, &id);
            problems.push(LabProblem {
                file: FILE.to_owned(),
                line,
                column,
                message,
                hint,
            });
        };
        let Some(lab) = files.read(&path) else {
            wrong(
                format!("The catalog names the lab `{id}`, and there is no file {path}."),
                missing_hint(files, &path),
            );
            continue;
        };
        match format::parse(&path, &lab) {
            Ok(lab) => {
                let own = lab.level.name();
                match level {
                    Some(_) if !lab.project => wrong(
                        format!("`{id}` is no project."),
                        "Write `project = true` in its front matter.".to_owned(),
                    ),
                    Some(level) if level != own => wrong(
                        format!("The catalog says {level}, and the project `{id}` says {own}."),
                        format!("Write `level = \"{own}\"`."),
                    ),
                    None if lab.project => wrong(
                        format!("`{id}` is a project, and stands among the labs."),
                        format!("Name it in a `[[project]]`, and put it into {PROJECTS}/."),
                    ),
                    _ => {}
                }
                catalog.labs.insert(id, Summary::from(&lab));
            }
            Err(mut wrong) => problems.append(&mut wrong),
        }
    }
    if problems.is_empty() {
        Ok(catalog)
    } else {
        Err(problems)
    }
}

/// Where a lab is named in the catalog's text.
fn place_of(text: &str, id: &str) -> (u32, u32) {
    let quoted = format!("\"{id}\"");
    text.lines()
        .enumerate()
        .find_map(|(at, line)| {
            let column = line.find(&quoted)?;
            Some((at as u32 + 1, line[..column].chars().count() as u32 + 1))
        })
        .unwrap_or((1, 1))
}

fn missing_hint(files: &dyn Files, path: &str) -> String {
    let names = files.list();
    match super::problem::nearest(path, names.iter().map(String::as_str)) {
        Some(name) => format!("Did you mean {name}?"),
        None => "Write the file, or take the id out of the catalog.".to_owned(),
    }
}
