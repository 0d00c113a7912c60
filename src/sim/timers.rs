//! Timers in the order they fire: by moment, then by order of setting. Taking one back takes it out, so
//! that timers which never fire do not pile up.

/// Says which timer is meant; of no use once that has fired or was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    slot: u32,
    number: u64,
}

/// A binary heap whose entries know their places, so that each can be taken out of the middle. `W` is whom
/// a timer wakes.
pub struct Timers<W> {
    heap: Vec<Entry>,
    slots: Vec<Slot<W>>,
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

struct Slot<W> {
    number: u64,
    place: usize,
    wakes: Option<W>,
}

impl<W> Default for Timers<W> {
    fn default() -> Self {
        Self {
            heap: Vec::new(),
            slots: Vec::new(),
            free: Vec::new(),
            next: 0,
        }
    }
}

impl<W> Timers<W> {
    /// Sets a timer.
    #[inline]
    pub fn set(&mut self, at_us: u64, wakes: W) -> Key {
        let number = self.next;
        self.next += 1;
        let place = self.heap.len();
        let slot = Slot {
            number,
            place,
            wakes: Some(wakes),
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
        let entry = Entry {
            at_us,
            number,
            slot: at,
        };
        self.heap.push(entry);
        self.up(place, entry);
        Key { slot: at, number }
    }

    /// Whom a timer wakes, if it is still set.
    pub fn wakes(&mut self, key: Key) -> Option<&mut W> {
        let slot = self.slots.get_mut(key.slot as usize)?;
        slot.wakes.as_mut().filter(|_| slot.number == key.number)
    }

    /// Takes a timer back, if it is still set.
    pub fn remove(&mut self, key: Key) -> Option<W> {
        let slot = self.slots.get(key.slot as usize)?;
        if slot.number != key.number || slot.wakes.is_none() {
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
    pub fn pop(&mut self, until_us: u64) -> Option<W> {
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
    fn take(&mut self, place: usize) -> Option<W> {
        let taken = self.heap.get(place)?.slot;
        let last = self.heap.pop()?;
        if place < self.heap.len() {
            // The last one goes where the taken one was, or above it, or below.
            if place > 0 && last.is_before(&self.heap[(place - 1) / 2]) {
                self.up(place, last);
            } else {
                self.down(place, last);
            }
        }
        self.free.push(taken);
        self.slots[taken as usize].wakes.take()
    }

    /// Puts an entry at a place, or above it, so that none above fires after it.
    #[inline]
    fn up(&mut self, mut place: usize, entry: Entry) {
        while place > 0 {
            let parent = (place - 1) / 2;
            if !entry.is_before(&self.heap[parent]) {
                break;
            }
            self.put(place, self.heap[parent]);
            place = parent;
        }
        self.put(place, entry);
    }

    /// Puts an entry at a place, or below it, so that none below fires before it.
    #[inline]
    fn down(&mut self, mut place: usize, entry: Entry) {
        while let Some(&(mut least)) = self.heap.get(2 * place + 1) {
            let mut child = 2 * place + 1;
            if let Some(right) = self.heap.get(child + 1)
                && right.is_before(&least)
            {
                (child, least) = (child + 1, *right);
            }
            if !least.is_before(&entry) {
                break;
            }
            self.put(place, least);
            place = child;
        }
        self.put(place, entry);
    }

    #[inline]
    fn put(&mut self, place: usize, entry: Entry) {
        self.heap[place] = entry;
        self.slots[entry.slot as usize].place = place;
    }
}
