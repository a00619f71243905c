//! A database with one snapshot per statement, a broker that may answer late or never, and two relays.

// Long because it is one simulation: a database, a broker and two relays.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use uuid::Uuid;

use super::super::{Schedule, Work};
use crate::outbox::{Lane, Published};
use crate::relay::order::{AfterFailure, Failure, Found, Limits};
use crate::relay::reads::{Examined, ReadIntervals};

const LANES: usize = 5;

const LIMITS: Limits = Limits {
    rows: 12,
    bytes: 1_000,
    lane_rows: 3,
    busy_lane: 2,
    topics: 2,
    backlog_lanes: 2,
    in_flight_rows: 6,
    in_flight_bytes: 600,
    page: 4,
    row_bytes: 10,
};

/// Ids that a page which leaves out rows walks over.
const WINDOW: i64 = 5;

/// Something that happens; numbers beyond what is there wrap around.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Insert(usize),
    Commit(usize),
    RollBack(usize),
    StartTask(usize),
    FinishTask(usize),
    /// The database does the work, and its answer is lost.
    LoseAnswer(usize),
    FailTask(usize),
    StartDelete(usize),
    FinishDelete(usize),
    /// The rows are deleted, and the answer is lost.
    LoseDeletesAnswer(usize),
    FailDelete(usize),
    Send(usize),
    Acknowledge(usize, usize),
    /// The broker writes the record, and its answer is lost.
    LoseAcknowledgement(usize, usize),
    FailDelivery(usize, usize),
    Refuse(usize, usize),
    Crash(usize),
    /// A record of a relay that crashed long ago reaches the broker.
    LateWrite(usize),
    Unpark(usize),
    Wake(usize),
    Wait(u64),
}

/// A row: its lane, and its place in the lane's order of commits.
type Row = (usize, u32);

/// The lane's rows that an open transaction has written; it holds the lane's lock.
struct Transaction {
    lane: usize,
    ids: Vec<i64>,
}

struct Relay {
    schedule: Schedule<Row>,
    sent: Vec<(i64, Row)>,
    /// What this relay knows to be published: it never sends it again.
    acknowledged: BTreeSet<i64>,
    work: Option<(Work, Answer)>,
    delete: Option<Vec<Published>>,
    /// Lanes that are parked here; the table does not know yet.
    unnoted: Vec<usize>,
}

enum Answer {
    Rows(Vec<Found<Row>>, Examined),
    Parked(HashSet<Lane>),
}

pub(super) struct World {
    now: Duration,
    next_id: i64,
    committed: BTreeMap<i64, Row>,
    open: Vec<Transaction>,
    commits: [u32; LANES],
    parked: BTreeSet<usize>,
    relays: Vec<Relay>,
    late: Vec<Row>,
    first_deliveries: [u32; LANES],
}

impl World {
    pub(super) fn new() -> Self {
        let mut world = Self {
            now: Duration::ZERO,
            next_id: 1,
            committed: BTreeMap::new(),
            open: Vec::new(),
            commits: [0; LANES],
            parked: BTreeSet::new(),
            relays: Vec::new(),
            late: Vec::new(),
            first_deliveries: [0; LANES],
        };
        world.relays = vec![world.relay(), world.relay()];
        world
    }

