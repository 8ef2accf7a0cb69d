use std::fs;

use insta::assert_snapshot;
use wharf_step::prelude::*;
use wharf_step::testing::{Host, Reply};

use crate::HttpRequest;

const PAGE: &str = "<html><title>SupportFlow</title></html>";

/// A small site.
fn site() -> Host {
    Host::new().http(|request| {
        let path = request.url.trim_start_matches("http://localhost:8080");
        Ok(match path.split('?').next().unwrap_or_default() {
            "/" => Reply::from(PAGE)
                .header("Content-Type", "text/html")
                .header("Set-Cookie", "a")
                .header("set-cookie", "b"),
            "/health" => r#"{"status":"ok","services":[{"name":"db","latency":7}]}"#.into(),
            "/old" => Reply::new(301).header("location", "/"),
            "/busy" => Reply::new(503).header("retry-after", "3").body("try again\nlater"),
            "/binary" => Reply::new(200).body(vec![0xff, 0]),
            "/large" => Reply::new(200).body("x".repeat(100_000)),
            "/echo" => {
                let kind = request.header("content-type").unwrap_or("none");
                let body = String::from_utf8_lossy(&request.body);
                Reply::new(201).body(format!("{} {kind} {body}", request.method))
            }
            _ => 404.into(),
        })
    })
}

fn send(host: &Host, inputs: &Value) -> String {
    match host.run::<HttpRequest>(inputs.clone()) {
        Ok(()) => host.output("body").map_or("no body".into(), |body| body.to_string()),
        Err(error) => format!("{error:?}"),
    }
}

