use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// How long an address may take before the next one is tried beside it (RFC 8305).
const HEAD_START: Duration = Duration::from_millis(250);

/// Connects to the first of these addresses that answers: exactly these, nothing is looked up again.
pub(super) async fn dial(addresses: &[IpAddr], port: u16) -> io::Result<TcpStream> {
    let mut waiting = alternating(addresses).into_iter();
    let mut attempts = JoinSet::new();
    let mut failure = None;
    loop {
        if let Some(address) = waiting.next() {
            attempts.spawn(TcpStream::connect(SocketAddr::new(address, port)));
        } else if attempts.is_empty() {
            return Err(failure.unwrap_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no address")));
        }
        let head_start = tokio::time::sleep(HEAD_START);
        tokio::pin!(head_start);
        // Until one ends, or until the next address gets its turn too.
        let ended = tokio::select! {
            ended = attempts.join_next() => ended,
            () = &mut head_start, if waiting.len() > 0 => continue,
        };
        match ended {
            Some(Ok(Ok(stream))) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Some(Ok(Err(error))) => failure = Some(error),
            Some(Err(panicked)) => failure = Some(io::Error::other(panicked)),
            None => {}
        }
    }
}

/// The addresses in their order, the families by turns, beginning with that of the first.
fn alternating(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let Some(first) = addresses.first() else { return Vec::new() };
    let (mut same, mut other): (Vec<IpAddr>, Vec<IpAddr>) =
        addresses.iter().copied().partition(|address| address.is_ipv4() == first.is_ipv4());
    same.reverse();
    other.reverse();
    let mut mixed = Vec::with_capacity(addresses.len());
    while !same.is_empty() || !other.is_empty() {
        mixed.extend(same.pop());
        mixed.extend(other.pop());
    }
    mixed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns() {
        let addresses = ["::1", "::2", "1.1.1.1", "::3"].map(|text| text.parse::<IpAddr>().expect("address"));
        let mixed: Vec<String> = alternating(&addresses).iter().map(ToString::to_string).collect();
        assert_eq!(mixed, ["::1", "1.1.1.1", "::2", "::3"]);
    }

    #[tokio::test]
    async fn an_address_that_refuses_is_followed_by_the_next() {
        let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        let port = server.local_addr().expect("its address").port();
        let addresses = ["::1", "127.0.0.1"].map(|text| text.parse::<IpAddr>().expect("address"));
        let stream = dial(&addresses, port).await.expect("the second address answers");
        assert_eq!(stream.peer_addr().expect("a peer").ip().to_string(), "127.0.0.1");
    }
}
