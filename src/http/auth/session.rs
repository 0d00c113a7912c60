//! Sessions: what the server remembers under an id that the browser keeps in a cookie.

use std::collections::BTreeMap;

use super::{Identity, Refusal, span};

/// Sessions kept; the one unused for longest is forgotten when there are more.
const MOST: usize = 1_000;

/// How long a session lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// Microseconds without a request after which it ends.
    pub idle_us: u64,
    /// Microseconds after which it ends in any case.
    pub max_age_us: u64,
}

/// One session.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Who has logged in; nobody so far, if it was opened for a CSRF token.
    pub identity: Option<Identity>,
    /// What unsafe requests must bring along.
    pub csrf: String,
    /// When it was opened, in virtual microseconds.
    pub created_us: u64,
    /// When it was last used.
    pub seen_us: u64,
}

/// All sessions, by id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sessions(BTreeMap<String, Session>);

impl Sessions {
    /// Opens a session under an id.
    pub fn open(&mut self, id: &str, csrf: String, identity: Option<Identity>, now_us: u64) {
        if self.0.len() >= MOST {
            let oldest = self.0.iter().min_by_key(|(_, session)| session.seen_us);
            if let Some(id) = oldest.map(|(id, _)| id.clone()) {
                self.0.remove(&id);
            }
        }
        let session = Session {
            identity,
            csrf,
            created_us: now_us,
            seen_us: now_us,
        };
        self.0.insert(id.to_owned(), session);
    }

    /// The session of an id, used now. One that is over is removed.
    ///
    /// # Errors
    /// There is none, or it is over; says by which of the two limits.
    pub fn touch(&mut self, id: &str, lifetime: Lifetime, now_us: u64) -> Result<Session, Refusal> {
        let Some(session) = self.0.get_mut(id) else {
            let why = "The cookie's id belongs to no session here: it was ended, or never given.";
            return Err(Refusal::new(why, "RFC 6265 §8.4"));
        };
        if let Some(why) = session.over(lifetime, now_us) {
            self.0.remove(id);
            return Err(Refusal::new(why, "RFC 6265 §8.4"));
        }
        session.seen_us = now_us;
        Ok(session.clone())
    }

    /// The session of an id, as it stands.
    pub fn get(&self, id: &str) -> Option<&Session> {
        self.0.get(id)
    }

    /// Ends a session; whether there was one.
    pub fn close(&mut self, id: &str) -> bool {
        self.0.remove(id).is_some()
    }

    /// All, by id.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Session)> {
        self.0.iter()
    }
}

impl Session {
    /// When it ends if it is not used again.
    pub fn ends_us(&self, lifetime: Lifetime) -> u64 {
        let idle = self.seen_us.saturating_add(lifetime.idle_us);
        idle.min(self.created_us.saturating_add(lifetime.max_age_us))
    }

    /// Why it is over, if it is.
    pub fn over(&self, lifetime: Lifetime, now_us: u64) -> Option<String> {
        let seconds = |us: u64| span(us / 1_000_000);
        let (idle, age) = (
            now_us.saturating_sub(self.seen_us),
            now_us.saturating_sub(self.created_us),
        );
        if age >= lifetime.max_age_us {
            return Some(format!(
                "The session is {} old, and ends after {} however much it is used.",
                seconds(age),
                seconds(lifetime.max_age_us)
            ));
        }
        if idle >= lifetime.idle_us {
            return Some(format!(
                "The session was not used for {}, and ends after {} without a request.",
                seconds(idle),
                seconds(lifetime.idle_us)
            ));
        }
        None
    }
}
