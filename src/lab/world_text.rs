//! Merging world text: a lab's front matter or a solution says only what it changes, and the rest of
//! the world's text, comments included, stays as it was written.
//!
//! `[[route]]` with the method, path and version of an existing route replaces that route, any other
//! is appended; so does `[[topology.part]]` (and client, fault, slo) by its name, but where the patch has
//! `[topology]` itself, the whole topology is the patch's, where that of the base began. Any other table
//! replaces the table of its name, root keys replace root keys. `[world]` holds root keys where none can be
//! written, and `only_routes`, which keeps those of the base's routes.

use std::collections::BTreeMap;

use super::problem::suggest;
use super::toml_lines::{Kind, Statement, statements};
use super::toml_text::{self, Fault};
use crate::problem::Problem;
use crate::toml_read::json_text;

/// Merges `patch` into `base`.
///
/// # Errors
/// Either is no TOML, a route has no method or path, or `only_routes` names what is not there; the
/// place is one in the patch (or in the base, if that is broken).
pub fn merge(base: &str, patch: &str) -> Result<String, Problem> {
    let base_text = normal(base);
    let patch_text = normal(patch);
    toml_text::parse(&base_text).map_err(|fault| problem(&base_text, &fault))?;
    toml_text::parse(&patch_text).map_err(|fault| problem(&patch_text, &fault))?;
    let sections = sections(&base_text);
    let patch = Patch::read(&patch_text)?;
    let mut out = String::new();
    let mut at = 0;
    let mut used = Used::default();
    let has_whole = patch.tables.contains_key(TOPOLOGY);
    let whole = has_whole.then(|| patch.topology());
    for section in &sections {
        let text = &base_text[section.start..section.end];
        let name = match &section.part {
            Part::Key(key) => {
                if let Some(new) = patch.keys.get(key) {
                    out.push_str(&base_text[at..section.start]);
                    out.push_str(new);
                    at = section.end;
                    used.keys.push(key.clone());
                }
                continue;
            }
            Part::Route => route_name(text)
                .map_err(|fault| problem(&base_text, &shifted(fault, section.start)))?,
            Part::Node(list) => node_name(list, text)
                .map_err(|fault| problem(&base_text, &shifted(fault, section.start)))?,
            Part::Table(name) => name.clone(),
        };
        let is_replaced = whole.is_some() && section.part.is_of_topology();
        if let Some((topology, has_lead)) = whole.as_ref().filter(|_| is_replaced)
            && !used.sections.contains(&(false, TOPOLOGY.to_owned()))
        {
            // The new one stands where the old one began.
            let upto = if *has_lead {
                section.lead
            } else {
                section.start
            };
            out.push_str(&base_text[at..upto]);
            out.push_str(topology);
            at = section.end;
            used.sections.extend(patch.names_of_topology());
            continue;
        }
        // What is found by its own name, of which there may be many.
        let is_item = matches!(section.part, Part::Route | Part::Node(_));
        let only = patch.only_routes.as_ref();
        let is_route = matches!(section.part, Part::Route);
        if is_replaced || is_route && only.is_some_and(|only| !only.contains(&name)) {
            // What is left out takes its comment and one empty line with it.
            out.push_str(&base_text[at..section.lead]);
            let rest = &base_text[section.end..];
            at = section.end + if rest.starts_with('\n') { 1 } else { 0 };
            used.left_out.push(name);
            continue;
        }
        let new = if is_item {
            patch.routes.get(&name)
        } else {
            patch.tables.get(&name)
        };
        if let Some(new) = new {
            out.push_str(&base_text[at..section.start]);
            // Of a list of tables the first place takes all the new ones.
            if !used.sections.contains(&(is_item, name.clone())) {
                out.push_str(&new.text);
            }
            at = section.end;
            used.sections.push((is_item, name));
        } else if is_item {
            used.routes.push(name);
        }
    }
    out.push_str(&base_text[at..]);
    out.truncate(out.trim_end_matches('\n').len() + usize::from(!out.is_empty()));
    patch.check_only_routes(&used)?;
    Ok(patch.append(out, &used))
}

