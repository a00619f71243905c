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

#[cfg(test)]
mod tests {
    use super::*;

    async fn resolve(road: Road, allow_list: &str) -> Result<Vec<SocketAddr>, String> {
        let allow_list = Arc::new(allow_list.parse().unwrap());
        let found = FilteredResolver::new(road, allow_list)
            .resolve("localhost".parse().unwrap())
            .await;
        found.map(Iterator::collect).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_leads_nowhere() {
        assert_eq!(resolve(Road::Public, "").await, Err(Blocked.to_string()));
        assert_eq!(
            resolve(Road::Exempted, "10.0.0.0/8").await,
            Err(Blocked.to_string())
        );
    }

    #[tokio::test]
    async fn only_the_admitted_addresses_of_a_name_are_left() {
        let found = resolve(Road::Public, "127.0.0.0/8").await.unwrap();
        assert!(
            !found.is_empty() && found.iter().all(SocketAddr::is_ipv4),
            "{found:?}"
        );
        assert!(!resolve(Road::Named, "").await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn the_connection_itself_goes_through_the_filter() {
        let client = crate::channel::webhook::client::client(Road::Public, &Arc::default()).unwrap();
        let error = client.post("https://localhost/").send().await.unwrap_err();
        assert_eq!(
            crate::channel::webhook::client::Answer::from_error(&error),
            crate::channel::webhook::client::Answer::Blocked
        );
    }
}
