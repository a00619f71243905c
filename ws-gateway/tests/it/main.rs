//! A real gateway in this process, real sockets, and updates through a channel or from a mock broker.
#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

mod bad_input;
mod document;
mod feed;
mod live;
mod process;
mod real_broker;
mod recovery;
mod registry;
mod stop;
mod support;
