//! The name of a session's file, made from a template.
//!
//! A session id is whatever a host says. Whatever that is, its file is below the directory, and no other session has the
//! same one: an id that is not plain stands there with a hash of all of it, and so does every id that has metadata beside
//! it in the same part of the path, because `a` and `bc` would be the same name as `ab` and `c`.

use std::fmt;
use std::path::PathBuf;

use crate::inside::{MAX_CLEANED, MAX_PART, MAX_PLAIN, cleaned, hashed, leads_inside, told_apart};

/// A template such as `trajectory-{session_id}.json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilenameTemplate {
    /// Of each part of the path, from the directory on, what it is put together from.
    parts: Vec<Vec<Piece>>,
    session_added: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Session,
    Metadata { path: String, otherwise: Option<String> },
}

/// Why a text is no template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplateError {
    /// Something other than `{session_id}` is in braces.
    Braces,
    /// A placeholder for metadata is not closed, or is not made of names with dots between them.
    Metadata,
    /// What stands for missing metadata cannot be a part of a name.
    Otherwise,
    /// It leads out of its directory, or to no file.
    Outside,
    /// A part of the path could be too long for a file system.
    Long,
}

/// What must be, in words that end the sentence "…, but".
impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Braces => f.write_str("only {session_id} may be in braces; a brace itself is {{ or }}"),
            Self::Metadata => {
                f.write_str("metadata must be as in {metadata.user.name} or {metadata.team:-nobody}")
            }
            Self::Otherwise => f.write_str("what follows :- must be letters, digits, and any of -_.~"),
            Self::Outside => f.write_str("it must lead to a file below the directory"),
            Self::Long => write!(f, "each part of the path must fit {MAX_PART} bytes, whatever is put in"),
        }
    }
}

impl std::error::Error for TemplateError {}

impl FilenameTemplate {
    /// `{session_id}.json`.
    pub fn plain() -> Self {
        Self { parts: vec![vec![Piece::Session, Piece::Text(".json".to_owned())]], session_added: false }
    }

    /// Reads a template of the reference plugin's environment: `{session_id}`, and `{{` and `}}` for braces.
    ///
    /// # Errors
    /// When it cannot be the name of a file below its directory for every session.
    ///
    /// # Examples
    /// ```
    /// use telemetry_export::atif::FilenameTemplate;
    ///
    /// let template = FilenameTemplate::of_environment("atif-{session_id}.json").unwrap();
    /// assert_eq!(template.path("s1", &|_| None).to_str(), Some("atif-s1.json"));
    /// ```
    pub fn of_environment(text: &str) -> Result<Self, TemplateError> {
        let (mut pieces, mut rest) = (Pieces::default(), text);
        while let Some(at) = rest.find(['{', '}']) {
            pieces.text(&rest[..at]);
            let found = &rest[at..];
            rest = if let Some(after) = found.strip_prefix("{session_id}") {
                pieces.push(Piece::Session);
                after
            } else if found.starts_with("{{") || found.starts_with("}}") {
                pieces.text(&found[..1]);
                &found[2..]
            } else {
                return Err(TemplateError::Braces);
            };
        }
        pieces.text(rest);
        Self::of(pieces.0)
    }

    /// Reads a template of a `plugins.toml`: `{session_id}`, `{metadata.<path>}` and `{metadata.<path>:-<otherwise>}`. Other
    /// braces are themselves.
    ///
    /// # Errors
    /// When it cannot be the name of a file below its directory for every session.
    pub fn of_file(text: &str) -> Result<Self, TemplateError> {
        let (mut pieces, mut rest) = (Pieces::default(), text);
        while let Some(at) = rest.find('{') {
            pieces.text(&rest[..at]);
            let found = &rest[at..];
            rest = if let Some(after) = found.strip_prefix("{session_id}") {
                pieces.push(Piece::Session);
                after
            } else if let Some(opened) = found.strip_prefix("{metadata.") {
                let (expression, after) = opened.split_once('}').ok_or(TemplateError::Metadata)?;
                pieces.push(metadata(expression)?);
                after
            } else {
                pieces.text("{");
                &found[1..]
            };
        }
        pieces.text(rest);
        Self::of(pieces.0)
    }

