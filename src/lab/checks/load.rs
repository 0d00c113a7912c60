//! `on = "load"`: the figures of the task's latest burst.

use super::{Finding, Scene, some_assertions};
use crate::lab::assertion::{Assertion, Evidence, Kind, first_failed};
use crate::lab::toml_text::Fields;

#[derive(Debug, Clone)]
pub(super) struct Wants {
    asserts: Vec<Assertion>,
}

impl Wants {
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self {
            asserts: some_assertions(fields, Kind::Load, "refused == 0"),
        }
    }

    pub(super) fn judge(&self, scene: &Scene<'_>) -> Finding {
        let Some(load) = scene.record.latest_load() else {
            return Finding::nothing();
        };
        let count = Some(scene.record.loads() as u64);
        let verdict = first_failed(
            &self.asserts,
            &Evidence {
                load: Some(load),
                count,
                ..Evidence::default()
            },
        );
        Finding {
            passed: verdict.is_none(),
            verdict,
            load: Some(load.clone()),
            count,
            ..Finding::default()
        }
    }
}
