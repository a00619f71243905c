//! Every committed change to every open socket of its user, in order and without gaps.
#![doc = ""]
#![doc = include_str!("../README.md")]

pub mod config;
pub mod startup;

pub mod accept;
pub mod handshake;
pub mod protocol;
pub mod session;

pub mod hub;
pub mod window;

pub mod feed;
pub mod update;

pub mod metrics;
