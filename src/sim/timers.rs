//! Timers in the order they fire: by moment, then by order of setting. Taking one back takes it out, so
//! that timers which never fire do not pile up.

use std::task::Waker;

/// Says which timer is meant; of no use once that has fired or was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    slot: u32,
    number: u64,
}

/// A binary heap whose entries know their places, so that each can be taken out of the middle.
#[derive(Default)]
pub struct Timers {
    heap: Vec<Entry>,
    slots: Vec<Slot>,
    free: Vec<u32>,
    next: u64,
}

#[derive(Clone, Copy)]
struct Entry {
    at_us: u64,
    number: u64,
    slot: u32,
}

impl Entry {
    #[inline]
    fn is_before(&self, other: &Self) -> bool {
        (self.at_us, self.number) < (other.at_us, other.number)
    }
}

struct Slot {
    number: u64,
    place: usize,
    waker: Option<Waker>,
}

impl Timers {
    /// Sets a timer.
    #[inline]
    pub fn set(&mut self, at_us: u64, waker: Waker) -> Key {
        let number = self.next;
        self.next += 1;
        let slot = Slot {
            number,
            place: self.heap.len(),
            waker: Some(waker),
        };
        let at = match self.free.pop() {
            Some(at) => {
                self.slots[at as usize] = slot;
                at
            }
            None => {
                self.slots.push(slot);
                u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
            }
        };
        self.heap.push(Entry {
            at_us,
            number,
            slot: at,
        });
        self.up(self.heap.len() - 1);
        Key { slot: at, number }
    }

    /// Has a timer wake another task; false if it is no longer set.
    pub fn replace(&mut self, key: Key, waker: &Waker) -> bool {
        match self.slots.get_mut(key.slot as usize) {
            Some(slot) if slot.number == key.number && slot.waker.is_some() => {
                if !slot.waker.as_ref().is_some_and(|own| own.will_wake(waker)) {
                    slot.waker = Some(waker.clone());
                }
                true
            }
            _ => false,
        }
    }

    /// Takes a timer back, if it is still set.
    pub fn remove(&mut self, key: Key) -> Option<Waker> {
        let slot = self.slots.get(key.slot as usize)?;
        if slot.number != key.number || slot.waker.is_none() {
            return None;
        }
        self.take(slot.place)
    }

    /// When the next one fires.
    pub fn next_us(&self) -> Option<u64> {
        self.heap.first().map(|entry| entry.at_us)
    }

    /// Takes out the next one that fires at that moment or before.
    #[inline]
    pub fn pop(&mut self, until_us: u64) -> Option<Waker> {
        if self.next_us()? > until_us {
            return None;
        }
        self.take(0)
    }

    /// How many are set.
    pub fn count(&self) -> usize {
        self.heap.len()
    }

    #[inline]
    fn take(&mut self, place: usize) -> Option<Waker> {
        let entry = self.heap.swap_remove(place);
        if place < self.heap.len() {
            self.slots[self.heap[place].slot as usize].place = place;
            self.down(place);
            self.up(place);
        }
        self.free.push(entry.slot);
        self.slots[entry.slot as usize].waker.take()
    }

    #[inline]
    fn up(&mut self, mut place: usize) {
        while place > 0 {
            let parent = (place - 1) / 2;
            if !self.heap[place].is_before(&self.heap[parent]) {
                break;
            }
            self.swap(place, parent);
            place = parent;
        }
    }

    #[inline]
    fn down(&mut self, mut place: usize) {
        loop {
            let mut least = 2 * place + 1;
            if least >= self.heap.len() {
                break;
            }
            if least + 1 < self.heap.len() && self.heap[least + 1].is_before(&self.heap[least]) {
                least += 1;
            }
            if !self.heap[least].is_before(&self.heap[place]) {
                break;
            }
            self.swap(place, least);
            place = least;
        }
    }

    #[inline]
    fn swap(&mut self, a: usize, b: usize) {
        self.heap.swap(a, b);
        self.slots[self.heap[a].slot as usize].place = a;
        self.slots[self.heap[b].slot as usize].place = b;
    }
}
