//! Tests of the HTTP conventions.
