//! From rows to the body: which members each has, and what stands around them.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;

use super::super::answer::{Row, nested_rows};
use super::list::links::Pages;

/// How the rows of an answer look.
pub struct Look<'a> {
    members: Vec<Member<'a>>,
}

/// A member of each row.
enum Member<'a> {
    /// A column.
    Column(&'a str, usize),
    /// The rows that belong to it.
    Nested(&'a str),
}

impl<'a> Look<'a> {
    /// Rows of these columns, as they are.
    pub fn new(columns: &'a [String], nested: Option<&'a str>) -> Self {
        let columns = columns.iter().enumerate();
        let members = columns.map(|(at, name)| Member::Column(name, at));
        Self {
            members: members.chain(nested.map(Member::Nested)).collect(),
        }
    }

    /// Leaves only these members.
    ///
    /// # Errors
    /// What is wrong, as the end of a sentence that begins with the parameter's name.
    pub fn keep(&mut self, names: &[String]) -> Result<(), String> {
        let known: Vec<&str> = self.members.iter().map(Member::name).collect();
        if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
            return Err(format!(
                "names `{name}`, and there are {}",
                known.join(", ")
            ));
        }
        self.members
            .retain(|member| names.iter().any(|name| name == member.name()));
        Ok(())
    }
}

impl Member<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Column(name, _) | Self::Nested(name) => name,
        }
    }
}

/// A row as a JSON object, with the members of its look.
pub struct Looked<'a> {
    /// How it looks.
    pub look: &'a Look<'a>,
    /// The row.
    pub row: &'a Row<'a>,
}

impl Serialize for Looked<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for member in &self.look.members {
            match member {
                Member::Column(name, at) => {
                    map.serialize_entry(name, self.row.values.get(*at).unwrap_or(&Value::Null))?;
                }
                Member::Nested(name) => map.serialize_entry(name, &nested_rows(self.row))?,
            }
        }
        map.end()
    }
}

/// A list of rows.
pub struct List<'a> {
    /// How they look.
    pub look: &'a Look<'a>,
    /// The rows.
    pub rows: &'a [Row<'a>],
}

impl Serialize for List<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.rows.len()))?;
        for row in self.rows {
            let look = self.look;
            list.serialize_element(&Looked { look, row })?;
        }
        list.end()
    }
}

/// A list in an object, with what is known of its pages.
pub struct Wrapped<'a> {
    /// The member the list becomes.
    pub name: &'a str,
    /// The list.
    pub list: List<'a>,
    /// Where the other pages are, if the route has pages.
    pub pages: Option<&'a Pages>,
    /// How many rows there are in all, if they were counted.
    pub total: Option<u64>,
}

impl Serialize for Wrapped<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(self.name, &self.list)?;
        if let Some(pages) = self.pages {
            map.serialize_entry("next", &pages.next)?;
        }
        if let Some(total) = self.total {
            map.serialize_entry("total", &total)?;
        }
        map.end()
    }
}
