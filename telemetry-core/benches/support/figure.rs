//! Figures on standard output, of which `scripts/bench` makes one table of all benches.

use super::table::grouped;

/// One figure of ours for the table of all benches; ends a bench's output.
pub struct Figure<'a> {
    pub what: &'a str,
    pub ours: f64,
    pub unit: &'a str,
    /// The nearest peer, and its figure in the same unit.
    pub peer: Option<(&'a str, f64)>,
    /// What ours must be, in words.
    pub bar: Option<&'a str>,
}

impl Figure<'_> {
    /// Prints `row`, what, ours, the peer's name, the peer's, how many times ours the peer's is, and the bar, with tabs
    /// between them and `-` for what there is not.
    pub fn print(&self) {
        let Figure { what, ours, unit, peer, bar } = self;
        let amount = |value: f64| {
            let digits = if value < 10.0 { format!("{value:.1}") } else { grouped(value.round() as u64) };
            format!("{digits} {unit}")
        };
        let (name, theirs, ratio) = match peer {
            Some((name, value)) => (*name, amount(*value), format!("{:.1}", value / ours)),
            None => ("-", "-".into(), "-".into()),
        };
        println!("row\t{what}\t{}\t{name}\t{theirs}\t{ratio}\t{}", amount(*ours), bar.unwrap_or("-"));
    }
}
