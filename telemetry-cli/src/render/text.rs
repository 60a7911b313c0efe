//! Numbers, durations and other people's text.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::borrow::Cow;
use telemetry_core::time::UnixNanos;
use telemetry_store::insights::{ByWord, Rate, Window};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::ink::Words;
use crate::span::zone_name;

/// `1 run`, `2 runs`, `1,234 runs`.
pub(crate) fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n as i64), if n == 1 { one } else { many })
}

/// A whole number with commas.
pub(crate) fn grouped(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if n < 0 {
        text.push('-');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size on disk: bytes, else kB, MB or GB (decimal) at three digits or so.
pub(crate) fn size(bytes: u64) -> String {
    let size = bytes as f64;
    let in_unit = |of: f64, unit: &str| match size / of {
        few if few < 99.95 => format!("{few:.1} {unit}"),
        many => format!("{many:.0} {unit}"),
    };
    match () {
        () if bytes < 1_000 => count(bytes, "byte", "bytes"),
        () if size < 999.5e3 => in_unit(1e3, "kB"),
        () if size < 999.5e6 => in_unit(1e6, "MB"),
        () => in_unit(1e9, "GB"),
    }
}

/// A duration in milliseconds, at three digits or so; `-` when there is none.
pub(super) fn duration(ms: Option<f64>) -> String {
    let Some(ms) = ms else { return "-".into() };
    let seconds = ms / 1_000.0;
    let whole = seconds.round() as u64;
    match () {
        () if ms < 9.95 => format!("{ms:.1} ms"),
        () if ms < 999.5 => format!("{ms:.0} ms"),
        () if seconds < 9.95 => format!("{seconds:.2} s"),
        () if seconds < 59.95 => format!("{seconds:.1} s"),
        () if whole < 3_600 => format!("{}m {:02}s", whole / 60, whole % 60),
        () => format!("{}h {:02}m", whole / 3_600, whole / 60 % 60),
    }
}

/// A share of one as a whole per cent. What is little is not nothing, and what is nearly all is not all.
pub(super) fn percent(share: f64) -> String {
    match share {
        little if little > 0.0 && little <= 0.005 => "<1 %".to_owned(),
        most if (0.995..1.0).contains(&most) => ">99 %".to_owned(),
        share => format!("{:.0} %", share * 100.0),
    }
}

/// The beginning of a run id: enough to tell runs apart, and to ask for one.
pub(super) fn short(run_id: &str) -> String {
    run_id.chars().take(8).collect()
}

/// `67 % (44 to 84)`: a rate with its interval, in per cent.
pub(super) fn interval(rate: &Rate) -> String {
    format!("{} ({:.0} to {:.0})", percent(rate.value), rate.low * 100.0, rate.high * 100.0)
}

/// `completed 12 · errored 3`, largest first.
pub(super) fn parts(counts: &ByWord) -> String {
    let pieces = counted(counts, usize::MAX);
    pieces.into_iter().map(|piece| piece.text).collect::<Vec<_>>().join(" · ")
}

/// The largest `most` counts with their words, and how many more there are.
pub(super) fn counted(counts: &ByWord, most: usize) -> Vec<Words> {
    let mut largest: Vec<_> = counts.iter().collect();
    largest.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let all = largest.len();
    let piece = |(word, n): (&str, u64)| format!("{} {}", named(word, 40), grouped(n as i64)).into();
    let mut pieces: Vec<Words> = largest.into_iter().take(most).map(piece).collect();
    if all > most {
        pieces.push(format!("{} more", grouped((all - most) as i64)).into());
    }
    pieces
}

/// An RFC 3339 moment as date and time in a zone.
pub(super) fn local(moment: &str, zone: &TimeZone) -> String {
    match moment.parse::<Timestamp>() {
        Ok(at) => at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Err(_) => clean(moment).into_owned(),
    }
}

/// An end of a window: as [`local`], and a date alone where that is its midnight.
pub(super) fn edge(moment: &str, zone: &TimeZone) -> String {
    let at = local(moment, zone);
    at.strip_suffix(" 00:00:00").map(str::to_owned).unwrap_or(at)
}

/// A window in words: `all time`, or its ends and the zone they are in.
pub(super) fn span(window: Window, zone: &TimeZone) -> String {
    let end =
        |word: &str, at: Option<UnixNanos>| at.map(|at| format!("{word} {}", edge(&at.to_string(), zone)));
    let ends: Vec<String> =
        [end("since", window.since), end("until", window.until)].into_iter().flatten().collect();
    match ends.is_empty() {
        true => "all time".to_owned(),
        false => format!("{} ({})", ends.join(" "), zone_name(zone)),
    }
}

/// That there are no `things`: none yet, or none in the window that was asked for.
pub(super) fn nothing(things: &str, window: Window) -> String {
    let when = if window == Window::default() { "yet" } else { "in this window" };
    format!("no {things} {when}")
}

/// Other people's text, made safe to print: control characters and those that change the direction of writing are
/// shown as escapes, never obeyed.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(unsafe_to_print) {
        return Cow::Borrowed(text);
    }
    let escaped = |c: char| if unsafe_to_print(c) { c.escape_unicode().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(escaped).collect())
}

