//! Fields with a structure of their own.

use super::Part;
use super::caching::span;
use super::split::{list, pair, parameters};
use crate::web::moment;
use crate::web::widgets::format::{count, grouped};

type Words = &'static [(&'static str, &'static str)];

fn say(words: Words, name: &str) -> Option<&'static str> {
    let found = words
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, says)| *says)
}

fn one(name: &str, value: &str, says: impl Into<String>) -> Vec<Part> {
    vec![Part::new(name, value, says)]
}

/// A number of seconds.
pub fn seconds(value: &str) -> Vec<Part> {
    match value.parse() {
        Ok(seconds) if seconds >= 60 => {
            one("seconds", value, format!("That is {}.", span(seconds)))
        }
        _ => Vec::new(),
    }
}

/// A date (RFC 9110 §5.6.7).
pub fn date(value: &str, now: Option<i64>) -> Vec<Part> {
    let Some(at) = moment::of_http_date(value) else {
        let says = "No date: caches take it for one in the past.";
        return if value == "0" {
            one("0", "", says)
        } else {
            Vec::new()
        };
    };
    moment_of("moment", at, now)
}

fn moment_of(name: &str, at: i64, now: Option<i64>) -> Vec<Part> {
    let distance = now.map(|now| format!("By the lab’s clock: {}.", moment::from_now(at, now)));
    one(name, &moment::words(at), distance.unwrap_or_default())
}

/// `Deprecation` (RFC 9745 §2): a moment as `@` and seconds since 1970.
pub fn deprecation(value: &str, now: Option<i64>) -> Vec<Part> {
    match value.strip_prefix('@').and_then(|at| at.parse().ok()) {
        Some(at) => moment_of("since", at, now),
        None => Vec::new(),
    }
}

/// `Retry-After` (RFC 9110 §10.2.3).
pub fn retry_after(value: &str, now: Option<i64>) -> Vec<Part> {
    match value.parse() {
        Ok(seconds) => one("seconds", value, format!("Come back in {}.", span(seconds))),
        Err(_) => date(value, now),
    }
}

/// `Range` (RFC 9110 §14.2).
pub fn range(value: &str) -> Vec<Part> {
    let (unit, ranges) = pair(value);
    let part = |range: &str| {
        let says = match range.split_once('-') {
            Some(("", last)) => format!("The last {last} {unit}."),
            Some((first, "")) => format!("From {unit} {first} to the end. The first is 0."),
            Some((first, last)) => {
                format!("{unit} {first} to {last}, both included. The first is 0.")
            }
            None => String::new(),
        };
        Part::new(unit, range, says)
    };
    list(&ranges).into_iter().map(part).collect()
}

/// `Content-Range` (RFC 9110 §14.4).
pub fn content_range(value: &str) -> Vec<Part> {
    let Some((unit, range)) = value.split_once(' ') else {
        return Vec::new();
    };
    let (range, whole) = range.split_once('/').unwrap_or((range, "*"));
    let number = |text: &str| text.parse::<u64>().ok();
    let mut parts = Vec::new();
    match range.split_once('-') {
        Some((first, last)) => {
            let length = number(first)
                .zip(number(last))
                .map(|(first, last)| last.saturating_sub(first).saturating_add(1));
            let says =
                length.map(|length| format!("{} of them, both ends included.", grouped(length)));
            parts.push(Part::new(unit, range, says.unwrap_or_default()));
        }
        None => parts.push(Part::new(
            unit,
            range,
            "Nothing of it is sent: the wanted part does not exist.",
        )),
    }
    let says = match number(whole) {
        Some(whole) => format!("The whole has {}.", grouped(whole)),
        None => "How long the whole is, is not known.".to_owned(),
    };
    parts.push(Part::new("whole", whole, says));
    parts
}

