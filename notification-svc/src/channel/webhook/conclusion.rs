//! What an answer means for the call: done, again later, or given up.

use std::time::Duration;

use super::client::{Answer, Reply};
use crate::domain::retry::pause_after;
use crate::store::deliveries::AttemptResult;

/// What came of an attempt, and what follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Conclusion {
    pub(super) result: AttemptResult,
    pub(super) then: Then,
}

/// What follows an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    Delivered,
    /// Another attempt after a pause.
    Again(Duration),
    GiveUp,
    /// It is given up, and so is the endpoint.
    Disable,
}

/// Judges what attempt number `attempt` brought after `latency`; `chance` is in `0.0..1.0`.
pub(super) fn of(reply: Reply, latency: Duration, attempt: i32, chance: f64) -> Conclusion {
    let answer = reply.answer;
    let then = match answer {
        Answer::Accepted(_) => Then::Delivered,
        Answer::Gone => Then::Disable,
        _ => {
            let attempt = u32::try_from(attempt).unwrap_or(u32::MAX);
            pause_after(attempt, chance, answer.requested_pause()).map_or(Then::GiveUp, Then::Again)
        }
    };
    let result = AttemptResult {
        outcome: answer.kind(),
        status: answer.status().map(|status| status.as_u16()),
        latency: Some(latency),
        detail: answer.detail(),
        response: reply.said,
    };
    Conclusion { result, then }
}

/// A call that is not made, because its endpoint is not there any more.
pub(super) fn drop_because(reason: &str) -> Conclusion {
    let result = AttemptResult {
        outcome: "dropped",
        status: None,
        latency: None,
        detail: reason.to_owned(),
        response: None,
    };
    Conclusion {
        result,
        then: Then::GiveUp,
    }
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;

    use super::*;

    fn of(answer: Answer, attempt: i32, chance: f64) -> Conclusion {
        let said = Some("as it was said".to_owned());
        super::of(Reply { answer, said }, Duration::from_millis(7), attempt, chance)
    }

    #[test]
    fn what_was_said_and_how_long_it_took_are_kept() {
        let conclusion = of(Answer::Reset, 1, 0.0);
        assert_eq!(conclusion.result.response.as_deref(), Some("as it was said"));
        assert_eq!(conclusion.result.latency, Some(Duration::from_millis(7)));
        let dropped = drop_because("the endpoint was deleted");
        assert_eq!((dropped.result.response, dropped.result.latency), (None, None));
    }

    #[test]
    fn any_2xx_is_delivery() {
        let conclusion = of(Answer::Accepted(StatusCode::NO_CONTENT), 3, 0.0);
        assert_eq!(
            (conclusion.then, conclusion.result.status),
            (Then::Delivered, Some(204))
        );
    }

    #[test]
    fn a_redirect_is_a_failure_that_is_tried_again() {
        let conclusion = of(Answer::Rejected(StatusCode::FOUND, None), 1, 0.0);
        assert_eq!(conclusion.then, Then::Again(Duration::from_secs(5)));
        assert_eq!(
            conclusion.result.detail,
            "answered 302: redirects are not followed"
        );
    }

    #[test]
    fn the_receivers_retry_after_is_honoured() {
        let wanted = Duration::from_secs(90);
        let conclusion = of(
            Answer::Rejected(StatusCode::TOO_MANY_REQUESTS, Some(wanted)),
            1,
            0.0,
        );
        assert_eq!(conclusion.then, Then::Again(wanted));
    }

    #[test]
    fn gone_disables_the_endpoint_at_once() {
        assert_eq!(of(Answer::Gone, 1, 0.0).then, Then::Disable);
    }

    #[test]
    fn what_fails_to_the_end_is_given_up() {
        for answer in [
            Answer::Blocked,
            Answer::TimedOut,
            Answer::Unreachable,
            Answer::Reset,
            Answer::Broken,
        ] {
            assert!(matches!(of(answer, 1, 0.0).then, Then::Again(_)));
            assert_eq!(of(answer, 10, 0.0).then, Then::GiveUp);
        }
    }
}
