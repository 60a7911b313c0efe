//! What a model call costs.
//!
//! - Money is whole [`NanoDollars`], with or without the feature `prices`.
#![cfg_attr(
    feature = "prices",
    doc = "- [`Prices`] says what a [`Call`] costs; its answer is a [`Cost`]: the amount, how well it is known ([`Status`]) and
  from where ([`Source`], [`Version`]).
- The rates are the owner's [`Overrides`], else those of a table made at build time from the data of genai-prices."
)]
//!
//! The rules, and what is unknown: `docs/prices.md`. Nothing here is for the hot path: calls are priced when they are
//! indexed.

#[cfg(feature = "prices")]
mod answer;
#[cfg(feature = "prices")]
mod bucket;
mod decimal;
#[cfg(feature = "prices")]
mod exact;
#[cfg(feature = "prices")]
mod matching;
mod money;
#[cfg(feature = "prices")]
mod overrides;
#[cfg(feature = "prices")]
mod prices;
#[cfg(feature = "prices")]
mod provider;
#[cfg(feature = "prices")]
mod rate;
#[cfg(feature = "prices")]
mod rates;
#[cfg(feature = "prices")]
mod table;

pub use money::NanoDollars;

#[cfg(feature = "prices")]
pub use answer::{Call, Cost, Source, Status, Unpriced, Version};
#[cfg(feature = "prices")]
pub use bucket::{Bucket, Buckets};
#[cfg(feature = "prices")]
pub use overrides::{KEY as OVERRIDES_KEY, OverrideError, Overrides};
#[cfg(feature = "prices")]
pub use prices::Prices;
#[cfg(feature = "prices")]
pub use rate::Rate;