/// `Accept-Ranges` (RFC 9110 §14.3).
pub fn accept_ranges(value: &str) -> Vec<Part> {
    match value {
        "bytes" => one(value, "", "Range: bytes=… gets a part."),
        "none" => one(value, "", "Only the whole can be had."),
        _ => Vec::new(),
    }
}

const MEDIA: Words = &[
    ("application/json", "JSON (RFC 8259)."),
    (
        "application/problem+json",
        "A problem told in JSON, the same way everywhere (RFC 9457).",
    ),
    ("application/hal+json", "JSON with links in _links (HAL)."),
    (
        "application/merge-patch+json",
        "Only what is to change; null takes away (RFC 7396).",
    ),
    (
        "application/json-patch+json",
        "A list of changes, done all or none (RFC 6902).",
    ),
    (
        "application/x-www-form-urlencoded",
        "Fields of a form: name=value&name=value.",
    ),
    ("text/csv", "Rows with commas between (RFC 4180)."),
    ("text/plain", "Text."),
    ("text/html", "A page."),
    ("charset", "How letters are written as bytes."),
    ("version", "The version of the format."),
    ("q", "How much it is wanted, from 0 to 1."),
];

/// `Content-Type` (RFC 9110 §8.3).
pub fn media_type(value: &str) -> Vec<Part> {
    let mut pieces = parameters(value).into_iter();
    let Some(media) = pieces.next() else {
        return Vec::new();
    };
    let mut parts = one(media, "", say(MEDIA, media).unwrap_or_default());
    parts.extend(pieces.map(|piece| {
        let (name, value) = pair(piece);
        Part::new(name, value, say(MEDIA, name).unwrap_or_default())
    }));
    parts
}

/// A whole weight, in thousandths.
const WHOLE: u32 = 1_000;

/// A weight in thousandths, which is as fine as it may be (RFC 9110 §12.4.2). Reading it as a
/// floating-point number would bring a table of 10 kB into the page.
fn thousandths(text: &str) -> Option<u32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    let part = digits.then(|| format!("{part:0<3}"))?.parse::<u32>().ok()?;
    let weight = whole.parse::<u32>().ok()?.checked_mul(WHOLE)? + part;
    (weight <= WHOLE).then_some(weight)
}

/// Wishes with weights (RFC 9110 §12.4.2), best first.
pub fn wishes(value: &str) -> Vec<Part> {
    let weight = |pieces: &[&str]| {
        let mut weights = pieces
            .iter()
            .filter_map(|piece| thousandths(piece.trim().strip_prefix("q=")?));
        weights.next_back().unwrap_or(WHOLE)
    };
    let mut all: Vec<(u32, &str)> = Vec::new();
    for member in list(value) {
        let pieces = parameters(member);
        all.push((weight(&pieces), pieces.first().copied().unwrap_or_default()));
    }
    if all.len() < 2 && all.iter().all(|(weight, _)| *weight == WHOLE) {
        return Vec::new();
    }
    all.sort_by(|(one, _), (other, _)| other.cmp(one));
    let best = all.first().map_or(WHOLE, |(weight, _)| *weight);
    let part = |(weight, wish): (u32, &str)| {
        let says = if weight == 0 {
            "Not at all."
        } else if weight == best {
            "Best."
        } else {
            "If nothing better can be had."
        };
        let text = match weight {
            WHOLE => "q=1".to_owned(),
            0 => "q=0".to_owned(),
            part => format!("q=0.{}", format!("{part:03}").trim_end_matches('0')),
        };
        Part::new(wish, text, says)
    };
    all.into_iter().map(part).collect()
}

const METHODS: Words = &[
    ("GET", "Read. Changes nothing."),
    ("HEAD", "As GET, without the body."),
    ("POST", "Add, or have something done. Twice may be twice."),
    ("PUT", "Put this in its place. Twice is as good as once."),
    ("PATCH", "Change a part."),
    ("DELETE", "Take away. Twice is as good as once."),
    ("OPTIONS", "Ask what can be done."),
];

