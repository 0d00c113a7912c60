//! Tokens that were given out: which are revoked, and refresh tokens, each good for one exchange
//! (RFC 9700 §4.14.2).
//!
//! All that comes from one login, or from one grant, is a family: access tokens, and the chain of
//! refresh tokens. If one of the chain comes a second time, it was stolen, from one side or the
//! other; so the whole family ends.

use std::collections::BTreeMap;

use super::{Identity, Refusal, span};

/// Tokens of each kind that are kept; the oldest is forgotten when there are more.
const MOST: usize = 1_000;

/// Number of a family.
pub type FamilyId = u64;

/// What a login or a grant gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// Whom the tokens speak for.
    pub identity: Identity,
    /// The client program they were given to; none for a login at the API itself.
    pub client: Option<String>,
    /// Why it is revoked, if it is.
    pub revoked: Option<String>,
}

/// A token as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Whose it is.
    pub family: FamilyId,
    /// When it was given, in virtual microseconds.
    pub issued_us: u64,
    /// When it ends.
    pub expires_us: u64,
    /// For a refresh token: whether it was exchanged. For an access token: whether it was revoked
    /// by itself.
    pub spent: bool,
}

/// All tokens that were given out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tokens {
    families: BTreeMap<FamilyId, Family>,
    /// Access tokens by `jti`.
    access: BTreeMap<String, Given>,
    /// Refresh tokens by their text.
    refresh: BTreeMap<String, Given>,
    last: FamilyId,
}

impl Tokens {
    /// Begins a family.
    pub fn grant(&mut self, identity: Identity, client: Option<String>) -> FamilyId {
        self.last += 1;
        let family = Family {
            identity,
            client,
            revoked: None,
        };
        self.families.insert(self.last, family);
        self.last
    }

    /// A family.
    pub fn family(&self, id: FamilyId) -> Option<&Family> {
        self.families.get(&id)
    }

    /// Remembers an access token by its `jti`.
    pub fn give_access(&mut self, jti: String, given: Given) {
        keep(&mut self.access, jti, given);
        self.forget_families();
    }

    /// Remembers a refresh token.
    pub fn give_refresh(&mut self, text: String, given: Given) {
        keep(&mut self.refresh, text, given);
        self.forget_families();
    }

    /// Exchanges a refresh token of `client`: it is spent, and its family may have new tokens.
    ///
    /// # Errors
    /// Why it does not count. One that was spent before revokes its family.
    pub fn exchange(
        &mut self,
        text: &str,
        client: Option<&str>,
        now_us: u64,
    ) -> Result<FamilyId, Refusal> {
        let refused = |why: String| Err(Refusal::new(why, "RFC 6749 §10.4"));
        let Some(given) = self.refresh.get_mut(text) else {
            return refused("Nobody was given this refresh token.".to_owned());
        };
        let id = given.family;
        let Some(family) = self.families.get(&id) else {
            return refused("The refresh token's family is forgotten.".to_owned());
        };
        if family.client.as_deref() != client {
            let whose = family.client.as_deref().unwrap_or("the API itself");
            return refused(format!("The refresh token was given to {whose}."));
        }
        if let Some(why) = &family.revoked {
            return refused(format!("The refresh token is revoked: {why}."));
        }
        if given.spent {
            self.revoke_family(id, "one of its refresh tokens came a second time");
            let why = "The refresh token was exchanged before, so somebody has a copy: its whole \
                       family is revoked, and whoever it is logs in again.";
            return Err(Refusal::new(why, "RFC 9700 §4.14.2"));
        }
        if now_us >= given.expires_us {
            let late = span(now_us.saturating_sub(given.expires_us) / 1_000_000);
            return refused(format!("The refresh token expired {late} ago."));
        }
        given.spent = true;
        Ok(id)
    }

    /// Whether an access token still counts. One that is not known here was not revoked here.
    ///
    /// # Errors
    /// It was revoked; says why.
    pub fn check(&self, jti: &str) -> Result<(), Refusal> {
        let Some(given) = self.access.get(jti) else {
            return Ok(());
        };
        let family = self.families.get(&given.family);
        let why = match family.and_then(|family| family.revoked.as_deref()) {
            Some(why) => why,
            None if given.spent => "its owner gave it back",
            None => return Ok(()),
        };
        let why = format!("The token's signature and times are good, but it is revoked: {why}.");
        Err(Refusal::new(why, "RFC 7009 §2"))
    }

    /// Revokes one access token; gives its family.
    pub fn revoke_access(&mut self, jti: &str) -> Option<FamilyId> {
        let given = self.access.get_mut(jti)?;
        given.spent = true;
        Some(given.family)
    }

    /// The family of a refresh token.
    pub fn family_of_refresh(&self, text: &str) -> Option<FamilyId> {
        Some(self.refresh.get(text)?.family)
    }

    /// The family of an access token.
    pub fn family_of_access(&self, jti: &str) -> Option<FamilyId> {
        Some(self.access.get(jti)?.family)
    }

    /// Revokes all that comes from one login or grant. The first reason stays.
    pub fn revoke_family(&mut self, id: FamilyId, why: &str) {
        if let Some(family) = self.families.get_mut(&id) {
            family.revoked.get_or_insert_with(|| why.to_owned());
        }
    }

    /// Access tokens by `jti`, each with its family.
    pub fn access(&self) -> impl Iterator<Item = (&str, &Given, &Family)> {
        self.with_family(&self.access)
    }

    /// Refresh tokens, each with its family.
    pub fn refresh(&self) -> impl Iterator<Item = (&str, &Given, &Family)> {
        self.with_family(&self.refresh)
    }

    fn with_family<'a>(
        &'a self,
        tokens: &'a BTreeMap<String, Given>,
    ) -> impl Iterator<Item = (&'a str, &'a Given, &'a Family)> {
        tokens.iter().filter_map(|(text, given)| {
            Some((text.as_str(), given, self.families.get(&given.family)?))
        })
    }

    /// Forgets the families of which no token is left.
    fn forget_families(&mut self) {
        if self.families.len() <= 2 * MOST {
            return;
        }
        let mut used: Vec<FamilyId> = self.access.values().map(|given| given.family).collect();
        used.extend(self.refresh.values().map(|given| given.family));
        used.sort_unstable();
        self.families.retain(|id, _| used.binary_search(id).is_ok());
    }
}

fn keep(tokens: &mut BTreeMap<String, Given>, text: String, given: Given) {
    if tokens.len() >= MOST {
        let oldest = tokens.iter().min_by_key(|(_, given)| given.issued_us);
        if let Some(text) = oldest.map(|(text, _)| text.clone()) {
            tokens.remove(&text);
        }
    }
    tokens.insert(text, given);
}
