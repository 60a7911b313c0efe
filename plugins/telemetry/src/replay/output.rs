//! What a replay writes, and what is there already.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use telemetry_core::content::Content;
use telemetry_core::emitter::{ContentEmitter, Emitter};
use telemetry_core::event::Event;
use telemetry_core::ids::EventId;
use telemetry_core::lock::Mutex;
use telemetry_core::sink::{Sink, SinkError};
use telemetry_core::time::UnixNanos;
use telemetry_store::content::ContentReader;
use telemetry_store::days::Watch;
use telemetry_store::layout::{Days, Layout};
use telemetry_store::log::{LogReader, LogWriter};

use super::{ReplayError, Report};
use crate::content::{ScrubbedContent, WithoutSecrets};

/// Takes events and content in order.
pub(super) struct Emitted {
    events: Mutex<Vec<Event>>,
    /// `None` while nobody wants it.
    content: Option<Kept>,
}

struct Kept(Mutex<Vec<Content>>);

impl Emitted {
    pub fn new(content: bool) -> Self {
        Emitted { events: Mutex::default(), content: content.then(|| Kept(Mutex::default())) }
    }
}

impl Emitter for Emitted {
    fn emit(&self, event: Event) {
        self.events.lock().push(event);
    }

    fn flush(&self, _deadline: Duration) -> bool {
        true
    }

    fn content(&self) -> Option<&dyn ContentEmitter> {
        self.content.as_ref().map(|kept| kept as &dyn ContentEmitter)
    }
}

impl ContentEmitter for Kept {
    fn emit(&self, content: Content) {
        self.0.lock().push(content);
    }
}

/// The log and the content of a home.
pub(super) struct Output {
    log: Once<Event>,
    content: Option<Once<Content>>,
}

/// A sink that is given nothing twice.
struct Once<T> {
    sink: Box<dyn Sink<T>>,
    seen: HashSet<(UnixNanos, EventId)>,
    added: u64,
    known: u64,
}

impl Output {
    pub fn new(home: &Path, content: bool, watch: Watch<'_>) -> Result<Self, ReplayError> {
        let layout = Layout::of(home);
        let unread = |folder: &Path, source| {
            ReplayError::Log(SinkError { what: format!("reading {}", folder.display()), source })
        };
        let mut log = Once::new(LogWriter::new(layout.clone()));
        LogReader::new(layout.clone())
            .read_watched(&mut |event| log.seen.insert((event.ts, event.id)), watch)
            .map_err(|error| unread(&layout.log(), error))?;
        let content = match content {
            true => {
                let sink = ScrubbedContent::new(layout.clone(), Box::new(WithoutSecrets::new(home)));
                let mut content = Once::new(sink);
                ContentReader::new(layout.clone())
                    .read(&mut |piece| content.seen.insert((piece.ts, piece.id)))
                    .map_err(|error| unread(&layout.folder(Days::Content), error))?;
                Some(content)
            }
            false => None,
        };
        Ok(Output { log, content })
    }

    /// Writes what was emitted and is new, once there are `at_least` events.
    pub fn write(&mut self, emitted: &Emitted, at_least: usize) -> Result<(), ReplayError> {
        let mut events = emitted.events.lock();
        if events.len() < at_least {
            return Ok(());
        }
        self.log.write(&mut events, |event| (event.ts, event.id))?;
        if let (Some(content), Some(kept)) = (&mut self.content, &emitted.content) {
            content.write(&mut kept.0.lock(), |piece| (piece.ts, piece.id))?;
        }
        Ok(())
    }

    pub fn count(&self, report: &mut Report) {
        (report.added, report.known) = (self.log.added, self.log.known);
        report.content = self.content.as_ref().map(|content| content.added);
    }
}

impl<T> Once<T> {
    fn new(sink: impl Sink<T> + 'static) -> Self {
        Once { sink: Box::new(sink), seen: HashSet::new(), added: 0, known: 0 }
    }

    fn write(
        &mut self,
        items: &mut Vec<T>,
        key: impl Fn(&T) -> (UnixNanos, EventId),
    ) -> Result<(), ReplayError> {
        let all = items.len();
        items.retain(|item| self.seen.insert(key(item)));
        self.sink.write(items).map_err(ReplayError::Log)?;
        self.added += items.len() as u64;
        self.known += (all - items.len()) as u64;
        items.clear();
        Ok(())
    }
}
