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
    ]), @r#"
    "Straße Éı" | ToUpper = "STRAßE Éı"
    "ÀİB" | ToLower = "àİb"
    "a" | toUPPER "x" = toUPPER takes no arguments
    | ToUpper = no input
    "A&'b\"<c>/" | HtmlEscape = "A&amp;&apos;b&quot;&lt;c&gt;&#x2F;"
    "A&'b\"<c>/" | XmlEscape = "A&amp;&apos;b&quot;&lt;c&gt;/"
    "a\"b\\c\r\n\t/é\u{1}" | JsonEscape = "a\\\"b\\\\c\\r\\n\\t/é\u{1}"
    "it's\na\n\nb\r\n\n\rc" | YamlSingleQuoteEscape = "it''s\n\na\n\n\nb\r\n\r\n\n\rc"
    "a\"b\\\r\n\té❤😀\u{1}" | YamlDoubleQuoteEscape = "a\\\"b\\\\\\r\\n\\t\\u00e9\\u2764\\ud83d\\ude00\\u0001"
    " a b:c=d\\\téÿ❤" | PropertiesKeyEscape = "\\ a\\ b\\:c\\=d\\\\\\té\\u00ff\\u2764"
    " a b:c=d\\\téÿ❤😀" | PropertiesValueEscape = "\\ a b:c=d\\\\\\té\\u00ff\\u2764\\ud83d\\ude00"
    "a" | JsonEscape "b" = JsonEscape takes no arguments
    | XmlEscape = no input
    "#);
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
    ]), @r#"
    "Foo" | ToBase64 = "Rm9v"
    "Foo" | ToBase64 "UTF-8" = "Rm9v"
    "Foo" | ToBase64 "unicode" = "RgBvAG8A"
    "Foo" | ToBase64 "ascii" = ToBase64 takes at most one argument, `utf8` or `unicode`
    "Rm9v" | FromBase64 = "Foo"
    " Rm\n9v " | FromBase64 "utf8" = "Foo"
    "RgBvAG8A" | FromBase64 "Unicode" = "Foo"
    "RgBvAG8=" | FromBase64 "Unicode" = "Fo�"
    "/w==" | FromBase64 = "�"
    "Rm9" | FromBase64 = no value: the text is not base64
    | FromBase64 = no input
    "bar" | Md5 = "37b51d194a7513e45b56f6524f2d51f2"
    "bar" | Sha1 = "62cdb7020ff920e5aa642c3d4066950dd1f01f4d"
    "bar" | Sha256 "4" = "fcde2b2e"
    "bar" | Sha384 "unicode" "3" = "3e6171"
    "YmFy" | Sha512 "3" "base64" = "d82c4e"
    "bar" | Md5 "800" = "37b51d194a7513e45b56f6524f2d51f2"
    "bar" | Md5 "0" = Md5 takes `utf8`, `unicode` or `base64` and how many bytes of the hash to give, both optional
    "bar" | Md5 "utf8" "0" = Md5 takes `utf8`, `unicode` or `base64` and how many bytes of the hash to give, both optional
    "bar" | Md5 "base64" = no value: the text is not base64
    "bar" | Md5 "utf8" "1" "2" = Md5 takes `utf8`, `unicode` or `base64` and how many bytes of the hash to give, both optional
    | Md5 = no input
    "#);
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
    ]), @r#"
    "Octopus Deploy" | Substring "7" = "Octopus"
    "Octopus Deploy" | Substring "8" "6" = "Deploy"
    "Octopus Deploy" | Substring "8" "60" = "Deploy"
    "Octopus Deploy" | Substring "14" "1" = ""
    "Octopus Deploy" | Substring "15" "1" = no value: the text has fewer than 15 characters
    "Octopus Deploy" | Substring "-1" = Substring takes a length, or a start and a length, as whole numbers from 0
    "Octopus Deploy" | Substring = Substring takes a length, or a start and a length, as whole numbers from 0
    "Octopus Deploy" | Substring "2147483647" "2147483647" = no value: the text has fewer than 2147483647 characters
    "a😀b" | Substring "2" = "a"
    "a😀b" | Substring "2" "2" = "b"
    "Octopus Deploy" | Truncate "7" = "Octopus..."
    "Octopus Deploy" | Truncate "14" = "Octopus Deploy"
    "Octopus Deploy" | Truncate "7" "…" = "Octopus…"
    "a😀b" | Truncate "2" = "a..."
    "Octopus Deploy" | Truncate "x" = Truncate takes a length, a whole number from 0, and the text that stands for the rest, `...` if not given
    "Octopus Deploy" | Truncate "-1" = Truncate takes a length, a whole number from 0, and the text that stands for the rest, `...` if not given
    " a " | Trim = "a"
    " a " | Trim "START" = "a "
    " a " | Trim "end" = " a"
    " a " | Trim "both" = Trim takes nothing, `start` or `end`
    | Trim = no input
    "a\nb" | Indent = "    a\n    b"
    "a\nb" | Indent "2" = "  a\n  b"
    "a\nb" | Indent "/2" = "a\n  b"
    "a\nb" | Indent "1/2" = " a\n  b"
    "a\nb" | Indent "256" = "256a\n256b"
    "a\nb" | Indent "//" = "//a\n//b"
    "a\nb" | Indent "- " "  " = "- a\n  b"
    "" | Indent "- " = ""
    "a" | Indent "1" "2" "3" = Indent takes a number of blanks up to 255, `/4`, `2/4`, a text, or one for the first line and one for the others
    "#);
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
    ]), @r#"
    "abc def" | StartsWith "abc" = "true"
    "abc def" | StartsWith "ABC" = "false"
    "abc def" | EndsWith "def" = "true"
    "abc def" | Contains "c d" = "true"
    "abc def" | Contains "a" "b" = Contains takes one argument, the text to look for
    | Contains "a" = no input
    "b" | Append "c" " " "d" = "bc d"
    | Append "c" "d" = "cd"
    "b" | Append = Append takes at least one argument, the text to add
    "b" | Prepend "c" "d" = "cdb"
    | Prepend "c" = "c"
    "" | Default "none" = "none"
    | Default "none" = "none"
    "b" | Default "none" = "b"
    | Null = null
    "a" | nULL "x" = null
    "a" | ToBazooka = no such filter, perhaps none
    "a" | ToLowr = no such filter, perhaps ToLower
    "#);
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
    ]), @r#"
    "v1.2.3.4-branch.5+meta" | VersionMajor = "1"
    "v1.2.3.4-branch.5+meta" | VersionMinor = "2"
    "v1.2.3.4-branch.5+meta" | VersionPatch "ignored" = "3"
    "v1.2.3.4-branch.5+meta" | VersionRevision = "4"
    "v1.2.3.4-branch.5+meta" | VersionPreRelease = "branch.5"
    "v1.2.3.4-branch.5+meta" | VersionPreReleasePrefix = "branch"
    "v1.2.3.4-branch.5+meta" | VersionPreReleaseCounter = "5"
    "v1.2.3.4-branch.5+meta" | VersionMetadata = "meta"
    "" | VersionMajor = no value: a version cannot be empty
    "1 / 2" | VersionMajor = no value: not a version: up to four numbers with dots between them, then `-` and a pre-release, then `+` and metadata, of letters, digits, `.`, `-`, `_` and `\`
    "99999999999" | VersionMajor = no value: a number of a version cannot be larger than 2147483647
    | VersionMajor = no input
    "#);
}

#[test]
fn markdown() {
    assert_snapshot!(table([
        ("_yeah!_", "Markdown", &[]),
        ("# A *b* **c**\n\n- x\n- y\n\n> q\n\n```rust\nlet a;\n```", "MarkdownToHtml", &[]),
        ("|a|b|\n|-|:-:|\n|1|2|", "Markdown", &[]),
        ("~~a~~ H~2~O x^2^ ++b++ ==c==", "Markdown", &[]),
        ("see http://octopus.com, www.a.b and me@a.b, <you@a.b>", "Markdown", &[]),
        ("<b>x</b> & \"y\" \\<", "Markdown", &[]),
        ("", "Markdown", &[]),
        ("a", "Markdown", &["b"]),
        ("~", "Markdown", &[]),
    ]), @r##"
    "_yeah!_" | Markdown = "<p><em>yeah!</em></p>\n\n"
    "# A *b* **c**\n\n- x\n- y\n\n> q\n\n```rust\nlet a;\n```" | MarkdownToHtml = "<h1>A <em>b</em> <strong>c</strong></h1>\n<ul>\n<li>x</li>\n<li>y</li>\n</ul>\n<blockquote>\n<p>q</p>\n</blockquote>\n<pre><code class=\"language-rust\">let a;\n</code></pre>\n\n"
    "|a|b|\n|-|:-:|\n|1|2|" | Markdown = "<table>\n<thead>\n<tr>\n<th>a</th>\n<th style=\"text-align: center;\">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td style=\"text-align: center;\">2</td>\n</tr>\n</tbody>\n</table>\n\n"
    "~~a~~ H~2~O x^2^ ++b++ ==c==" | Markdown = "<p><del>a</del> H<sub>2</sub>O x<sup>2</sup> <ins>b</ins> <mark>c</mark></p>\n\n"
    "see http://octopus.com, www.a.b and me@a.b, <you@a.b>" | Markdown = "<p>see <a href=\"http://octopus.com\">http://octopus.com</a>, <a href=\"http://www.a.b\">www.a.b</a> and me@a.b, <a href=\"mailto:you@a.b\">you@a.b</a></p>\n\n"
    "<b>x</b> & \"y\" \\<" | Markdown = "<p><b>x</b> &amp; &quot;y&quot; &lt;</p>\n\n"
    "" | Markdown = "\n"
    "a" | Markdown "b" = Markdown takes no arguments
    | Markdown = no input
    "##);
}
