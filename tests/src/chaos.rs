//! The fault suite, which contains the kill test: services are killed, stopped and frozen, servers are taken away and
//! topics are spoilt under load, and an oracle that shares nothing with our consumer runtime or relay compares what
//! people were promised with what the database, the topics and the effects hold.
//!
//! [`load`] (people who make changes, and [`screen`]s that watch), [`fault`] (what is done to the services of the
//! [`fleet`], to [`servers`] and to what is between them, the [`proxy`]), [`recorder`] (what is seen meanwhile),
//! [`oracle`] (what must be true afterwards) and [`report`].

pub mod fault;
pub mod fleet;
pub mod load;
pub mod observations;
pub mod oracle;
pub mod proxy;
pub mod recorder;
pub mod report;
pub mod restore;
pub mod run;
pub mod screen;
pub mod servers;
pub mod setup;
