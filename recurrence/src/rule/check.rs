//! How the parts of a rule go together: the table of RFC 5545 section 3.3.10, and our bounds.

use chrono::{Datelike, NaiveDate};

use super::parse::bad_value;
use super::{Frequency, Rule, RuleError, ShortMonth};

const MAX_SLOTS_PER_DAY: usize = 96;
/// The only form in which RFC 7529's SKIP is understood.
pub(super) const SKIP_FORM: &str = "RSCALE=GREGORIAN;FREQ=MONTHLY or YEARLY;SKIP=BACKWARD without BY… parts";

pub(super) fn rule(rule: &Rule) -> Result<(), RuleError> {
    check_frequency(rule)?;
    check_weekday_numbers(rule)?;
    check_set_positions(rule)?;
    check_skip(rule)?;
    check_slots_per_day(rule)?;
    check_month_days(rule)
}

/// The cells of RFC 5545's table (section 3.3.10) that say "N/A".
fn check_frequency(rule: &Rule) -> Result<(), RuleError> {
    let frequency = rule.frequency.as_str();
    let not_with = |part, way_out| {
        Err(RuleError::NotWithFrequency {
            part,
            frequency,
            way_out,
        })
    };
    if !rule.week_numbers.is_empty() && rule.frequency != Frequency::Yearly {
        return not_with("BYWEEKNO", "use it with FREQ=YEARLY");
    }
    if !rule.year_days.is_empty() && rule.frequency != Frequency::Yearly {
        return not_with("BYYEARDAY", "use it with FREQ=YEARLY");
    }
    if !rule.month_days.is_empty() && rule.frequency == Frequency::Weekly {
        return not_with("BYMONTHDAY", "use BYDAY, or FREQ=MONTHLY");
    }
    Ok(())
}

fn check_weekday_numbers(rule: &Rule) -> Result<(), RuleError> {
    let Some(day) = rule.weekdays.iter().find(|day| day.nth.is_some()) else {
        return Ok(());
    };
    let (range, expected) = match rule.frequency {
        Frequency::Daily | Frequency::Weekly => {
            let way_out = "leave the number out, or use FREQ=MONTHLY";
            let frequency = rule.frequency.as_str();
            return Err(RuleError::NotWithFrequency {
                part: "a number in BYDAY",
                frequency,
                way_out,
            });
        }
        _ if !rule.week_numbers.is_empty() => {
            return Err(bad_value(
                "BYDAY",
                &day.to_string(),
                "leave the number out beside BYWEEKNO",
            ));
        }
        Frequency::Monthly => (-4..=5, "use numbers from 1 to 5 or -4 to -1 in a month"),
        Frequency::Yearly if !rule.months.is_empty() => {
            (-4..=5, "use numbers from 1 to 5 or -4 to -1 in a month")
        }
        Frequency::Yearly => (-52..=53, "use numbers from 1 to 53 or -52 to -1 in a year"),
    };
    let outside = rule
        .weekdays
        .iter()
        .find(|day| day.nth.is_some_and(|nth| !range.contains(&nth)));
    outside.map_or(Ok(()), |day| Err(bad_value("BYDAY", &day.to_string(), expected)))
}

fn check_set_positions(rule: &Rule) -> Result<(), RuleError> {
    let (limit, expected) = match rule.frequency {
        Frequency::Daily | Frequency::Yearly => (366, "use positions from 1 to 366 or -366 to -1"),
        Frequency::Monthly => (31, "use positions from 1 to 31 or -31 to -1 in a month"),
        Frequency::Weekly => (53, "use positions from 1 to 53 or -53 to -1 in a week"),
    };
    if let Some(outside) = rule.set_positions.iter().find(|position| position.abs() > limit) {
        return Err(bad_value("BYSETPOS", &outside.to_string(), expected));
    }
    if !rule.set_positions.is_empty() && !names_days(rule) && !rule.names_time_of_day() {
        return Err(RuleError::SetPositionAlone);
    }
    Ok(())
}

fn check_skip(rule: &Rule) -> Result<(), RuleError> {
    let by_month_or_year = matches!(rule.frequency, Frequency::Monthly | Frequency::Yearly);
    let bare = !names_days(rule) && !rule.names_time_of_day();
    match rule.short_month {
        ShortMonth::ClampToEnd if !(by_month_or_year && bare) => {
            Err(RuleError::SkipCombination { expected: SKIP_FORM })
        }
        ShortMonth::ClampToEnd | ShortMonth::Omit => Ok(()),
    }
}

fn check_slots_per_day(rule: &Rule) -> Result<(), RuleError> {
    let slots: usize = [&rule.hours, &rule.minutes, &rule.seconds]
        .into_iter()
        .map(|values| values.len().max(1))
        .product();
    if slots > MAX_SLOTS_PER_DAY {
        return Err(RuleError::TooManySlotsPerDay {
            slots,
            limit: MAX_SLOTS_PER_DAY,
        });
    }
    Ok(())
}

fn check_month_days(rule: &Rule) -> Result<(), RuleError> {
    let exists = |month: &u8| {
        let longest = longest_month(*month);
        rule.month_days.iter().any(|day| day.unsigned_abs() <= longest)
    };
    if rule.month_days.is_empty() || rule.months.is_empty() || rule.months.iter().any(exists) {
        return Ok(());
    }
    Err(RuleError::NeverMatches)
}

/// The days of a month in a leap year.
fn longest_month(month: u8) -> u8 {
    let last = NaiveDate::from_ymd_opt(2024, u32::from(month), 1).map(|first| first.num_days_in_month());
    last.unwrap_or(31)
}

fn names_days(rule: &Rule) -> bool {
    !(rule.months.is_empty()
        && rule.week_numbers.is_empty()
        && rule.year_days.is_empty()
        && rule.month_days.is_empty()
        && rule.weekdays.is_empty())
}
