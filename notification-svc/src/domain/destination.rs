//! A webhook's URL, and which addresses a call to it may reach.

use std::fmt;
use std::net::IpAddr;

use thiserror::Error;
use url::{Host, Url};

use super::address::is_public;
use super::allow_list::AllowList;

/// The longest URL that is accepted.
pub const MAX_URL_BYTES: usize = 2_048;

/// A URL that a webhook may name: absolute, http or https, with a host, and nothing in it that would not be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination(Url);

/// Which addresses a call may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// HTTPS on its own port: public addresses, and those the operator exempted.
    Public,
    /// Anything else: only addresses the operator exempted.
    Exempted,
    /// The operator named this very host: whatever it resolves to.
    Named,
}

/// Why a URL is not a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Not an absolute URL.
    #[error("is not an absolute URL")]
    NotAUrl,
    /// Longer than [`MAX_URL_BYTES`].
    #[error("is longer than 2048 bytes")]
    TooLong,
    /// Another scheme than https (or http).
    #[error("must begin with https://")]
    Scheme,
    /// User name or password in the URL.
    #[error("must not contain a user name or password")]
    Credentials,
    /// A part that is never sent.
    #[error("must not contain a fragment")]
    Fragment,
    /// Plain HTTP or an unusual port, at a place that was not exempted.
    #[error("must use https on port 443")]
    Insecure,
    /// A literal address that is not on the public Internet.
    #[error("must not be an address of a private, local or reserved network")]
    ClosedAddress,
}

impl Destination {
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text.len() > MAX_URL_BYTES {
            return Err(Refusal::TooLong);
        }
        let url = Url::parse(text).map_err(|_| Refusal::NotAUrl)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(Refusal::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::Credentials);
        }
        if url.fragment().is_some() {
            return Err(Refusal::Fragment);
        }
        Ok(Self(url))
    }

    pub fn url(&self) -> &Url {
        &self.0
    }

    /// What can be decided before the name is resolved.
    pub fn reach(&self, allow_list: &AllowList) -> Result<Reach, Refusal> {
        let port = self.0.port_or_known_default().unwrap_or(443);
        let secure = self.0.scheme() == "https" && port == 443;
        let host = self.0.host().ok_or(Refusal::NotAUrl)?;
        if allow_list.has_host(self.0.host_str().unwrap_or_default(), port) {
            return Ok(Reach::Named);
        }
        match literal_address(&host) {
            Some(address) if allow_list.has_address(address) => Ok(Reach::Exempted),
            Some(address) if !is_public(address) => Err(Refusal::ClosedAddress),
            _ if secure => Ok(Reach::Public),
            None if allow_list.has_networks() => Ok(Reach::Exempted),
            _ => Err(Refusal::Insecure),
        }
    }
}

impl Reach {
    pub fn includes(self, address: IpAddr, allow_list: &AllowList) -> bool {
        match self {
            Self::Public => is_public(address) || allow_list.has_address(address),
            Self::Exempted => allow_list.has_address(address),
            Self::Named => true,
        }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_str().fmt(f)
    }
}

/// The address a host is, without asking any resolver; `localhost` is this machine by RFC 6761.
fn literal_address(host: &Host<&str>) -> Option<IpAddr> {
    match host {
        Host::Ipv4(v4) => Some(IpAddr::V4(*v4)),
        Host::Ipv6(v6) => Some(IpAddr::V6(*v6)),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            (name == "localhost" || name.ends_with(".localhost")).then_some(IpAddr::from([127, 0, 0, 1]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(url: &str, allow_list: &str) -> Result<Reach, Refusal> {
        Destination::parse(url)?.reach(&allow_list.parse().unwrap())
    }

    #[test]
    fn https_at_a_name_is_the_usual_road() {
        assert_eq!(reach("https://example.com/hook?a=b", ""), Ok(Reach::Public));
        assert_eq!(reach("https://8.8.8.8/", ""), Ok(Reach::Public));
    }

    #[test]
    fn what_is_not_a_plain_https_url_is_refused() {
        assert_eq!(reach("hook", ""), Err(Refusal::NotAUrl));
        assert_eq!(reach("ftp://example.com/", ""), Err(Refusal::Scheme));
        assert_eq!(
            reach("https://alice:pw@example.com/", ""),
            Err(Refusal::Credentials)
        );
        assert_eq!(reach("https://example.com/#part", ""), Err(Refusal::Fragment));
        assert_eq!(reach("http://example.com/", ""), Err(Refusal::Insecure));
        assert_eq!(reach("https://example.com:8443/", ""), Err(Refusal::Insecure));
        assert_eq!(
            reach(&format!("https://example.com/{}", "a".repeat(2_048)), ""),
            Err(Refusal::TooLong)
        );
    }

    #[test]
    fn literal_addresses_of_closed_networks_are_refused_however_they_are_written() {
        for url in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://169.254.169.254/",
            "https://localhost/",
            "https://x.localhost./",
            "https://[64:ff9b::7f00:1]/",
        ] {
            assert_eq!(reach(url, ""), Err(Refusal::ClosedAddress), "{url}");
        }
    }

    #[test]
    fn an_exempted_network_opens_plain_http_to_its_addresses_only() {
        assert_eq!(
            reach("http://127.0.0.1:9000/", "127.0.0.0/8"),
            Ok(Reach::Exempted)
        );
        assert_eq!(
            reach("http://localhost:9000/", "127.0.0.0/8"),
            Ok(Reach::Exempted)
        );
        assert_eq!(
            reach("http://10.0.0.1/", "127.0.0.0/8"),
            Err(Refusal::ClosedAddress)
        );
        assert_eq!(reach("http://8.8.8.8/", "127.0.0.0/8"), Err(Refusal::Insecure));
        assert_eq!(
            reach("http://rebound.example/", "127.0.0.0/8"),
            Ok(Reach::Exempted)
        );
        let list = "127.0.0.0/8".parse().unwrap();
        assert!(!Reach::Exempted.includes("8.8.8.8".parse().unwrap(), &list));
        assert!(!Reach::Public.includes("10.0.0.1".parse().unwrap(), &list));
    }

    #[test]
    fn a_named_host_is_trusted_on_its_port() {
        assert_eq!(
            reach("http://hooks.internal:8080/", "hooks.internal:8080"),
            Ok(Reach::Named)
        );
        assert_eq!(
            reach("http://hooks.internal:8081/", "hooks.internal:8080"),
            Err(Refusal::Insecure)
        );
    }
}
