//! Whether everything a route names comes from somewhere, which is told when the text is read and
//! not when a request fails.

use std::ops::Range;

use super::super::nest::NestSpec;
use super::super::rules::{Kind, Rule};
use super::super::statement::{Hole, named_parameters, pasted_parameters};
use super::RouteSpec;
use super::statement::StatementSpec;
use crate::problem::Problem;
use crate::toml_read::{At, Fields, nearest};

/// Parameters that every route has.
const ALWAYS: [&str; 8] = [
    "client", "now", "version", "language", "user_id", "user", "role", "scope",
];

/// Checks the statements of a route, each with the place of its text: every parameter must be
/// supplied, by the request or by a row of a statement before.
pub fn check_statements(
    fields: &Fields<'_, '_>,
    route: &RouteSpec,
    statements: &[At<StatementSpec>],
) {
    for (number, (statement, at)) in statements.iter().enumerate() {
        let mut known = supplied(route);
        if let Some(list) = &statement.each_of {
            known.extend(elements(fields, route, list, at.clone()));
        }
        let before = statements.get(..number).unwrap_or(&[]);
        let parameters = match route.unsafe_sql {
            // What is pasted is pasted into strings too.
            true => pasted_parameters(statement.sql.as_str()),
            false => named_parameters(statement.sql.as_str()),
        };
        for name in parameters {
            if name == Hole::Set.name() {
                check_set(fields, route, statement, at.clone());
            } else if Hole::ALL.iter().any(|hole| hole.name() == name) {
                // Whether the route has what fills it is asked in `list`.
            } else if !gives(before, name) {
                check(fields, &known, name, dollar, at.clone());
            }
        }
        let so_far = statements.get(..=number).unwrap_or(&[]);
        for name in statement.told() {
            if !gives(so_far, name) {
                check(fields, &known, name, braces, at.clone());
            }
        }
    }
}

/// Checks one more statement of a route, which sees no rows.
pub fn check_parameters(fields: &Fields<'_, '_>, route: &RouteSpec, sql: &str, at: Range<usize>) {
    let known = supplied(route);
    let is_hole = |name: &&str| Hole::ALL.iter().any(|hole| hole.name() == *name);
    for name in named_parameters(sql) {
        if is_hole(&name) && fields.span(name).is_some() {
            continue;
        }
        check(fields, &known, name, dollar, at.clone());
    }
}

/// Checks the names in a template of the answer, which sees the rows of all statements.
pub fn check_template(
    fields: &Fields<'_, '_>,
    route: &RouteSpec,
    statements: &[At<StatementSpec>],
    (key, names, at): super::reply::Named<'_>,
) {
    let known = supplied(route);
    let added = |name: &str| match &route.nest {
        Some(NestSpec::Batch { name: own, .. }) => own == name,
        Some(NestSpec::Each { name: own, sql }) => match own {
            Some(own) => own == name,
            None => has_word(sql, name),
        },
        None => false,
    };
    for name in names {
        if known.contains(&name) || added(name) || gives(statements, name) {
            continue;
        }
        let problem = Problem::new(format!("nothing supplies {{{name}}} of `{key}`"));
        let problem = match nearest(name, known.iter().copied()) {
            Some(near) => problem.hint(format!("Did you mean {{{near}}}?")),
            None => problem.hint(format!("End the last statement with RETURNING {name}.")),
        };
        fields.fault(at.clone(), problem);
    }
}

/// Checks a name in a text that is filled before any statement has run.
pub fn check_key(fields: &Fields<'_, '_>, route: &RouteSpec, name: &str, at: Range<usize>) {
    check(fields, &supplied(route), name, braces, at);
}

