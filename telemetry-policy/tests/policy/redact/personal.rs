use telemetry_policy::redact::{Options, Redactor};

use super::{options, without_tags};

fn redacted(text: &str) -> String {
    without_tags(&Redactor::new(Options { pii: true, ..options() }).redact_text(text))
}

#[test]
fn personal_data_goes() {
    for (text, expected) in [
        ("mail ada.lovelace+news@example.co.uk, please", "mail [email], please"),
        ("<ada@example.org>", "<[email]>"),
        ("call +49 30 1234567 now", "call [phone] now"),
        ("tel:+14155552671", "tel:[phone]"),
        ("(415) 555-2671 or 415-555-2671", "[phone] or [phone]"),
        ("+1 (415) 555-2671", "[phone]"),
        ("\"phone\": \"030 1234567\"", "\"phone\": \"[phone]\""),
        ("IBAN DE89 3704 0044 0532 0130 00.", "IBAN [iban]."),
        ("GB82WEST12345698765432", "[iban]"),
        (
            "card 4111 1111 1111 1111, 5500-0000-0000-0004, 378282246310005",
            "card [card-number], [card-number], [card-number]",
        ),
        ("from 203.0.113.7:443 and 10.1.2.3.", "from [ip-address]:443 and [ip-address]."),
        (
            "at 2001:db8:85a3::8a2e:370:7334 and fe80::1ff:fe23:4567:890a%eth0",
            "at [ip-address] and [ip-address]%eth0",
        ),
        (
            "/home/ada/src, /Users/ada, C:\\Users\\ada\\x",
            "/home/[home-user]/src, /Users/[home-user], C:\\Users\\[home-user]\\x",
        ),
        (
            r#"{"p":"C:\\Users\\ada\\x","m":"a\nb@c.org"}"#,
            r#"{"p":"C:\\Users\\[home-user]\\x","m":"a\n[email]"}"#,
        ),
    ] {
        assert_eq!(redacted(text), expected);
    }
}

#[test]
fn what_only_looks_personal_stays() {
    for text in [
        "4bf92f35-77b3-4da6-a3ce-929d0e0e4736",
        "20260101_000000_ab12cd at 2026-01-01T00:00:05.687Z, +01:00",
        "ts 1767225605687524811, 1767225605, 1767225605687",
        "$1,299.99 and 12,345,678 and 3.14159265358979",
        "version 1.2.3.4, pip==1.2.3.4, Chrome/120.0.0.0, v10.0.19045.1",
        "127.0.0.1:8080, 0.0.0.0, 255.255.255.0, ::1",
        "std::fmt::Display, a::b::c, 12:34:56, 00:1b:44:11:3a:b7",
        "git@github.com:acme/app.git, pkg@1.2.3, icon@2x.png, @decorator",
        "4111 1111 1111 1112, 1234567812345678, 0000000000000000",
        "DE00 3704 0044 0532 0130 00",
        "commit 9c1185a5c5e9fc54612808977ee8f548b2258d31",
        "/home/runner/work, /Users/Shared/x, https://h.dev/home/page, /api/Users/17",
        "id: 4111111111111111",
        "0.1.2-rc.3+build.456 555-1234 1-2-3",
        "chr1:12345678-12345999, 192.168.1, 300.1.2.3",
    ] {
        assert_eq!(redacted(text), text);
    }
}

#[test]
fn the_password_of_an_address_is_no_mailbox() {
    let bob = redacted("postgres://bob:s3cr3tpw99@db.example.com/x");
    assert_eq!(bob, "postgres://bob:[url-credential]@db.example.com/x");
    let ann = redacted("https://ann:tr0ub4dor3@git.example.org/a.git");
    assert_eq!(ann, "https://ann:[url-credential]@git.example.org/a.git");
}

#[test]
fn personal_data_stays_unless_asked() {
    let text = "ada@example.org, +49 30 1234567, 203.0.113.7, /home/ada/src";
    assert_eq!(Redactor::new(options()).redact_text(text), text);
}
