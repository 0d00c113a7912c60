//! `filter`: conditions a client may ask for.

use super::super::super::rules::Rule;
use super::is_column;
use crate::problem::Problem;
use crate::toml_read::{Fields, Reader, in_order};

/// A condition a client may ask for.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// The query parameter.
    pub name: String,
    /// The column it is compared with.
    pub column: String,
    /// How.
    pub operator: Operator,
    /// What an element of `IN` may be; other parameters have their rule in `query`.
    pub element: Option<Rule>,
}

/// How a column is compared with a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `=`, `<>`, `<`, `<=`, `>`, `>=`.
    Compare(&'static str),
    /// A part of the text, without case.
    Like,
    /// Any of a list with commas.
    In,
}

impl Operator {
    const COMPARISONS: [&str; 6] = ["=", "<>", "<", "<=", ">", ">="];

    fn read(text: &str) -> Option<Self> {
        let comparison = Self::COMPARISONS.into_iter().find(|known| *known == text);
        match text.to_ascii_uppercase().as_str() {
            "" => Some(Self::Compare("=")),
            "!=" => Some(Self::Compare("<>")),
            "LIKE" | "ILIKE" => Some(Self::Like),
            "IN" => Some(Self::In),
            _ => comparison.map(Self::Compare),
        }
    }
}

impl Filter {
    /// The name `LIKE` binds its pattern by.
    pub fn pattern(&self) -> String {
        format!("{}_pattern", self.name)
    }

    /// The name the `n`th element of `IN` is bound by, from 1.
    pub fn nth(&self, n: usize) -> String {
        format!("{}_{n}", self.name)
    }
}

/// Reads `filter`, and gives every parameter a rule in `query`: none has to be there.
pub fn read(reader: &Reader<'_>, fields: &Fields<'_, '_>, query: &mut Vec<Rule>) -> Vec<Filter> {
    let Some((table, _)) = fields.table("filter") else {
        return Vec::new();
    };
    let mut filters = Vec::new();
    for (name, value) in in_order(table) {
        let text = value.get_ref().as_str().unwrap_or_default().trim();
        let inside = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let end = text.find(|c| !inside(c)).unwrap_or(text.len());
        let (column, operator) = text.split_at(end);
        let operator = Operator::read(operator.trim());
        let (true, Some(operator)) = (is_column(column), operator) else {
            let problem = Problem::new("a filter is a column and an operator")
                .hint("For example \"price <=\". Operators are =, <>, <, <=, >, >=, LIKE and IN.");
            reader.fault(value.span(), problem);
            continue;
        };
        let name = name.get_ref().to_string();
        let at = query.iter().position(|rule| rule.name == name);
        let text_rule = Rule {
            name: name.clone(),
            ..Rule::default()
        };
        let rule = match (operator, at) {
            // The rule is that of an element; as a whole the parameter is text.
            (Operator::In, Some(at)) => std::mem::replace(&mut query[at], text_rule),
            (_, Some(at)) => {
                query[at].required = false;
                query[at].clone()
            }
            (_, None) => {
                query.push(text_rule.clone());
                text_rule
            }
        };
        filters.push(Filter {
            name,
            column: column.to_owned(),
            operator,
            element: (operator == Operator::In).then_some(rule),
        });
    }
    filters
}
