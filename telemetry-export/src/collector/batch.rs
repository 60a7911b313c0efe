//! What goes in one request.

use serde_json::Value;
use telemetry_core::codec;
use telemetry_core::event::Event;
use telemetry_policy::Cleared;

use crate::http::{Noun, Parcel};

/// The most lines of a batch; a collector takes more.
const LINES: usize = 2_500;
/// The most bytes of a batch before it is compressed; a collector takes more. An event that is longer is alone.
const BYTES: usize = 2 << 20;

/// Events as lines of JSON, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    text: Vec<u8>,
    /// Where each line ends, behind its line break.
    ends: Vec<usize>,
}

impl Batch {
    /// A batch with one event.
    pub fn of(event: Cleared<Event>) -> Self {
        let mut batch = Batch { text: Vec::new(), ends: Vec::new() };
        codec::encode(&event, &mut batch.text);
        batch.ends.push(batch.text.len());
        batch
    }

    /// Adds an event, or gives it back when there is no more room.
    pub fn add(&mut self, event: Cleared<Event>) -> Option<Cleared<Event>> {
        let before = self.text.len();
        if self.ends.len() >= LINES || before >= BYTES {
            return Some(event);
        }
        codec::encode(&event, &mut self.text);
        if self.text.len() > BYTES {
            self.text.truncate(before);
            return Some(event);
        }
        self.ends.push(self.text.len());
        None
    }

    /// The lines, each with its end.
    pub fn text(&self) -> &[u8] {
        &self.text
    }
}

impl Parcel for Batch {
    fn items(&self) -> u64 {
        self.ends.len() as u64
    }

    fn noun(&self) -> Noun {
        Noun { one: "event", all: "events" }
    }

    fn name(&self) -> Option<String> {
        let first: Value = serde_json::from_slice(&self.text[..*self.ends.first()?]).ok()?;
        Some(format!("{} {}", first["event"].as_str()?, first["id"].as_str()?))
    }

    fn halves(mut self) -> (Self, Self) {
        let mut ends = self.ends.split_off(self.ends.len() / 2);
        let at = self.ends.last().copied().unwrap_or_default();
        let text = self.text.split_off(at);
        ends.iter_mut().for_each(|end| *end -= at);
        (self, Batch { text, ends })
    }
}

#[cfg(test)]
mod tests {
    use telemetry_policy::{Gate, Settings};

    use super::*;

    fn event(number: usize, name: &str) -> Cleared<Event> {
        let line = format!(
            r#"{{"v":1,"event":"feedback","id":"{number:016x}","ts":17,"kind":"interrupt","more":{{"{name}":1}}}}"#
        );
        Gate::new(&Settings::default()).clear(codec::decode(line.as_bytes()).unwrap())
    }

    fn lines(batch: &Batch) -> Vec<&[u8]> {
        batch.text().split_inclusive(|byte| *byte == b'\n').collect()
    }

    #[test]
    fn a_batch_has_so_many_lines_and_bytes_at_most() {
        let mut batch = Batch::of(event(0, ""));
        let added = (1..).take_while(|number| batch.add(event(*number, "")).is_none()).count();
        assert_eq!((added + 1, batch.items()), (LINES, LINES as u64));
        assert_eq!(lines(&batch).len(), LINES);

        let long = "x".repeat(BYTES / 3);
        let mut batch = Batch::of(event(0, &long));
        assert!(batch.add(event(1, &long)).is_none());
        let back = batch.add(event(2, &long)).unwrap();
        assert_eq!((batch.items(), lines(&batch).len()), (2, 2));
        let mut alone = Batch::of(event(3, &"x".repeat(BYTES + 1)));
        assert_eq!(alone.add(back).unwrap().id.to_string(), format!("{:016x}", 2));
    }

    #[test]
    fn halves_are_the_whole() {
        let mut batch = Batch::of(event(0, ""));
        for number in 1..5 {
            assert!(batch.add(event(number, "")).is_none());
        }
        let whole = batch.clone();
        let (left, right) = batch.halves();
        assert_eq!((left.items(), right.items()), (2, 3));
        assert_eq!([left.text(), right.text()].concat(), whole.text());
        assert_eq!(right.name().as_deref(), Some("feedback 0000000000000002"));
        let (one, rest) = right.halves();
        assert_eq!((one.items(), rest.items()), (1, 2));
        assert_eq!(rest.name().as_deref(), Some("feedback 0000000000000003"));
    }
}
