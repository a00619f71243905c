//! The ways a reminder reaches its user. E-mail becomes a third file here.

pub mod inbox;
pub mod webhook;
