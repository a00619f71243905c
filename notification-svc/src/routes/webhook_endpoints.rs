//! `/v1/webhook-endpoints`: where reminders are sent to.

pub(super) mod create;
pub(super) mod delete;
pub(super) mod list;
