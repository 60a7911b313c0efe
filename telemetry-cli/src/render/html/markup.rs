//! HTML that nothing can break out of: tags and attributes are literals, and every text and value is escaped on its way in.

use super::words::{Piece, Words};

/// A piece of a page.
#[derive(Debug, Clone, Default)]
pub(super) struct Html(String);

impl Html {
    /// A style sheet of ours, as it is.
    pub(super) fn style_sheet(css: &'static str) -> Self {
        Html(css.to_owned())
    }

    /// Words where no element may stand: in a page's or a drawing's title.
    pub(super) fn plain(words: &Words) -> Self {
        let mut html = String::new();
        unmarked(&mut html, words);
        Html(html)
    }

    /// Adds something at the end.
    pub(super) fn put(&mut self, content: impl Into<Html>) {
        self.0.push_str(&content.into().0);
    }

    /// The page's text.
    pub(super) fn into_string(self) -> String {
        self.0
    }
}

/// An element that is being made.
#[derive(Debug, Clone)]
pub(super) struct Tag {
    name: &'static str,
    attributes: String,
    inside: Html,
}

/// An element.
pub(super) fn tag(name: &'static str) -> Tag {
    Tag { name, attributes: String::new(), inside: Html::default() }
}

impl Tag {
    /// Sets an attribute. One that can name a place to fetch from, or hold code, is a mistake: only a fragment of this page
    /// may be linked to.
    pub(super) fn set(mut self, name: &'static str, value: impl Into<Words>) -> Self {
        self.attributes.extend([" ", name, "=\""]);
        unmarked(&mut self.attributes, &value.into());
        self.attributes.push('"');
        self
    }

    /// Sets the class.
    pub(super) fn class(self, class: &'static str) -> Self {
        self.set("class", class)
    }

    /// Sets a length or a place in a drawing.
    pub(super) fn at(mut self, name: &'static str, value: f64) -> Self {
        self.attributes.push_str(&format!(" {name}=\"{}\"", rounded(value)));
        self
    }

    /// Sets a length or a place as a share of the whole, 0 to 1.
    pub(super) fn share(mut self, name: &'static str, share: f64) -> Self {
        self.attributes.push_str(&format!(" {name}=\"{}%\"", rounded(share * 100.0)));
        self
    }

    /// Sets the points of a line: where it goes, each piece from its first point on.
    pub(super) fn path(mut self, pieces: &[Vec<(f64, f64)>]) -> Self {
        self.attributes.push_str(" d=\"");
        for points in pieces {
            for (at, (x, y)) in points.iter().enumerate() {
                let step = if at == 0 { 'M' } else { 'L' };
                self.attributes.push_str(&format!("{step}{} {}", rounded(*x), rounded(*y)));
            }
            // A line of one point has no length, and is a dot if its ends are round.
            if let [only] = points.as_slice() {
                self.attributes.push_str(&format!("L{} {}", rounded(only.0), rounded(only.1)));
            }
        }
        self.attributes.push('"');
        self
    }

    /// Adds content at the end.
    pub(super) fn put(mut self, content: impl Into<Html>) -> Self {
        self.inside.put(content);
        self
    }
}

/// At three digits after the point: finer than any screen.
fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

/// Elements without an end.
const VOID: [&str; 1] = ["meta"];

impl From<Tag> for Html {
    fn from(tag: Tag) -> Self {
        let Tag { name, attributes, inside } = tag;
        match VOID.contains(&name) {
            true => Html(format!("<{name}{attributes}>\n")),
            false => Html(format!("<{name}{attributes}>{}</{name}>{}", inside.0, after(name))),
        }
    }
}

/// A line's end behind blocks, where it changes nothing: a page is easier to read in an editor, and so are differences.
fn after(name: &str) -> &'static str {
    match name {
        "section" | "figure" | "table" | "tr" | "details" | "div" | "head" | "header" | "footer" | "g" => {
            "\n"
        }
        _ => "",
    }
}

impl From<Words> for Html {
    fn from(words: Words) -> Self {
        let mut html = String::new();
        for Piece { said, foreign, whole } in words.pieces() {
            if !foreign {
                escape(&mut html, said);
                continue;
            }
            match whole {
                None => html.push_str("<bdi>"),
                Some(whole) => {
                    html.push_str("<bdi title=\"");
                    escape(&mut html, whole);
                    html.push_str("\">");
                }
            }
            escape(&mut html, said);
            html.push_str("</bdi>");
        }
        Html(html)
    }
}

impl From<&'static str> for Html {
    fn from(said: &'static str) -> Self {
        Words::from(said).into()
    }
}

impl<T: Into<Html>> From<Option<T>> for Html {
    fn from(content: Option<T>) -> Self {
        content.map(Into::into).unwrap_or_default()
    }
}

impl<T: Into<Html>> From<Vec<T>> for Html {
    fn from(contents: Vec<T>) -> Self {
        contents.into_iter().collect()
    }
}

impl<T: Into<Html>> FromIterator<T> for Html {
    fn from_iter<I: IntoIterator<Item = T>>(contents: I) -> Self {
        let mut all = Html::default();
        contents.into_iter().for_each(|content| all.put(content));
        all
    }
}

/// Words without elements. None can keep a foreign direction of writing in its place: the characters made for that do.
fn unmarked(html: &mut String, words: &Words) {
    for Piece { said, foreign, whole } in words.pieces() {
        let (open, close) = if *foreign { ("\u{2068}", "\u{2069}") } else { ("", "") };
        html.push_str(open);
        escape(html, whole.as_deref().unwrap_or(said));
        html.push_str(close);
    }
}

/// The five characters that mean something in HTML, in a text or in a quoted value.
fn escape(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use telemetry_policy::redact::{Options, Redactor};

    use super::super::words::Names;
    use super::*;

    #[test]
    fn text_and_values_are_escaped() {
        let names = Names::new(Redactor::new(Options::default()));
        let evil = || names.of("</title><script>alert('x')</script>\"&");
        let html = Html::from(tag("p").set("title", evil()).put(evil()).put(" & ours")).into_string();
        let escaped = "&lt;/title&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;";
        assert_eq!(
            html,
            format!("<p title=\"\u{2068}{escaped}\u{2069}\"><bdi>{escaped}</bdi> &amp; ours</p>")
        );
    }

    #[test]
    fn drawings_are_short() {
        let line = tag("path").path(&[vec![(0.0, 1.0 / 3.0), (2.0, 10.0)], vec![(5.0, 5.0)]]);
        assert_eq!(Html::from(line).into_string(), "<path d=\"M0 0.333L2 10M5 5L5 5\"></path>");
        let bar = tag("rect").share("x", 0.5).at("height", 12.0);
        assert_eq!(Html::from(bar).into_string(), "<rect x=\"50%\" height=\"12\"></rect>");
    }
}
