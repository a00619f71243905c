//! Which port each part listens on: the documented one, else a free one, and the same again next time.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{anyhow, bail};

use crate::stack::{Lifetime, state};

/// Below 32768, where the kernel takes ports for outgoing connections.
const FREE: Range<u16> = 20_000..32_000;

#[derive(Debug)]
pub(crate) struct Ports {
    path: PathBuf,
    lifetime: Lifetime,
    writing: Mutex<()>,
    held: Mutex<Vec<TcpListener>>,
}

impl Ports {
    pub(crate) fn open(path: PathBuf, lifetime: Lifetime) -> Self {
        Self {
            path,
            lifetime,
            writing: Mutex::new(()),
            held: Mutex::default(),
        }
    }

    /// The port that was given last.
    pub(crate) fn current(&self, name: &str) -> Option<u16> {
        self.remembered().get(name).copied()
    }

    /// A port for something that does not run at the moment; remembered.
    pub(crate) fn assign(&self, name: &str, documented: u16) -> anyhow::Result<u16> {
        let _guard = self
            .writing
            .lock()
            .map_err(|_| anyhow!("a thread died while it wrote ports"))?;
        let mut ports = self.remembered();
        let last = ports.get(name).copied();
        // A throw-away stack leaves the documented ports to whoever wants to find them.
        let documented = (self.lifetime == Lifetime::Persistent).then_some(documented);
        let others: Vec<u16> = ports
            .iter()
            .filter(|(other, _)| *other != name)
            .map(|(_, port)| *port)
            .collect();
        let random = std::iter::repeat_with(|| rand::random_range(FREE)).take(1_000);
        let port = choose(last, documented, random, |port| {
            !others.contains(&port) && is_free(port)
        });
        let Some(port) = port else {
            bail!("no free port between {} and {} for {name}", FREE.start, FREE.end);
        };
        ports.insert(name.to_owned(), port);
        state::write(&self.path, &ports)?;
        Ok(port)
    }

    /// A port for something that begins later: nobody else gets it until all such are released.
    pub(crate) fn hold(&self, name: &str) -> anyhow::Result<u16> {
        let port = self.assign(name, 0)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        self.held
            .lock()
            .map_err(|_| anyhow!("a thread died while it held ports"))?
            .push(listener);
        Ok(port)
    }

    /// Lets those listen that ports are held for.
    pub(crate) fn release(&self) {
        if let Ok(mut held) = self.held.lock() {
            held.clear();
        }
    }

    fn remembered(&self) -> BTreeMap<String, u16> {
        state::read(&self.path).unwrap_or_default()
    }
}

/// The first usable one, in order of preference.
fn choose(
    last: Option<u16>,
    documented: Option<u16>,
    random: impl IntoIterator<Item = u16>,
    usable: impl Fn(u16) -> bool,
) -> Option<u16> {
    last.into_iter()
        .chain(documented)
        .chain(random)
        .find(|port| usable(*port))
}

/// Nobody listens there, and we could.
fn is_free(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    // Where binding beside a wildcard listener is allowed, only connecting shows it. Who says `localhost` may come to the
    // other address.
    let answers = [address, SocketAddr::from((Ipv6Addr::LOCALHOST, port))]
        .iter()
        .any(|address| TcpStream::connect_timeout(address, Duration::from_millis(200)).is_ok());
    !answers && TcpListener::bind(address).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_port_goes_before_the_documented_one_and_that_before_a_random_one() {
        let all = |_| true;
        assert_eq!(choose(Some(1), Some(2), [3], all), Some(1));
        assert_eq!(choose(Some(1), Some(2), [3], |port| port != 1), Some(2));
        assert_eq!(choose(None, Some(2), [3, 4], |port| port > 3), Some(4));
        assert_eq!(choose(None, None, [3], |_| false), None);
    }

    #[test]
    fn a_taken_port_is_avoided_and_the_choice_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let documented = taken.local_addr().unwrap().port();
        let ports = Ports::open(dir.path().join("ports.json"), Lifetime::Persistent);
        let port = ports.assign("api", documented).unwrap();
        assert_ne!(port, documented);
        assert!(FREE.contains(&port));
        drop(taken);
        assert_eq!(ports.assign("api", documented).unwrap(), port);
        assert_eq!(ports.current("api"), Some(port));
    }

    #[test]
    fn a_held_port_is_nobody_elses_until_it_is_released() {
        let dir = tempfile::tempdir().unwrap();
        let ports = Ports::open(dir.path().join("ports.json"), Lifetime::ThrowAway);
        let port = ports.hold("proxy").unwrap();
        assert_eq!(ports.current("proxy"), Some(port));
        assert!(!is_free(port));
        ports.release();
        assert!(is_free(port));
    }

    #[test]
    fn two_parts_never_share_a_port() {
        let dir = tempfile::tempdir().unwrap();
        let ports = Ports::open(dir.path().join("ports.json"), Lifetime::Persistent);
        let first = ports.assign("a", 21_987).unwrap();
        assert_ne!(ports.assign("b", first).unwrap(), first);
    }
}
