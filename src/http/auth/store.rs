//! What a backend remembers about who is asking. A fork copies it.

use std::collections::BTreeMap;

use super::code::Codes;
use super::session::Sessions;
use super::token::Tokens;

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
