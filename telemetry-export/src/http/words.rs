//! What a receiver said, for people: short, on one line, and without our keys, which some repeat.

use serde_json::Value;

use super::client::Response;

/// The most that is shown, in characters.
const SHOWN: usize = 200;
/// Shorter than this a secret is none, and would take words out of sentences.
const SECRET: usize = 6;
/// Where JSON errors have their text, tried in this order.
const FIELDS: [&str; 6] = ["message", "detail", "error_message", "errorMessage", "error", "title"];

/// What may not be shown.
#[derive(Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    pub(super) fn new(secrets: impl IntoIterator<Item = String>) -> Self {
        let mut secrets: Vec<String> = secrets.into_iter().filter(|secret| secret.len() >= SECRET).collect();
        // One that is a part of another would leave the rest of it.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        Secrets(secrets)
    }

    /// A text as it may be shown: without secrets and control characters, in one line, cut.
    pub(crate) fn shown(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.0 {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), "(secret)");
            }
        }
        let words = text.split(|c: char| c.is_whitespace() || c.is_control() || c == '\u{fffd}');
        let text = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        match text.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}...", text[..end].trim_end()),
            None => text,
        }
    }

    /// The first words of an answer's body, or of the `text` that somebody read in it; `None` when it says nothing.
    pub(super) fn words_of(&self, response: &Response, text: Option<String>) -> Option<String> {
        Some(self.shown(&text.unwrap_or_else(|| said(response)))).filter(|words| !words.is_empty())
    }
}

/// The text of a body, by what it says it is.
fn said(response: &Response) -> String {
    let text = || String::from_utf8_lossy(&response.body).into_owned();
    if response.is("json") {
        let json = serde_json::from_slice::<Value>(&response.body).ok();
        return json.as_ref().and_then(in_json).map_or_else(text, str::to_owned);
    }
    if response.is("html") {
        let page = text();
        return title(&page).map_or_else(|| without_tags(&page), str::to_owned);
    }
    text()
}

fn in_json(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Object(fields) => FIELDS.iter().find_map(|field| fields.get(*field).and_then(in_json)),
        _ => None,
    }
}

fn title(html: &str) -> Option<&str> {
    let (_, after) = html.split_once("<title>")?;
    let (title, _) = after.split_once("</title>")?;
    Some(title).filter(|title| !title.trim().is_empty())
}

fn without_tags(html: &str) -> String {
    let (mut text, mut rest) = (String::new(), html);
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        rest = after.split_once('>').map_or("", |(_, after)| after);
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(kind: &str, body: &[u8]) -> Option<String> {
        let secrets = Secrets::new(["SECRET".to_owned(), "Bearer SECRET".to_owned(), "a".to_owned()]);
        let response = Response { kind: kind.to_owned(), body: body.to_vec(), ..Response::default() };
        secrets.words_of(&response, None)
    }

    #[test]
    fn an_answer_is_told_in_a_line_without_secrets() {
        for (kind, body, is) in [
            ("text/plain", &b"a  bad\r\n\tthing\x1b[31m"[..], Some("a bad thing [31m")),
            ("application/json", br#"{"code":3,"message":"no such tenant"}"#, Some("no such tenant")),
            ("application/json", br#"{"error":{"message":"nested"}}"#, Some("nested")),
            ("application/json; charset=utf-8", b"not json", Some("not json")),
            ("application/json", br#"{"code":3}"#, Some(r#"{"code":3}"#)),
            ("application/x-protobuf", b"<garbage>", Some("<garbage>")),
            ("text/html", b"<html><title>Sign in</title><p>now", Some("Sign in")),
            ("text/html", b"<html><title></title><p>Sign in<br>now", Some("Sign in now")),
            ("", b"key SECRET of Bearer SECRET is bad", Some("key (secret) of (secret) is bad")),
            ("", b"\xff\xfe \x00", None),
            ("", b"", None),
        ] {
            assert_eq!(words(kind, body).as_deref(), is, "{kind}");
        }
        let long = words("", "\u{20ac}".repeat(1000).as_bytes()).unwrap();
        assert_eq!(long.chars().count(), SHOWN + 3);
    }
}
