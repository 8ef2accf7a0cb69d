//! What is masked, and what is not.

use proptest::prelude::*;

use super::base64::base64;
use super::{MASK, MaskStream, Masker};

#[test]
fn the_value_and_its_escaped_forms_are_masked() {
    let masker = Masker::new(["p@ss \"w0rd\"<1>"]);
    for text in [
        "login with p@ss \"w0rd\"<1>!",
        r#"{"password":"p@ss \"w0rd\"<1>"}"#,
        "<p>p@ss &quot;w0rd&quot;&lt;1&gt;</p>",
        "?password=p%40ss%20%22w0rd%22%3C1%3E",
    ] {
        let masked = masker.mask(text);
        assert!(masked.contains(MASK) && !masked.contains("w0rd"), "{text}: {masked}");
    }
}

#[test]
fn base64_is_masked_at_every_alignment() {
    let masker = Masker::new(["hunter2-secret"]);
    // `x:hunter2-secret`, `xy:…` and `xyz:…` in base64.
    for text in ["eDpodW50ZXIyLXNlY3JldA==", "eHk6aHVudGVyMi1zZWNyZXQ=", "eHl6Omh1bnRlcjItc2VjcmV0"] {
        assert!(masker.mask(text).contains(MASK), "{text}");
    }
}

#[test]
fn nothing_of_a_secret_in_base64_is_left() {
    // `abcd`, `abcd` with a line end, and `hunter2-secret` behind `x:` and before `;y`.
    let masker = Masker::new(["abcd", "hunter2-secret"]);
    assert_eq!(masker.mask("YWJjZA== YWJjZAo= YWJjZA"), format!("{MASK} {MASK} {MASK}"));
    assert_eq!(masker.mask("<eDpodW50ZXIyLXNlY3JldDt5>"), format!("<eD{MASK}t5>"));
}

#[test]
fn base64_in_lines_is_masked_line_by_line() {
    let value: String = (0..100_u32).map(|n| char::from(b'!' + (n * 37 % 90) as u8)).collect();
    let masker = Masker::new([value.as_str()]);
    for (line_end, suffix) in [(76, ""), (64, ""), (76, "\n"), (64, "\n")] {
        let text = base64(format!("{value}{suffix}").as_bytes());
        let lines: Vec<&str> =
            text.as_bytes().chunks(line_end).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
        assert!(lines.len() > 1);
        for line in &lines {
            assert_eq!(masker.mask(line), MASK, "{line}");
        }
        let together = vec![MASK; lines.len()].join("\n");
        assert_eq!(masker.mask(&lines.join("\n")), together);
    }
}

#[test]
fn a_secret_inside_of_what_was_encoded_is_masked_on_its_first_and_last_line() {
    let secret = "0123456789abcdefghij-ABCDEFGHIJKLMNOPQRSTUVWXYZ.klmnopqrstuvwxyz";
    let masker = Masker::new([secret]);
    for before in ["user=admin&password=", "user=admin2&password=", "user=admin22&password="] {
        let text = base64(format!("{before}{secret}&more=things that are no secret").as_bytes());
        for columns in [64, 76] {
            let lines: Vec<&str> =
                text.as_bytes().chunks(columns).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
            let shown: String = lines.iter().map(|line| masker.mask(line)).collect();
            let kept = shown.replace('*', "");
            // What stands around it is shown, but for a character on either side.
            let around = (before.len() * 8).div_ceil(6) + (32 * 8_usize).div_ceil(6);
            assert!(shown.starts_with("dXNlcj1hZG1pb") && kept.len() <= around, "{shown}");
        }
    }
}

#[test]
fn other_forms_are_masked() {
    let masker = Masker::new(["p@ss w\u{f6}rd's <&>"]);
    for text in [
        r"p@ss w\u00f6rd's <&>",
        r"p@ss w\u00F6rd's <&>",
        r"p@ss w\u00f6rd's \u003c\u0026\u003e",
        r"p@ss wörd's \u003c\u0026\u003e",
        "p%40ss+w%C3%B6rd%27s+%3C%26%3E",
        "p%40ss%20w%c3%b6rd%27s%20%3c%26%3e",
        "704073732077c3b672642773203c263e",
        "704073732077C3B672642773203C263E",
        r"'p@ss wörd'\''s <&>'",
        "p@ss w\u{f6}rd&#39;s &lt;&amp;&gt;",
    ] {
        assert!(masker.mask(text).contains(MASK), "{text}");
    }
}