    pub(super) fn take(&mut self, step: &Step) {
        match *step {
            Step::Insert(lane) => self.insert(lane % LANES),
            Step::Commit(which) => self.commit(which),
            Step::RollBack(which) => drop(pick(&mut self.open, which)),
            Step::StartTask(relay) => self.start_task(relay),
            Step::FinishTask(relay) => self.finish_task(relay),
            Step::LoseAnswer(relay) | Step::FailTask(relay) => self.fail_task(relay, step),
            Step::StartDelete(relay) => self.start_delete(relay),
            Step::FinishDelete(relay) | Step::LoseDeletesAnswer(relay) | Step::FailDelete(relay) => {
                self.end_delete(relay, step);
            }
            Step::Send(relay) => self.send(relay),
            Step::Acknowledge(relay, which) => self.acknowledge(relay, which),
            Step::LoseAcknowledgement(relay, which) => self.fail(relay, which, true),
            Step::FailDelivery(relay, which) => self.fail(relay, which, false),
            Step::Refuse(relay, which) => self.refuse(relay, which),
            Step::Crash(relay) => self.crash(relay),
            Step::LateWrite(which) => {
                if let Some(row) = pick(&mut self.late, which) {
                    self.write(row);
                }
            }
            Step::Unpark(which) => self.unpark(which),
            Step::Wake(relay) => self.relays[relay].schedule.wake(),
            Step::Wait(millis) => self.now += Duration::from_millis(millis),
        }
        self.check_bounds();
    }

    /// Everything works from now on: every committed row must be published, in order, and deleted.
    pub(super) fn heal_and_drain(mut self) {
        while !self.open.is_empty() {
            self.commit(0);
        }
        self.parked.clear();
        self.relays.iter_mut().for_each(|relay| relay.unnoted.clear());
        for _ in 0..4_000 {
            if self.committed.is_empty() {
                break;
            }
            self.now += Duration::from_millis(50);
            for relay in 0..2 {
                self.take(&Step::Send(relay));
                self.take(&Step::Acknowledge(relay, 0));
                self.take(&Step::FinishDelete(relay));
                self.take(&Step::FinishTask(relay));
                self.take(&Step::StartTask(relay));
                self.take(&Step::StartDelete(relay));
            }
        }
        assert!(
            self.committed.is_empty(),
            "rows are stuck: {:?}\n{:#?}",
            self.committed,
            self.relays
                .iter()
                .map(|r| (&r.schedule, r.work.as_ref().map(|t| &t.0), &r.unnoted))
                .collect::<Vec<_>>()
        );
        assert_eq!(self.first_deliveries, self.commits, "not every row was published");
    }

    fn relay(&self) -> Relay {
        let parked = self.parked.iter().copied().map(lane).collect();
        let mut schedule = Schedule::new(LIMITS, ReadIntervals::default(), parked, self.now);
        schedule.begin_reading();
        Relay {
            schedule,
            sent: Vec::new(),
            acknowledged: BTreeSet::new(),
            work: None,
            delete: None,
            unnoted: Vec::new(),
        }
    }

    fn insert(&mut self, lane: usize) {
        let id = self.next_id;
        self.next_id += 1;
        match self.open.iter_mut().find(|transaction| transaction.lane == lane) {
            Some(transaction) => transaction.ids.push(id),
            None => self.open.push(Transaction { lane, ids: vec![id] }),
        }
    }

    fn commit(&mut self, which: usize) {
        let Some(Transaction { lane, ids }) = pick(&mut self.open, which) else {
            return;
        };
        for id in ids {
            self.commits[lane] += 1;
            self.committed.insert(id, (lane, self.commits[lane]));
        }
    }

    fn start_task(&mut self, relay: usize) {
        if self.relays[relay].work.is_some() {
            return;
        }
        let noted: Vec<usize> = self.relays[relay].unnoted.drain(..).collect();
        self.parked.extend(noted);
        let Some(work) = self.relays[relay].schedule.next_work(self.now) else {
            return;
        };
        let answer = self.perform(&work);
        self.relays[relay].work = Some((work, answer));
    }

