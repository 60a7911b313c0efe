//! Calls priced, one after the other.

use std::collections::HashMap;

use xxhash_rust::xxh3::{Xxh3Default, xxh3_64};

use super::answer::{Call, Cost, Source, Status, Unpriced, Version};
use super::bucket::{Buckets, Counts};
use super::exact::Exact;
use super::matching::{Found, find};
use super::money::NanoDollars;
use super::overrides::Overrides;
use super::provider::{Route, route};
use super::rates::{Asked, Rates, rates};
use super::table::{HASH, PROVIDERS};

/// The rates there are, and where in them what has been asked for was found: the next call of the same model at the
/// same place takes a look into a map.
///
/// # Examples
/// ```
/// use telemetry_core::cost::{Call, NanoDollars, Overrides, Prices, Status};
/// use telemetry_core::time::UnixNanos;
/// use telemetry_core::usage::Usage;
///
/// let mut prices = Prices::new(Overrides::default());
/// let cost = prices.price(&Call {
///     provider: Some("anthropic"),
///     model: Some("claude-opus-4-8"),
///     usage: Some(Usage { input: 1_000, output: 100, ..Usage::default() }),
///     ..Call::at(UnixNanos::now())
/// });
/// // 1,000 at 5 dollars a million and 100 at 25.
/// assert_eq!((cost.amount, cost.status), (Some(NanoDollars(7_500_000)), Status::Estimated));
/// ```
pub struct Prices {
    overrides: Overrides,
    routes: HashMap<u128, Route>,
    places: HashMap<u128, Place>,
}

/// The table alone.
impl Default for Prices {
    fn default() -> Self {
        Self::new(Overrides::default())
    }
}

/// Where the rates of a call are, and whether a plan pays for it.
#[derive(Clone, Copy)]
enum Place {
    Override(usize),
    Table { found: Found, provider: usize, plan: bool },
    Nowhere { why: Unpriced, plan: bool },
}

/// Names come from outside, so there may be any number of them; a real home has hundreds.
const MAX_REMEMBERED: usize = 16_384;

impl Prices {
    /// With the owner's overrides before the table.
    pub fn new(overrides: Overrides) -> Self {
        Prices { overrides, routes: HashMap::new(), places: HashMap::new() }
    }

    /// A hash of all rates there are: while it stays the same, no call's price changes.
    pub fn fingerprint(&self) -> u64 {
        let bytes: Vec<u8> =
            std::iter::once(HASH).chain(self.overrides.hashes()).flat_map(u64::to_le_bytes).collect();
        xxh3_64(&bytes)
    }

    /// What a call costs.
    pub fn price(&mut self, call: &Call<'_>) -> Cost {
        match self.place(call) {
            Place::Override(place) => {
                let entry = self.overrides.entry(place);
                let cost =
                    Estimate::new(call, |_| Ok(entry.rates)).cost(call.reported, false, Source::Override);
                let version = cost.unpriced.is_none().then_some(Version::Override(entry.hash));
                Cost { version, ..cost }
            }
            Place::Table { found, provider, plan } => {
                let asked = Asked::of(call.service_tier, call.batch);
                let estimate = Estimate::new(call, |counts| {
                    rates(found, asked, counts.prompt(), call.at).ok_or(Unpriced::UnknownTerms)
                });
                let cost = estimate.cost(call.reported, plan || call.included, Source::PriceTable);
                let version = cost.unpriced.is_none().then_some(Version::Table);
                Cost { version, priced_as: Some((PROVIDERS[provider].id(), found.model.id())), ..cost }
            }
            Place::Nowhere { why, plan } => {
                Estimate::new(call, |_| Err(why)).cost(call.reported, plan || call.included, Source::None)
            }
        }
    }

    fn place(&mut self, call: &Call<'_>) -> Place {
        let key = key(&[call.provider, call.base_url, call.model, call.response_model]);
        if let Some(place) = self.places.get(&key) {
            return *place;
        }
        let place = self.look_up(call);
        remember(&mut self.places, key, place);
        place
    }