/// Names of the values a route has by itself.
fn supplied(route: &RouteSpec) -> Vec<&str> {
    let body = route.body.iter().flat_map(|body| &body.rules);
    // What a client sends for a member that is read-only is ignored.
    let body = body.filter(|rule| !rule.read_only || rule.default.is_some());
    let named = body
        .chain(&route.query)
        .chain(&route.cookies)
        .map(|rule| rule.name.as_str());
    let mut all: Vec<&str> = route.path_parameters().chain(named).collect();
    all.extend(route.list.parameters());
    all.extend(ALWAYS);
    all
}

/// Whether a row of these statements may have a column of this name. What a statement gives is
/// known for certain only once it runs; but a name that stands nowhere in its text is not in its row.
fn gives(statements: &[At<StatementSpec>], name: &str) -> bool {
    let mut texts = statements.iter().map(|(statement, _)| statement);
    texts.any(|statement| statement.gives_rows() && has_word(statement.sql.as_str(), name))
}

/// Whether a name stands in a statement, or all columns do.
fn has_word(sql: &str, name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let mut words = sql.split(|c| !word(c));
    sql.contains('*') || words.any(|word| word.eq_ignore_ascii_case(name))
}

/// Names of the values that an element of a list in the body supplies.
fn elements<'a>(
    fields: &Fields<'_, '_>,
    route: &'a RouteSpec,
    list: &'a str,
    at: Range<usize>,
) -> Vec<&'a str> {
    let rules = || route.body.iter().flat_map(|body| &body.rules);
    let Some(rule) = rules().find(|rule| rule.name == list) else {
        let problem = Problem::new(format!(
            "`for` wants a list of the body, and it has no `{list}`"
        ));
        let lists = rules().filter(|rule| rule.kind == Kind::Array);
        let near = nearest(list, lists.map(|rule| rule.name.as_str()));
        fields.fault(at, problem.hint(match near {
            Some(near) => format!("Did you mean `{near}`?"),
            None => format!(
                "For example body = {{ {list} = {{ type = \"array\", items = {{ type = \"object\", members = {{ … }} }} }} }}."
            ),
        }));
        return Vec::new();
    };
    if rule.kind != Kind::Array {
        let problem = Problem::new(format!("`for` wants a list, and `{list}` is {}", rule.kind));
        fields.fault(at, problem.hint("A list has type = \"array\"."));
    }
    let members = rule.items.iter().flat_map(|items| &items.members);
    members.map(|member: &Rule| member.name.as_str()).collect()
}

/// `$set` is made of the body's members.
fn check_set(
    fields: &Fields<'_, '_>,
    route: &RouteSpec,
    statement: &StatementSpec,
    at: Range<usize>,
) {
    let problem = match &route.body {
        None => Problem::new("`$set` is the members of the body, and this route reads none")
            .hint("Give it rules: body = { title = { type = \"string\", required = false } }."),
        Some(body) if body.rules.iter().all(|rule| rule.read_only) && !body.mass_assignment => {
            Problem::new("`$set` is the members of the body, and a client may set none of them")
                .hint("Give `body` a rule that is not read_only.")
        }
        Some(_) if statement.each_of.is_some() => {
            Problem::new("`$set` is of the body as a whole, not of the elements of a list")
                .hint("Write the columns out: SET quantity = $quantity.")
        }
        Some(_) => return,
    };
    fields.fault(at, problem);
}

/// Notes that nothing supplies `name`, unless something does; `written` is how the text has it.
fn check(
    fields: &Fields<'_, '_>,
    known: &[&str],
    name: &str,
    written: impl Fn(&str) -> String,
    at: Range<usize>,
) {
    if known.contains(&name) {
        return;
    }
    let problem = Problem::new(format!("nothing supplies `{}`", written(name)));
    let hint = match nearest(name, known.iter().copied()) {
        Some(near) => format!("Did you mean `{}`?", written(near)),
        None => {
            format!("Put {{{name}}} in the path, or a rule for `{name}` in `query` or `body`.")
        }
    };
    fields.fault(at, problem.hint(hint));
}

fn dollar(name: &str) -> String {
    format!("${name}")
}

fn braces(name: &str) -> String {
    format!("{{{name}}}")
}
