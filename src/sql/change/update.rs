//! UPDATE.

use gluesql::core::sqlparser::ast::{Assignment, Expr as Ast, SelectItem, TableWithJoins};

use super::assign;
use super::returning::Returning;
use super::target;
use super::writer::Writer;
use crate::sql::bind::{Over, Place};
use crate::sql::exec;
use crate::sql::outcome::SqlResult;
use crate::sql::session::LockMode;
use crate::sql::session::work::{Locked, Stop};
use crate::sql::store::Row;

/// The parts of an UPDATE.
pub struct Update<'s> {
    pub table: &'s TableWithJoins,
    pub assignments: &'s [Assignment],
    pub from: Option<&'s TableWithJoins>,
    pub selection: Option<&'s Ast>,
    pub returning: Option<&'s [SelectItem]>,
}

impl Update<'_> {
    /// Carries it out.
    pub fn run(&self, writer: &mut Writer) -> Result<SqlResult, Stop> {
        let binder = writer.binder;
        let target = target::one(self.table, "update", &binder)?;
        let rules = writer.rules(&target.table)?;
        let from = self.from.map_or(&[][..], std::slice::from_ref);
        let (table, alias) = (&target.table, Some(target.alias.as_str()));
        let (targets, mut over) = binder.targets(table, alias, from, self.selection)?;
        over.stand_in(Place::Statement("SET"));
        let given = assign::bind(self.assignments, &rules.def, &mut over, &binder)?;
        let mut returning = match self.returning {
            Some(items) => Some(Returning::bind(items, &mut over)?),
            None => None,
        };
        let found = writer.targets("Update", &target, &targets)?;
        let mut affected = 0;
        for (id, mut rows) in found {
            match writer
                .work
                .lock_row(&target.table, id, LockMode::NoKeyUpdate)?
            {
                Locked::Same => {}
                Locked::Gone => continue,
                Locked::Changed(row) => {
                    rows[0] = row;
                    if !still(self.selection, &rows, &mut over, writer)? {
                        continue;
                    }
                }
            }
            let new = assign::apply(&given, &rows, &rules, writer)?;
            writer.update(&target.table, id, &rows[0], new.clone())?;
            affected += 1;
            if let Some(returning) = &mut returning {
                rows[0] = new;
                returning.add(&rows, &mut writer.run)?;
            }
        }
        match returning {
            Some(returning) => Ok(returning.result()),
            None => Ok(SqlResult::Done {
                verb: "UPDATE".to_owned(),
                affected,
            }),
        }
    }
}

/// Whether a row another transaction changed still meets the condition.
pub fn still(
    selection: Option<&Ast>,
    rows: &[Row],
    over: &mut Over,
    writer: &mut Writer,
) -> Result<bool, Stop> {
    let Some(selection) = selection else {
        return Ok(true);
    };
    over.stand_in(Place::Statement("WHERE"));
    let condition = over.condition(selection)?;
    Ok(exec::truth(&condition, rows, &mut writer.run)? == Some(true))
}
