//! What NuGet adds to a zip: names are URI-escaped, and some files describe the package and are not part of it.

use std::fmt::Write;

/// The name behind the escapes; what is no escape, or does not become text, stays.
pub(crate) fn unescape(name: &str) -> String {
    let bytes = name.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = bytes.get(at + 1..at + 3).and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok()?;
            digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u8::from_str_radix(digits, 16).ok())?
        });
        match escaped {
            Some(value) if byte == b'%' => {
                plain.push(value);
                at += 3;
            }
            _ => {
                plain.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(plain).unwrap_or_else(|_| name.to_owned())
}

/// A name as NuGet writes it: each part of the path is escaped as in a URI (RFC 3986).
pub(crate) fn escape(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing to a `String` cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

/// Whether an entry describes the package and is not extracted: as Octopus does, with every `.nuspec`.
pub(crate) fn is_metadata(name: &str) -> bool {
    let lower = name.replace('\\', "/").to_ascii_lowercase();
    lower == "[content_types].xml"
        || lower.starts_with("_rels/")
        || lower.starts_with("package/services/metadata/")
        || lower.ends_with(".nuspec")
        || lower.ends_with(".nupkg.sha512")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_so_that_they_come_back() {
        for (name, escaped) in [("my file+1.txt", "my%20file%2B1.txt"), ("a/ü", "a/%C3%BC"), ("100%41", "100%2541")] {
            assert_eq!((escape(name).as_str(), unescape(escaped).as_str()), (escaped, name));
        }
    }

    #[test]
    fn escapes_become_what_they_stand_for() {
        assert_eq!(unescape("my%20resource%2B1.txt"), "my resource+1.txt");
        assert_eq!(unescape("100%.txt %zz %+1 %2"), "100%.txt %zz %+1 %2");
        assert_eq!(unescape("%2e%2e/x"), "../x");
        assert_eq!(unescape("%ff"), "%ff");
    }

    #[test]
    fn metadata_is_not_content() {
        for name in [
            "_rels/.rels",
            "[Content_Types].xml",
            "Acme.nuspec",
            r"package\services\metadata\x.psmdcp",
            "a.nupkg.sha512",
        ] {
            assert!(is_metadata(name), "{name}");
        }
        for name in ["package/readme.txt", "lib/_rels/x", "content.xml"] {
            assert!(!is_metadata(name), "{name}");
        }
    }
}
