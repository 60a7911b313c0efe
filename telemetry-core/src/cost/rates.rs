//! The rates of one call, and what its tokens come to at them.

use super::bucket::{Bucket, Buckets, Counts};
use super::exact::Exact;
use super::matching::Found;
use super::rate::Rate;
use super::table::{RateRow, Terms};
use crate::time::UnixNanos;

/// A rate for each bucket that has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Rates([Option<Rate>; Bucket::ALL.len()]);

impl Rates {
    pub fn get(&self, bucket: Bucket) -> Option<Rate> {
        self.0[bucket as usize]
    }

    pub fn set(&mut self, bucket: Bucket, rate: Rate) {
        self.0[bucket as usize] = Some(rate);
    }

    /// Takes the rates for a prompt of this size: tiers hold for the whole call, not for what lies above them.
    fn take(&mut self, rows: &[RateRow], prompt: u64) {
        for row in rows.iter().filter(|row| row.holds(prompt)) {
            self.set(row.bucket(), row.rate());
        }
    }

    /// What the counts come to, and which of them have no rate.
    pub fn of(&self, counts: &Counts) -> (Exact, Buckets) {
        let apart = if self.get(Bucket::Reasoning).is_some() { counts.reasoning } else { 0 };
        let units = [
            (Bucket::Input, counts.input),
            (Bucket::Output, counts.output - apart),
            (Bucket::CacheRead, counts.cache_read),
            (Bucket::CacheWrite, counts.cache_write),
            (Bucket::CacheWrite1h, counts.cache_write_1h),
            (Bucket::Reasoning, apart),
            (Bucket::Request, u64::from(self.get(Bucket::Request).is_some())),
        ];
        let (mut sum, mut missing) = (Exact::default(), Buckets::NONE);
        for (bucket, count) in units.into_iter().filter(|(_, count)| *count > 0) {
            match self.get(bucket) {
                Some(rate) => sum.add(count, rate),
                None => missing.insert(bucket),
            }
        }
        (sum, missing)
    }
}

/// On what terms a host says a call was made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub batch: bool,
    /// The name of a service tier that is not the usual one.
    pub tier: Option<&'a str>,
}

impl<'a> Asked<'a> {
    /// From the words of a host: a service tier, and whether the call was one of a batch.
    pub fn of(tier: Option<&'a str>, batch: bool) -> Self {
        // `auto` is what was asked for, not what was given; without more it is the usual tier.
        let usual = ["", "default", "standard", "auto", "on_demand"];
        match tier.map(str::trim).filter(|tier| !usual.contains(tier)) {
            // Anthropic calls it a tier.
            Some("batch") => Asked { batch: true, tier: None },
            tier => Asked { batch, tier },
        }
    }
}

/// The rates of a model for a prompt of this size at a moment, on these terms; `None` when the table has no rates for
/// such terms then. The usual rates are not a guess at those: a batch is half of them, priority the double.
pub(super) fn rates(found: Found, asked: Asked<'_>, prompt: u64, at: UnixNanos) -> Option<Rates> {
    let mut rates = Rates::default();
    rates.take(found.model.rates(at), prompt);
    if !asked.batch && asked.tier.is_none() {
        return Some(rates);
    }
    // Terms are a provider's own; those of whom it took the prices over say nothing.
    let wanted = |terms: &Terms| match *terms {
        Terms::Batch => asked.batch,
        Terms::Tier(name) => asked.tier == Some(name),
    };
    let (mut batch, mut tier, mut taken) = (!asked.batch, asked.tier.is_none(), Buckets::NONE);
    for (terms, rows) in found.model.variants(at).filter(|(terms, _)| found.own && wanted(terms)) {
        match terms {
            Terms::Batch => batch = true,
            Terms::Tier(_) => tier = true,
        }
        let mut variant = Rates::default();
        variant.take(rows, prompt);
        for bucket in Bucket::ALL {
            if let (Some(rate), false) = (variant.get(bucket), taken.contains(bucket)) {
                rates.set(bucket, rate);
                taken.insert(bucket);
            }
        }
    }
    (batch && tier).then_some(rates)
}
