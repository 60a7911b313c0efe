//! `telemetry collector serve`: the server, until it is told to end.

use std::io::Write as _;
use std::sync::Arc;

use telemetry_collector::answers::Team;
use telemetry_collector::http::{Limits, Options, Parts, Server, TlsFiles};
use telemetry_collector::settle::Deriver;
use telemetry_collector::storage::{Place, Storage};
use telemetry_core::time::UnixNanos;

use super::{LISTEN, TLS_CERT, file, runtime, setting};
use crate::args::collector::CollectorServe;
use crate::commands::serve::asked_to_end;
use crate::failure::Failure;
use crate::home::Home;
use crate::streams::Streams;

pub(super) fn run(
    home: &Home,
    args: &CollectorServe,
    place: &Place,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let options = options(args)?;
    let path = home.path.clone();
    let deriver = Arc::new(Deriver::new(move || Home::at(path.clone()).prices()));
    runtime()?.block_on(async {
        let storage = place.open().await?;
        let scheme = if options.tls.is_some() { "https" } else { "http" };
        let server = Server::bind(options).await.map_err(|error| Failure::Failed(error.to_string()))?;
        writeln!(streams.out, "listening  {scheme}://{}/", server.address()?)?;
        if let Some(metrics) = server.metrics_address()? {
            writeln!(streams.out, "metrics    http://{metrics}/metrics")?;
        }
        writeln!(streams.out, "database   {place}")?;
        if !has_key(&*storage).await? {
            writeln!(streams.out, "keys       none: `telemetry collector key add --name NAME` makes one")?;
        }
        streams.out.flush()?;
        let answers = Arc::new(Team::new(storage.clone(), deriver.clone()));
        let log = Arc::new(|line: &str| {
            // There is nowhere to tell it when that does not work.
            let _ = writeln!(std::io::stderr(), "{} telemetry: {line}", UnixNanos::now());
        });
        server.run(Parts { storage, answers, deriver, log }, asked_to_end()).await;
        Ok(())
    })
}

async fn has_key(storage: &dyn Storage) -> Result<bool, Failure> {
    let now = UnixNanos::now();
    Ok(storage.keys().await?.iter().any(|key| key.is_valid(now)))
}

fn options(args: &CollectorServe) -> Result<Options, Failure> {
    let standard = Options::default();
    let limits = Limits::default();
    let certificate = file(args.tls_cert.as_ref(), TLS_CERT);
    let key = file(args.tls_key.as_ref(), "TELEMETRY_COLLECTOR_TLS_KEY");
    let tls = match (certificate, key) {
        (None, None) => None,
        (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
        _ => {
            return Err(Failure::Usage(
                "TLS needs both a certificate and its key: --tls-cert and --tls-key".into(),
            ));
        }
    };
    let rate = setting(args.rate, "TELEMETRY_COLLECTOR_RATE")?;
    Ok(Options {
        listen: setting(args.listen, LISTEN)?.unwrap_or(standard.listen),
        metrics: setting(args.metrics_listen, "TELEMETRY_COLLECTOR_METRICS_LISTEN")?,
        tls,
        event_days: days(args.keep_events, "TELEMETRY_COLLECTOR_KEEP_EVENTS")?.unwrap_or(standard.event_days),
        rollup_days: days(args.keep_rollups, "TELEMETRY_COLLECTOR_KEEP_ROLLUPS")?
            .unwrap_or(standard.rollup_days),
        limits: Limits { requests_per_second: rate.unwrap_or(limits.requests_per_second), ..limits },
    })
}

fn days(given: Option<u32>, variable: &str) -> Result<Option<u32>, Failure> {
    match setting(given, variable)? {
        Some(days) if !(1..=36_500).contains(&days) => {
            Err(Failure::Usage(format!("{variable} is `{days}`: give 1 to 36500 days")))
        }
        days => Ok(days),
    }
}
