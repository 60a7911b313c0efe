//! What started a process of the host, by its command line.
//!
//! A command line holds questions, keys and paths. Of all that only a word of our own list comes out of here.

use telemetry_core::vocabulary::Command;

/// Options with a value that may stand anywhere before or after the command (hermes-agent 0.19.0, `hermes_cli/_parser.py`).
const WITH_VALUE: [&str; 8] = [
    "--profile",
    "--usage-file",
    "--model",
    "--provider",
    "--toolsets",
    "--skills",
    "--source",
    "--max-turns",
];
/// The same in one letter.
const LETTERS_WITH_VALUE: &str = "pmts";

/// Where the name of a session ends, which may be of several words (`_coalesce_session_name_args` in `hermes_cli/main.py`).
const COMMANDS: [&str; 6] = ["chat", "gateway", "cron", "acp", "dashboard", "serve"];

/// The command of a command line of hermes-agent, the program first. `None` for an empty one.
pub fn command<'a>(command_line: impl IntoIterator<Item = &'a str>) -> Option<Command> {
    let mut words = command_line.into_iter();
    let program = words.next().filter(|program| !program.is_empty())?;
    Some(match program_name(program) {
        "hermes" | "hermes_cli" => of_hermes(&words.collect::<Vec<_>>()),
        "hermes-acp" | "acp_adapter" => Command::Acp,
        "hermes-agent" | "run_agent" => Command::RunAgent,
        "batch_runner" => Command::BatchRunner,
        "tui_gateway" => Command::TuiGateway,
        "gateway" => Command::GatewayRun,
        _ => Command::Unlisted,
    })
}

/// A script's name, or its package's where the script only begins it.
fn program_name(program: &str) -> &str {
    let mut parts = program.rsplit(['/', '\\']);
    let file = parts.next().unwrap_or_default();
    let name = file.strip_suffix(".py").or_else(|| file.strip_suffix(".exe")).unwrap_or(file);
    match name {
        "__main__" | "main" | "entry" | "run" => parts.next().unwrap_or(name),
        name => name,
    }
}

fn of_hermes(words: &[&str]) -> Command {
    let mut commands = [None, None];
    let mut one_question = false;
    let mut rest = words.iter().copied().peekable();
    while let Some(word) = rest.next() {
        match option(word) {
            Word::OneShot if commands[0].is_none() => return Command::OneShot,
            Word::Question { value_follows } => {
                one_question = true;
                rest.next_if(|_| value_follows);
            }
            Word::WithValue => drop(rest.next()),
            Word::Session => {
                let is_of_name = |next: &&str| !next.starts_with('-') && !COMMANDS.contains(next);
                while rest.next_if(is_of_name).is_some() {}
            }
            Word::Switch | Word::OneShot => {}
            Word::Plain => {
                let Some(place) = commands.iter_mut().find(|place| place.is_none()) else { continue };
                *place = Some(word);
            }
        }
    }
    match commands {
        [None | Some("chat"), _] if one_question => Command::ChatQuery,
        [None | Some("chat"), _] => Command::Chat,
        [Some("gateway"), None | Some("run")] => Command::GatewayRun,
        [Some("cron"), Some("run")] => Command::CronRun,
        [Some("cron"), Some("tick")] => Command::CronTick,
        [Some("acp"), _] => Command::Acp,
        [Some("dashboard"), _] => Command::Dashboard,
        [Some("serve"), _] => Command::Serve,
        _ => Command::Unlisted,
    }
}

/// What a word of a command line is.
enum Word {
    Plain,
    /// An option without a value, or with one in the same word.
    Switch,
    /// An option whose value is the next word.
    WithValue,
    /// `-c` and `-r`, after which a session may be named.
    Session,
    /// `-z`.
    OneShot,
    /// `-q`, or an image, which is one too.
    Question {
        value_follows: bool,
    },
}

fn option(word: &str) -> Word {
    if let Some(long) = word.strip_prefix("--") {
        let (name, value_follows) = word.split_once('=').map_or((word, true), |(name, _)| (name, false));
        return match name {
            "--oneshot" => Word::OneShot,
            "--query" | "--image" => Word::Question { value_follows },
            "--continue" | "--resume" if value_follows => Word::Session,
            _ if !long.is_empty() && value_follows && WITH_VALUE.contains(&name) => Word::WithValue,
            _ => Word::Switch,
        };
    }
    let Some(letters) = word.strip_prefix('-') else { return Word::Plain };
    // Letters without a value may stand together, and a value may follow its letter at once.
    for (place, letter) in letters.char_indices() {
        let is_last = place + letter.len_utf8() == letters.len();
        match letter {
            'z' => return Word::OneShot,
            'q' => return Word::Question { value_follows: is_last },
            'c' | 'r' => return if is_last { Word::Session } else { Word::Switch },
            letter if LETTERS_WITH_VALUE.contains(letter) => {
                return if is_last { Word::WithValue } else { Word::Switch };
            }
            _ => {}
        }
    }
    Word::Switch
}
