//! `on = "cache"` and `on = "limiter"`: the inside of the layers as it is now.

use super::{Finding, Scene, some_assertions};
use crate::lab::assertion::{Assertion, Evidence, Kind, first_failed};
use crate::lab::toml_text::Fields;

#[derive(Debug, Clone)]
pub(super) struct Wants {
    asserts: Vec<Assertion>,
    /// The layer looked at; all if none is named.
    layer: Option<String>,
}

impl Wants {
    pub(super) fn read(fields: &mut Fields<'_, '_>, kind: Kind) -> Self {
        let example = match kind {
            Kind::Cache => "entry \"GET /books/1\" fresh",
            _ => "capacity >= 8",
        };
        Self {
            asserts: some_assertions(fields, kind, example),
            layer: fields.text("layer").map(|layer| layer.value),
        }
    }

    pub(super) fn judge(&self, scene: &Scene<'_>) -> Finding {
        let mut layers = scene.world.view().layers;
        if let Some(name) = &self.layer {
            layers.retain(|layer| layer.name == *name);
        }
        let verdict = first_failed(
            &self.asserts,
            &Evidence {
                layers: &layers,
                ..Evidence::default()
            },
        );
        Finding {
            passed: verdict.is_none(),
            verdict,
            layers,
            ..Finding::default()
        }
    }
}
