//! What a person sees while a command takes longer than a second: one line on a terminal that is drawn over, and gone
//! when the work is done.

use std::io::Write;
use std::time::{Duration, Instant};

use telemetry_store::index::{Reading, Work};

use crate::render;
use crate::streams::Streams;

/// Nothing is drawn before.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two drawings.
const FRAME: Duration = Duration::from_millis(100);
const CELLS: u64 = 24;
/// To the beginning of the line, and all of it gone.
const WIPE: &str = "\r\x1b[K";

/// One piece of work that may take long.
pub(crate) struct Progress<'a> {
    err: &'a mut dyn Write,
    /// Whether that is a terminal; nothing is drawn elsewhere.
    draws: bool,
    what: &'static str,
    begun: Instant,
    drawn: Option<Instant>,
}

impl<'a> Progress<'a> {
    /// Of `what` is being done, in the words of "reading the log".
    pub(crate) fn of(what: &'static str, streams: &'a mut Streams<'_>) -> Self {
        Progress::on(&mut *streams.err, streams.progress, what)
    }

    /// The same while answers are written, and where to. On a terminal they would end up in the same line, and show by
    /// themselves that something is done, so nothing is drawn there.
    #[cfg(feature = "export")]
    pub(crate) fn beside(what: &'static str, streams: &'a mut Streams<'_>) -> (Self, &'a mut dyn Write) {
        let is_alone = streams.progress && !streams.terminal;
        (Progress::on(&mut *streams.err, is_alone, what), &mut *streams.out)
    }

    fn on(err: &'a mut dyn Write, draws: bool, what: &'static str) -> Self {
        Progress { err, draws, what, begun: Instant::now(), drawn: None }
    }

    /// Whether it would be drawn now, where how far it is has to be found out first.
    #[cfg(any(feature = "otlp", feature = "shipping"))]
    pub(crate) fn is_due(&self) -> bool {
        self.is_due_at(Instant::now())
    }

    /// Something that is to stay, in a line of its own.
    #[cfg(any(feature = "otlp", feature = "shipping"))]
    pub(crate) fn say(&mut self, line: std::fmt::Arguments<'_>) {
        self.wipe();
        // A reader who left is noticed when it is told what came of it all.
        let _ = writeln!(self.err, "{line}");
    }

    /// So many bytes of a log, or of what is read like one.
    pub(crate) fn has_read(&mut self, done: u64, total: u64) {
        self.is_at(Reading { work: Work::Log, done, total });
    }

    /// So much is behind us.
    pub(crate) fn is_at(&mut self, reading: Reading) {
        self.is_at_when(reading, Instant::now());
    }

    fn is_at_when(&mut self, reading: Reading, now: Instant) {
        if !self.is_due_at(now) {
            return;
        }
        self.drawn = Some(now);
        let line = line(self.what, reading, now.saturating_duration_since(self.begun));
        let _ = write!(self.err, "{WIPE}{line}").and_then(|()| self.err.flush());
    }

    fn is_due_at(&self, now: Instant) -> bool {
        let since = |then| now.saturating_duration_since(then);
        self.draws && since(self.begun) >= PATIENCE && self.drawn.is_none_or(|drawn| since(drawn) >= FRAME)
    }

    fn wipe(&mut self) {
        if self.drawn.take().is_some() {
            let _ = write!(self.err, "{WIPE}").and_then(|()| self.err.flush());
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.wipe();
    }
}

/// `reading the log  [######..................]  27 %  180 of 660 MB, 60 MB/s`
/// `pricing calls  [###.....................]  13 %  330,000 of 2,500,000 calls`
fn line(what: &str, Reading { work, done, total }: Reading, elapsed: Duration) -> String {
    // What is read may grow while it is read.
    let total = total.max(done).max(1);
    let full = (done * CELLS / total) as usize;
    let bar = "#".repeat(full) + &".".repeat(CELLS as usize - full);
    let percent = done * 100 / total;
    match work {
        Work::Log => {
            let megabytes = |bytes: u64| bytes as f64 / 1e6;
            let rate = megabytes(done) / elapsed.as_secs_f64().max(1e-3);
            let (done, total) = (megabytes(done), megabytes(total));
            format!("{what}  [{bar}] {percent:3} %  {done:.0} of {total:.0} MB, {rate:.0} MB/s")
        }
        Work::Prices => {
            let (done, total) = (render::grouped(done as i64), render::count(total, "call", "calls"));
            format!("pricing calls  [{bar}] {percent:3} %  {done} of {total}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_log(done: u64, total: u64) -> Reading {
        Reading { work: Work::Log, done, total }
    }

    fn drawn(terminal: bool, steps: &[(u64, u64)]) -> String {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut streams = Streams::new(&mut out, &mut err).with_progress(terminal);
        let mut progress = Progress::of("reading the log", &mut streams);
        for (millis, done) in steps {
            let now = progress.begun + Duration::from_millis(*millis);
            progress.is_at_when(of_log(*done, 600_000_000), now);
        }
        drop(progress);
        assert!(out.is_empty());
        String::from_utf8(err).unwrap()
    }

    #[test]
    fn nothing_is_drawn_in_the_first_second_or_where_nobody_looks() {
        assert_eq!(drawn(true, &[(10, 1), (999, 300_000_000)]), "");
        assert_eq!(drawn(false, &[(2_000, 300_000_000)]), "");
    }

    #[test]
    fn one_line_is_drawn_over_ten_times_a_second_and_wiped() {
        let steps = [(1_000, 150_000_000), (1_050, 160_000_000), (2_000, 300_000_000)];
        assert_eq!(
            drawn(true, &steps),
            "\r\x1b[Kreading the log  [######..................]  25 %  150 of 600 MB, 150 MB/s\
             \r\x1b[Kreading the log  [############............]  50 %  300 of 600 MB, 150 MB/s\
             \r\x1b[K"
        );
    }

    #[cfg(feature = "export")]
    #[test]
    fn nothing_is_drawn_over_answers() {
        let drawn = |out_is_terminal| {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            let streams = Streams::new(&mut out, &mut err).with_progress(true);
            let mut streams = streams.with_terminal(out_is_terminal);
            let (mut progress, out) = Progress::beside("exporting", &mut streams);
            out.write_all(b"answer").unwrap();
            let now = progress.begun + PATIENCE;
            progress.is_at_when(of_log(1, 2), now);
            drop(progress);
            !err.is_empty()
        };
        assert_eq!([drawn(false), drawn(true)], [true, false]);
    }

    #[test]
    fn calls_are_counted_in_calls() {
        let reading = Reading { work: Work::Prices, done: 330_000, total: 2_500_000 };
        let drawn = "pricing calls  [###.....................]  13 %  330,000 of 2,500,000 calls";
        assert_eq!(line("reading the log", reading, PATIENCE), drawn);
    }

    #[test]
    fn a_log_that_grew_meanwhile_is_never_past_its_end() {
        assert!(
            line("reading", of_log(7_000_000, 5_000_000), PATIENCE)
                .contains("[########################] 100 %")
        );
        assert!(line("reading", of_log(0, 0), PATIENCE).contains("[........................]   0 %"));
    }
}
