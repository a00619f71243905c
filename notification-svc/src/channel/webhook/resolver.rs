//! DNS for outbound calls: what a name resolves to is filtered here, inside the connection's own look-up, so that a
//! name cannot show one address to a check and another to the connection.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

use crate::domain::allow_list::AllowList;
use crate::domain::destination::Road;

/// Resolves names to the addresses that a road may lead to.
#[derive(Debug)]
pub(super) struct FilteredResolver {
    road: Road,
    allow_list: Arc<AllowList>,
}

/// A name behind which there is no address that may be called.
#[derive(Debug, Error)]
#[error("the name leads only to addresses that must not be called")]
pub(super) struct Blocked;

impl FilteredResolver {
    pub(super) fn new(road: Road, allow_list: Arc<AllowList>) -> Self {
        Self { road, allow_list }
    }
}

impl Resolve for FilteredResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (road, allow_list) = (self.road, Arc::clone(&self.allow_list));
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let admitted: Vec<SocketAddr> = found
                .filter(|address| road.admits(address.ip(), &allow_list))
                .collect();
            if admitted.is_empty() {
                return Err(Blocked.into());
            }
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}