/// A list of methods (RFC 9110 §9).
pub fn methods(value: &str) -> Vec<Part> {
    let part = |method: &str| Part::new(method, "", say(METHODS, method).unwrap_or_default());
    list(value).into_iter().map(part).collect()
}

/// Relations of the IANA registry (RFC 8288 §2.1).
const RELATIONS: Words = &[
    ("self", "This very thing."),
    ("next", "The page after this one."),
    ("prev", "The page before this one."),
    ("first", "The first page."),
    ("last", "The last page."),
    ("collection", "The list it is in."),
    ("item", "One of its members."),
    ("up", "What it belongs to."),
    ("canonical", "The address to prefer."),
    ("alternate", "The same in another form."),
    ("describedby", "What describes it."),
    ("service-desc", "The API, described for programs."),
    ("service-doc", "The API, described for people."),
    ("successor-version", "The version that takes its place."),
    ("latest-version", "The newest version."),
    ("deprecation", "Why and when it goes."),
    ("sunset", "What happens when it is gone."),
    ("author", "Who wrote it."),
    ("edit", "Where to change it."),
];

/// `Link` (RFC 8288 §3).
pub fn links(value: &str) -> Vec<Part> {
    let part = |link: &str| {
        let pieces = parameters(link);
        let target = pieces.first().copied().unwrap_or_default();
        let target = target.trim_start_matches('<').trim_end_matches('>');
        let mut pairs = pieces.iter().skip(1).map(|piece| pair(piece));
        let (_, relation) = pairs.find(|(name, _)| *name == "rel").unwrap_or_default();
        let says = say(RELATIONS, &relation).unwrap_or_default();
        Part::new(relation, target, says)
    };
    list(value).into_iter().map(part).collect()
}

const SAME_SITE: Words = &[
    (
        "Strict",
        "Never sent with a request that another site started.",
    ),
    (
        "Lax",
        "From another site it is sent only when somebody follows a link there.",
    ),
    ("None", "Sent from every site; only allowed with Secure."),
];

/// `Set-Cookie` (RFC 6265 §4.1, with SameSite as in its successor).
pub fn set_cookie(value: &str, now: Option<i64>) -> Vec<Part> {
    // A date has a comma in it, so a cookie is no list.
    let mut pieces = value.split(';').map(str::trim);
    let Some((name, content)) = pieces.next().and_then(|piece| piece.split_once('=')) else {
        return Vec::new();
    };
    let mut parts = one(
        name,
        content,
        match name {
            name if name.starts_with("__Host-") => {
                "The prefix promises: set over https, for this host alone, for all its paths."
            }
            name if name.starts_with("__Secure-") => "The prefix promises: set over https.",
            _ if content.is_empty() => "Empty: it is being taken back.",
            _ => "From now on it comes back in Cookie.",
        },
    );
    let (mut has_lifetime, mut has_site, mut is_shielded) = (false, false, false);
    for piece in pieces.filter(|piece| !piece.is_empty()) {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        let says = match name.to_ascii_lowercase().as_str() {
            "max-age" => {
                has_lifetime = true;
                match value.parse() {
                    Ok(0) | Err(_) => "Gone at once.".to_owned(),
                    Ok(seconds) => format!("Kept for {}.", span(seconds)),
                }
            }
            "expires" => {
                has_lifetime = true;
                let at = moment::of_http_date(value).zip(now);
                at.map_or_else(String::new, |(at, now)| {
                    format!("Kept until then: {}.", moment::from_now(at, now))
                })
            }
            "path" if value == "/" => "Sent to every path of the host.".to_owned(),
            "path" => format!("Sent only to {value} and below."),
            "domain" => format!(
                "Sent to {} and to its subdomains.",
                value.trim_start_matches('.')
            ),
            "secure" => "Sent over https only.".to_owned(),
            "httponly" => {
                is_shielded = true;
                "Scripts cannot read it.".to_owned()
            }
            "samesite" => {
                has_site = true;
                say(SAME_SITE, value).unwrap_or_default().to_owned()
            }
            "partitioned" => "One of its own for each site that embeds this one.".to_owned(),
            _ => "Browsers do not know it.".to_owned(),
        };
        parts.push(Part::new(name, value, says));
    }
    for (has, name, says) in [
        (
            has_lifetime,
            "no lifetime",
            "Forgotten when the browser is closed.",
        ),
        (
            is_shielded,
            "no HttpOnly",
            "Scripts of the page can read it.",
        ),
        (has_site, "no SameSite", "Browsers take it for Lax."),
    ] {
        if !has {
            parts.push(Part::new(name, "", says));
        }
    }
    parts
}

