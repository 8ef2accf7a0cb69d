use crate::EntryKind;
use crate::pack::tree::TreeFile;

/// Headers and contents are padded to blocks of this size.
pub(super) const BLOCK_BYTES: u64 = 512;
/// The latest time that 11 octal digits can tell.
const LATEST: u64 = 0o777_7777_7777;

/// The header of an entry: ustar, behind a pax header if a path does not fit into it.
pub(super) fn header(file: &TreeFile, seconds: u64) -> Vec<u8> {
    let is_directory = file.kind == EntryKind::Directory;
    let path = if is_directory { format!("{}/", file.path) } else { file.path.clone() };
    let mut header = plain(seconds);
    header.set_mode(file.mode);
    header.set_size(if file.kind == EntryKind::File { file.size } else { 0 });
    header.set_entry_type(match file.kind {
        EntryKind::File => tar::EntryType::Regular,
        EntryKind::Directory => tar::EntryType::Directory,
        EntryKind::Symlink => tar::EntryType::Symlink,
    });
    let mut records = Vec::new();
    if header.set_path(&path).is_err() {
        records.extend(record("path", &path));
        fill(&mut header.as_old_mut().name, &path);
    }
    if let Some(target) = &file.link {
        if target.len() > header.as_old().linkname.len() {
            records.extend(record("linkpath", target));
        }
        // Not `set_link_name`, which changes what it takes for another way to write the same path.
        fill(&mut header.as_old_mut().linkname, target);
    }
    header.set_cksum();
    let mut bytes = if records.is_empty() { Vec::new() } else { pax(records, seconds) };
    bytes.extend(header.as_bytes());
    bytes
}

fn plain(seconds: u64) -> tar::Header {
    let mut header = tar::Header::new_ustar();
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(seconds.min(LATEST));
    header
}

/// An entry that says more of the next one.
fn pax(records: Vec<u8>, seconds: u64) -> Vec<u8> {
    let mut header = plain(seconds);
    header.set_mode(0o644);
    header.set_size(records.len() as u64);
    header.set_entry_type(tar::EntryType::XHeader);
    fill(&mut header.as_old_mut().name, "PaxHeaders/next");
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend(records);
    bytes.resize(bytes.len().next_multiple_of(BLOCK_BYTES as usize), 0);
    bytes
}

/// `length key=value\n`, of which the length counts itself.
fn record(key: &str, value: &str) -> Vec<u8> {
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len();
    while length != rest.len() + length.to_string().len() {
        length = rest.len() + length.to_string().len();
    }
    format!("{length}{rest}").into_bytes()
}

/// As much of a text as there is room for.
fn fill(field: &mut [u8], text: &str) {
    field.fill(0);
    let length = text.floor_char_boundary(field.len());
    field[..length].copy_from_slice(&text.as_bytes()[..length]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_count_themselves() {
        assert_eq!(record("path", "a"), b"9 path=a\n");
        for length in 1..2000 {
            let record = String::from_utf8(record("path", &"a".repeat(length))).unwrap_or_default();
            let counted = record.split(' ').next().and_then(|count| count.parse().ok());
            assert_eq!(counted, Some(record.len()));
        }
    }
}
