//! What is audit-svc's own: the consumer, the API, and what they share.

use std::net::{SocketAddr, TcpListener};

use actix_web::web;
use service_kit::frame::{CallerPort, Frame, listen};
use service_kit::lifecycle::Lifecycle;
use service_kit::pg;
use shared_events::topic::Service;
use sqlx::PgPool;

use crate::config::Config;
use crate::{consumer, routes};

/// The service's name everywhere.
pub const SERVICE: &str = Service::AuditSvc.name();

/// The service, its ports bound and nothing running yet.
#[derive(Debug)]
pub struct Application {
    config: Config,
    callers: CallerPort,
    admin: TcpListener,
    pool: PgPool,
}

/// Starts the service under the lifecycle.
///
/// # Errors
/// What cannot be used as it is configured.
pub async fn start(config: Config, lifecycle: Lifecycle) -> anyhow::Result<()> {
    Application::build(config).await?.start(&lifecycle)
}

impl Application {
    /// Checks what only now can be checked, then binds the ports.
    pub async fn build(config: Config) -> anyhow::Result<Self> {
        Ok(Self {
            callers: CallerPort::bind(config.listen_addr, &config.callers).await?,
            admin: listen(config.admin_addr, "ADMIN_ADDR")?,
            pool: pg::connect(&config.pg, SERVICE)?,
            config,
        })
    }

    pub fn api_addr(&self) -> std::io::Result<SocketAddr> {
        self.callers.address()
    }

    pub fn admin_addr(&self) -> std::io::Result<SocketAddr> {
        self.admin.local_addr()
    }

    pub fn start(self, lifecycle: &Lifecycle) -> anyhow::Result<()> {
        let frame = Frame::new(SERVICE, lifecycle);
        frame.watch_database(&self.pool, pg::admit_any);
        consumer::start(&frame, &self.config, &self.pool);
        let pool = web::Data::new(self.pool);
        frame.serve(self.callers, move |service| {
            service.app_data(pool.clone()).configure(routes::configure);
        })?;
        frame.open(self.admin)?;
        Ok(())
    }
}
