//! What was looked at, and what to do.

use std::io::{self, Write};

use super::text::clean;
use crate::documents::doctor::{Doctor, State};

pub(crate) fn doctor(out: &mut dyn Write, doctor: &Doctor) -> io::Result<()> {
    for check in &doctor.checks {
        let mark = match check.state {
            State::Ok => "ok",
            State::Note => "note",
            State::Problem => "PROBLEM",
        };
        writeln!(out, "{mark:<8} {:<12} {}", check.name, clean(&check.says))?;
        if let Some(advice) = &check.advice {
            writeln!(out, "{:<21} {}", "", clean(advice))?;
        }
    }
    Ok(())
}
