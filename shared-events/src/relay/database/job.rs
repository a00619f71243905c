//! The jobs that the relay has done on its working connections.

use std::sync::Arc;

use sqlx::PgConnection;

use crate::codec::schema::Fingerprint;
use crate::outbox;
use crate::outbox::operator::COUNTED;
use crate::outbox::store::relay::{
    self as store, Backlog, ExcludedArrays, Lanes, OutboxRow, PageRange, Parked,
};
use crate::outbox::{Encoded, Lane, Published};
use crate::relay::cluster::FoundCluster;
use crate::relay::order::{Found, Refill};
use crate::relay::reads::{Examined, Read};
use crate::relay::schedule::{Excluded, Work};

/// Ids that one read walks over at most when it has to leave out rows, which bounds its time.
const WINDOW: i64 = 10_000;

#[derive(Debug, Clone)]
pub(in crate::relay) struct Park {
    pub(in crate::relay) lane: Lane,
    pub(in crate::relay) id: i64,
    pub(in crate::relay) error: String,
}

#[derive(Debug)]
pub(in crate::relay) enum Job {
    Open {
        registry: String,
    },
    /// Compare the cluster that the producer writes to with the one that the database belongs to.
    CheckCluster {
        found: FoundCluster,
    },
    Work(Work),
    Delete(Vec<Published>),
    Park(Park),
    KeepSchemaId {
        registry: String,
        subject: String,
        fingerprint: Fingerprint,
        id: i32,
    },
}

#[derive(Debug)]
pub(in crate::relay) enum Done {
    Opened {
        schema_ids: Vec<(String, Vec<u8>, i32)>,
        parked: Vec<Parked>,
    },
    CheckedCluster {
        found: FoundCluster,
        pinned: String,
    },
    Page {
        read: Read,
        rows: Vec<Found<Arc<Encoded>>>,
        examined: Examined,
    },
    Refilled {
        lanes: Vec<Refill>,
        limit: usize,
        rows: Vec<Found<Arc<Encoded>>>,
    },
    Deleted(Vec<Published>),
    Parked,
    KeptSchemaId,
    Measured {
        backlog: Backlog,
        parked: Vec<Parked>,
    },
}

impl Job {
    pub(super) async fn perform(&self, conn: &mut PgConnection, token: i64) -> Result<Done, sqlx::Error> {
        match self {
            Self::Open { registry } => {
                let schema_ids = store::schema_ids(conn, registry).await?;
                let parked = store::parked(conn).await?;
                Ok(Done::Opened { schema_ids, parked })
            }
            Self::CheckCluster { found } => {
                let pinned = outbox::store::pin_cluster(conn, &found.id).await?;
                let found = found.clone();
                Ok(Done::CheckedCluster { found, pinned })
            }
            Self::Work(Work::Page {
                read,
                excluded,
                reached,
                limit,
            }) => page(conn, token, read, excluded, reached, *limit).await,
            Self::Work(Work::Refill { lanes, limit }) => refill(conn, token, lanes, *limit).await,
            Self::Delete(published) => {
                store::delete(conn, published).await?;
                Ok(Done::Deleted(published.clone()))
            }
            Self::Work(Work::Measure) => {
                let backlog = store::backlog(conn, COUNTED).await?;
                let parked = store::parked(conn).await?;
                Ok(Done::Measured { backlog, parked })
            }
            Self::Park(Park { lane, id, error }) => {
                store::park(conn, lane, *id, error).await?;
                Ok(Done::Parked)
            }
            Self::KeepSchemaId {
                registry,
                subject,
                fingerprint,
                id,
            } => {
                store::keep_schema_id(conn, registry, subject, fingerprint, *id).await?;
                Ok(Done::KeptSchemaId)
            }
        }
    }
}

async fn page(
    conn: &mut PgConnection,
    token: i64,
    read: &Read,
    excluded: &Excluded,
    reached: &[(Lane, i64)],
    limit: usize,
) -> Result<Done, sqlx::Error> {
    let window = match read {
        Read::Fresh { .. } | Read::Sweep { .. } if !excluded.is_empty() => {
            read.narrow_window(store::span(conn, read.after()).await?, WINDOW)
        }
        _ => read.window(),
    };
    let is_plain = excluded.is_empty() && reached.is_empty();
    let rows = match read {
        Read::Fresh { after, holes } if is_plain => {
            store::plain_page(conn, token, *after, holes, rows_limit(limit)).await?
        }
        _ => {
            let range = PageRange {
                topic: read.topic(),
                after: read.after(),
                until: window.until,
                holes: read.holes(),
            };
            let (excluded, reached) = (excluded_arrays(excluded), reached_arrays(reached));
            store::page(conn, token, &range, &excluded, &reached, rows_limit(limit)).await?
        }
    };
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let examined = window.examined(read.after(), &ids, limit);
    Ok(Done::Page {
        read: read.clone(),
        rows: found(rows),
        examined,
    })
}

fn excluded_arrays(excluded: &Excluded) -> ExcludedArrays {
    let Excluded { ids, topics, lanes } = excluded;
    let (topics, read_until) = topics.iter().map(|(topic, id)| (topic.to_string(), id)).unzip();
    ExcludedArrays {
        ids: ids.clone(),
        topics,
        read_until,
        lanes: lanes.iter().collect(),
    }
}

fn reached_arrays(reached: &[(Lane, i64)]) -> (Lanes, Vec<i64>) {
    let lanes = reached.iter().map(|(lane, _)| lane).collect();
    (lanes, reached.iter().map(|(_, id)| *id).collect())
}

async fn refill(
    conn: &mut PgConnection,
    token: i64,
    lanes: &[Refill],
    limit: usize,
) -> Result<Done, sqlx::Error> {
    let after: Vec<i64> = lanes.iter().map(|refill| refill.after).collect();
    let arrays: Lanes = lanes.iter().map(|refill| &refill.lane).collect();
    let rows = store::refill(conn, token, &arrays, &after, rows_limit(limit)).await?;
    Ok(Done::Refilled {
        lanes: lanes.to_vec(),
        limit,
        rows: found(rows),
    })
}

fn rows_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn found(rows: Vec<OutboxRow>) -> Vec<Found<Arc<Encoded>>> {
    rows.into_iter().map(found_row).collect()
}

fn found_row(row: OutboxRow) -> Found<Arc<Encoded>> {
    Found {
        lane: Lane {
            topic: row.topic.as_str().into(),
            key: row.key.as_str().into(),
            source: row.source.as_str().into(),
        },
        id: row.id,
        event_id: row.event_id,
        previous: row.previous,
        bytes: row.body.len() + row.key.len() + row.kind.len() + row.source.len(),
        payload: Arc::new(Encoded {
            topic: row.topic,
            key: row.key,
            event_id: row.event_id,
            kind: row.kind,
            source: row.source,
            fingerprint: row.fingerprint,
            body: row.body,
            occurred_at: row.occurred_at,
            traceparent: row.traceparent,
        }),
    }
}
