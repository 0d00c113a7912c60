//! Sets of slots.

/// A source's place in the frame of a running statement.
pub type Slot = u16;

/// Slots one statement may use.
pub const MAX_SLOTS: usize = 256;

/// A set of slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Slots([u64; MAX_SLOTS / 64]);

impl Slots {
    /// Adds a slot.
    pub fn add(&mut self, slot: Slot) {
        if let Some(word) = self.0.get_mut(usize::from(slot) / 64) {
            *word |= 1 << (slot % 64);
        }
    }

    /// The set of one slot.
    #[must_use]
    pub fn of(slot: Slot) -> Self {
        let mut slots = Self::default();
        slots.add(slot);
        slots
    }

    /// Whether a slot is in it.
    #[must_use]
    pub fn has(&self, slot: Slot) -> bool {
        self.0
            .get(usize::from(slot) / 64)
            .is_some_and(|word| word & (1 << (slot % 64)) != 0)
    }

    /// Those of both.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word |= other;
        }
        self
    }

    /// Those the other has not.
    #[must_use]
    pub fn without(mut self, other: &Self) -> Self {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word &= !other;
        }
        self
    }

    /// Whether both have a slot in common.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        self.0
            .iter()
            .zip(other.0)
            .any(|(word, other)| word & other != 0)
    }

    /// Whether all are in the other.
    #[must_use]
    pub fn within(&self, other: &Self) -> bool {
        self.0
            .iter()
            .zip(other.0)
            .all(|(word, other)| word & !other == 0)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }
}
