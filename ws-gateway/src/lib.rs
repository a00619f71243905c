//! ws-gateway: every committed change to every open socket of its user, in order and without gaps.
//!
//! The way of a change, room by room: [`feed`] reads it from `task-updates`, [`update`] turns it into a message,
//! [`hub`] keeps it in the [`window`] and hands it to the [`session`] of each socket. The way of a socket: [`accept`],
//! [`handshake`], [`session`], which speaks [`protocol`].

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
