//! `on = "state"`: a query the checker runs on the learner's data.

use super::compare::{Rules, compare};
use super::{Finding, Scene, assertions};
use crate::lab::assertion::{Assertion, Evidence, Kind, first_failed};
use crate::lab::toml_text::Fields;
use crate::protocol::SqlResult;
use crate::sql::has_order_by;

#[derive(Debug, Clone)]
pub(super) struct Wants {
    query: String,
    expect: Option<String>,
    asserts: Vec<Assertion>,
}

impl Wants {
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Self {
        let query = fields.required("query").value;
        let expect = fields.text("expect").map(|expect| expect.value);
        let asserts = assertions(fields, "assert", &[Kind::Sql]);
        if expect.is_none() && asserts.is_empty() && fields.faults.is_empty() {
            let offset = fields.offset();
            fields.fault(
                offset,
                "This check does not say what the query should give.",
                "Write `assert = ['value == 0']` or `expect = \"SELECT …\"`.",
            );
        }
        Self {
            query,
            expect,
            asserts,
        }
    }

    pub(super) fn judge(&self, scene: &Scene<'_>) -> Finding {
        let outcome = scene.world.query(&self.query);
        let count = match &outcome.result {
            SqlResult::Rows { rows, .. } => Some(rows.len() as u64),
            _ => None,
        };
        let verdict = first_failed(
            &self.asserts,
            &Evidence {
                sql: Some(&outcome),
                count,
                ..Evidence::default()
            },
        );
        let mut finding = Finding {
            passed: verdict.is_none(),
            verdict,
            count,
            ..Finding::default()
        };
        if let Some(expect) = &self.expect {
            let reference = scene.world.query(expect);
            let rules = Rules {
                by_name: false,
                ordered: has_order_by(expect),
            };
            let mismatch = compare(&outcome.result, &reference.result, expect, rules);
            if let SqlResult::Rows { rows, .. } = &reference.result {
                finding.expected_rows = Some(rows.len());
            }
            if let Some(mismatch) = mismatch {
                finding.passed = false;
                finding.missing = mismatch.missing;
                finding.extra = mismatch.extra;
                finding.aside = mismatch.aside;
                finding.diff = Some(mismatch.diff);
            }
        }
        finding.sql = Some(outcome);
        finding
    }
}
