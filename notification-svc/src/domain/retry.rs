//! When a failed webhook call is made again: ten attempts over three days.

use std::time::Duration;

use chrono::DateTime;

/// The longest pause before each further attempt, as Standard Webhooks advises; together 69 h 35 min.
pub const PAUSES: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3_600),
    Duration::from_secs(5 * 3_600),
    Duration::from_secs(10 * 3_600),
    Duration::from_secs(14 * 3_600),
    Duration::from_secs(18 * 3_600),
    Duration::from_secs(20 * 3_600),
];

/// A receiver may ask for a longer pause, up to this.
pub const LONGEST_REQUESTED: Duration = Duration::from_secs(24 * 3_600);

/// The share of a pause that is left to chance, so that calls that failed together do not come back together.
const JITTER: f64 = 0.2;

/// The pause after attempt number `attempt` (from 1) failed; `None` when it was the last.
/// `chance` is in `0.0..1.0`; `requested` is the receiver's `Retry-After`.
pub fn pause_after(attempt: u32, chance: f64, requested: Option<Duration>) -> Option<Duration> {
    let index = usize::try_from(attempt.checked_sub(1)?).ok()?;
    let longest = *PAUSES.get(index)?;
    let pause = longest.mul_f64(1.0 - JITTER * chance.clamp(0.0, 1.0));
    Some(pause.max(requested.unwrap_or_default().min(LONGEST_REQUESTED)))
}

/// The pause a receiver asks for: `Retry-After` is a number of seconds, or a date, which only the receiver's own `Date`
/// gives a meaning that does not rest on two clocks agreeing.
pub fn requested_pause(retry_after: &str, date: Option<&str>) -> Option<Duration> {
    if let Ok(seconds) = retry_after.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = DateTime::parse_from_rfc2822(retry_after.trim()).ok()?;
    let now = DateTime::parse_from_rfc2822(date?.trim()).ok()?;
    (then - now).to_std().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_attempts_fit_into_three_days() {
        let total: Duration = (1..).map_while(|attempt| pause_after(attempt, 0.0, None)).sum();
        assert!(total <= Duration::from_secs(3 * 24 * 3_600));
        assert!(total > Duration::from_secs(2 * 24 * 3_600));
    }

    #[test]
    fn the_first_retry_comes_within_seconds_and_the_tenth_failure_is_the_last() {
        assert_eq!(pause_after(1, 0.0, None), Some(Duration::from_secs(5)));
        assert!(pause_after(9, 0.0, None).is_some());
        assert_eq!(pause_after(10, 0.0, None), None);
        assert_eq!(pause_after(0, 0.0, None), None);
    }

    #[test]
    fn chance_only_shortens_a_pause() {
        assert_eq!(pause_after(1, 1.0, None), Some(Duration::from_secs(4)));
        assert_eq!(pause_after(1, 0.5, None), Some(Duration::from_millis(4_500)));
    }

    #[test]
    fn the_receiver_may_lengthen_a_pause_but_not_shorten_or_stretch_it_for_ever() {
        let ask = |seconds| pause_after(2, 0.0, Some(Duration::from_secs(seconds)));
        assert_eq!(ask(1), Some(Duration::from_secs(300)));
        assert_eq!(ask(600), Some(Duration::from_secs(600)));
        assert_eq!(ask(10_000_000), Some(LONGEST_REQUESTED));
    }

    #[test]
    fn the_receiver_cannot_prolong_the_last_attempt() {
        assert_eq!(pause_after(10, 0.0, Some(Duration::from_secs(1))), None);
    }

    #[test]
    fn a_requested_pause_is_seconds_or_the_distance_of_two_dates_of_the_receiver() {
        let (then, now) = ("Sun, 06 Nov 1994 08:50:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(requested_pause(" 120 ", None), Some(Duration::from_secs(120)));
        assert_eq!(requested_pause(then, Some(now)), Some(Duration::from_secs(60)));
        assert_eq!(requested_pause(now, Some(then)), None);
        assert_eq!(requested_pause(then, None), None);
        assert_eq!(requested_pause("soon", Some(now)), None);
        assert_eq!(requested_pause("-5", None), None);
    }
}
