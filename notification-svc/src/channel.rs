//! The ways a reminder reaches its user.

pub mod webhook;
