//! REST for tasks, the only relay of the outbox, and the handler of `task-commands`.

/// The migrations of the schema `tasks`, which this service alone writes.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