#[test]
fn forms_of_shells_are_masked() {
    let masker = Masker::new(["a\"b$c'd`e\\f & g"]);
    for text in [
        r#"a\"b\$c'd\`e\\f & g"#,
        r#"a\"b\$c\'d\`e\\f\ \&\ g"#,
        r#"a"b$c\'d`e\\f & g"#,
        r#"a"b$c''d`e\f & g"#,
        r#"a`"b`$c'd``e\f & g"#,
        r#"a^"b$c'd`e\f ^& g"#,
        r#"a""b$c'd`e\f & g"#,
        "a%22b%24c'd%60e%5Cf%20%26%20g",
        "a%22b$c'd%60e%5Cf%20&%20g",
    ] {
        assert_eq!(masker.mask(text), MASK, "{text}");
    }
}

#[test]
fn a_secret_that_control_characters_divide_is_masked() {
    let masker = Masker::new(["hunter2-secret", "with\u{7}bell"]);
    for text in [
        "\u{1b}[31mhun\u{1b}[0mter2-secret",
        "hun\0ter2-secret",
        "hunter2\u{7}-\u{8}secret",
        "hunter2-\u{1b}[01;31m\u{1b}[Ksecret\u{1b}[m\u{1b}[K",
        "wi\0th\u{7}bell",
    ] {
        assert_eq!(masker.mask_seen(text), MASK, "{text:?}");
        assert_eq!(masker.mask_json(&text.into()), serde_json::json!(MASK), "{text:?}");
    }
    assert_eq!(masker.mask_seen("a\tb\n\u{1b}[1mc"), "a\tb\nc");
    assert_eq!(masker.mask_json(&"\u{1b}[1mc".into()), serde_json::json!("\u{1b}[1mc"));
}

#[test]
fn lines_of_a_value_are_masked_and_short_ones_are_not() {
    let masker = Masker::new(["first line\nab\nthird line"]);
    assert_eq!(masker.mask("ab third line"), format!("ab {MASK}"));
    assert_eq!(Masker::new(["abc"]).mask("abc"), "abc");
}

#[test]
fn json_values_are_masked_in_texts_keys_and_numbers() {
    let masker = Masker::new(["12345"]);
    let masked = masker.mask_json(&serde_json::json!({ "a12345": [12345, "x12345", true] }));
    assert_eq!(masked, serde_json::json!({ format!("a{MASK}"): [MASK, format!("x{MASK}"), true] }));
}

#[test]
fn secrets_that_overlap_are_masked_whole() {
    let masker = Masker::new(["abcdefgh", "efghijkl", "cdef"]);
    assert_eq!(masker.mask("x abcdefghijkl y"), format!("x {MASK} y"));
    let mut one_by_one = Masker::default();
    for value in ["cdef", "efghijkl", "abcdefgh"] {
        one_by_one.add(value);
    }
    assert_eq!(one_by_one.mask("x abcdefghijkl y"), format!("x {MASK} y"));
}

#[test]
fn thousands_of_values_are_in_few_levels() {
    let mut masker = Masker::default();
    assert!(masker.is_empty());
    for number in 0..1_000 {
        masker.add(&format!("secret number {number}"));
    }
    assert!(masker.levels() <= 16, "{}", masker.levels());
    for number in [0, 1, 17, 999] {
        assert_eq!(masker.mask(&format!("secret number {number}")), MASK, "{number}");
    }
    assert_eq!(masker.mask("secret service"), "secret service");
}

fn streamed(masker: &Masker, text: &[u8], cuts: &[usize]) -> String {
    let mut stream = MaskStream::default();
    let mut shown = Vec::new();
    let mut rest = text;
    for cut in cuts.iter().cycle().take(text.len()) {
        let (now, later) = rest.split_at((*cut).min(rest.len()));
        shown.extend(stream.push(masker, now));
        rest = later;
    }
    shown.extend(stream.push(masker, rest));
    shown.extend(stream.finish(masker));
    String::from_utf8(shown).expect("masking leaves UTF-8")
}

#[test]
fn a_secret_in_wrapped_base64_ends_with_a_short_line() {
    let secret = "0123456789abcdefghij-ABCDEFGHIJKLMNOPQRSTUVWXYZ.klmnopqrs";
    let masker = Masker::new([secret]);
    let text = base64(format!("{secret}, and more").as_bytes());
    // The second line begins with two digits of the secret; the one behind them may hold bits of it.
    assert_eq!(masker.mask(&format!("{}\n{}", &text[..74], &text[74..])), format!("{MASK}\n{MASK}{}", &text[77..]));
    // Such a line for itself tells nothing.
    assert_eq!(masker.mask(&text[74..]), &text[74..]);
}

