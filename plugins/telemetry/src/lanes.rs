//! The ways out of a host: one for events, and one for content while the trajectories plane is on.
//!
//! They share nothing: a content folder that hangs, is full or cannot be written neither delays nor loses an event.

#[cfg(feature = "exports")]
use std::sync::Arc;
use std::time::Duration;

use telemetry_core::content::Content;
use telemetry_core::emitter::{ContentEmitter, Emitter};
use telemetry_core::event::Event;
use telemetry_core::ids::ProcessId;
use telemetry_core::pipeline::{Losses, Options, Pipeline};
use telemetry_store::layout::Layout;

use crate::Telemetry;
use crate::content::{ScrubbedContent, WithoutSecrets};
#[cfg(feature = "exports")]
use crate::exports::background::{Departure, Exports};
use crate::sink::LogAndUpkeep;

/// Pieces of content that may wait. A turn says some ten.
const CONTENT_CAPACITY: usize = 4_096;

pub(crate) struct Lanes {
    events: Pipeline,
    content: Option<Pipeline<Content>>,
    /// What destinations have not got yet.
    #[cfg(feature = "exports")]
    pub(crate) departure: Arc<Departure>,
}

impl Lanes {
    pub(crate) fn new(telemetry: &Telemetry, process: ProcessId) -> Self {
        let Telemetry { home, settings, .. } = telemetry;
        let content = settings.planes().trajectories.then(|| {
            let sink = ScrubbedContent::new(Layout::of(home), Box::new(WithoutSecrets::new(home)));
            Pipeline::of_content(Box::new(sink), Options { capacity: CONTENT_CAPACITY, ..Options::default() })
        });
        #[cfg(feature = "exports")]
        let exports = Exports::new(home, settings, telemetry.exports.clone());
        #[cfg(feature = "exports")]
        let departure = exports.departure();
        let sink = LogAndUpkeep::new(
            home,
            settings,
            #[cfg(feature = "exports")]
            exports,
        );
        let lost = content.as_ref().map(Pipeline::tally);
        Lanes {
            events: Pipeline::telling(process, lost, Box::new(sink), Options::default()),
            content,
            #[cfg(feature = "exports")]
            departure,
        }
    }

    /// Events that were lost.
    pub(crate) fn losses(&self) -> Losses {
        self.events.losses()
    }

    /// Pieces of content that were lost.
    pub(crate) fn content_losses(&self) -> Losses {
        self.content.as_ref().map(Pipeline::losses).unwrap_or_default()
    }
}

impl Emitter for Lanes {
    fn emit(&self, event: Event) {
        self.events.emit(event);
    }

    fn flush(&self, deadline: Duration) -> bool {
        match &self.content {
            None => self.events.flush(deadline),
            Some(content) => self.events.flush_with(content, deadline),
        }
    }

    fn content(&self) -> Option<&dyn ContentEmitter> {
        self.content.as_ref().map(|content| content as &dyn ContentEmitter)
    }
}
