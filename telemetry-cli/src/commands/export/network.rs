//! `telemetry export --otlp` and `--collector`: what was not sent yet, and with `--follow` what is recorded from then on.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use signal_hook::SigId;
use signal_hook::consts::{SIGINT, SIGTERM};
use telemetry_core::time::UnixNanos;
use telemetry_export::Undelivered;
use telemetry_plugin::exports::{Drain, Held, Interrupt, Network, Sent};

use crate::failure::Failure;
use crate::home::Home;
use crate::progress::Progress;
use crate::streams::Streams;
use crate::{answers, render};

/// How long another process that is sending is waited for.
const ELSEWHERE: Duration = Duration::from_secs(30);
/// Between two looks at what is waited for.
const LOOK: Duration = Duration::from_millis(200);
/// Looks for one at what was recorded, and for one at processes that are gone.
const LOOKS_AT_THE_LOG: u64 = 5;
const LOOKS_AT_PROCESSES: u64 = 300;
/// How long a delivery that is under way may go on when the command is ended.
const GRACE: Duration = Duration::from_secs(2);

pub(super) fn run(
    home: &Home,
    network: &dyn Network,
    since: Option<UnixNanos>,
    follow: bool,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    network.check().map_err(undelivered)?;
    if !follow && !home.layout.log().is_dir() {
        writeln!(streams.out, "nothing is recorded in {}", home.path.display())?;
        return Ok(());
    }
    let gate = home.gate();
    let mut drain = Drain::new(home.layout.clone(), gate, network.export()).since(since);
    let host = network.host();
    let mut told = Told { network, host, before: Sent::default(), refused: 0, notes: BTreeSet::new() };
    if follow {
        follow_up(home, &mut drain, &mut told, streams)
    } else {
        once(home, &mut drain, &mut told, streams)
    }
}

fn once(
    home: &Home,
    drain: &mut Drain,
    told: &mut Told<'_>,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    // The runs of processes that are gone are closed by this, and so are sent.
    drop(answers::open(home, streams)?);
    let until = Instant::now() + ELSEWHERE;
    let again = || {
        std::thread::sleep(LOOK);
        Instant::now() < until
    };
    let Some(mut held) = drain.hold_if(again).map_err(undelivered)? else {
        return Err(Failure::Failed(format!(
            "another process is sending to {}, and sends for all of them; try again when it is through",
            told.host
        )));
    };
    let sent = send(&mut held, told, streams);
    if sent.is_ok() || told.network.sent() != Sent::default() {
        told.tell(streams)?;
    }
    sent.map_err(undelivered)
}

fn follow_up(
    home: &Home,
    drain: &mut Drain,
    told: &mut Told<'_>,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let ending = Ending::watch(told.network.interrupt()).map_err(Failure::Output)?;
    let Some(mut held) = drain.hold_if(|| ending.rest()).map_err(undelivered)? else { return Ok(()) };
    let mut failed: Option<String> = None;
    let mut caught_up = false;
    for look in 0_u64.. {
        if look.is_multiple_of(LOOKS_AT_PROCESSES) {
            // Where the index cannot be used, the rest goes on without.
            drop(answers::open(home, streams));
        }
        let waits = failed.is_some() && held.waits(UnixNanos::now());
        if look.is_multiple_of(LOOKS_AT_THE_LOG) && !waits {
            match send(&mut held, told, streams) {
                Ok(()) => {
                    if failed.take().is_some() {
                        writeln!(streams.err, "telemetry: {} takes it again", told.host)?;
                    }
                    if !caught_up {
                        told.tell(streams)?;
                        caught_up = true;
                    }
                }
                Err(_) if ending.is_asked_for() => {}
                Err(error) if failed.as_ref() == Some(&error.message) => {}
                Err(error) => {
                    writeln!(streams.err, "telemetry: {}", render::clean(&error.message))?;
                    failed = Some(error.message);
                }
            }
        }
        if !ending.rest() {
            break;
        }
    }
    if told.network.sent() != told.before {
        told.tell(streams)?;
    }
    Ok(())
}