    fn perform(&mut self, work: &Work) -> Answer {
        match work {
            Work::Page {
                read,
                excluded,
                reached,
                limit,
            } => {
                let beyond = self.committed.range(read.after() + 1..).map(|(id, _)| *id);
                let span = beyond.clone().min().zip(beyond.max());
                let is_narrow = !excluded.is_empty() && read.topic().is_none();
                let window = if is_narrow {
                    read.narrow_window(span, WINDOW)
                } else {
                    read.window()
                };
                let is_left_out = |id: i64| {
                    let topic = lane(self.committed[&id].0).topic;
                    let mut behind = excluded.topics.iter();
                    behind.any(|(other, read_until)| *other == topic && id > *read_until)
                };
                let holes = read.holes().iter().copied();
                let holes = holes.filter(|id| self.committed.contains_key(id) && !is_left_out(*id));
                let mut ids: Vec<i64> = holes.take(*limit).collect();
                let range = self
                    .committed
                    .range(read.after() + 1..)
                    .take_while(|(id, _)| **id <= window.until);
                let wanted = range.filter(|(id, row)| {
                    let lane = lane(row.0);
                    !excluded.ids.contains(id)
                        && !is_left_out(**id)
                        && read.topic().is_none_or(|topic| *lane.topic == *topic)
                        && !excluded.lanes.contains(&lane)
                });
                ids.extend(wanted.map(|(id, _)| *id).take(*limit));
                let examined = window.examined(read.after(), &ids, *limit);
                Answer::Rows(self.found(&ids, reached), examined)
            }
            Work::Refill { lanes, limit } => {
                let mut ids = Vec::new();
                for refill in lanes {
                    let rows = self.committed.range(refill.after + 1..);
                    let own = rows.filter(|(_, row)| lane(row.0) == refill.lane);
                    ids.extend(own.map(|(id, _)| *id).take(*limit));
                }
                ids.sort_unstable();
                let reached: Vec<(Lane, i64)> = lanes
                    .iter()
                    .map(|refill| (refill.lane.clone(), refill.after))
                    .collect();
                Answer::Rows(
                    self.found(&ids, &reached),
                    Examined {
                        until: 0,
                        more: false,
                    },
                )
            }
            Work::Measure => Answer::Parked(self.parked.iter().copied().map(lane).collect()),
        }
    }

    /// The rows with those before them, which are not looked for behind what the lane has reached.
    fn found(&self, ids: &[i64], reached: &[(Lane, i64)]) -> Vec<Found<Row>> {
        let found = |id: &i64| {
            let row = self.committed[id];
            let lane = lane(row.0);
            let reached = reached
                .iter()
                .find(|(busy, _)| *busy == lane)
                .map_or(0, |(_, id)| *id);
            let before = self.committed.range((reached + 1).min(*id)..*id);
            let previous = before.rev().find(|(_, other)| other.0 == row.0);
            Found {
                lane,
                id: *id,
                event_id: Uuid::nil(),
                previous: previous.map(|(id, _)| *id),
                bytes: 10,
                payload: row,
            }
        };
        ids.iter().map(found).collect()
    }

    fn finish_task(&mut self, relay: usize) {
        let now = self.now;
        let relay = &mut self.relays[relay];
        let Some((work, answer)) = relay.work.take() else {
            return;
        };
        match (work, answer) {
            (Work::Page { read, .. }, Answer::Rows(rows, examined)) => {
                relay.schedule.page_done(&read, rows, examined, now);
            }
            (Work::Refill { lanes, limit }, Answer::Rows(rows, _)) => {
                relay.schedule.refill_done(&lanes, limit, rows);
            }
            (Work::Measure, Answer::Parked(mut parked)) => {
                parked.extend(relay.unnoted.iter().copied().map(lane));
                relay.schedule.queues.set_parked(parked);
            }
            _ => unreachable!("an answer to another question"),
        }
    }

    fn fail_task(&mut self, relay: usize, step: &Step) {
        if matches!(step, Step::FailTask(_)) && self.relays[relay].work.is_none() {
            let Some(work) = self.relays[relay].schedule.next_work(self.now) else {
                return;
            };
            return self.relays[relay].schedule.work_failed(work, self.now);
        }
        if let Some((work, _)) = self.relays[relay].work.take() {
            self.relays[relay].schedule.work_failed(work, self.now);
        }
    }

    fn start_delete(&mut self, relay: usize) {
        let relay = &mut self.relays[relay];
        if relay.delete.is_none() {
            relay.delete = relay.schedule.next_delete(self.now);
        }
    }

