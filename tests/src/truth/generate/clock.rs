use crate::corpus::random::Random;
use crate::truth::zone::ZONES;

/// A microsecond, in nanoseconds.
pub const MICRO: i64 = 1_000;
/// A millisecond, in nanoseconds.
pub const MILLI: i64 = 1_000 * MICRO;
/// A second, in nanoseconds.
pub const SECOND: i64 = 1_000 * MILLI;

/// A clock that likes borders.
pub struct Clock {
    /// What it shows.
    pub now: i64,
    borders: Vec<i64>,
}

impl Clock {
    /// One that stands at no time yet.
    pub fn new() -> Self {
        let mut borders: Vec<i64> = ZONES.iter().flat_map(super::super::zone::Zone::borders).collect();
        borders.sort_unstable();
        borders.dedup();
        Clock { now: 0, borders }
    }

    /// Sets it to a moment at most `before` nanoseconds before some border.
    pub fn set(&mut self, random: &mut Random, before: i64) {
        let border = self.borders[random.below(self.borders.len())];
        self.now = border - span(random, 1, before);
    }

    /// Goes on by `least` to `most` nanoseconds. Passing a border, it may stop at it or just before.
    pub fn pass(&mut self, random: &mut Random, least: i64, most: i64) -> i64 {
        let next = self.now + span(random, least, most);
        let passed =
            self.borders.iter().copied().find(|border| self.now + least < *border && *border <= next);
        self.now = match passed {
            Some(border) if random.below(3) > 0 => (border - (random.below(2) as i64)).max(self.now + 1),
            _ => next,
        };
        self.now
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

/// A number from `least` up to `most`.
pub fn span(random: &mut Random, least: i64, most: i64) -> i64 {
    least + ((random.number() >> 1) as i64) % (most - least).max(1)
}
