//! Front matter: what a lab is called and what it needs.

use crate::lab::problem::suggest;
use crate::lab::toml_lines::{Kind, statements};
use crate::lab::toml_text::{self, Fields};

use super::author::Author;
use super::snippet::CONSOLES;
use super::{Level, Panel};

/// What stands between the `+++` lines.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Front {
    pub id: String,
    pub title: String,
    pub summary: String,
    pub level: Level,
    pub minutes: u32,
    pub questions: Vec<u32>,
    pub requires: Vec<String>,
    pub world: String,
    pub panels: Vec<Panel>,
    pub consoles: u32,
    pub project: bool,
    pub world_patch: String,
}

const FENCE: &str = "+++";

/// Reads the front matter; gives it with the byte offset of the body.
pub(super) fn read(author: &mut Author, text: &str) -> Option<(Front, usize)> {
    let example =
        "Begin with `+++`, then `format = 1`, `id = \"…\"`, `title = \"…\"`, …, then `+++`.";
    let Some(inner) = text.strip_prefix("+++\n") else {
        author.error(
            0,
            "A lab begins with front matter between two `+++` lines.",
            example,
        );
        return None;
    };
    let mut end = None;
    let mut offset = 0;
    for line in inner.split_inclusive('\n') {
        if line.trim_end() == FENCE {
            end = Some((offset, offset + line.len()));
            break;
        }
        offset += line.len();
    }
    let Some((end, body)) = end else {
        author.error(0, "The front matter has no closing `+++` line.", example);
        return None;
    };
    let base = text.len() - inner.len();
    let matter = &inner[..end];
    // `world = "name"` above and `[world]` below are two different things, which one TOML text
    // could not hold: the keys and the tables are read apart.
    let split = statements(matter)
        .iter()
        .find(|s| matches!(s.kind, Kind::Header { .. }))
        .map_or(matter.len(), |s| s.lead);
    let (keys, tables) = matter.split_at(split);
    if let Err(fault) = toml_text::parse(tables) {
        author.faults(base + split, vec![fault]);
    }
    let table = match toml_text::parse(keys) {
        Ok(table) => table,
        Err(fault) => {
            author.faults(base, vec![fault]);
            return None;
        }
    };
    let mut fields = Fields::new("lab", &table, 0..0);
    let front = front(&mut fields, tables.trim().to_owned());
    let faults = fields.finish();
    author.faults(base, faults);
    Some((front, base + body))
}

fn front(fields: &mut Fields<'_, '_>, world_patch: String) -> Front {
    match fields.integer("format") {
        Some(format) if format.value != 1 => fields.fault(
            format.offset,
            format!("Format {} is not known here.", format.value),
            "Write `format = 1`.",
        ),
        None => fields.fault(
            0,
            "This lab does not say its format.",
            "Write `format = 1`.",
        ),
        Some(_) => {}
    }
    let id = fields.required("id");
    if let Some((message, hint)) = super::bad_id("lab", &id.value) {
        fields.fault(id.offset, message, hint);
    }
    let title = fields.required("title").value;
    let summary = fields.required("summary").value;
    let level = fields.required("level");
    let level = Level::ALL
        .into_iter()
        .find(|l| l.name() == level.value)
        .unwrap_or_else(|| {
            if !level.value.is_empty() {
                fields.fault(
                    level.offset,
                    format!("There is no level `{}`.", level.value),
                    suggest(&level.value, &Level::ALL.map(Level::name)),
                );
            }
            Level::Beginner
        });
    let minutes = match fields.integer("minutes") {
        Some(minutes) => u32::try_from(minutes.value)
            .ok()
            .filter(|m| (1..=240).contains(m))
            .unwrap_or_else(|| {
                fields.fault(
                    minutes.offset,
                    "A lab takes between 1 and 240 minutes.",
                    "Write `minutes = 15`.",
                );
                1
            }),
        None => {
            fields.fault(
                0,
                "This lab does not say how long it takes.",
                "Write `minutes = 15`.",
            );
            1
        }
    };
    let mut questions = Vec::new();
    for question in fields.integers("questions") {
        match u32::try_from(question.value)
            .ok()
            .filter(|q| (1..=25).contains(q))
        {
            Some(question) => questions.push(question),
            None => fields.fault(
                question.offset,
                format!("There is no question {}.", question.value),
                "The questions are numbered 1 to 25.",
            ),
        }
    }
    let mut requires = Vec::new();
    for lab in fields.texts("requires") {
        match super::bad_id("lab", &lab.value) {
            Some((message, hint)) => fields.fault(lab.offset, message, hint),
            None => requires.push(lab.value),
        }
    }
    let world = fields.required("world");
    if let Some((message, hint)) = super::bad_id("world", &world.value) {
        fields.fault(world.offset, message, hint);
    }
    let mut panels = Vec::new();
    for panel in fields.texts("panels") {
        match Panel::ALL.into_iter().find(|p| p.name() == panel.value) {
            Some(known) if panels.contains(&known) => fields.fault(
                panel.offset,
                format!("The panel `{}` is named twice.", panel.value),
                "Name each panel once, in the order of the tabs.",
            ),
            Some(known) => panels.push(known),
            None => fields.fault(
                panel.offset,
                format!("There is no panel `{}`.", panel.value),
                suggest(&panel.value, &Panel::ALL.map(Panel::name)),
            ),
        }
    }
    if panels.is_empty() {
        fields.fault(
            0,
            "This lab names no panel.",
            "Write `panels = [\"http\"]`.",
        );
    }
    let consoles = match fields.integer("consoles") {
        Some(count) => u32::try_from(count.value)
            .ok()
            .filter(|count| (1..=CONSOLES).contains(count))
            .unwrap_or_else(|| {
                fields.fault(
                    count.offset,
                    format!("A lab has one SQL console or {CONSOLES}."),
                    format!("Write `consoles = {CONSOLES}`."),
                );
                1
            }),
        None => 1,
    };
    let project = fields.boolean("project").is_some_and(|flag| flag.value);
    Front {
        id: id.value,
        title,
        summary,
        level,
        minutes,
        questions,
        requires,
        world: world.value,
        panels,
        consoles,
        project,
        world_patch,
    }
}
