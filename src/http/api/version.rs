//! Which of several routes with one method and path: the version a client asks for.

use ::http::StatusCode;
use ::http::header::ACCEPT;
use serde_json::json;

use super::router::Entry;
use super::serve::negotiate::vary;
use super::serve::{Judged, refused};
use super::spec::WorldSpec;
use super::spec::version::{VersionBy, VersionsSpec};
use crate::http::accept;
use crate::http::parse::text_of;
use crate::http::reply::problem;
use crate::http::stack::Cx;
use crate::http::{Request, Response};

/// The versions of a world.
#[derive(Debug, Clone)]
pub struct Versions {
    spec: VersionsSpec,
    /// All there are.
    known: Vec<String>,
}

/// The route a request is for, and why.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Picked {
    /// Its number.
    pub number: usize,
    /// The version asked for, if the world has versions.
    pub version: Option<String>,
    /// The media type that told the version.
    pub media_type: Option<String>,
    /// The field the choice depends on.
    pub depends_on: Option<String>,
    /// What was made of it, for the trace.
    pub fact: Option<String>,
}

/// Why no route is for a request: the version it asks for is not there.
#[derive(Debug, Clone, PartialEq)]
pub struct NoVersion {
    /// What is wrong, and what there is.
    detail: String,
    /// The media types there are, where they tell the version; else the versions.
    offered: Vec<String>,
    by_media_type: bool,
}

impl NoVersion {
    /// The 400 or 406 that lists what there is.
    pub fn answer(self, cx: &Cx) -> Judged {
        let (status, name, standard) = match self.by_media_type {
            true => (StatusCode::NOT_ACCEPTABLE, "offered", "RFC 9110 §15.5.7"),
            false => (StatusCode::BAD_REQUEST, "versions", "RFC 9110 §15.5.1"),
        };
        let mut response = problem(cx, status, &self.detail, &[(name, json!(self.offered))]);
        if self.by_media_type {
            vary(&mut response, "Accept");
        }
        (response, refused(status, self.detail, standard))
    }
}

impl Picked {
    /// The only route there is, of no version.
    pub fn only(number: usize) -> Self {
        Self {
            number,
            ..Self::default()
        }
    }

    /// Names the field the choice depended on (RFC 9110 §12.5.5).
    pub fn mark(&self, response: &mut Response) {
        if let Some(name) = &self.depends_on {
            vary(response, name);
        }
    }
}

impl Versions {
    /// The versions of a world; `None` if it has none.
    pub fn new(spec: &WorldSpec) -> Option<Self> {
        let versions = spec.versions.clone()?;
        let own = spec
            .routes
            .iter()
            .filter_map(|route| route.life.version.clone());
        let mut known: Vec<String> = own.chain(versions.default.clone()).collect();
        known.sort();
        known.dedup();
        Some(Self {
            spec: versions,
            known,
        })
    }

    /// Picks one of the routes with a request's method and path.
    ///
    /// # Errors
    /// The version it asks for is not there.
    pub fn pick(&self, request: &Request, entries: &[Entry]) -> Result<Picked, NoVersion> {
        let has_versions = entries.iter().any(|entry| entry.version.is_some());
        let (said, field) = match &self.spec.by {
            VersionBy::MediaType(..) if has_versions => {
                return self.pick_by_media_type(request, entries);
            }
            VersionBy::MediaType(..) => (None, None),
            VersionBy::Header(name) => {
                let said = request.headers().get(name.as_str()).map(text_of);
                (said, Some(name.as_str()))
            }
            VersionBy::Query(name) => {
                let query = request.uri().query().unwrap_or_default();
                let mut pairs = form_urlencoded::parse(query.as_bytes());
                let said = pairs.find(|(own, _)| own == name);
                (said.map(|(_, value)| value.into_owned()), None)
            }
        };
        let said = said.map(|said| said.trim().to_owned());
        let wanted = said.as_ref().or(self.spec.default.as_ref());
        let is_known = wanted.is_none_or(|wanted| self.known.contains(wanted));
        let exact = entries
            .iter()
            .find(|entry| entry.version.as_ref() == wanted);
        let any = entries.iter().find(|entry| entry.version.is_none());
        let Some(entry) = exact.or(any).filter(|_| is_known) else {
            return Err(self.unknown(wanted, entries));
        };
        Ok(Picked {
            number: entry.number,
            version: wanted.cloned(),
            media_type: None,
            depends_on: field.filter(|_| has_versions).map(str::to_owned),
            fact: wanted.map(|wanted| match said {
                Some(_) => format!("{wanted}, as asked for in {}", self.place()),
                None => format!("{wanted}, the default"),
            }),
        })
    }

    /// By `Accept`: the media type of a version, or a plain one for the default.
    fn pick_by_media_type(
        &self,
        request: &Request,
        entries: &[Entry],
    ) -> Result<Picked, NoVersion> {
        let default = self.spec.default.as_ref();
        let usual = entries
            .iter()
            .find(|entry| entry.version.is_some() && entry.version.as_ref() == default)
            .or_else(|| entries.iter().find(|entry| entry.version.is_none()));
        let mut offered: Vec<(String, &Entry)> = Vec::new();
        if let Some(entry) = usual {
            let plain = entry.media_types.iter();
            offered.extend(plain.map(|name| (name.clone(), entry)));
        }
        let plain = offered.len();
        let others = entries.iter().filter(|entry| Some(*entry) != usual);
        for entry in usual.into_iter().chain(others) {
            let version = entry.version.as_ref();
            let name = version.and_then(|version| self.spec.by.media_type(version));
            offered.extend(name.map(|name| (name, entry)));
        }
        let names = offered.iter().map(|(name, _)| name.as_str());
        let Some((at, range)) = accept::media_type(request.headers(), names) else {
            let wanted = request
                .headers()
                .get(ACCEPT)
                .map_or_else(String::new, text_of);
            let names: Vec<String> = offered.into_iter().map(|(name, _)| name).collect();
            let there = names.join(", ");
            return Err(NoVersion {
                detail: format!("Accept: {wanted} takes none of what there is: {there}."),
                offered: names,
                by_media_type: true,
            });
        };
        let Some((name, entry)) = offered.get(at) else {
            return Err(self.unknown(default, entries));
        };
        let version = entry.version.clone().or_else(|| default.cloned());
        let wanted = range.map_or("nothing that decides".to_owned(), |range| range.words());
        Ok(Picked {
            number: entry.number,
            fact: version
                .as_ref()
                .map(|version| format!("{version}: Accept: {wanted} → {name}")),
            version,
            media_type: (at >= plain).then(|| name.clone()),
            depends_on: Some("Accept".to_owned()),
        })
    }

    /// Where a client says the version.
    fn place(&self) -> String {
        match &self.spec.by {
            VersionBy::Header(name) => format!("the field {name}"),
            VersionBy::Query(name) => format!("the query parameter {name}"),
            VersionBy::MediaType(before, after) => format!("Accept: {before}…{after}"),
        }
    }

    fn unknown(&self, wanted: Option<&String>, entries: &[Entry]) -> NoVersion {
        let own = entries.iter().filter_map(|entry| entry.version.clone());
        let mut there: Vec<String> = own.collect();
        if there.is_empty() {
            there.clone_from(&self.known);
        }
        let which = match wanted {
            Some(wanted) => format!("There is no version {wanted} of this"),
            None => "Nothing says which version is wanted".to_owned(),
        };
        let (all, place) = (there.join(", "), self.place());
        NoVersion {
            detail: format!("{which}; say one of {all} in {place}."),
            offered: there,
            by_media_type: false,
        }
    }
}
