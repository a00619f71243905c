//! Journeys across the services on real processes: `cargo xtask test` starts the stack they need.

mod dead_letters;
mod journeys;
mod local_stack;
mod one_origin;
mod reconcile;
mod series;
mod sub_tasks;
mod tags;
mod traces;