    fn of(pieces: Vec<Piece>) -> Result<Self, TemplateError> {
        let session_added = !pieces.contains(&Piece::Session);
        let (mut parts, mut part) = (Vec::new(), Vec::new());
        for piece in pieces {
            let Piece::Text(text) = piece else {
                part.push(piece);
                continue;
            };
            for (index, text) in text.split('/').enumerate() {
                if index > 0 {
                    parts.push(std::mem::take(&mut part));
                }
                if !text.is_empty() {
                    part.push(Piece::Text(text.to_owned()));
                }
            }
        }
        if session_added {
            add_session(&mut part);
        }
        parts.push(part);
        for part in &parts {
            let texts = part.iter().map(|piece| match piece {
                Piece::Text(text) => text.as_str(),
                Piece::Session | Piece::Metadata { .. } => "x",
            });
            if !leads_inside(&texts.collect::<String>()) {
                return Err(TemplateError::Outside);
            }
            let longest = part.iter().map(|piece| match piece {
                Piece::Text(text) => text.len(),
                Piece::Session => MAX_PLAIN,
                Piece::Metadata { .. } => MAX_CLEANED,
            });
            if longest.sum::<usize>() > MAX_PART {
                return Err(TemplateError::Long);
            }
        }
        Ok(Self { parts, session_added })
    }

    /// Whether the template did not tell sessions apart, and so was given `-{session_id}` before its ending.
    pub fn session_added(&self) -> bool {
        self.session_added
    }

    /// The path of a session's file, relative to its directory. `metadata` says what of the session's metadata is at a dotted
    /// path (`user.name`); where it says nothing and the template neither, it is `unknown`.
    pub fn path(&self, session_id: &str, metadata: &dyn Fn(&str) -> Option<String>) -> PathBuf {
        let part = |pieces: &Vec<Piece>| -> String {
            let mixed = pieces.iter().any(|piece| matches!(piece, Piece::Metadata { .. }));
            let piece = |piece: &Piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Session if mixed => hashed(session_id),
                Piece::Session => told_apart(session_id),
                Piece::Metadata { path, otherwise } => {
                    let value =
                        metadata(path).filter(|value| !value.is_empty()).or_else(|| otherwise.clone());
                    cleaned(value.as_deref().unwrap_or("unknown"))
                }
            };
            pieces.iter().map(piece).collect()
        };
        self.parts.iter().map(part).collect()
    }
}

/// What a template is put together from, texts that follow each other being one.
#[derive(Default)]
struct Pieces(Vec<Piece>);

impl Pieces {
    fn push(&mut self, piece: Piece) {
        self.0.push(piece);
    }

    fn text(&mut self, more: &str) {
        match self.0.last_mut() {
            Some(Piece::Text(text)) => text.push_str(more),
            _ => self.0.push(Piece::Text(more.to_owned())),
        }
    }
}

/// Puts `-{session_id}` before the ending of a file's name.
fn add_session(name: &mut Vec<Piece>) {
    let (stem, ending) = match name.pop() {
        Some(Piece::Text(text)) => {
            let dot = text.rfind('.').filter(|dot| *dot > 0 || !name.is_empty()).unwrap_or(text.len());
            (Some(text[..dot].to_owned()), text[dot..].to_owned())
        }
        // A name that ends in a placeholder, or none at all, which is found to lead nowhere.
        Some(piece) => {
            name.push(piece);
            (Some(String::new()), String::new())
        }
        None => (None, String::new()),
    };
    let Some(stem) = stem else { return };
    name.extend([Piece::Text(stem + "-"), Piece::Session, Piece::Text(ending)]);
}

/// What is between `{metadata.` and `}`.
fn metadata(expression: &str) -> Result<Piece, TemplateError> {
    let (path, otherwise) = match expression.split_once(":-") {
        Some((path, otherwise)) => (path, Some(otherwise)),
        None => (expression, None),
    };
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    if !path.split('.').all(is_name) {
        return Err(TemplateError::Metadata);
    }
    let is_part = |text: &str| {
        !matches!(text, "" | "." | "..")
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
    };
    if otherwise.is_some_and(|text| !is_part(text)) {
        return Err(TemplateError::Otherwise);
    }
    Ok(Piece::Metadata { path: path.to_owned(), otherwise: otherwise.map(str::to_owned) })
}
