//! `telemetry tail`: the log as it grows, one line an event. Reads the log alone, so it works where the index does not.

mod filter;

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use jiff::Timestamp;
use telemetry_core::event::Event;
use telemetry_core::time::UnixNanos;
use telemetry_store::log::{Follower, LogLine};

use crate::args;
use crate::failure::Failure;
use crate::home::Home;
use crate::render::Feed;
use crate::span;
use crate::streams::Streams;
use filter::Filter;

/// Events shown of what is there already, where nothing else is asked.
const LINES: usize = 10;
/// How far back they are looked for, step by step: in the last few hundred events they are found at once, and a filter that
/// hardly anything passes reads this much and no more.
const REACH: [u64; 3] = [256 << 10, 8 << 20, 64 << 20];
/// Between two looks at the file of today. Nothing tells of writes on every file system and in every container.
const LOOK: Duration = Duration::from_millis(200);
/// Looks at today's file for one at the whole folder: a replay and a process that is late write to other days.
const LOOKS: u32 = 5;

pub(super) fn run(home: &Home, args: &args::Tail, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let zone = span::zone(args.tz.as_deref(), &home.settings)?;
    let since = args.since.as_deref().map(|text| span::moment(text, Timestamp::now(), &zone)).transpose()?;
    let filter = Filter::of(&args.filters, args.errors)?;
    let colour = streams.screen.colour;
    let mut printer = Printer { feed: (!args.json).then(|| Feed::new(zone, colour)), filter };
    let mut follower = match since {
        Some(since) => printer.all_since(home, since, args.lines, streams)?,
        None => printer.the_last(home, args.lines.unwrap_or(LINES), streams)?,
    };
    if args.no_follow {
        return Ok(());
    }
    for look in 1_u32.. {
        if (streams.is_abandoned)() {
            break;
        }
        std::thread::sleep(LOOK);
        let days = if look.is_multiple_of(LOOKS) { Days::All } else { Days::Today };
        printer.print_news(&mut follower, days, &|_| true, streams)?;
    }
    Ok(())
}

/// Where is looked for news.
enum Days {
    All,
    Today,
}

struct Printer {
    /// How events are shown; `None` where lines are printed as they are.
    feed: Option<Feed>,
    filter: Filter,
}

impl Printer {
    /// Prints what there is since a moment, or the last `most` of it.
    fn all_since(
        &mut self,
        home: &Home,
        since: UnixNanos,
        most: Option<usize>,
        streams: &mut Streams<'_>,
    ) -> Result<Follower, Failure> {
        let mut follower = Follower::since(home.layout.clone(), since.day())?;
        self.filter.learn(home, &follower)?;
        let wanted = |event: &Event| event.ts >= since;
        match most {
            Some(most) => {
                let last = self.last(&mut follower, &wanted, most)?;
                self.print_all(last, streams)?;
            }
            None => self.print_news(&mut follower, Days::All, &wanted, streams)?,
        }
        Ok(follower)
    }

    /// Prints the last `most` events, if they are within reach.
    fn the_last(&mut self, home: &Home, most: usize, streams: &mut Streams<'_>) -> Result<Follower, Failure> {
        let mut reach = REACH.into_iter();
        loop {
            let bytes = if most == 0 { Some(0) } else { reach.next() };
            let mut follower = Follower::back(home.layout.clone(), bytes.unwrap_or_default())?;
            let is_all = follower.is_at_the_beginning();
            self.filter.learn(home, &follower)?;
            let last = self.last(&mut follower, &|_| true, most)?;
            if last.len() == most || is_all || reach.len() == 0 {
                self.print_all(last, streams)?;
                return Ok(follower);
            }
        }
    }

    /// The last `most` of what was appended, is `wanted` and passes the filter.
    fn last(
        &mut self,
        follower: &mut Follower,
        wanted: &dyn Fn(&Event) -> bool,
        most: usize,
    ) -> Result<VecDeque<LogLine>, Failure> {
        let mut last = VecDeque::new();
        follower.read(&mut |line| {
            if self.filter.lets(&line.event) && wanted(&line.event) {
                last.push_back(line);
            }
            if last.len() > most {
                last.pop_front();
            }
            true
        })?;
        Ok(last)
    }

    fn print_all(&mut self, lines: VecDeque<LogLine>, streams: &mut Streams<'_>) -> Result<(), Failure> {
        lines.iter().try_for_each(|line| self.print(line, streams))?;
        Ok(streams.out.flush()?)
    }

    /// Prints what was appended, is `wanted` and passes the filter.
    fn print_news(
        &mut self,
        follower: &mut Follower,
        days: Days,
        wanted: &dyn Fn(&Event) -> bool,
        streams: &mut Streams<'_>,
    ) -> Result<(), Failure> {
        let mut printed = Ok(());
        let print = &mut |line: LogLine| {
            if self.filter.lets(&line.event) && wanted(&line.event) {
                printed = self.print(&line, streams);
            }
            printed.is_ok()
        };
        match days {
            Days::All => follower.read(print)?,
            Days::Today => follower.read_day(UnixNanos::now().day(), print)?,
        };
        printed?;
        Ok(streams.out.flush()?)
    }

    fn print(&mut self, line: &LogLine, streams: &mut Streams<'_>) -> io::Result<()> {
        match &mut self.feed {
            Some(feed) => feed.event(streams.out, &line.event),
            None => {
                streams.out.write_all(&line.text)?;
                streams.out.write_all(b"\n")
            }
        }
    }
}
