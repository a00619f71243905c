//! What is killed.

use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The backend-api that holds the relay's lease, while another one runs.
    Holder,
    /// The only backend-api, which is started again at once.
    OnlyHolder,
    /// Started again at once.
    Broker,
    /// Started again at once.
    Postgres,
}

impl Fault {
    /// In the order of the table.
    pub(super) const ALL: [Self; 4] = [Self::Holder, Self::OnlyHolder, Self::Broker, Self::Postgres];
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Holder => "lease holder of two",
            Self::OnlyHolder => "lease holder alone",
            Self::Broker => "broker",
            Self::Postgres => "Postgres",
        })
    }
}
