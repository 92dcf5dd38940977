//! Which addresses may be dialled: the last question before a connection, asked of the very address.
//!
//! # Design
//!
//! A name is a promise of whoever answers DNS; the address is what is reached. So the check is of
//! addresses, after resolving, and of every address of an answer: one that points inside among others that
//! do not is how rebinding looks, and the whole answer is refused. IPv6 has many ways to carry an IPv4
//! address; each is unwrapped and what it carries is judged.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use thiserror::Error;

/// Which networks the targets of one upstream may be in; the operator's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Networks {
    /// Public addresses only.
    Public,
    /// Also loopback, private (RFC 1918), unique local and shared (RFC 6598) addresses.
    Private,
}

/// An address that may not be dialled; says of which kind, never which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the target is at {0}, which is not open to it")]
pub struct Forbidden(pub(super) &'static str);

/// Whether `address` may be dialled by an upstream with these networks.
///
/// # Errors
/// [`Forbidden`] with the kind of address it is.
pub fn check(address: IpAddr, networks: Networks) -> Result<(), Forbidden> {
    let class = match address {
        IpAddr::V4(address) => class_v4(address),
        IpAddr::V6(address) => class_v6(address),
    };
    match (class, networks) {
        (Class::Public, _) | (Class::Inner(_), Networks::Private) => Ok(()),
        (Class::Inner(what) | Class::Never(what), _) => Err(Forbidden(what)),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Anyone's.
    Public,
    /// The operator's own, reached only where he says so.
    Inner(&'static str),
    /// No server that a component has any business with.
    Never(&'static str),
}

/// Services that hand credentials to whoever asks, by the address that clouds gave them: Azure's wire
/// server, Alibaba's, Oracle's. Most others are link-local.
const METADATA_V4: [Ipv4Addr; 3] =
    [Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(192, 0, 0, 192)];
/// The same for EC2 and Google's, which lie among unique local addresses.
const METADATA_V6: [Ipv6Addr; 2] = [
    Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254),
    Ipv6Addr::new(0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254),
];

/// After the IANA IPv4 special-purpose address registry.
fn class_v4(address: Ipv4Addr) -> Class {
    if METADATA_V4.contains(&address) {
        return Class::Never("a metadata service");
    }
    match address.octets() {
        [0, ..] => Class::Never("an unspecified address"),
        [127, ..] => Class::Inner("a loopback address"),
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Class::Inner("a private address"),
        [100, 64..=127, ..] => Class::Inner("a shared address"),
        [169, 254, ..] => Class::Never("a link-local address"),
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Class::Never("a documentation address"),
        [198, 18..=19, ..] => Class::Never("a benchmarking address"),
        [224..=239, ..] => Class::Never("a multicast address"),
        [255, 255, 255, 255] => Class::Never("a broadcast address"),
        [240..=255, ..] | [192, 0, 0, _] | [192, 88, 99, _] => Class::Never("a reserved address"),
        _ => Class::Public,
    }
}

/// After the IANA IPv6 special-purpose address registry.
fn class_v6(address: Ipv6Addr) -> Class {
    if METADATA_V6.contains(&address) {
        return Class::Never("a metadata service");
    }
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Class::Never("an unspecified address"),
        [0, 0, 0, 0, 0, 0, 0, 1] => Class::Inner("a loopback address"),
        // Mapped (RFC 4291), compatible (RFC 4291), translated (RFC 2765), NAT64 (RFC 6052).
        [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0, 0, 0, 0, 0, 0, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        // 6to4 (RFC 3056).
        | [0x2002, high, low, ..] => class_v4(embedded(high, low)),
        // Where the IPv4 address lies in a local NAT64 prefix (RFC 8215) is the network's own affair.
        [0x64, 0xff9b, 1, ..] => Class::Never("a translated address"),
        // Teredo (RFC 4380): a server, and a client with its bits turned.
        [0x2001, 0, server_high, server_low, _, _, high, low] => {
            worse(class_v4(embedded(server_high, server_low)), class_v4(embedded(!high, !low)))
        }
        [0xfc00..=0xfdff, ..] => Class::Inner("a unique local address"),
        [0xfe80..=0xfebf, ..] => Class::Never("a link-local address"),
        [0xfec0..=0xfeff, ..] => Class::Never("a site-local address"),
        [0xff00..=0xffff, ..] => Class::Never("a multicast address"),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0x0fff, ..] => Class::Never("a documentation address"),
        [0x2001, 2, 0, ..] => Class::Never("a benchmarking address"),
        [0x2001, 0x10..=0x2f, ..] => Class::Never("a reserved address"),
        // ISATAP (RFC 5214) hides an IPv4 address under any prefix.
        [0x2000..=0x3fff, _, _, _, 0 | 0x200, 0x5efe, high, low] => class_v4(embedded(high, low)),
        [0x2000..=0x3fff, ..] => Class::Public,
        _ => Class::Never("a reserved address"),
    }
}

fn embedded(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(high) << 16 | u32::from(low))
}

fn worse(one: Class, other: Class) -> Class {
    match one {
        Class::Never(_) => one,
        Class::Inner(_) if !matches!(other, Class::Never(_)) => one,
        Class::Inner(_) | Class::Public => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(networks: Networks, addresses: &[&str]) {
        for text in addresses {
            let address: IpAddr = text.parse().unwrap();
            assert!(check(address, networks).is_err(), "{text} with {networks:?}");
        }
    }

    #[track_caller]
    fn open(networks: Networks, addresses: &[&str]) {
        for text in addresses {
            let address: IpAddr = text.parse().unwrap();
            assert_eq!(check(address, networks), Ok(()), "{text} with {networks:?}");
        }
    }

    const INNER: &[&str] = &[
        "127.0.0.1",
        "127.255.255.254",
        "10.0.0.1",
        "10.255.255.255",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "100.127.255.255",
        "::1",
        "fc00::1",
        "fd12:3456::1",
    ];
    const NEVER: &[&str] = &[
        "0.0.0.0",
        "0.1.2.3",
        "169.254.169.254",
        "169.254.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "192.0.0.1",
        "192.0.2.1",
        "198.51.100.7",
        "203.0.113.9",
        "198.18.0.1",
        "198.19.255.1",
        "192.88.99.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "fd00:ec2::254",
        "fd20:ce::254",
        "2001:db8::1",
        "3fff::1",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "100::1",
        "5f00::1",
        "64:ff9b:1::a00:1",
        "4000::1",
    ];

    #[test]
    fn inner_addresses_need_the_operators_word() {
        refused(Networks::Public, INNER);
        open(Networks::Private, INNER);
    }

    #[test]
    fn some_addresses_are_never_dialled() {
        refused(Networks::Public, NEVER);
        refused(Networks::Private, NEVER);
    }

    #[test]
    fn public_addresses_are_open() {
        let public = [
            "93.184.216.34",
            "8.8.8.8",
            "172.15.0.1",
            "172.32.0.1",
            "100.63.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "2a00:1450::1",
        ];
        open(Networks::Public, &public);
    }

    #[test]
    fn an_address_inside_another_is_judged() {
        // 127.0.0.1 in every clothing, then the same with a public address.
        let inner = [
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:0:808:808::80ff:fffe",
            "2001:0:7f00:1::f7f7:f7f7",
            "2600::5efe:7f00:1",
            "2600::200:5efe:7f00:1",
        ];
        refused(Networks::Public, &inner);
        let public = ["::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"];
        open(Networks::Public, &public);
        let metadata = [
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::",
            "2001:0:a9fe:a9fe::f7f7:f7f7",
            "2001:0:7f00:1::5601:5601",
        ];
        refused(Networks::Private, &metadata);
    }

    #[test]
    fn a_refusal_does_not_tell_the_address() {
        let refusal = check("10.1.2.3".parse().unwrap(), Networks::Public).unwrap_err();
        assert_eq!(refusal.to_string(), "the target is at a private address, which is not open to it");
    }
}
