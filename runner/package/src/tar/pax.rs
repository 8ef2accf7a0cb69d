/// What a PAX extended header says of the entry behind it, as far as it matters here.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pax {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) sparse: bool,
}

/// Parses records of the form `length key=value\n`, where the length is that of the whole record (POSIX.1-2001, `pax`).
/// None for anything else.
pub(super) fn parse(mut data: &[u8]) -> Option<Pax> {
    let mut pax = Pax::default();
    while !data.is_empty() {
        let blank = data.iter().take(20).position(|&byte| byte == b' ')?;
        let length: usize = std::str::from_utf8(&data[..blank]).ok()?.parse().ok()?;
        let record = data.get(blank + 1..length)?.strip_suffix(b"\n")?;
        let equals = record.iter().position(|&byte| byte == b'=')?;
        let (key, value) = (&record[..equals], &record[equals + 1..]);
        match key {
            b"path" => pax.path = Some(value.to_vec()),
            b"linkpath" => pax.link = Some(value.to_vec()),
            b"size" => pax.size = Some(std::str::from_utf8(value).ok()?.parse().ok()?),
            _ if key.starts_with(b"GNU.sparse.") => pax.sparse = true,
            _ => {}
        }
        data = &data[length..];
    }
    Some(pax)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn records_have_lengths_and_may_hold_line_ends() {
        let pax = parse(b"13 path=a\nb/\n13 size=4711\n21 SCHILY.dev=0xffff\n").unwrap_or_default();
        assert_eq!(pax.path.as_deref(), Some(b"a\nb/".as_slice()));
        assert_eq!((pax.size, pax.sparse, pax.link), (Some(4711), false, None));
        assert!(parse(b"22 GNU.sparse.major=1\n").is_some_and(|pax| pax.sparse));
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

    proptest! {
        #[test]
        fn any_bytes_are_parsed_or_refused(data in prop::collection::vec(any::<u8>(), 0..60)) {
            parse(&data);
        }
    }
}
