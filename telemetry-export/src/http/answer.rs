//! What an answer means, by its status (RFC 9110, 15; RFC 6585, 4).

use std::time::Duration;

use telemetry_core::time::UnixNanos;
use ureq::http::Uri;

use super::client::Response;
use super::dialect::{Dialect, Keys};
use super::retry;
use super::words::Secrets;
use crate::exporter::Undelivered;

/// What was asked.
pub(crate) struct Asked<'a> {
    pub host: &'a str,
    pub items: u64,
    pub keys: Keys,
    /// The names of the variables that the headers come from.
    pub variables: &'a [String],
    pub secrets: &'a Secrets,
    pub now: UnixNanos,
}

/// What an answer means for what was sent.
#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    /// It was taken, but for so many items; and what is said about that.
    Taken { refused: u64, words: Option<String> },
    /// It is too much at once.
    TooLarge,
    /// There is something in it that cannot be taken, or nothing of it can; with the receiver's reason.
    Bad(String),
    /// This encoding, of the body or of its compression, is not taken.
    Unread(Undelivered),
    /// Nothing of this kind is taken here.
    #[cfg_attr(not(feature = "otlp"), expect(dead_code, reason = "a collector takes one kind"))]
    Absent(String),
    /// The same again, as soon as this.
    Again { why: Undelivered, after: Option<Duration> },
    /// Nothing was taken, and nothing else would be now.
    Not(Undelivered),
}

impl Answer {
    /// What `response` means, in this `dialect`.
    pub(super) fn of<D: Dialect>(
        response: &Response,
        dialect: &D,
        parcel: &D::Parcel,
        asked: &Asked<'_>,
    ) -> Self {
        let (host, status, endpoint) = (asked.host, response.status, asked.keys.endpoint);
        let words = asked.secrets.words_of(response, dialect.text(response));
        // The status and the reason, if there is one, as they stand in a message.
        let said = words.as_ref().map_or_else(|| status.to_string(), |words| format!("{status}: {words}"));
        let stays = |message: String| Answer::Not(Undelivered::for_good(message));
        match status {
            200..=299 => dialect.taken(response, asked),
            300..=399 => stays(asked.redirected(response)),
            400 | 422 => Answer::Bad(said),
            401 | 403 => stays(asked.refused(&said)),
            404 | 405 | 501 => dialect.absent(parcel, &said, asked),
            408 => Answer::Not(Undelivered::for_now(format!("{host} waited too long for us ({said})"))),
            413 => Answer::TooLarge,
            415 => Answer::Unread(dialect.unread(&said, asked)),
            429 | 502 | 503 | 504 => {
                let after =
                    response.retry_after.as_deref().and_then(|when| retry::retry_after(when, asked.now));
                let why = match status {
                    429 => format!("{host} has too much to do ({said}): it is asked again later"),
                    _ => format!("{host} is not up ({said}): it is asked again later"),
                };
                Answer::Again { why: Undelivered { retry_after: after, ..Undelivered::for_now(why) }, after }
            }
            500..=599 => Answer::Not(Undelivered::for_now(format!(
                "{host} failed ({said}): look at the receiver's own log"
            ))),
            _ => stays(format!(
                "{host} does not take this ({said}): check {endpoint} and what the receiver wants"
            )),
        }
    }
}

impl Asked<'_> {
    /// That what says all is well is no answer to what was asked. `protocol` is who answers like that, and `receiver` what
    /// the endpoint may not be that of.
    pub(crate) fn no_answer(&self, response: &Response, protocol: &str, receiver: &str) -> Answer {
        let kind = response.kind.split(';').next().unwrap_or_default().trim();
        let kind =
            if kind.is_empty() { String::new() } else { format!(" with {}", self.secrets.shown(kind)) };
        Answer::Not(Undelivered::for_good(format!(
            "{} answers {}{kind} and not as {protocol} does, so nobody may have taken anything: is {} that of {receiver}?",
            self.host, response.status, self.keys.endpoint
        )))
    }

    fn redirected(&self, response: &Response) -> String {
        let location = response.location.as_deref().and_then(|to| to.parse::<Uri>().ok());
        // No more than where it is: a path or a query may have been copied from ours.
        let to = location.and_then(|to| {
            let host = to.authority()?.as_str().rsplit('@').next()?.to_owned();
            Some(format!("{}://{}", to.scheme_str().unwrap_or("http"), self.secrets.shown(&host)))
        });
        let to = to.unwrap_or_else(|| "another path".to_owned());
        format!(
            "{} sends us on to {to} ({}), where we do not go by ourselves: set {} to where the receiver is",
            self.host, response.status, self.keys.endpoint
        )
    }

    fn refused(&self, said: &str) -> String {
        let headers = self.keys.headers;
        let key = match self.variables {
            [] => format!("name the environment variable with its key in {headers}"),
            variables => {
                format!(
                    "check the key in the environment variable {}, which {headers} names",
                    variables.join(", ")
                )
            }
        };
        format!("{} does not let us in ({said}): {key}", self.host)
    }
}
