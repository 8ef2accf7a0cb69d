use crate::{ArchiveLimits, EntryProblem};

/// A name from an archive in its one form: relative, `/` between its parts, no `.`, no `..`, nothing at its end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NormalPath {
    /// The path; empty for the archive's root.
    pub(crate) path: String,
    /// Whether the name ended in a separator, as a directory's does.
    pub(crate) directory: bool,
}

/// Brings a name into its one form, or says why it cannot be one. `\` separates like `/`, as zips made on Windows have it.
pub(crate) fn normalise(name: &str, limits: &ArchiveLimits) -> Result<NormalPath, EntryProblem> {
    const SEPARATORS: [char; 2] = ['/', '\\'];
    if name.is_empty() {
        return Err(EntryProblem::NoName);
    }
    if name.contains('\0') {
        return Err(EntryProblem::Nul);
    }
    if name.starts_with(SEPARATORS) {
        return Err(EntryProblem::Absolute);
    }
    if has_drive(name) {
        return Err(EntryProblem::Drive);
    }
    let mut path = String::with_capacity(name.len());
    let mut depth = 0;
    for part in name.split(SEPARATORS) {
        match part {
            "" | "." => continue,
            ".." => return Err(EntryProblem::Traversal),
            _ => check_part(part, limits)?,
        }
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(part);
        depth += 1;
    }
    // `./c:` has no drive, what is left of it has.
    if has_drive(&path) {
        return Err(EntryProblem::Drive);
    }
    if path.len() > limits.path_bytes {
        return Err(EntryProblem::PathTooLong(limits.path_bytes));
    }
    if depth > limits.depth {
        return Err(EntryProblem::TooDeep(limits.depth));
    }
    Ok(NormalPath { path, directory: name.ends_with(SEPARATORS) })
}

/// Whether a path begins with a letter and a colon.
pub(crate) fn has_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

fn check_part(part: &str, limits: &ArchiveLimits) -> Result<(), EntryProblem> {
    if part.len() > limits.name_bytes {
        return Err(EntryProblem::NameTooLong(limits.name_bytes));
    }
    if is_device(part) {
        return Err(EntryProblem::DeviceName(part.to_owned()));
    }
    if cfg!(windows) && !windows_can_hold(part) {
        return Err(EntryProblem::NotOnWindows(part.to_owned()));
    }
    Ok(())
}

/// Whether Windows takes a part of a path for a device: also with an extension, and with blanks behind it.
fn is_device(part: &str) -> bool {
    const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];
    let stem = part.split(['.', ':']).next().unwrap_or(part).trim_end_matches(' ');
    if DEVICES.iter().any(|device| stem.eq_ignore_ascii_case(device)) {
        return true;
    }
    let mut characters = stem.chars();
    let port: String = characters.by_ref().take(3).collect();
    let number = characters.next();
    (port.eq_ignore_ascii_case("COM") || port.eq_ignore_ascii_case("LPT"))
        && matches!(number, Some('0'..='9' | '¹' | '²' | '³'))
        && characters.next().is_none()
}

fn windows_can_hold(part: &str) -> bool {
    !part.ends_with(['.', ' ']) && !part.contains(|c: char| c < ' ' || "<>:\"|?*".contains(c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(name: &str) -> String {
        match normalise(name, &ArchiveLimits::default()) {
            Ok(NormalPath { path, directory }) => format!("{path:?}{}", if directory { " directory" } else { "" }),
            Err(problem) => problem.to_string(),
        }
    }

    #[test]
    fn names_in_their_one_form() {
        let lines: Vec<String> = [
            "a/b.txt",
            "./a//b/./c/",
            r"a\b\c",
            "./",
            "..a/b..",
            "a/",
            "../a",
            "a/../../b",
            r"a\..\..\b",
            "a/..",
            "/a",
            r"\a",
            r"\\server\share",
            "C:/a",
            "c:a",
            r"C:\a",
            r".\c:a",
            ".//./C:/a",
            "",
            "a\0b",
            "con",
            "a/NUL.txt",
            "COM1",
            "lpt³.x",
            "aux .h",
            "CON:x",
            "COM10",
            "comet",
            "console",
            "a:b",
            "/../a",
        ]
        .into_iter()
        .map(|name| format!("{name:?}: {}", shown(name)))
        .collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        "a/b.txt": "a/b.txt"
        "./a//b/./c/": "a/b/c" directory
        "a\\b\\c": "a/b/c"
        "./": "" directory
        "..a/b..": "..a/b.."
        "a/": "a" directory
        "../a": would leave the destination: its name has a `..`
        "a/../../b": would leave the destination: its name has a `..`
        "a\\..\\..\\b": would leave the destination: its name has a `..`
        "a/..": would leave the destination: its name has a `..`
        "/a": would leave the destination: its name is absolute
        "\\a": would leave the destination: its name is absolute
        "\\\\server\\share": would leave the destination: its name is absolute
        "C:/a": would leave the destination: its name begins with a drive
        "c:a": would leave the destination: its name begins with a drive
        "C:\\a": would leave the destination: its name begins with a drive
        ".\\c:a": would leave the destination: its name begins with a drive
        ".//./C:/a": would leave the destination: its name begins with a drive
        "": has no name
        "a\0b": has a NUL byte in its name
        "con": has `con` in its name, which is a device on Windows
        "a/NUL.txt": has `NUL.txt` in its name, which is a device on Windows
        "COM1": has `COM1` in its name, which is a device on Windows
        "lpt³.x": has `lpt³.x` in its name, which is a device on Windows
        "aux .h": has `aux .h` in its name, which is a device on Windows
        "CON:x": has `CON:x` in its name, which is a device on Windows
        "COM10": "COM10"
        "comet": "comet"
        "console": "console"
        "a:b": would leave the destination: its name begins with a drive
        "/../a": would leave the destination: its name is absolute
        "#);
    }

    #[test]
    fn long_and_deep_names_are_refused() {
        assert_eq!(shown(&"x".repeat(256)), "has a part of more than 255 bytes in its name");
        assert_eq!(shown(&format!("{}/", "x".repeat(200)).repeat(11)), "has a name of more than 2048 bytes");
        assert_eq!(shown(&"x/".repeat(101)), "lies more than 100 folders deep");
    }

    proptest! {
        #[test]
        fn what_is_accepted_cannot_leave(name in "[a.:/\\\\\\x00]{0,12}") {
            if let Ok(normal) = normalise(&name, &ArchiveLimits::default()) {
                prop_assert!(!normal.path.starts_with('/') && !normal.path.contains('\\') && !has_drive(&normal.path));
                prop_assert!(normal.path.is_empty() || normal.path.split('/').all(|part| !matches!(part, "" | "." | "..")));
                if !normal.path.is_empty() {
                    let again = normalise(&normal.path, &ArchiveLimits::default());
                    prop_assert_eq!(again, Ok(NormalPath { path: normal.path, directory: false }));
                }
            }
        }
    }
}
