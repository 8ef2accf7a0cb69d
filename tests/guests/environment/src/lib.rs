//! Looks for everything that a program finds around itself.

use std::io::{Read as _, Write as _};

use guests_support::{Answer, Error, Script, Value, context, report, step};
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::network::{IpAddressFamily, IpSocketAddress, Ipv4SocketAddress};
use wasip2::sockets::{ip_name_lookup, tcp_create_socket, udp_create_socket};

step!("environment", run);

fn run(inputs: Value) -> Result<(), Error> {
    report::log(report::Level::Debug, "looking around", &[]);
    Script::new(&inputs).run(operation)
}

fn operation(word: &str, arguments: &[&str]) -> Answer {
    let first = arguments.first().copied().unwrap_or_default();
    match word {
        "variables" => {
            let mut variables: Vec<String> = std::env::vars().map(|(name, value)| format!("{name}={value}")).collect();
            variables.sort();
            Ok(format!("[{}]", variables.join(" ")))
        }
        "variable" => std::env::var(first).map_err(|error| error.to_string()),
        "arguments" => Ok(format!("{:?}", std::env::args().collect::<Vec<_>>())),
        "directory" => {
            std::env::current_dir().map(|path| path.display().to_string()).map_err(|error| error.to_string())
        }
        "stdin" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map(|_| format!("{text:?}")).map_err(|error| error.to_string())
        }
        "print" => {
            println!("{}", arguments.join(" "));
            Ok(String::new())
        }
        "print-without-end" => {
            print!("{}", arguments.join(" "));
            std::io::stdout().flush().map(|()| String::new()).map_err(|error| error.to_string())
        }
        "print-bytes" => {
            let bytes: Vec<u8> = arguments.iter().map(|byte| u8::from_str_radix(byte, 16).expect("a byte")).collect();
            std::io::stdout().write_all(&bytes).map(|()| String::new()).map_err(|error| error.to_string())
        }
        "eprint" => {
            eprintln!("{}", arguments.join(" "));
            Ok(String::new())
        }
        "terminal" => {
            use std::io::IsTerminal as _;
            Ok(format!("{} {}", std::io::stdin().is_terminal(), std::io::stdout().is_terminal()))
        }
        "panic" => panic!("{}", arguments.join(" ")),
        "abort" => std::process::abort(),
        "exit" => std::process::exit(first.parse().expect("a number")),
        "thread" => {
            std::thread::Builder::new().spawn(|| {}).map(|_| String::new()).map_err(|error| error.kind().to_string())
        }
        "program" => {
            std::process::Command::new(first).spawn().map(|_| String::new()).map_err(|error| error.kind().to_string())
        }
        "clock" => {
            let now = std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .map_err(|error| error.to_string())?;
            Ok(format!("after 2020: {}", now.as_secs() > 1_577_836_800))
        }
        "random" => Ok(format!("{} bytes", wasip2::random::random::get_random_bytes(16).len())),
        "tcp" => {
            let code = |error: wasip2::sockets::network::ErrorCode| error.name().to_owned();
            let socket = tcp_create_socket::create_tcp_socket(IpAddressFamily::Ipv4).map_err(code)?;
            let port = first.parse().expect("a port");
            let address = IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address: (127, 0, 0, 1) });
            socket.start_connect(&instance_network(), address).map_err(code)?;
            socket.subscribe().block();
            socket.finish_connect().map(|_| "connected".to_owned()).map_err(code)
        }
        "listen" => {
            let code = |error: wasip2::sockets::network::ErrorCode| error.name().to_owned();
            let socket = tcp_create_socket::create_tcp_socket(IpAddressFamily::Ipv4).map_err(code)?;
            let address = IpSocketAddress::Ipv4(Ipv4SocketAddress { port: 0, address: (127, 0, 0, 1) });
            socket.start_bind(&instance_network(), address).map_err(code)?;
            socket.finish_bind().map(|()| "bound".to_owned()).map_err(code)
        }
        "udp" => {
            let code = |error: wasip2::sockets::network::ErrorCode| error.name().to_owned();
            let socket = udp_create_socket::create_udp_socket(IpAddressFamily::Ipv4).map_err(code)?;
            let address = IpSocketAddress::Ipv4(Ipv4SocketAddress { port: 0, address: (127, 0, 0, 1) });
            socket.start_bind(&instance_network(), address).map_err(code)?;
            socket.finish_bind().map(|()| "bound".to_owned()).map_err(code)
        }
        "lookup" => {
            let code = |error: wasip2::sockets::network::ErrorCode| error.name().to_owned();
            let stream = ip_name_lookup::resolve_addresses(&instance_network(), first).map_err(code)?;
            stream.subscribe().block();
            stream.resolve_next_address().map(|address| format!("{address:?}")).map_err(code)
        }
        "mode" => Ok(format!("{:?}", context::mode())),
        other => panic!("no operation {other}"),
    }
}
