//! The regions of a lab: guide, workbench, scope.

pub mod scope;
