use insta::assert_snapshot;

use super::table;

#[test]
fn matches() {
    assert_snapshot!(table([
        ("abc def", "Match", &["ABC"]),
        ("abc def", "Match", &["(?i)ABC"]),
        ("aBBc", "Match", &["^a(?i)b{2,3}?|z$"]),
        ("aB", "Match", &["^(?:(?i)A|x)B$"]),
        ("aab", "Match", &["^(?n)(a)(?<x>a)\\1b$"]),
        ("a b#", "Match", &["(?x)^ a [ ] b \\# $"]),
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
    ]), @r#"
    "abc def" | Match "ABC" = "false"
    "abc def" | Match "(?i)ABC" = "true"
    "aBBc" | Match "^a(?i)b{2,3}?|z$" = "true"
    "aB" | Match "^(?:(?i)A|x)B$" = "true"
    "aab" | Match "^(?n)(a)(?<x>a)\\1b$" = "false"
    "a b#" | Match "(?x)^ a [ ] b \\# $" = "true"
    "a\nb\n" | Match "a$" = "false"
    "a\nb\n" | Match "b$" = "true"
    "a\nb\n" | Match "(?m)a$" = "true"
    "a\nb" | Match "a.b" = "false"
    "a\nb" | Match "(?s)a.b" = "true"
    "ab" | Match "(?x) a # first\n b" = "true"
    "Aab" | Match "^(?i:a)a" = "true"
    "abab" | Match "^(?<x>ab)\\k<x>$" = "true"
    "abab" | Match "^(?'x'a)(b)\\2\\1$" = "true"
    "٣" | Match "^\\d$" = "true"
    "foobar" | Match "(?<=foo)bar" = "true"
    "aaabar" | Match "(?<=a+)bar" = "true"
    "e" | Match "[a-z-[aeiou]]" = "false"
    "]" | Match "^[]a]$" = "true"
    "[&&]" | Match "^[[&\\]]+$" = "true"
    "-{x" | Match "-{x" = "true"
    "é" | Match "^\\u00e9\\x20?$" = "true"
    "a" | Match "(?#comment)a" = "true"
    "a" | Match "a++" = Match takes a regular expression, and `a++` is none: a quantifier follows nothing that it could repeat
    "a" | Match "*a" = Match takes a regular expression, and `*a` is none: a quantifier follows nothing that it could repeat
    "a" | Match "(a" = Match takes a regular expression, and `(a` is none: a `(` is not closed
    "a" | Match "a)" = Match takes a regular expression, and `a)` is none: a `)` closes nothing
    "a" | Match "[a" = Match takes a regular expression, and `[a` is none: a `[` is not closed
    "a" | Match "\\y" = Match takes a regular expression, and `\y` is none: a `\` is before a character that it gives no meaning
    "a" | Match "a{2,1}" = Match takes a regular expression, and `a{2,1}` is none: a quantifier's numbers are in the wrong order
    "a" | Match "(a)\\3" = Match takes a regular expression, and `(a)\3` is none: it refers to a group that there is not
    "a" | Match "(?<a-b>x)" = not supported: a regular expression with a balancing group, `(?<a-b>…)`
    "a" | Match "(?(1)a|b)" = not supported: a regular expression with a condition, `(?(…)…|…)`
    "a" | Match "\\p{IsGreek}" = not supported: a regular expression with a block of Unicode, as `\p{IsGreek}`
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!" | Match "^(?=(a+a+)+$)" = no value: the regular expression takes more than 1000000 steps on this text
    "a" | Match "a" "b" = Match takes one argument, a regular expression
    | Match "a" = no input
    "#);
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
    ]), @r#"
    "abc" | Replace "b" = "ac"
    "ababa" | Replace "^a" "x" = "xbaba"
    "axb" | Replace "x*" "-" = "-a--b-"
    "é😀" | Replace "" "-" = "-é-😀-"
    "john smith" | Replace "(\\w+) (\\w+)" "$2, $1" = "smith, john"
    "john smith" | Replace "(?<first>\\w+) (\\w+)" "${first} $1 $2 ${2}" = "john smith john john"
    "abc" | Replace "b" "[$&|$`|$'|$_|$$|$+]" = "a[b|a|c|abc|$|b]c"
    "abc" | Replace "b" "$1 ${x} $x $" = "a$1 ${x} $x $c"
    "abc" | Replace "(a)|(b)" "<$1$2>" = "<a><b>c"
    "abc" | Replace "b" "x" "ignored" = "axc"
    "abc" | Replace = Replace takes a regular expression and what replaces its matches, nothing if not given
    | Replace "a" = no input
    "#);
}
