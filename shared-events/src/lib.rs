//! Stub.

pub mod producer;
