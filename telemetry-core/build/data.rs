//! The owner's data, read strictly where it decides a price: what is new there fails the build, so that nothing is
//! priced by rules that are not understood. Fields that say other things about a model are passed over.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::decimal::Decimal;

pub type Failure = Box<dyn std::error::Error>;

/// Where the data is from.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    #[serde(rename = "crate")]
    pub name: String,
    pub version: String,
    /// The day it was taken over, `YYYY-MM-DD`.
    pub taken: String,
}

#[derive(Deserialize)]
pub struct Provider {
    pub id: String,
    /// A pattern of the beginnings of its URLs.
    pub api_pattern: String,
    /// Providers whose models it sells at their prices.
    #[serde(default)]
    pub fallback_model_providers: Vec<String>,
    pub models: Vec<Model>,
}

pub struct Model {
    pub id: String,
    pub matches: Clause,
    /// At least one; the last that is in force holds, and where none is, the first.
    pub prices: Vec<Priced>,
    pub variants: Vec<Variant>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clause {
    And(Vec<Clause>),
    Or(Vec<Clause>),
    Contains(String),
    EndsWith(String),
    Equals(String),
    Regex(String),
    StartsWith(String),
}

/// Rates and when they are in force.
pub struct Priced {
    pub constraint: Option<Constraint>,
    pub rates: BTreeMap<String, Rate>,
}

/// Rates of calls made on other terms.
pub struct Variant {
    pub when: BTreeMap<String, String>,
    pub priced: Priced,
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Constraint {
    From { start_date: String },
    Daily { start_time: String, end_time: String },
}

/// In dollars for as many units as its key says.
pub struct Rate {
    pub base: Decimal,
    /// Calls with more input than this many tokens, and their rate.
    pub tiers: Vec<(u32, Decimal)>,
}

pub fn read(text: &str) -> Result<Vec<Provider>, Failure> {
    serde_json::from_str(text).map_err(|error| format!("prices.json: {error}").into())
}

pub fn origin(text: &str) -> Result<Origin, Failure> {
    serde_json::from_str(text).map_err(|error| format!("origin.json: {error}").into())
}

/// A number or an object is told by its first character: a `RawValue`, which keeps the digits as they stand, cannot be
/// read by trying.
type Raw = Box<RawValue>;

#[derive(Deserialize)]
struct RawModel {
    id: String,
    #[serde(rename = "match")]
    matches: Clause,
    prices: Raw,
    #[serde(default)]
    price_variants: Vec<RawVariant>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPriced {
    constraint: Option<Constraint>,
    prices: BTreeMap<String, Raw>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawVariant {
    when: BTreeMap<String, String>,
    constraint: Option<Constraint>,
    prices: BTreeMap<String, Raw>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTiered {
    base: Raw,
    tiers: Vec<RawTier>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTier {
    start: u32,
    price: Raw,
}

impl<'de> Deserialize<'de> for Model {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawModel::deserialize(deserializer)?;
        let id = raw.id.clone();
        model(raw).map_err(|error| serde::de::Error::custom(format!("model {id}: {error}")))
    }
}

fn model(raw: RawModel) -> Result<Model, Failure> {
    let prices = if raw.prices.get().starts_with('[') {
        serde_json::from_str(raw.prices.get())?
    } else {
        vec![RawPriced { constraint: None, prices: serde_json::from_str(raw.prices.get())? }]
    };
    let prices =
        prices.into_iter().map(|raw| priced(raw.constraint, raw.prices)).collect::<Result<_, _>>()?;
    let variants = raw
        .price_variants
        .into_iter()
        .map(|raw| Ok(Variant { when: raw.when, priced: priced(raw.constraint, raw.prices)? }))
        .collect::<Result<_, Failure>>()?;
    Ok(Model { id: raw.id, matches: raw.matches, prices, variants })
}

fn priced(constraint: Option<Constraint>, prices: BTreeMap<String, Raw>) -> Result<Priced, Failure> {
    let rates =
        prices.into_iter().map(|(key, raw)| Ok((key, rate(&raw)?))).collect::<Result<_, Failure>>()?;
    Ok(Priced { constraint, rates })
}

fn rate(raw: &RawValue) -> Result<Rate, Failure> {
    if !raw.get().starts_with('{') {
        return Ok(Rate { base: decimal(raw)?, tiers: Vec::new() });
    }
    let raw: RawTiered = serde_json::from_str(raw.get())?;
    let mut tiers = raw
        .tiers
        .iter()
        .map(|tier| Ok((tier.start, decimal(&tier.price)?)))
        .collect::<Result<Vec<_>, Failure>>()?;
    tiers.sort_by_key(|(start, _)| *start);
    Ok(Rate { base: decimal(&raw.base)?, tiers })
}

fn decimal(raw: &RawValue) -> Result<Decimal, Failure> {
    Decimal::parse(raw.get()).ok_or_else(|| format!("{} is not a rate", raw.get()).into())
}
