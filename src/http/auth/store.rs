//! What a backend remembers about who is asking. A fork copies it.

use std::collections::BTreeMap;

use super::Identity;
use super::code::{Code, Codes};
use super::session::{Lifetime, Session, Sessions};
use super::token::{Family, Given, Tokens};
use crate::http::view::{CodeView, TokenView, UserSessionView};

/// All of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Store {
    /// Sessions by id.
    pub sessions: Sessions,
    /// Tokens given out.
    pub tokens: Tokens,
    /// Authorization codes.
    pub codes: Codes,
    /// The time step of the latest one-time password each user has used, by name.
    pub totp_steps: BTreeMap<String, u64>,
}

impl Store {
    /// Sessions for the scope, by id.
    pub fn session_views(&self, lifetime: Lifetime, now_us: u64) -> Vec<UserSessionView> {
        let sessions = self.sessions.iter();
        let view = |(id, session): (&String, &Session)| UserSessionView {
            id: id.clone(),
            user: session.identity.as_ref().map(Identity::shown),
            created_us: session.created_us,
            seen_us: session.seen_us,
            ends_us: session.ends_us(lifetime),
            state: session
                .over(lifetime, now_us)
                .unwrap_or_else(|| "live".to_owned()),
        };
        sessions.map(view).collect()
    }

    /// Tokens for the scope, oldest first: those of families that are `wanted`.
    pub fn token_views(&self, now_us: u64, wanted: impl Fn(&Family) -> bool) -> Vec<TokenView> {
        let view =
            |kind: &str, spent: &str, (id, given, family): (&str, &Given, &Family)| TokenView {
                kind: kind.to_owned(),
                id: id.to_owned(),
                family: given.family,
                user: family.identity.shown(),
                client: family.client.clone(),
                issued_us: given.issued_us,
                expires_us: given.expires_us,
                state: match &family.revoked {
                    Some(why) => format!("revoked: {why}"),
                    None if given.spent => spent.to_owned(),
                    None if now_us >= given.expires_us => "expired".to_owned(),
                    None => "good".to_owned(),
                },
            };
        let access = self.tokens.access().map(|one| (("access", "revoked"), one));
        let refresh = self
            .tokens
            .refresh()
            .map(|one| (("refresh", "exchanged"), one));
        let all = access
            .chain(refresh)
            .filter(|(_, (_, _, family))| wanted(family));
        let mut views: Vec<TokenView> = all
            .map(|((kind, spent), one)| view(kind, spent, one))
            .collect();
        views.sort_by_key(|view| (view.issued_us, view.family));
        views
    }

    /// Codes for the scope, oldest first.
    pub fn code_views(&self, now_us: u64) -> Vec<CodeView> {
        let view = |(text, code): (&String, &Code)| CodeView {
            code: text.clone(),
            client: code.client.clone(),
            user: code.identity.shown(),
            scope: code.identity.scope.clone(),
            challenge: code.challenge.clone(),
            issued_us: code.issued_us,
            expires_us: code.expires_us,
            state: match code.family {
                Some(_) => "exchanged",
                None if now_us >= code.expires_us => "expired",
                None => "good",
            }
            .to_owned(),
        };
        let mut views: Vec<CodeView> = self.codes.iter().map(view).collect();
        views.sort_by_key(|view| view.issued_us);
        views
    }
}
