//! The command line.

#[cfg(feature = "export")]
use std::path::Path;
use std::path::PathBuf;
#[cfg(feature = "top")]
use std::str::FromStr;
#[cfg(feature = "top")]
use std::time::Duration;

#[cfg(feature = "export")]
use clap::ValueEnum;
use clap::{Args, Subcommand};

/// The arguments of `telemetry`.
#[derive(Debug, Args)]
pub struct TelemetryArgs {
    /// Where the host keeps its files [default: $TELEMETRY_HOME, else $HERMES_HOME, else ~/.hermes]
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Replay bundled recorded sessions into a throw-away home and show the answers
    #[cfg(feature = "demo")]
    #[command(arg = hidden_home())]
    Demo,
    /// How long, how many, how well, and what is missing
    Insights(Insights),
    /// The list of runs
    Runs(Runs),
    /// One run as a waterfall, with its turns, calls, attempts and subagents
    Show(Show),
    /// Events as they are recorded, one line each
    Tail(Tail),
    /// The answers as one page for a browser, to read or to mail
    #[cfg(feature = "report")]
    Report(Report),
    /// A screen of what happens now
    #[cfg(feature = "top")]
    Top(Top),
    /// The answers as a page on this machine, as long as it runs
    #[cfg(feature = "collector")]
    Serve(Serve),
    /// What is on, which file decided, how much is recorded, what was lost
    Status(Json),
    /// How far budgets are used up; exits with 3 when one is exceeded
    Budget(Budget),
    /// Ask the index, and the host's sessions, in SQL that only reads
    Sql(Sql),
    /// What the aggregate plane would hold; nothing is sent
    Preview(Preview),
    /// Write recorded events to a file or a pipe, or send them to a receiver
    #[cfg(feature = "export")]
    Export(Export),
    /// Feed recorded hook calls through the plugin; twice is once
    Replay(Replay),
    /// Take secrets out of standard input, to try what exports do
    Redact(Redact),
    /// Make the index anew from the log
    Reindex,
    /// Price recorded calls with today's rates
    Reprice(Reprice),
    /// Remove days of log older than telemetry.retention_days
    Prune(Prune),
    /// Can what is recorded be trusted, and what to do where it cannot
    Doctor(Json),
}

/// `--home` of a command that has no use for it: taken, as everywhere, and not offered.
#[cfg(feature = "demo")]
fn hidden_home() -> clap::Arg {
    clap::Arg::new("home").long("home").value_parser(clap::value_parser!(PathBuf)).hide(true)
}

#[derive(Debug, Args)]
pub(crate) struct Json {
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Span {
    /// From then on: 7d, 24h, 30m, today, a date, or a date and time (RFC 3339)
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,
    /// Before then, in the same words
    #[arg(long, value_name = "WHEN")]
    pub until: Option<String>,
    /// The time zone of dates, such as Europe/Berlin [default: telemetry.timezone, else the system's]
    #[arg(long, value_name = "ZONE")]
    pub tz: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Insights {
    #[command(flatten)]
    pub span: Span,
    /// Show one breakdown in full, by one dimension or by each pair of two; may be given again. A DIM is model, provider,
    /// platform, entrypoint, command, tool, toolset, outcome, reason, error, host, profile, session, day, hour, weekday or
    /// kind
    #[arg(long, value_name = "DIM[,DIM]")]
    pub by: Vec<String>,
    /// Count only what is VALUE there; may be given again
    #[arg(long = "where", value_name = "DIM=VALUE")]
    pub filters: Vec<String>,
    /// Beside the window before it, which is as long; needs --since
    #[arg(long)]
    pub compare: bool,
    /// At most N groups of a breakdown, and N runs
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
    #[command(flatten)]
    pub json: Json,
    /// Print one table of comma-separated values: the groups of --by, else every number
    #[arg(long)]
    pub csv: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Runs {
    #[command(flatten)]
    pub span: Span,
    #[command(flatten)]
    pub json: Json,
    /// Print comma-separated values
    #[arg(long)]
    pub csv: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// A run id or the beginning of one, or a session id
    #[arg(value_name = "RUN")]
    pub run: String,
    /// The time zone of times, such as Europe/Berlin [default: telemetry.timezone, else the system's]
    #[arg(long, value_name = "ZONE")]
    pub tz: Option<String>,
    #[command(flatten)]
    pub json: Json,
}

#[cfg(feature = "report")]
#[derive(Debug, Args)]
pub(crate) struct Report {
    /// A file, or - for standard output
    #[arg(long, value_name = "FILE")]
    pub html: PathBuf,
    #[command(flatten)]
    pub span: Span,
    /// Count only what is VALUE there; may be given again
    #[arg(long = "where", value_name = "DIM=VALUE")]
    pub filters: Vec<String>,
    /// Beside the window before it, which is as long; needs --since
    #[arg(long)]
    pub compare: bool,
    /// Draw N runs in full, at most 100
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(0..=100))]
    pub top: u16,
}

#[derive(Debug, Args)]
pub(crate) struct Tail {
    /// Begin with what was recorded from then on: 7d, 24h, 30m, today, a date, or a date and time (RFC 3339)
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,
    /// Begin with at most the last N events [default: 10; with --since all]
    #[arg(long, value_name = "N")]
    pub lines: Option<usize>,
    /// Only events whose event, run, session, host, model, provider, tool or error is this
    #[arg(long = "where", value_name = "KEY=VALUE")]
    pub filters: Vec<String>,
    /// Only what went wrong
    #[arg(long)]
    pub errors: bool,
    /// End after what there is
    #[arg(long)]
    pub no_follow: bool,
    /// The time zone of times, such as Europe/Berlin [default: telemetry.timezone, else the system's]
    #[arg(long, value_name = "ZONE")]
    pub tz: Option<String>,
    /// Print the lines of the log as they are
    #[arg(long)]
    pub json: bool,
}

#[cfg(feature = "collector")]
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where: a loopback address, and a port, 0 for any that is free
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4400")]
    pub listen: String,
}

