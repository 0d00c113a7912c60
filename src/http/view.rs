//! The inside of each layer, as plain data for the scope.

use serde::{Deserialize, Serialize};

pub use crate::limiter::State as LimitState;

/// One layer of the backend.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerView {
    /// The name used in `world.toml` and in traces: `browser-cache`, `rate-limit`, `routes`, …
    pub name: String,
    /// What stands in the picture.
    pub title: String,
    /// Its inside.
    pub state: LayerState,
}

/// The inside of a layer, as the inspector shows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayerState {
    /// Nothing to see inside.
    #[default]
    Plain,
    /// A cache.
    Cache {
        /// Stored responses, by key.
        entries: Vec<CacheEntryView>,
        /// Answers given without going on.
        hits: u64,
        /// Requests that went on.
        misses: u64,
        /// The latest 200 lookups, oldest first.
        marks: Vec<CacheMark>,
        /// Whether it drops responses when it is told to, by `PURGE`.
        purges: bool,
    },
    /// The key-value store beside the database.
    KeyValue {
        /// Which entry goes when it is full: `lru`, `lfu`, `fifo`, `random` or `sampled-lru`.
        eviction: String,
        /// Most entries it holds.
        max_entries: u64,
        /// Entries that live, by key.
        entries: Vec<KvEntryView>,
        /// Looks that found an entry.
        hits: u64,
        /// Looks that found none.
        misses: u64,
        /// Entries that went for others.
        evictions: u64,
        /// Rows whose statements are still to run, the next first.
        pending: Vec<KvPendingView>,
        /// Rows whose statements failed later, and why; the latest 20.
        lost: Vec<String>,
    },
    /// A browser.
    Browser {
        /// The cookies of every client, in the order they would be sent.
        cookies: Vec<CookieView>,
    },
    /// A rate limiter.
    Limiter {
        /// All of them must let a request in.
        policies: Vec<PolicyView>,
    },
    /// Who is asking.
    Auth {
        /// Schemes that are accepted, in order.
        schemes: Vec<String>,
        /// Keys of tokens; the first one signs.
        keys: Vec<KeyView>,
        /// Sessions, by id.
        sessions: Vec<UserSessionView>,
        /// Tokens that were given out, oldest first.
        tokens: Vec<TokenView>,
    },
    /// The authorization server.
    AuthorizationServer {
        /// Ids of the clients.
        clients: Vec<String>,
        /// Codes that were given out, oldest first.
        codes: Vec<CodeView>,
        /// Tokens that were given to clients, oldest first.
        tokens: Vec<TokenView>,
    },
    /// The routes.
    Routes {
        /// `GET /books/{id}`, in the author's order.
        routes: Vec<String>,
    },
}

/// A key of tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyView {
    /// Its id.
    pub kid: String,
    /// `HS256` or `EdDSA`.
    pub algorithm: String,
    /// The half that everybody may know, as base64url; a shared secret has none.
    pub public: Option<String>,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserSessionView {
    /// Its id, as the cookie holds it.
    pub id: String,
    /// Who has logged in; nobody so far, if it was opened for a CSRF token.
    pub user: Option<String>,
    /// When it was opened, in virtual microseconds.
    pub created_us: u64,
    /// When it was last used.
    pub seen_us: u64,
    /// When it ends if it is not used again.
    pub ends_us: u64,
    /// `live`, or why it is over.
    pub state: String,
}

/// A token that was given out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenView {
    /// `access` or `refresh`.
    pub kind: String,
    /// The `jti` of an access token, or a refresh token's text.
    pub id: String,
    /// Number of its family: all that comes from one login or one grant.
    pub family: u64,
    /// Whom it speaks for.
    pub user: String,
    /// The client it was given to; none for a login at the API itself.
    pub client: Option<String>,
    /// When it was given, in virtual microseconds.
    pub issued_us: u64,
    /// When it ends.
    pub expires_us: u64,
    /// `good`, `expired`, `exchanged`, or `revoked: ` and why.
    pub state: String,
}

/// An authorization code that was given out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CodeView {
    /// The code.
    pub code: String,
    /// The client it was given to.
    pub client: String,
    /// Who agreed.
    pub user: String,
    /// To which words of scope.
    pub scope: Vec<String>,
    /// The `code_challenge`, if there was one.
    pub challenge: Option<String>,
    /// When it was given, in virtual microseconds.
    pub issued_us: u64,
    /// When it ends.
    pub expires_us: u64,
    /// `good`, `expired` or `exchanged`.
    pub state: String,
}

