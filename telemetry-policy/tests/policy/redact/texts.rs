use telemetry_policy::redact::{CorrelationKey, KnownSecrets, Options, Redactor, Stream};

use super::{kinds, options, redacted, redactor, without_tags};

/// Made up, and long enough.
const VALUE: &str = "zK3mQ9xTf7Lw2Rb8Yd5Vn1Hs";

#[test]
fn what_is_assigned_to_a_name_that_says_secret() {
    for text in [
        "api_key: \"{}\"",
        "export ACME_API_KEY={} # for the demo",
        "{\"apiKey\":\"{}\",\"n\":1}",
        r#"{\"api_key\":\"{}\"}"#,
        r#"{\\\"api_key\\\":\\\"{}\\\"}"#,
        "curl -H 'X-Api-Key: {}' https://api.acme.dev",
        "GET /v1?limit=1&api_key={}&page=2",
        "$env:API_KEY = \"{}\"",
        "ENV API_KEY {}",
        "<apiKey>{}</apiKey>",
        "client = Client(api_key='{}')",
        "os.environ[\"API_KEY\"] = \"{}\"",
        "api_key: str = \"{}\"",
        "- name: API_KEY\n  value: {}\n",
        "{\"name\":\"API_KEY\",\"value\":\"{}\"}",
        "acme --api-key {} push",
        "the api key is {} and works",
        "auth=('ada', '{}')",
    ] {
        let given = text.replace("{}", VALUE);
        let kind = if text.starts_with("auth") { "[password]" } else { "[credential]" };
        assert_eq!(redacted(&given), text.replace("{}", kind), "{given}");
    }
}

