//! The wire of a collector: `POST /api/v1/events`.

use super::{Batch, answer};
use crate::exporter::Undelivered;
use crate::http::{Answer, Asked, Dialect, Keys, Response};

/// Where events go, below an endpoint.
pub(super) const PATH: &str = "/api/v1/events";
/// What opens the door.
pub(super) const KEY: &str = "X-API-Key";
/// Which machine sends; of HTTP/1.1 and later a name in lower case.
pub(super) const MACHINE: &str = "x-telemetry-host";

/// Our own lines.
pub(super) struct Lines;

pub(super) const KEYS: Keys = Keys {
    endpoint: "telemetry.export.collector.endpoint",
    headers: "telemetry.export.collector.api_key_env",
    certificate: "TELEMETRY_COLLECTOR_CERTIFICATE",
    speaks: "a collector",
    receiver: "collector",
    example: "https://telemetry.example",
    advice: "look at the collector's own log, and whether it is older than this program",
};

impl Dialect for Lines {
    type Parcel = Batch;

    const KEYS: Keys = KEYS;

    /// An answer has some hundred bytes for each line.
    const ANSWER: u64 = 4 << 20;

    fn kind(&self) -> &'static str {
        "application/x-ndjson"
    }

    fn accept(&self) -> &'static str {
        "application/json"
    }

    fn path(&self, _batch: &Batch) -> String {
        PATH.to_owned()
    }

    fn encoded(&self, batch: &Batch) -> Result<Vec<u8>, Undelivered> {
        Ok(batch.text().to_vec())
    }

    fn taken(&self, response: &Response, asked: &Asked<'_>) -> Answer {
        answer::taken(response, asked)
    }

    fn absent(&self, _batch: &Batch, said: &str, asked: &Asked<'_>) -> Answer {
        Answer::Not(Undelivered::for_good(format!(
            "{} is no collector there ({said}): correct the path of {}, to which {PATH} is added",
            asked.host, KEYS.endpoint
        )))
    }

    fn unread(&self, said: &str, asked: &Asked<'_>) -> Undelivered {
        Undelivered::for_good(format!(
            "{} does not read {} ({said}): is {} that of a collector?",
            asked.host,
            self.kind(),
            KEYS.endpoint
        ))
    }
}
