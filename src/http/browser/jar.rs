//! The cookies of one client: which are kept, and which go along with a request (RFC 6265bis
//! §5.7 and §5.8).

use chrono::DateTime;

use super::origin::{Origin, is_address, is_public_suffix};
use super::set_cookie::{SameSite, SetCookie};
use crate::http::date::http_date;
use crate::http::view::CookieView;

/// Most cookies of one client.
const MAX_COOKIES: usize = 50;

/// A cookie that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cookie {
    name: String,
    value: String,
    domain: String,
    /// Whether it is for that very host, not for those below it.
    host_only: bool,
    path: String,
    secure: bool,
    http_only: bool,
    same_site: SameSite,
    /// Seconds since 1970; none for as long as the session lasts.
    expires_s: Option<i64>,
    /// Counts up with every cookie that is kept.
    created: u64,
    /// Counts up with every use.
    used: u64,
}

/// A request as the jar looks at it.
#[derive(Debug, Clone, Copy)]
pub struct Visit<'v> {
    /// Where it goes.
    pub to: &'v Origin,
    /// The path, without the query.
    pub path: &'v str,
    /// Whether the page that sends it, if any, is of the same site (RFC 6265bis §5.2).
    pub is_same_site: bool,
    /// Whether its answer will be shown as a page.
    pub is_navigation: bool,
    /// Whether its method is safe (RFC 9110 §9.2.1).
    pub is_safe: bool,
    /// The time, in seconds since 1970.
    pub now_s: i64,
}

/// What became of one cookie, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fate {
    /// Its name; may be empty.
    pub name: String,
    /// Whether it was sent, or kept.
    pub is_done: bool,
    /// What was done and why, with the section.
    pub why: String,
}

/// The cookies of one client.
#[derive(Debug, Clone, Default)]
pub struct Jar {
    cookies: Vec<Cookie>,
    count: u64,
}

impl Jar {
    /// The value of `Cookie` for a request, if there is any, and what became of each cookie of the
    /// host (RFC 6265bis §5.8.3).
    pub fn attach(&mut self, visit: Visit<'_>) -> (Option<String>, Vec<Fate>) {
        self.count += 1;
        let count = self.count;
        let mut fates = Vec::new();
        let mut pairs = Vec::new();
        self.cookies
            .retain(|cookie| !is_expired(cookie, visit.now_s));
        // Longer paths first, then older cookies.
        self.cookies.sort_by(|a, b| {
            let by_path = b.path.len().cmp(&a.path.len());
            by_path.then(a.created.cmp(&b.created))
        });
        for cookie in &mut self.cookies {
            let why_not = withheld(cookie, visit);
            if why_not.is_none() {
                cookie.used = count;
                pairs.push(match cookie.name.as_str() {
                    "" => cookie.value.clone(),
                    name => format!("{name}={}", cookie.value),
                });
            }
            fates.push(Fate {
                name: cookie.name.clone(),
                is_done: why_not.is_none(),
                why: why_not.unwrap_or_else(|| sent(cookie, visit)),
            });
        }
        let field = (!pairs.is_empty()).then(|| pairs.join("; "));
        (field, fates)
    }

    /// Takes in one `Set-Cookie` line of the answer to a request (RFC 6265bis §5.7).
    pub fn receive(&mut self, line: &str, visit: Visit<'_>) -> Fate {
        let parsed = SetCookie::parse(line, visit.now_s);
        let name = match &parsed {
            Ok(cookie) => cookie.name.clone(),
            Err(_) => line
                .split(['=', ';'])
                .next()
                .unwrap_or("")
                .trim()
                .to_owned(),
        };
        let kept = parsed
            .map_err(str::to_owned)
            .and_then(|cookie| self.keep(cookie, visit));
        let is_done = kept.is_ok();
        let why = match kept {
            Ok(why) => why,
            Err(why) => format!("refused: {why}"),
        };
        Fate { name, is_done, why }
    }

