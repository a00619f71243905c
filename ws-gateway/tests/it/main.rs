//! A real gateway in this process, real sockets, and updates through a channel or from a mock broker.

mod bad_input;
mod feed;
mod live;
mod recovery;
mod stop;
mod support;
