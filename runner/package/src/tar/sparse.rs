use crate::EntryProblem;

/// Offset and length of each piece of a sparse file that is not zero.
pub(super) type Pieces = Vec<(u64, u64)>;

/// Where the bytes of a sparse file are: everything else of it is zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SparseMap {
    /// Offset and length of each piece, one behind the other; their bytes follow each other in the archive.
    pieces: Pieces,
}

impl SparseMap {
    /// A map for a file of `size` bytes, of which the archive has `stored`. Pieces overlap or lie beyond the end only in
    /// archives that are damaged or made to confuse.
    pub(super) fn new(pieces: Pieces, size: u64, stored: u64) -> Result<Self, EntryProblem> {
        let (mut end, mut bytes) = (0_u64, 0_u64);
        for &(offset, length) in &pieces {
            if offset < end {
                return Err(EntryProblem::SparseMap);
            }
            end = offset.checked_add(length).filter(|&end| end <= size).ok_or(EntryProblem::SparseMap)?;
            bytes += length;
        }
        if bytes != stored {
            return Err(EntryProblem::SparseMap);
        }
        Ok(Self { pieces: pieces.into_iter().filter(|&(_, length)| length > 0).collect() })
    }

    /// What is at an offset: so many bytes of a piece, or so many zeros. Zeros without an end behind the last piece.
    pub(crate) fn at(&self, offset: u64) -> Run {
        let next = self.pieces.partition_point(|&(begin, length)| begin + length <= offset);
        match self.pieces.get(next) {
            Some(&(begin, length)) if begin <= offset => Run::Stored(begin + length - offset),
            Some(&(begin, _)) => Run::Zeros(begin - offset),
            None => Run::Zeros(u64::MAX),
        }
    }
}

/// What comes next in a sparse file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Run {
    /// Bytes of the archive.
    Stored(u64),
    /// Zeros, of which the archive knows only how many.
    Zeros(u64),
}

/// How many lines a map of PAX format 1.0 has: decimal numbers, of which the first is the number of pieces. None if its
/// first line is not complete.
pub(super) fn lines_of_map(text: &[u8]) -> Result<Option<u64>, EntryProblem> {
    match text.split_inclusive(|&byte| byte == b'\n').next().and_then(|line| line.strip_suffix(b"\n")) {
        Some(line) => {
            let lines = number(line).and_then(|pieces| pieces.checked_mul(2)?.checked_add(1));
            lines.map(Some).ok_or(EntryProblem::SparseMap)
        }
        None => Ok(None),
    }
}

/// Parses a whole map of PAX format 1.0; what follows it does not matter.
pub(super) fn parse_lines(text: &[u8]) -> Result<Pieces, EntryProblem> {
    let mut numbers = text.split(|&byte| byte == b'\n').map(|line| number(line).ok_or(EntryProblem::SparseMap));
    let mut next = || numbers.next().unwrap_or(Err(EntryProblem::SparseMap));
    let count = next()?;
    (0..count).map(|_| Ok((next()?, next()?))).collect()
}

/// Parses the map of PAX format 0.1: decimal numbers between commas.
pub(super) fn parse_commas(text: &[u8]) -> Option<Pieces> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let numbers: Vec<u64> = text.split(|&byte| byte == b',').map(number).collect::<Option<_>>()?;
    let (pairs, []) = numbers.as_chunks::<2>() else { return None };
    Some(pairs.iter().map(|&[offset, length]| (offset, length)).collect())
}

/// A decimal number of digits alone.
pub(super) fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_and_what_lies_between() {
        let map = SparseMap::new(vec![(0, 0), (10, 5), (15, 1), (20, 2)], 30, 8).expect("it is fine");
        let runs: Vec<Run> = [0, 9, 10, 14, 15, 16, 21, 22].into_iter().map(|offset| map.at(offset)).collect();
        let expected = [
            Run::Zeros(10),
            Run::Zeros(1),
            Run::Stored(5),
            Run::Stored(1),
            Run::Stored(1),
            Run::Zeros(4),
            Run::Stored(1),
            Run::Zeros(u64::MAX),
        ];
        assert_eq!(runs, expected);
    }

    #[test]
    fn maps_that_cannot_be() {
        for (pieces, size, stored) in [
            (vec![(0, 5), (4, 5)], 20, 10),
            (vec![(5, 5), (0, 5)], 20, 10),
            (vec![(15, 6)], 20, 6),
            (vec![(u64::MAX, 2)], u64::MAX, 2),
            (vec![(0, 5)], 20, 6),
        ] {
            assert_eq!(SparseMap::new(pieces, size, stored), Err(EntryProblem::SparseMap));
        }
    }

    #[test]
    fn maps_as_text() {
        assert_eq!(parse_lines(b"2\n0\n5\n10\n3\nrest"), Ok(vec![(0, 5), (10, 3)]));
        assert_eq!(parse_lines(b"0\n"), Ok(vec![]));
        for broken in [&b"2\n0\n5\n10\n"[..], b"1", b"-1\n", b"1\n\n1\n", b"18446744073709551615\n1\n1\n"] {
            assert_eq!(parse_lines(broken), Err(EntryProblem::SparseMap));
        }
        assert_eq!(lines_of_map(b"2\n0\n"), Ok(Some(5)));
        assert_eq!(lines_of_map(b"2"), Ok(None));
        assert_eq!(lines_of_map(b"18446744073709551615\n"), Err(EntryProblem::SparseMap));
        assert_eq!(parse_commas(b"0,5,10,3"), Some(vec![(0, 5), (10, 3)]));
        assert_eq!(parse_commas(b""), Some(vec![]));
        assert_eq!(parse_commas(b"0,5,10"), None);
        assert_eq!(parse_commas(b"0,+5"), None);
    }
}