#[cfg(feature = "top")]
#[derive(Debug, Args)]
pub(crate) struct Top {
    /// How often to look: 500ms, 2s, 1m
    #[arg(long, value_name = "SPAN", default_value = "2s")]
    pub interval: Interval,
    /// The time zone of times and of the day, such as Europe/Berlin [default: telemetry.timezone, else the system's]
    #[arg(long, value_name = "ZONE")]
    pub tz: Option<String>,
}

/// Between two looks: 100 ms to an hour.
#[cfg(feature = "top")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interval(pub Duration);

#[cfg(feature = "top")]
impl FromStr for Interval {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (count, unit) = text.split_at(at);
        let unit = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            _ => 0,
        };
        let span = count.parse::<u64>().ok().map(|count| count.saturating_mul(unit));
        match span {
            Some(ms @ 100..=3_600_000) => Ok(Interval(Duration::from_millis(ms))),
            _ => Err("give a span like 500ms, 2s or 1m, from 100ms to 60m".to_owned()),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Budget {
    /// The time zone in which days, weeks and months begin [default: telemetry.timezone, else the system's]
    #[arg(long, value_name = "ZONE")]
    pub tz: Option<String>,
    #[command(flatten)]
    pub json: Json,
    /// Print comma-separated values
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Sql {
    /// One SELECT over the views of docs/schema.md, or - for standard input
    #[arg(value_name = "QUERY", required_unless_present = "tables")]
    pub query: Option<String>,
    /// List the views and their columns, and the host's tables where they can be asked
    #[arg(long, conflicts_with = "query")]
    pub tables: bool,
    #[command(flatten)]
    pub json: Json,
    /// Print comma-separated values
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Preview {
    /// Runs of the last N days
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub days: u32,
    /// At most N runs, the newest
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: usize,
    #[command(flatten)]
    pub json: Json,
}

#[cfg(feature = "export")]
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// A file, or - for standard output; of trajectories a directory too
    #[arg(long, value_name = "FILE|DIR", required_unless_present = "network")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub network: Network,
    /// ... and whatever is recorded from then on, until this is ended
    #[cfg(any(feature = "otlp", feature = "shipping"))]
    #[arg(long, requires = "network")]
    pub follow: bool,
    /// How records are written
    #[arg(long, value_enum, default_value_t = Format::Ndjson)]
    pub format: Format,
    /// Records from then on: 7d, 24h, 30m, today, a date, or a date and time (RFC 3339)
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,
    /// Sessions and messages too; what was said only under telemetry.trajectories.enabled
    #[arg(long)]
    pub include_content: bool,
    /// Of trajectories, the tree of this run alone
    #[cfg(any(feature = "atif", feature = "atof"))]
    #[arg(long, value_name = "ID", conflicts_with_all = ["session", "network"])]
    pub run: Option<String>,
    /// Of trajectories, the trees of this session alone
    #[cfg(any(feature = "atif", feature = "atof"))]
    #[arg(long, value_name = "ID", conflicts_with = "network")]
    pub session: Option<String>,
    /// Where the subagents of an ATIF document are
    #[cfg(feature = "atif")]
    #[arg(long, value_enum, conflicts_with = "network")]
    pub subagents: Option<Subagents>,
}

/// Where records go over a network: one place at a time.
#[cfg(feature = "export")]
#[derive(Debug, Args)]
#[group(id = "network", multiple = false, conflicts_with_all = ["out", "format", "include_content"])]
pub(crate) struct Network {
    /// Send what was not sent yet to telemetry.export.otlp.endpoint
    #[cfg(feature = "otlp")]
    #[arg(long)]
    pub otlp: bool,
    /// Send what was not sent yet to telemetry.export.collector.endpoint
    #[cfg(feature = "shipping")]
    #[arg(long)]
    pub collector: bool,
}

#[cfg(feature = "export")]
impl Export {
    /// Where to; clap has seen to it that nobody asks who did not give it.
    pub(crate) fn out(&self) -> &Path {
        self.out.as_deref().unwrap_or(Path::new("-"))
    }
}

#[cfg(feature = "export")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One record a line
    Ndjson,
    /// One document
    Json,
    /// Trajectories: what began, ended and happened, a line each
    #[cfg(feature = "atof")]
    Atof,
    /// Trajectories: the steps of a session in a document
    #[cfg(feature = "atif")]
    Atif,
}

#[cfg(feature = "atif")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Subagents {
    /// In the document they were started from
    Embedded,
    /// There, and each in a file of its own
    All,
}

#[derive(Debug, Args)]
pub(crate) struct Prune {
    /// Say what would go, and keep it
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Reprice {
    /// Say what would change, and keep it as it is
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Redact {
    /// A file to read instead of standard input
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Take out personal data too
    #[arg(long)]
    pub pii: bool,
    /// Say on standard error what was taken out, by rule
    #[arg(long)]
    pub report: bool,
    /// Print the report as one JSON document, and no text
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// Recordings: one hook call a line, as JSON
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
}
