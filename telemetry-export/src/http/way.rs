//! The way to one receiver.

use std::fmt;

use telemetry_policy::{Endpoint, HeaderVariable};

use super::address::Address;
use super::answer::{Answer, Asked};
use super::body::Body;
use super::client::Client;
use super::dialect::{Dialect, Parcel};
use super::failure::Failure;
use super::headers::Headers;
use super::pieces::Pieces;
use super::retry::{Clock, Pauses};
use super::words::Secrets;
use super::{Interrupt, Limits, proxy, trust};
use crate::exporter::{Delivered, Undelivered};

/// What may mean that a receiver does not read gzip.
const UNREAD: [u16; 4] = [400, 415, 422, 500];

/// What a way is made of, whatever is spoken.
pub(crate) struct Opening<'a> {
    pub endpoint: &'a Endpoint,
    /// What may stand at the end of an endpoint and is added by ourselves.
    pub endings: &'a [&'a str],
    /// The variables with its headers.
    pub headers: &'a [HeaderVariable],
    /// Headers that are no secret.
    pub plain: &'a [(&'static str, String)],
    pub limits: Limits,
    pub interrupt: Interrupt,
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    pub clock: Box<dyn Clock>,
}

/// The way to one receiver.
pub(crate) struct Way<D> {
    host: String,
    dialect: D,
    address: Address,
    headers: Headers,
    secrets: Secrets,
    limits: Limits,
    gzip: Gzip,
    client: Client,
    clock: Box<dyn Clock>,
    interrupt: Interrupt,
}

/// What is known of how a receiver takes a body that is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gzip {
    Untried,
    Taken,
    Refused,
}

impl<D: Dialect> Way<D> {
    /// Nothing is sent or looked up yet.
    ///
    /// # Errors
    /// When a setting is wrong: an address that cannot be asked, a variable that is not set or holds no header, a file
    /// without a certificate, a proxy that is none.
    pub(crate) fn open(dialect: D, opening: Opening<'_>) -> Result<Self, Undelivered> {
        let Opening { endpoint, endings, headers, plain, limits, interrupt, environment, clock } = opening;
        let host = endpoint.host().to_owned();
        let address = Address::of(endpoint, &D::KEYS, endings)?;
        let mut headers = Headers::read(headers, D::KEYS.headers, environment)?;
        if let Some(authorization) = &address.authorization {
            headers.default_to("authorization", authorization);
        }
        let secrets = Secrets::new(headers.secrets().chain(address.secrets.iter().cloned()));
        for (header, value) in plain {
            headers.say(header, value);
        }
        let tls = address.encrypted.then(|| trust::tls(D::KEYS.certificate, environment)).transpose()?;
        let proxy = proxy::proxy(address.encrypted, &host, environment)?;
        let client = Client::new(limits, tls, proxy, &interrupt);
        let gzip = Gzip::Untried;
        Ok(Way { host, dialect, address, headers, secrets, limits, gzip, client, clock, interrupt })
    }

    /// Sends a parcel, and in parts what is not taken as a whole. One without items is not sent.
    ///
    /// # Errors
    /// When not all of it was answered. Some of it may have been taken then; sent again, it is the same again.
    pub(crate) fn send(&mut self, parcel: D::Parcel) -> Result<Delivered, Undelivered> {
        let items = parcel.items();
        let noun = parcel.noun();
        let mut delivered = Delivered::default();
        if items == 0 {
            return Ok(delivered);
        }
        let mut pauses = Pauses::new(&*self.clock, self.limits.patience);
        let mut pieces = Pieces::of(parcel);
        while let Some(piece) = pieces.next() {
            match self.ask(&piece, &mut pauses)? {
                Answer::Taken { refused, words } => {
                    pieces.has_taken = true;
                    delivered.items += piece.items() - refused;
                    delivered.refused += refused;
                    delivered.notes.extend(self.note(&piece, refused, words));
                }
                // One item that is too large says nothing of a setting: it is the item.
                Answer::TooLarge if piece.items() == 1 => {
                    pieces.has_taken = true;
                    pieces.cut(piece, "413: too large");
                }
                Answer::TooLarge => pieces.cut(piece, "413: too large"),
                Answer::Bad(reason) => {
                    pieces.cut(piece, &reason);
                    if pieces.is_hopeless() {
                        return Err(Undelivered::for_good(format!(
                            "{} takes none of {} ({}): {}",
                            self.host,
                            noun.counted(items),
                            pieces.reason(),
                            D::KEYS.advice
                        )));
                    }
                }
                Answer::Absent(note) => {
                    delivered.refused = items - delivered.items;
                    delivered.notes.push(note);
                    return Ok(delivered);
                }
                Answer::Unread(why) | Answer::Again { why, .. } | Answer::Not(why) => return Err(why),
            }
        }
        delivered.refused += pieces.refusals;
        delivered.notes.extend(pieces.refused().map(|which| {
            let refused = noun.counted(pieces.refusals);
            format!("{} refuses {refused} for good: {which} ({})", self.host, pieces.reason())
        }));
        Ok(delivered)
    }

