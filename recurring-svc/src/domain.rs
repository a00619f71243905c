//! What recurring-svc knows: which facts close an occurrence, and what follows a closed one.

pub mod successor;