    fn keep(&mut self, new: SetCookie, visit: Visit<'_>) -> Result<String, String> {
        let (domain, host_only) = domain_of(&new, visit.to.host())?;
        let is_secure = visit.to.is_secure();
        if new.secure && !is_secure {
            return Err("Secure can be set over https only (RFC 6265bis §5.7)".to_owned());
        }
        let is_root = new.path.as_deref() == Some("/");
        let path = new.path.unwrap_or_else(|| default_path(visit.path));
        let overlays = |old: &Cookie| {
            old.secure
                && old.name == new.name
                && (domain_matches(&old.domain, &domain) || domain_matches(&domain, &old.domain))
                && path_matches(&path, &old.path)
        };
        if !new.secure && !is_secure && self.cookies.iter().any(overlays) {
            return Err(
                "a Secure cookie of that name is there, and http may not replace it (RFC 6265bis §5.7)"
                    .to_owned(),
            );
        }
        if new.same_site != SameSite::None && !visit.is_same_site && !visit.is_navigation {
            return Err(format!(
                "SameSite={} cannot be set by an answer to a script of another site (RFC 6265bis §5.7)",
                new.same_site.name()
            ));
        }
        if new.same_site == SameSite::None && !new.secure {
            return Err("SameSite=None needs Secure (RFC 6265bis §5.7)".to_owned());
        }
        check_prefix(&new.name, &new.value, new.secure, host_only && is_root)?;

        let is_same = |old: &Cookie| {
            old.name == new.name
                && old.domain == domain
                && old.host_only == host_only
                && old.path == path
        };
        let at = self.cookies.iter().position(is_same);
        let replaced = at.map(|at| self.cookies.remove(at));
        if new.expires_s.is_some_and(|at| at <= visit.now_s) {
            return Ok(match replaced {
                Some(_) => "deleted: its time is over (RFC 6265bis §5.7)".to_owned(),
                None => "not kept: its time is over already (RFC 6265bis §5.7)".to_owned(),
            });
        }
        self.count += 1;
        let kept = Cookie {
            created: replaced.as_ref().map_or(self.count, |old| old.created),
            used: self.count,
            name: new.name,
            value: new.value,
            domain,
            host_only,
            path,
            secure: new.secure,
            http_only: new.http_only,
            same_site: new.same_site,
            expires_s: new.expires_s,
        };
        let until = match expiry(&kept) {
            Some(date) => format!("until {date}"),
            None => "for this session".to_owned(),
        };
        let verb = if replaced.is_some() {
            "replaced"
        } else {
            "kept"
        };
        let same_site = kept.same_site.name();
        self.cookies.push(kept);
        self.evict(visit.now_s);
        Ok(format!(
            "{verb} {until}, SameSite={same_site} (RFC 6265bis §5.7)"
        ))
    }

    /// Makes room: what expired goes first, then what was not used for longest, insecure ones before
    /// secure ones.
    fn evict(&mut self, now_s: i64) {
        self.cookies.retain(|cookie| !is_expired(cookie, now_s));
        while self.cookies.len() > MAX_COOKIES {
            let oldest = (0..self.cookies.len())
                .min_by_key(|at| self.cookies.get(*at).map(|c| (c.secure, c.used)));
            let Some(oldest) = oldest else { return };
            self.cookies.remove(oldest);
        }
    }

    /// The cookies as the scope shows them, in the order they would be sent.
    pub fn views(&self, owner: &str, now_s: i64) -> Vec<CookieView> {
        let mut kept: Vec<&Cookie> = self.cookies.iter().collect();
        kept.retain(|cookie| !is_expired(cookie, now_s));
        kept.sort_by_key(|cookie| (std::cmp::Reverse(cookie.path.len()), cookie.created));
        let view = |cookie: &Cookie| CookieView {
            owner: owner.to_owned(),
            name: cookie.name.clone(),
            value: cookie.value.clone(),
            domain: cookie.domain.clone(),
            host_only: cookie.host_only,
            path: cookie.path.clone(),
            secure: cookie.secure,
            http_only: cookie.http_only,
            same_site: cookie.same_site.name().to_owned(),
            expires: expiry(cookie),
        };
        kept.into_iter().map(view).collect()
    }
}

fn is_expired(cookie: &Cookie, now_s: i64) -> bool {
    cookie.expires_s.is_some_and(|at| at <= now_s)
}

/// When it expires, as an HTTP date.
fn expiry(cookie: &Cookie) -> Option<String> {
    let moment = DateTime::from_timestamp(cookie.expires_s?, 0)?;
    Some(http_date(moment.naive_utc()))
}

