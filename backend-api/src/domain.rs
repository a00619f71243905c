//! What a task is and which tasks can be: pure, without I/O and without a clock.
//!
//! Everything is parsed once; inner code takes the parsed types. What makes no sense together is refused with a JSON
//! pointer to the field that is wrong.

pub mod aggregate;
pub mod filter;
pub mod idempotency;
pub mod invalid;
pub mod moment;
pub mod order;
pub mod project;
pub mod recurrence;
pub mod reminder;
pub mod reminder_plan;
pub mod saved_filter;
pub mod settings;
pub mod sort;
pub mod stats;
pub mod successor;
pub mod sync;
pub mod tag;
pub mod task;
pub mod text;
pub mod words;
