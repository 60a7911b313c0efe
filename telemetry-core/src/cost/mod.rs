//! What a model call costs.
//!
//! - [`Prices`] says what a [`Call`] costs; its answer is a [`Cost`]: the amount in [`NanoDollars`], how well it is known
//!   ([`Status`]) and from where ([`Source`], [`Version`]).
//! - The rates are the owner's [`Overrides`], else those of a table made at build time from the data of genai-prices.
//!
//! The rules, and what is unknown: `docs/prices.md`. Nothing here is for the hot path: calls are priced when they are
//! indexed.

mod answer;
mod bucket;
mod decimal;
mod matching;
mod money;
mod overrides;
mod prices;
mod provider;
mod rate;
mod rates;
mod table;

pub use answer::{Call, Cost, Source, Status, Unpriced, Version};
pub use bucket::{Bucket, Buckets};
pub use money::NanoDollars;
pub use overrides::{KEY as OVERRIDES_KEY, OverrideError, Overrides};
pub use prices::Prices;
pub use rate::Rate;
