//! The second sight: what is still missing after the topics were read, and whose turn it is.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use shared_events::topic::{Service, Topic};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::findings::{audit_finding, place_of, retry, series_finding, set_back, version_finding};
use super::suspects::{
    EffectSuspect, Pending, StreamSuspect, Suspects, VersionSuspect, lacks_successor, misfit_of, spans,
    versions_of,
};
use super::{Look, Offsets};
use crate::reconcile::positions::{missing, subtract};
use crate::reconcile::records::Records;
use crate::reconcile::report::{Finding, Kind, Outcome, State};
use crate::reconcile::store::{ReminderRow, StoredEntry};
use crate::reconcile::{NAMED, store};

/// For what is nowhere.
const NEVER_PUBLISHED: &str = "event: nothing can publish it again; the next change of the same thing tells its whole state, and \
     docs/RUNBOOK.md says where to look for the cause";
const NOT_TOLD: &str = "position: a screen puts itself right with GET /v1/sync; docs/RUNBOOK.md says where to look for the cause";
const TWICE: &str = "doubled: the log keeps both; docs/RUNBOOK.md says where to look for the cause";

/// What is known by now.
struct Judge<'a> {
    conn: &'a mut PgConnection,
    records: &'a Records,
    /// Read before the effects were asked for again.
    offsets: Offsets,
    /// Before this, whatever was to come of a change should have come.
    late: DateTime<Utc>,
    outcome: Outcome,
}

impl Look {
    /// Judges what seemed to be missing, after the topics were read once more.
    pub(super) async fn judge(&mut self, suspects: Suspects) -> anyhow::Result<Outcome> {
        let (offsets, stopped) = self.offsets().await?;
        self.records.ask_again(&mut self.conn).await?;
        let mut judge = Judge {
            conn: &mut self.conn,
            records: &self.records,
            offsets,
            late: suspects.late(),
            outcome: Outcome {
                examined: suspects.examined,
                unnamed: suspects.dropped,
                stopped,
                ..Outcome::default()
            },
        };
        judge.unaudited().await?;
        judge.versions(&suspects.versions).await?;
        judge.streams(&suspects.streams);
        judge.series(&suspects.series).await?;
        judge.reminders(&suspects.reminders).await?;
        judge.outcome.findings.sort();
        Ok(judge.outcome)
    }
}

/// Whether a consumer has passed a place, and how.
enum Turn {
    NotYet,
    DeadLettered,
    /// As a dead letter that an operator has dropped, which the audit log says.
    Dropped,
    Over,
}

