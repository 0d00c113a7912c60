//! cURL commands: the language in which requests travel between documentation, terminals and
//! browsers. Read into a request ([`read`]) and written from one ([`write`]).

mod options;
mod read;
mod shell;
mod write;

pub use read::{Taken, read};
pub use write::write;

#[cfg(test)]
mod tests;
