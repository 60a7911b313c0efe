//! Sessions may be a million, of which a few are shown: their breakdowns are counted first, and then made of those few.

use std::cmp::Reverse;

use super::codes;
use super::scan::{As, Scan};
use super::tally::ByGroup;
use crate::columns::Kind;
use crate::insights::Dimension;

/// The kinds of facts a group's size is counted in, the first of these that has the dimensions.
const SIZED_BY: [Kind; 4] = [Kind::Call, Kind::Tool, Kind::Turn, Kind::Run];

/// Leaves the `most` largest groups of the breakdowns by session, and no other.
pub(super) fn keep_largest(scan: &mut Scan<'_>, most: usize) -> rusqlite::Result<()> {
    for place in 1..scan.partitions.len() {
        let dimensions = scan.partitions[place].dimensions();
        let in_time = |of: &Dimension| matches!(of, Dimension::Day | Dimension::Hour | Dimension::Weekday);
        if !dimensions.contains(&Dimension::Session) || dimensions.iter().any(in_time) {
            continue;
        }
        let has = |kind: Kind| dimensions.iter().all(|&of| codes::has(kind, of));
        let Some(sized_by) = SIZED_BY.into_iter().find(|&kind| has(kind)) else { continue };
        let mut sizes = ByGroup::<u32>::default();
        scan.each(sized_by, As::Themselves, &[], |_, chosen| {
            sizes.add(&chosen, |size, _| *size += 1);
            Ok(())
        })?;
        let among = scan.breakdowns(sized_by).iter().position(|&of| of == place).unwrap_or(0);
        let size = |group: usize| sizes.get(among, group).copied().unwrap_or(0);
        // Groups without such a fact come after all that have one.
        let sized = (0..scan.partitions[place].groups()).filter(|&group| size(group) > 0).count();
        for kind in Kind::ALL.into_iter().filter(|&kind| sized < most && kind != sized_by && has(kind)) {
            scan.each(kind, As::Themselves, &[], |_, _| Ok(()))?;
        }
        let (partition, words) = (&scan.partitions[place], &scan.words);
        let mut groups: Vec<usize> = (0..partition.groups()).collect();
        groups.sort_unstable_by_key(|&group| {
            (Reverse(size(group)), partition.key(group).map(|text| words.text(text)))
        });
        groups.truncate(most);
        scan.partitions[place].keep(&groups);
    }
    Ok(())
}
