//! Bytes that are another request each time, though all are made of one: ids and times have their places in them.

/// Stands in a template where a text is to differ: 16 digits, as an id has.
pub const MARK: &str = "00beef0000000000";
/// The same at the beginning of an id in bytes; what follows tells the ids of one request apart.
pub const MARK_BYTES: [u8; 6] = [0x00, 0xbe, 0xef, 0xfe, 0xeb, 0x00];
/// Nanoseconds between the requests of a client, and between events.
pub const STEP: i64 = 1_000_000;
/// Digits of a time in nanoseconds.
const TIME_DIGITS: usize = 19;

/// Bytes, and the places in them that differ.
#[derive(Clone)]
pub struct Template {
    bytes: Vec<u8>,
    places: Vec<(usize, Place)>,
}

#[derive(Clone, Copy)]
enum Place {
    /// [`MARK`].
    Text,
    /// [`MARK_BYTES`].
    Bytes,
    /// A time in digits; in the first request it is this.
    Decimal(i64),
    /// A time in eight bytes, the least significant first.
    Fixed(i64),
}

impl Template {
    /// Every [`MARK`] and [`MARK_BYTES`] in `bytes` is a place.
    pub fn new(bytes: Vec<u8>) -> Self {
        let mut template = Template { bytes, places: Vec::new() };
        template.add(MARK.as_bytes(), Place::Text);
        template.add(&MARK_BYTES, Place::Bytes);
        template
    }

    /// So is the time in digits after every `name`: time goes on, as it does.
    pub fn decimals(mut self, name: &[u8]) -> Self {
        let digits = |after: &[u8]| std::str::from_utf8(&after[..TIME_DIGITS]).ok()?.parse().ok();
        let at = |at: usize| at + name.len();
        let found = memchr::memmem::find_iter(&self.bytes, name).map(at);
        let places = found.map(|at| (at, Place::Decimal(digits(&self.bytes[at..]).expect("a time"))));
        self.places.extend(places.collect::<Vec<_>>());
        self
    }

    /// And each of `times` in eight bytes.
    pub fn fixed(mut self, times: &[i64]) -> Self {
        for &time in times {
            self.add(&time.to_le_bytes(), Place::Fixed(time));
        }
        self
    }

    /// The bytes with nothing put into their places.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn add(&mut self, what: &[u8], place: Place) {
        let found = memchr::memmem::find_iter(&self.bytes, what).map(|at| (at, place));
        self.places.extend(found.collect::<Vec<_>>());
    }

    /// The bytes of request `number`: its client's number in the upper half, how many that client sent in the lower.
    pub fn fill(&self, number: u64, into: &mut Vec<u8>) {
        into.clear();
        into.extend_from_slice(&self.bytes);
        let id = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let later = i64::from(number as u32) * STEP;
        let digits = format!("{id:016x}");
        for &(at, place) in &self.places {
            let mut put = |bytes: &[u8]| into[at..at + bytes.len()].copy_from_slice(bytes);
            match place {
                Place::Text => put(digits.as_bytes()),
                Place::Bytes => put(&id.to_be_bytes()[..MARK_BYTES.len()]),
                Place::Decimal(time) => put((time + later).to_string().as_bytes()),
                Place::Fixed(time) => put(&(time + later).to_le_bytes()),
            }
        }
    }
}
