//! Where the tables of an entity-relationship diagram stand, and the lines between them.
//!
//! A table stands to the right of those it refers to, so that lines run one way.

use crate::protocol::TableView;

/// Height of a line of text, in CSS pixels.
pub const LINE: f64 = 18.0;
/// Height of a table's head.
pub const HEAD: f64 = 24.0;
/// Width of a letter.
const LETTER: f64 = 7.2;
/// Between a box's edge and its text.
pub const INSET: f64 = 8.0;
/// Between boxes beside and below each other.
const ACROSS: f64 = 56.0;
const BELOW: f64 = 20.0;

/// The drawing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Diagram {
    /// Its size.
    pub width: f64,
    /// Its size.
    pub height: f64,
    /// One box a table, in the order given.
    pub boxes: Vec<Frame>,
    /// One line a foreign key.
    pub lines: Vec<Line>,
}

/// Where a table stands.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Frame {
    /// Its left edge.
    pub x: f64,
    /// Its upper edge.
    pub y: f64,
    /// Its size.
    pub width: f64,
    /// Its size.
    pub height: f64,
}

/// A foreign key from its column to the one it refers to.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The path in SVG.
    pub path: String,
    /// The end at the many.
    pub from: (f64, f64),
    /// What it says, for those who do not see it.
    pub words: String,
}

impl Diagram {
    /// Places tables.
    pub fn of(tables: &[TableView]) -> Self {
        let levels = levels(tables);
        let mut boxes = vec![Frame::default(); tables.len()];
        let (mut x, mut height) = (0.0_f64, 0.0_f64);
        let last = levels.iter().copied().max().unwrap_or(0);
        for level in 0..=last {
            let (mut y, mut widest) = (0.0_f64, 0.0_f64);
            for (at, table) in tables
                .iter()
                .enumerate()
                .filter(|(at, _)| levels[*at] == level)
            {
                let frame = Frame {
                    x,
                    y,
                    width: width(table),
                    height: HEAD + LINE * table.columns.len() as f64 + INSET,
                };
                widest = widest.max(frame.width);
                y += frame.height + BELOW;
                boxes[at] = frame;
            }
            height = height.max(y - BELOW);
            x += widest + ACROSS;
        }
        let lines = lines(tables, &boxes);
        Self {
            width: (x - ACROSS).max(0.0),
            height: height.max(0.0),
            boxes,
            lines,
        }
    }
}

