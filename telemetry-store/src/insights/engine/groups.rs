//! Which facts are in which group of a breakdown.

use super::carriers::Carriers;
use super::codes::Codes;
use super::pairs::Pairs;
use super::words::ABSENT;
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
    two: Pairs,
    /// Whether no group is added any more.
    closed: bool,
}

/// The groups that some facts are in.
pub(super) enum Members {
    /// All in the only one.
    All,
    /// One number a fact; [`ABSENT`] for none.
    Of(Vec<u32>),
    /// One number for each value of one of the facts' [carriers](Carriers); [`ABSENT`] for none.
    By(usize, Vec<u32>),
}

impl Members {
    /// Appends the group of every fact to `groups`; nothing where all are in the only one.
    pub(super) fn extend(&self, carriers: &Carriers, groups: &mut Vec<u32>) {
        match self {
            Members::All => {}
            Members::Of(of) => groups.extend_from_slice(of),
            Members::By(carrier, of) => {
                groups.extend(carriers.values(*carrier).iter().map(|&value| of[value as usize]));
            }
        }
    }
}

impl Partition {
    pub(super) fn of(grouping: Option<Grouping>) -> Self {
        let keys = if grouping.is_none() { vec![[0, 0]] } else { Vec::new() };
        Partition { grouping, keys, one: Vec::new(), two: Pairs::default(), closed: false }
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

    /// The groups of facts that are in its dimensions what `codes` say.
    pub(super) fn members(&mut self, codes: &[&Codes], carriers: &Carriers) -> Members {
        match *codes {
            [Codes::Each(one)] => Members::Of(one.iter().map(|&code| self.group([code, 0])).collect()),
            [&Codes::By(carrier, ref one)] => {
                self.members_by(carriers, carrier, one.iter().map(|&code| [code, 0]))
            }
            [&Codes::By(carrier, ref one), &Codes::By(same, ref other)] if same == carrier => {
                self.members_by(carriers, carrier, one.iter().zip(other).map(|(&one, &other)| [one, other]))
            }
            [one, other] => {
                let [one, other] = [one, other].map(|codes| codes.each(carriers));
                Members::Of(
                    one.iter().zip(other.iter()).map(|(&one, &other)| self.group([one, other])).collect(),
                )
            }
            _ => Members::All,
        }
    }

    /// The groups by what a carrier may be. What no fact has makes no group.
    fn members_by(
        &mut self,
        carriers: &Carriers,
        carrier: usize,
        keys: impl Iterator<Item = [u32; 2]>,
    ) -> Members {
        let had = carriers.had(carrier).iter().zip(keys);
        Members::By(carrier, had.map(|(&had, key)| if had { self.group(key) } else { ABSENT }).collect())
    }

    fn group(&mut self, key: [u32; 2]) -> u32 {
        if key.contains(&ABSENT) {
            return ABSENT;
        }
        let known = match self.grouping {
            Some(Grouping::Two(..)) => self.two.find(&self.keys, key),
            _ => self.one.get(key[0] as usize).copied().unwrap_or(0).checked_sub(1),
        };
        match known {
            Some(group) => group,
            None if self.closed => ABSENT,
            None => self.add(key),
        }
    }

    fn add(&mut self, key: [u32; 2]) -> u32 {
        let group = self.keys.len() as u32;
        self.keys.push(key);
        match self.grouping {
            Some(Grouping::Two(..)) => self.two.add_last(&self.keys),
            _ => {
                let place = key[0] as usize;
                self.one.resize(self.one.len().max(place + 1), 0);
                self.one[place] = group + 1;
            }
        }
        group
    }
}
