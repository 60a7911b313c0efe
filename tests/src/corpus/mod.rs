//! Labelled texts for the redactor: made up, the same in every run, and by nothing of the product.
//!
//! - [`vendors`]: what credentials look like, written from the vendors' documentation and not from our rules.
//! - [`surroundings`]: where they stand.
//! - [`structures`]: credentials that are a structure of their own: keys, tokens in parts, headers, connection strings.
//! - [`negatives`]: what agents' logs are full of and what is no secret.
//! - [`score`]: what a redactor got right.
//!
//! There are two splits, with different secrets and different surroundings: [`Split::Tuning`] is for looking at while the redactor
//! is being changed, [`Split::HeldOut`] is for numbers.

pub mod negatives;
pub mod random;
pub mod score;
pub mod structures;
pub mod surroundings;
pub mod vendors;

use random::Random;

/// Which half of the corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// To look at.
    Tuning,
    /// To measure with.
    HeldOut,
}

impl Split {
    fn random(self) -> Random {
        Random::new(match self {
            Self::Tuning => 0x7475_6e65,
            Self::HeldOut => 0x6865_6c64,
        })
    }

    /// Deals out `list`: every third item is seen by one split only.
    fn deals(self, number: usize) -> bool {
        match self {
            Self::Tuning => number % 3 != 2,
            Self::HeldOut => number % 3 != 1,
        }
    }
}

/// A text and the secrets in it.
#[derive(Clone, Debug)]
pub struct Case {
    /// Whose credential it is, or what it is that is no secret.
    pub label: &'static str,
    /// Where it stands.
    pub surroundings: &'static str,
    /// The text.
    pub text: String,
    /// Every secret in it, as it stands there; empty for a negative.
    pub secrets: Vec<String>,
}

/// How many secrets of each vendor are made.
const EACH: usize = 24;
/// How many texts of each kind of negative are made.
const NEGATIVES: usize = 12;

/// All cases of a split.
pub fn cases(split: Split) -> Vec<Case> {
    let mut random = split.random();
    let mut cases = Vec::new();
    for vendor in vendors::VENDORS {
        let places: Vec<_> = surroundings::all(vendor.bare)
            .into_iter()
            .enumerate()
            .filter(|(number, _)| split.deals(*number))
            .map(|(_, place)| place)
            .collect();
        for _ in 0..EACH {
            let place = places[random.below(places.len())];
            let format = random.one_of(vendor.formats);
            let secret = random.fill(format);
            let text = (place.write)(&mut random, vendor.name, &secret);
            cases.push(Case { label: vendor.id, surroundings: place.name, text, secrets: vec![secret] });
        }
    }
    for structure in structures::STRUCTURES {
        for _ in 0..EACH {
            let (text, secrets) = (structure.write)(&mut random);
            cases.push(Case { label: structure.id, surroundings: "its own", text, secrets });
        }
    }
    for negative in negatives::NEGATIVES {
        for _ in 0..NEGATIVES {
            let text = (negative.write)(&mut random);
            cases.push(Case { label: negative.id, surroundings: "none", text, secrets: Vec::new() });
        }
    }
    cases
}
