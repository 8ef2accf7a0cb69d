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
    assert_snapshot!(parts("HTTPS://user:pw@Octopus.com:8443/a/../docs%20x/ü?q=a b#frag"), @r##"
    AbsolutePath "/docs%20x/%C3%BC"
    AbsoluteUri "https://user:pw@octopus.com:8443/docs%20x/%C3%BC?q=a%20b#frag"
    Authority "octopus.com:8443"
    DnsSafeHost "octopus.com"
    Fragment "#frag"
    Host "octopus.com"
    HostAndPort "octopus.com:8443"
    HostNameType "Dns"
    IsAbsoluteUri "true"
    IsDefaultPort "false"
    IsFile "false"
    IsLoopback "false"
    IsUnc "false"
    Path "/docs x/ü"
    PathAndQuery "/docs%20x/%C3%BC?q=a%20b"
    Port "8443"
    Query "?q=a%20b"
    Scheme "https"
    SchemeAndServer "https://octopus.com:8443"
    UserInfo "user:pw"
    "##);
}

#[test]
fn parts_of_a_plain_web_address() {
    assert_snapshot!(parts("https://octopus.com"), @r#"
    AbsolutePath "/"
    AbsoluteUri "https://octopus.com/"
    Authority "octopus.com"
    DnsSafeHost "octopus.com"
    Fragment ""
    Host "octopus.com"
    HostAndPort "octopus.com:443"
    HostNameType "Dns"
    IsAbsoluteUri "true"
    IsDefaultPort "true"
    IsFile "false"
    IsLoopback "false"
    IsUnc "false"
    Path "/"
    PathAndQuery "/"
    Port "443"
    Query ""
    Scheme "https"
    SchemeAndServer "https://octopus.com"
    UserInfo ""
    "#);
}

#[test]
fn parts_of_a_file() {
    assert_snapshot!(parts("file:///C:/dir/a%20b.txt"), @r#"
    AbsolutePath "C:/dir/a%20b.txt"
    AbsoluteUri "file:///C:/dir/a%20b.txt"
    Authority ""
    DnsSafeHost ""
    Fragment ""
    Host ""
    HostAndPort ""
    HostNameType "Basic"
    IsAbsoluteUri "true"
    IsDefaultPort "true"
    IsFile "true"
    IsLoopback "true"
    IsUnc "false"
    Path "C:\\dir\\a b.txt"
    PathAndQuery "C:/dir/a%20b.txt"
    Port "-1"
    Query ""
    Scheme "file"
    SchemeAndServer "file://"
    UserInfo ""
    "#);
}

#[test]
fn parts_of_a_share() {
    assert_snapshot!(parts("\\\\server\\share\\a b.txt"), @r#"
    AbsolutePath "/share/a%20b.txt"
    AbsoluteUri "file://server/share/a%20b.txt"
    Authority "server"
    DnsSafeHost "server"
    Fragment ""
    Host "server"
    HostAndPort "server"
    HostNameType "Dns"
    IsAbsoluteUri "true"
    IsDefaultPort "true"
    IsFile "true"
    IsLoopback "false"
    IsUnc "true"
    Path "\\\\server\\share\\a b.txt"
    PathAndQuery "/share/a%20b.txt"
    Port "-1"
    Query ""
    Scheme "file"
    SchemeAndServer "file://server"
    UserInfo ""
    "#);
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
    ]), @r#"
    "mailto:me@a.b" | UriPart "AbsoluteUri" = "mailto:me@a.b"
    "mailto:me@a.b" | UriPart "UserInfo" = "me"
    "urn:a:b" | UriPart "AbsoluteUri" = "urn:a:b"
    "urn:a:b" | UriPart "AbsolutePath" = "a:b"
    "http://[::1]:80/" | UriPart "AbsoluteUri" = "http://[::1]/"
    "http://[::1]:81/" | UriPart "HostAndPort" = "[::1]:81"
    "http://[::1]/" | UriPart "DnsSafeHost" = "::1"
    "http://127.0.0.1" | UriPart "IsLoopback" = "true"
    "http://127.0.0.1" | UriPart "HostNameType" = "IPv4"
    "docs/a" | UriPart "IsAbsoluteUri" = "false"
    "docs/a" | UriPart "AbsolutePath" = "[UriPart AbsolutePath error: This operation is not supported for a relative URI.]"
    "http://" | UriPart "Host" = "http://"
    "http://a b/" | UriPart "Host" = "http://a b/"
    "http://a:99999/" | UriPart "Host" = "http://a:99999/"
    "http://ü.de/" | UriPart "Host" = not supported: a URI whose host has other letters than those of ASCII
    "http://a.b" | UriPart "Bar" = "[UriPart Bar error: argument 'Bar' not supported]"
    "http://a.b" | UriPart = "[UriPart error: no argument given]"
    | UriPart "Host" = no input
    "#);
}

#[test]
fn escapes() {
    assert_snapshot!(table([
        ("A b:c+d/e%20é[#]", "UriEscape", &[]),
        ("A b:c+d/e%20é~!*'()", "UriDataEscape", &[]),
        ("a", "UriEscape", &["b"]),
        ("~", "UriDataEscape", &[]),
    ]), @r#"
    "A b:c+d/e%20é[#]" | UriEscape = "A%20b:c+d/e%2520%C3%A9[#]"
    "A b:c+d/e%20é~!*'()" | UriDataEscape = "A%20b%3Ac%2Bd%2Fe%2520%C3%A9~%21%2A%27%28%29"
    "a" | UriEscape "b" = UriEscape takes no arguments
    | UriDataEscape = no input
    "#);
}
