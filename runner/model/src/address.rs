use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of place an IP address belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressClass {
    /// An ordinary address of the internet.
    Public,
    /// Loopback, private, link-local, shared (CGNAT), unique-local: reachable for an exactly named host only.
    Private,
    /// A cloud's metadata service: reachable only if the address itself is granted.
    Metadata,
    /// Unspecified, multicast, broadcast, documentation and reserved addresses: never reachable.
    Unusable,
}

/// Which class an address belongs to. IPv4 addresses inside IPv6 ones (mapped, compatible, 6to4, NAT64, Teredo) count
/// as the IPv4 address that they hold.
pub fn classify_address(address: IpAddr) -> AddressClass {
    match address {
        IpAddr::V4(address) => classify_v4(address),
        IpAddr::V6(address) => match embedded_v4(address) {
            Some(inner) => classify_v4(inner),
            None => classify_v6(address),
        },
    }
}

fn classify_v4(address: Ipv4Addr) -> AddressClass {
    const METADATA: [Ipv4Addr; 4] = [
        Ipv4Addr::new(169, 254, 169, 254),
        Ipv4Addr::new(169, 254, 170, 2),
        Ipv4Addr::new(100, 100, 100, 200),
        Ipv4Addr::new(192, 0, 0, 192),
    ];
    let [a, b, c, _] = address.octets();
    if METADATA.contains(&address) || (a, b, c) == (169, 254, 170) {
        return AddressClass::Metadata;
    }
    if address.is_loopback() || address.is_private() || address.is_link_local() || (a == 100 && b & 0xc0 == 64) {
        return AddressClass::Private;
    }
    let benchmarking = a == 198 && b & 0xfe == 18;
    let protocols = (a, b, c) == (192, 0, 0);
    if a == 0 || a >= 224 || address.is_documentation() || benchmarking || protocols {
        return AddressClass::Unusable;
    }
    AddressClass::Public
}

fn classify_v6(address: Ipv6Addr) -> AddressClass {
    let segments = address.segments();
    // Amazon's metadata service over IPv6, fd00:ec2::254, and its twin for containers, fd00:ec2::23.
    if segments[..2] == [0xfd00, 0x0ec2] {
        return AddressClass::Metadata;
    }
    if address.is_loopback() || segments[0] & 0xfe00 == 0xfc00 || segments[0] & 0xffc0 == 0xfe80 {
        return AddressClass::Private;
    }
    let documentation = segments[..2] == [0x2001, 0x0db8];
    let site_local = segments[0] & 0xffc0 == 0xfec0;
    let discard = segments[..4] == [0x0100, 0, 0, 0];
    if address.is_unspecified() || address.is_multicast() || documentation || site_local || discard {
        return AddressClass::Unusable;
    }
    AddressClass::Public
}

fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = address.segments();
    let v4 = |high: u16, low: u16| Some(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match s {
        [0, 0, 0, 0, 0, 0xffff, high, low] => v4(high, low),
        // IPv4-translated (RFC 2765) and IPv4-compatible addresses; `::` and `::1` are themselves.
        [0, 0, 0, 0, 0xffff, 0, high, low] => v4(high, low),
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0, high, low] => v4(high, low),
        // NAT64, well-known (RFC 6052) and local (RFC 8215) prefix.
        [0x0064, 0xff9b, 0 | 1, _, _, _, high, low] => v4(high, low),
        // 6to4.
        [0x2002, high, low, ..] => v4(high, low),
        // Teredo: the client's address, inverted.
        [0x2001, 0, _, _, _, _, high, low] => v4(!high, !low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(text: &str) -> AddressClass {
        classify_address(text.parse().expect("a test's address parses"))
    }

    #[test]
    fn private_addresses_in_every_disguise() {
        for text in [
            "127.0.0.1",
            "127.9.9.9",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.1.1",
            "100.64.0.1",
            "::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::a00:1",
            "2002:7f00:1::",
            "fe80::1",
            "fd12::1",
            "::ffff:0:10.0.0.1",
        ] {
            assert_eq!(class(text), AddressClass::Private, "{text}");
        }
    }

    #[test]
    fn metadata_addresses_in_every_disguise() {
        for text in [
            "169.254.169.254",
            "169.254.170.2",
            "169.254.170.23",
            "100.100.100.200",
            "192.0.0.192",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::",
            "fd00:ec2::254",
        ] {
            assert_eq!(class(text), AddressClass::Metadata, "{text}");
        }
    }

    #[test]
    fn unusable_and_public_addresses() {
        for text in
            ["0.0.0.0", "224.0.0.1", "255.255.255.255", "240.0.0.1", "::", "ff02::1", "2001:db8::1", "198.18.0.1"]
        {
            assert_eq!(class(text), AddressClass::Unusable, "{text}");
        }
        for text in ["1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "100.128.0.1"] {
            assert_eq!(class(text), AddressClass::Public, "{text}");
        }
    }
}
