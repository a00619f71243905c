//! The kill test: services are killed and stopped under load, and an oracle that shares nothing with our consumer
//! runtime or relay compares what people were promised with what the database, the topics and the effects hold.
//!
//! Four parts, so that other faults can take the place of kills: [`load`] (people who make changes, and [`screen`]s
//! that watch), [`fault`] (what is done to the services of the [`fleet`]), [`oracle`] (what must be true afterwards)
//! and [`report`].

pub mod fault;
pub mod fleet;
pub mod load;
pub mod observations;
pub mod oracle;
pub mod proxy;
pub mod report;
pub mod run;
pub mod screen;
pub mod servers;
pub mod setup;