    fn look_up(&mut self, call: &Call<'_>) -> Place {
        let endpoint = key(&[call.provider, call.base_url]);
        let route = match self.routes.get(&endpoint) {
            Some(route) => *route,
            None => {
                let route = route(call.provider, call.base_url);
                remember(&mut self.routes, endpoint, route);
                route
            }
        };
        let (provider, plan, why) = match route {
            Route::Charged(provider) => (Some(provider), false, Unpriced::UnknownModel),
            Route::Plan(provider) => (provider, true, Unpriced::UnknownModel),
            Route::Local => (None, false, Unpriced::LocalEndpoint),
            Route::Unknown => (None, false, Unpriced::UnknownProvider),
        };
        // A plan's own word must not be taken for who sells the same models by the token.
        let seller = provider.filter(|_| !plan).map(|provider| PROVIDERS[provider].id());
        let words: Vec<&str> = call.provider.into_iter().chain(seller).collect();
        let models: Vec<&str> = call.model.into_iter().chain(call.response_model).collect();
        if let Some(place) = self.overrides.find(&words, &models) {
            return Place::Override(place);
        }
        let found =
            provider.and_then(|provider| Some((find(provider, call.model, call.response_model)?, provider)));
        match found {
            Some((found, provider)) => Place::Table { found, provider, plan },
            None => Place::Nowhere { why, plan },
        }
    }
}

fn remember<V>(map: &mut HashMap<u128, V>, key: u128, value: V) {
    if map.len() >= MAX_REMEMBERED {
        map.clear();
    }
    map.insert(key, value);
}

/// One number for some texts, of which none may be there: 128 bits do not meet by accident.
fn key(texts: &[Option<&str>]) -> u128 {
    let mut hash = Xxh3Default::new();
    for text in texts {
        // The length before each, so that no text can pass for the end of its neighbour.
        hash.update(&text.map_or(u64::MAX, |text| text.len() as u64).to_le_bytes());
        hash.update(text.unwrap_or_default().as_bytes());
    }
    hash.digest128()
}

/// Tokens at rates.
struct Estimate {
    sum: Exact,
    missing: Buckets,
    unpriced: Option<Unpriced>,
}

impl Estimate {
    fn new(call: &Call<'_>, rates: impl FnOnce(&Counts) -> Result<Rates, Unpriced>) -> Self {
        let Some(usage) = &call.usage else {
            return Estimate {
                sum: Exact::default(),
                missing: Buckets::NONE,
                unpriced: Some(Unpriced::NoUsage),
            };
        };
        let counts = Counts::of(usage);
        let (rates, unpriced) = match rates(&counts) {
            Ok(rates) => (rates, None),
            Err(why) => (Rates::default(), Some(why)),
        };
        let (sum, missing) = rates.of(&counts);
        Estimate { sum, missing, unpriced }
    }

    /// The answer, but for which rates these were.
    fn cost(self, reported: Option<NanoDollars>, plan: bool, source: Source) -> Cost {
        let Estimate { sum, missing, unpriced } = self;
        let priced_part = sum.round();
        let source = if unpriced.is_some() { Source::None } else { source };
        let estimate = (unpriced.is_none() && missing.is_empty()).then_some(priced_part);
        let (amount, status, source) = match (plan, reported, estimate) {
            (true, ..) => (Some(NanoDollars::ZERO), Status::Included, Source::Subscription),
            (false, Some(reported), _) => (Some(reported), Status::Actual, Source::Provider),
            (false, None, Some(estimate)) => (Some(estimate), Status::Estimated, source),
            (false, None, None) => (None, Status::Unknown, source),
        };
        Cost {
            amount,
            status,
            source,
            reported,
            estimate,
            priced_part,
            missing,
            unpriced,
            version: None,
            priced_as: None,
        }
    }
}
