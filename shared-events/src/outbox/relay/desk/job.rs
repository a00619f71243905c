//! The jobs that the relay has done on its working connection.

use std::sync::Arc;

use sqlx::PgConnection;

use crate::{
    codec::schema::Fingerprint,
    outbox::{
        queue::{Found, Lane, Refill},
        reading::{Examined, Read},
        store::relay::{self as store, Backlog, Except, Parked, Row},
    },
};

/// Ids that one read walks over at most when it has to leave out rows, which bounds its time.
const WINDOW: i64 = 10_000;

/// Pending rows are counted up to this.
const COUNTED: i64 = 100_000;

/// A key to be set aside.
#[derive(Clone, Debug)]
pub(in crate::outbox::relay) struct Park {
    pub(in crate::outbox::relay) lane: Lane,
    pub(in crate::outbox::relay) id: i64,
    pub(in crate::outbox::relay) error: String,
}

/// A read of a page.
#[derive(Debug)]
pub(in crate::outbox::relay) struct PageOf {
    pub(in crate::outbox::relay) read: Read,
    pub(in crate::outbox::relay) except: Except,
    pub(in crate::outbox::relay) limit: i64,
}

/// What is to be done.
#[derive(Debug)]
pub(in crate::outbox::relay) enum Job {
    Open {
        registry: String,
    },
    Page(PageOf),
    Refill {
        lanes: Vec<Refill>,
        limit: i64,
    },
    Delete(Vec<i64>),
    Park(Park),
    KeepSchemaId {
        registry: String,
        subject: String,
        fingerprint: Fingerprint,
        id: i32,
    },
    Survey,
}

/// What was done.
#[derive(Debug)]
pub(in crate::outbox::relay) enum Done {
    Opened {
        schema_ids: Vec<(String, Vec<u8>, i32)>,
        parked: Vec<Parked>,
    },
    Page {
        read: Read,
        rows: Vec<Found<Arc<Row>>>,
        examined: Examined,
    },
    Refilled {
        lanes: Vec<Refill>,
        limit: i64,
        rows: Vec<Found<Arc<Row>>>,
    },
    Deleted(Vec<i64>),
    Parked,
    KeptSchemaId,
    Surveyed {
        backlog: Backlog,
        parked: Vec<Parked>,
    },
}

impl Job {
    pub(super) async fn perform(&self, conn: &mut PgConnection, token: i64) -> Result<Done, sqlx::Error> {
        match self {
            Self::Open { registry } => {
                let schema_ids = store::schema_ids(conn, registry).await?;
                Ok(Done::Opened {
                    schema_ids,
                    parked: store::parked(conn).await?,
                })
            }
            Self::Page(page) => page.perform(conn, token).await,
            Self::Refill { lanes, limit } => refill(conn, token, lanes, *limit).await,
            Self::Delete(ids) => {
                store::delete(conn, ids).await?;
                Ok(Done::Deleted(ids.clone()))
            }
            Self::Park(park) => {
                let Lane { topic, key } = &park.lane;
                store::park(conn, topic, key, park.id, &park.error).await?;
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
            Self::Survey => {
                let backlog = store::backlog(conn, COUNTED).await?;
                Ok(Done::Surveyed {
                    backlog,
                    parked: store::parked(conn).await?,
                })
            }
        }
    }
}

impl PageOf {
    async fn perform(&self, conn: &mut PgConnection, token: i64) -> Result<Done, sqlx::Error> {
        let (after, until, holes) = match &self.read {
            Read::Fresh { after, holes } => (*after, i64::MAX, holes.as_slice()),
            Read::Sweep { after, until } => (*after, *until, [].as_slice()),
        };
        let window = if self.except.is_empty() {
            Window::open(until)
        } else {
            self.window(conn, after, until).await?
        };
        let rows = store::page(
            conn,
            token,
            (after, window.until),
            holes,
            &self.except,
            self.limit,
        )
        .await?;
        let beyond = rows.iter().filter(|row| row.id > after).count();
        let last = rows.last().map_or(after, |row| row.id.max(after));
        let full = i64::try_from(beyond).is_ok_and(|beyond| beyond >= self.limit);
        let examined = if full {
            Examined {
                until: last,
                more: true,
            }
        } else {
            window.examined(last)
        };
        Ok(Done::Page {
            read: self.read.clone(),
            rows: found(rows),
            examined,
        })
    }

    async fn window(&self, conn: &mut PgConnection, after: i64, until: i64) -> Result<Window, sqlx::Error> {
        let window = match store::span(conn, after).await? {
            Some((first, last)) if first <= until => {
                let end = first.saturating_add(WINDOW).min(last).min(until);
                Window {
                    until: end,
                    bounded: true,
                    more: end < last.min(until),
                }
            }
            _ => Window {
                until: after,
                bounded: true,
                more: false,
            },
        };
        Ok(window)
    }
}

/// Up to which id a read goes, and whether rows are known to lie beyond.
struct Window {
    until: i64,
    bounded: bool,
    more: bool,
}

impl Window {
    fn open(until: i64) -> Self {
        Self {
            until,
            bounded: false,
            more: false,
        }
    }

    /// How far a read came that was not cut short by its limit.
    fn examined(&self, last: i64) -> Examined {
        let until = if self.bounded { self.until } else { last };
        Examined {
            until,
            more: self.more,
        }
    }
}

async fn refill(
    conn: &mut PgConnection,
    token: i64,
    lanes: &[Refill],
    limit: i64,
) -> Result<Done, sqlx::Error> {
    let topics: Vec<String> = lanes.iter().map(|refill| refill.lane.topic.to_string()).collect();
    let keys: Vec<String> = lanes.iter().map(|refill| refill.lane.key.to_string()).collect();
    let after: Vec<i64> = lanes.iter().map(|refill| refill.after).collect();
    let rows = store::refill(conn, token, (&topics, &keys, &after), limit).await?;
    Ok(Done::Refilled {
        lanes: lanes.to_vec(),
        limit,
        rows: found(rows),
    })
}

fn found(rows: Vec<Row>) -> Vec<Found<Arc<Row>>> {
    rows.into_iter().map(found_row).collect()
}

fn found_row(row: Row) -> Found<Arc<Row>> {
    Found {
        lane: Lane {
            topic: row.topic.as_str().into(),
            key: row.key.as_str().into(),
        },
        id: row.id,
        previous: row.previous,
        bytes: row.body.len() + row.key.len() + row.kind.len() + row.source.len(),
        payload: Arc::new(row),
    }
}
