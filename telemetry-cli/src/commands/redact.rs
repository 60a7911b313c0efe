//! `telemetry redact`: standard input, or a file, through the redactor, so that an operator can try it.

use std::fs::File;
use std::io::{self, Read};

use serde::Serialize;
use telemetry_policy::redact::{CorrelationKey, KnownSecrets, Options, Redactor, Report, Stream};

use crate::args;
use crate::failure::Failure;
use crate::home::Home;
use crate::render;
use crate::streams::Streams;

pub(super) fn run(home: &Home, args: &args::Redact, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let known = KnownSecrets::of(&home.path);
    let key = CorrelationKey::of(&home.path);
    let redactor = Redactor::new(Options { pii: args.pii, known, key });
    let stream = Stream::new(&redactor);
    let mut input: Box<dyn Read> = match &args.file {
        Some(path) => Box::new(File::open(path).map_err(|error| Failure::File(path.clone(), error))?),
        None => Box::new(io::stdin().lock()),
    };
    let input = &mut Checked { input: &mut *input, failed: None };
    // With --json the document is the answer, and it stands alone.
    let copied = match args.json {
        true => stream.copy(input, &mut io::sink()),
        false => stream.copy(input, &mut *streams.out),
    };
    let report = match (copied, input.failed.take()) {
        (Err(_), Some(error)) => {
            let source = args.file.clone().unwrap_or_else(|| "standard input".into());
            return Err(Failure::File(source, error));
        }
        (copied, _) => copied?,
    };
    if args.json {
        return Ok(streams.json("telemetry.redact/1", &Document::of(&report))?);
    }
    if args.report {
        for (kind, count) in report.counts() {
            writeln!(streams.err, "{count:>8}  {kind}")?;
        }
        writeln!(streams.err, "{}", render::count(report.total(), "secret redacted", "secrets redacted"))?;
    }
    Ok(())
}

/// Keeps why reading failed: a stream's error does not say which of its ends it was.
struct Checked<'r> {
    input: &'r mut dyn Read,
    failed: Option<io::Error>,
}

impl Read for Checked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.input.read(buffer).map_err(|error| {
            let kind = error.kind();
            if kind != io::ErrorKind::Interrupted {
                self.failed = Some(error);
            }
            kind.into()
        })
    }
}

#[derive(Serialize)]
struct Document {
    redacted: u64,
    rules: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    rule: &'static str,
    count: u64,
}

impl Document {
    fn of(report: &Report) -> Self {
        let rules = report.counts().map(|(rule, count)| Row { rule, count }).collect();
        Self { redacted: report.total(), rules }
    }
}
