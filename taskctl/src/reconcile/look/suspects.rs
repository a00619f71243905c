//! What seems to be missing at first sight, with what the outbox says of it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use shared_events::topic::Topic;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::aggregate::Aggregate;
use crate::reconcile::effects::{ClosedFrontier, ReminderState, misfit, successor};
use crate::reconcile::positions::{Span, Standing, Stream, Streams, missing};
use crate::reconcile::store::{Coverage, PendingRow, ReminderRow, SeriesRow, StreamEnd};
use crate::reconcile::versions::{Entry, Expected, Judgement, judge};
use crate::reconcile::{NAMED, facts, store};

/// What the outbox holds of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pending {
    OnItsWay,
    Parked,
}

/// An aggregate whose entries are not what its row says.
#[derive(Debug, Clone)]
pub(super) struct VersionSuspect {
    pub(super) aggregate: Aggregate,
    pub(super) row: Coverage,
    pub(super) expected: Expected,
    /// Versions that wait in the outbox.
    pub(super) pending: BTreeMap<i64, Pending>,
    /// There are more rows than were looked into.
    pub(super) is_much_pending: bool,
}

/// A stream that misses positions.
#[derive(Debug, Clone)]
pub(super) struct StreamSuspect {
    pub(super) stream: Stream,
    pub(super) user: String,
    pub(super) standing: Standing,
    pub(super) changed_at: Option<DateTime<Utc>>,
    pub(super) pending: Vec<(Span, Pending)>,
}

/// Something that should have come of a change to a task.
#[derive(Debug, Clone)]
pub(super) struct EffectSuspect {
    pub(super) id: Uuid,
    pub(super) pending: Option<Pending>,
}

#[derive(Debug)]
pub(super) struct Suspects {
    pub(super) epoch: i64,
    /// When the look began.
    now: DateTime<Utc>,
    grace: TimeDelta,
    pub(super) versions: Vec<VersionSuspect>,
    pub(super) streams: Vec<StreamSuspect>,
    /// By series; beside it the task that is closed.
    pub(super) series: Vec<(EffectSuspect, Option<Uuid>)>,
    /// By reminder; beside it the task.
    pub(super) reminders: Vec<(EffectSuspect, Uuid)>,
    pub(super) examined: BTreeMap<String, u64>,
    /// Beyond those that are kept.
    pub(super) dropped: u64,
}

impl Suspects {
    pub(super) fn of(epoch: i64, now: DateTime<Utc>, grace: TimeDelta) -> Self {
        Self {
            epoch,
            now,
            grace,
            versions: Vec::new(),
            streams: Vec::new(),
            series: Vec::new(),
            reminders: Vec::new(),
            examined: BTreeMap::new(),
            dropped: 0,
        }
    }

    /// Before this, whatever was to come of a change should have come.
    pub(super) fn late(&self) -> DateTime<Utc> {
        self.now - self.grace
    }

    /// Asks, page by page, whether the audit log has every version.
    pub(super) async fn find_versions(&mut self, conn: &mut PgConnection) -> sqlx::Result<()> {
        for aggregate in Aggregate::ALL {
            let mut after = Uuid::nil();
            let mut versions = 0;
            loop {
                let page = aggregate.page(conn, after).await?;
                let Some(last) = page.last() else { break };
                after = last.id;
                self.examine(aggregate.plural(), page.len());
                versions += page.iter().map(|row| row.told.unsigned_abs()).sum::<u64>();
                for row in page {
                    self.suspect_versions(conn, aggregate, row).await?;
                }
            }
            self.examined
                .insert(format!("versions of {}", aggregate.plural()), versions);
        }
        Ok(())
    }

    async fn suspect_versions(
        &mut self,
        conn: &mut PgConnection,
        aggregate: Aggregate,
        row: Coverage,
    ) -> sqlx::Result<()> {
        let expected = Expected {
            last: row.told,
            is_dense: aggregate != Aggregate::Notification,
            epoch: self.sure_epoch(row.changed_at),
        };
        let is_of_epoch = expected.epoch.is_none_or(|epoch| row.last_epoch == Some(epoch));
        if row.first_epoch == row.last_epoch && row.covered == row.told && is_of_epoch {
            return Ok(());
        }
        if versions_of(conn, row.id, &expected).await? == Judgement::default() {
            return Ok(());
        }
        if self.has_room(self.versions.len()) {
            self.versions.push(VersionSuspect {
                aggregate,
                row,
                expected,
                pending: BTreeMap::new(),
                is_much_pending: false,
            });
        }
        Ok(())
    }

