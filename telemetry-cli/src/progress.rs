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
    /// A terminal; nothing is drawn elsewhere.
    screen: Option<&'a mut dyn Write>,
    what: &'static str,
    begun: Instant,
    drawn: Option<Instant>,
}

impl<'a> Progress<'a> {
    /// Of `what` is being done, in the words of "reading the log".
    pub(crate) fn of(what: &'static str, streams: &'a mut Streams<'_>) -> Self {
        let screen: Option<&mut dyn Write> = if streams.progress { Some(&mut *streams.err) } else { None };
        Progress { screen, what, begun: Instant::now(), drawn: None }
    }

    /// So much is behind us.
    pub(crate) fn is_at(&mut self, reading: Reading) {
        self.is_at_when(reading, Instant::now());
    }

    fn is_at_when(&mut self, reading: Reading, now: Instant) {
        let Some(screen) = &mut self.screen else { return };
        let elapsed = now.saturating_duration_since(self.begun);
        if elapsed < PATIENCE || self.drawn.is_some_and(|drawn| now.saturating_duration_since(drawn) < FRAME)
        {
            return;
        }
        self.drawn = Some(now);
        let _ = write!(screen, "{WIPE}{}", line(self.what, reading, elapsed)).and_then(|()| screen.flush());
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if let (Some(screen), Some(_)) = (&mut self.screen, self.drawn) {
            let _ = write!(screen, "{WIPE}").and_then(|()| screen.flush());
        }
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
