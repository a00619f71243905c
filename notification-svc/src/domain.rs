//! The rules of reminders and deliveries: pure, without a clock, without I/O.

pub mod address;
pub mod allow_list;
pub mod destination;
pub mod excerpt;
pub mod lateness;
pub mod page;
pub mod pause;
pub mod payload;
pub mod reminder;
pub mod retry;
pub mod secret;
pub mod truth;
