//! `GET /v1/me/export`.

use std::collections::VecDeque;

use actix_web::web::Bytes;
use actix_web::{HttpResponse, web};
use futures_util::stream;
use serde::Serialize;
use shared_events::ids::{Epoch, Position, UserId};

use crate::error::Error;
use crate::routes::api::Api;
use crate::routes::call::Call;
use crate::routes::sync::{SyncItem, items};
use crate::store;

/// So many items are read at a time.
const PART: i64 = 200;

/// The last line, which says that nothing is missing.
#[derive(Serialize)]
struct End {
    r#type: &'static str,
    position: Position,
    epoch: Epoch,
}

/// Lines that were read, and where to go on.
struct Export {
    api: web::Data<Api>,
    user: UserId,
    lines: VecDeque<Bytes>,
    /// None at the end.
    after: Option<Position>,
}

/// Export everything
///
/// Newline-delimited JSON: a line for each task, series, project, tag and filter and for the settings, as `/v1/sync` has them, in the order
/// of their last change, and at last a line of type `end` with the position that all of it stands at: without that line
/// something is missing. What is changed while it is read comes once more, and the later line holds.
#[utoipa::path(
    get, path = "/v1/me/export", operation_id = "export_account", tag = "me",
    responses((status = 200, body = String, content_type = "application/x-ndjson")),
)]
pub async fn export(call: Call, api: web::Data<Api>) -> Result<HttpResponse, Error> {
    let mut export = Export {
        api,
        user: call.user,
        lines: VecDeque::new(),
        after: Some(Position(0)),
    };
    // What fails now is a problem and not half an export.
    export.read_on().await?;
    let lines = stream::unfold(export, async |mut export: Export| {
        let line = export.next().await.transpose()?;
        Some((line, export))
    });
    Ok(HttpResponse::Ok()
        .content_type("application/x-ndjson")
        .insert_header(("Content-Disposition", "attachment; filename=\"taskwire.ndjson\""))
        .streaming(Box::pin(lines)))
}

impl Export {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        while self.lines.is_empty() && self.after.is_some() {
            self.read_on().await?;
        }
        Ok(self.lines.pop_front())
    }

    /// Reads the next part, in a transaction of its own: a slow reader keeps no snapshot open.
    async fn read_on(&mut self) -> Result<(), Error> {
        let Some(after) = self.after else {
            return Ok(());
        };
        let user = &self.user;
        let (mut found, progress) = self
            .api
            .read(user, async |conn| {
                let progress = store::users::progress(conn, user).await?;
                let found = items(conn, user, after, progress.position, PART + 1).await?;
                Ok((found, progress))
            })
            .await?;
        let part = usize::try_from(PART).unwrap_or(usize::MAX);
        let is_more = found.len() > part;
        found.truncate(part);
        self.after = found.last().map(SyncItem::position).filter(|_| is_more);
        for item in found.iter().filter(|item| !item.is_tombstone()) {
            self.lines.push_back(line(item)?);
        }
        if self.after.is_none() {
            self.lines.push_back(line(&End {
                r#type: "end",
                position: progress.position,
                epoch: progress.epoch,
            })?);
        }
        Ok(())
    }
}

fn line(item: &impl Serialize) -> Result<Bytes, Error> {
    let mut line = serde_json::to_vec(item).map_err(service_kit::problem::Problem::internal)?;
    line.push(b'\n');
    Ok(line.into())
}
