//! What a check names of a topology: a client, part, fault or promise, and one of its keys or all of them.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use crate::lab::toml_text;
use crate::problem::Problem;
use crate::toml_read::{Fields, Reader, in_order, json_text};
use crate::traffic::Topology;

const TOPOLOGY: &str = "topology";
/// Where a name is looked for, in this order.
const LISTS: [&str; 4] = ["client", "part", "fault", "slo"];

/// `customers.rate_per_s`, `api` (all its keys), `topology.duration_s`; `slo fast.objective` where a client or
/// part has the same name.
#[derive(Debug, Clone)]
pub(super) struct Named {
    list: Option<&'static str>,
    name: String,
    key: Option<String>,
}

impl Named {
    pub(super) fn read(text: &str) -> Self {
        let with = |list: &'static str| Some((list, text.strip_prefix(list)?.strip_prefix(' ')?));
        let (list, text) = match LISTS.into_iter().find_map(with) {
            Some((list, rest)) => (Some(list), rest.trim()),
            None => (None, text.trim()),
        };
        let is_key = |key: &str| key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        let (name, key) = match text.rsplit_once('.') {
            Some((name, key)) if is_key(key) => (name, Some(key.to_owned())),
            _ => (text, None),
        };
        Self {
            list,
            name: name.to_owned(),
            key,
        }
    }

    /// The key that is named; none if all are meant.
    pub(super) fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Its list and its place in that; none in a topology without it.
    fn place(&self, topology: &DeTable<'_>) -> Option<(&'static str, usize)> {
        let lists = LISTS.into_iter();
        let mut lists = lists.filter(|list| self.list.is_none_or(|own| own == *list));
        lists.find_map(|list| {
            let items = topology.get(list)?.get_ref().as_array()?;
            let is_it = |item: &DeValue<'_>| {
                let name = item.as_table().and_then(|table| table.get("name"));
                name.and_then(|name| name.get_ref().as_str()) == Some(&self.name)
            };
            let at = items.iter().position(|item| is_it(item.get_ref()))?;
            Some((list, at))
        })
    }

    fn find<'r, 't>(&self, root: &'r DeTable<'t>) -> Option<&'r DeTable<'t>> {
        let topology = root.get(TOPOLOGY)?.get_ref().as_table()?;
        if self.is_topology() {
            return Some(topology);
        }
        let (list, at) = self.place(topology)?;
        let items = topology.get(list)?.get_ref().as_array()?;
        items.get(at)?.get_ref().as_table()
    }

    /// Gives the key another value, written as TOML.
    fn set<'t>(&'t self, root: &mut DeTable<'t>, value: &'t str) -> Option<()> {
        let topology = topology(root)?;
        let table = if self.is_topology() {
            topology
        } else {
            let (list, at) = self.place(topology)?;
            let DeValue::Array(items) = topology.get_mut(list)?.get_mut() else {
                return None;
            };
            match items.get_mut(at)?.get_mut() {
                DeValue::Table(table) => table,
                _ => return None,
            }
        };
        let key = Spanned::new(0..0, Cow::Borrowed(self.key()?));
        table.insert(key, DeValue::parse(value).ok()?);
        Some(())
    }

    fn remove(&self, root: &mut DeTable<'_>) -> Option<()> {
        let topology = topology(root)?;
        let (list, at) = self.place(topology)?;
        let DeValue::Array(items) = topology.get_mut(list)?.get_mut() else {
            return None;
        };
        let all = std::mem::replace(items, DeArray::new()).into_iter();
        let left = all.enumerate().filter(|(place, _)| *place != at);
        *items = left.map(|(_, item)| item).collect();
        Some(())
    }

    fn is_topology(&self) -> bool {
        self.list.is_none() && self.name == TOPOLOGY
    }

    /// What became of it between two texts, if it is not as it was.
    pub(super) fn changed(&self, before: &str, now: &str) -> Option<String> {
        let roots = toml_text::parse(before)
            .ok()
            .zip(toml_text::parse(now).ok());
        let (before, now) = roots?;
        let name = &self.name;
        let Some(before) = self.find(&before) else {
            return Some(format!(
                "The check keeps `{name}` as it was, and the task begins without it."
            ));
        };
        let Some(now) = self.find(&now) else {
            return Some(format!(
                "`{name}` is gone, and it is not yours to choose here. Put it back, under its name."
            ));
        };
        let keys: Vec<&str> = match &self.key {
            Some(key) => vec![key],
            None => {
                let all = in_order(before).chain(in_order(now));
                let keys = all.map(|(key, _)| key.get_ref().as_ref());
                keys.filter(|key| !self.is_topology() || !LISTS.contains(key))
                    .collect()
            }
        };
        keys.into_iter().find_map(|key| {
            let value = |table: &DeTable<'_>| Some(json_text(table.get(key)?.get_ref()));
            let (was, is) = (value(before), value(now));
            let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".into());
            (is != was).then(|| {
                format!(
                    "`{key}` of `{name}` is {} now, and it was {}: that is given, not yours to choose here. \
                     Put it back.",
                    shown(&is),
                    shown(&was)
                )
            })
        })
    }
}

/// What a check has otherwise than the learner's text, key by key.
#[derive(Debug, Clone, Default)]
pub(super) struct Changes {
    /// Keys, each with its value as TOML.
    pub(super) set: Vec<(Named, String)>,
    /// What is taken away.
    pub(super) without: Vec<Named>,
}

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        self.set.is_empty() && self.without.is_empty()
    }

    /// The topology of a text with the changes made; what is taken away has to be in `beginning` at least.
    pub(super) fn topology(&self, text: &str, beginning: &str) -> Result<Topology, Problem> {
        let reader = Reader::new(text);
        let mut root = reader.parse();
        for (named, value) in &self.set {
            named
                .set(root.get_mut(), value)
                .ok_or_else(|| Problem::new(format!("there is no `{}` in it.", named.name)))?;
        }
        for named in &self.without {
            let is_known =
                toml_text::parse(beginning).is_ok_and(|root| named.find(&root).is_some());
            if named.remove(root.get_mut()).is_none() && !is_known {
                let problem = format!(
                    "it is tried without `{}`, which was never there.",
                    named.name
                );
                return Err(Problem::new(problem));
            }
        }
        let fields = Fields::new(&reader, root.get_ref(), "the text");
        let topology = Topology::read(&reader, &fields);
        match reader.into_problems().into_iter().next() {
            Some(problem) => Err(problem),
            None => topology.ok_or_else(|| Problem::new("there is no [topology] in it.")),
        }
    }
}

fn topology<'r, 't>(root: &'r mut DeTable<'t>) -> Option<&'r mut DeTable<'t>> {
    match root.get_mut(TOPOLOGY)?.get_mut() {
        DeValue::Table(topology) => Some(topology),
        _ => None,
    }
}

/// A value as TOML in one line.
pub(super) fn toml_text(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| toml_text(item.get_ref())).collect();
            format!("[{}]", items.join(", "))
        }
        DeValue::Table(table) => {
            let member = |(key, value): (&Spanned<Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
                let key = serde_json::Value::from(key.get_ref().as_ref());
                format!("{key} = {}", toml_text(value.get_ref()))
            };
            let members: Vec<String> = in_order(table).map(member).collect();
            format!("{{ {} }}", members.join(", "))
        }
        scalar => json_text(scalar),
    }
}