    /// The epoch of a change, where its time tells: there was no other before the first one, and the others are named
    /// after the time at which they began, but for those of early builds, which were counted.
    fn sure_epoch(&self, changed_at: DateTime<Utc>) -> Option<i64> {
        const COUNTED: i64 = 1_000_000_000;
        let began = DateTime::from_timestamp_millis(self.epoch)?;
        let is_sure = self.epoch == 1 || (self.epoch > COUNTED && changed_at > began + TimeDelta::minutes(1));
        is_sure.then_some(self.epoch)
    }

    /// Compares where each stream stands with the positions that were told.
    pub(super) async fn find_streams(
        &mut self,
        conn: &mut PgConnection,
        told: &Streams,
        complete_since: DateTime<Utc>,
    ) -> sqlx::Result<()> {
        for stream in Stream::ALL {
            let mut after = String::new();
            loop {
                let page = match stream {
                    Stream::Tasks => store::task_streams(conn, &after, complete_since, self.epoch).await?,
                    Stream::Notifications => {
                        store::notification_streams(conn, &after, complete_since).await?
                    }
                };
                let Some(last) = page.last() else { break };
                after.clone_from(&last.user_id);
                self.examine(&format!("streams of {}", stream.name()), page.len());
                for end in page {
                    self.suspect_stream(stream, end, told, complete_since);
                }
            }
        }
        Ok(())
    }

    fn suspect_stream(
        &mut self,
        stream: Stream,
        end: StreamEnd,
        told: &Streams,
        complete_since: DateTime<Utc>,
    ) {
        let standing = Standing {
            epoch: self.epoch,
            position: end.position,
            oldest: end.oldest,
            is_last_retained: end.changed_at.is_some_and(|at| at > complete_since),
        };
        if missing(told.of(&end.user_id, stream), &standing).is_empty() || !self.has_room(self.streams.len())
        {
            return;
        }
        self.streams.push(StreamSuspect {
            stream,
            user: end.user_id,
            standing,
            changed_at: end.changed_at,
            pending: Vec::new(),
        });
    }

    /// Looks for living series whose newest occurrence is over, and has been for a while.
    pub(super) async fn find_series(&mut self, conn: &mut PgConnection) -> sqlx::Result<()> {
        let mut after = Uuid::nil();
        loop {
            let page = store::living_series(conn, after, None).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            self.examine("living series", page.len());
            for row in page {
                if lacks_successor(&row, self.late()).is_some() && self.has_room(self.series.len()) {
                    self.series.push((EffectSuspect::of(row.id), row.task_id));
                }
            }
        }
        Ok(())
    }

    /// Compares reminders that are to fire with the schedule.
    pub(super) async fn find_reminders(&mut self, conn: &mut PgConnection) -> sqlx::Result<()> {
        let mut after = Uuid::nil();
        loop {
            let page = store::reminder_states(conn, after, None).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            self.examine("reminders that are to fire", page.len());
            for row in page {
                if misfit_of(&row, self.late()).is_some() && self.has_room(self.reminders.len()) {
                    self.reminders.push((EffectSuspect::of(row.id), row.task_id));
                }
            }
        }
        Ok(())
    }

    /// Notes what the outbox holds of the suspects.
    pub(super) async fn ask_outbox(&mut self, conn: &mut PgConnection) -> sqlx::Result<()> {
        if !store::anything_pending(conn).await? {
            return Ok(());
        }
        for suspect in &mut self.versions {
            suspect.ask_outbox(conn).await?;
        }
        for suspect in &mut self.streams {
            let rows = store::pending(conn, Topic::TaskUpdates.name(), &suspect.user).await?;
            suspect.pending = waiting_positions(&rows, suspect.stream);
        }
        for (suspect, task) in &mut self.series {
            if let Some(task) = task {
                suspect.pending = waiting(conn, Topic::TaskEvents, *task).await?;
            }
        }
        for (suspect, task) in &mut self.reminders {
            suspect.pending = waiting(conn, Topic::Reminders, *task).await?;
        }
        Ok(())
    }

    fn examine(&mut self, what: &str, count: usize) {
        *self.examined.entry(what.to_owned()).or_default() += u64::try_from(count).unwrap_or(u64::MAX);
    }

    fn has_room(&mut self, held: usize) -> bool {
        if held >= NAMED {
            self.dropped += 1;
        }
        held < NAMED
    }
}

