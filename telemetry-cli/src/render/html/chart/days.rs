//! The days of a window, each of them, whether or not something happened.

use std::collections::BTreeMap;

use jiff::civil::Date;
use telemetry_store::insights::Group;

use crate::render::html::markup::{Tag, tag};
use crate::render::html::words::{Words, figures};

/// So many columns can still be told apart on a wide screen; the days before are left out, and the page says so.
const MOST: usize = 366;
/// Up to so many days each has its date below it.
const EACH_DATED: usize = 7;
/// Dates below more of them.
const DATES: usize = 4;

/// A row of days without a gap.
#[derive(Debug, Clone, Default)]
pub(in crate::render::html) struct Days {
    /// Oldest first.
    pub all: Vec<Date>,
    /// Days with facts that are before the first.
    pub left_out: usize,
}

impl Days {
    /// From the first to the last day of a breakdown by day.
    pub(in crate::render::html) fn of(groups: &[Group]) -> Self {
        let days: Vec<Date> = groups.iter().filter_map(|group| group.key.parse().ok()).collect();
        let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) else {
            return Days::default();
        };
        let mut all: Vec<Date> = last.series(jiff::Span::new().days(-1)).take(MOST).collect();
        all.retain(|day| day >= first);
        all.reverse();
        let shown_from = all.first().copied().unwrap_or(*last);
        Days { left_out: days.iter().filter(|day| **day < shown_from).count(), all }
    }

    /// A value for each day, from groups whose first dimension is the day.
    pub(in crate::render::html) fn values<'g>(
        &self,
        groups: impl IntoIterator<Item = &'g Group>,
        value: impl Fn(&Group) -> Option<f64>,
    ) -> Vec<Option<f64>> {
        let day = |group: &Group| {
            group.keys.as_ref().map_or(group.key.as_str(), |[first, _]| first).parse::<Date>().ok()
        };
        let found: BTreeMap<Date, f64> =
            groups.into_iter().filter_map(|group| Some((day(group)?, value(group)?))).collect();
        self.all.iter().map(|day| found.get(day).copied()).collect()
    }

    /// `1 Jan to 31 Jan`, for descriptions.
    pub(in crate::render::html) fn span(&self) -> Words {
        match (self.all.first(), self.all.last()) {
            (Some(first), Some(last)) if first != last => {
                figures::date(*first).then(" to ").then(figures::date(*last))
            }
            (Some(only), _) => figures::date(*only),
            _ => "no day".into(),
        }
    }

    /// The dates below a drawing.
    pub(super) fn axis(&self) -> Tag {
        let last = self.all.len().saturating_sub(1);
        let (class, shown): (_, Vec<usize>) = match self.all.len() {
            few if few <= EACH_DATED => ("dates each", (0..few).collect()),
            _ => ("dates", (0..DATES).map(|step| last * step / (DATES - 1)).collect()),
        };
        let date = |at: usize| tag("span").put(self.all.get(at).map(|day| figures::short_date(*day)));
        tag("div")
            .class(class)
            .set("aria-hidden", "true")
            .put(shown.into_iter().map(date).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(days: &[&str]) -> Vec<Group> {
        days.iter().map(|day| Group { key: (*day).to_owned(), ..Group::default() }).collect()
    }

    #[test]
    fn days_without_facts_are_days() {
        let groups = groups(&["2026-02-27", "2026-03-02"]);
        let days = Days::of(&groups);
        assert_eq!((days.all.len(), days.left_out), (4, 0));
        let values = days.values(&groups, |group| group.key.ends_with("27").then_some(3.0));
        assert_eq!(values, [Some(3.0), None, None, None]);
    }

    #[test]
    fn a_window_of_years_shows_its_end() {
        let days = Days::of(&groups(&["2020-01-01", "2026-01-01", "2026-03-02"]));
        assert_eq!((days.all.len(), days.left_out), (MOST, 1));
        assert_eq!(Days::of(&groups(&["(unknown)"])).all, []);
    }
}
