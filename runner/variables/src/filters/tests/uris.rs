use insta::assert_snapshot;

use super::{said, table};

const PARTS: [&str; 20] = [
    "AbsolutePath",
    "AbsoluteUri",
    "Authority",
    "DnsSafeHost",
    "Fragment",
    "Host",
    "HostAndPort",
    "HostNameType",
    "IsAbsoluteUri",
    "IsDefaultPort",
    "IsFile",
    "IsLoopback",
    "IsUnc",
    "Path",
    "PathAndQuery",
    "Port",
    "Query",
    "Scheme",
    "SchemeAndServer",
    "UserInfo",
];

fn parts(uri: &str) -> String {
    PARTS.map(|part| format!("{part} {}\n", said("UriPart", Some(uri), &[part]))).concat()
}

#[test]
fn parts_of_a_web_address() {
    assert_snapshot!(parts("HTTPS://user:pw@Octopus.com:8443/a/../docs%20x/ü?q=a b#frag"), @"");
}

#[test]
fn parts_of_a_plain_web_address() {
    assert_snapshot!(parts("https://octopus.com"), @"");
}

#[test]
fn parts_of_a_file() {
    assert_snapshot!(parts("file:///C:/dir/a%20b.txt"), @"");
}

#[test]
fn parts_of_a_share() {
    assert_snapshot!(parts("\\\\server\\share\\a b.txt"), @"");
}

#[test]
fn parts_of_other_uris() {
    assert_snapshot!(table([
        ("mailto:me@a.b", "UriPart", &["AbsoluteUri"]),
        ("mailto:me@a.b", "UriPart", &["UserInfo"]),
        ("urn:a:b", "UriPart", &["AbsoluteUri"]),
        ("urn:a:b", "UriPart", &["AbsolutePath"]),
        ("http://[::1]:80/", "UriPart", &["AbsoluteUri"]),
        ("http://[::1]:81/", "UriPart", &["HostAndPort"]),
        ("http://[::1]/", "UriPart", &["DnsSafeHost"]),
        ("http://127.0.0.1", "UriPart", &["IsLoopback"]),
        ("http://127.0.0.1", "UriPart", &["HostNameType"]),
        ("docs/a", "UriPart", &["IsAbsoluteUri"]),
        ("docs/a", "UriPart", &["AbsolutePath"]),
        ("http://", "UriPart", &["Host"]),
        ("http://a b/", "UriPart", &["Host"]),
        ("http://a:99999/", "UriPart", &["Host"]),
        ("http://ü.de/", "UriPart", &["Host"]),
        ("http://a.b", "UriPart", &["Bar"]),
        ("http://a.b", "UriPart", &[]),
        ("~", "UriPart", &["Host"]),
    ]), @"");
}

#[test]
fn escapes() {
    assert_snapshot!(table([
        ("A b:c+d/e%20é[#]", "UriEscape", &[]),
        ("A b:c+d/e%20é~!*'()", "UriDataEscape", &[]),
        ("a", "UriEscape", &["b"]),
        ("~", "UriDataEscape", &[]),
    ]), @"");
}
