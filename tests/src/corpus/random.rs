//! Random characters that are the same in every run.

/// A generator (xorshift64*): not for secrets that anybody uses.
#[derive(Clone, Debug)]
pub struct Random(u64);

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &str = "0123456789";

impl Random {
    /// One that starts with `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) | 1)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        ((self.number() >> 33) as usize) % limit.max(1)
    }

    /// One of `list`.
    pub fn one_of<'l, T: ?Sized>(&mut self, list: &[&'l T]) -> &'l T {
        list[self.below(list.len())]
    }

    /// `length` characters of `alphabet`.
    pub fn of(&mut self, alphabet: &str, length: usize) -> String {
        let letters = alphabet.as_bytes();
        (0..length).map(|_| char::from(letters[self.below(letters.len())])).collect()
    }

    /// `format` with its parts filled in: `{A36}` is 36 letters and digits. The classes: `A` letters and digits, `a` lower case and
    /// digits, `U` upper case and digits, `L` letters, `x` and `X` hexadecimal, `d` digits, `u` base64url, `b` base64, `2` base32,
    /// `B` bech32; `{uuid}` is a UUID.
    ///
    /// # Panics
    /// When the format is none.
    pub fn fill(&mut self, format: &str) -> String {
        let (mut out, mut rest) = (String::new(), format);
        while let Some((before, after)) = rest.split_once('{') {
            let Some((part, after)) = after.split_once('}') else { panic!("{format}") };
            out += before;
            out += &match part {
                "uuid" => [8, 4, 4, 4, 12].map(|length| self.class("x", length)).join("-"),
                _ => {
                    let (class, length) = part.split_at(1);
                    let length = length.parse().unwrap_or_else(|_| panic!("{format}"));
                    self.class(class, length)
                }
            };
            rest = after;
        }
        out + rest
    }

    fn class(&mut self, class: &str, length: usize) -> String {
        let alphabet = match class {
            "A" => [LOWER, UPPER, DIGITS].concat(),
            "a" => [LOWER, DIGITS].concat(),
            "U" => [UPPER, DIGITS].concat(),
            "L" => [LOWER, UPPER].concat(),
            "x" => "0123456789abcdef".to_owned(),
            "X" => "0123456789ABCDEF".to_owned(),
            "d" => DIGITS.to_owned(),
            "u" => [LOWER, UPPER, DIGITS, "-_"].concat(),
            "b" => [LOWER, UPPER, DIGITS, "+/"].concat(),
            "2" => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".to_owned(),
            "B" => "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L".to_owned(),
            other => panic!("no class {other}"),
        };
        let text = self.of(&alphabet, length);
        // What begins or ends with a dash has no clear ends in a text.
        let edge = |c: char| if "-_+/".contains(c) { 'k' } else { c };
        let last = text.len().saturating_sub(1);
        text.chars().enumerate().map(|(at, c)| if at == 0 || at == last { edge(c) } else { c }).collect()
    }

    /// A password as people and generators make them.
    pub fn password(&mut self) -> String {
        match self.below(4) {
            0 => {
                let word =
                    self.one_of(&["Sunflower", "tiger", "Maple", "quantum", "Orchid", "falcon", "Winter"]);
                format!("{word}{}{}", self.below(900) + 100, self.one_of(&["!", "#", "", "?", "@!"]))
            }
            1 => self.of(&[LOWER, UPPER, DIGITS].concat(), 12),
            2 => self.of(&[LOWER, UPPER, DIGITS, "!#%*-_=+~"].concat(), 16),
            _ => {
                let words: Vec<&str> = (0..3)
                    .map(|_| {
                        self.one_of(&["copper", "river", "lantern", "mosaic", "velvet", "anchor", "pepper"])
                    })
                    .collect();
                format!("{}-{}", words.join("-"), self.below(90) + 10)
            }
        }
    }

    /// Standard base64 with padding.
    pub fn base64(bytes: &[u8]) -> String {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut out = String::new();
        for chunk in bytes.chunks(3) {
            let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
                << (8 * (3 - chunk.len()));
            for at in 0..4 {
                let index = (bits >> (18 - 6 * at)) as usize & 63;
                out.push(if at <= chunk.len() { char::from(ALPHABET[index]) } else { '=' });
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_as_the_standard_has_it() {
        for (plain, encoded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(Random::base64(plain.as_bytes()), encoded);
        }
    }

    #[test]
    fn a_seed_makes_the_same_text_again() {
        let fill = || Random::new(7).fill("k-{A20}.{uuid}.{x4}");
        assert_eq!(fill(), fill());
        assert_eq!(fill().len(), 2 + 20 + 1 + 36 + 1 + 4);
    }
}
