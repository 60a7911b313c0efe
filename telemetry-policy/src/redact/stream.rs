//! A stream, redacted as it goes by, in memory that does not grow with it.

use std::io::{self, Read, Write};

use super::pem;
use super::redactor::Redactor;
use super::report::Report;

/// How much is read at a time, in bytes.
const BLOCK: usize = 256 * 1024;
/// How far a line may go on before it is taken in parts, in bytes.
const LONGEST_LINE: usize = 1024 * 1024;
/// What is kept of a part for the next one, in bytes: more than the longest secret.
const KEPT: usize = 2 * pem::LONGEST;

/// Redacts what goes from a reader to a writer: whole lines at a time, with a private key over several lines kept together, and a
/// line longer than 1 MiB in parts that overlap by more than the longest secret.
#[derive(Debug)]
pub struct Stream<'r> {
    redactor: &'r Redactor,
    waiting: Vec<u8>,
    report: Report,
}

impl<'r> Stream<'r> {
    /// A stream through `redactor`.
    pub fn new(redactor: &'r Redactor) -> Self {
        Self { redactor, waiting: Vec::new(), report: Report::default() }
    }

    /// Reads to the end and writes what was read, redacted. Bytes that are not UTF-8 pass as they are. What was taken out is in the
    /// report.
    ///
    /// # Errors
    /// Those of the reader and the writer.
    pub fn copy(mut self, from: &mut dyn Read, to: &mut dyn Write) -> io::Result<Report> {
        let mut block = vec![0; BLOCK];
        loop {
            match from.read(&mut block) {
                Ok(0) => break,
                Ok(read) => self.waiting.extend_from_slice(&block[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            let ready = self.ready();
            self.pass(ready, to)?;
            // Whoever watches a slow program's output through a pipe sees each line as it comes.
            to.flush()?;
        }
        self.pass(self.waiting.len(), to)?;
        to.flush()?;
        Ok(self.report)
    }

    /// How much of what waits can be judged by itself.
    fn ready(&self) -> usize {
        let waiting = &self.waiting;
        let line = memchr::memrchr(b'\n', waiting).map_or(0, |at| at + 1);
        let open = unfinished_key(&waiting[..line]).unwrap_or(line);
        if open > 0 || waiting.len() <= LONGEST_LINE {
            return open;
        }
        // No end of a line for a long time: up to a place that is in the middle of no finding.
        let cut = waiting.len() - KEPT;
        let cut = unfinished_key(&waiting[..cut]).filter(|at| *at > 0).unwrap_or(cut);
        let findings = self.redactor.findings(waiting);
        let crossing = findings.iter().find(|finding| finding.start < cut && finding.end > cut);
        let cut = crossing.map_or(cut, |finding| {
            if finding.start > 0 { finding.start } else { finding.end.min(waiting.len()) }
        });
        // Between words if there is one near: a keyword must not be cut off from its value.
        let near = &waiting[cut.saturating_sub(256)..cut];
        let blank = near.iter().rposition(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b'}'));
        match blank {
            Some(at) if crossing.is_none() => cut - (near.len() - at - 1),
            _ => cut,
        }
    }

    fn pass(&mut self, length: usize, to: &mut dyn Write) -> io::Result<()> {
        let redacted = self.redactor.redact_counted(&self.waiting[..length], Some(&mut self.report));
        to.write_all(&redacted)?;
        self.waiting.drain(..length);
        Ok(())
    }
}

/// Where a private key begins that has not ended yet and may still do so.
fn unfinished_key(text: &[u8]) -> Option<usize> {
    let tail = text.len().saturating_sub(pem::LONGEST);
    let begin = tail + memchr::memmem::rfind(&text[tail..], b"-----BEGIN")?;
    let ended = memchr::memmem::find(&text[begin..], b"-----END").is_some();
    let key = text[begin..text.len().min(begin + 80)].windows(11).any(|window| window == b"PRIVATE KEY");
    let line = memchr::memrchr(b'\n', &text[..begin]).map_or(0, |at| at + 1);
    (!ended && key).then_some(line)
}
