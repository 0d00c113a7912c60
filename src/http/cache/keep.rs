//! What a cache does with a response that came: whether it is stored (RFC 9111 §3), and what it makes
//! doubtful (§4.4).

use ::http::header::{AUTHORIZATION, CONTENT_LOCATION, CONTENT_RANGE, HeaderName, LOCATION};
use ::http::{Method, StatusCode};

use super::decide::Cache;
use super::directives::Directives;
use super::entry::{Entry, Slice};
use super::freshness::{Source, may_guess};
use super::locate::named;
use super::store::{Key, url};
use super::{Role, Why, groups, in_words, targeted, vary};
use crate::http::{Request, Response};

impl Cache {
    /// Takes in the response to a request that went on: stores it if it may, drops what it makes
    /// doubtful. Says what was done with it.
    pub fn take_in(
        &mut self,
        request: &Request,
        response: &Response,
        request_us: i64,
        response_us: i64,
    ) -> Why {
        if !is_safe(request.method()) {
            let invalidated = self.invalidate(request, response);
            let (may, why) = self.may_store(request, response, response_us);
            if request.method() != Method::POST || !may {
                return invalidated;
            }
            self.keep(request, Entry::new(response, request_us, response_us));
            return why;
        }
        if request.method() == Method::HEAD {
            return self.compare(request, response, request_us, response_us);
        }
        let (may, why) = self.may_store(request, response, response_us);
        if may {
            self.keep(request, Entry::new(response, request_us, response_us));
        }
        why
    }

    /// Stores a response; a part does not take the place of a whole.
    fn keep(&mut self, request: &Request, entry: Entry) {
        let key = Key::new(request, &entry.headers);
        let is_part = entry.slice.is_some();
        match self.store.get_mut(&key) {
            Some(stored) if is_part && stored.slice.is_none() => {}
            _ => self.store.put(key, entry),
        }
    }

    /// Whether a response may be stored (RFC 9111 §3), and why.
    pub(super) fn may_store(
        &self,
        request: &Request,
        response: &Response,
        response_us: i64,
    ) -> (bool, Why) {
        let no = |reason: &str, standard| (false, Why::new("not stored", reason, standard));
        let asked = Directives::of(request.headers());
        let (says, targeted) = targeted::directives(self.role, response.headers());
        let status = response.status();
        if let Some((reason, standard)) = self.by_kind(request, response) {
            return no(&reason, standard);
        }
        let no = |reason: &str, standard| {
            let (_, why) = no(reason, standard);
            (false, by_whom(why, targeted))
        };
        if says.has("must-understand") {
            if status.canonical_reason().is_none() {
                let reason = format!(
                    "must-understand: what {} means for a cache is not known here.",
                    status.as_u16()
                );
                return no(&reason, "RFC 9111 §5.2.2.3");
            }
        } else if says.has("no-store") {
            return no("no-store forbids keeping it.", "RFC 9111 §5.2.2.5");
        }
        if asked.has("no-store") {
            let reason = "The request said no-store, so nothing of it is kept.";
            return no(reason, "RFC 9111 §5.2.1.5");
        }
        let shared = self.role == Role::Shared;
        if shared && says.has("private") {
            let reason = "private keeps it out of a cache that many share.";
            return no(reason, "RFC 9111 §5.2.2.7");
        }
        let for_all = ["public", "must-revalidate", "s-maxage"];
        if shared
            && request.headers().contains_key(AUTHORIZATION)
            && !for_all.iter().any(|name| says.has(name))
        {
            let reason = "The request had Authorization, and nothing says the answer is for all.";
            return no(reason, "RFC 9111 §3.5");
        }
        if vary::names(response.headers()).iter().any(|n| n == "*") {
            return no("Vary: * fits no later request.", "RFC 9111 §4.1");
        }
        let entry = Entry::new(response, response_us, response_us);
        let lifetime = entry.lifetime(self.role);
        if request.method() == Method::POST && !lifetime.source.is_explicit() {
            let reason = "An answer to POST is stored with explicit freshness only.";
            return no(reason, "RFC 9110 §9.3.3");
        }
        let explicit = lifetime.source.is_explicit() || says.has("public") || says.has("private");
        if !explicit && !may_guess(status, &says) {
            let code = status.as_u16();
            let reason = format!("A {code} without explicit freshness is not stored.");
            return no(&reason, "RFC 9111 §3");
        }
        let validator = entry.validator();
        if lifetime.source == Source::None && validator.is_none() && says.is_empty() {
            let reason = "The response says neither how long it is good (Cache-Control) nor how to \
                          check it (ETag), so it is not stored.";
            return no(reason, "RFC 9111 §4.2.2");
        }
        let what = match entry.slice {
            Some(_) => "This part of the response",
            None => "The response",
        };
        let reason = if says.has("no-cache") {
            format!("{what} is stored, and no-cache wants it checked before each use.")
        } else {
            let (lasts, source) = (in_words(lifetime.us), lifetime.source.name());
            format!("{what} is stored; it is fresh for {lasts} ({source}).")
        };
        let why = Why::new("stored", reason, "RFC 9111 §3")
            .fact("freshness lifetime", in_words(lifetime.us))
            .fact("lifetime from", lifetime.source.name());
        (true, by_whom(why, targeted))
    }