impl EffectSuspect {
    const fn of(id: Uuid) -> Self {
        Self { id, pending: None }
    }
}

impl VersionSuspect {
    async fn ask_outbox(&mut self, conn: &mut PgConnection) -> sqlx::Result<()> {
        let topic = self.aggregate.topic();
        let rows = store::pending(conn, topic.name(), &self.row.key.to_string()).await?;
        self.is_much_pending = is_cut(&rows);
        let id = self.row.id.to_string();
        for row in &rows {
            let Some(meta) = facts::fact_of(topic, &row.fingerprint, &row.body) else {
                continue;
            };
            if meta.aggregate_id == id {
                self.pending.insert(meta.version.get(), row.state());
            }
        }
        Ok(())
    }
}

impl PendingRow {
    fn state(&self) -> Pending {
        if self.is_parked {
            Pending::Parked
        } else {
            Pending::OnItsWay
        }
    }
}

async fn waiting(conn: &mut PgConnection, topic: Topic, key: Uuid) -> sqlx::Result<Option<Pending>> {
    let rows = store::pending(conn, topic.name(), &key.to_string()).await?;
    Ok(rows.last().map(PendingRow::state))
}

fn waiting_positions(rows: &[PendingRow], stream: Stream) -> Vec<(Span, Pending)> {
    let decoded = rows.iter().filter_map(|row| {
        let (_, of, span) = facts::update_of(&row.fingerprint, &row.body)?;
        (of == stream).then_some((span, row.state()))
    });
    let mut spans: Vec<(Span, Pending)> = decoded.collect();
    if is_cut(rows)
        && let Some((last, state)) = spans.last().copied()
    {
        let rest = Span {
            from: last.to + 1,
            to: i64::MAX - 1,
            ..last
        };
        spans.push((rest, state));
    }
    spans
}

/// Whether there may be more rows behind these.
fn is_cut(rows: &[PendingRow]) -> bool {
    i64::try_from(rows.len()).is_ok_and(|count| count >= store::PENDING)
}

/// What the audit log lacks of an aggregate now.
pub(super) async fn versions_of(
    conn: &mut PgConnection,
    id: Uuid,
    expected: &Expected,
) -> sqlx::Result<Judgement> {
    let entries = store::entries(conn, id).await?;
    let entries: Vec<Entry> = entries
        .iter()
        .map(|entry| Entry {
            epoch: entry.epoch,
            version: entry.version,
            previous: entry.previous,
        })
        .collect();
    Ok(judge(&entries, expected))
}

/// What must have followed by now and has not, and since when; in words.
pub(super) fn lacks_successor(row: &SeriesRow, late: DateTime<Utc>) -> Option<(String, DateTime<Utc>)> {
    let (Some(slot), Some(_)) = (&row.slot, row.task_id) else {
        let what = format!("occurrence {}, its newest", row.last_ordinal);
        return (row.updated_at < late).then_some((what, row.updated_at));
    };
    let closed_at = row.closed_at?;
    let since = closed_at.max(row.updated_at);
    if since >= late {
        return None;
    }
    let frontier = ClosedFrontier {
        rrule: row.rrule.clone(),
        anchor: row.anchor.clone(),
        missed: row.missed.clone(),
        dtstart: row.dtstart.clone(),
        zone: row.zone.clone(),
        count_base: row.count_base,
        exdates: row.exdates.clone(),
        rdates: row.rdates.clone(),
        ordinal: row.last_ordinal,
        slot: slot.clone(),
        done_at: row.completed_at.unwrap_or(closed_at),
    };
    match successor(&frontier) {
        Ok(next) => next.map(|next| (next, since)),
        Err(why) => Some((format!("an occurrence that nobody can compute: {why}"), since)),
    }
}

/// What is wrong with a reminder, in words.
pub(super) fn misfit_of(row: &ReminderRow, late: DateTime<Utc>) -> Option<String> {
    let state = ReminderState {
        fire_at: row.fire_at,
        scheduled: row.state.clone().map(|state| (state, row.scheduled_for)),
        has_fired: row.has_fired,
    };
    misfit(&state, late)
}

/// The spans of one kind of waiting.
pub(super) fn spans(pending: &[(Span, Pending)], wanted: Pending) -> Vec<Span> {
    let of_kind: BTreeSet<Span> = pending
        .iter()
        .filter(|(_, state)| *state == wanted)
        .map(|(span, _)| *span)
        .collect();
    of_kind.into_iter().collect()
}
