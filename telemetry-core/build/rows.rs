//! The table as Rust source: rows of small numbers that point into each other and into one text.
//!
//! No row holds a pointer, so the table needs no relocation when a program starts and no memory of its own until it is
//! read. Rates and lists of rates that many models share are there once.

use std::collections::HashMap;
use std::fmt::Write;
use std::hash::Hash;

use crate::data::{Clause, Constraint, Failure, Model, Origin, Priced, Provider, Rate};
use crate::patterns::{Pattern, pattern};

/// The bucket of a key and how many thousandths of a million its rate is for; `None` for what no host counts for us:
/// sounds, pictures, pages, searches and the like.
fn bucket(key: &str) -> Result<Option<(&'static str, u128)>, Failure> {
    let bucket = match key {
        "input_mtok" => "Input",
        "output_mtok" => "Output",
        "cache_read_mtok" => "CacheRead",
        "cache_write_mtok" => "CacheWrite",
        "cache_write_1h_mtok" => "CacheWrite1h",
        "output_reasoning_mtok" => "Reasoning",
        "requests_kcount" => return Ok(Some(("Request", 1_000))),
        other => {
            let media = ["audio", "image", "video", "document", "text_messages", "mchars"];
            let bought = ["web_searches_kcount", "storage_searches_kcount", "output_citation_mtok"];
            let known = media.iter().any(|word| other.contains(word)) || bought.contains(&other);
            return if known { Ok(None) } else { Err(format!("{other} is a rate for what?").into()) };
        }
    };
    Ok(Some((bucket, 1)))
}

/// The terms of a variant; `None` for what no host tells us.
fn terms(key: &str, value: &str) -> Result<Option<String>, Failure> {
    match (key, value) {
        ("processing", "batch") => Ok(Some("Batch".into())),
        ("service_tier", tier) if tier.chars().all(|c| c.is_ascii_lowercase()) => {
            Ok(Some(format!("Tier({tier:?})")))
        }
        ("route" | "search_type", _) => Ok(None),
        _ => Err(format!("{key}: {value} are terms of what kind?").into()),
    }
}

/// Rows of one kind, as source text, each different one once if asked so.
#[derive(Default)]
struct Rows {
    source: String,
    count: usize,
}

impl Rows {
    fn push(&mut self, row: &str) -> usize {
        self.source.push_str(row);
        self.source.push(',');
        self.count += 1;
        self.count - 1
    }

    /// Appends rows that must lie next to each other; their span as source text.
    fn extend(&mut self, rows: &[String]) -> String {
        let first = self.count;
        for row in rows {
            self.push(row);
        }
        format!("Span({first},{})", rows.len())
    }

    fn write(&self, name: &str, kind: &str, out: &mut String) -> std::fmt::Result {
        writeln!(out, "pub static {name}: [{kind}; {}] = [{}];", self.count, self.source)
    }
}

/// What was made before is made once.
fn once<K: Eq + Hash, V: Clone>(known: &mut HashMap<K, V>, key: K, make: impl FnOnce() -> V) -> V {
    known.entry(key).or_insert_with(make).clone()
}

#[derive(Default)]
struct Table {
    text: String,
    texts: HashMap<String, String>,
    providers: Rows,
    fallbacks: Rows,
    models: Rows,
    clauses: Rows,
    entries: Rows,
    variants: Rows,
    rates: Rows,
    rate_lists: HashMap<Vec<String>, String>,
    amounts: Rows,
    amount_places: HashMap<u128, usize>,
}