/// `Cookie` (RFC 6265 §4.2).
pub fn cookies(value: &str) -> Vec<Part> {
    let part = |piece: &str| {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        Part::new(name, value, "")
    };
    let pieces = value.split(';').map(str::trim);
    pieces.filter(|piece| !piece.is_empty()).map(part).collect()
}

const CHALLENGES: Words = &[
    ("Basic", "Name and password with each request (RFC 7617)."),
    ("Bearer", "A token with each request (RFC 6750)."),
    ("Session", "Log in, and a cookie says who you are."),
    ("ApiKey", "A program's key with each request."),
    (
        "DPoP",
        "A token together with a proof of who holds it (RFC 9449).",
    ),
    ("realm", "What the credentials are for."),
    ("charset", "How name and password are written as bytes."),
    ("scope", "What the token must be good for."),
    ("error", "What is wrong with the credentials that came."),
    ("error_description", "The same for people."),
    ("invalid_request", "They are malformed, or given twice."),
    (
        "invalid_token",
        "The token is expired, revoked, malformed or not ours.",
    ),
    ("insufficient_scope", "The token is good, but not for this."),
];

/// `WWW-Authenticate` (RFC 9110 §11.6.1): schemes, each with its parameters.
pub fn challenge(value: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    for member in list(value) {
        // A member begins a new challenge unless it is a parameter of the one before.
        let (first, rest) = member.split_once(' ').unwrap_or((member, ""));
        let mut parameter = member;
        if !first.contains('=') {
            parts.push(Part::new(
                first,
                "",
                say(CHALLENGES, first).unwrap_or_default(),
            ));
            parameter = rest;
        }
        if !parameter.is_empty() {
            let (name, value) = pair(parameter);
            let says = say(CHALLENGES, &value).or(say(CHALLENGES, name));
            parts.push(Part::new(name, value, says.unwrap_or_default()));
        }
    }
    parts
}

/// `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers).
pub fn rate_limit(field: &str, value: &str) -> Vec<Part> {
    let is_policy = field.eq_ignore_ascii_case("ratelimit-policy");
    let mut parts = Vec::new();
    for member in list(value) {
        let mut pieces = parameters(member).into_iter();
        let policy = pieces
            .next()
            .map(super::split::unquoted)
            .unwrap_or_default();
        parts.push(Part::new(policy, "", "The name of the quota."));
        for piece in pieces {
            let (name, value) = pair(piece);
            let number = value.parse::<u64>();
            let says = match (name, number) {
                ("q", Ok(quota)) => format!("{} at most.", count(quota, "request", "requests")),
                ("w", Ok(seconds)) => format!("In {}.", span(seconds)),
                ("r", Ok(left)) if !is_policy => {
                    format!("{} left.", count(left, "request", "requests"))
                }
                ("t", Ok(seconds)) => format!("Whole again in {}.", span(seconds)),
                ("qu", _) if value.contains("concurrent") => "Counted at the same time.".to_owned(),
                ("pk", _) => "Whose quota it is.".to_owned(),
                _ => String::new(),
            };
            parts.push(Part::new(name, value, says));
        }
    }
    parts
}

