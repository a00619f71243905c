//! The world of the journeys: a running stack seen from outside, as people, dashboards, receivers and operators see it.
//!
//! A [`World`] knows the addresses of a stack and makes [`Person`]s, who call and listen with tokens of their own.
//! Everything that arrives by itself (socket messages, Kafka records, webhook calls) goes with its time of arrival
//! into a [`Journal`], on which one waits with a deadline.

mod background;

pub mod api;
pub mod chaos;
pub mod environment;
pub mod journal;
pub mod kafka;
pub mod measure;
pub mod socket;
pub mod story;
pub mod taskctl;
pub mod timeline;
pub mod tokens;
pub mod wait;
pub mod webhook;
pub mod world;

pub use journal::{Journal, Seen};
pub use wait::wait_until;
pub use world::{Person, World};
