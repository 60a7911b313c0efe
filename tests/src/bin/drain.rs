//! Hands what is recorded on to a list until the end, and says how much that was: `drain HOME DELIVERED`. Prints `busy` where another
//! process is at it.
#![expect(clippy::print_stdout, reason = "what a program is asked for")]

mod list;

use std::io;
use std::path::PathBuf;

use telemetry_plugin::{exports::Drain, gate};
use telemetry_policy::Settings;
use telemetry_store::layout::Layout;

fn main() -> io::Result<()> {
    let mut words = std::env::args_os().skip(1).map(PathBuf::from);
    let mut word = || words.next().ok_or(io::ErrorKind::InvalidInput);
    let (home, delivered) = (word()?, word()?);
    let gate = gate(&home, &Settings::load(&home));
    let mut drain = Drain::new(Layout::of(&home), gate, list::export(delivered));
    let mut items = 0;
    let Some(mut held) = drain.hold().map_err(io::Error::other)? else {
        println!("busy");
        return Ok(());
    };
    held.to_the_end(&mut |_, drained| items += drained.delivered.items).map_err(io::Error::other)?;
    println!("{items}");
    Ok(())
}
