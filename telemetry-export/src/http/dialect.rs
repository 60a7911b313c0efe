//! What one kind of receiver is told and answers, beside what all have in common.

use telemetry_policy::{Key, Settings};

use super::answer::{Answer, Asked};
use super::client::Response;
use crate::exporter::Undelivered;

/// What is sent, as a whole or in parts.
pub(crate) trait Parcel: Sized {
    /// What a receiver counts.
    fn items(&self) -> u64;

    /// What they are called.
    fn noun(&self) -> Noun;

    /// How its first item is found again.
    fn name(&self) -> Option<String>;

    /// The first half of the items, and the other; only of one with more than one.
    fn halves(self) -> (Self, Self);
}

/// What the items of a parcel are called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noun {
    /// `span`
    pub one: &'static str,
    /// All of them together: `traces`.
    pub all: &'static str,
}

impl Noun {
    /// `1 span`, `3 spans`.
    pub(super) fn counted(self, items: u64) -> String {
        format!("{items} {}{}", self.one, if items == 1 { "" } else { "s" })
    }
}

/// How one kind of receiver is spoken to.
pub(crate) trait Dialect {
    /// What it is sent.
    type Parcel: Parcel;

    /// What its settings are called.
    const KEYS: Keys;

    /// The most that is read of an answer, in bytes.
    const ANSWER: u64;

    /// The media type of what is sent.
    fn kind(&self) -> &'static str;

    /// The media type of what is answered.
    fn accept(&self) -> &'static str {
        self.kind()
    }

    /// Where a parcel goes, below the endpoint.
    fn path(&self, parcel: &Self::Parcel) -> String;

    /// A parcel as it is, before it is compressed.
    ///
    /// # Errors
    /// When it cannot be written.
    fn encoded(&self, parcel: &Self::Parcel) -> Result<Vec<u8>, Undelivered>;

    /// What an answer means that says all is well, unless it is no answer to what was asked.
    fn taken(&self, response: &Response, asked: &Asked<'_>) -> Answer;

    /// What it means that nothing is there; `said` is the status and the reason.
    fn absent(&self, parcel: &Self::Parcel, said: &str, asked: &Asked<'_>) -> Answer;

    /// What it means that what is sent is not read.
    fn unread(&self, said: &str, asked: &Asked<'_>) -> Undelivered;

    /// The text of an answer in an encoding of its own.
    fn text(&self, _response: &Response) -> Option<String> {
        None
    }
}

/// What the settings of a destination are called, for who has to look at them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keys {
    /// Its address.
    pub endpoint: &'static str,
    /// The variables with its headers, or its key.
    pub headers: &'static str,
    /// The environment variable with a PEM file of the authorities to trust, in place of those of the machine.
    pub certificate: &'static str,
    /// What the endpoint must be "that of".
    pub speaks: &'static str,
    /// What it is called: "there is no" ...
    pub receiver: &'static str,
    /// An address as it may be.
    pub example: &'static str,
    /// What to do when nothing of what is sent is taken.
    pub advice: &'static str,
}

impl Keys {
    /// Why there is no endpoint. What is there may be a key that was put in the wrong place, so it is not shown.
    pub(crate) fn no_endpoint(&self, settings: &Settings, key: Key) -> Undelivered {
        let Keys { endpoint, receiver, example, .. } = self;
        let entry = settings.entry(key);
        let message = match entry.source.file().filter(|_| !entry.understood) {
            Some(file) => {
                format!("{endpoint} in {} is no http or https URL: write it like {example}", file.display())
            }
            None => {
                format!(
                    "there is no {receiver}: set {endpoint} in config.yaml to its address, such as {example}"
                )
            }
        };
        Undelivered::for_good(message)
    }
}
