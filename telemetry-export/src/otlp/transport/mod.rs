//! The way to a receiver: requests of OTLP over HTTP, and what its answers mean.
//!
//! ```text
//! Request ──pieces──> encode (protobuf or JSON, gzip) ──client──> Response ──answer──> taken, cut, again, or Undelivered
//!    ▲                                                                          │
//!    └───────────────── halves of what was too large or bad ◄───────────────────┘
//! ```
//!
//! What is not delivered is not kept here: [`Undelivered`] says so, and it is read again from the log. Nothing is global; a
//! [`Transport`] holds one connection, one request and its answer's first 64 KiB.

mod address;
mod answer;
mod client;
mod encode;
mod failure;
mod headers;
mod interrupt;
mod pieces;
mod proxy;
mod resolver;
mod retry;
mod setup;
mod split;
mod trust;
mod words;

use std::fmt;

use telemetry_policy::otlp::Protocol;

pub use interrupt::Interrupt;
pub use retry::Clock;
pub use setup::{Limits, Setup};

use crate::exporter::{Delivered, Undelivered};
use crate::otlp::{Courier, Request, Signal};
use address::Addresses;
use answer::{Answer, Asked};
use client::Client;
use encode::Body;
use failure::Failure;
use headers::Headers;
use pieces::Pieces;
use retry::{Machine, Pauses};
use words::Secrets;

/// What may mean that a receiver does not read gzip.
const UNREAD: [u16; 4] = [400, 415, 422, 500];

/// The way to one receiver.
pub struct Transport {
    host: String,
    addresses: Addresses,
    headers: Headers,
    secrets: Secrets,
    protocol: Protocol,
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

impl Transport {
    /// A way as `setup` says. Nothing is sent or looked up yet.
    ///
    /// # Errors
    /// When a setting is wrong: an address that cannot be asked, a variable that is not set or holds no header, a file
    /// without a certificate, a proxy that is none.
    pub fn new(setup: &Setup<'_>) -> Result<Self, Undelivered> {
        Self::with_clock(setup, Box::new(Machine::new()))
    }

    /// The same with a clock of the caller's.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_clock(setup: &Setup<'_>, clock: Box<dyn Clock>) -> Result<Self, Undelivered> {
        let host = setup.endpoint.host().to_owned();
        let addresses = Addresses::of(setup.endpoint)?;
        let mut headers = Headers::read(setup.headers, setup.environment)?;
        if let Some(authorization) = &addresses.authorization {
            headers.default_to("authorization", authorization);
        }
        let secrets = Secrets::new(headers.secrets().chain(addresses.secrets.iter().cloned()));
        let tls = addresses.encrypted.then(|| trust::tls(setup.environment)).transpose()?;
        let proxy = proxy::proxy(&addresses, &host, setup.environment)?;
        let client = Client::new(setup.limits, tls, proxy, &setup.interrupt);
        Ok(Transport {
            host,
            addresses,
            headers,
            secrets,
            protocol: setup.protocol,
            limits: setup.limits,
            gzip: Gzip::Untried,
            client,
            clock,
            interrupt: setup.interrupt.clone(),
        })
    }

    /// One piece, as often as it takes to get an answer that stands.
    fn ask(&mut self, piece: &Request, pauses: &mut Pauses) -> Result<Answer, Undelivered> {
        let plain = encode::encoded(piece, self.protocol)?;
        let url = self.addresses.of_signal(piece.signal());
        let mut body = Body::of(&plain, self.protocol, self.gzip != Gzip::Refused);
        let mut again_plain = false;
        loop {
            if self.interrupt.is_raised() {
                return Err(self.interrupted());
            }
            let (why, after) = match self.client.post(&url, &self.headers, &body) {
                Ok(response) => {
                    let answer = Answer::of(&response, &self.asked(piece));
                    match answer {
                        // Some cannot read gzip, and say no more than that they cannot read, or fail over it.
                        _ if UNREAD.contains(&response.status)
                            && body.is_compressed
                            && self.gzip == Gzip::Untried =>
                        {
                            again_plain = true;
                            body = Body::of(&plain, self.protocol, false);
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
                    let failure = Failure::of(error, &self.host, self.limits, &self.secrets);
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

    fn asked<'a>(&'a self, piece: &Request) -> Asked<'a> {
        Asked {
            host: &self.host,
            signal: piece.signal(),
            items: piece.items(),
            protocol: self.protocol,
            variables: &self.headers.variables,
            secrets: &self.secrets,
            now: self.clock.now(),
        }
    }

    /// What a receiver said beside taking something.
    fn note(&self, signal: Signal, refused: u64, items: u64, words: Option<String>) -> Option<String> {
        let why = words.as_ref().map_or_else(String::new, |words| format!(": {words}"));
        match refused {
            0 => words.map(|words| format!("{} says of {}: {words}", self.host, signal.as_str())),
            _ => Some(format!("{} refuses {refused} of {}{why}", self.host, items_of(signal, items))),
        }
    }

    fn nothing_taken(&self, signal: Signal, items: u64, reason: &str) -> Undelivered {
        Undelivered::for_good(format!(
            "{} takes none of {} ({reason}): see what it wants, in headers by telemetry.export.otlp.headers_env for example",
            self.host,
            items_of(signal, items)
        ))
    }

    fn interrupted(&self) -> Undelivered {
        Undelivered::for_now(format!(
            "sending to {} was interrupted: it goes on from there next time",
            self.host
        ))
    }
}

fn items_of(signal: Signal, items: u64) -> String {
    let one = match signal {
        Signal::Traces => "span",
        Signal::Metrics => "metric point",
        Signal::Logs => "log record",
    };
    format!("{items} {one}{}", if items == 1 { "" } else { "s" })
}

impl Courier for Transport {
    /// Sends a request, and in parts what is not taken as a whole. One without items is not sent.
    ///
    /// # Errors
    /// When not all of it was answered. Some of it may have been taken then; sent again, it is the same again.
    fn send(&mut self, request: Request) -> Result<Delivered, Undelivered> {
        let (signal, items) = (request.signal(), request.items());
        let mut delivered = Delivered::default();
        if items == 0 {
            return Ok(delivered);
        }
        let mut pauses = Pauses::new(&*self.clock, self.limits.patience);
        let mut pieces = Pieces::of(request);
        while let Some(piece) = pieces.next() {
            match self.ask(&piece, &mut pauses)? {
                Answer::Taken { refused, words } => {
                    pieces.has_taken = true;
                    delivered.items += piece.items() - refused;
                    delivered.refused += refused;
                    delivered.notes.extend(self.note(signal, refused, piece.items(), words));
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
                        return Err(self.nothing_taken(signal, items, pieces.reason()));
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
            format!(
                "{} refuses {} for good: {which} ({})",
                self.host,
                items_of(signal, pieces.refusals),
                pieces.reason()
            )
        }));
        Ok(delivered)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("host", &self.host)
            .field("headers", &self.headers)
            .field("protocol", &self.protocol)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
