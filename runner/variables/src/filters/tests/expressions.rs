use insta::assert_snapshot;

use super::table;

#[test]
fn matches() {
    assert_snapshot!(table([
        ("abc def", "Match", &["ABC"]),
        ("abc def", "Match", &["(?i)ABC"]),
        ("a\nb\n", "Match", &["a$"]),
        ("a\nb\n", "Match", &["b$"]),
        ("a\nb\n", "Match", &["(?m)a$"]),
        ("a\nb", "Match", &["a.b"]),
        ("a\nb", "Match", &["(?s)a.b"]),
        ("ab", "Match", &["(?x) a # first\n b"]),
        ("Aab", "Match", &["^(?i:a)a"]),
        ("abab", "Match", &["^(?<x>ab)\\k<x>$"]),
        ("abab", "Match", &["^(?'x'a)(b)\\2\\1$"]),
        ("٣", "Match", &["^\\d$"]),
        ("foobar", "Match", &["(?<=foo)bar"]),
        ("aaabar", "Match", &["(?<=a+)bar"]),
        ("e", "Match", &["[a-z-[aeiou]]"]),
        ("]", "Match", &["^[]a]$"]),
        ("[&&]", "Match", &["^[[&\\]]+$"]),
        ("-{x", "Match", &["-{x"]),
        ("é", "Match", &["^\\u00e9\\x20?$"]),
        ("a", "Match", &["(?#comment)a"]),
        ("a", "Match", &["a++"]),
        ("a", "Match", &["*a"]),
        ("a", "Match", &["(a"]),
        ("a", "Match", &["a)"]),
        ("a", "Match", &["[a"]),
        ("a", "Match", &["\\y"]),
        ("a", "Match", &["a{2,1}"]),
        ("a", "Match", &["(a)\\3"]),
        ("a", "Match", &["(?<a-b>x)"]),
        ("a", "Match", &["(?(1)a|b)"]),
        ("a", "Match", &["\\p{IsGreek}"]),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "Match", &["^(?=(a+a+)+$)"]),
        ("a", "Match", &["a", "b"]),
        ("~", "Match", &["a"]),
    ]), @"");
}

#[test]
fn replacements() {
    assert_snapshot!(table([
        ("abc", "Replace", &["b"]),
        ("ababa", "Replace", &["^a", "x"]),
        ("axb", "Replace", &["x*", "-"]),
        ("é😀", "Replace", &["", "-"]),
        ("john smith", "Replace", &["(\\w+) (\\w+)", "$2, $1"]),
        ("john smith", "Replace", &["(?<first>\\w+) (\\w+)", "${first} $1 $2 ${2}"]),
        ("abc", "Replace", &["b", "[$&|$`|$'|$_|$$|$+]"]),
        ("abc", "Replace", &["b", "$1 ${x} $x $"]),
        ("abc", "Replace", &["(a)|(b)", "<$1$2>"]),
        ("abc", "Replace", &["b", "x", "ignored"]),
        ("abc", "Replace", &[]),
        ("~", "Replace", &["a"]),
    ]), @"");
}
