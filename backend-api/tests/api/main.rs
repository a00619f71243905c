//! backend-api on a real Postgres: every route, every refusal, and the events of every change.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod app;

mod account;
mod at_once;
mod bad_input;
mod bad_queries;
mod batch;
mod batch_more;
mod client_ids;
mod closing;
mod commands;
mod concurrency;
mod corners;
mod create;
mod deleting;
mod differential;
mod etags;
mod filters;
mod filters_saved;
mod idempotency;
mod isolation;
mod listing;
mod migrations;
mod more_bad_input;
mod openapi;
mod outage;
mod plans;
mod previews;
mod project_deleting;
mod project_order;
mod projects;
mod quick_add;
mod recurrence;
mod reminders;
mod restore;
mod search;
mod series;
mod settings;
mod stats;
mod sub_tasks;
mod sync;
mod tags;
mod update;
mod versions;
