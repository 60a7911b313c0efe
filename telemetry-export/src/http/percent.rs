//! Percent-encoding (RFC 3986, 2.1), on its way back.

/// The bytes that `text` stands for. A `%` that no two hexadecimal digits follow stays as it is.
pub(crate) fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        match (first, after) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                bytes.push(digit(*high) << 4 | digit(*low));
                rest = after;
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    bytes
}

fn digit(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        _ => (byte | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_read_and_the_rest_stays() {
        for (text, bytes) in [
            ("a%20b%2C%3d", &b"a b,="[..]),
            ("100%", b"100%"),
            ("%zz%4", b"%zz%4"),
            ("%E2%82%AC", "\u{20ac}".as_bytes()),
            ("a+b", b"a+b"),
        ] {
            assert_eq!(decoded(text), bytes, "{text}");
        }
    }
}