#[test]
fn passwords_are_plain() {
    for (text, expected) in [
        ("DB_PASS='my\"quoted\"pass1'", "DB_PASS='[password]'"),
        ("password=Tr0ub4dor&3", "password=[password]"),
        ("{\"password\": 12345678}", "{\"password\": \"[password]\"}"),
        (r#"{"a":"{\"password\": 12345678}"}"#, r#"{"a":"{\"password\": \"[password]\"}"}"#),
        ("{\"password\": \"correct horse battery staple\"}", "{\"password\": \"[password]\"}"),
        ("machine h login ada password hunter22\n", "machine h login ada password [password]\n"),
        ("ALTER USER app WITH PASSWORD 'hunter22';", "ALTER USER app WITH PASSWORD '[password]';"),
        ("curl -u ada:hunter22 https://h", "curl -u ada:[password] https://h"),
        ("mysql -uroot -phunter22 main", "mysql -uroot -p[password] main"),
        ("sshpass -p 'hunter22' ssh h", "sshpass -p '[password]' ssh h"),
    ] {
        assert_eq!(redacted(text), expected);
    }
}

#[test]
fn where_a_secret_stands() {
    for (text, expected) in [
        ("Authorization: Bearer zK3mQ9xTf7Lw2Rb8Yd5Vn1Hs\n", "Authorization: Bearer [authorization]\n"),
        ("authorization: zK3mQ9xTf7Lw2Rb8Yd5Vn1Hs", "authorization: [authorization]"),
        ("Authorization: Basic YWRhOmh1bnRlcjIy", "Authorization: Basic [basic-auth]"),
        ("Cookie: theme=dark; sid=zK3mQ9xTf7Lw2Rb8Yd5V", "Cookie: theme=dark; sid=[cookie]"),
        ("postgres://app:a/b#c@db.internal/x", "postgres://app:[url-credential]@db.internal/x"),
        (r#"{"u":"https:\/\/ada:hunter22@h.dev\/x"}"#, r#"{"u":"https:\/\/ada:[url-credential]@h.dev\/x"}"#),
    ] {
        assert_eq!(redacted(text), expected);
    }
}

#[test]
fn private_keys_whole_cut_off_and_in_code() {
    let line = "q8Zt3vLw9xKd2mRb7nYcq8Zt3vLw9xKd2mRb7nYcq8Zt3vLw9xKd2mRb7nYcAbCd";
    let begin = "-----BEGIN RSA PRIVATE KEY-----";
    let end = "-----END RSA PRIVATE KEY-----";
    let whole = format!("a\n{begin}\n{line}\n{line}\n{end}\nb");
    assert_eq!(redacted(&whole), "a\n[private-key]\nb");
    assert_eq!(redacted(&format!("a\n{begin}\n{line}\n{line}\nand so on")), "a\n[private-key]\nand so on");
    let json = format!(r#"{{"private_key":"{begin}\n{line}\n{end}\n","n":1}}"#);
    assert_eq!(redacted(&json), r#"{"private_key":"[private-key]\n","n":1}"#);
    let code = format!("k = (\"{begin}\\n\"\n  \"{line}\\n\"\n  \"{end}\")");
    assert!(!redacted(&code).contains(&line[..12]), "{code}");
    let public = whole.replace("RSA PRIVATE", "PUBLIC");
    assert_eq!(redacted(&public), public);
}

#[test]
fn what_only_looks_like_a_secret_stays() {
    for text in [
        "{\"max_tokens\":4096,\"usage\":{\"total_tokens\":412},\"password\":null,\"token\":false}",
        "api_key = os.environ[\"OPENAI_API_KEY\"]",
        "password = getpass.getpass()",
        "export OPENAI_API_KEY=<YOUR_API_KEY>",
        "token: ${{ secrets.TOKEN }}",
        "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE",
        "Authorization: Bearer $TOKEN",
        "postgres://user:password@localhost/db",
        "{\"id\":\"call_Zk8NqPw3LmXv72BtYcRsDf4G\",\"session_id\":\"20260101_000000_ab12cd\"}",
        "commit 9c1185a5c5e9fc54612808977ee8f548b2258d31",
        "4bf92f35-77b3-4da6-a3ce-929d0e0e4736",
        "sk-toggleable__content sk-top-container-id-1",
        "WWW-Authenticate: Bearer realm=\"https://auth.docker.io/token\"",
        "The token bucket refills; the password is required.",
        "docker run -u 1000:1000 -p 8080:80 image",
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbCdEf",
    ] {
        assert_eq!(kinds(text), [] as [&str; 0], "{text}");
    }
}

#[test]
fn the_same_secret_has_the_same_tag_under_the_same_key_only() {
    let tag =
        |redactor: &Redactor, text: &str| redactor.redact_text(text).rsplit_once(':').unwrap().1.to_owned();
    let (first, second) = (format!("a_token={VALUE}"), format!("{{\"apiKey\":\"{VALUE}\"}}"));
    assert_eq!(tag(&redactor(), &first)[..4], tag(&redactor(), &second)[..4]);
    let other = Redactor::new(Options { key: CorrelationKey::from_bytes([7; 16]), ..options() });
    assert_ne!(tag(&redactor(), &first), tag(&other, &first));
    assert_ne!(CorrelationKey::random(), CorrelationKey::random());
    assert_eq!(format!("{:?}", CorrelationKey::from_bytes([7; 16])), "CorrelationKey(..)");
}

#[test]
fn known_secrets_go_in_every_encoding() {
    let secret = "pass \"word\" / 7?";
    let known = KnownSecrets::among([("ACME_PASSWORD", secret), ("EDITOR", "an editor"), ("TOKEN", "short")]);
    assert_eq!(known.len(), 1);
    let redactor = Redactor::new(Options { known, ..options() });
    for text in [
        "it said pass \"word\" / 7? twice".to_owned(),
        r#"{"said":"pass \"word\" / 7?"}"#.to_owned(),
        r#"{"said":"{\"x\":\"pass \\\"word\\\" / 7?\"}"}"#.to_owned(),
        "q=pass%20%22word%22%20%2F%207%3F&x=1".to_owned(),
        // base64 of it, and of "ada:" and "me:" before it
        "cGFzcyAid29yZCIgLyA3Pw==".to_owned(),
        "YWRhOnBhc3MgIndvcmQiIC8gNz8=".to_owned(),
        "bWU6cGFzcyAid29yZCIgLyA3Pw==".to_owned(),
    ] {
        let redacted = without_tags(&redactor.redact_text(&text));
        assert!(redacted.contains("[known-secret]"), "{text} became {redacted}");
    }
    assert_eq!(redactor.redact_text("an editor is short"), "an editor is short");
}

#[test]
fn a_text_is_redacted_before_it_is_cut() {
    let text = format!("token={VALUE} and more");
    let whole = redactor().redact_text(&text).into_owned();
    for length in 0..=text.len() + 20 {
        let cut = redactor().redact_and_truncate(&text, length);
        assert!(cut.len() <= length && whole.starts_with(&cut), "{cut}");
        assert!(!cut.contains(&VALUE[..4]), "{cut}");
        let opened = cut.matches("[REDACTED:").count();
        assert_eq!(opened, cut.matches(']').count(), "{cut}");
    }
    assert_eq!(redactor().redact_and_truncate("äöü", 3), "ä");
}

#[test]
fn a_stream_is_redacted_however_it_arrives() {
    let line = "q8Zt3vLw9xKd2mRb7nYcq8Zt3vLw9xKd2mRb7nYcq8Zt3vLw9xKd2mRb7nYcAbCd";
    let key = format!("-----BEGIN PRIVATE KEY-----\n{line}\n{line}\n-----END PRIVATE KEY-----");
    let text = format!("first\ntoken={VALUE}\n{key}\nlast without an end, DB_PASSWORD=hunter22");
    let expected = "first\ntoken=[credential]\n[private-key]\nlast without an end, DB_PASSWORD=[password]";
    for size in [1, 7, 64, 4096] {
        let mut out = Vec::new();
        let report =
            Stream::new(&redactor()).copy(&mut Dribble { text: text.as_bytes(), size }, &mut out).unwrap();
        assert_eq!(without_tags(&String::from_utf8(out).unwrap()), expected, "{size} bytes at a time");
        assert_eq!(report.total(), 3);
    }
}

#[test]
fn a_line_without_an_end_needs_no_more_memory_than_a_part_of_it() {
    // 20 MB: a secret every 5,000 bytes, in no order with the parts, and no end of a line anywhere.
    let filler = "lorem ipsum 17 ".repeat(331);
    let unit = format!("{filler}token={VALUE} ");
    let text = unit.repeat(4000);
    let mut out = Widest { text: Vec::new(), widest: 0 };
    let report = Stream::new(&redactor()).copy(&mut text.as_bytes(), &mut out).unwrap();
    assert_eq!(report.total(), 4000);
    assert!(out.widest <= 2 * 1024 * 1024, "{} bytes at once", out.widest);
    assert!(!out.text.windows(8).any(|window| window == &VALUE.as_bytes()[..8]));
}

#[test]
fn bytes_that_are_no_text_pass() {
    let bytes = [b"\xff\xfe token=".as_slice(), VALUE.as_bytes(), b" \x80\n"].concat();
    let redacted = redactor().redact_bytes(&bytes).into_owned();
    assert!(redacted.starts_with(b"\xff\xfe token=[REDACTED:credential:") && redacted.ends_with(b"] \x80\n"));
}

/// Gives a few bytes at a time.
struct Dribble<'t> {
    text: &'t [u8],
    size: usize,
}

impl std::io::Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let size = self.size.min(buffer.len());
        std::io::Read::read(&mut self.text, &mut buffer[..size])
    }
}

/// Remembers how much came at once.
struct Widest {
    text: Vec<u8>,
    widest: usize,
}

impl std::io::Write for Widest {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.widest = self.widest.max(bytes.len());
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
