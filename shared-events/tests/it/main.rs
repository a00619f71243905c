//! Integration tests of shared-events.

mod schemas;