    /// The rows go at the end of the statement, so that a read which begins during it still sees them.
    fn end_delete(&mut self, relay: usize, step: &Step) {
        let now = self.now;
        let relay = &mut self.relays[relay];
        let Some(published) = relay.delete.take() else {
            return;
        };
        if !matches!(step, Step::FailDelete(_)) {
            for row in &published {
                self.committed.remove(&row.id);
            }
        }
        if matches!(step, Step::FinishDelete(_)) {
            relay.schedule.delete_done(published, now);
        } else {
            relay.schedule.delete_failed(published, now);
        }
    }

    fn send(&mut self, relay: usize) {
        let relay = &mut self.relays[relay];
        if let Some(sending) = relay.schedule.queues.next(self.now) {
            assert!(
                !relay.acknowledged.contains(&sending.id),
                "row {} is sent again by the relay that had its acknowledgement",
                sending.id
            );
            relay.sent.push((sending.id, sending.payload));
        }
    }

    fn acknowledge(&mut self, relay: usize, which: usize) {
        let Some((id, row)) = pick(&mut self.relays[relay].sent, which) else {
            return;
        };
        self.write(row);
        self.relays[relay].acknowledged.insert(id);
        self.relays[relay].schedule.acknowledged(id, self.now);
    }

    fn fail(&mut self, relay: usize, which: usize, written: bool) {
        let Some((id, row)) = pick(&mut self.relays[relay].sent, which) else {
            return;
        };
        if written {
            self.write(row);
        }
        let retry_at = self.now + Duration::from_millis(200);
        let queues = &mut self.relays[relay].schedule.queues;
        queues.failed(id, Failure::Outage, |_| retry_at);
    }

    fn refuse(&mut self, relay: usize, which: usize) {
        let Some((id, row)) = pick(&mut self.relays[relay].sent, which) else {
            return;
        };
        let retry_at = self.now + Duration::from_millis(200);
        let queues = &mut self.relays[relay].schedule.queues;
        if queues.failed(id, Failure::Record, |_| retry_at) != AfterFailure::Retried {
            self.relays[relay].unnoted.push(row.0);
        }
    }

    fn unpark(&mut self, which: usize) {
        let mut parked: Vec<usize> = self.parked.iter().copied().collect();
        if let Some(lane) = pick(&mut parked, which) {
            self.parked.remove(&lane);
        }
    }

    fn crash(&mut self, relay: usize) {
        let fresh = self.relay();
        let crashed = std::mem::replace(&mut self.relays[relay], fresh);
        self.late.extend(crashed.sent.into_iter().map(|(_, row)| row));
    }

    /// The broker appends the record. The first delivery of a row must be the next of its lane.
    fn write(&mut self, (lane, place): Row) {
        let delivered = &mut self.first_deliveries[lane];
        assert!(
            place <= *delivered + 1,
            "lane {lane}: {place} overtook {}",
            *delivered + 1
        );
        *delivered = place.max(*delivered);
    }

    fn check_bounds(&self) {
        for relay in &self.relays {
            let queues = &relay.schedule.queues;
            assert!(queues.rows() <= LIMITS.rows, "{} rows in memory", queues.rows());
            assert!(
                queues.in_flight() <= LIMITS.in_flight_rows,
                "{} rows in flight",
                queues.in_flight()
            );
        }
    }
}

/// Lanes 0, 2 and 4 are of one topic, 1 and 3 of another; 0 and 2 have the same key, written by two services.
fn lane(number: usize) -> Lane {
    Lane {
        topic: format!("topic-{}", number % 2).into(),
        key: if number == 2 { 0 } else { number }.to_string().into(),
        source: format!("source-{}", number / 2).into(),
    }
}

fn pick<T>(from: &mut Vec<T>, which: usize) -> Option<T> {
    (!from.is_empty()).then(|| from.remove(which % from.len()))
}