/// How many tables stand to the left of each: the longest way along its references.
fn levels(tables: &[TableView]) -> Vec<usize> {
    let mut levels = vec![0; tables.len()];
    // References may run in circles: after as many rounds as tables nothing is put off any more.
    for _ in 0..tables.len() {
        let mut moved = false;
        for (at, table) in tables.iter().enumerate() {
            let after = table
                .references
                .iter()
                .filter_map(|reference| position(tables, &reference.table))
                .filter(|target| *target != at)
                .map(|target| levels[target] + 1)
                .max()
                .unwrap_or(0);
            if after > levels[at] && after < tables.len() {
                levels[at] = after;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    // A circle pushes its tables far to the right: levels nobody stands on are left out.
    let mut used = levels.clone();
    used.sort_unstable();
    used.dedup();
    levels
        .iter()
        .map(|level| used.iter().position(|l| l == level).unwrap_or(0))
        .collect()
}

fn lines(tables: &[TableView], boxes: &[Frame]) -> Vec<Line> {
    let mut lines = Vec::new();
    for (at, table) in tables.iter().enumerate() {
        for reference in &table.references {
            let Some(target) = position(tables, &reference.table) else {
                continue;
            };
            let row = |table: &TableView, names: &[String]| {
                let at = table
                    .columns
                    .iter()
                    .position(|column| names.first() == Some(&column.name));
                HEAD + LINE * (at.unwrap_or(0) as f64 + 0.5)
            };
            let (from, to) = (boxes[at], boxes[target]);
            let (y1, y2) = (
                from.y + row(table, &reference.columns),
                to.y + row(&tables[target], &reference.to),
            );
            let path = if to.x + to.width < from.x {
                let (x1, x2) = (from.x, to.x + to.width);
                let bend = (x1 - x2) / 2.0;
                format!(
                    "M{x1:.0} {y1:.0}C{:.0} {y1:.0} {:.0} {y2:.0} {x2:.0} {y2:.0}",
                    x1 - bend,
                    x2 + bend
                )
            } else {
                // Beside itself or out of line: around the right edge.
                let (x1, x2) = (from.x + from.width, to.x + to.width);
                let out = x1.max(x2) + ACROSS / 2.0;
                format!("M{x1:.0} {y1:.0}C{out:.0} {y1:.0} {out:.0} {y2:.0} {x2:.0} {y2:.0}")
            };
            let from = if to.x + to.width < from.x {
                (from.x, y1)
            } else {
                (from.x + from.width, y1)
            };
            let words = format!(
                "{}({}) refers to {}({})",
                table.name,
                reference.columns.join(", "),
                reference.table,
                reference.to.join(", ")
            );
            lines.push(Line { path, from, words });
        }
    }
    lines
}

fn position(tables: &[TableView], name: &str) -> Option<usize> {
    tables.iter().position(|table| table.name == name)
}

fn width(table: &TableView) -> f64 {
    let texts = table
        .columns
        .iter()
        .map(|column| column.name.chars().count() + column.sql_type.chars().count() + 6);
    let letters = texts
        .chain([table.name.chars().count() + 4])
        .max()
        .unwrap_or(0);
    letters as f64 * LETTER + 2.0 * INSET
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{ColumnView, ReferenceView};

    fn table(name: &str, refers_to: &[&str]) -> TableView {
        let column = |name: String| ColumnView {
            name,
            sql_type: "integer".to_owned(),
            nullable: false,
            key: String::new(),
        };
        let names: Vec<String> = refers_to
            .iter()
            .map(|target| format!("{target}_id"))
            .collect();
        TableView {
            name: name.to_owned(),
            columns: std::iter::once("id".to_owned())
                .chain(names.clone())
                .map(column)
                .collect(),
            rows: 0,
            references: refers_to
                .iter()
                .zip(names)
                .map(|(target, name)| ReferenceView {
                    columns: vec![name],
                    table: (*target).to_owned(),
                    to: vec!["id".to_owned()],
                })
                .collect(),
            indexes: Vec::new(),
        }
    }

    fn apart(a: &Frame, b: &Frame) -> bool {
        a.x + a.width <= b.x
            || b.x + b.width <= a.x
            || a.y + a.height <= b.y
            || b.y + b.height <= a.y
    }

    #[test]
    fn a_table_stands_right_of_what_it_refers_to_and_none_covers_another() {
        let tables = [
            table("order_items", &["orders", "books"]),
            table("orders", &["customers"]),
            table("customers", &[]),
            table("books", &["authors"]),
            table("authors", &[]),
        ];
        let diagram = Diagram::of(&tables);
        for (at, table) in tables.iter().enumerate() {
            for reference in &table.references {
                let target = position(&tables, &reference.table).unwrap();
                let (from, to) = (diagram.boxes[at], diagram.boxes[target]);
                assert!(
                    to.x + to.width < from.x,
                    "{} {}",
                    table.name,
                    reference.table
                );
            }
            for other in 0..at {
                assert!(apart(&diagram.boxes[at], &diagram.boxes[other]));
            }
            let frame = diagram.boxes[at];
            assert!(
                frame.x + frame.width <= diagram.width && frame.y + frame.height <= diagram.height
            );
        }
        assert_eq!(diagram.lines.len(), 4);
    }

    #[test]
    fn circles_self_references_and_missing_targets_are_drawn_as_far_as_they_go() {
        let tables = [
            table("a", &["b"]),
            table("b", &["a"]),
            table("c", &["c", "gone"]),
        ];
        let diagram = Diagram::of(&tables);
        assert_eq!(diagram.lines.len(), 3);
        assert!(diagram.width < 2_000.0);
        assert!(apart(&diagram.boxes[0], &diagram.boxes[1]));
        assert_eq!(Diagram::of(&[]), Diagram::default());
    }
}
