//! Which tab saves, when several have the same lab open: the first one, until another takes over.
//! Tabs talk over a broadcast channel; one that is gone does not answer, so nothing goes stale.

use serde::Serialize;

/// One message between tabs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Word {
    /// Who speaks.
    pub tab: String,
    /// About which place.
    pub place: String,
    /// What is said.
    pub says: Says,
}

/// What tabs say to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Says {
    /// Does anyone have this open?
    Ask,
    /// I do, and I save.
    Mine,
    /// From now on I do.
    Take,
}

/// Whether this tab saves the lab it has open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tabs {
    me: String,
    place: Option<String>,
    is_guest: bool,
}

impl Tabs {
    /// A tab with a name of its own.
    pub fn new(me: impl Into<String>) -> Self {
        Self {
            me: me.into(),
            ..Self::default()
        }
    }

    /// Whether this tab may save.
    pub fn saves(&self) -> bool {
        !self.is_guest
    }

    /// The learner opened a place, or left for none.
    pub fn open(&mut self, place: Option<&str>) -> Option<Word> {
        self.place = place.map(str::to_owned);
        self.is_guest = false;
        self.say(Says::Ask)
    }

    /// The learner wants this tab to be the one that saves.
    pub fn take(&mut self) -> Option<Word> {
        self.is_guest = false;
        self.say(Says::Take)
    }

    /// Someone else's save was found where ours should be.
    pub fn yield_to_other(&mut self) {
        self.is_guest = true;
    }

    /// Another tab spoke. Gives what to answer.
    pub fn hear(&mut self, word: &Word) -> Option<Word> {
        if word.tab == self.me || self.place.as_ref() != Some(&word.place) {
            return None;
        }
        match word.says {
            Says::Ask if self.saves() => self.say(Says::Mine),
            Says::Ask => None,
            Says::Mine | Says::Take => {
                self.is_guest = true;
                None
            }
        }
    }

    fn say(&self, says: Says) -> Option<Word> {
        Some(Word {
            tab: self.me.clone(),
            place: self.place.clone()?,
            says,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Delivers a word to every tab, and the answers too.
    fn deliver(word: Option<Word>, tabs: &mut [&mut Tabs]) {
        let mut open: Vec<Word> = word.into_iter().collect();
        while let Some(word) = open.pop() {
            open.extend(tabs.iter_mut().filter_map(|tab| tab.hear(&word)));
        }
    }

    #[test]
    fn the_second_tab_is_a_guest_until_it_takes_over() {
        let (mut first, mut second) = (Tabs::new("1"), Tabs::new("2"));
        let word = first.open(Some("x"));
        deliver(word, &mut [&mut first, &mut second]);
        assert!(first.saves());

        let word = second.open(Some("x"));
        deliver(word, &mut [&mut first, &mut second]);
        assert_eq!((first.saves(), second.saves()), (true, false));

        let word = second.take();
        deliver(word, &mut [&mut first, &mut second]);
        assert_eq!((first.saves(), second.saves()), (false, true));
    }

    #[test]
    fn different_labs_do_not_meet() {
        let (mut first, mut second) = (Tabs::new("1"), Tabs::new("2"));
        first.open(Some("x"));
        let word = second.open(Some("y"));
        deliver(word, &mut [&mut first, &mut second]);
        assert_eq!((first.saves(), second.saves()), (true, true));
    }

    #[test]
    fn a_tab_that_left_does_not_hold_the_lab() {
        let (mut first, mut second) = (Tabs::new("1"), Tabs::new("2"));
        first.open(Some("x"));
        first.open(None);
        let word = second.open(Some("x"));
        deliver(word, &mut [&mut first, &mut second]);
        assert!(second.saves());
    }
}
