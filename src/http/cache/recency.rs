//! Values in the order of their use: putting one in front and finding the one used longest ago take the
//! same time however many there are.

/// No place.
const NONE: usize = usize::MAX;

/// Values, each in a place that stays its own until it is removed, in a list by their use.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recency<T> {
    places: Vec<Place<T>>,
    free: Vec<usize>,
    newest: usize,
    oldest: usize,
}

#[derive(Debug, Clone, PartialEq)]
struct Place<T> {
    value: Option<T>,
    newer: usize,
    older: usize,
}

impl<T> Recency<T> {
    pub(super) fn new() -> Self {
        Self {
            places: Vec::new(),
            free: Vec::new(),
            newest: NONE,
            oldest: NONE,
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// The value of a place.
    pub(super) fn get(&self, at: usize) -> Option<&T> {
        self.places.get(at)?.value.as_ref()
    }

    /// The value of a place, to be changed.
    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        self.places.get_mut(at)?.value.as_mut()
    }

    /// All values, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.places.iter().filter_map(|place| place.value.as_ref())
    }

    /// The place of the value used longest ago.
    pub(super) fn oldest(&self) -> Option<usize> {
        (self.oldest != NONE).then_some(self.oldest)
    }

    /// Adds a value as the one used last; its place.
    pub(super) fn add(&mut self, value: T) -> usize {
        let place = Place {
            value: Some(value),
            newer: NONE,
            older: NONE,
        };
        let at = match self.free.pop() {
            Some(at) => {
                self.places[at] = place;
                at
            }
            None => {
                self.places.push(place);
                self.places.len() - 1
            }
        };
        self.link(at);
        at
    }

    /// Notes that a value is used.
    pub(super) fn touch(&mut self, at: usize) {
        if at != self.newest && self.get(at).is_some() {
            self.unlink(at);
            self.link(at);
        }
    }

    /// Takes a value out.
    pub(super) fn remove(&mut self, at: usize) -> Option<T> {
        let value = self.places.get_mut(at)?.value.take()?;
        self.unlink(at);
        self.free.push(at);
        Some(value)
    }

    fn link(&mut self, at: usize) {
        let place = &mut self.places[at];
        (place.newer, place.older) = (NONE, self.newest);
        match self.places.get_mut(self.newest) {
            Some(before) => before.newer = at,
            None => self.oldest = at,
        }
        self.newest = at;
    }

    fn unlink(&mut self, at: usize) {
        let (newer, older) = (self.places[at].newer, self.places[at].older);
        match self.places.get_mut(newer) {
            Some(place) => place.older = older,
            None => self.newest = older,
        }
        match self.places.get_mut(older) {
            Some(place) => place.newer = newer,
            None => self.oldest = newer,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone)]
    enum Step {
        Add,
        Touch(usize),
        Remove(usize),
        RemoveOldest,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            Just(Step::Add),
            (0..12_usize).prop_map(Step::Touch),
            (0..12_usize).prop_map(Step::Remove),
            Just(Step::RemoveOldest),
        ]
    }

    proptest! {
        /// Against a list that is searched and shifted.
        #[test]
        fn the_order_is_that_of_use(steps in vec(step(), 0..200)) {
            let mut recency = Recency::new();
            // From the one used longest ago: value and place.
            let mut wanted: Vec<(usize, usize)> = Vec::new();
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Add => wanted.push((number, recency.add(number))),
                    Step::Touch(at) => {
                        recency.touch(at);
                        if let Some(found) = wanted.iter().position(|(_, place)| *place == at) {
                            let used = wanted.remove(found);
                            wanted.push(used);
                        }
                    }
                    Step::Remove(at) => {
                        let found = wanted.iter().position(|(_, place)| *place == at);
                        let removed = found.map(|found| wanted.remove(found).0);
                        prop_assert_eq!(recency.remove(at), removed);
                    }
                    Step::RemoveOldest => {
                        if let Some(at) = recency.oldest() {
                            prop_assert_eq!(recency.remove(at), Some(wanted.remove(0).0));
                        }
                    }
                }
                prop_assert_eq!(recency.oldest(), wanted.first().map(|(_, place)| *place));
                prop_assert_eq!(recency.len(), wanted.len());
            }
            while let Some(at) = recency.oldest() {
                prop_assert_eq!(recency.remove(at), Some(wanted.remove(0).0));
            }
            prop_assert!(wanted.is_empty());
        }
    }
}
