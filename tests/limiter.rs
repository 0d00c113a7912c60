//! The rate limiters by themselves: against another implementation, against what each promises, and
//! on examples of products that use them. The layer is tested in `http.rs`.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "limiter/differential.rs"]
mod differential;
#[path = "limiter/examples.rs"]
mod examples;
#[path = "limiter/fields.rs"]
mod fields;
#[path = "limiter/promises.rs"]
mod promises;
#[path = "limiter/several.rs"]
mod several;
#[path = "limiter/spec.rs"]
mod spec;

use backlab::limiter::{Algorithm, Limiter, Nodes, Policy};

/// A limiter by itself.
fn limiter(algorithm: Algorithm) -> Limiter {
    Limiter::new(policy(algorithm))
}

fn policy(algorithm: Algorithm) -> Policy {
    Policy {
        name: "default".to_owned(),
        algorithm,
        nodes: Nodes::default(),
    }
}
