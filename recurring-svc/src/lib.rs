//! Finished occurrence in, command for the next occurrence out.
#![doc = ""]
#![doc = include_str!("../README.md")]

pub mod config;
pub mod startup;

pub mod handler;

pub mod domain;
