//! audit-svc on a real Postgres: the log, its privileges, and the API.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod api;
mod batches;
mod facts;
mod log;
mod privileges;
mod service;
