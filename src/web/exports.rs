//! The API of a lab for other tools, as far as the page asked for it.

use crate::protocol::{Call, Export, Format, Stack};

/// What can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The whole API in a format.
    Whole(Format),
    /// A route (`GET /books/{id}`) as code of a framework.
    Code(String, Stack),
}

impl Wanted {
    /// The framework whose template it takes.
    pub fn stack(&self) -> Option<Stack> {
        match self {
            Self::Whole(_) => None,
            Self::Code(_, stack) => Some(*stack),
        }
    }

    /// The question to the worker, with the framework's template.
    pub fn call(&self, template: &str) -> Call {
        match self {
            Self::Whole(format) => Call::Export { format: *format },
            Self::Code(route, _) => Call::Code {
                route: route.clone(),
                template: template.to_owned(),
            },
        }
    }
}

/// What was asked for, and what came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// What was asked for.
    pub wanted: Wanted,
    /// The file.
    pub export: Export,
}

/// A request that tries a route (`GET /books/{id}`), as `.http` text: 1 in place of what its path
/// leaves open, and an empty object where it takes a body.
pub fn attempt(route: &str) -> String {
    let (method, path) = route.split_once(' ').unwrap_or(("GET", route));
    let segments = path
        .split('/')
        .map(|segment| match segment.starts_with('{') {
            true => "1",
            false => segment,
        });
    let path = segments.collect::<Vec<_>>().join("/");
    match method {
        "POST" | "PUT" | "PATCH" => {
            format!("{method} {path}\nContent-Type: application/json\n\n{{}}\n")
        }
        _ => format!("{method} {path}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_tried_by_a_request_of_its_shape() {
        assert_eq!(attempt("GET /books/{id}/reviews"), "GET /books/1/reviews\n");
        assert_eq!(attempt("DELETE /files/{*rest}"), "DELETE /files/1\n");
        assert_eq!(
            attempt("POST /books"),
            "POST /books\nContent-Type: application/json\n\n{}\n"
        );
    }
}