/// A stored response.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CacheEntryView {
    /// Whose cache: the client's name, or empty for a shared cache.
    pub owner: String,
    /// Method, URL and the request headers named by Vary.
    pub key: String,
    /// The status stored.
    pub status: u16,
    /// Current age in microseconds (RFC 9111 §4.2.3).
    pub age_us: u64,
    /// Freshness lifetime in microseconds (RFC 9111 §4.2.1).
    pub lifetime_us: u64,
    /// `ETag` or `Last-Modified`, if stored.
    pub validator: Option<String>,
    /// The stored `Cache-Control`.
    pub cache_control: String,
    /// What would happen on the next request, and why, with the section.
    pub next: String,
    /// Bytes of the stored body.
    pub size: u64,
    /// The groups it is in (RFC 9875 §2).
    pub groups: Vec<String>,
    /// The tags it can be purged by.
    pub tags: Vec<String>,
    /// Whether the origin is being asked about it, behind a client's back.
    pub checking: bool,
    /// What the latest confirmation changed, if there was one.
    pub freshened: Option<FreshenedView>,
}

/// A lookup in a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheMark {
    /// Microseconds ago.
    pub ago_us: u64,
    /// Whether it was answered without going on.
    pub hit: bool,
}

/// How a confirmation changed a stored response's fields (RFC 9111 §3.2, §4.3.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreshenedView {
    /// Microseconds ago.
    pub ago_us: u64,
    /// The fields that changed, by name.
    pub fields: Vec<FieldChange>,
}

/// A field before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Its name.
    pub name: String,
    /// Its value before; empty if it was not there.
    pub before: String,
    /// Its value after; empty if it is gone.
    pub after: String,
}

/// An entry of the key-value store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KvEntryView {
    /// Its key.
    pub key: String,
    /// Its value as JSON, cut where it is long.
    pub value: String,
    /// By which it can be invalidated with others.
    pub tags: Vec<String>,
    /// Microseconds since it was put.
    pub age_us: u64,
    /// Microseconds it lives in all.
    pub ttl_us: u64,
    /// How often it was used, being put included.
    pub uses: u64,
    /// Whether it is the next to go when the store is full.
    pub goes_next: bool,
}

/// A row whose statements are still to run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KvPendingView {
    /// Its key.
    pub key: String,
    /// Microseconds until they run.
    pub due_us: u64,
}

/// A cookie in a browser (RFC 6265bis §5.7).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CookieView {
    /// Whose browser: the client's name.
    pub owner: String,
    /// The name; may be empty.
    pub name: String,
    /// The value.
    pub value: String,
    /// The host it is for.
    pub domain: String,
    /// Whether it is for that host alone, not for those below it.
    pub host_only: bool,
    /// The path at or below which it is sent.
    pub path: String,
    /// Whether it is sent over https only.
    pub secure: bool,
    /// Whether scripts cannot see it.
    pub http_only: bool,
    /// `Strict`, `Lax`, `None`, or `Lax by default`.
    pub same_site: String,
    /// When it expires, as an HTTP date; none for a cookie of the session.
    pub expires: Option<String>,
}

/// A policy of a limiter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicyView {
    /// Its name.
    pub name: String,
    /// `token-bucket`, …
    pub algorithm: String,
    /// Its settings in a few words.
    pub says: String,
    /// Who shares a limit: `client`, `user`, `api-key`, `route`, `all`.
    pub key: String,
    /// The most one key has: tokens, requests in a window, places, slots.
    pub limit: u64,
    /// Tokens or requests a second; 0 if it has no rate.
    pub rate_per_s: f64,
    /// The window, or the time in which all comes back; none where no time brings anything back.
    pub window_us: Option<u64>,
    /// The inside of each key that is counted, by key.
    pub keys: Vec<LimitState>,
    /// The latest 200 decisions, oldest first. What another policy refused is in that one's.
    pub marks: Vec<LimitMark>,
}

/// One decision of a policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LimitMark {
    /// Microseconds since the lab's beginning.
    pub at_us: u64,
    /// Whose limit.
    pub key: String,
    /// Let through, or refused.
    pub allowed: bool,
    /// Microseconds it was held back first.
    pub delay_us: u64,
}
