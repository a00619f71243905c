//! The operator's exemptions from the outbound filter: networks, and hosts by name.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use thiserror::Error;

/// Destinations the operator trusts although they are not on the public Internet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AllowList {
    networks: Vec<IpNet>,
    hosts: Vec<Host>,
}

/// A host name or address, on every port or on one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Host {
    name: String,
    port: Option<u16>,
}

/// An entry that is neither a network nor a host.
#[derive(Debug, PartialEq, Eq, Error)]
#[error("'{0}' is neither a network like 127.0.0.0/8 nor a host like hooks.internal or hooks.internal:8080")]
pub struct AllowListError(String);

impl AllowList {
    /// Whether an address lies in an exempted network; an IPv4 address mapped into IPv6 counts as IPv4.
    pub fn has_address(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address))
    }

    /// Whether a host is exempted by name, whatever it resolves to.
    pub fn has_host(&self, name: &str, port: u16) -> bool {
        let matches =
            |host: &Host| host.name.eq_ignore_ascii_case(name) && host.port.is_none_or(|only| only == port);
        self.hosts.iter().any(matches)
    }

    /// Whether any network is exempted.
    pub fn has_networks(&self) -> bool {
        !self.networks.is_empty()
    }
}

impl FromStr for AllowList {
    type Err = AllowListError;

    /// Reads a comma-separated list; the empty text is the empty list.
    fn from_str(text: &str) -> Result<Self, AllowListError> {
        let mut list = Self::default();
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            if let Some(network) = network(entry) {
                list.networks.push(network);
            } else {
                list.hosts
                    .push(Host::parse(entry).ok_or_else(|| AllowListError(entry.to_owned()))?);
            }
        }
        Ok(list)
    }
}

/// `10.0.0.0/8`, or a single address.
fn network(entry: &str) -> Option<IpNet> {
    let single = || entry.parse().map(|address: IpAddr| address.into());
    entry.parse().or_else(|_| single()).ok()
}

impl Host {
    /// `name`, `name:port`, `address:port` or `[v6]:port`; names in the form the URL standard gives them.
    fn parse(entry: &str) -> Option<Self> {
        let url = url::Url::parse(&format!("http://{entry}/")).ok()?;
        let plain = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty();
        // The standard port of the scheme is left out of a parsed URL, so it is read from the text.
        let port = entry
            .rsplit_once(':')
            .filter(|(name, _)| !name.contains(':') || name.ends_with(']'));
        let port = port.map(|(_, port)| port.parse()).transpose().ok()?;
        plain.then_some(Self {
            name: url.host_str()?.to_owned(),
            port,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> AllowList {
        text.parse().unwrap()
    }

    #[test]
    fn a_network_exempts_its_addresses_only() {
        let list = list("127.0.0.0/8, fd00::/8");
        assert!(list.has_address("127.9.9.9".parse().unwrap()));
        assert!(list.has_address("::ffff:127.0.0.1".parse().unwrap()));
        assert!(list.has_address("fd00::1".parse().unwrap()));
        assert!(!list.has_address("10.0.0.1".parse().unwrap()));
        assert!(!list.has_address("::1".parse().unwrap()));
    }

    #[test]
    fn a_single_address_and_the_whole_internet_are_networks() {
        assert!(list("10.1.2.3").has_address("10.1.2.3".parse().unwrap()));
        assert!(!list("10.1.2.3").has_address("10.1.2.4".parse().unwrap()));
        assert!(list("0.0.0.0/0").has_address("10.1.2.4".parse().unwrap()));
    }

    #[test]
    fn a_host_is_exempted_on_every_port_or_on_the_one_named() {
        let list = list("Hooks.internal,only.internal:8080,10.0.0.1:80");
        assert!(list.has_host("hooks.internal", 1));
        assert!(list.has_host("only.internal", 8080));
        assert!(!list.has_host("only.internal", 8081));
        assert!(list.has_host("10.0.0.1", 80));
        assert!(!list.has_address("10.0.0.1".parse().unwrap()));
    }

    #[test]
    fn nothing_is_exempted_by_an_empty_list() {
        assert_eq!(list(" , "), AllowList::default());
    }

    #[test]
    fn an_entry_that_is_neither_is_named() {
        for entry in ["10.0.0.0/33", "http://x/", "a b", "x:99999"] {
            assert_eq!(
                entry.parse::<AllowList>(),
                Err(AllowListError(entry.to_owned())),
                "{entry}"
            );
        }
    }
}
