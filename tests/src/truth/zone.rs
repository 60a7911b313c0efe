//! Days, hours and weekdays in five zones, from their laws in 2026 written down by hand: no library's table.

/// Nanoseconds of an hour.
pub const HOUR: i64 = 3_600_000_000_000;
/// Nanoseconds of a day.
pub const DAY: i64 = 24 * HOUR;
const MINUTE: i64 = HOUR / 60;

/// A zone: its name, its standard offset in minutes, and the hours (UTC) between which one more hour is added. South of the
/// equator summer is at both ends of the year.
pub struct Zone {
    /// As people give it.
    pub name: &'static str,
    standard: i64,
    summer: Option<(Hour, Hour)>,
    south: bool,
}

/// Month, day and hour of 2026, UTC.
type Hour = (i64, i64, i64);

/// The zones of the tests. Month, day and hour (UTC) of 2026 at which summer time begins and ends.
pub const ZONES: [Zone; 5] = [
    Zone { name: "UTC", standard: 0, summer: None, south: false },
    // The last Sundays of March and October at 01:00 UTC.
    Zone { name: "Europe/Berlin", standard: 60, summer: Some(((3, 29, 1), (10, 25, 1))), south: false },
    // The second Sunday of March and the first of November at 02:00 local time.
    Zone { name: "America/New_York", standard: -300, summer: Some(((3, 8, 7), (11, 1, 6))), south: false },
    Zone { name: "Asia/Kolkata", standard: 330, summer: None, south: false },
    // The last Sunday of September and the first of April at 02:45 standard time, which is 14:00 UTC the day before.
    Zone { name: "Pacific/Chatham", standard: 765, summer: Some(((4, 4, 14), (9, 26, 14))), south: true },
];

/// The zone of a name.
///
/// # Panics
/// When it is none of [`ZONES`].
pub fn zone(name: &str) -> &'static Zone {
    ZONES.iter().find(|zone| zone.name == name).unwrap_or_else(|| panic!("no zone {name}"))
}

impl Zone {
    /// What a clock on the wall shows, as nanoseconds since 1970 without a zone.
    fn wall(&self, at: i64) -> i64 {
        let mut minutes = self.standard;
        if let Some((one, other)) = self.summer {
            let hour = |(month, day, hour): Hour| moment(2026, month, day, hour);
            let between = (hour(one)..hour(other)).contains(&at);
            minutes += if between != self.south { 60 } else { 0 };
        }
        at + minutes * MINUTE
    }

    /// `2026-03-29`.
    pub fn day(&self, at: i64) -> String {
        let (year, month, day) = civil(self.wall(at).div_euclid(DAY));
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// `08`.
    pub fn hour(&self, at: i64) -> String {
        format!("{:02}", self.wall(at).rem_euclid(DAY) / HOUR)
    }

    /// `Mon`.
    pub fn weekday(&self, at: i64) -> &'static str {
        WEEKDAYS[(self.wall(at).div_euclid(DAY) + 3).rem_euclid(7) as usize]
    }

    /// The moments of 2026 at which something about its clocks changes, and midnights around them.
    pub fn borders(&self) -> Vec<i64> {
        let mut found = Vec::new();
        for (month, day) in DAYS {
            let noon = moment(2026, month, day, 12);
            // Midnight of that day on these clocks, looked for minute by minute.
            let midnight = (-26 * 60..26 * 60).map(|minute| noon + minute * MINUTE);
            found.extend(midnight.filter(|at| self.wall(*at).rem_euclid(DAY) == 0));
        }
        if let Some((one, other)) = self.summer {
            found.extend([one, other].map(|(month, day, hour)| moment(2026, month, day, hour)));
        }
        found
    }
}

/// Days of 2026 on which clocks change somewhere, and a quiet one.
const DAYS: [(i64, i64); 7] = [(3, 8), (3, 29), (4, 5), (7, 15), (9, 27), (10, 25), (11, 1)];

/// As they are shown, in order.
pub const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// A full hour, UTC.
pub fn moment(year: i64, month: i64, day: i64, hour: i64) -> i64 {
    // Days by counting them: slow, and plain.
    let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let mut days: i64 = (1970..year).map(|year| if leap(year) { 366 } else { 365 }).sum();
    let months = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    days += months[..(month - 1) as usize].iter().sum::<i64>() + day - 1;
    days * DAY + hour * HOUR
}

/// Year, month and day of a number of days since 1970.
fn civil(days: i64) -> (i64, i64, i64) {
    let year = (1970..).take_while(|year| moment(*year, 1, 1, 0) / DAY <= days).last().unwrap_or(1970);
    let month = (1..=12).take_while(|month| moment(year, *month, 1, 0) / DAY <= days).last().unwrap_or(1);
    (year, month, days - moment(year, month, 1, 0) / DAY + 1)
}

/// RFC 3339 in UTC, to the nanosecond.
pub fn rfc3339(at: i64) -> String {
    let in_day = at.rem_euclid(DAY);
    let seconds = in_day / 1_000_000_000;
    let (day, nanos) = (ZONES[0].day(at), in_day % 1_000_000_000);
    format!("{day}T{:02}:{:02}:{:02}.{nanos:09}Z", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str, at: i64) -> String {
        let zone = zone(name);
        format!("{} {} {}", zone.weekday(at), zone.day(at), zone.hour(at))
    }

    #[test]
    fn clocks_on_the_wall() {
        // Berlin skips 02:00 and has 02:00 twice.
        let spring = moment(2026, 3, 29, 1);
        assert_eq!(shown("Europe/Berlin", spring - 1), "Sun 2026-03-29 01");
        assert_eq!(shown("Europe/Berlin", spring), "Sun 2026-03-29 03");
        let autumn = moment(2026, 10, 25, 1);
        assert_eq!(shown("Europe/Berlin", autumn - 1), "Sun 2026-10-25 02");
        assert_eq!(shown("Europe/Berlin", autumn), "Sun 2026-10-25 02");
        assert_eq!(shown("America/New_York", moment(2026, 3, 8, 7) - 1), "Sun 2026-03-08 01");
        assert_eq!(shown("America/New_York", moment(2026, 11, 1, 6)), "Sun 2026-11-01 01");
        assert_eq!(shown("Asia/Kolkata", moment(2026, 7, 15, 18) + HOUR / 2), "Thu 2026-07-16 00");
        assert_eq!(shown("Pacific/Chatham", moment(2026, 4, 4, 14) - 1), "Sun 2026-04-05 03");
        assert_eq!(shown("Pacific/Chatham", moment(2026, 4, 4, 14)), "Sun 2026-04-05 02");
        assert_eq!(shown("Pacific/Chatham", moment(2026, 9, 26, 14)), "Sun 2026-09-27 03");
    }

    #[test]
    fn moments_are_written_to_the_nanosecond() {
        assert_eq!(rfc3339(1_767_225_606_283_863_482), "2026-01-01T00:00:06.283863482Z");
    }

    #[test]
    fn borders_are_midnights() {
        for zone in &ZONES {
            assert!(zone.borders().len() >= 7, "{}", zone.name);
        }
    }
}
