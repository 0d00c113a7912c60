//! Versions: `[versions]`, and a route's `version`, `deprecated`, `sunset` and `successor`.

use ::http::HeaderName;
use chrono::NaiveDateTime;

use super::read_moment;
use crate::problem::Problem;
use crate::toml_read::{Fields, Reader};

/// How a client says which version it wants.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionsSpec {
    /// Where it says so.
    pub by: VersionBy,
    /// The version if it does not.
    pub default: Option<String>,
}

/// Where a client says which version it wants.
#[derive(Debug, Clone, PartialEq)]
pub enum VersionBy {
    /// In a field of this name.
    Header(String),
    /// In the media type it accepts: what stands before and after the version.
    MediaType(String, String),
    /// In a query parameter of this name.
    Query(String),
}

impl VersionBy {
    /// Whether media types tell it.
    pub fn is_media_type(&self) -> bool {
        matches!(self, Self::MediaType(..))
    }

    /// The media type of a version, if versions are told by it.
    pub fn media_type(&self, version: &str) -> Option<String> {
        match self {
            Self::MediaType(before, after) => Some(format!("{before}{version}{after}")),
            Self::Header(_) | Self::Query(_) => None,
        }
    }
}

impl VersionsSpec {
    /// Reads `[versions]`.
    pub fn read(reader: &Reader<'_>, fields: &Fields<'_, '_>) -> Option<Self> {
        let (table, at) = fields.table("versions")?;
        let fields = Fields::new(reader, table, "[versions]");
        let by = fields.string("by");
        let name = fields.string("name");
        let default = fields.string("default").map(|(version, _)| version);
        fields.finish();
        let Some((by, by_at)) = by else {
            if table.get("by").is_none() {
                let problem = Problem::new("`[versions]` says how a client tells its version")
                    .hint("Write by = \"header\", \"media-type\" or \"query\".");
                reader.fault(at, problem);
            }
            return None;
        };
        let (name, name_at) = name.unwrap_or_else(|| {
            let usual = if by == "query" {
                "version"
            } else {
                "API-Version"
            };
            (usual.to_owned(), at)
        });
        let fault = |message: &str, hint: &str| {
            reader.fault(name_at.clone(), Problem::new(message).hint(hint));
        };
        let by = match by.as_str() {
            "header" => {
                if HeaderName::from_bytes(name.as_bytes()).is_err() {
                    fault(
                        "`name` cannot be the name of a field",
                        "For example name = \"API-Version\".",
                    );
                }
                VersionBy::Header(name)
            }
            "media-type" => match name.split_once("{version}") {
                Some((before, after)) if before.contains('/') && name.ends_with("+json") => {
                    VersionBy::MediaType(before.to_owned(), after.to_owned())
                }
                _ => {
                    fault(
                        "`name` must be a JSON media type with {version} in it",
                        "For example name = \"application/vnd.bookshop.v{version}+json\".",
                    );
                    return None;
                }
            },
            "query" => VersionBy::Query(name),
            _ => {
                let problem = Problem::new(format!("a version is not told by `{by}`"))
                    .hint("It is told by \"header\", \"media-type\" or \"query\"; in a path it is just a path.");
                reader.fault(by_at, problem);
                return None;
            }
        };
        Some(Self { by, default })
    }
}

/// Which version of an interface a route is, and how long it lives.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LifeSpec {
    /// The version; `None` is any that has no route of its own.
    pub version: Option<String>,
    /// Since when it should not be used any more (RFC 9745), UTC.
    pub deprecated: Option<NaiveDateTime>,
    /// From when it answers no more (RFC 8594), UTC.
    pub sunset: Option<NaiveDateTime>,
    /// The address of what comes after it (RFC 5829 §3).
    pub successor: Option<String>,
}

impl LifeSpec {
    /// Reads the keys of a route; `has_versions` is whether the world has `[versions]`.
    pub fn read(fields: &Fields<'_, '_>, has_versions: bool) -> Self {
        let version = fields.string("version").and_then(|(version, at)| {
            let problem = if !has_versions {
                Problem::new("nothing says how a client asks for a version").hint(
                    "Add [versions] with by = \"header\", name = \"API-Version\", default = \"1\".",
                )
            } else if version.is_empty() || !version.bytes().all(|c| c.is_ascii_graphic()) {
                Problem::new("a version is a word without spaces")
                    .hint("For example version = \"2\".")
            } else {
                return Some(version);
            };
            fields.fault(at, problem);
            None
        });
        let deprecated = read_moment(fields, "deprecated");
        let sunset = read_moment(fields, "sunset");
        if let (Some((deprecated, _)), Some((sunset, at))) = (&deprecated, &sunset)
            && sunset < deprecated
        {
            let problem = Problem::new("`sunset` comes before `deprecated`")
                .hint("What ends is deprecated first (RFC 9745 §4).");
            fields.fault(at.clone(), problem);
        }
        let successor = fields.string("successor").map(|(address, at)| {
            let sendable = ::http::HeaderValue::from_str(&address).is_ok();
            if !sendable || address.is_empty() || address.contains(['<', '>', ' ']) {
                let problem = Problem::new("`successor` must be an address")
                    .hint("For example successor = \"/v2/books\".");
                fields.fault(at, problem);
            }
            address
        });
        Self {
            version,
            deprecated: deprecated.map(|(moment, _)| moment),
            sunset: sunset.map(|(moment, _)| moment),
            successor,
        }
    }
}
