//! `/v1/notifications`: the inbox.

pub(super) mod list;
pub(super) mod read;
