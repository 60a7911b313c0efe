//! A file of ATOF that grows as turns end.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use telemetry_core::content::Content;
use telemetry_core::cost::Prices;
use telemetry_core::event::Event;
use telemetry_core::time::UnixNanos;
use telemetry_policy::Cleared;

use super::config::{Config, Mode};
use super::line::Line;
use super::map::{Mapper, Scopes};
use super::stream::{Position, Stream};
use crate::exporter::{Delivered, Exporter, Undelivered};
use crate::trajectory::{Feed, FeedState, Held, Told};

/// Writes the lines of a turn when it is over, in the order of their times, those of its subagents among them.
pub struct Atof {
    config: Config,
    feed: Feed,
    said: Held,
    mapper: Mapper,
    lines: Vec<Line>,
    stream: Option<Stream>,
}

/// What it needs to go on later.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct State {
    feed: FeedState,
    said: Held,
    scopes: Scopes,
    file: Option<(std::path::PathBuf, Option<Position>)>,
}

impl Atof {
    /// Goes on from `state`, as [`Exporter::state`] gave it; from the beginning with null.
    ///
    /// # Errors
    /// When it is no such state.
    pub fn resume(config: Config, prices: Prices, state: Value) -> Result<Self, serde_json::Error> {
        let state: State = if state.is_null() { State::default() } else { serde_json::from_value(state)? };
        Ok(Atof {
            config,
            feed: Feed::resume(prices, state.feed),
            said: state.said,
            mapper: Mapper::resume(state.scopes),
            lines: Vec::new(),
            stream: state.file.map(|(path, position)| Stream::new(path, position)),
        })
    }

    /// The file to write to: another when the config names another.
    fn stream(&mut self, now: UnixNanos) -> std::io::Result<&mut Stream> {
        let known = self.stream.take().filter(|stream| self.config.is_path(stream.path()));
        let stream = match known {
            Some(stream) => stream,
            None => {
                let mut stream = Stream::new(self.config.path(now), None);
                if self.config.mode == Mode::Overwrite {
                    stream.begin_anew()?;
                }
                stream
            }
        };
        Ok(self.stream.insert(stream))
    }
}

impl Exporter for Atof {
    fn event(&mut self, event: Cleared<Event>) {
        let Atof { feed, said, mapper, lines, .. } = self;
        feed.event(event, said, &mut |told: Told| mapper.take(&told, lines));
    }

    fn content(&mut self, content: Cleared<Content>) {
        self.said.keep(content);
    }

    fn finish(&mut self) {
        let Atof { feed, said, mapper, lines, .. } = self;
        feed.finish(said, &mut |told: Told| mapper.take(&told, lines));
    }

    fn deliver(&mut self, now: UnixNanos) -> Result<Delivered, Undelivered> {
        if self.lines.is_empty() {
            return Ok(Delivered::default());
        }
        let mut lines = std::mem::take(&mut self.lines);
        lines.sort_by_key(|line| (line.at, line.rank));
        let texts: Vec<String> = lines.into_iter().map(|line| line.text).collect();
        let directory = self.config.directory.clone();
        let written = self.stream(now).and_then(|stream| stream.append(&texts));
        match written {
            Ok(items) => Ok(Delivered { items, ..Delivered::default() }),
            Err(error) => Err(Undelivered {
                message: format!("cannot write ATOF in {}: {error}", directory.display()),
                temporary: true,
                retry_after: None,
            }),
        }
    }

    fn state(&self) -> Value {
        json!({
            "feed": self.feed.state(),
            "said": self.said,
            "scopes": self.mapper.scopes(),
            "file": self.stream.as_ref().map(|stream| (stream.path(), stream.position())),
        })
    }
}
