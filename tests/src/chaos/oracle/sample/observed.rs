//! What was seen meanwhile.

use std::collections::BTreeMap;
use std::time::Duration;

use super::id;
use crate::chaos::observations::{
    DatabaseSample, EndCause, Fault, FaultSpan, Observations, Probe, ProcessEnd, Repeat, Sample,
};

pub(super) fn observations() -> Observations {
    let seconds = Duration::from_secs;
    let sample = |second: u64, service: &str, is_ready: bool| Sample {
        at: seconds(second),
        service: service.to_owned(),
        slot: 0,
        pid: 7,
        resident_bytes: 60 << 20,
        is_ready: Some(is_ready),
        is_alive: Some(true),
        metrics: BTreeMap::from([
            (
                "taskwire_consumer_queued_bytes{partition=\"0\"}".to_owned(),
                100.0,
            ),
            ("taskwire_outbox_oldest_pending_seconds".to_owned(), 0.1),
        ]),
    };
    let away = |second: u64| (100..130).contains(&second);
    let is_ready = |second: u64| !(105..135).contains(&second);
    let services = ["backend-api", "audit-svc"];
    let samples =
        (0..300).flat_map(|second| services.map(|service| sample(second, service, is_ready(second))));
    let database = (0..300)
        .filter(|second| !away(*second))
        .map(|second| DatabaseSample {
            at: seconds(second),
            outbox_rows: if second < 132 { 5 } else { 0 },
            outbox_oldest: if (130..132).contains(&second) { 30.0 } else { 0.2 },
            lease_token: 4,
            offsets: vec![("audit-svc.log.v1".to_owned(), "task-events".to_owned(), 0, 12)],
        });
    let answer = (200, 2, 2, "aa".to_owned());
    Observations {
        faults: vec![FaultSpan {
            fault: Fault::DatabaseKill,
            target: "postgres".to_owned(),
            from: seconds(100),
            until: seconds(130),
        }],
        samples: samples.collect(),
        database: database.collect(),
        ends: vec![ProcessEnd {
            at: seconds(200),
            service: "audit-svc".to_owned(),
            slot: 0,
            pid: 7,
            cause: EndCause::Stopped,
            code: Some(0),
            took: seconds(1),
        }],
        probes: vec![Probe {
            at: seconds(5),
            user: "anna".to_owned(),
            owner: "ben".to_owned(),
            request: format!("GET /v1/tasks/{}", id(101)),
            status: 404,
            leaked: Vec::new(),
        }],
        repeats: vec![Repeat {
            at: seconds(5),
            user: "anna".to_owned(),
            key: "k".to_owned(),
            first: answer.clone(),
            second: answer,
        }],
        injected: Vec::new(),
    }
}
