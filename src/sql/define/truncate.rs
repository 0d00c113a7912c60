//! TRUNCATE.

use gluesql::core::sqlparser::ast::{
    TruncateCascadeOption, TruncateIdentityOption, TruncateTableTarget,
};

use super::depend::references;
use super::{Cx, done, drop, names};
use crate::sql::error::{self, code};
use crate::sql::outcome::SqlResult;
use crate::sql::session::work::{Stop, Work};
use crate::sql::store::Table;

/// Carries TRUNCATE out.
pub fn run(
    targets: &[TruncateTableTarget],
    identity: Option<&TruncateIdentityOption>,
    cascade: Option<&TruncateCascadeOption>,
    work: &mut Work,
    cx: &Cx,
) -> Result<SqlResult, Stop> {
    let tables = work.tables().clone();
    let mut emptied: Vec<String> = Vec::new();
    for target in targets {
        let name = names::table_name(&target.name, cx.lexed)?;
        if tables.views.contains_key(&name) {
            let hint = "TRUNCATE the tables it reads";
            return Err(drop::other_kind(&name, "table", hint, cx).into());
        }
        if !tables.tables.contains_key(&name) {
            return Err(names::no_table(&name, &tables, cx.lexed).into());
        }
        if !emptied.contains(&name) {
            emptied.push(name);
        }
    }
    let cascade = cascade == Some(&TruncateCascadeOption::Cascade);
    let mut next = 0;
    while let Some(name) = emptied.get(next).cloned() {
        next += 1;
        for (other, _) in references(&tables, &name) {
            if emptied.contains(&other) {
                continue;
            }
            if !cascade {
                let mut problem = error::problem(
                    code::UNSUPPORTED,
                    format!("`{name}` is referenced by `{other}` and cannot be truncated"),
                )
                .hint(format!(
                    "TRUNCATE {name}, {other} empties both, as does TRUNCATE {name} CASCADE"
                ));
                problem.place = cx.lexed.place_of(&name);
                return Err(problem.into());
            }
            emptied.push(other);
        }
    }
    let restart = identity == Some(&TruncateIdentityOption::Restart);
    work.define(|view| {
        for name in &emptied {
            if let Some(old) = tables.tables.get(name) {
                let mut table = Table::new((*old.def).clone());
                table.continue_from(old);
                if restart {
                    for column in 0..old.def.columns.len() {
                        table.set_sequence(column, 0);
                    }
                }
                view.tables.insert(name.clone(), table);
            }
        }
    })?;
    Ok(done("TRUNCATE TABLE", 0))
}
