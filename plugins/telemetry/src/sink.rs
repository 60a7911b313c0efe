//! The far end of the pipeline inside a host: the log, and the index while the host is quiet.

use std::time::Duration;

use telemetry_core::event::Event;
use telemetry_core::sink::{Sink, SinkError};
use telemetry_store::layout::Layout;
use telemetry_store::log::LogWriter;

pub(crate) struct LogAndIndex {
    log: LogWriter,
    #[cfg(feature = "index")]
    indexer: indexer::Indexer,
}

impl LogAndIndex {
    pub(crate) fn new(layout: Layout) -> Self {
        LogAndIndex {
            log: LogWriter::new(layout.clone()),
            #[cfg(feature = "index")]
            indexer: indexer::Indexer::new(layout),
        }
    }
}

impl Sink for LogAndIndex {
    fn write(&mut self, events: &[Event]) -> Result<(), SinkError> {
        #[cfg(feature = "index")]
        self.indexer.heard();
        self.log.write(events)
    }

    fn idle(&mut self, budget: Duration) -> bool {
        #[cfg(feature = "index")]
        return self.indexer.idle(budget);
        #[cfg(not(feature = "index"))]
        {
            let _ = budget;
            false
        }
    }
}

#[cfg(feature = "index")]
mod indexer {
    use std::time::{Duration, Instant};

    use telemetry_store::index::{Index, Patience};
    use telemetry_store::layout::Layout;

    /// The host must have been quiet for so long: indexing must not stand between an event and the log.
    const QUIET: Duration = Duration::from_millis(250);
    /// How long an index that cannot be opened is left alone. The log has everything; somebody else may catch up.
    const RETRY: Duration = Duration::from_secs(30);

    pub(super) struct Indexer {
        layout: Layout,
        index: Option<Index>,
        last_event: Option<Instant>,
        not_before: Option<Instant>,
    }

    impl Indexer {
        pub(super) fn new(layout: Layout) -> Self {
            Indexer { layout, index: None, last_event: None, not_before: None }
        }

        pub(super) fn heard(&mut self) {
            self.last_event = Some(Instant::now());
        }

        /// Indexes for about `budget`; whether there is more to do.
        pub(super) fn idle(&mut self, budget: Duration) -> bool {
            let now = Instant::now();
            let Some(last_event) = self.last_event else { return false };
            if now < last_event + QUIET || self.not_before.is_some_and(|then| now < then) {
                return false;
            }
            if self.index.is_none() {
                self.index = Index::open(self.layout.clone(), Patience::Host).ok();
            }
            match self.index.as_mut().map(|index| index.catch_up(Some(budget))) {
                Some(Ok(progress)) => {
                    if progress.complete {
                        // Nothing to do until the next event.
                        self.last_event = None;
                    }
                    !progress.complete
                }
                // Busy, broken or gone: the log is the truth, and whoever runs next catches up.
                _ => {
                    self.index = None;
                    self.not_before = Some(now + RETRY);
                    false
                }
            }
        }
    }
}