/// Why a cookie does not go along; none if it does.
fn withheld(cookie: &Cookie, visit: Visit<'_>) -> Option<String> {
    let host = visit.to.host();
    let is_of_host = if cookie.host_only {
        host == cookie.domain
    } else {
        domain_matches(host, &cookie.domain)
    };
    if !is_of_host {
        return Some(format!(
            "not sent: it is of {} (RFC 6265bis §5.1.3)",
            cookie.domain
        ));
    }
    if !path_matches(visit.path, &cookie.path) {
        return Some(format!(
            "not sent: its Path={} is not at the beginning of {} (RFC 6265bis §5.1.4)",
            cookie.path, visit.path
        ));
    }
    if cookie.secure && !visit.to.is_secure() {
        return Some("not sent: it is Secure, and this is http (RFC 6265bis §5.8.3)".to_owned());
    }
    let because = match cookie.same_site {
        SameSite::None => return None,
        _ if visit.is_same_site => return None,
        SameSite::Strict => "another site sends this",
        SameSite::Lax | SameSite::Default if !visit.is_navigation => {
            "a script of another site sends this"
        }
        SameSite::Lax | SameSite::Default if !visit.is_safe => {
            "another site sends this, with a method that changes something"
        }
        SameSite::Lax | SameSite::Default => return None,
    };
    Some(format!(
        "not sent: SameSite={}, and {because} (RFC 6265bis §5.6.7.1)",
        cookie.same_site.name()
    ))
}

/// Why a cookie goes along.
fn sent(cookie: &Cookie, visit: Visit<'_>) -> String {
    let same_site = cookie.same_site.name();
    let because = if visit.is_same_site {
        "host and path match, and no other site is behind it".to_owned()
    } else if cookie.same_site == SameSite::None {
        format!("SameSite={same_site}: from any site")
    } else {
        format!("SameSite={same_site}: another site navigates here, with a safe method")
    };
    format!("sent: {because} (RFC 6265bis §5.8.3)")
}

/// The domain a new cookie is for, and whether for that host alone.
fn domain_of(new: &SetCookie, host: &str) -> Result<(String, bool), String> {
    if new.domain.is_empty() {
        return Ok((host.to_owned(), true));
    }
    if !new.domain.is_ascii() {
        return Err("its Domain is no name of a host (RFC 6265bis §5.7)".to_owned());
    }
    if is_public_suffix(&new.domain) {
        if new.domain == host {
            return Ok((host.to_owned(), true));
        }
        return Err(format!(
            "anybody can register names under {}, so no cookie is for all of it (RFC 6265bis §5.7)",
            new.domain
        ));
    }
    if !domain_matches(host, &new.domain) {
        return Err(format!(
            "{host} may not set a cookie for {} (RFC 6265bis §5.7)",
            new.domain
        ));
    }
    Ok((new.domain.clone(), false))
}

/// What `__Secure-` and `__Host-` promise (RFC 6265bis §4.1.3). A cookie without a name may not look
/// as if it had one of them.
fn check_prefix(name: &str, value: &str, is_secure: bool, is_of_host: bool) -> Result<(), String> {
    let word = if name.is_empty() { value } else { name };
    let begins_with = |prefix: &str| {
        let start = word.get(..prefix.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    let (secure, host) = (begins_with("__Secure-"), begins_with("__Host-"));
    if name.is_empty() && (secure || host) {
        return Err(
            "without a name, it looks like one with a prefix (RFC 6265bis §5.7)".to_owned(),
        );
    }
    if secure && !is_secure {
        return Err("the prefix __Secure- needs Secure (RFC 6265bis §4.1.3.1)".to_owned());
    }
    if host && !(is_secure && is_of_host) {
        return Err(
            "the prefix __Host- needs Secure, Path=/ and no Domain (RFC 6265bis §4.1.3.2)"
                .to_owned(),
        );
    }
    Ok(())
}

/// Whether a host is that domain or below it (§5.1.3).
fn domain_matches(host: &str, domain: &str) -> bool {
    let below = host.strip_suffix(domain);
    host == domain || below.is_some_and(|below| below.ends_with('.') && !is_address(host))
}

/// Whether a path is that cookie's or below it (§5.1.4).
fn path_matches(path: &str, cookie: &str) -> bool {
    match path.strip_prefix(cookie) {
        Some(rest) => rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/'),
        None => false,
    }
}

/// The path of a cookie that names none (§5.1.4).
fn default_path(path: &str) -> String {
    match path.rsplit_once('/') {
        Some((folder, _)) if path.starts_with('/') && !folder.is_empty() => folder.to_owned(),
        _ => "/".to_owned(),
    }
}
