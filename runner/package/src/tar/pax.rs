use std::time::{Duration, SystemTime};

use super::sparse::{number, parse_commas};

/// What a PAX extended header says of the entry behind it, as far as it matters here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pax {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) modified: Option<SystemTime>,
    pub(super) sparse: Option<PaxSparse>,
}

/// What a PAX extended header says of a sparse file, in one of GNU tar's three formats.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PaxSparse {
    /// The file's own name (0.1 and 1.0).
    pub(super) name: Option<Vec<u8>>,
    /// The file's own size.
    pub(super) size: Option<u64>,
    /// Offset and length of each piece (0.0 and 0.1).
    pub(super) pieces: Vec<(u64, u64)>,
    /// An offset whose length is still to come (0.0).
    offset: Option<u64>,
    /// 1 if the map stands before the content.
    pub(super) major: u64,
}

/// Parses records of the form `length key=value\n`, where the length is that of the whole record (POSIX.1-2001, `pax`).
/// None for anything else.
pub(super) fn parse(mut data: &[u8]) -> Option<Pax> {
    let mut pax = Pax::default();
    while !data.is_empty() {
        let blank = data.iter().take(20).position(|&byte| byte == b' ')?;
        let length = usize::try_from(number(&data[..blank])?).ok()?;
        let record = data.get(blank + 1..length)?.strip_suffix(b"\n")?;
        let equals = record.iter().position(|&byte| byte == b'=')?;
        let (key, value) = (&record[..equals], &record[equals + 1..]);
        match key {
            // An empty value takes back what was said before.
            b"path" => pax.path = Some(value.to_vec()).filter(|value| !value.is_empty()),
            b"linkpath" => pax.link = Some(value.to_vec()).filter(|value| !value.is_empty()),
            b"size" if value.is_empty() => pax.size = None,
            b"size" => pax.size = Some(number(value)?),
            b"mtime" => pax.modified = time(value),
            _ => {
                if let Some(key) = key.strip_prefix(b"GNU.sparse.") {
                    pax.sparse.get_or_insert_default().take(key, value)?;
                }
            }
        }
        data = &data[length..];
    }
    Some(pax)
}

impl PaxSparse {
    fn take(&mut self, key: &[u8], value: &[u8]) -> Option<()> {
        match key {
            b"name" => self.name = Some(value.to_vec()),
            b"size" | b"realsize" => self.size = Some(number(value)?),
            b"major" => self.major = number(value)?,
            b"map" => self.pieces = parse_commas(value)?,
            b"offset" => self.offset = Some(number(value)?),
            b"numbytes" => self.pieces.push((self.offset.take()?, number(value)?)),
            _ => {}
        }
        Some(())
    }
}

/// A time in seconds since 1970, which may be negative and have a fraction.
fn time(value: &[u8]) -> Option<SystemTime> {
    let text = std::str::from_utf8(value).ok()?;
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let nanoseconds = u32::try_from(number(digits.as_bytes())?).ok()?;
    let distance = Duration::new(number(seconds.as_bytes())?, nanoseconds);
    if negative { SystemTime::UNIX_EPOCH.checked_sub(distance) } else { SystemTime::UNIX_EPOCH.checked_add(distance) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn records_have_lengths_and_may_hold_line_ends() {
        let pax = parse(b"13 path=a\nb/\n13 size=4711\n21 SCHILY.dev=0xffff\n").unwrap_or_default();
        assert_eq!(pax.path.as_deref(), Some(b"a\nb/".as_slice()));
        assert_eq!((pax.size, pax.sparse, pax.link), (Some(4711), None, None));
        for broken in [
            &b"13 path=abc"[..],
            b"0 \n",
            b"2 ",
            b"path=a\n",
            b"99999999999999999999999 a=b\n",
            b"9 size=x\n",
            b"5 ab\n",
        ] {
            assert_eq!(parse(broken), None, "{}", String::from_utf8_lossy(broken));
        }
    }

    #[test]
    fn an_empty_value_takes_back() {
        assert_eq!(parse(b"9 path=a\n8 path=\n"), Some(Pax::default()));
    }

    #[test]
    fn times_have_fractions() {
        let time =
            |text: &str| parse(format!("{} mtime={text}\n", text.len() + 10).as_bytes()).unwrap_or_default().modified;
        assert_eq!(time("1350244992.5"), Some(SystemTime::UNIX_EPOCH + Duration::from_millis(1_350_244_992_500)));
        assert_eq!(time("-000001.25"), Some(SystemTime::UNIX_EPOCH - Duration::from_millis(1250)));
        assert_eq!(time("99999999999999999999"), None);
        assert_eq!(time("1350244992,5"), None);
    }

    #[test]
    fn sparse_maps_of_all_formats() {
        let sparse = |records: &[u8]| parse(records).unwrap_or_default().sparse.unwrap_or_default();
        let old = sparse(b"23 GNU.sparse.offset=5\n25 GNU.sparse.numbytes=3\n21 GNU.sparse.size=9\n");
        assert_eq!((old.pieces, old.size, old.major), (vec![(5, 3)], Some(9), 0));
        assert_eq!(sparse(b"22 GNU.sparse.map=5,3\n").pieces, [(5, 3)]);
        assert_eq!(sparse(b"22 GNU.sparse.major=1\n").major, 1);
        assert_eq!(parse(b"25 GNU.sparse.numbytes=3\n"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_parsed_or_refused(data in prop::collection::vec(any::<u8>(), 0..60)) {
            parse(&data);
        }
    }
}
