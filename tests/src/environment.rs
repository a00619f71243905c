//! Where the stack is: what `cargo xtask up` and `cargo xtask test` say in the environment.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Parser};
use reqwest::Url;
use shared_events::kafka::KafkaArgs;

/// The addresses of a running stack, as `.taskwire/env` has them.
#[derive(Debug, Clone, Args)]
pub struct Environment {
    /// backend-api
    #[arg(long, env = "API_URL")]
    pub api_url: Url,

    /// notification-svc
    #[arg(long, env = "NOTIFICATION_URL")]
    pub notification_url: Url,

    /// audit-svc
    #[arg(long, env = "AUDIT_URL")]
    pub audit_url: Url,

    /// ws-gateway, as in ws://127.0.0.1:8083
    #[arg(long, env = "WS_URL")]
    pub ws_url: Url,

    /// PostgreSQL as its superuser, for taskctl
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: String,

    /// The issuer of the local stack, which the services trust there
    #[arg(long, env = "LOCAL_ISSUER", default_value = "taskwire-local")]
    pub local_issuer: String,

    /// The audience that the services ask for
    #[arg(long, env = "JWT_AUDIENCE", default_value = "taskwire")]
    pub jwt_audience: String,

    /// The stack's own directory, which holds the key that signs local tokens
    #[arg(long, env = "TASKWIRE_STATE_DIR", default_value = ".taskwire")]
    pub taskwire_state_dir: PathBuf,

    /// The key that signs local tokens, PKCS #8 in PEM [default: keys/local.pem in the stack's directory]
    #[arg(long, env = "JWT_PRIVATE_KEY")]
    pub jwt_private_key: Option<PathBuf>,

    /// The id under which the services know that key
    #[arg(long, env = "JWT_KEY_ID")]
    pub jwt_key_id: Option<String>,

    /// Where the built binaries are [default: beside this one]
    #[arg(long, env = "TASKWIRE_BIN_DIR")]
    pub taskwire_bin_dir: Option<PathBuf>,

    #[command(flatten)]
    pub kafka: KafkaArgs,
}

impl Environment {
    /// Where the key is that signs local tokens.
    pub fn key_path(&self) -> PathBuf {
        self.jwt_private_key
            .clone()
            .unwrap_or_else(|| self.taskwire_state_dir.join("keys/local.pem"))
    }

    /// Reads the environment alone, for tests, which have no command line of their own.
    pub fn read() -> anyhow::Result<Self> {
        #[derive(Parser)]
        struct Bare {
            #[command(flatten)]
            environment: Environment,
        }
        let bare = Bare::try_parse_from(["tests"]);
        let bare = bare.context("no stack in the environment: run `cargo xtask test`")?;
        Ok(bare.environment)
    }
}
