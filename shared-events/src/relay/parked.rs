//! Telling of parked lanes: once each in the log, and all of them in `/readyz`.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use service_kit::health::Detail;

use crate::outbox::Lane;
use crate::outbox::store::relay::Parked;

/// So many lanes are remembered; beyond that one may be told of twice.
const REMEMBERED: usize = 10_000;

/// Lanes that this process has told of as parked. One that an operator gave free in vain is not told of again.
#[derive(Debug, Default)]
pub(super) struct ToldLanes {
    told: Mutex<HashSet<Lane>>,
}

impl ToldLanes {
    /// Whether this process tells of the lane for the first time.
    pub(super) fn is_new(&self, lane: &Lane) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() >= REMEMBERED {
            told.clear();
        }
        told.insert(lane.clone())
    }
}

/// Tells whoever reads `/readyz`, where somebody does.
pub(super) fn tell(detail: Option<&Detail>, parked: &[Parked]) {
    let Some(detail) = detail else { return };
    match parked.first() {
        None => detail.clear(),
        Some(oldest) => detail.tell(summary(parked.len(), oldest)),
    }
}

fn summary(count: usize, oldest: &Parked) -> String {
    let Parked {
        topic, key, since, ..
    } = oldest;
    let lanes = if count == 1 { "lane is" } else { "lanes are" };
    format!(
        "{count} {lanes} parked, since the broker refuses a record for good; the oldest is {topic} {key}, since \
         {since}; see `taskctl outbox list`",
        since = since.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
    )
}

#[cfg(test)]
mod tests {
    use service_kit::health::Health;

    use super::*;

    fn lane(key: usize) -> Lane {
        Lane {
            topic: "t".into(),
            key: key.to_string().into(),
            source: "s".into(),
        }
    }

    #[test]
    fn a_lane_is_told_of_once_and_memory_stays_bounded() {
        let told = ToldLanes::default();
        assert!(told.is_new(&lane(0)));
        assert!(!told.is_new(&lane(0)));
        for key in 1..3 * REMEMBERED {
            told.is_new(&lane(key));
        }
        assert!(told.told.lock().unwrap().len() <= REMEMBERED);
    }

    #[test]
    fn the_way_out_is_told_with_the_oldest() {
        let parked = Parked {
            topic: "task-events".to_owned(),
            key: "k".to_owned(),
            source: "s".to_owned(),
            message_id: 1,
            error: "too large".to_owned(),
            since: "2026-01-02T03:04:05Z".parse().unwrap(),
        };
        assert_eq!(
            summary(2, &parked),
            "2 lanes are parked, since the broker refuses a record for good; the oldest is task-events k, since \
             2026-01-02T03:04:05Z; see `taskctl outbox list`"
        );
        tell(Some(&Health::new("test").detail("outbox")), &[parked]);
    }
}