#[test]
fn what_is_expected_is_checked_and_what_is_missed_is_transient() {
    let check = |path: &str, expect: Value| {
        send(&site(), &json!({"url": format!("http://localhost:8080{path}"), "expect": expect}))
    };
    assert_snapshot!(check("/", json!({"status": 200, "body": "<title>SupportFlow</title>"})), @r#""<html><title>SupportFlow</title></html>""#);
    assert_snapshot!(check("/", json!({"status": ["404", "2xx"]})), @r#""<html><title>SupportFlow</title></html>""#);
    assert_snapshot!(check("/", json!({"body": "<title>Shop</title>"})), @"Transient: the body of http://localhost:8080/ does not hold `<title>Shop</title>`; it begins: <html><title>SupportFlow</title></html>");
    assert_snapshot!(check("/", json!({"status": [201, "3xx"]})), @"Transient: http://localhost:8080/ answers 200, expected 201 or 3xx");
    assert_snapshot!(check("/gone?key=1", json!({})), @"Transient: http://localhost:8080/gone answers 404, expected a status below 400");
    assert_snapshot!(check("/gone", json!({"status": 404})), @r#""""#);
    assert_snapshot!(check("/busy", json!({"status": 200})), @r#"Transient: http://localhost:8080/busy answers 503, expected 200; it says: try again later {"retry-after-ms":3000}"#);
    assert_snapshot!(check("/health", json!({"json": {"/status": "ok", "services.0.latency": "7"}})), @r#""{\"status\":\"ok\",\"services\":[{\"name\":\"db\",\"latency\":7}]}""#);
    assert_snapshot!(check("/health", json!({"json": {"status": "bad"}})), @r#"Transient: `status` of http://localhost:8080/health is "ok", expected "bad""#);
    assert_snapshot!(check("/health", json!({"json": {"services[1].name": "db"}})), @r#"Transient: the JSON of http://localhost:8080/health has no `services[1].name`, expected "db""#);
    assert_snapshot!(check("/", json!({"json": {"status": "ok"}})), @"Transient: the body of http://localhost:8080/ is no JSON (expected value at line 1 column 1); it begins: <html><title>SupportFlow</title></html>");
    assert_snapshot!(check("/", json!({"status": "ok"})), @r#"Invalid: `ok` is no status: write `200` or `2xx` {"input":"/expect/status"}"#);
    assert_snapshot!(check("/", json!({"status": "2xxx"})), @r#"Invalid: `2xxx` is no status: write `200` or `2xx` {"input":"/expect/status"}"#);
}

#[test]
fn an_answer_becomes_outputs() {
    let host = site();
    send(&host, &json!({"url": "http://localhost:8080/old"}));
    assert_snapshot!(serde_json::to_string(&host.outputs()).expect("it is JSON"), @r#"{"body":"<html><title>SupportFlow</title></html>","headers":{"content-type":"text/html","set-cookie":"a, b"},"status":200,"url":"http://localhost:8080/"}"#);
    let host = site();
    assert_snapshot!(send(&host, &json!({"url": "http://localhost:8080/old", "follow-redirects": false})), @r#""""#);
    assert_eq!(host.output("status"), Some(json!(301)));
    for path in ["/binary", "/large"] {
        assert_eq!(send(&site(), &json!({"url": format!("http://localhost:8080{path}")})), "no body", "{path}");
    }
}

#[test]
fn bodies_of_all_kinds_are_sent() {
    let host = site().secret("secret:00ff", "s3\"cr3t");
    let file = host.work().join("upload");
    fs::write(&file, "from a file").expect("it can be written");
    let echo = |inputs: Value| {
        let mut inputs = inputs;
        inputs["url"] = json!("http://localhost:8080/echo");
        inputs["method"] = json!("POST");
        send(&host, &inputs)
    };
    assert_snapshot!(echo(json!({"body": "hello secret:00ff"})), @r#""POST text/plain; charset=utf-8 hello s3\"cr3t""#);
    assert_snapshot!(echo(json!({"body": "a=b", "headers": {"Content-Type": "application/x-www-form-urlencoded"}})), @r#""POST application/x-www-form-urlencoded a=b""#);
    assert_snapshot!(echo(json!({"json": {"key": "secret:00ff", "list": [1, true]}})), @r#""POST application/json {\"key\":\"s3\\\"cr3t\",\"list\":[1,true]}""#);
    assert_snapshot!(echo(json!({"body-file": file})), @r#""POST none from a file""#);
    assert_snapshot!(echo(json!({})), @r#""POST none ""#);
    assert_snapshot!(echo(json!({"body": "a", "json": 1})), @r#"Invalid: give one of `body`, `json` and `body-file` {"input":"/body"}"#);
}

#[test]
fn a_body_is_saved_and_left_alone_when_it_is_the_same() {
    let host = site();
    let path = host.work().join("pages/index.html");
    let inputs = json!({"url": "http://localhost:8080/", "save-to": path});
    assert_snapshot!(send(&host, &inputs), @"no body");
    assert_eq!(fs::read_to_string(&path).expect("it is there"), PAGE);
    assert_eq!(host.output("saved-bytes"), Some(json!(PAGE.len())));
    let modified = || fs::metadata(&path).and_then(|metadata| metadata.modified()).expect("it is there");
    let first = modified();
    send(&host, &inputs);
    assert_eq!(modified(), first);
    for missed in [json!({"status": 201}), json!({"body": "something else"})] {
        let inputs = json!({"url": "http://localhost:8080/large", "save-to": path, "expect": missed});
        assert!(send(&host, &inputs).starts_with("Transient"));
    }
    assert_eq!(fs::read_to_string(&path).expect("it is there"), PAGE, "nothing unexpected is saved");
}

#[test]
fn what_cannot_be_sent_is_named() {
    let host = site();
    assert_snapshot!(send(&host, &json!({"url": "localhost:8080"})), @"Invalid: `localhost:8080` has no host: write `https://host/path`");
    assert_snapshot!(send(&host, &json!({"url": "http://localhost:8080/", "timeout": "soon"})), @r#"Invalid: `soon` is no time: write `500ms`, `30s` or `5m` {"input":"/timeout"}"#);
    assert_snapshot!(send(&host, &json!({"url": "http://localhost:8080/", "timeout": "0s"})), @"Transient: GET http://localhost:8080/: the request took too long: no answer in time");
    assert_snapshot!(send(&Host::new(), &json!({"url": "https://example.com/a?key=1"})), @r#"Denied: GET https://example.com/a: the step is not granted this address {"add":"allow: { http: [\"https://example.com\"] }"}"#);
    for (input, value) in [("save-to", "/srv/secret:0123456789abcdef0123456789abcdef"), ("url", ""), ("body-file", "")]
    {
        let mut inputs = json!({"url": "http://localhost:8080/"});
        inputs[input] = json!(value);
        let said = send(&host, &inputs);
        assert!(said.starts_with("Invalid: ") && said.contains(input), "{said}");
    }
    assert!(host.requests().is_empty(), "nothing was sent");
}

#[test]
fn no_part_of_an_address_with_a_secret_is_said() {
    let host = site().secret("secret:00ff", "t0ken w%72ong").secret("secret:00fe", "t0ken");
    let of = |path: &str| json!({"url": format!("http://localhost:8080/{path}")});
    assert_snapshot!(send(&host, &of("secret:00ff")), @r#"Invalid: `http://localhost:8080/…` is not an address: it cannot be read from character 28 on {"help":"write `http://` or `https://`, the host, and the path with spaces and the like percent-encoded"}"#);
    assert_snapshot!(send(&host, &of("a/secret:00fe")), @"Transient: http://localhost:8080/… answers 404, expected a status below 400");
    let mut inputs = of("?key=secret:00fe");
    assert!(!send(&host, &inputs).contains("t0ken"));
    assert_eq!(host.output("url"), Some(json!("http://localhost:8080/…")));
    inputs["expect"] = json!({"body": "missing"});
    assert_snapshot!(send(&host, &inputs), @"Transient: the body of http://localhost:8080/… does not hold `missing`; it begins: <html><title>SupportFlow</title></html>");
}
