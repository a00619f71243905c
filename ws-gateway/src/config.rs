//! What can be set, and what it means for the rest of the program.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;
use service_kit::config::BadConfiguration;
use service_kit::frame::{CallerArgs, Configuration, ProcessArgs};
use service_kit::http::Origin;
use shared_events::kafka::KafkaArgs;

use crate::hub::UnreadLimits;
use crate::window::Limits;

/// How long a new socket may take for its HTTP request.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a position that the feed has not shown yet is waited for: the way from a change's answer to the feed is
/// far shorter, and who waits longer fetches.
const SETTLE_WITHIN: Duration = Duration::from_secs(1);
/// At a stop, sockets are closed one by one over this time, so that not all come back at once.
const LEAVE_WITHIN: Duration = Duration::from_secs(5);
/// How long a peer may take to read the close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Pushes every committed change of a user to all of the user's sockets.
#[derive(Debug, Clone, Parser)]
#[command(name = "ws-gateway", version)]
pub struct Config {
    /// Where sockets are accepted, at GET /v1/stream
    #[arg(long, env = "LISTEN_ADDR", default_value = "127.0.0.1:8083")]
    pub listen_addr: SocketAddr,

    /// Where /healthz, /readyz and /metrics are served
    #[arg(long, env = "ADMIN_ADDR", default_value = "127.0.0.1:9083")]
    pub admin_addr: SocketAddr,

    /// Updates of so many seconds are kept for sockets that come back
    #[arg(long, env = "RECOVERY_WINDOW_SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub recovery_window_seconds: u64,

    /// Most memory for updates that are kept, in bytes
    #[arg(long, env = "WINDOW_BYTES", default_value_t = 64 << 20)]
    pub window_bytes: usize,

    /// Most memory for the kept updates of one user, in bytes
    #[arg(long, env = "WINDOW_BYTES_PER_USER", default_value_t = 1 << 20)]
    pub window_bytes_per_user: usize,

    /// Most memory for updates that are read from the broker and wait to be decoded, in bytes
    #[arg(long, env = "FEED_BYTES", default_value_t = 16 << 20)]
    pub feed_bytes: usize,

    /// Most memory for what one socket has not read yet, in bytes; a slower reader is closed
    #[arg(long, env = "SOCKET_BYTES", default_value_t = 4 << 20)]
    pub socket_bytes: usize,

    /// Most memory for what all sockets together have not read yet, in bytes; those with the most are closed
    #[arg(long, env = "ALL_SOCKETS_BYTES", default_value_t = 256 << 20)]
    pub all_sockets_bytes: usize,

    /// Most sockets at once; the newest are refused
    #[arg(long, env = "MAX_SOCKETS", default_value_t = 10_000)]
    pub max_sockets: usize,

    /// A socket must send its connect message within so many seconds
    #[arg(long, env = "CONNECT_TIMEOUT_SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub connect_timeout_seconds: u64,

    /// A socket that is silent for so many seconds is pinged
    #[arg(long, env = "PING_INTERVAL_SECONDS", default_value_t = 25, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub ping_interval_seconds: u64,

    /// A pinged socket must answer within so many seconds
    #[arg(long, env = "PONG_TIMEOUT_SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub pong_timeout_seconds: u64,

    #[command(flatten)]
    pub kafka: KafkaArgs,

    #[command(flatten)]
    pub callers: CallerArgs,

    #[command(flatten)]
    pub process: ProcessArgs,
}

impl Configuration for Config {
    fn process(&self) -> &ProcessArgs {
        &self.process
    }
}

/// The times and sizes that sessions go by.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Origins that may open a socket from a browser.
    pub allowed_origins: Vec<Origin>,
    /// Most sockets at once.
    pub max_sockets: usize,
    /// How long a new socket may take for its HTTP request.
    pub handshake_timeout: Duration,
    /// How long it may then take for its connect message.
    pub connect_timeout: Duration,
    /// How long the feed may take to reach a position that the client claims.
    pub settle_within: Duration,
    /// Silence after which a socket is pinged.
    pub ping_interval: Duration,
    /// How long it may take to answer, and to read what is written.
    pub pong_timeout: Duration,
    /// How long it may take to read the close frame.
    pub close_timeout: Duration,
    /// At a stop, sockets are closed over this time.
    pub leave_within: Duration,
}

impl Config {
    /// Rules that span several variables.
    pub fn check(&self) -> Result<(), BadConfiguration> {
        if self.socket_bytes < self.window_bytes_per_user {
            let problem = format!(
                "a socket that comes back may be sent all of WINDOW_BYTES_PER_USER ({}), so it must be at least that",
                self.window_bytes_per_user
            );
            return Err(BadConfiguration::new("SOCKET_BYTES", problem));
        }
        if self.all_sockets_bytes < self.socket_bytes {
            let problem = format!(
                "one socket alone may have SOCKET_BYTES ({}) unread",
                self.socket_bytes
            );
            return Err(BadConfiguration::new("ALL_SOCKETS_BYTES", problem));
        }
        Ok(())
    }

    /// What sessions go by.
    #[must_use]
    pub fn settings(&self) -> Settings {
        Settings {
            allowed_origins: self.callers.cors.cors_allowed_origins.clone(),
            max_sockets: self.max_sockets,
            handshake_timeout: HANDSHAKE_TIMEOUT,
            connect_timeout: Duration::from_secs(self.connect_timeout_seconds),
            settle_within: SETTLE_WITHIN,
            ping_interval: Duration::from_secs(self.ping_interval_seconds),
            pong_timeout: Duration::from_secs(self.pong_timeout_seconds),
            close_timeout: CLOSE_TIMEOUT,
            leave_within: LEAVE_WITHIN,
        }
    }

    /// What the window may hold.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            age: self.recovery_window(),
            bytes: self.window_bytes,
            bytes_per_user: self.window_bytes_per_user,
            ..Limits::default()
        }
    }

    /// How much sockets may leave unread.
    #[must_use]
    pub fn unread_limits(&self) -> UnreadLimits {
        UnreadLimits {
            per_socket: self.socket_bytes,
            all_sockets: self.all_sockets_bytes,
        }
    }

    /// How far back updates are read at a start.
    #[must_use]
    pub fn recovery_window(&self) -> Duration {
        Duration::from_secs(self.recovery_window_seconds)
    }
}
