//! `body`, and what else says how a route reads one.

use super::super::rules::{Kind, Rule};
use super::super::template::is_name;
use crate::problem::Problem;
use crate::toml_read::{Fields, Reader};

/// How a route reads a body.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BodySpec {
    /// Rules of its members.
    pub rules: Vec<Rule>,
    /// Whether a member without a rule is refused; otherwise it is ignored.
    pub refuse_unknown: bool,
    /// Media types it reads, at least one.
    pub consumes: Vec<Consumed>,
    /// A hole: `$set` takes every member, rule or none.
    pub mass_assignment: bool,
}

/// A media type that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consumed {
    /// RFC 8259.
    Json,
    /// Names and values, as HTML forms send them (WHATWG URL §5).
    Form,
}

impl Consumed {
    /// Both, the default first.
    pub const ALL: [Self; 2] = [Self::Json, Self::Form];

    /// Its name.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
        }
    }
}

impl BodySpec {
    /// Whether a client may set a member: one with a rule that is not read-only, or any where
    /// that hole is open.
    pub fn may_set(&self, name: &str) -> bool {
        let rule = self.rules.iter().find(|rule| rule.name == name);
        let open = self.mass_assignment && is_name(name);
        open || rule.is_some_and(|rule| !rule.read_only)
    }

    /// Reads `body`, `unknown`, `consumes` and `mass_assignment` of a route.
    pub fn read(reader: &Reader<'_>, route: &Fields<'_, '_>) -> Option<Self> {
        let rules = route.table("body");
        let refuse_unknown = read_unknown(route);
        let consumes = read_consumes(route);
        let mass_assignment = route.boolean("mass_assignment");
        let Some((table, at)) = rules else {
            for key in ["unknown", "consumes", "mass_assignment"] {
                if let Some(value) = route.value(key) {
                    let problem = Problem::new(format!(
                        "`{key}` is about a body, and this route reads none"
                    ))
                    .hint("Give it rules: body = { title = { type = \"string\" } }.");
                    route.fault(value.span(), problem);
                }
            }
            return None;
        };
        let body = Self {
            rules: Rule::read_all(reader, table),
            refuse_unknown,
            consumes,
            mass_assignment: mass_assignment.unwrap_or(false),
        };
        if body.refuse_unknown && body.mass_assignment {
            let problem =
                Problem::new("`unknown = \"refuse\"` closes the hole that `mass_assignment` opens")
                    .hint("Leave one of them out.");
            route.fault(at.clone(), problem);
        }
        let nested = |rule: &&Rule| match (&rule.kind, &rule.items) {
            (Kind::Object, _) => true,
            (Kind::Array, Some(items)) => !items.kind.is_flat(),
            _ => false,
        };
        if body.consumes.contains(&Consumed::Form)
            && let Some(rule) = body.rules.iter().find(nested)
        {
            let problem = Problem::new(format!(
                "a form holds texts, so `{}` cannot come in one",
                rule.name
            ))
            .hint("Let the route consume application/json alone, or take flat members.");
            route.fault(at, problem);
        }
        Some(body)
    }
}

fn read_unknown(route: &Fields<'_, '_>) -> bool {
    match route.string("unknown") {
        None => false,
        Some((text, _)) if text == "refuse" => true,
        Some((text, _)) if text == "ignore" => false,
        Some((_, at)) => {
            let problem = Problem::new("`unknown` is \"refuse\" or \"ignore\"");
            route.fault(at, problem);
            false
        }
    }
}

fn read_consumes(route: &Fields<'_, '_>) -> Vec<Consumed> {
    let mut consumes = Vec::new();
    for (name, at) in route.strings("consumes") {
        let known = Consumed::ALL.into_iter();
        match known.into_iter().find(|one| one.media_type() == name) {
            Some(one) => consumes.push(one),
            None => {
                let names = Consumed::ALL.map(Consumed::media_type).join(" and ");
                let problem = Problem::new(format!("a body of {name} cannot be read here")).hint(
                    format!("What can be read is {names}; a PATCH says `patch` instead."),
                );
                route.fault(at, problem);
            }
        }
    }
    if consumes.is_empty() {
        consumes.push(Consumed::Json);
    }
    consumes
}
