use std::fs;

/// Whether everyone of a process group is dead, as far as `/proc` tells; no if it cannot be read.
pub(super) fn all_dead(group: i32) -> bool {
    let Ok(processes) = fs::read_dir("/proc") else { return false };
    let is_number = |name: &std::ffi::OsStr| name.as_encoded_bytes().iter().all(u8::is_ascii_digit);
    !processes
        .flatten()
        .filter(|entry| is_number(&entry.file_name()))
        .filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok())
        .any(|stat| is_alive_member(&stat, group))
}

/// Reads the state and the group of `number (name) state parent group …`; the name may hold anything.
fn is_alive_member(stat: &str, group: i32) -> bool {
    let mut fields = stat.rsplit(") ").next().unwrap_or_default().split(' ');
    let (state, parent, its_group) = (fields.next(), fields.next(), fields.next());
    let dead = matches!(state, Some("Z" | "X"));
    !dead && parent.is_some() && its_group.and_then(|text| text.parse().ok()) == Some(group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dead_and_strangers_do_not_count() {
        assert!(is_alive_member("12 (a) (b) S 1 12 12 0", 12));
        assert!(!is_alive_member("12 (a) Z 1 12 12 0", 12));
        assert!(!is_alive_member("13 (a) R 12 13 13 0", 12));
        assert!(!is_alive_member("", 12));
    }
}