const PREFERENCES: Words = &[
    (
        "return=minimal",
        "Without the thing itself: I know what I sent.",
    ),
    ("return=representation", "With the thing as it is now."),
    ("respond-async", "Accept it (202) and work later."),
    ("handling=strict", "Refuse what is not quite right."),
    (
        "handling=lenient",
        "Make the best of what is not quite right.",
    ),
];

/// `Prefer` and `Preference-Applied` (RFC 7240).
pub fn prefer(value: &str) -> Vec<Part> {
    let part = |wish: &str| {
        let plain = wish.replace([' ', '"'], "");
        let says = match plain
            .strip_prefix("wait=")
            .and_then(|seconds| seconds.parse().ok())
        {
            Some(seconds) => format!("Within {}.", span(seconds)),
            None => say(PREFERENCES, &plain).unwrap_or_default().to_owned(),
        };
        Part::new(wish, "", says)
    };
    list(value).into_iter().map(part).collect()
}

/// `Access-Control-Allow-Origin` (Fetch §3.3.2).
pub fn allowed_origin(value: &str) -> Vec<Part> {
    let says = match value {
        "*" => {
            "Pages of any site may read the answer, but not one that was asked for with cookies."
                .to_owned()
        }
        "null" => {
            "Pages without an origin may read it: files, sandboxed frames. Rarely what one wants."
                .to_owned()
        }
        origin => format!("Only pages of {origin} may read the answer."),
    };
    one(value, "", says)
}

/// `Access-Control-Allow-Credentials` (Fetch §3.3.2).
pub fn allowed_credentials(value: &str) -> Vec<Part> {
    match value {
        "true" => one(
            value,
            "",
            "Also answers that were asked for with cookies may be read.",
        ),
        _ => one(value, "", "Only true counts."),
    }
}

const FETCH: Words = &[
    ("same-origin", "From a page of this very origin."),
    (
        "same-site",
        "From a page of the same site, but another origin.",
    ),
    ("cross-site", "From a page of another site."),
    ("none", "From nobody's page: typed in, or a bookmark."),
];
const FETCH_MODE: Words = &[
    (
        "navigate",
        "Somebody goes there: a link, a form, the address bar.",
    ),
    (
        "cors",
        "A script asks, and may read the answer only if CORS allows it.",
    ),
    (
        "no-cors",
        "Asked without reading the answer: an image, a beacon.",
    ),
    ("same-origin", "A script asks its own origin."),
];
const FETCH_DEST: Words = &[
    ("document", "To be shown as a page."),
    ("empty", "For a script: fetch."),
    ("image", "For an image."),
    ("script", "To be run as a script."),
];

/// `Sec-Fetch-*` (Fetch Metadata Request Headers §2).
pub fn sec_fetch(field: &str, value: &str) -> Vec<Part> {
    let words = match field.to_ascii_lowercase().as_str() {
        "sec-fetch-mode" => FETCH_MODE,
        "sec-fetch-dest" => FETCH_DEST,
        _ => FETCH,
    };
    say(words, value).map_or_else(Vec::new, |says| one(value, "", says))
}

/// `Strict-Transport-Security` (RFC 6797 §6.1).
pub fn transport_security(value: &str) -> Vec<Part> {
    let part = |piece: &str| {
        let (name, value) = pair(piece);
        let says = match (name.to_ascii_lowercase().as_str(), value.parse()) {
            ("max-age", Ok(0)) => "Forget it again.".to_owned(),
            ("max-age", Ok(seconds)) => format!("For {}.", span(seconds)),
            ("includesubdomains", _) => "Subdomains too.".to_owned(),
            ("preload", _) => "May be put on the browsers' own list.".to_owned(),
            _ => String::new(),
        };
        Part::new(name, value, says)
    };
    parameters(value).into_iter().map(part).collect()
}
