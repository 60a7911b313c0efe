//! The data's regular expressions, in what `regex-lite` understands.

/// What a pattern asks of a text.
pub enum Pattern<'a> {
    Matches(&'a str),
    /// A text passes that does not match.
    MatchesNot(String),
}

/// The owner's crate looks ahead, which no regular expression does; it does so only to say what a text is not.
pub fn pattern(text: &str) -> Pattern<'_> {
    match text.strip_prefix("^(?!").and_then(|rest| rest.strip_suffix(')')) {
        Some(not) => Pattern::MatchesNot(format!("^(?:{not})")),
        None => Pattern::Matches(text),
    }
}
