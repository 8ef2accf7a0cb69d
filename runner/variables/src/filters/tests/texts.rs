use insta::assert_snapshot;

use super::table;

#[test]
fn case_and_escapes() {
    assert_snapshot!(table([
        ("Straße Éı", "ToUpper", &[]),
        ("ÀİB", "ToLower", &[]),
        ("a", "toUPPER", &["x"]),
        ("~", "ToUpper", &[]),
        ("A&'b\"<c>/", "HtmlEscape", &[]),
        ("A&'b\"<c>/", "XmlEscape", &[]),
        ("a\"b\\c\r\n\t/é\u{1}", "JsonEscape", &[]),
        ("it's\na\n\nb\r\n\n\rc", "YamlSingleQuoteEscape", &[]),
        ("a\"b\\\r\n\té❤😀\u{1}", "YamlDoubleQuoteEscape", &[]),
        (" a b:c=d\\\té\u{ff}❤", "PropertiesKeyEscape", &[]),
        (" a b:c=d\\\té\u{ff}❤😀", "PropertiesValueEscape", &[]),
        ("a", "JsonEscape", &["b"]),
        ("~", "XmlEscape", &[]),
    ]), @"");
}

#[test]
fn base64_and_hashes() {
    assert_snapshot!(table([
        ("Foo", "ToBase64", &[]),
        ("Foo", "ToBase64", &["UTF-8"]),
        ("Foo", "ToBase64", &["unicode"]),
        ("Foo", "ToBase64", &["ascii"]),
        ("Rm9v", "FromBase64", &[]),
        (" Rm\n9v ", "FromBase64", &["utf8"]),
        ("RgBvAG8A", "FromBase64", &["Unicode"]),
        ("RgBvAG8=", "FromBase64", &["Unicode"]),
        ("/w==", "FromBase64", &[]),
        ("Rm9", "FromBase64", &[]),
        ("~", "FromBase64", &[]),
        ("bar", "Md5", &[]),
        ("bar", "Sha1", &[]),
        ("bar", "Sha256", &["4"]),
        ("bar", "Sha384", &["unicode", "3"]),
        ("YmFy", "Sha512", &["3", "base64"]),
        ("bar", "Md5", &["800"]),
        ("bar", "Md5", &["0"]),
        ("bar", "Md5", &["utf8", "0"]),
        ("bar", "Md5", &["base64"]),
        ("bar", "Md5", &["utf8", "1", "2"]),
        ("~", "Md5", &[]),
    ]), @"");
}

#[test]
fn parts_of_texts() {
    assert_snapshot!(table([
        ("Octopus Deploy", "Substring", &["7"]),
        ("Octopus Deploy", "Substring", &["8", "6"]),
        ("Octopus Deploy", "Substring", &["8", "60"]),
        ("Octopus Deploy", "Substring", &["14", "1"]),
        ("Octopus Deploy", "Substring", &["15", "1"]),
        ("Octopus Deploy", "Substring", &["-1"]),
        ("Octopus Deploy", "Substring", &[]),
        ("Octopus Deploy", "Substring", &["2147483647", "2147483647"]),
        ("a😀b", "Substring", &["2"]),
        ("a😀b", "Substring", &["2", "2"]),
        ("Octopus Deploy", "Truncate", &["7"]),
        ("Octopus Deploy", "Truncate", &["14"]),
        ("Octopus Deploy", "Truncate", &["7", "…"]),
        ("a😀b", "Truncate", &["2"]),
        ("Octopus Deploy", "Truncate", &["x"]),
        ("Octopus Deploy", "Truncate", &["-1"]),
        (" a ", "Trim", &[]),
        (" a ", "Trim", &["START"]),
        (" a ", "Trim", &["end"]),
        (" a ", "Trim", &["both"]),
        ("~", "Trim", &[]),
        ("a\nb", "Indent", &[]),
        ("a\nb", "Indent", &["2"]),
        ("a\nb", "Indent", &["/2"]),
        ("a\nb", "Indent", &["1/2"]),
        ("a\nb", "Indent", &["256"]),
        ("a\nb", "Indent", &["//"]),
        ("a\nb", "Indent", &["- ", "  "]),
        ("", "Indent", &["- "]),
        ("a", "Indent", &["1", "2", "3"]),
    ]), @"");
}

#[test]
fn comparisons_and_additions() {
    assert_snapshot!(table([
        ("abc def", "StartsWith", &["abc"]),
        ("abc def", "StartsWith", &["ABC"]),
        ("abc def", "EndsWith", &["def"]),
        ("abc def", "Contains", &["c d"]),
        ("abc def", "Contains", &["a", "b"]),
        ("~", "Contains", &["a"]),
        ("b", "Append", &["c", " ", "d"]),
        ("~", "Append", &["c", "d"]),
        ("b", "Append", &[]),
        ("b", "Prepend", &["c", "d"]),
        ("~", "Prepend", &["c"]),
        ("", "Default", &["none"]),
        ("~", "Default", &["none"]),
        ("b", "Default", &["none"]),
        ("~", "Null", &[]),
        ("a", "nULL", &["x"]),
        ("a", "ToBazooka", &[]),
        ("a", "ToLowr", &[]),
    ]), @"");
}

#[test]
fn versions() {
    assert_snapshot!(table([
        ("v1.2.3.4-branch.5+meta", "VersionMajor", &[]),
        ("v1.2.3.4-branch.5+meta", "VersionMinor", &[]),
        ("v1.2.3.4-branch.5+meta", "VersionPatch", &["ignored"]),
        ("v1.2.3.4-branch.5+meta", "VersionRevision", &[]),
        ("v1.2.3.4-branch.5+meta", "VersionPreRelease", &[]),
        ("v1.2.3.4-branch.5+meta", "VersionPreReleasePrefix", &[]),
        ("v1.2.3.4-branch.5+meta", "VersionPreReleaseCounter", &[]),
        ("v1.2.3.4-branch.5+meta", "VersionMetadata", &[]),
        ("", "VersionMajor", &[]),
        ("1 / 2", "VersionMajor", &[]),
        ("99999999999", "VersionMajor", &[]),
        ("~", "VersionMajor", &[]),
    ]), @"");
}

#[test]
fn markdown() {
    assert_snapshot!(table([
        ("_yeah!_", "Markdown", &[]),
        ("# A *b* **c**\n\n- x\n- y\n\n> q\n\n```rust\nlet a;\n```", "MarkdownToHtml", &[]),
        ("|a|b|\n|-|:-:|\n|1|2|", "Markdown", &[]),
        ("~~a~~ H~2~O x^2^ ++b++ ==c==", "Markdown", &[]),
        ("see http://octopus.com, www.a.b and me@a.b", "Markdown", &[]),
        ("<b>x</b> & \"y\" \\<", "Markdown", &[]),
        ("", "Markdown", &[]),
        ("a", "Markdown", &["b"]),
        ("~", "Markdown", &[]),
    ]), @"");
}
