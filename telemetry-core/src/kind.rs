//! What kind of work a run is, as a pure function over what is known of it, so that live indexing and a rebuild agree.

use crate::vocabulary::{Command, Entrypoint};

/// What kind of work a run is: who waits for it, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RunKind {
    /// A person sits before it and goes on asking.
    Interactive,
    /// The process was started for one question.
    OneShot,
    /// A scheduled job.
    Cron,
    /// One of many, over a data set.
    Batch,
    /// Somebody writes to it, or calls it, from elsewhere.
    Gateway,
    /// Another run delegated to it.
    Subagent,
}

impl RunKind {
    /// The word people group and filter by.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Interactive => "interactive",
            Self::OneShot => "one-shot",
            Self::Cron => "cron",
            Self::Batch => "batch",
            Self::Gateway => "gateway",
            Self::Subagent => "subagent",
        }
    }

    /// The kind of a run that has a parent or none, came from this surface, in a process that this started.
    ///
    /// `None` where it cannot be told: a terminal command may be either a conversation or one question, so while it is not
    /// known which (or is one that is not listed), neither is guessed.
    pub fn of(has_parent: bool, entrypoint: Option<&Entrypoint>, command: Option<&Command>) -> Option<Self> {
        if has_parent {
            return Some(Self::Subagent);
        }
        match entrypoint? {
            Entrypoint::Subagent => Some(Self::Subagent),
            Entrypoint::Cron => Some(Self::Cron),
            Entrypoint::Batch => Some(Self::Batch),
            Entrypoint::Gateway | Entrypoint::Webhook | Entrypoint::Api => Some(Self::Gateway),
            Entrypoint::Tui | Entrypoint::Acp => Some(Self::Interactive),
            Entrypoint::Cli => match command? {
                Command::OneShot | Command::ChatQuery => Some(Self::OneShot),
                Command::Unlisted | Command::Other(_) => None,
                _ => Some(Self::Interactive),
            },
            Entrypoint::Unlisted | Entrypoint::Other(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RunKind;
    use crate::vocabulary::{Command, Entrypoint};

    #[test]
    fn the_kind_of_a_run_is_what_the_table_says() {
        #[rustfmt::skip]
        let table = [
            // entrypoint, command, kind
            ("tui", None, Some("interactive")),
            ("tui", Some("tui_gateway"), Some("interactive")),
            ("acp", None, Some("interactive")),
            ("cli", None, None),
            ("cli", Some("chat"), Some("interactive")),
            ("cli", Some("chat -q"), Some("one-shot")),
            ("cli", Some("-z"), Some("one-shot")),
            ("cli", Some("other"), None),
            ("cli", Some("a word to come"), None),
            ("cron", Some("cron tick"), Some("cron")),
            ("cron", Some("gateway run"), Some("cron")),
            ("batch", None, Some("batch")),
            ("gateway", Some("gateway run"), Some("gateway")),
            ("webhook", None, Some("gateway")),
            ("api", Some("chat -q"), Some("gateway")),
            ("subagent", Some("chat"), Some("subagent")),
            ("other", Some("chat"), None),
            ("a surface to come", Some("chat -q"), None),
        ];
        for (entrypoint, command, kind) in table {
            let (entrypoint, command) = (Entrypoint::from(entrypoint), command.map(Command::from));
            let of = |has_parent| {
                RunKind::of(has_parent, Some(&entrypoint), command.as_ref()).map(RunKind::as_str)
            };
            assert_eq!(of(false), kind, "{entrypoint} {command:?}");
            assert_eq!(of(true), Some("subagent"), "{entrypoint} {command:?}");
        }
        assert_eq!(RunKind::of(false, None, Some(&Command::ChatQuery)), None);
    }
}
