//! A table of a `plugins.toml`, and what is asked of one.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::findings::Findings;

/// The longest key that is shown; a longer one may be a secret on the wrong side of its equals sign.
const MAX_SHOWN: usize = 40;

/// A table, and where it stands.
#[derive(Clone)]
pub(super) struct Section<'t, 'i> {
    /// `components[0].config.atof`; empty for the whole file.
    pub(super) path: String,
    pub(super) at: Range<usize>,
    table: &'t DeTable<'i>,
}

/// A value that is there and not what must be, which was said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Malformed;

impl<'t, 'i> Section<'t, 'i> {
    pub(super) fn whole(table: &'t DeTable<'i>) -> Self {
        Self { path: String::new(), at: 0..0, table }
    }

    /// The path of a key of this section.
    pub(super) fn key(&self, name: &str) -> String {
        let dot = if self.path.is_empty() { "" } else { "." };
        format!("{}{dot}{name}", self.path)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.table.contains_key(name)
    }

    /// Whether there is a table of this name with this key in it.
    pub(super) fn has_in(&self, name: &str, key: &str) -> bool {
        let table = self.table.get(name).and_then(|value| value.get_ref().as_table());
        table.is_some_and(|table| table.contains_key(key))
    }

    /// Whether there is nothing of this name, or a list of nothing.
    pub(super) fn lacks(&self, name: &str) -> bool {
        let Some(value) = self.table.get(name) else { return true };
        value.get_ref().as_array().is_some_and(|values| values.is_empty())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Where a key stands; where the section does when it is not there.
    pub(super) fn place(&self, name: &str) -> Range<usize> {
        self.table.get_key_value(name).map_or_else(|| self.at.clone(), |(key, _)| key.span())
    }

    /// Names every key that is none of these. `elsewhere` says of a key that is known to belong somewhere else where that is.
    pub(super) fn knows(
        &self,
        names: &[&str],
        elsewhere: &dyn Fn(&str) -> Option<&'static str>,
        findings: &mut Findings<'_>,
    ) {
        for key in self.table.keys() {
            let name: &str = key.get_ref();
            if !names.contains(&name) {
                let hint = elsewhere(name).map(|hint| format!(" ({hint})")).unwrap_or_default();
                findings.unknown_field(key.span(), &self.key(&shown(name)), &hint);
            }
        }
    }

    /// Whether a switch is on.
    pub(super) fn switch(&self, name: &str, default: bool, findings: &mut Findings<'_>) -> bool {
        match self.table.get(name).map(|value| value.get_ref()) {
            None => default,
            Some(DeValue::Boolean(on)) => *on,
            Some(_) => {
                findings.unsupported(
                    self.place(name),
                    &self.key(name),
                    "true or false",
                    "it is taken for false",
                );
                false
            }
        }
    }

    /// A text. `instead` says what is done without one that can be used.
    pub(super) fn text(
        &self,
        name: &str,
        instead: &str,
        findings: &mut Findings<'_>,
    ) -> Result<Option<&'t str>, Malformed> {
        match self.table.get(name).map(|value| value.get_ref()) {
            None => Ok(None),
            Some(DeValue::String(text)) => Ok(Some(text)),
            Some(_) => {
                findings.unsupported(self.place(name), &self.key(name), "a string", instead);
                Err(Malformed)
            }
        }
    }

    /// One of these words, else the first of them.
    pub(super) fn word<T: Copy>(
        &self,
        name: &str,
        words: &[(&str, T)],
        default: T,
        findings: &mut Findings<'_>,
    ) -> T {
        let Some(value) = self.table.get(name) else { return default };
        let found = value.get_ref().as_str();
        if let Some((_, meant)) = words.iter().find(|(word, _)| Some(*word) == found) {
            return *meant;
        }
        let must_be: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let must_be = must_be.join(" or ");
        findings.unsupported(self.place(name), &self.key(name), &must_be, "the default applies");
        default
    }

    /// A whole number; `None` also for one that is none, which was said.
    pub(super) fn number(&self, name: &str, must_be: &str, findings: &mut Findings<'_>) -> Option<u32> {
        let value = self.table.get(name)?;
        let number = value.get_ref().as_integer();
        let read = number.and_then(|number| u32::from_str_radix(number.as_str(), number.radix()).ok());
        if read.is_none() {
            findings.unsupported(self.place(name), &self.key(name), must_be, "the newest is assumed");
        }
        read
    }

    /// A table in this one.
    pub(super) fn section(&self, name: &str, findings: &mut Findings<'_>) -> Option<Section<'t, 'i>> {
        let value = self.table.get(name)?;
        let Some(table) = value.get_ref().as_table() else {
            findings.unsupported(self.place(name), &self.key(name), "a table", "it is ignored");
            return None;
        };
        Some(Section { path: self.key(name), at: self.place(name), table })
    }

    /// A list of tables in this one.
    pub(super) fn sections(&self, name: &str, findings: &mut Findings<'_>) -> Vec<Section<'t, 'i>> {
        let Some(value) = self.table.get(name) else { return Vec::new() };
        let Some(values) = value.get_ref().as_array() else {
            findings.unsupported(self.place(name), &self.key(name), "a list of tables", "it is ignored");
            return Vec::new();
        };
        let mut sections = Vec::new();
        for (index, value) in values.iter().enumerate() {
            let (path, at) = (format!("{}[{index}]", self.key(name)), value.span());
            match value.get_ref().as_table() {
                Some(table) => sections.push(Section { path, at, table }),
                None => findings.unsupported(at, &path, "a table", "it is ignored"),
            }
        }
        sections
    }
}

/// A key as a person wrote it, fit for one line of a terminal.
fn shown(name: &str) -> String {
    let length = name.chars().count();
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    match length > MAX_SHOWN || digits > 6 {
        true => format!("({length} characters)"),
        false => name.escape_debug().to_string(),
    }
}
