//! Addresses that stand for others.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

/// The address for clients on this machine: a server that listens everywhere is
/// found on loopback.
pub(crate) fn local(mut address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => {
            address.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => {
            address.set_ip(Ipv6Addr::LOCALHOST.into());
        }
        _ => {}
    }
    address
}