    /// Why no response of this kind is stored, whatever it says; `None` if it may be.
    fn by_kind(&self, request: &Request, response: &Response) -> Option<(String, &'static str)> {
        let method = request.method();
        let (status, headers) = (response.status(), response.headers());
        if method == Method::POST {
            let here =
                named(request, headers, &CONTENT_LOCATION).is_some_and(|at| at == url(request));
            let good = [StatusCode::OK, StatusCode::CREATED].contains(&status);
            if !here || !good {
                let reason = "The answer to POST is not stored: no Content-Location says that GET \
                              would give the same here.";
                return Some((reason.to_owned(), "RFC 9110 §9.3.3"));
            }
        } else if method != Method::GET {
            return Some((
                format!("The answer to {method} is not stored."),
                "RFC 9111 §3",
            ));
        }
        if status.is_informational() {
            let reason = "It is an interim response, and only final ones are stored.";
            return Some((reason.to_owned(), "RFC 9111 §3"));
        }
        if status == StatusCode::NOT_MODIFIED {
            let reason = "A 304 is the client's own question answered; there is no body to store.";
            return Some((reason.to_owned(), "RFC 9111 §3"));
        }
        let is_part = status == StatusCode::PARTIAL_CONTENT;
        if is_part && Slice::of(headers, response.body().len()).is_none() {
            let reason = "A part is not stored that does not say where its bytes belong.";
            return Some((reason.to_owned(), "RFC 9111 §3.3"));
        }
        if status == StatusCode::RANGE_NOT_SATISFIABLE && headers.contains_key(CONTENT_RANGE) {
            let reason = "A 416 is about the part that was asked for, and not stored.";
            return Some((reason.to_owned(), "RFC 9111 §3.3"));
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Some(("A 429 is never stored.".to_owned(), "RFC 6585 §4"));
        }
        None
    }

    /// Drops what a successful unsafe request makes doubtful (RFC 9111 §4.4).
    fn invalidate(&mut self, request: &Request, response: &Response) -> Why {
        let method = request.method();
        if response.status().is_client_error() || response.status().is_server_error() {
            let reason = format!("{method} failed, so what is stored stays.");
            return Why::new("kept", reason, "RFC 9111 §4.4");
        }
        let target = url(request);
        let also = |name: &HeaderName| named(request, response.headers(), name);
        let mut urls = vec![target.clone()];
        urls.extend([LOCATION, CONTENT_LOCATION].iter().filter_map(also));
        // Who goes takes along who is in a group with it (RFC 9875 §2.2.1).
        let mut doubtful = groups::groups(response.headers(), &groups::INVALIDATED);
        doubtful.extend(urls.iter().flat_map(|url| self.store.groups_of_url(url)));
        let dropped: usize = urls.iter().map(|url| self.store.drop_url(url)).sum();
        let grouped = self.drop_groups(groups::origin(&target), &doubtful);
        if grouped > 0 {
            doubtful.sort();
            doubtful.dedup();
            let named = doubtful.join(", ");
            let reason = format!(
                "{method} may have changed {target}, and what is in a group with it: what was stored \
                 for {target} and for the groups {named} is dropped."
            );
            return Why::new("invalidated", reason, "RFC 9875 §2.2.1")
                .fact("dropped", (dropped + grouped).to_string())
                .fact("groups", named);
        }
        let reason = match dropped {
            0 => format!("{method} may have changed {target}; nothing was stored for it."),
            _ => {
                format!("{method} may have changed {target}, so what was stored for it is dropped.")
            }
        };
        Why::new("invalidated", reason, "RFC 9111 §4.4").fact("dropped", dropped.to_string())
    }
}

/// Adds where the directives were read, if not in `Cache-Control` (RFC 9213 §2.1).
fn by_whom(why: Why, targeted: bool) -> Why {
    match targeted {
        true => why.fact("directives from", targeted::NAME),
        false => why,
    }
}

fn is_safe(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE].contains(method)
}
