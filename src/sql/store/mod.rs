//! Tables in memory, copy-on-write: a clone shares everything until one side writes, so a
//! snapshot, a savepoint and a fork cost nothing.

pub mod glue;
mod index;
mod table;

use std::sync::Arc;

use imbl::OrdMap;

pub use index::{IndexData, IndexEntryKey};
pub use table::{Row, RowId, Table};

use super::catalog::ViewDef;

/// Everything a database holds at one moment. Cloning shares it.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Tables by name.
    pub tables: OrdMap<String, Table>,
    /// Views by name; a name is never both a table's and a view's.
    pub views: OrdMap<String, Arc<ViewDef>>,
}
