//! Texts from templates.

/// Random characters that are the same in every run (SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// `template` with every `<class:n>` filled in.
    pub fn fill(&mut self, template: &str) -> String {
        let (mut out, mut rest) = (String::new(), template);
        while let Some((before, after)) = rest.split_once('<') {
            let (inside, after) = after.split_once('>').unwrap();
            out += before;
            match inside.split_once(':') {
                Some((class, length)) => out += &self.characters(class, length.parse().unwrap()),
                None => {
                    let groups: Vec<String> =
                        [8, 4, 4, 4, 12].map(|length| self.characters("hex", length)).into();
                    assert_eq!(inside, "uuid");
                    out += &groups.join("-");
                }
            }
            rest = after;
        }
        out + rest
    }

    pub fn characters(&mut self, class: &str, length: usize) -> String {
        const ALL: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let alphabet = match class {
            "digit" => &ALL[..10],
            "hex" => &ALL[..16],
            "lower" => &ALL[..36],
            "alpha" => &ALL[10..],
            "alnum" => ALL,
            "upper" => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            "base32" => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
            "bech32" => "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
            "b64" => "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/",
            "b64url" => "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_",
            other => panic!("no class {other}"),
        };
        let mut pick = || char::from(alphabet.as_bytes()[(self.next() % alphabet.len() as u64) as usize]);
        let mut characters: String = (0..length).map(|_| pick()).collect();
        // A token's last character is a letter or digit, so that it has an end.
        if characters.ends_with(['-', '_', '+', '/']) {
            characters.pop();
            characters.push('7');
        }
        characters
    }
}