/// Sends what there is, and says what the receiver has to say.
fn send(held: &mut Held<'_>, told: &mut Told<'_>, streams: &mut Streams<'_>) -> Result<(), Undelivered> {
    // Where it cannot be told how much there is, sending will say why.
    let left = |held: &Held<'_>| held.lag().map_or(0, |lag| lag.bytes);
    let total = if streams.progress { left(held) } else { 0 };
    let mut progress = Progress::of("sending", streams);
    held.to_the_end(&mut |held, drained| {
        told.refused += drained.delivered.refused;
        for note in drained.delivered.notes {
            if !told.notes.contains(&note) {
                progress.say(format_args!("telemetry: {}", render::clean(&note)));
                told.notes.insert(note);
            }
        }
        if progress.is_due() {
            progress.has_read(total.saturating_sub(left(held)), total);
        }
    })
    .map(drop)
}

fn undelivered(error: Undelivered) -> Failure {
    Failure::Failed(error.message)
}

/// What was told of what was sent.
struct Told<'a> {
    network: &'a dyn Network,
    host: String,
    before: Sent,
    refused: u64,
    notes: BTreeSet<String>,
}

impl Told<'_> {
    /// Says what was sent since this was last told.
    fn tell(&mut self, streams: &mut Streams<'_>) -> io::Result<()> {
        let now = self.network.sent();
        let before = std::mem::replace(&mut self.before, now);
        let kinds = [
            (now.events - before.events, "event", "events"),
            (now.spans - before.spans, "span", "spans"),
            (now.points - before.points, "metric point", "metric points"),
            (now.logs - before.logs, "log record", "log records"),
        ];
        let kinds = kinds.into_iter().filter(|(items, ..)| *items > 0);
        let kinds: Vec<String> = kinds.map(|(items, one, many)| render::count(items, one, many)).collect();
        let host = render::clean(&self.host);
        match kinds.is_empty() {
            true => writeln!(streams.out, "nothing new for {host}")?,
            false => writeln!(streams.out, "sent {} to {host}", kinds.join(", "))?,
        }
        if self.refused > 0 {
            let refused = render::count(std::mem::take(&mut self.refused), "item", "items");
            writeln!(streams.err, "telemetry: {host} refused {refused}")?;
        }
        streams.out.flush()
    }
}

/// Whether somebody ended the command (SIGINT, SIGTERM).
struct Ending {
    asked_for: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
    signals: Vec<SigId>,
}

impl Ending {
    /// From now on the command is not ended by these signals, but ends by itself: at once, and a delivery that is under way
    /// within [`GRACE`].
    fn watch(interrupt: Interrupt) -> io::Result<Self> {
        let mut ending = Ending { asked_for: Arc::default(), over: Arc::default(), signals: Vec::new() };
        for signal in [SIGINT, SIGTERM] {
            ending.signals.push(signal_hook::flag::register(signal, Arc::clone(&ending.asked_for))?);
        }
        let (asked_for, over) = (Arc::clone(&ending.asked_for), Arc::clone(&ending.over));
        let watch = move || {
            let mut patience = GRACE;
            while !over.load(Relaxed) && !patience.is_zero() {
                std::thread::sleep(LOOK);
                if asked_for.load(Relaxed) {
                    patience = patience.saturating_sub(LOOK);
                }
            }
            interrupt.raise();
        };
        std::thread::Builder::new().name("telemetry-ending".into()).spawn(watch)?;
        Ok(ending)
    }

    fn is_asked_for(&self) -> bool {
        self.asked_for.load(Relaxed)
    }

    /// Waits until the next look; false when there is none.
    fn rest(&self) -> bool {
        if !self.is_asked_for() {
            std::thread::sleep(LOOK);
        }
        !self.is_asked_for()
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.over.store(true, Relaxed);
        for signal in self.signals.drain(..) {
            signal_hook::low_level::unregister(signal);
        }
    }
}
