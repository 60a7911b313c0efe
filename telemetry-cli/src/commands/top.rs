//! `telemetry top`: a screen that shows what happens now.

use std::io;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use ratatui::crossterm::event::{self, Event, KeyEventKind};
use telemetry_core::time::UnixNanos;
use telemetry_store::StoreError;
use telemetry_store::index::Index;

use crate::args;
use crate::failure::Failure;
use crate::home::Home;
use crate::streams::Streams;
use crate::top::gather::{gather, nothing};
use crate::top::place::{Place, Wish};
use crate::top::terminal::{Screen, Signals};
use crate::top::view::View;
use crate::{answers, render, span};

/// Between two looks whether a signal came, while no key is pressed.
const SIGNALS: Duration = Duration::from_millis(100);
/// How long reading the log may hold up a key; the rest is read with the next look.
const BUDGET: Duration = Duration::from_millis(250);
/// Who waits for a key does not wait for another process that writes the index.
const BUSY: Duration = Duration::from_millis(50);
/// A view is made anew after so long though nothing was recorded: minutes pass, and days.
const STALE: Duration = Duration::from_secs(15);

pub(super) fn run(home: &Home, args: &args::Top, streams: &mut Streams<'_>) -> Result<(), Failure> {
    if !streams.terminal || !io::IsTerminal::is_terminal(&io::stdin()) {
        return Err(Failure::Usage(
            "this is no terminal to draw on; `telemetry insights` prints the answers, `telemetry tail` what comes".into(),
        ));
    }
    let zone = span::zone(args.tz.as_deref(), &home.settings)?;
    let mut index = answers::open(home, streams)?;
    index.connection().busy_timeout(BUSY).map_err(StoreError::from)?;
    let colour = streams.screen.colour;
    let ended = {
        let signals = Signals::take()?;
        let mut screen = Screen::take(streams.out)?;
        watch(home, &zone, &mut index, args.interval.0, colour, &mut screen, &signals)
    };
    match ended? {
        None => Ok(()),
        // As a shell tells of a command that a signal ended.
        Some(signal) => Err(Failure::Told(128_u8.saturating_add(signal))),
    }
}

/// Draws until the person leaves (`None`) or a signal comes.
fn watch(
    home: &Home,
    zone: &TimeZone,
    index: &mut Index,
    interval: Duration,
    colour: bool,
    screen: &mut Screen<'_>,
    signals: &Signals,
) -> Result<Option<u8>, Failure> {
    let mut place = Place::default();
    let mut view = nothing(home.path.display().to_string(), zone);
    let mut wish = Wish::Gather;
    let mut made = Instant::now();
    let mut version = 0;
    loop {
        let looked = Instant::now();
        let has_news = catch_up(index, &mut version);
        view.now = UnixNanos::now();
        if wish == Wish::Gather || made.elapsed() >= STALE || !matches!(has_news, Ok(false)) {
            let inside = place.inside.as_ref().map(|inside| inside.run_id.as_str());
            match has_news.and_then(|_| gather(index, home, zone, inside)) {
                Ok(fresh) => (view, made) = (fresh, Instant::now()),
                Err(error) => view.note = Some(error.to_string()),
            }
        }
        wish = until_next(&mut place, &view, looked + interval, colour, screen, signals)?;
        if let Some(signal) = signals.heard() {
            return Ok(Some(signal));
        }
        if wish == Wish::Leave {
            return Ok(None);
        }
    }
}

/// Reads what others logged; whether the index has anything new, whoever put it there. Runs of processes that are gone are
/// closed. `version` is that of the index after it.
fn catch_up(index: &mut Index, version: &mut i64) -> Result<bool, StoreError> {
    let mut read = index.catch_up(Some(BUDGET))?.read;
    if index.close_lost().unwrap_or(0) > 0 {
        read += index.catch_up(Some(BUDGET))?.read;
    }
    // Changes with what other connections write: https://sqlite.org/pragma.html#pragma_data_version
    let before = *version;
    *version = index.connection().query_row("PRAGMA data_version", [], |row| row.get(0))?;
    Ok(read > 0 || *version != before)
}

/// Draws, and does what keys say, until it is time for the next look or something else has to be found out.
fn until_next(
    place: &mut Place,
    view: &View,
    next: Instant,
    colour: bool,
    screen: &mut Screen<'_>,
    signals: &Signals,
) -> Result<Wish, Failure> {
    loop {
        screen.terminal.draw(|frame| render::top(frame, view, place, colour))?;
        loop {
            let left = next.saturating_duration_since(Instant::now());
            if left.is_zero() || signals.heard().is_some() {
                return Ok(Wish::Draw);
            }
            if event::poll(left.min(SIGNALS))? {
                break;
            }
        }
        match event::read()? {
            Event::Key(key) if key.kind != KeyEventKind::Release => match place.press(key, view) {
                Wish::Draw => {}
                wish => return Ok(wish),
            },
            // A resize draws anew.
            _ => {}
        }
    }
}
