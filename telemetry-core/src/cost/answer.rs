//! The question and the answer.

use std::fmt;

use super::bucket::Buckets;
use super::money::NanoDollars;
use super::table::{HASH, ORIGIN, TAKEN};
use crate::event::ModelCall;
use crate::time::UnixNanos;
use crate::usage::Usage;

/// A model call, as far as its price depends on it.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The provider, in the host's words.
    pub provider: Option<&'a str>,
    /// The endpoint.
    pub base_url: Option<&'a str>,
    /// The model asked for.
    pub model: Option<&'a str>,
    /// The model that answered, when it is another.
    pub response_model: Option<&'a str>,
    /// When it was made: prices have dates, and some change with the time of day.
    pub at: UnixNanos,
    /// Tokens, when the provider said.
    pub usage: Option<Usage>,
    /// The service tier that served it, in the provider's words; the usual one when nobody said.
    pub service_tier: Option<&'a str>,
    /// It was one of a batch.
    pub batch: bool,
    /// The host says that a plan pays for it. Some words for a provider say so too.
    pub included: bool,
    /// What the provider said it costs.
    pub reported: Option<NanoDollars>,
}

impl<'a> Call<'a> {
    /// The call of an event that was recorded `at` its answer. Rates change at midnight somewhere: those in force when it
    /// was sent.
    pub fn of(call: &'a ModelCall, at: UnixNanos) -> Self {
        let said = call.billing.as_deref();
        Call {
            provider: call.provider.as_deref(),
            base_url: call.base_url.as_deref(),
            model: call.model.as_deref(),
            response_model: call.response_model.as_deref(),
            at: call.start_ns.unwrap_or(at),
            usage: call.usage,
            service_tier: said.and_then(|said| said.service_tier.as_deref()),
            batch: said.is_some_and(|said| said.batch),
            included: said.is_some_and(|said| said.included),
            // A line of a log may say anything, and nobody is paid for asking.
            reported: said.and_then(|said| said.reported).filter(|reported| reported.0 >= 0),
        }
    }

    /// A call of which nothing but its time is known.
    pub fn at(at: UnixNanos) -> Self {
        Call {
            provider: None,
            base_url: None,
            model: None,
            response_model: None,
            at,
            usage: None,
            service_tier: None,
            batch: false,
            included: false,
            reported: None,
        }
    }
}

/// What a call costs, and how that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// What has to be paid for the call: nothing where a plan pays; `None` where it is unknown, which is not nothing.
    pub amount: Option<NanoDollars>,
    /// How well the amount is known.
    pub status: Status,
    /// Where the amount is from; where it is unknown, where the priced part is from.
    pub source: Source,
    /// What the provider said, also beside a plan.
    pub reported: Option<NanoDollars>,
    /// The tokens at their rates, if all of them have one. Beside what the provider said the estimate it stands in for;
    /// beside a plan what the call would have cost without.
    pub estimate: Option<NanoDollars>,
    /// The tokens that have a rate, at their rates.
    pub priced_part: NanoDollars,
    /// Buckets with something in them and without a rate.
    pub missing: Buckets,
    /// Why there are no rates at all.
    pub unpriced: Option<Unpriced>,
    /// The rates it was priced with, if any.
    pub version: Option<Version>,
    /// The model of the table it was priced as, with its provider.
    pub priced_as: Option<(&'static str, &'static str)>,
}

/// How well an amount is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// The provider said it.
    Actual,
    /// Tokens times rates.
    Estimated,
    /// A plan pays.
    Included,
    /// Nobody knows.
    Unknown,
}

/// Where an amount is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// `telemetry.pricing.overrides`.
    Override,
    /// The provider's own word.
    Provider,
    /// The price table.
    PriceTable,
    /// A plan.
    Subscription,
    /// Nowhere.
    None,
}

/// Why a call has no rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unpriced {
    /// Nobody said how many tokens it took.
    NoUsage,
    /// It went to this machine or its network.
    LocalEndpoint,
    /// The table does not know the provider.
    UnknownProvider,
    /// The table does not know the model at that provider.
    UnknownModel,
    /// The table does not know what the model cost then in a batch or in that service tier.
    UnknownTerms,
}

/// Which rates: as long as it stays the same, so does the price of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// The table of this build.
    Table,
    /// An entry of the overrides, by a hash of what it says.
    Override(u64),
}

impl Version {
    /// Whose data the table is made from, and which release of it: `genai-prices 0.2.1`.
    pub fn origin() -> &'static str {
        ORIGIN
    }
}

/// `2026-11-21-00112233445566aa`: the day the table's data was taken over, and a hash of the table; or
/// `override-00112233445566aa`.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Version::Table => write!(f, "{TAKEN}-{HASH:016x}"),
            Version::Override(hash) => write!(f, "override-{hash:016x}"),
        }
    }
}

impl Status {
    /// The word in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Actual => "actual",
            Status::Estimated => "estimated",
            Status::Included => "included",
            Status::Unknown => "unknown",
        }
    }
}

impl Source {
    /// The word in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Override => "override",
            Source::Provider => "provider",
            Source::PriceTable => "price_table",
            Source::Subscription => "subscription",
            Source::None => "none",
        }
    }
}

impl Unpriced {
    /// The word in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Unpriced::NoUsage => "no_usage",
            Unpriced::LocalEndpoint => "local_endpoint",
            Unpriced::UnknownProvider => "unknown_provider",
            Unpriced::UnknownModel => "unknown_model",
            Unpriced::UnknownTerms => "unknown_terms",
        }
    }
}
