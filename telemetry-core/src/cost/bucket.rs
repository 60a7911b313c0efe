//! What a provider charges for separately.

use crate::usage::{MAX_TOKENS, Usage};

/// A part of a call that has a rate of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bucket {
    /// Prompt tokens that were neither read from nor written to a cache.
    Input,
    /// Completion tokens; without those of reasoning where these have a rate.
    Output,
    /// Prompt tokens read from a cache.
    CacheRead,
    /// Prompt tokens written to a cache for the provider's usual time, five minutes where it sells others too.
    CacheWrite,
    /// Prompt tokens written to a cache for an hour.
    CacheWrite1h,
    /// Completion tokens spent on reasoning; they cost what output costs where they have no rate.
    Reasoning,
    /// The call itself; free where it has no rate.
    Request,
}

impl Bucket {
    /// All of them.
    pub const ALL: [Bucket; 7] = [
        Bucket::Input,
        Bucket::Output,
        Bucket::CacheRead,
        Bucket::CacheWrite,
        Bucket::CacheWrite1h,
        Bucket::Reasoning,
        Bucket::Request,
    ];

    /// Its word, in overrides and in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Bucket::Input => "input",
            Bucket::Output => "output",
            Bucket::CacheRead => "cache_read",
            Bucket::CacheWrite => "cache_write",
            Bucket::CacheWrite1h => "cache_write_1h",
            Bucket::Reasoning => "reasoning",
            Bucket::Request => "per_request",
        }
    }
}

/// A set of buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Buckets(u8);

impl Buckets {
    /// None of them.
    pub const NONE: Self = Buckets(0);

    /// Adds one.
    pub fn insert(&mut self, bucket: Bucket) {
        self.0 |= 1 << bucket as u8;
    }

    /// Whether it is one of them.
    pub fn contains(self, bucket: Bucket) -> bool {
        self.0 & (1 << bucket as u8) != 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self == Self::NONE
    }

    /// Those in it, in the order of [`Bucket::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Bucket> {
        Bucket::ALL.into_iter().filter(move |bucket| self.contains(*bucket))
    }
}

impl FromIterator<Bucket> for Buckets {
    fn from_iter<I: IntoIterator<Item = Bucket>>(buckets: I) -> Self {
        buckets.into_iter().fold(Self::NONE, |mut all, bucket| {
            all.insert(bucket);
            all
        })
    }
}

/// How many units of each bucket a call took, each at most [`MAX_TOKENS`]. All output counts as output, since whether
/// reasoning is apart depends on the rates.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    pub input: u64,
    pub output: u64,
    pub cache_read: u64,
    pub cache_write: u64,
    pub cache_write_1h: u64,
    /// Part of `output`.
    pub reasoning: u64,
}

impl Counts {
    pub fn of(usage: &Usage) -> Self {
        let written = usage.cache_write.min(MAX_TOKENS);
        let hour = usage.cache_write_1h.min(written);
        let output = usage.output.min(MAX_TOKENS);
        Counts {
            input: usage.input.min(MAX_TOKENS),
            output,
            cache_read: usage.cache_read.min(MAX_TOKENS),
            cache_write: written - hour,
            cache_write_1h: hour,
            reasoning: usage.reasoning.min(output),
        }
    }

    /// The size of the prompt, which decides the tier.
    pub fn prompt(&self) -> u64 {
        self.input + self.cache_read + self.cache_write + self.cache_write_1h
    }
}