impl Judge<'_> {
    /// Records that the audit log lacks: passed over, set aside, or not reached yet.
    async fn unaudited(&mut self) -> sqlx::Result<()> {
        let records = self.records;
        let mut passed_over = Vec::new();
        for (event, record) in &records.unaudited {
            let place = (record.topic.name(), record.partition, record.offset);
            match self.passed(Service::AuditSvc, place).await? {
                Turn::NotYet => self.wait(Kind::Audit),
                Turn::DeadLettered => {
                    let id = format!(
                        "{}/{}/{}/{}",
                        Service::AuditSvc,
                        record.topic,
                        record.partition,
                        record.offset
                    );
                    let finding = audit_finding(event, record, State::DeadLettered);
                    self.find(Finding {
                        way_out: format!(
                            "audit: `taskctl dlq show {id}`, then `taskctl dlq redrive {id} --reason TEXT`"
                        ),
                        ..finding
                    });
                }
                Turn::Dropped => {}
                Turn::Over => passed_over.push((event, record)),
            }
        }
        let mut lowest: BTreeMap<(Topic, i32), i64> = BTreeMap::new();
        for (_, record) in &passed_over {
            let offset = lowest
                .entry((record.topic, record.partition))
                .or_insert(record.offset);
            *offset = record.offset.min(*offset);
        }
        for (event, record) in passed_over {
            let offset = lowest.get(&(record.topic, record.partition)).copied();
            let way_out = set_back(
                Service::AuditSvc,
                record.topic,
                record.partition,
                offset.unwrap_or(record.offset),
            );
            self.find(Finding {
                way_out: format!("audit: {way_out}"),
                ..audit_finding(event, record, State::Gap)
            });
        }
        Ok(())
    }

    async fn versions(&mut self, suspects: &[VersionSuspect]) -> sqlx::Result<()> {
        let records = self.records.unaudited.values();
        let on_topic: BTreeSet<(&str, i64)> = records
            .map(|record| (&*record.aggregate_id, record.version))
            .collect();
        for suspect in suspects {
            let judgement = versions_of(self.conn, suspect.row.id, &suspect.expected).await?;
            let id = suspect.row.id.to_string();
            for version in &judgement.missing {
                // It has a finding of its own.
                if !on_topic.contains(&(id.as_str(), *version)) {
                    self.nowhere(suspect, *version);
                }
            }
            for version in &judgement.doubled {
                self.find(Finding {
                    missing: "nothing: the audit log has it twice".to_owned(),
                    way_out: TWICE.to_owned(),
                    ..version_finding(suspect, *version, Kind::Doubled, State::Gap)
                });
            }
        }
        Ok(())
    }

    /// A version that is neither in the audit log nor on the topic.
    fn nowhere(&mut self, suspect: &VersionSuspect, version: i64) {
        match suspect.pending.get(&version) {
            Some(Pending::OnItsWay) => self.wait(Kind::Event),
            None if suspect.is_much_pending => self.wait(Kind::Event),
            Some(Pending::Parked) => self.find(Finding {
                missing: "its event, which the broker refused".to_owned(),
                way_out: retry(suspect.aggregate.topic(), &suspect.row.key.to_string()),
                ..version_finding(suspect, version, Kind::Event, State::Parked)
            }),
            None => self.find(Finding {
                missing: format!(
                    "its event: not in the outbox, not on {}, not in the audit log",
                    suspect.aggregate.topic()
                ),
                way_out: NEVER_PUBLISHED.to_owned(),
                ..version_finding(suspect, version, Kind::Event, State::Gap)
            }),
        }
    }

    fn streams(&mut self, suspects: &[StreamSuspect]) {
        for suspect in suspects {
            let told = self.records.streams.of(&suspect.user, suspect.stream);
            let lacking = missing(told, &suspect.standing);
            let after_waiting = subtract(&lacking, &spans(&suspect.pending, Pending::OnItsWay));
            if after_waiting != lacking {
                self.wait(Kind::Position);
            }
            let parked = spans(&suspect.pending, Pending::Parked);
            let gaps = subtract(&after_waiting, &parked);
            let finding = |span| Finding {
                state: State::Gap,
                kind: Kind::Position,
                user: suspect.user.clone(),
                what: "positions of".to_owned(),
                id: suspect.stream.name().to_owned(),
                version: None,
                positions: Some(span),
                event_id: None,
                place: None,
                missing: format!("its record on {}", Topic::TaskUpdates),
                since: suspect.changed_at,
                way_out: NOT_TOLD.to_owned(),
            };
            for span in &gaps {
                self.find(finding(*span));
            }
            for span in subtract(&after_waiting, &gaps) {
                self.find(Finding {
                    state: State::Parked,
                    way_out: retry(Topic::TaskUpdates, &suspect.user),
                    ..finding(span)
                });
            }
        }
    }

    async fn series(&mut self, suspects: &[(EffectSuspect, Option<Uuid>)]) -> sqlx::Result<()> {
        for (suspect, task) in suspects {
            let rows = store::living_series(self.conn, Uuid::nil(), Some(&[suspect.id])).await?;
            let Some(row) = rows.first() else { continue };
            let Some((next, since)) = lacks_successor(row, self.late) else {
                continue;
            };
            let state = match suspect.pending {
                Some(Pending::OnItsWay) => {
                    self.wait(Kind::Successor);
                    continue;
                }
                Some(Pending::Parked) => State::Parked,
                None => State::Gap,
            };
            let closing = match row.task_id {
                Some(task) => newest(store::entries(self.conn, task).await?),
                None => None,
            };
            let way_out = match (task, state, &closing) {
                (Some(task), State::Parked, _) => retry(Topic::TaskEvents, &task.to_string()),
                (_, _, Some(entry)) if entry.topic == Topic::TaskEvents.name() => format!(
                    "successor: `taskctl dlq list`; if its task is not there, scale recurring-svc to 0, and {}",
                    set_back(
                        Service::RecurringSvc,
                        Topic::TaskEvents,
                        entry.partition,
                        entry.offset
                    )
                ),
                _ => "successor: `taskctl dlq list`; else reopen the occurrence and complete it again"
                    .to_owned(),
            };
            self.find(series_finding(row, state, next, since, closing.as_ref(), way_out));
        }
        Ok(())
    }

    async fn reminders(&mut self, suspects: &[(EffectSuspect, Uuid)]) -> sqlx::Result<()> {
        for (suspect, _) in suspects {
            let rows = store::reminder_states(self.conn, Uuid::nil(), Some(&[suspect.id])).await?;
            let Some(row) = rows.first() else { continue };
            let Some(misfit) = misfit_of(row, self.late) else {
                continue;
            };
            let told = newest(store::entries(self.conn, row.id).await?);
            let told = told.filter(|entry| entry.version == row.version);
            let told = told.filter(|entry| entry.topic == Topic::Reminders.name());
            self.reminder(suspect, row, misfit, told).await?;
        }
        Ok(())
    }

    async fn reminder(
        &mut self,
        suspect: &EffectSuspect,
        row: &ReminderRow,
        misfit: String,
        told: Option<StoredEntry>,
    ) -> sqlx::Result<()> {
        let finding = |state, way_out: String| Finding {
            state,
            kind: Kind::Reminder,
            user: row.user_id.clone(),
            what: "reminder".to_owned(),
            id: row.id.to_string(),
            version: Some(row.version),
            positions: None,
            event_id: None,
            place: told.as_ref().map(place_of),
            missing: format!("it {misfit}"),
            since: Some(row.changed_at),
            way_out: format!("reminder: {way_out}"),
        };
        match suspect.pending {
            Some(Pending::OnItsWay) => {
                self.wait(Kind::Reminder);
                return Ok(());
            }
            Some(Pending::Parked) => {
                let way_out = retry(Topic::Reminders, &row.task_id.to_string());
                self.find(finding(State::Parked, way_out));
                return Ok(());
            }
            None => {}
        }
        let Some(entry) = &told else {
            // Without its entry nobody knows where its record lies.
            if row.changed_at < self.late {
                let way_out = "change the reminder or its task, which tells of it anew".to_owned();
                self.find(finding(State::Gap, way_out));
            } else {
                self.wait(Kind::Reminder);
            }
            return Ok(());
        };
        let place = (Topic::Reminders.name(), entry.partition, entry.offset);
        match self.passed(Service::NotificationSvc, place).await? {
            Turn::NotYet => self.wait(Kind::Reminder),
            Turn::DeadLettered => {
                let id = format!(
                    "{}/{}/{}/{}",
                    Service::NotificationSvc,
                    entry.topic,
                    entry.partition,
                    entry.offset
                );
                let way_out =
                    format!("`taskctl dlq show {id}`, then `taskctl dlq redrive {id} --reason TEXT`");
                self.find(finding(State::DeadLettered, way_out));
            }
            Turn::Dropped => {}
            Turn::Over if row.fire_at < self.late && row.state.is_some() => {
                let way_out =
                    "see `/readyz` and the log of notification-svc: its scheduler is late".to_owned();
                self.find(finding(State::Gap, way_out));
            }
            Turn::Over => {
                let way_out = set_back(
                    Service::NotificationSvc,
                    Topic::Reminders,
                    entry.partition,
                    entry.offset,
                );
                self.find(finding(State::Gap, way_out));
            }
        }
        Ok(())
    }

    async fn passed(&mut self, service: Service, place: (&str, i32, i64)) -> sqlx::Result<Turn> {
        let (topic, partition, offset) = place;
        let group = service.group();
        let key = (group.to_owned(), topic.to_owned(), partition);
        let next = self.offsets.get(&key).copied().unwrap_or(0);
        if offset >= next {
            return Ok(Turn::NotYet);
        }
        let hole = store::hole(self.conn, group, topic, partition, offset).await?;
        Ok(match hole.as_deref() {
            None => Turn::Over,
            Some("dropped") => Turn::Dropped,
            // One that is redriven and has no effect yet may become a dead letter again.
            Some(_) => Turn::DeadLettered,
        })
    }

    fn wait(&mut self, kind: Kind) {
        *self.outcome.waiting.entry(kind.name()).or_default() += 1;
    }

    fn find(&mut self, finding: Finding) {
        if self.outcome.findings.len() < NAMED {
            self.outcome.findings.push(finding);
        } else {
            self.outcome.unnamed += 1;
        }
    }
}

/// The last word on an aggregate.
fn newest(entries: Vec<StoredEntry>) -> Option<StoredEntry> {
    entries.into_iter().next_back()
}