/// Controls, what changes the direction of writing, and what is there and not seen.
fn unsafe_to_print(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Other people's text in at most `width` columns. What is too long is cut in the middle, shown by an ellipsis: names
/// differ at their ends as often as at their beginnings.
pub(crate) fn fit(text: &str, width: usize) -> String {
    // No more is read than can be needed, however long the text: an escape has ten characters at most, and the marks
    // that are drawn over a letter count as one column where there are masses of them.
    let most = width * 4 + 16;
    let count = text.chars().count();
    let (text, marks_count) = match count > most * 2 {
        true => {
            let ends = text.chars().take(most).chain(text.chars().skip(count - most));
            (Cow::Owned(ends.collect::<String>()), true)
        }
        false => (Cow::Borrowed(text), count > most),
    };
    let text = clean(&text);
    if text.width() <= width && !marks_count {
        return text.into_owned();
    }
    let columns = |c: char| c.width().unwrap_or(0).max(usize::from(marks_count));
    let room = width.saturating_sub(1);
    let head = taken(text.chars(), room.div_ceil(2), columns);
    let tail: Vec<char> = taken(text.chars().rev(), room / 2, columns);
    head.into_iter().chain(['…']).chain(tail.into_iter().rev()).collect()
}

/// A sentence of ours, in at most `width` columns: cut at its end, where it says least.
#[cfg(feature = "top")]
pub(crate) fn cut(sentence: &str, width: usize) -> String {
    if sentence.width() <= width {
        return sentence.to_owned();
    }
    let columns = |c: char| c.width().unwrap_or(0);
    taken(sentence.chars(), width.saturating_sub(1), columns).into_iter().chain(['…']).collect()
}

/// Other people's word for something, in at most `width` columns; one that is no text can still be seen.
pub(super) fn named(word: &str, width: usize) -> String {
    if word.is_empty() { "(empty)".to_owned() } else { fit(word, width) }
}

/// `text` and as many blanks as fill `width` columns.
pub(super) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// As many characters from the beginning as have room.
fn taken(text: impl Iterator<Item = char>, room: usize, columns: impl Fn(char) -> usize) -> Vec<char> {
    let mut used = 0;
    let fits = |c: &char| {
        used += columns(*c);
        used <= room
    };
    text.take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_durations_read_well() {
        assert_eq!(
            (grouped(0), grouped(999), grouped(-1_234_567)),
            ("0".into(), "999".into(), "-1,234,567".into())
        );
        let said: Vec<String> =
            [0.4, 42.0, 999.4, 999.6, 9_940.0, 59_940.0, 59_960.0, 3_599_600.0, 90_000_000.0]
                .map(|ms| duration(Some(ms)))
                .into();
        assert_eq!(
            said,
            ["0.4 ms", "42 ms", "999 ms", "1.00 s", "9.94 s", "59.9 s", "1m 00s", "1h 00m", "25h 00m"]
        );
        assert_eq!(duration(None), "-");
        let shares = [0.0, 1e-9, 0.004, 0.005, 0.5, 0.994, 0.995, 0.999_999, 1.0, 1.24].map(percent);
        assert_eq!(
            shares,
            ["0 %", "<1 %", "<1 %", "<1 %", "50 %", "99 %", ">99 %", ">99 %", "100 %", "124 %"]
        );
    }

    #[test]
    fn sizes_read_well() {
        let said = [0, 1, 999, 1_000, 44_365, 147_456, 999_499, 999_500, 5_000_000_000].map(size);
        assert_eq!(
            said,
            ["0 bytes", "1 byte", "999 bytes", "1.0 kB", "44.4 kB", "147 kB", "999 kB", "1.0 MB", "5.0 GB"]
        );
    }

    #[test]
    fn foreign_text_cannot_steer_a_terminal() {
        assert_eq!(clean("a\u{1b}[31mb\u{202e}c"), "a\\u{1b}[31mb\\u{202e}c");
        assert_eq!(clean("größe 模型"), "größe 模型");
        assert_eq!(fit("a model with a long name", 10), "a mod…name");
        assert_eq!(fit("模型模型", 5), "模…型");
        for bad in ["\u{61c}", "\u{200f}", "\u{2067}", "\u{ad}", "\u{e0041}", "\u{9b}31m", "\r\n\t\u{7}"] {
            assert!(clean(bad).is_ascii() && !clean(bad).contains(|c: char| c.is_control()), "{bad:?}");
        }
    }

    #[test]
    fn names_of_any_length_are_cut_to_their_width() {
        let long =
            ["x", "模", "\u{202e}", "e\u{301}", "\u{1b}[2J", "👩‍👩‍👧", "\u{301}"].map(|one| one.repeat(10_000));
        for text in &long {
            for width in [0, 1, 2, 9, 28, 40] {
                let cut = fit(text, width);
                assert!(cut.width() <= width.max(1), "{width}: {cut:?}");
                assert!(cut.chars().count() <= width.max(1) * 4, "{width}: {cut:?}");
                assert!(!cut.contains(|c: char| c.is_control()), "{width}: {cut:?}");
            }
        }
        assert_eq!(fit(&format!("claude-{}-2026", "x".repeat(10_000)), 16), "claude-x…xx-2026");
    }
}
