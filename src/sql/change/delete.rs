//! DELETE.

use gluesql::core::sqlparser::ast::{Delete, FromTable};

use super::returning::Returning;
use super::target;
use super::update::still;
use super::writer::Writer;
use crate::sql::error::unsupported;
use crate::sql::outcome::SqlResult;
use crate::sql::session::LockMode;
use crate::sql::session::work::{Locked, Stop};

/// Carries DELETE out.
pub fn run(delete: &Delete, writer: &mut Writer) -> Result<SqlResult, Stop> {
    let binder = writer.binder;
    let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = &delete.from;
    let ([table], true) = (tables.as_slice(), delete.tables.is_empty()) else {
        return Err(unsupported("DELETE from several tables", "write one DELETE for each").into());
    };
    if !delete.order_by.is_empty() || delete.limit.is_some() {
        return Err(unsupported(
            "ORDER BY or LIMIT in DELETE",
            "write WHERE id IN (SELECT id FROM table ORDER BY … LIMIT …)",
        )
        .into());
    }
    let target = target::one(table, "delete from", &binder)?;
    let using = delete.using.as_deref().unwrap_or_default();
    let selection = delete.selection.as_ref();
    let (name, alias) = (&target.table, Some(target.alias.as_str()));
    let (targets, mut over) = binder.targets(name, alias, using, selection)?;
    let mut returning = match delete.returning.as_deref() {
        Some(items) => Some(Returning::bind(items, &mut over)?),
        None => None,
    };
    let found = writer.targets("Delete", &target, &targets)?;
    let mut affected = 0;
    for (id, mut rows) in found {
        match writer.work.lock_row(&target.table, id, LockMode::Update)? {
            Locked::Same => {}
            Locked::Gone => continue,
            Locked::Changed(row) => {
                rows[0] = row;
                if !still(selection, &rows, &mut over, writer)? {
                    continue;
                }
            }
        }
        writer.delete(&target.table, id, &rows[0])?;
        affected += 1;
        if let Some(returning) = &mut returning {
            returning.add(&rows, &mut writer.run)?;
        }
    }
    match returning {
        Some(returning) => Ok(returning.result()),
        None => Ok(SqlResult::Done {
            verb: "DELETE".to_owned(),
            affected,
        }),
    }
}
