//! Bars of blocks, and sparklines.

use super::ink::{Ink, Words};

/// A part of a bar: how much of it, in which shade and colour.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub amount: f64,
    pub shade: char,
    pub ink: Ink,
}

/// A bar of `width` columns, divided among its parts. A part that is something has a column at least, and the rest is
/// given out by largest remainder, so that the columns are all there. Nothing where there is nothing to divide.
pub(super) fn divided(parts: &[Part], width: usize) -> Vec<Words> {
    let whole: f64 = parts.iter().map(|part| part.amount).sum();
    let some = parts.iter().filter(|part| part.amount > 0.0).count();
    if whole <= 0.0 || width < some {
        return Vec::new();
    }
    let spare = (width - some) as f64;
    let mut columns: Vec<(usize, f64)> = parts
        .iter()
        .map(|part| {
            // What its own column does not stand for yet.
            let share = (part.amount / whole * width as f64 - 1.0).max(0.0);
            (usize::from(part.amount > 0.0), share)
        })
        .collect();
    let above: f64 = columns.iter().map(|(_, share)| share).sum();
    for (_, share) in &mut columns {
        *share = if above > 0.0 { *share / above * spare } else { 0.0 };
    }
    let floors: usize = columns.iter().map(|(own, share)| own + *share as usize).sum();
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by(|a, b| columns[*b].1.fract().total_cmp(&columns[*a].1.fract()));
    let mut left = width.saturating_sub(floors);
    let mut taken: Vec<usize> = columns.iter().map(|(own, share)| own + *share as usize).collect();
    for at in order {
        if left > 0 && parts[at].amount > 0.0 {
            taken[at] += 1;
            left -= 1;
        }
    }
    let block =
        |(part, columns): (&Part, usize)| Words::new(part.ink, part.shade.to_string().repeat(columns));
    parts.iter().zip(taken).filter(|(_, columns)| *columns > 0).map(block).collect()
}

/// A bar of at most `width` columns, in eighths of one: what is something has an eighth at least.
pub(super) fn share(share: f64, width: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if share.is_nan() || share <= 0.0 {
        return String::new();
    }
    let eighths = ((share.min(1.0) * width as f64 * 8.0).round() as usize).max(1);
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

/// One mark for each value, as high as the value is beside the highest: `·` is zero, and a blank is not known.
pub(super) fn sparkline(values: &[Option<f64>]) -> String {
    const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let highest = values.iter().flatten().copied().fold(0.0, f64::max);
    let mark = |value: &Option<f64>| match value {
        None => ' ',
        Some(value) if *value <= 0.0 => '·',
        Some(value) => HEIGHTS[((value / highest * 8.0).ceil() as usize).clamp(1, 8) - 1],
    };
    values.iter().map(mark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(amounts: &[f64], width: usize) -> String {
        let parts: Vec<Part> = amounts
            .iter()
            .zip("abcdefgh".chars())
            .map(|(amount, shade)| Part { amount: *amount, shade, ink: Ink::Plain })
            .collect();
        divided(&parts, width).into_iter().map(|words| words.text).collect()
    }

    #[test]
    fn a_bar_is_as_long_as_it_should_be_and_no_part_is_lost() {
        assert_eq!(drawn(&[50.0, 50.0], 10), "aaaaabbbbb");
        assert_eq!(drawn(&[1.0, 0.0, 1e9], 10), "accccccccc");
        assert_eq!(drawn(&[1.0, 1.0, 1.0], 10), "aaaabbbccc");
        assert_eq!(drawn(&[1.0, 1.0, 1.0], 3), "abc");
        assert_eq!(drawn(&[0.0, 0.0], 10), "");
        assert_eq!(drawn(&[1.0, 1.0, 1.0], 2), "", "no room for all of them");
        for first in 0..60 {
            for second in 0..60 {
                let bar = drawn(&[f64::from(first), f64::from(second), 7.0, 1.0], 37);
                assert_eq!(bar.len(), 37, "{first} {second}: {bar}");
                assert_eq!((bar.contains('a'), bar.contains('b')), (first > 0, second > 0), "{bar}");
            }
        }
    }

    #[test]
    fn shares_are_drawn_in_eighths() {
        assert_eq!(
            [0.0, 1e-9, 0.5, 1.0, 7.0, f64::NAN].map(|of| share(of, 4)),
            ["", "▏", "██", "████", "████", ""]
        );
        assert_eq!(share(0.53, 4), "██▏");
    }

    #[test]
    fn a_sparkline_tells_zero_from_little_and_from_unknown() {
        assert_eq!(sparkline(&[Some(0.0), Some(0.001), Some(4.0), Some(8.0), None, Some(8.0)]), "·▁▄█ █");
        assert_eq!(sparkline(&[Some(0.0), Some(0.0)]), "··");
        assert_eq!(sparkline(&[]), "");
    }
}
