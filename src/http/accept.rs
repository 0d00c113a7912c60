//! What a client accepts: `Accept`, `Accept-Language` and `Accept-Encoding` (RFC 9110 §12.5).

use ::http::header::{ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, HeaderMap, HeaderName};

use super::cache::directives::split_outside_quotes;

/// Something a client accepts, and how much it likes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preference {
    /// What: a media range, a language range, a coding; as it was written.
    pub what: String,
    /// Its parameters, in lower case; of media ranges only.
    pub params: Vec<(String, String)>,
    /// How much, in thousandths: 1,000 is most, 0 is not at all (RFC 9110 §12.4.2).
    pub weight: u16,
}

impl Preference {
    /// As a client would write it: `text/csv;q=0.9`.
    pub fn words(&self) -> String {
        let mut words = self.what.clone();
        for (name, value) in &self.params {
            words.push_str(&format!(";{name}={value}"));
        }
        if self.weight < 1_000 {
            words.push_str(&format!(";q={}", f32::from(self.weight) / 1_000.0));
        }
        words
    }
}

/// The preferences of one field's value. An element whose weight cannot be read is left out.
pub fn preferences(value: &str) -> Vec<Preference> {
    let mut found = Vec::new();
    for element in split_outside_quotes(value, ',') {
        let mut parts = split_outside_quotes(element, ';').into_iter();
        let what = parts.next().unwrap_or_default().trim();
        let mut params = Vec::new();
        let mut weight = Some(1_000);
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
            if name == "q" {
                weight = thousandths(value);
                break;
            }
            let value = value.trim_matches('"').to_ascii_lowercase();
            params.push((name, value));
        }
        if let (false, Some(weight)) = (what.is_empty(), weight) {
            found.push(Preference {
                what: what.to_owned(),
                params,
                weight,
            });
        }
    }
    found
}

/// `0.9` as 900; at most three digits after the point.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 3 || !part.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let part: u16 = format!("{part:0<3}").parse().ok()?;
    match (whole, part) {
        ("0", part) => Some(part),
        ("1", 0) => Some(1_000),
        _ => None,
    }
}

/// What a request says in a field, all its lines together; `None` if it has no such field.
fn said(headers: &HeaderMap, name: HeaderName) -> Option<Vec<Preference>> {
    let lines = headers.get_all(name).into_iter();
    let lines: Vec<&str> = lines.filter_map(|line| line.to_str().ok()).collect();
    if lines.is_empty() {
        return None;
    }
    Some(lines.iter().flat_map(|line| preferences(line)).collect())
}

/// What was chosen, and the preference that chose it, if there was one.
pub type Choice = (usize, Option<Preference>);

/// The media type a client likes best of those offered, the first of equals; `None` if it accepts
/// none. Without `Accept` it takes anything (RFC 9110 §12.5.1).
pub fn media_type<'o>(
    headers: &HeaderMap,
    offered: impl Iterator<Item = &'o str>,
) -> Option<Choice> {
    let Some(wanted) = said(headers, ACCEPT).filter(|wanted| !wanted.is_empty()) else {
        return Some((0, None));
    };
    let mut best: Option<(usize, &Preference)> = None;
    for (at, media_type) in offered.enumerate() {
        if let Some(range) = applying(&wanted, media_type)
            && range.weight > best.map_or(0, |(_, best)| best.weight)
        {
            best = Some((at, range));
        }
    }
    best.map(|(at, range)| (at, Some(range.clone())))
}

/// The media range that speaks of a media type: the most specific one has precedence
/// (RFC 9110 §12.5.1).
pub fn applying<'p>(wanted: &'p [Preference], media_type: &str) -> Option<&'p Preference> {
    let offered = preferences(media_type).into_iter().next()?;
    let (kind, subkind) = offered.what.split_once('/')?;
    let precision = |range: &Preference| {
        let (own_kind, own_subkind) = range.what.split_once('/')?;
        let kinds = (
            own_kind.eq_ignore_ascii_case(kind),
            own_subkind.eq_ignore_ascii_case(subkind),
        );
        let has = |param| offered.params.contains(param);
        match kinds {
            (true, true) if range.params.iter().all(has) => Some(2 + range.params.len()),
            (true, _) if own_subkind == "*" => Some(1),
            _ if range.what == "*/*" => Some(0),
            _ => None,
        }
    };
    let ranked = wanted
        .iter()
        .filter_map(|range| Some((precision(range)?, range)));
    // Of equals the first.
    ranked
        .rev()
        .max_by_key(|(rank, _)| *rank)
        .map(|(_, range)| range)
}

/// The language a client likes best of those offered, by lookup: a range is shortened from its end
/// until something fits, so that `de-AT` finds `de` (RFC 4647 §3.4). `None` if nothing does.
pub fn language(headers: &HeaderMap, offered: &[String]) -> Option<Choice> {
    let mut wanted = said(headers, ACCEPT_LANGUAGE)?;
    wanted.sort_by_key(|range| std::cmp::Reverse(range.weight));
    let refused = |tag: &String| {
        let none = |range: &&Preference| range.weight == 0;
        let mut refused = wanted.iter().filter(none);
        refused.any(|range| range.what.eq_ignore_ascii_case(tag))
    };
    for range in wanted.iter().filter(|range| range.weight > 0) {
        let mut tag = range.what.as_str();
        loop {
            let fits = |own: &String| own.eq_ignore_ascii_case(tag) && !refused(own);
            if let Some(at) = offered.iter().position(fits) {
                return Some((at, Some(range.clone())));
            }
            let Some((shorter, _)) = tag.rsplit_once('-') else {
                break;
            };
            // A single letter begins an extension, and goes with what it begins.
            tag = match shorter.rsplit_once('-') {
                Some((before, single)) if single.len() == 1 => before,
                _ => shorter,
            };
        }
    }
    None
}

/// Whether a client accepts gzip, and likes it no less than no coding at all; with what said so
/// (RFC 9110 §12.5.3).
pub fn gzip(headers: &HeaderMap) -> Option<Preference> {
    let wanted = said(headers, ACCEPT_ENCODING)?;
    let find = |names: &[&str]| {
        let named =
            |one: &&Preference| names.iter().any(|name| one.what.eq_ignore_ascii_case(name));
        wanted.iter().find(named)
    };
    let gzip = find(&["gzip", "x-gzip"]).or_else(|| find(&["*"]))?;
    let identity = find(&["identity"]).map_or(0, |identity| identity.weight);
    (gzip.weight > 0 && gzip.weight >= identity).then(|| gzip.clone())
}
