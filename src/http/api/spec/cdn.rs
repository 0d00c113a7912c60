//! `[cdn]`.

use crate::problem::Problem;
use crate::toml_read::{Fields, Reader};

/// Most responses it may be told to hold.
const MOST: u64 = 10_000;

/// Settings of the shared cache.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CdnSpec {
    /// Most responses it holds, if the world says how many.
    pub max_entries: Option<usize>,
    /// Whether requests for what is being fetched already wait for that answer.
    pub collapse: bool,
    /// Whether it says in `Cache-Status` what it did (RFC 9211).
    pub cache_status: bool,
    /// Who may have it drop responses; nobody if none.
    pub purge: Option<Purge>,
}

/// Who may have the shared cache drop responses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purge {
    /// Whoever asks.
    Anybody,
    /// Who sends this in `Purge-Key`.
    Key(String),
}

impl CdnSpec {
    /// Reads `[cdn]`; nobody may purge where it says nothing.
    pub fn read(reader: &Reader<'_>, fields: &Fields<'_, '_>) -> Self {
        let Some((table, _)) = fields.table("cdn") else {
            return Self::default();
        };
        let cdn = Fields::new(reader, table, "[cdn]");
        let max_entries = cdn.whole("max_entries").and_then(|(most, at)| {
            if (1..=MOST).contains(&most) {
                return usize::try_from(most).ok();
            }
            let problem = Problem::new("`max_entries` must be 1 to 10,000 responses");
            cdn.fault(at, problem);
            None
        });
        let open = cdn.boolean("purge").unwrap_or(false);
        let key = cdn.string("purge_key").and_then(|(key, at)| {
            let fits = (1..=100).contains(&key.len()) && key.chars().all(|c| c.is_ascii_graphic());
            if !fits {
                let problem = Problem::new("`purge_key` must be 1 to 100 letters without spaces");
                cdn.fault(at, problem);
            }
            fits.then_some(Purge::Key(key))
        });
        let collapse = cdn.boolean("collapse").unwrap_or(false);
        let cache_status = cdn.boolean("cache_status").unwrap_or(false);
        cdn.finish();
        Self {
            max_entries,
            collapse,
            cache_status,
            purge: key.or(open.then_some(Purge::Anybody)),
        }
    }
}