/// The whole table as Rust source.
pub fn rust(providers: &[Provider], origin: &Origin) -> Result<String, Failure> {
    let mut table = Table::default();
    for provider in providers {
        table.provider(provider, providers).map_err(|error| format!("{}: {error}", provider.id))?;
    }
    let mut out = String::new();
    writeln!(out, "pub static TEXT: &str = {:?};", table.text)?;
    for (rows, name, kind) in [
        (&table.providers, "PROVIDERS", "ProviderRow"),
        (&table.fallbacks, "FALLBACKS", "u16"),
        (&table.models, "MODELS", "ModelRow"),
        (&table.clauses, "CLAUSES", "ClauseRow"),
        (&table.entries, "ENTRIES", "EntryRow"),
        (&table.variants, "VARIANTS", "VariantRow"),
        (&table.rates, "RATES", "RateRow"),
        (&table.amounts, "AMOUNTS", "u128"),
    ] {
        rows.write(name, kind, &mut out)?;
    }
    let hash = xxhash_rust::xxh3::xxh3_64(out.as_bytes());
    writeln!(out, "pub static ORIGIN: &str = {:?};", format!("{} {}", origin.name, origin.version))?;
    writeln!(out, "pub static TAKEN: &str = {:?};", origin.taken)?;
    writeln!(out, "pub const HASH: u64 = {hash:#x};")?;
    Ok(out)
}

impl Table {
    fn text(&mut self, text: &str) -> String {
        let all = &mut self.text;
        once(&mut self.texts, text.to_owned(), || {
            let start = all.len();
            all.push_str(text);
            format!("Text({start},{})", text.len())
        })
    }

    fn provider(&mut self, provider: &Provider, all: &[Provider]) -> Result<(), Failure> {
        let id = self.text(&provider.id);
        let url = self.text(&format!("^(?:{})", provider.api_pattern));
        let place = |id: &String| {
            let place = all.iter().position(|provider| provider.id == *id);
            place
                .map(|place| place.to_string())
                .ok_or_else(|| format!("falls back to {id}, which is not there"))
        };
        let fallbacks =
            provider.fallback_model_providers.iter().map(place).collect::<Result<Vec<_>, String>>()?;
        let fallbacks = self.fallbacks.extend(&fallbacks);
        let mut models = Vec::new();
        for model in &provider.models {
            models.push(self.model(model).map_err(|error| format!("{}: {error}", model.id))?);
        }
        let models = self.models.extend(&models);
        self.providers
            .push(&format!("ProviderRow{{id:{id},url:{url},models:{models},fallbacks:{fallbacks}}}"));
        Ok(())
    }

    fn model(&mut self, model: &Model) -> Result<String, Failure> {
        let id = self.text(&model.id);
        let clause = self.clause(&model.matches);
        let clause = self.clauses.push(&clause);
        let mut entries = Vec::new();
        for priced in &model.prices {
            entries.push(format!("EntryRow({})", self.priced(priced)?));
        }
        if entries.is_empty() {
            return Err("no prices, not even none".into());
        }
        let entries = self.entries.extend(&entries);
        let mut variants = Vec::new();
        for variant in &model.variants {
            let mut when = variant.when.iter();
            let (Some((key, value)), None) = (when.next(), when.next()) else {
                return Err("a variant that depends on more or less than one thing".into());
            };
            if let Some(terms) = terms(key, value)? {
                variants.push(format!("VariantRow({terms},{})", self.priced(&variant.priced)?));
            }
        }
        let variants = self.variants.extend(&variants);
        Ok(format!("ModelRow{{id:{id},clause:{clause},entries:{entries},variants:{variants}}}"))
    }

    /// A clause; its parts are rows already, next to each other.
    fn clause(&mut self, clause: &Clause) -> String {
        // Ids are compared in lower case.
        let mut literal = |kind: &str, text: &str| format!("{kind}({})", self.text(&text.to_lowercase()));
        match clause {
            Clause::Equals(text) => literal("Equals", text),
            Clause::StartsWith(text) => literal("StartsWith", text),
            Clause::EndsWith(text) => literal("EndsWith", text),
            Clause::Contains(text) => literal("Contains", text),
            Clause::Regex(text) => match pattern(text) {
                Pattern::Matches(text) => format!("Matches({})", self.text(text)),
                Pattern::MatchesNot(text) => format!("MatchesNot({})", self.text(&text)),
            },
            Clause::And(parts) => format!("All({})", self.clauses_of(parts)),
            Clause::Or(parts) => format!("Any({})", self.clauses_of(parts)),
        }
    }