#[test]
fn a_stream_holds_back_little() {
    let masker = Masker::new(["hunter2-secret"]);
    let mut stream = MaskStream::default();
    let line = "nothing to hide here, really not\n";
    assert!(line.len() - stream.push(&masker, line.as_bytes()).len() < 20);
    let mut stream = MaskStream::default();
    let shown: usize = (0..100_000).map(|_| stream.push(&masker, b"aaaa").len()).sum();
    assert!(shown > 399_900, "{shown}");
}

/// The text of pieces that are secrets, beginnings of them, or their base64, whole or in lines.
fn with_secrets(secrets: &[String], pieces: &[(usize, usize, String, usize)]) -> String {
    let mut text = String::new();
    for (which, how, between, columns) in pieces {
        let secret = &secrets[which % secrets.len()];
        let encoded = base64(format!("{between}{secret}{between}").as_bytes());
        let lines = encoded.as_bytes().chunks(*columns).map(|line| String::from_utf8_lossy(line).into_owned());
        match how {
            0 | 1 => text.push_str(secret),
            2 => text.push_str(&encoded),
            3 | 4 => text.push_str(&(lines.collect::<Vec<_>>().join("\n") + "\n")),
            5 => text.push_str(&secret.chars().take(*columns).collect::<String>()),
            _ => {}
        }
        text.push_str(between);
    }
    text
}

#[test]
fn long_secrets_are_masked_in_all_forms_as_one() {
    let value: String =
        (0..9_000_u32).map(|n| if n % 70 == 69 { '\n' } else { char::from(b'!' + (n * n % 89) as u8) }).collect();
    let masker = Masker::new([value.as_str()]);
    assert_eq!(masker.mask(&value), MASK);
    let json = serde_json::Value::from(value.as_str()).to_string();
    assert_eq!(masker.mask(&json), format!("\"{MASK}\""));
    assert_eq!(masker.mask(&base64(value.as_bytes())), MASK);
    let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(masker.mask(&format!("<{hex}>")), format!("<{MASK}>"));
    assert_eq!(streamed(&masker, format!("<{hex}>").as_bytes(), &[100, 7]), format!("<{MASK}>"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn a_stream_of_long_secrets_is_masked_like_the_whole(
        secrets in prop::collection::vec("[ab]{250,1200}|[a-z+/\"' ]{250,1500}|(ü|[a-c]){300,700}", 1..3),
        pieces in prop::collection::vec((0_usize..4, 0_usize..8, "[ab]{0,9}|[a-z \n]{0,20}|ü|=|\r\n", 40_usize..600), 0..6),
        cuts in prop::collection::vec(1_usize..700, 1..5),
    ) {
        let masker = Masker::new(secrets.iter().map(String::as_str));
        let text = with_secrets(&secrets, &pieces);
        let whole = masker.mask(&text);
        prop_assert_eq!(streamed(&masker, text.as_bytes(), &cuts), whole.clone());
        for secret in &secrets {
            prop_assert!(!whole.contains(secret.as_str()), "{whole}");
        }
        for (which, how, _, _) in &pieces {
            let encoded = base64(secrets[which % secrets.len()].as_bytes());
            let inner = &encoded[8..encoded.len() - 8];
            prop_assert!(*how > 4 || !inner.as_bytes().windows(40).any(|digits| whole.contains(&*String::from_utf8_lossy(digits))), "{whole}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn a_stream_is_masked_like_the_whole(
        secrets in prop::collection::vec("[ab]{4,12}|[a-d\n]{4,30}|[a-z+/\"' ]{4,80}|ü[a-c]{4,9}", 1..4),
        pieces in prop::collection::vec((0_usize..4, 0_usize..8, "[ab]{0,9}|[a-z \n]{0,20}|ü|=|\r\n", 1_usize..90), 0..12),
        cuts in prop::collection::vec(1_usize..40, 1..5),
    ) {
        let masker = Masker::new(secrets.iter().map(String::as_str));
        let text = with_secrets(&secrets, &pieces);
        let whole = masker.mask(&text);
        prop_assert_eq!(streamed(&masker, text.as_bytes(), &cuts), whole.clone());
        for secret in &secrets {
            prop_assert!(!whole.contains(secret.as_str()), "{whole}");
        }
        let mut one_by_one = Masker::default();
        secrets.iter().for_each(|secret| one_by_one.add(secret));
        prop_assert_eq!(one_by_one.mask(&text), whole);
    }
}
