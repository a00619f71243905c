//! `GET /v1/audit`: what happened to one task, or to everything of a user, oldest first.
//!
//! Entries are in the order of `occurred_at` (the clock of the database that committed the change, taken under the
//! user's lock, so that it agrees with the versions of one task and with the offsets of one partition), and of event id
//! where that is equal, as it is for all facts of one transaction. So the order does not depend on how the topics were
//! read. A task that is not the caller's and a task that never was look the same: no items.

use actix_web::web::{Data, Json};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use service_kit::auth::Caller;
use service_kit::http::{Query, bad_cursor, bad_query, page_limit};
use service_kit::page;
use service_kit::problem::Problem;
use shared_events::ids::{ActionId, EventId, InvalidId, TaskId, UserId, Version};
use shared_events::outbox;
use sqlx::PgPool;
use utoipa::{IntoParams, ToSchema};

use crate::store::{self, EntryKey, StoredEntry};

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Only those of this task; without it, all of yours.
    #[param(value_type = Option<Uuid>)]
    task_id: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of the log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EntryList {
    /// Oldest first.
    items: Vec<EntryView>,
    /// Where the next page starts; null when this is the last one.
    next_cursor: Option<String>,
}

/// One entry.
#[derive(Debug, Serialize, ToSchema)]
struct EntryView {
    /// Identity of the fact.
    #[schema(value_type = Uuid)]
    event_id: EventId,
    /// What happened, as in `task.completed`.
    kind: String,
    /// The task it belongs to; null for what is about no single task.
    #[schema(value_type = Option<Uuid>)]
    task_id: Option<TaskId>,
    /// What it happened to: task, series, reminder, notification.
    aggregate: String,
    /// Which one of them.
    aggregate_id: String,
    /// The aggregate's version after it.
    #[schema(value_type = i64)]
    version: Version,
    /// Who did it, as in `user:alice` or `service:recurring-svc`.
    actor: String,
    /// What they meant to do: edit, complete, recur, bulk, import.
    intent: String,
    /// Shared by all entries of one action of a user.
    #[schema(value_type = Uuid)]
    action_id: ActionId,
    /// When.
    at: DateTime<Utc>,
    /// Its leaf in the Merkle log; null until it is sequenced.
    leaf_index: Option<i64>,
    /// The topic it was read from.
    topic: String,
    /// The partition it was read from.
    partition: i32,
    /// Its offset there.
    offset: i64,
}

/// Lists what happened.
#[utoipa::path(
    get,
    path = "/v1/audit",
    operation_id = "list_audit_entries",
    tag = "audit",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of entries, oldest first; of a task that is not yours, none", body = EntryList),
    )
)]
pub(super) async fn list(
    caller: Caller,
    query: Query<ListQuery>,
    pool: Data<PgPool>,
) -> Result<Json<EntryList>, Problem> {
    let page = Page::parse(&query)?;
    let entries = read(&pool, &caller.user, &page).await?;
    Ok(Json(EntryList::new(entries, &page)))
}

/// The query, parsed.
struct Page {
    task_id: Option<TaskId>,
    limit: i64,
    after: Option<EntryKey>,
}

impl Page {
    fn parse(query: &ListQuery) -> Result<Self, Problem> {
        let task_id = query.task_id.as_deref().map(str::parse).transpose();
        let task_id = task_id
            .map_err(|error: InvalidId| bad_query("task_id", format!("is not a UUID: {}", error.why)))?;
        let list = cursor_list(task_id);
        let after = query
            .cursor
            .as_deref()
            .map(|text| page::read_place(&list, text).ok_or_else(bad_cursor))
            .transpose()?;
        Ok(Self {
            task_id,
            limit: page_limit(query.limit)?,
            after,
        })
    }
}

/// What a cursor is of: with another filter it would leave entries out.
fn cursor_list(task_id: Option<TaskId>) -> String {
    task_id.map_or_else(|| "audit".to_owned(), |task_id| format!("audit {task_id}"))
}

/// One entry more than asked for tells whether there is a next page.
async fn read(pool: &PgPool, user: &UserId, page: &Page) -> Result<Vec<StoredEntry>, sqlx::Error> {
    let mut tx = pool.begin().await?;
    outbox::act_as(&mut tx, user.as_str()).await?;
    let limit = page.limit.saturating_add(1);
    let entries = match page.task_id {
        Some(task_id) => store::entries_of_task(&mut tx, user, task_id, page.after, limit).await?,
        None => store::entries_of_user(&mut tx, user, page.after, limit).await?,
    };
    tx.commit().await?;
    Ok(entries)
}

impl EntryList {
    fn new(mut entries: Vec<StoredEntry>, page: &Page) -> Self {
        let list = cursor_list(page.task_id);
        let next_cursor = page::cut(&mut entries, page.limit)
            .map(|last| page::place(&list, last.occurred_at, last.event_id));
        Self {
            items: entries.into_iter().map(EntryView::from).collect(),
            next_cursor,
        }
    }
}

impl From<StoredEntry> for EntryView {
    fn from(entry: StoredEntry) -> Self {
        Self {
            event_id: entry.event_id,
            kind: entry.kind,
            task_id: entry.task_id,
            aggregate: entry.aggregate,
            aggregate_id: entry.aggregate_id,
            version: entry.version,
            actor: entry.actor,
            intent: entry.intent,
            action_id: entry.action_id,
            at: entry.occurred_at,
            leaf_index: None,
            topic: entry.topic,
            partition: entry.partition,
            offset: entry.offset,
        }
    }
}
