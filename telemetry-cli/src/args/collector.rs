//! The command line of `telemetry collector`.

use core::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand};
use telemetry_collector::keys::Scope;

use super::Json;

#[derive(Debug, Args)]
pub(crate) struct Collector {
    /// The folder of collector.db, where DATABASE_URL names no other database [default: telemetry/collector in the home]
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    #[command(subcommand)]
    pub command: CollectorCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CollectorCommand {
    /// Take in and answer, until it is told to end
    Serve(Box<CollectorServe>),
    /// Keys, without which nobody sends and nobody asks
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Ask the collector on this machine whether it is ready
    Health(CollectorHealth),
}

#[derive(Debug, Args)]
pub(crate) struct CollectorServe {
    /// Where it listens [default: $TELEMETRY_COLLECTOR_LISTEN, else 127.0.0.1:8787]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Where it tells Prometheus of itself [default: $TELEMETRY_COLLECTOR_METRICS_LISTEN, else nowhere]
    #[arg(long, value_name = "ADDR")]
    pub metrics_listen: Option<SocketAddr>,
    /// A certificate in PEM, with which it speaks TLS [default: $TELEMETRY_COLLECTOR_TLS_CERT]
    #[arg(long, value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// The private key of that certificate [default: $TELEMETRY_COLLECTOR_TLS_KEY]
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// Days that events are kept [default: $TELEMETRY_COLLECTOR_KEEP_EVENTS, else 90]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub keep_events: Option<u32>,
    /// Days that runs and sums are kept [default: $TELEMETRY_COLLECTOR_KEEP_ROLLUPS, else 400]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub keep_rollups: Option<u32>,
    /// Requests a second that a key may send, 0 for any number [default: $TELEMETRY_COLLECTOR_RATE, else 2000]
    #[arg(long, value_name = "N")]
    pub rate: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct CollectorHealth {
    /// Where it listens [default: $TELEMETRY_COLLECTOR_LISTEN, else 127.0.0.1:8787]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// The certificate that it must have, in PEM [default: $TELEMETRY_COLLECTOR_TLS_CERT, else plain HTTP is spoken]
    #[arg(long, value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key and print it, once
    Add(KeyAdd),
    /// What is known of each key; never the key
    List(Json),
    /// Have a key open nothing from now on
    Revoke {
        /// The name it was given
        #[arg(value_name = "NAME")]
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct KeyAdd {
    /// What to call it
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// What it opens: ingest, read or admin; may be given again [default: ingest]
    #[arg(long = "scope", value_name = "SCOPE", value_parser = scope)]
    pub scopes: Vec<Scope>,
    /// The only machine it may send for
    #[arg(long, value_name = "HOST")]
    pub host: Option<String>,
    /// For how long it opens anything: 90d, 12h
    #[arg(long, value_name = "SPAN")]
    pub expires: Option<Expiry>,
}

fn scope(word: &str) -> Result<Scope, String> {
    Scope::of_word(word).ok_or_else(|| "give ingest, read or admin".to_owned())
}

/// How long a key is good for, in nanoseconds: up to a hundred years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expiry(pub i64);

impl FromStr for Expiry {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const HOUR: i64 = 3_600_000_000_000;
        let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (count, unit) = text.split_at(at);
        let unit = match unit {
            "h" => HOUR,
            "d" => 24 * HOUR,
            _ => 0,
        };
        let span = count.parse::<i64>().ok().and_then(|count| count.checked_mul(unit));
        match span {
            Some(span) if (HOUR..=36_500 * 24 * HOUR).contains(&span) => Ok(Expiry(span)),
            _ => Err("give days or hours, like 90d or 12h"),
        }
    }
}
