//! The service over published events, over a broker, and as a process.

mod broker;
mod examples;
mod preview;
mod process;
mod wait;
