//! How a route changes what GET of its path gives: by a patch, under conditions, once.

use toml::Spanned;
use toml::de::DeTable;

use super::{EtagMode, RouteSpec};
use crate::problem::Problem;
use crate::toml_read::{Fields, Reader};

/// How a route changes what GET of its path gives.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChangeSpec {
    /// The kinds of patch it takes; none if it takes no patch.
    pub patch: Vec<PatchKind>,
    /// Whether a request without `If-Match` is refused (RFC 6585 §3).
    pub require_match: bool,
    /// Whether it also makes what is not there, which is 201 then.
    pub creates: bool,
    /// Whether an `Idempotency-Key` is asked for.
    pub idempotency: Idempotency,
}

/// A kind of patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchKind {
    /// JSON Merge Patch (RFC 7396).
    Merge,
    /// JSON Patch (RFC 6902).
    Json,
}

impl PatchKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Merge, Self::Json];

    /// The name used in `world.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Json => "json-patch",
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Merge => "application/merge-patch+json",
            Self::Json => "application/json-patch+json",
        }
    }
}

/// Whether an `Idempotency-Key` is asked for (draft-ietf-httpapi-idempotency-key-header).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Idempotency {
    /// It means nothing here.
    #[default]
    None,
    /// It counts if it is there.
    Optional,
    /// It must be there.
    Required,
}

impl ChangeSpec {
    /// Reads `patch`, `require_match`, `creates` and `idempotency` of a route.
    pub fn read(route: &Fields<'_, '_>) -> Self {
        Self {
            patch: read_patch(route),
            require_match: route.boolean("require_match").unwrap_or(false),
            creates: route.boolean("creates").unwrap_or(false),
            idempotency: read_idempotency(route),
        }
    }

    /// The value of `Accept-Patch` (RFC 5789 §3.1), if it takes patches.
    pub fn accept_patch(&self) -> Option<String> {
        let types: Vec<&str> = self.patch.iter().map(|kind| kind.media_type()).collect();
        (!types.is_empty()).then(|| types.join(", "))
    }
}

fn read_patch(route: &Fields<'_, '_>) -> Vec<PatchKind> {
    let mut kinds = Vec::new();
    for (name, at) in route.strings("patch") {
        match PatchKind::ALL.into_iter().find(|kind| kind.name() == name) {
            Some(kind) => kinds.push(kind),
            None => {
                let problem = Problem::new(format!("there is no patch `{name}`"))
                    .hint("There are \"merge\" (RFC 7396) and \"json-patch\" (RFC 6902).");
                route.fault(at, problem);
            }
        }
    }
    kinds
}

fn read_idempotency(route: &Fields<'_, '_>) -> Idempotency {
    match route.string("idempotency") {
        None => Idempotency::None,
        Some((text, _)) if text == "optional" => Idempotency::Optional,
        Some((text, _)) if text == "required" => Idempotency::Required,
        Some((_, at)) => {
            let problem = Problem::new("`idempotency` is \"optional\" or \"required\"");
            route.fault(at, problem);
            Idempotency::None
        }
    }
}

/// Checks what a route says about its changes against its method and against GET of the same path,
/// `current`; `table` is its text.
pub fn check(
    reader: &Reader<'_>,
    table: &DeTable<'_>,
    route: &RouteSpec,
    current: Option<&RouteSpec>,
) {
    let fault = |key: &str, problem: Problem| {
        let at = table.get(key).map_or(0..0, Spanned::span);
        reader.fault(at, problem);
    };
    let change = &route.change;
    let wants = |key: &str, why: &str| {
        let path = &route.path;
        Problem::new(format!("`{key}` {why}, and there is no GET {path}")).hint(format!(
            "Add a route with method = \"GET\" and path = \"{path}\"."
        ))
    };
    if !change.patch.is_empty() {
        if route.method != "PATCH" {
            let problem = Problem::new(format!(
                "`patch` is for PATCH, and this is {}",
                route.method
            ));
            fault("patch", problem.hint("PUT and POST take a whole `body`."));
        }
        if route.body.is_none() {
            let problem =
                Problem::new("what a patch makes is checked by `body`, and there is none");
            fault(
                "patch",
                problem.hint("Give it rules: body = { title = { type = \"string\" } }."),
            );
        }
        match current {
            None => fault("patch", wants("patch", "changes what GET gives")),
            Some(current) if !current.one => {
                let problem =
                    Problem::new("a patch changes one row, and GET of this path gives a list");
                fault("patch", problem.hint("Give that route one = true."));
            }
            Some(_) => {}
        }
    }
    if change.require_match {
        match current.map(|current| current.etag) {
            None => fault(
                "require_match",
                wants("require_match", "wants the ETag that GET gives"),
            ),
            Some(EtagMode::None) => {
                let problem = Problem::new(
                    "`require_match` wants the ETag that GET gives, and it gives none",
                );
                fault(
                    "require_match",
                    problem.hint("Give GET of this path etag = \"strong\"."),
                );
            }
            Some(EtagMode::Weak) => {
                let problem =
                    Problem::new("If-Match compares strongly, so a weak ETag never matches");
                let hint = "Give GET of this path etag = \"strong\" (RFC 9110 §8.8.3.2).";
                fault("require_match", problem.hint(hint));
            }
            Some(EtagMode::Strong) => {}
        }
    }
    if change.creates {
        if route.method != "PUT" {
            let problem = Problem::new(format!(
                "`creates` is for PUT, and this is {}",
                route.method
            ));
            fault(
                "creates",
                problem.hint("A POST that creates has status = 201."),
            );
        }
        if current.is_none() {
            fault(
                "creates",
                wants("creates", "asks GET whether it is there already"),
            );
        }
    }
    if change.idempotency != Idempotency::None && ["GET", "HEAD"].contains(&route.method.as_str()) {
        let problem = Problem::new(format!(
            "{} changes nothing, however often it comes",
            route.method
        ));
        fault(
            "idempotency",
            problem.hint("An Idempotency-Key is for POST and PATCH (RFC 9110 §9.2.2)."),
        );
    }
}
