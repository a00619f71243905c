//! The world of the journeys: a running stack seen from outside.
#![doc = ""]
#![doc = include_str!("../README.md")]

mod background;

pub mod api;
pub mod chaos;
pub mod dead_letters;
pub mod environment;
pub mod journal;
pub mod kafka;
pub mod measure;
pub mod origin;
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
