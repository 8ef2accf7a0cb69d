/// Which stream a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// One line of output, without its line end. Bytes that are not UTF-8 are replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where it came from.
    pub source: Source,
    /// The text.
    pub text: String,
    /// Whether it was cut because it is too long: the next of this source is the same line.
    pub goes_on: bool,
}

/// The most bytes of one line; a longer one becomes several.
const LENGTH: usize = 64 * 1024;

/// Cuts the bytes of one stream into lines.
pub(super) struct LineCutter {
    source: Source,
    rest: Vec<u8>,
}

impl LineCutter {
    pub(super) fn new(source: Source) -> Self {
        Self { source, rest: Vec::new() }
    }

    /// The lines that are complete with these bytes.
    pub(super) fn push(&mut self, mut bytes: &[u8]) -> Vec<Line> {
        let mut lines = Vec::new();
        while !bytes.is_empty() {
            let room = LENGTH - self.rest.len();
            match bytes.iter().take(room + 1).position(|byte| *byte == b'\n') {
                Some(end) => {
                    self.rest.extend_from_slice(&bytes[..end]);
                    bytes = &bytes[end + 1..];
                    lines.push(self.whole());
                }
                None => {
                    let some = room.min(bytes.len());
                    self.rest.extend_from_slice(&bytes[..some]);
                    bytes = &bytes[some..];
                    if !bytes.is_empty() {
                        lines.push(self.take(whole_characters(&self.rest), true));
                    }
                }
            }
        }
        lines
    }

    /// What is left at the end of the stream.
    pub(super) fn finish(&mut self) -> Option<Line> {
        (!self.rest.is_empty()).then(|| self.whole())
    }

    fn whole(&mut self) -> Line {
        if self.rest.last() == Some(&b'\r') {
            self.rest.pop();
        }
        self.take(self.rest.len(), false)
    }

    fn take(&mut self, length: usize, goes_on: bool) -> Line {
        let text = String::from_utf8_lossy(&self.rest[..length]).into_owned();
        self.rest.drain(..length);
        Line { source: self.source, text, goes_on }
    }
}

/// How many of the bytes can be taken without cutting a character in two.
fn whole_characters(bytes: &[u8]) -> usize {
    for (back, byte) in bytes.iter().rev().take(3).enumerate() {
        let here = back + 1;
        match byte.leading_ones() as usize {
            // The middle of a character: where does it begin?
            1 => {}
            length @ 2..=4 if length > here => return bytes.len() - here,
            _ => break,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(pieces: &[&[u8]]) -> Vec<String> {
        let mut cutter = LineCutter::new(Source::Stdout);
        let mut lines: Vec<Line> = pieces.iter().flat_map(|piece| cutter.push(piece)).collect();
        lines.extend(cutter.finish());
        lines.into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn line_ends_of_both_kinds_go_and_the_last_line_needs_none() {
        assert_eq!(cut(&[b"a\r\nb\n\nc"]), ["a", "b", "", "c"]);
        assert_eq!(cut(&[b"a\r", b"\nb"]), ["a", "b"]);
        assert_eq!(cut(&[b"10%\r20%\n"]), ["10%\r20%"]);
        assert!(cut(&[b""]).is_empty());
    }

    #[test]
    fn characters_may_come_in_pieces_and_bad_bytes_are_replaced() {
        assert_eq!(cut(&["ü".as_bytes().split_at(1).0, "ü".as_bytes().split_at(1).1]), ["ü"]);
        assert_eq!(cut(&[b"a\xffb\n"]), ["a\u{fffd}b"]);
    }

    #[test]
    fn only_a_line_that_is_cut_goes_on() {
        let mut cutter = LineCutter::new(Source::Stdout);
        let text = "x".repeat(LENGTH);
        let mut lines = cutter.push(format!("{text}\n{text}").as_bytes());
        lines.extend(cutter.push(b"y\nz\n"));
        let told: Vec<(usize, bool)> = lines.iter().map(|line| (line.text.len(), line.goes_on)).collect();
        assert_eq!(told, [(LENGTH, false), (LENGTH, true), (1, false), (1, false)]);
    }

    #[test]
    fn long_lines_become_several_between_characters() {
        for offset in 0..4 {
            let text = format!("{}{}", "x".repeat(offset), "😀".repeat(LENGTH / 2));
            let lines = cut(&[text.as_bytes()]);
            assert!(lines.iter().all(|line| line.len() <= LENGTH && !line.contains('\u{fffd}')), "{offset}");
            assert_eq!(lines.concat(), text);
        }
        let binary = vec![0xbf; LENGTH * 2 + 1];
        assert_eq!(cut(&[&binary]).len(), 3);
    }
}
