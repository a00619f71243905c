//! Which IP addresses are the public Internet, and may therefore be called on behalf of a user.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::allow_list::Network;

/// IPv4 that is not the public Internet, after IANA's special-purpose registry.
const CLOSED_V4: [(Ipv4Addr, u8); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    // Carrier-grade NAT.
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local, and with it the clouds' metadata services.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    // A cloud's platform service, at a public-looking address that only leads inside.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    // 6to4 relays.
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    // Reserved, and broadcast.
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// The only block of IPv6 that is global unicast: loopback, ULA, link-local, multicast and NAT64 lie outside of it.
const GLOBAL_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What is special inside the global block.
const CLOSED_V6: [(Ipv6Addr, u8); 4] = [
    // Protocol assignments, with Teredo (which carries IPv4).
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    // 6to4, which carries IPv4.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Whether an address is on the public Internet. An IPv4 address mapped into IPv6 is judged as what it is.
pub fn is_public(address: IpAddr) -> bool {
    let within = |&(base, prefix): &(Ipv6Addr, u8), v6: Ipv6Addr| {
        Network::new(base.into(), prefix).contains(v6.into())
    };
    match address.to_canonical() {
        IpAddr::V4(v4) => !CLOSED_V4
            .iter()
            .any(|&(base, prefix)| Network::new(base.into(), prefix).contains(v4.into())),
        IpAddr::V6(v6) => within(&GLOBAL_V6, v6) && !CLOSED_V6.iter().any(|closed| within(closed, v6)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_addresses_may_be_called() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "2a00:1450::1",
            "::ffff:8.8.8.8",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text} is public");
        }
    }

    #[test]
    fn addresses_inside_someones_network_may_not_be_called() {
        for text in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.168.1.1",
            "198.18.0.1",
            "168.63.129.16",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text} is not public");
        }
    }

    #[test]
    fn documentation_multicast_and_reserved_addresses_may_not_be_called() {
        for text in [
            "192.0.2.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "2001:db8::1",
            "3fff::1",
            "ff02::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text} is not public");
        }
    }

    #[test]
    fn ipv6_that_is_local_or_carries_ipv4_may_not_be_called() {
        for text in [
            "::",
            "::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "100::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text} is not public");
        }
    }
}
