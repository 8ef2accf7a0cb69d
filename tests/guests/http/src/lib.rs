//! Sends HTTP requests as a script says, by the functions of `wasi:http` themselves.

use guests_support::{Answer, Error, Script, Value, report, rest, step};
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingBody, Method, OutgoingBody, OutgoingRequest, Scheme,
};
use wasip2::io::streams::StreamError;

step!("http", run);

fn run(inputs: Value) -> Result<(), Error> {
    report::log(report::Level::Info, "requesting", &[]);
    Script::new(&inputs).run(operation)
}

fn operation(word: &str, arguments: &[&str]) -> Answer {
    let url = arguments.first().copied().unwrap_or_default();
    match word {
        "get" => answer(start(&Method::Get, url, &[], None)?),
        "delete" => answer(start(&Method::Delete, url, &[], None)?),
        "post" => answer(start(&Method::Post, url, &[], Some(rest(arguments, 1).as_bytes()))?),
        // header URL NAME VALUE
        "header" => answer(start(&Method::Get, url, &[(arguments[1], &rest(arguments, 2))], None)?),
        "upload" => {
            let length = arguments[1].parse().expect("a number of bytes");
            answer(start(&Method::Put, url, &[], Some(&vec![b'x'; length]))?)
        }
        // many URL COUNT: all at once.
        "many" => {
            let count: usize = arguments[1].parse().expect("a number");
            let started: Result<Vec<_>, _> = (0..count).map(|_| start(&Method::Get, url, &[], None)).collect();
            let answers: Result<Vec<_>, _> = started?.into_iter().map(answer).collect();
            Ok(answers?.join(", "))
        }
        "flood" => {
            for _ in 0..arguments[1].parse::<u64>().expect("a number") {
                let _ = start(&Method::Get, url, &[], None).and_then(answer);
            }
            Ok(String::new())
        }
        other => panic!("no operation {other}"),
    }
}

fn code(error: ErrorCode) -> String {
    format!("{error:?}").replace("ErrorCode::", "")
}

/// Sends a request: `scheme://authority/path`, taken apart without any judgement.
fn start(
    method: &Method,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<&[u8]>,
) -> Result<FutureIncomingResponse, String> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let at = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(at);
    let fields = Fields::new();
    for (name, value) in headers {
        fields.append(name, value.as_bytes()).map_err(|error| format!("header {error:?}"))?;
    }
    let request = OutgoingRequest::new(fields);
    let scheme = match scheme {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.to_owned()),
    };
    let refused = |()| "cannot be asked".to_owned();
    request.set_method(method).map_err(refused)?;
    request.set_scheme(Some(&scheme)).map_err(refused)?;
    request.set_authority(Some(authority)).map_err(refused)?;
    request.set_path_with_query(Some(path)).map_err(refused)?;
    let outgoing = request.body().expect("it is taken once");
    let future = handle(request, None).map_err(code)?;
    if let Some(bytes) = body {
        let stream = outgoing.write().expect("it is taken once");
        for piece in bytes.chunks(4096) {
            if stream.blocking_write_and_flush(piece).is_err() {
                // The answer says why nobody reads on.
                break;
            }
        }
        drop(stream);
    }
    let _ = OutgoingBody::finish(outgoing, None);
    Ok(future)
}

fn answer(future: FutureIncomingResponse) -> Answer {
    future.subscribe().block();
    let response = future.get().expect("it is ready").expect("it is taken once").map_err(code)?;
    let location = response.headers().get("location");
    let location = location.first().map(|place| format!(" to {}", String::from_utf8_lossy(place))).unwrap_or_default();
    let body = response.consume().expect("it is taken once");
    let stream = body.stream().expect("it is taken once");
    let (mut length, mut beginning) = (0, Vec::new());
    loop {
        match stream.blocking_read(64 * 1024) {
            Ok(bytes) => {
                length += bytes.len();
                if beginning.len() < 100 {
                    beginning.extend_from_slice(&bytes[..bytes.len().min(100)]);
                }
            }
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(error)) => {
                let why = wasip2::http::types::http_error_code(&error).map_or_else(|| error.to_debug_string(), code);
                return Err(format!("in the middle of the body: {why}"));
            }
        }
    }
    drop(stream);
    drop(IncomingBody::finish(body));
    let text =
        if length <= 100 { format!("{:?}", String::from_utf8_lossy(&beginning)) } else { format!("{length} bytes") };
    Ok(format!("{}{location} {text}", response.status()))
}