    fn clauses_of(&mut self, parts: &[Clause]) -> String {
        let parts: Vec<String> = parts.iter().map(|part| self.clause(part)).collect();
        self.clauses.extend(&parts)
    }

    /// When, and which rates.
    fn priced(&mut self, priced: &Priced) -> Result<String, Failure> {
        let when = match &priced.constraint {
            None => "Always".to_owned(),
            Some(Constraint::From { start_date }) => format!("From(Day({}))", days(start_date)?),
            Some(Constraint::Daily { start_time, end_time }) => {
                format!("Daily({},{})", seconds(start_time)?, seconds(end_time)?)
            }
        };
        let mut rates = Vec::new();
        for (key, rate) in &priced.rates {
            if let Some((bucket, thousandths)) = bucket(key)? {
                self.rate(bucket, rate, thousandths, &mut rates)
                    .map_err(|error| format!("{key}: {error}"))?;
            }
        }
        let rows = &mut self.rates;
        let rates = once(&mut self.rate_lists, rates.clone(), || rows.extend(&rates));
        Ok(format!("{when},{rates}"))
    }

    /// A row for the rate of every call, then one for each tier.
    fn rate(
        &mut self,
        bucket: &str,
        rate: &Rate,
        thousandths: u128,
        out: &mut Vec<String>,
    ) -> Result<(), Failure> {
        let base = [("None".to_owned(), rate.base)];
        let tiers = rate.tiers.iter().map(|(above, rate)| (format!("Some({above})"), *rate));
        for (above, rate) in base.into_iter().chain(tiers) {
            let amount = rate.exactly(18).ok_or("more than 18 digits after the point")? * thousandths;
            if thousandths == 1 && amount > MAX_RATE {
                return Err("more than 1,000 dollars a million".into());
            }
            let amounts = &mut self.amounts;
            let place = once(&mut self.amount_places, amount, || amounts.push(&amount.to_string()));
            out.push(format!("RateRow({bucket},{above},{place})"));
        }
        Ok(())
    }
}

/// `MAX_RATE` of `src/cost/rate.rs`, below which no sum overflows.
const MAX_RATE: u128 = 1_000 * 10_u128.pow(18);

/// Days since 1970-01-01 of a `YYYY-MM-DD`.
fn days(date: &str) -> Result<i64, Failure> {
    let wrong = || format!("{date} is no YYYY-MM-DD");
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>());
    let (Some(Ok(year)), Some(Ok(month @ 1..=12)), Some(Ok(day @ 1..=31))) =
        (parts.next(), parts.next(), parts.next())
    else {
        return Err(wrong().into());
    };
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = |month: i64| match month {
        2 => 28 + i64::from(leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !(1970..2200).contains(&year) || day > length(month) {
        return Err(wrong().into());
    }
    let years: i64 = (1970..year).map(|year| 365 + i64::from(leap(year))).sum();
    Ok(years + (1..month).map(length).sum::<i64>() + day - 1)
}

/// Seconds since midnight of an `HH:MM:SSZ`.
fn seconds(time: &str) -> Result<u32, Failure> {
    let wrong = || format!("{time} is no HH:MM:SSZ in UTC");
    let mut parts = time.strip_suffix('Z').ok_or_else(wrong)?.splitn(3, ':').map(|part| part.parse::<u32>());
    match (parts.next(), parts.next(), parts.next()) {
        (Some(Ok(hours @ 0..=23)), Some(Ok(minutes @ 0..=59)), Some(Ok(seconds @ 0..=59))) => {
            Ok(hours * 3_600 + minutes * 60 + seconds)
        }
        _ => Err(wrong().into()),
    }
}
