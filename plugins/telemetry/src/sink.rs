//! The far end of the pipeline inside a host: the log, and what follows it while the host is quiet: upkeep and destinations.

use std::path::Path;

use telemetry_core::event::Event;
use telemetry_core::sink::{Sink, SinkError};
use telemetry_policy::Settings;
use telemetry_store::layout::Layout;
use telemetry_store::log::LogWriter;

#[cfg(feature = "exports")]
use crate::exports::background::Exports;
#[cfg(feature = "index")]
use crate::upkeep::Upkeep;

pub(crate) struct LogAndUpkeep {
    log: LogWriter,
    #[cfg(feature = "index")]
    upkeep: Upkeep,
    #[cfg(feature = "exports")]
    exports: Exports,
}

impl LogAndUpkeep {
    #[cfg_attr(not(feature = "index"), expect(unused_variables, reason = "upkeep is the index's"))]
    pub(crate) fn new(
        home: &Path,
        settings: &Settings,
        #[cfg(feature = "exports")] exports: Exports,
    ) -> Self {
        let layout = Layout::of(home);
        LogAndUpkeep {
            #[cfg(feature = "index")]
            upkeep: Upkeep::new(home.to_owned(), layout.clone(), settings.clone()),
            #[cfg(feature = "exports")]
            exports,
            log: LogWriter::new(layout),
        }
    }
}

impl Sink for LogAndUpkeep {
    fn write(&mut self, events: &[Event]) -> Result<(), SinkError> {
        #[cfg(feature = "index")]
        self.upkeep.heard();
        #[cfg(feature = "exports")]
        self.exports.heard();
        self.log.write(events)
    }

    fn idle(&mut self) {
        #[cfg(feature = "index")]
        self.upkeep.idle();
        #[cfg(feature = "exports")]
        self.exports.idle();
    }
}
