//! A document as a file, and how it grows.
//!
//! One line is what comes before the steps, each step is a line, each embedded subagent is one, and the last line is what
//! comes after. That one also says where the others end, so a document grows by copying what is there and writing what is
//! new: nothing of it has to be read or remembered but its last line.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use telemetry_core::ids::SpanId;

use super::model::{Step, Tail, Trajectory};
use super::steps::Memory;
use super::totals::Totals;

/// An embedded trajectory.
pub(super) type Embedded = Trajectory<Map<String, Value>>;

/// What a document says of itself in `extra`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Extra {
    #[serde(rename = "telemetry")]
    pub ledger: Ledger,
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// What is in a document, so that nothing is written into it twice, and where.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Ledger {
    /// The spans of the turns that are told.
    pub turns: Vec<SpanId>,
    /// Those of what came late.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<SpanId>,
    /// The ids of the trajectories that are embedded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub embedded: Vec<String>,
    /// Its head has the definitions of tools.
    pub has_tools: bool,
    pub own: Totals,
    #[serde(skip_serializing_if = "Totals::is_nothing")]
    pub subagents: Totals,
    /// What the steps tell of those to come.
    #[serde(flatten)]
    pub memory: Memory,
    /// How many steps there are.
    pub steps: u64,
    /// The byte after the last step.
    pub steps_end: u64,
    /// The bytes of the embedded trajectories.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embedded_at: Option<(u64, u64)>,
    /// Where the last line begins.
    pub tail: u64,
}

/// What is at a path.
pub(super) enum Found {
    Nothing,
    /// A document of ours: what is in its last line.
    Document(Box<Tail<Extra>>),
    /// A document of ours that somebody has edited.
    Edited(Box<Trajectory<Extra>>),
    /// Something else.
    Other,
}

/// Looks at what is at `path`.
///
/// # Errors
/// When it cannot be read.
pub(super) fn look(path: &Path) -> io::Result<Found> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        opened => opened?,
    };
    let (at, line) = last_line(&mut file)?;
    let tail = line.strip_prefix(b"],").map(|rest| [b"{", rest].concat());
    let tail = tail.and_then(|tail| serde_json::from_slice::<Tail<Extra>>(&tail).ok());
    match tail {
        Some(tail) if tail.extra.ledger.tail == at => Ok(Found::Document(Box::new(tail))),
        _ => Ok(read(path)?.map_or(Found::Other, |document| Found::Edited(Box::new(document)))),
    }
}

/// Reads a document as a whole; `None` when it is none of ours.
///
/// # Errors
/// When it cannot be read.
pub(super) fn read(path: &Path) -> io::Result<Option<Trajectory<Extra>>> {
    let text = std::fs::read(path)?;
    let document: Option<Trajectory<Extra>> = serde_json::from_slice(&text).ok();
    Ok(document.filter(|document| document.tail.extra.ledger.steps > 0))
}

/// The last line of a file, and where it begins.
fn last_line(file: &mut File) -> io::Result<(u64, Vec<u8>)> {
    const BLOCK: u64 = 16 * 1_024;
    let length = file.metadata()?.len();
    let (mut from, mut line) = (length, Vec::new());
    while from > 0 {
        let before = from.saturating_sub(BLOCK);
        let mut block = vec![0; (from - before) as usize];
        file.seek(SeekFrom::Start(before))?;
        file.read_exact(&mut block)?;
        // The end of the file is the end of its last line.
        let searched = if from == length { &block[..block.len() - 1] } else { &block[..] };
        let end_of_other = searched.iter().rposition(|byte| *byte == b'\n');
        let begin = end_of_other.map_or(0, |at| at + 1);
        line.splice(..0, block.drain(begin..));
        if end_of_other.is_some() {
            return Ok((before + begin as u64, line));
        }
        from = before;
    }
    Ok((0, line))
}