/// Whether a text can be merged into any world at all.
///
/// # Errors
/// It is no TOML, or a route has no method or path; the place is one in the text.
pub fn check(patch: &str) -> Result<(), Problem> {
    let text = normal(patch);
    toml_text::parse(&text).map_err(|fault| problem(&text, &fault))?;
    Patch::read(&text).map(|_| ())
}

/// What of the patch found its place.
#[derive(Default)]
struct Used {
    keys: Vec<String>,
    /// Tables and items replaced; items are marked, for a table could bear a route's name.
    sections: Vec<(bool, String)>,
    routes: Vec<String>,
    left_out: Vec<String>,
}

/// Line breaks as one character, and one at the end.
fn normal(text: &str) -> String {
    let mut text = text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .replace("\r\n", "\n");
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn problem(text: &str, fault: &Fault) -> Problem {
    let before = text.get(..fault.offset).unwrap_or(text);
    let line = before.matches('\n').count() as u32 + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |tail| tail.chars().count()) as u32
        + 1;
    Problem::new(&fault.message)
        .hint(&fault.hint)
        .at(line, column)
}

fn shifted(fault: Fault, by: usize) -> Fault {
    Fault {
        offset: fault.offset + by,
        ..fault
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Key(String),
    Route,
    /// A client, part, fault or slo of the topology, by the name of its list.
    Node(String),
    Table(String),
}

impl Part {
    fn is_of_topology(&self) -> bool {
        match self {
            Self::Node(_) => true,
            Self::Table(name) => name == TOPOLOGY,
            Self::Key(_) | Self::Route => false,
        }
    }
}

/// The table whose lists are merged one by one.
const TOPOLOGY: &str = "topology";

/// A part of a text that is replaced as a whole.
struct Section {
    part: Part,
    lead: usize,
    start: usize,
    end: usize,
}

/// Cuts a text into root keys, routes and tables; `[route.body]` belongs to the route above it,
/// `[a.b]` to the table `a`.
fn sections(text: &str) -> Vec<Section> {
    let mut found: Vec<Section> = Vec::new();
    let mut in_tables = false;
    for Statement { kind, span, lead } in statements(text) {
        let part = match kind {
            Kind::Key(key) if !in_tables => Part::Key(key),
            Kind::Key(_) => {
                if let Some(section) = found.last_mut() {
                    section.end = span.end;
                }
                continue;
            }
            Kind::Header { list, root, second } => {
                in_tables = true;
                if list
                    && root == TOPOLOGY
                    && let Some(list) = second
                {
                    found.push(Section {
                        part: Part::Node(list),
                        lead,
                        start: span.start,
                        end: span.end,
                    });
                    continue;
                }
                let above = match found.last().map(|section| &section.part) {
                    Some(Part::Route) => Some("route"),
                    Some(Part::Node(_)) => Some(TOPOLOGY),
                    Some(Part::Table(name)) => Some(name.as_str()),
                    _ => None,
                };
                if second.is_some() && above == Some(root.as_str()) {
                    if let Some(section) = found.last_mut() {
                        section.end = span.end;
                    }
                    continue;
                }
                if root == "route" && list {
                    Part::Route
                } else {
                    Part::Table(root)
                }
            }
        };
        found.push(Section {
            part,
            lead,
            start: span.start,
            end: span.end,
        });
    }
    found
}

/// `GET /books/{id}` of a route's text, or `GET /books/{id} version 2`.
fn route_name(text: &str) -> Result<String, Fault> {
    let table = toml_text::parse(text)?;
    let route = table
        .iter()
        .find(|(key, _)| key.get_ref() == "route")
        .and_then(|(_, value)| value.get_ref().as_array())
        .and_then(|list| list.iter().next())
        .and_then(|route| route.get_ref().as_table());
    let text = |name: &str| {
        route
            .and_then(|route| route.iter().find(|(key, _)| key.get_ref() == name))
            .and_then(|(_, value)| value.get_ref().as_str())
            .map(str::trim)
            .filter(|value| !value.is_empty())
    };
    let field = |name: &str| {
        text(name).ok_or_else(|| Fault {
            offset: 0,
            message: format!("This route has no `{name}`."),
            hint: "A route begins `[[route]]`, `method = \"GET\"`, `path = \"/books/{id}\"`."
                .to_owned(),
        })
    };
    let (method, path) = (field("method")?.to_ascii_uppercase(), field("path")?);
    Ok(match text("version") {
        Some(version) => format!("{method} {path} version {version}"),
        None => format!("{method} {path}"),
    })
}

/// `client visitors`, `part api`; of a fault what it is and whom it hits and when, of an slo its client
/// where it has no name of its own.
fn node_name(list: &str, text: &str) -> Result<String, Fault> {
    let root = toml_text::parse(text)?;
    let table = root
        .get(TOPOLOGY)
        .and_then(|topology| topology.get_ref().as_table()?.get(list))
        .and_then(|list| list.get_ref().as_array()?.iter().next())
        .and_then(|item| item.get_ref().as_table());
    let word = |key: &str| Some(json_text(table?.get(key)?.get_ref()));
    let words: Vec<String> = match (list, word("name")) {
        (_, Some(name)) => vec![name],
        ("fault", None) => ["kind", "part", "at_s"]
            .iter()
            .filter_map(|key| word(key))
            .collect(),
        ("slo", None) => word("client").into_iter().collect(),
        _ => Vec::new(),
    };
    if words.is_empty() {
        return Err(Fault {
            offset: 0,
            message: format!("This {list} has no `name`."),
            hint: format!("Write [[topology.{list}]], name = \"…\"."),
        });
    }
    Ok(format!("{list} {}", words.join(" ")))
}

/// New text for one place, in the order of the patch.
struct New {
    order: usize,
    is_of_topology: bool,
    text: String,
    /// With the comments above it, for a place of its own.
    with_lead: String,
}

/// What a patch says, by the place it goes to.
#[derive(Default)]
struct Patch {
    keys: BTreeMap<String, String>,
    tables: BTreeMap<String, New>,
    /// Routes and nodes of the topology.
    routes: BTreeMap<String, New>,
    only_routes: Option<Vec<String>>,
    only_routes_at: Problem,
}

impl Patch {
    fn read(text: &str) -> Result<Self, Problem> {
        let mut patch = Self::default();
        for (order, section) in sections(text).into_iter().enumerate() {
            let own = &text[section.start..section.end];
            let with_lead = &text[section.lead..section.end];
            let is_of_topology = section.part.is_of_topology();
            let (map, name) = match section.part {
                Part::Key(key) => {
                    patch.keys.insert(key, own.to_owned());
                    continue;
                }
                Part::Table(ref name) if name == "world" => {
                    patch.read_world(text, &section)?;
                    continue;
                }
                Part::Table(name) => (&mut patch.tables, name),
                Part::Node(list) => {
                    let name = node_name(&list, own)
                        .map_err(|fault| problem(text, &shifted(fault, section.start)))?;
                    (&mut patch.routes, name)
                }
                Part::Route => {
                    let name = route_name(own)
                        .map_err(|fault| problem(text, &shifted(fault, section.start)))?;
                    (&mut patch.routes, name)
                }
            };
            match map.get_mut(&name) {
                // `[[list]]` items, or a table whose parts are apart.
                Some(new) => {
                    new.text.push('\n');
                    new.text.push_str(own);
                    new.with_lead.push('\n');
                    new.with_lead.push_str(with_lead);
                }
                None => {
                    map.insert(
                        name,
                        New {
                            order,
                            is_of_topology,
                            text: own.to_owned(),
                            with_lead: with_lead.to_owned(),
                        },
                    );
                }
            }
        }
        Ok(patch)
    }

    /// Tables and items; items are marked, as in [`Used`].
    fn all(&self) -> impl Iterator<Item = (bool, &String, &New)> {
        let tables = self.tables.iter().map(|(name, new)| (false, name, new));
        let items = self.routes.iter().map(|(name, new)| (true, name, new));
        tables.chain(items)
    }

    fn names_of_topology(&self) -> impl Iterator<Item = (bool, String)> {
        let own = self.all().filter(|(.., new)| new.is_of_topology);
        own.map(|(is_item, name, _)| (is_item, name.clone()))
    }

    /// All of the topology, in the order it is written, and whether a comment stands above.
    fn topology(&self) -> (String, bool) {
        let own = self.all().map(|(.., new)| new);
        let mut own: Vec<&New> = own.filter(|new| new.is_of_topology).collect();
        own.sort_by_key(|new| new.order);
        let texts: Vec<&str> = own.iter().map(|new| new.with_lead.as_str()).collect();
        let has_lead = own.first().is_some_and(|new| new.text != new.with_lead);
        (texts.join("\n"), has_lead)
    }

    /// `[world]`: root keys, and `only_routes`.
    fn read_world(&mut self, text: &str, section: &Section) -> Result<(), Problem> {
        let own = &text[section.start..section.end];
        for statement in statements(own) {
            let Kind::Key(key) = statement.kind else {
                continue;
            };
            let line = &own[statement.span.clone()];
            if key != "only_routes" {
                self.keys.insert(key, line.trim_start().to_owned());
                continue;
            }
            let at = section.start + statement.span.start;
            let table =
                toml_text::parse(line).map_err(|fault| problem(text, &shifted(fault, at)))?;
            let mut fields = toml_text::Fields::new("world", &table, 0..0);
            let names = fields.texts("only_routes");
            if let Some(fault) = fields.finish().into_iter().next() {
                return Err(problem(text, &shifted(fault, at)));
            }
            self.only_routes_at = problem(
                text,
                &Fault {
                    offset: at,
                    message: String::new(),
                    hint: String::new(),
                },
            );
            self.only_routes = Some(
                names
                    .iter()
                    .map(|name| name.value.split_whitespace().collect::<Vec<_>>().join(" "))
                    .collect(),
            );
        }
        Ok(())
    }

    fn check_only_routes(&self, used: &Used) -> Result<(), Problem> {
        let kept: Vec<&str> = used
            .sections
            .iter()
            .filter(|(is_route, _)| *is_route)
            .map(|(_, name)| name.as_str())
            .chain(used.routes.iter().map(String::as_str))
            .collect();
        let known: Vec<&str> = used
            .left_out
            .iter()
            .map(String::as_str)
            .chain(kept.iter().copied())
            .collect();
        for name in self.only_routes.iter().flatten() {
            if !kept.contains(&name.as_str()) {
                return Err(Problem {
                    message: format!(
                        "`only_routes` keeps `{name}`, and the world has no such route."
                    ),
                    hint: Some(suggest(name, &known)),
                    ..self.only_routes_at.clone()
                });
            }
        }
        Ok(())
    }

    /// Adds what has no place in the base: keys below the last root key, the rest at the end.
    fn append(&self, mut out: String, used: &Used) -> String {
        let keys: String = self
            .keys
            .iter()
            .filter(|(key, _)| !used.keys.contains(key))
            .map(|(_, text)| text.as_str())
            .collect();
        if !keys.is_empty() {
            let all = sections(&out);
            let root = all
                .iter()
                .rfind(|section| matches!(section.part, Part::Key(_)));
            match (root, all.first()) {
                (Some(last), _) => out.insert_str(last.end, &keys),
                (None, Some(first)) => out.insert_str(first.lead, &format!("{keys}\n")),
                (None, None) => out.push_str(&keys),
            }
        }
        let new = self
            .all()
            .filter(|(is_item, name, _)| !used.sections.contains(&(*is_item, (*name).clone())));
        let mut new: Vec<&New> = new.map(|(.., new)| new).collect();
        new.sort_by_key(|new| new.order);
        for new in new {
            if !out.is_empty() && !out.ends_with("\n\n") {
                out.push('\n');
            }
            out.push_str(&new.with_lead);
        }
        out
    }
}
