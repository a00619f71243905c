//! Week numbers: those of ISO 8601, in weeks that begin on any day.

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// True if `day` lies in a week whose number, from the front or the back of its year, is in `numbers`.
pub(super) fn is_one_of(day: NaiveDate, week_start: Weekday, numbers: &[i8]) -> bool {
    let Some((number, weeks)) = number(day, week_start) else {
        return false;
    };
    numbers
        .iter()
        .map(|wanted| i32::from(*wanted))
        .any(|wanted| wanted == number || wanted == number - weeks - 1)
}

/// The number of the week that holds `day`, and how many weeks that week's year has.
fn number(day: NaiveDate, week_start: Weekday) -> Option<(i32, i32)> {
    let middle = middle_of_week(day, week_start)?;
    // The 28th of December is in the last week of its year, whichever day weeks begin on.
    let last = middle_of_week(NaiveDate::from_ymd_opt(middle.year(), 12, 28)?, week_start)?;
    Some((week_of(middle), week_of(last)))
}

/// The fourth day of the week, whose year is the week's.
fn middle_of_week(day: NaiveDate, week_start: Weekday) -> Option<NaiveDate> {
    let first = day.week(week_start).checked_first_day()?;
    first.checked_add_days(Days::new(3))
}

fn week_of(middle: NaiveDate) -> i32 {
    let day = i32::try_from(middle.ordinal0()).unwrap_or(0);
    day / 7 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_that_begin_on_monday_are_those_of_iso_8601() {
        let days = NaiveDate::from_ymd_opt(1998, 1, 1).expect("a date").iter_days();
        for day in days.take(20_000) {
            let (week, _) = number(day, Weekday::Mon).expect("a week");
            assert_eq!(
                week,
                i32::try_from(day.iso_week().week()).expect("small"),
                "{day}"
            );
        }
    }

    #[test]
    fn the_days_before_the_first_week_belong_to_the_last_week_of_the_year_before() {
        for (day, week_start, expected) in [
            ("2021-01-03", Weekday::Mon, (53, 53)),
            ("2022-01-02", Weekday::Mon, (52, 52)),
            ("2017-01-01", Weekday::Sun, (1, 52)),
            ("2015-01-03", Weekday::Sun, (53, 53)),
        ] {
            let date: NaiveDate = day.parse().expect(day);
            assert_eq!(number(date, week_start), Some(expected), "{day}");
        }
    }
}
