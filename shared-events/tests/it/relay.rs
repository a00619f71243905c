//! The relay between a real Postgres and a mock cluster: nothing lost, nothing out of turn, whatever fails.

mod faults;
mod handover;
mod identity;
mod proxy;
mod reading;
mod world;
