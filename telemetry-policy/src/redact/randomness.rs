//! Telling what a machine made up from what a person or a program named.

/// What a value is made of.
struct Makeup {
    length: usize,
    lower: usize,
    upper: usize,
    digits: usize,
    /// Separate runs of digits.
    digit_runs: usize,
    /// Changes between lower case, upper case and digits, next to each other.
    changes: usize,
    /// Letters in runs of one case (or a capital and lower case) that could be words.
    wordy: usize,
    vowels: usize,
}

fn makeup(value: &[u8]) -> Makeup {
    let mut made = Makeup {
        length: value.len(),
        lower: 0,
        upper: 0,
        digits: 0,
        digit_runs: 0,
        changes: 0,
        wordy: 0,
        vowels: 0,
    };
    let mut before = Class::Other;
    let mut word = Word::default();
    for byte in value {
        let class = Class::of(*byte);
        let camel = before == Class::Upper && class == Class::Lower && word.length == 1;
        if class != before {
            // A capital and what follows it are one: `someMethodName` changes twice.
            if before != Class::Other && class != Class::Other && !camel {
                made.changes += 1;
            }
            if !camel {
                made.wordy += word.end();
            }
            made.digit_runs += usize::from(class == Class::Digit);
        }
        match class {
            Class::Lower => made.lower += 1,
            Class::Upper => made.upper += 1,
            Class::Digit => made.digits += 1,
            Class::Other => {}
        }
        if matches!(class, Class::Lower | Class::Upper) {
            made.vowels += usize::from(word.letter(*byte));
        }
        before = class;
    }
    made.wordy += word.end();
    made
}

impl Makeup {
    /// Long, and with fewer vowels than languages have.
    fn is_unspoken(&self) -> bool {
        let letters = self.lower + self.upper;
        self.length >= 16 && self.vowels * 10 < letters * 3 && self.wordy * 3 < self.length
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Class {
    Lower,
    Upper,
    Digit,
    Other,
}

impl Class {
    fn of(byte: u8) -> Self {
        match byte {
            b'a'..=b'z' => Self::Lower,
            b'A'..=b'Z' => Self::Upper,
            b'0'..=b'9' => Self::Digit,
            _ => Self::Other,
        }
    }
}

/// A run of letters, judged by what can be spoken.
#[derive(Default)]
struct Word {
    length: usize,
    vowels: usize,
    consonants: usize,
    longest: usize,
}

impl Word {
    /// Adds a letter; whether it is a vowel.
    fn letter(&mut self, byte: u8) -> bool {
        self.length += 1;
        let vowel = b"aeiouy".contains(&byte.to_ascii_lowercase());
        self.vowels += usize::from(vowel);
        self.consonants = if vowel { 0 } else { self.consonants + 1 };
        self.longest = self.longest.max(self.consonants);
        vowel
    }

    /// Ends the word: its length if it could be one, else 0.
    fn end(&mut self) -> usize {
        let word = std::mem::take(self);
        let spoken =
            word.vowels * 5 >= word.length && word.vowels * 10 <= word.length * 7 && word.longest <= 4;
        if word.length >= 4 && spoken { word.length } else { 0 }
    }
}

/// Whether `value` looks made by a machine that meant nothing by it: a key, a token, a generated password. Eight bytes at
/// least.
pub(crate) fn looks_generated(value: &[u8]) -> bool {
    let made = makeup(value);
    let letters = made.lower + made.upper;
    if made.length < 8 || letters + made.digits < 6 || entropy(value) < 2.5 {
        return false;
    }
    if letters == 0 {
        return false;
    }
    if made.digit_runs >= 3 && made.changes * 8 >= made.length {
        return true;
    }
    let words = made.wordy * 2 >= made.length;
    let mixed = made.changes * 4 >= made.length;
    !words && ((made.digits > 0 && made.changes * 8 >= made.length) || mixed || made.is_unspoken())
}

/// As [`looks_generated`] where much else speaks for a secret already: anything but words.
pub(crate) fn could_be_generated(value: &[u8]) -> bool {
    let made = makeup(value);
    let mixed = made.lower > 0 && made.upper > 0;
    let words = made.wordy * 2 >= made.length && made.digit_runs < 3 && made.changes * 3 < made.length;
    entropy(value) >= 2.5 && !words && (made.digits > 0 || mixed || made.is_unspoken())
}

/// As [`looks_generated`], where nothing else speaks for a secret: long, of many kinds of characters, and no digest or
/// id in one of their usual forms.
pub(crate) fn looks_like_key_material(value: &[u8]) -> bool {
    let made = makeup(value);
    made.length >= 20
        && made.digits >= 2
        && made.upper >= 2
        && made.lower >= 2
        && made.changes * 4 >= made.length
        && entropy(value) >= 3.5
}

/// Letters and digits both, and not just words with separators between them: `hunter2hunter2`, not `db-credentials-v2`.
pub(crate) fn is_no_slug(value: &[u8]) -> bool {
    let made = makeup(value);
    let slug =
        value.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.:".contains(byte));
    let joined = value.iter().any(|byte| b"-_.:".contains(byte));
    made.digits > 0 && made.lower + made.upper > 0 && !(slug && joined)
}

/// Whether `value` looks like random bytes in base64, which need not hold a digit.
pub(crate) fn looks_like_base64(value: &[u8]) -> bool {
    let made = makeup(value);
    made.upper >= 3 && made.lower >= 3 && made.changes * 4 >= made.length && entropy(value) >= 4.0
}

/// `8-4-4-4-12` hexadecimal digits.
pub(crate) fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Hexadecimal digits alone: a digest, a commit, an id.
pub(crate) fn is_hex(value: &[u8]) -> bool {
    value.iter().all(u8::is_ascii_hexdigit)
}

/// Shannon's, in bits for each byte.
pub(crate) fn entropy(value: &[u8]) -> f32 {
    let mut counts = [0_u16; 256];
    // Longer values are as random as their beginning.
    let value = &value[..value.len().min(256)];
    for byte in value {
        counts[usize::from(*byte)] += 1;
    }
    let length = value.len() as f32;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f32::from(*count) / length)
        .map(|p| -p * p.log2())
        .sum()
}

/// Words of documentation in place of a secret.
const DUMMY: [&[u8]; 14] = [
    b"example",
    b"placeholder",
    b"xxxxx",
    b"your_",
    b"your-",
    b"_here",
    b"-here",
    b"dummy",
    b"changeme",
    b"replace",
    b"redacted",
    b"sample",
    b"....",
    b"*****",
];

/// Whether `value` is a stand-in as documentation writes it: `AKIAIOSFODNN7EXAMPLE`, `sk-xxxxxxxx`, all one character.
pub(crate) fn is_dummy(value: &[u8]) -> bool {
    let value = &value[..value.len().min(128)];
    entropy(value) < 1.5 || DUMMY.iter().any(|word| contains(value, word))
}

/// Whether `value` holds `word`, which is in lower case, in any case.
pub(crate) fn contains(value: &[u8], word: &[u8]) -> bool {
    let Some((first, rest)) = word.split_first() else { return true };
    memchr::memchr2_iter(*first, first.to_ascii_uppercase(), value)
        .any(|at| value.get(at + 1..at + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(rest)))
}
