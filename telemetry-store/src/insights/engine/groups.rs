//! Which facts are in which group of a breakdown.

use std::collections::HashMap;

use super::words::{ABSENT, Words};
use crate::insights::{Dimension, Grouping};

/// One breakdown's groups, in the order they are met. That of everything has one.
pub(super) struct Partition {
    /// `None` for everything.
    pub grouping: Option<Grouping>,
    /// The numbers of each group's one or two texts.
    keys: Vec<[u32; 2]>,
    /// Of one dimension, by the number of the text: the group and one, 0 for none yet.
    one: Vec<u32>,
    /// Of two.
    two: HashMap<[u32; 2], u32>,
    /// Whether no group is added any more.
    closed: bool,
}

/// The groups that some facts are in.
pub(super) enum Members {
    /// All in the only one.
    All,
    /// One number a fact; [`ABSENT`] for none.
    Of(Vec<u32>),
}

impl Members {
    /// Calls `each` with the group of every fact that is in one, and the fact's place.
    pub(super) fn each(&self, facts: usize, mut each: impl FnMut(usize, usize)) {
        match self {
            Members::All => (0..facts).for_each(|place| each(0, place)),
            Members::Of(groups) => {
                for (place, &group) in groups.iter().enumerate() {
                    if group != ABSENT {
                        each(group as usize, place);
                    }
                }
            }
        }
    }
}

impl Partition {
    pub(super) fn of(grouping: Option<Grouping>) -> Self {
        let keys = if grouping.is_none() { vec![[0, 0]] } else { Vec::new() };
        Partition { grouping, keys, one: Vec::new(), two: HashMap::new(), closed: false }
    }

    /// The dimensions it is by.
    pub(super) fn dimensions(&self) -> Vec<Dimension> {
        match self.grouping {
            None => Vec::new(),
            Some(Grouping::One(one)) => vec![one],
            Some(Grouping::Two(one, other)) => vec![one, other],
        }
    }

    /// How many groups there are.
    pub(super) fn groups(&self) -> usize {
        self.keys.len()
    }

    /// The numbers of a group's texts; of one dimension the first counts.
    pub(super) fn key(&self, group: usize) -> [u32; 2] {
        self.keys[group]
    }

    /// Leaves only `groups`, which get new numbers, and lets no other in.
    pub(super) fn keep(&mut self, groups: &[usize]) {
        let keys: Vec<[u32; 2]> = groups.iter().map(|&group| self.keys[group]).collect();
        *self = Partition::of(self.grouping);
        for key in keys {
            self.group(key);
        }
        self.closed = true;
    }

    /// The groups of facts whose numbers in its dimensions are `codes`.
    pub(super) fn members(&mut self, words: &Words<'_>, codes: &[&[u32]]) -> Members {
        match *codes {
            [one] => {
                self.one.resize(self.one.len().max(words.len()), 0);
                let group = |&code: &u32| match self.one.get(code as usize) {
                    Some(&known) if known > 0 => known - 1,
                    _ => self.group([code, 0]),
                };
                Members::Of(one.iter().map(group).collect())
            }
            [one, other] => {
                Members::Of(one.iter().zip(other).map(|(&one, &other)| self.group([one, other])).collect())
            }
            _ => Members::All,
        }
    }

    fn group(&mut self, key: [u32; 2]) -> u32 {
        if key.contains(&ABSENT) {
            return ABSENT;
        }
        let next = self.keys.len() as u32;
        match self.grouping {
            Some(Grouping::Two(..)) => {
                if let Some(&group) = self.two.get(&key) {
                    return group;
                }
                if self.closed {
                    return ABSENT;
                }
                self.two.insert(key, next);
            }
            _ => {
                let place = key[0] as usize;
                if place >= self.one.len() {
                    self.one.resize(place + 1, 0);
                }
                if self.one[place] > 0 {
                    return self.one[place] - 1;
                }
                if self.closed {
                    return ABSENT;
                }
                self.one[place] = next + 1;
            }
        }
        self.keys.push(key);
        next
    }
}
