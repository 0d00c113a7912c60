//! Figures in the formats that monitoring reads.

pub mod otlp;
pub mod prometheus;
