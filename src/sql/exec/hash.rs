//! Hash tables over rows, in the order the rows came.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use gluesql::core::data::Value;

use crate::sql::store::{Row, RowId};
use crate::sql::value;

/// A hasher of what is a hash already.
#[derive(Debug, Default, Clone, Copy)]
pub struct Ready(u64);

impl Hasher for Ready {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// A map by identity or hash. Its order never shows.
pub type ById<T> = HashMap<u64, T, BuildHasherDefault<Ready>>;

const NONE: u32 = u32::MAX;

/// Adds a value to a hash.
#[must_use]
pub fn mixed(hash: u64, value: &Value) -> u64 {
    hash.rotate_left(7) ^ value::hash_values(std::slice::from_ref(value))
}

/// Positions by hash: a chain for each hash, oldest first.
#[derive(Debug, Default)]
struct Chains {
    heads: ById<(u32, u32)>,
    next: Vec<u32>,
}

impl Chains {
    fn first(&self, hash: u64) -> u32 {
        self.heads.get(&hash).map_or(NONE, |(first, _)| *first)
    }

    fn after(&self, at: u32) -> u32 {
        self.next.get(at as usize).copied().unwrap_or(NONE)
    }

    fn push(&mut self, hash: u64) {
        let at = self.next.len() as u32;
        self.next.push(NONE);
        match self.heads.entry(hash) {
            std::collections::hash_map::Entry::Occupied(mut known) => {
                let (_, last) = known.get_mut();
                if let Some(next) = self.next.get_mut(*last as usize) {
                    *next = at;
                }
                *last = at;
            }
            std::collections::hash_map::Entry::Vacant(vacant) => {
                vacant.insert((at, at));
            }
        }
    }
}

/// Rows by the hash of what they are looked up by.
#[derive(Debug, Default)]
pub struct HashIndex {
    chains: Chains,
    rows: Vec<(RowId, Row)>,
}

impl HashIndex {
    pub fn push(&mut self, hash: u64, id: RowId, row: Row) {
        self.chains.push(hash);
        self.rows.push((id, row));
    }

    /// Rows that may match, oldest first.
    pub fn candidates(&self, hash: u64) -> impl Iterator<Item = &(RowId, Row)> {
        let mut at = self.chains.first(hash);
        std::iter::from_fn(move || {
            let row = self.rows.get(at as usize)?;
            at = self.chains.after(at);
            Some(row)
        })
    }
}

/// Different rows of values, numbered in the order they came. NULL is the same as NULL.
#[derive(Debug, Default)]
pub struct RowSet {
    chains: Chains,
    rows: Vec<Row>,
}

impl RowSet {
    /// A row's number, if it is in.
    #[must_use]
    pub fn find(&self, hash: u64, values: &[Value]) -> Option<usize> {
        let mut at = self.chains.first(hash);
        while let Some(row) = self.rows.get(at as usize) {
            if value::same_values(row, values) {
                return Some(at as usize);
            }
            at = self.chains.after(at);
        }
        None
    }

    /// A row's number, and whether it is new.
    pub fn insert(&mut self, row: &Row) -> (usize, bool) {
        let hash = value::hash_values(row);
        if let Some(known) = self.find(hash, row) {
            return (known, false);
        }
        self.chains.push(hash);
        self.rows.push(row.clone());
        (self.rows.len() - 1, true)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows in the order they came.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}

/// Groups found by the hash of their keys.
#[derive(Debug, Default)]
pub struct Numbered {
    chains: Chains,
}

impl Numbered {
    /// The number under a hash that is the same, if any.
    pub fn find(&self, hash: u64, mut same: impl FnMut(usize) -> bool) -> Option<usize> {
        let mut at = self.chains.first(hash);
        while at != NONE {
            if same(at as usize) {
                return Some(at as usize);
            }
            at = self.chains.after(at);
        }
        None
    }

    /// Gives the next number to a hash.
    pub fn push(&mut self, hash: u64) -> usize {
        self.chains.push(hash);
        self.chains.next.len() - 1
    }
}