    /// One piece, as often as it takes to get an answer that stands.
    fn ask(&mut self, piece: &D::Parcel, pauses: &mut Pauses) -> Result<Answer, Undelivered> {
        let plain = self.dialect.encoded(piece)?;
        let kind = self.dialect.kind();
        let url = self.address.at(&self.dialect.path(piece));
        let mut body = Body::of(&plain, kind, self.gzip != Gzip::Refused);
        let (accept, most) = (self.dialect.accept(), D::ANSWER);
        let mut again_plain = false;
        loop {
            if self.interrupt.is_raised() {
                return Err(self.interrupted());
            }
            let (why, after) = match self.client.post(&url, &self.headers, &body, accept, most) {
                Ok(response) => {
                    let answer = Answer::of(&response, &self.dialect, piece, &self.asked(piece));
                    match answer {
                        // Some cannot read gzip, and say no more than that they cannot read, or fail over it.
                        _ if UNREAD.contains(&response.status)
                            && body.is_compressed
                            && self.gzip == Gzip::Untried =>
                        {
                            again_plain = true;
                            body = Body::of(&plain, kind, false);
                            continue;
                        }
                        Answer::Again { why, after } => (why, after),
                        answer => {
                            let taken = matches!(answer, Answer::Taken { .. });
                            if again_plain {
                                // What is refused with it and without it was not refused for it.
                                self.gzip = if taken { Gzip::Refused } else { Gzip::Taken };
                            } else if body.is_compressed && taken {
                                self.gzip = Gzip::Taken;
                            }
                            return Ok(answer);
                        }
                    }
                }
                Err(_) if self.interrupt.is_raised() => return Err(self.interrupted()),
                Err(error) => {
                    let failure = Failure::of(error, &self.host, &D::KEYS, self.limits, &self.secrets);
                    if !failure.again {
                        return Err(failure.why);
                    }
                    (failure.why, None)
                }
            };
            if !pauses.wait(&*self.clock, &self.interrupt, after) {
                return Err(if self.interrupt.is_raised() { self.interrupted() } else { why });
            }
        }
    }

    fn asked(&self, piece: &D::Parcel) -> Asked<'_> {
        Asked {
            host: &self.host,
            items: piece.items(),
            keys: D::KEYS,
            variables: &self.headers.variables,
            secrets: &self.secrets,
            now: self.clock.now(),
        }
    }

    /// What a receiver said beside taking something.
    fn note(&self, piece: &D::Parcel, refused: u64, words: Option<String>) -> Option<String> {
        let why = words.as_ref().map_or_else(String::new, |words| format!(": {words}"));
        match refused {
            0 => words.map(|words| format!("{} says of {}: {words}", self.host, piece.noun().all)),
            _ => Some(format!(
                "{} refuses {refused} of {}{why}",
                self.host,
                piece.noun().counted(piece.items())
            )),
        }
    }

    fn interrupted(&self) -> Undelivered {
        Undelivered::for_now(format!(
            "sending to {} was interrupted: it goes on from there next time",
            self.host
        ))
    }
}

impl<D: Dialect> fmt::Debug for Way<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Way")
            .field("host", &self.host)
            .field("kind", &self.dialect.kind())
            .field("headers", &self.headers)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
