//! Keys to a collector, and never a key.

use std::io::{self, Write};

use super::table::{Side, Table};
use super::text::clean;
use crate::documents::keys::Key;

pub(crate) fn keys(out: &mut dyn Write, keys: &[Key]) -> io::Result<()> {
    let mut table = Table::new([
        ("name", Side::Left(40)),
        ("state", Side::Left(8)),
        ("scopes", Side::Left(20)),
        ("machine", Side::Left(40)),
        ("made", Side::Left(20)),
        ("expires", Side::Left(20)),
        ("used", Side::Left(20)),
    ]);
    for key in keys {
        let moment = |at: &Option<String>| at.clone().unwrap_or_else(|| "-".to_owned());
        table.row([
            clean(&key.name).into_owned(),
            key.state.to_owned(),
            key.scopes.join(","),
            clean(key.host.as_deref().unwrap_or("any")).into_owned(),
            key.created_at.clone(),
            moment(&key.expires_at),
            moment(&key.used_at),
        ]);
    }
    table.print(out)
}