/// Writes a whole document in place of what is at `path`.
///
/// # Errors
/// When it cannot be written; what is there stays then.
pub(super) fn write(path: &Path, document: &mut Trajectory<Extra>) -> io::Result<()> {
    replace(path, |out| {
        let head = serde_json::to_string(&document.head)?;
        out.text(head.strip_suffix('}').unwrap_or(&head))?;
        out.text(",\"steps\":[\n")?;
        out.items(&document.steps, true)?;
        let ledger = &mut document.tail.extra.ledger;
        ledger.steps = document.steps.len() as u64;
        ledger.embedded =
            document.subagent_trajectories.iter().map(|one| one.head.trajectory_id.clone()).collect();
        ledger.steps_end = out.at;
        ledger.embedded_at = None;
        if !document.subagent_trajectories.is_empty() {
            out.text(EMBEDDED)?;
            let from = out.at;
            out.items(&document.subagent_trajectories, true)?;
            ledger.embedded_at = Some((from, out.at));
        }
        tail(out, &mut document.tail)
    })
}

/// Writes `steps` and `embedded` behind what is at `path`, and `after` as its last line.
///
/// # Errors
/// As [`write`].
pub(super) fn append(
    path: &Path,
    steps: &[Step],
    embedded: &[Embedded],
    after: &mut Tail<Extra>,
) -> io::Result<()> {
    let mut old = File::open(path)?;
    replace(path, |out| {
        let ledger = &mut after.extra.ledger;
        out.copy(&mut old, 0, ledger.steps_end)?;
        out.items(steps, ledger.steps == 0)?;
        ledger.steps += steps.len() as u64;
        ledger.steps_end = out.at;
        let before = ledger.embedded_at;
        if before.is_some() || !embedded.is_empty() {
            out.text(EMBEDDED)?;
            let from = out.at;
            if let Some((from, to)) = before {
                out.copy(&mut old, from, to)?;
            }
            out.items(embedded, before.is_none())?;
            ledger.embedded_at = Some((from, out.at));
            ledger.embedded.extend(embedded.iter().map(|one| one.head.trajectory_id.clone()));
        }
        tail(out, after)
    })
}

const EMBEDDED: &str = "\n],\"subagent_trajectories\":[\n";

fn tail(out: &mut Counted, after: &mut Tail<Extra>) -> io::Result<()> {
    out.text("\n")?;
    after.extra.ledger.tail = out.at;
    let text = serde_json::to_string(after)?;
    out.text("],")?;
    out.text(text.strip_prefix('{').unwrap_or(&text))?;
    out.text("\n")
}

/// Where a document is written, and how much of it is.
struct Counted {
    out: BufWriter<File>,
    at: u64,
}

impl Counted {
    fn text(&mut self, text: &str) -> io::Result<()> {
        self.at += text.len() as u64;
        self.out.write_all(text.as_bytes())
    }

    /// Items, a line each, the first of all or behind others.
    fn items<T: Serialize>(&mut self, items: &[T], are_first: bool) -> io::Result<()> {
        for (nth, item) in items.iter().enumerate() {
            if nth > 0 || !are_first {
                self.text(",\n")?;
            }
            self.text(&serde_json::to_string(item)?)?;
        }
        Ok(())
    }

    fn copy(&mut self, old: &mut File, from: u64, to: u64) -> io::Result<()> {
        old.seek(SeekFrom::Start(from))?;
        let wanted = to.saturating_sub(from);
        let copied = io::copy(&mut old.take(wanted), &mut self.out)?;
        self.at += copied;
        if copied == wanted { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

/// Writes a file beside `path` and puts it there: a reader sees the old one or the new one.
fn replace(path: &Path, fill: impl FnOnce(&mut Counted) -> io::Result<()>) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        crate::private::directory(directory)?;
    }
    let draft = draft(path);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = Counted { out: BufWriter::new(options.open(&draft)?), at: 0 };
    let written = fill(&mut out).and_then(|()| out.out.flush()).and_then(|()| std::fs::rename(&draft, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&draft);
    }
    written
}

fn draft(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    path.with_file_name(name)
}
