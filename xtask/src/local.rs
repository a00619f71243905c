//! The commands around the local stack.

pub(crate) mod demo;
pub(crate) mod down;
pub(crate) mod logs;
pub(crate) mod status;
pub(crate) mod taskctl;
pub(crate) mod token;
pub(crate) mod up;
