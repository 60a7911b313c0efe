//! One config file, from the disk to our section of it.

use std::panic::catch_unwind;
use std::path::Path;

use serde_saphyr::{DuplicateKeyPolicy, NonFiniteFloatPolicy};

use super::node::{Field, Root};
use crate::config_file::{self, Unusable};

/// What a file says.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) section: Option<Field>,
    pub(crate) flat: Vec<(String, Option<u64>)>,
}

/// Reads a config file. A file that is not there says nothing, and that is not an error.
pub(crate) fn read(path: &Path) -> Result<Contents, Unusable> {
    match config_file::read(path)? {
        None => Ok(Contents::default()),
        Some(text) => parse(&text),
    }
}

fn parse(text: &str) -> Result<Contents, Unusable> {
    // Snippets are off because they quote the file, and the file holds other people's keys. The parser's own
    // messages are fixed sentences. Its budget (depth 64, 250,000 nodes, aliases counted) bounds what a hostile
    // file can cost; comments are not kept, or 32 lines of them would be over that budget.
    let parsed = catch_unwind(|| {
        let options = serde_saphyr::options! {
            duplicate_keys: DuplicateKeyPolicy::LastWins,
            non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
            with_snippet: false,
            ignore_binary_tag_for_string: true,
        };
        serde_saphyr::from_str_with_options::<Root>(text, options).map_err(unusable)
    });
    match parsed {
        Ok(Ok(Root::Mapping { section, flat })) => Ok(Contents { section, flat }),
        Ok(Ok(Root::Other(found))) => {
            Err(Unusable::because(format!("is {found} where a mapping of sections must be")))
        }
        Ok(Err(unusable)) => Err(unusable),
        Err(_) => Err(Unusable::because("is not valid YAML (the parser gave up)")),
    }
}

fn unusable(error: serde_saphyr::Error) -> Unusable {
    let line = error.location().map(|location| location.line());
    let message = error.to_string();
    let what = match &error {
        serde_saphyr::Error::MultipleDocuments { .. } => "it holds more than one document",
        // The place is told apart from the message.
        _ => message.split_once(" at line ").map_or(message.as_str(), |(what, _)| what),
    };
    Unusable { line, reason: format!("is not valid YAML ({what})") }
}
