//! One pass over a text.

use super::automaton::{Automaton, HEAD, ROOT};
use super::base64::is_base64;
use super::filter::{GRAM, MOST_OFFSET};
use super::masker::Masker;
use super::wrapped::{SHORTEST_PIECE, digits, is_padding_to_the_end, padding};

/// So many bytes at the end of a text that goes on are undecided: a needle may begin there that the filter does not see
/// yet, with a digit before it.
const UNDECIDED: usize = MOST_OFFSET + GRAM + 2;
/// What follows a needle in base64 and belongs to it: a digit and padding, or padding and a line end.
const BEHIND: usize = 4;

/// A part of a text, in bytes.
pub(super) type Range = (usize, usize);

/// What stood before a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Context {
    /// Whether the text begins in the middle of a line.
    pub(super) is_inside_line: bool,
    /// So many of the text's first bytes belong to a secret in whose place the mask stands already.
    pub(super) masked: usize,
    /// Where secrets in base64 go on that were cut by the last line end.
    pub(super) trail: Vec<u32>,
}

/// What a pass found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The secrets, in order, apart from each other.
    pub(super) ranges: Vec<Range>,
    /// Up to here everything is decided.
    pub(super) safe: usize,
    /// What stands before the rest.
    pub(super) context: Context,
}

/// Where secrets in base64 go on that were cut by a line end.
#[derive(Debug, Default)]
struct Trails {
    /// For each line before which there are any, by its beginning.
    before: Vec<(usize, Vec<u32>)>,
    /// Behind the end of the text.
    last: Vec<u32>,
}

impl Trails {
    fn at(mut self, line: usize) -> Vec<u32> {
        let found = self.before.iter().position(|(at, _)| *at == line);
        found.map(|found| self.before.swap_remove(found).1).unwrap_or_default()
    }
}

/// A level's automaton at work.
struct Run<'a> {
    automaton: &'a Automaton,
    state: u32,
    at: usize,
}

struct Scan<'a> {
    masker: &'a Masker,
    bytes: &'a [u8],
    is_end: bool,
    ranges: Vec<Range>,
    /// Beginnings of needles in base64 before something that is no digit, by their ends.
    begun: Vec<Range>,
    safe: usize,
}

pub(super) fn scan(masker: &Masker, bytes: &[u8], is_end: bool, before: &Context) -> Found {
    let safe = if is_end { bytes.len() } else { bytes.len().saturating_sub(UNDECIDED) };
    let mut scan = Scan { masker, bytes, is_end, ranges: Vec::new(), begun: Vec::new(), safe };
    if before.masked > 0 {
        scan.ranges.push((0, before.masked.min(bytes.len())));
    }
    scan.needles();
    let trails = scan.lines(before);
    scan.finish(before, trails)
}

impl Scan<'_> {
    fn needles(&mut self) {
        let Some(mut hit) = self.masker.filter().find(self.bytes, 0) else { return };
        let mut runs: Vec<Run<'_>> =
            self.masker.automata().map(|automaton| Run { automaton, state: ROOT, at: 0 }).collect();
        loop {
            let mut from = usize::MAX;
            for run in &mut runs {
                if run.at <= hit {
                    // Nothing has begun where the automaton stopped, so what begins does so behind it.
                    run.at = run.at.max(hit.saturating_sub(MOST_OFFSET));
                    self.run(run, hit);
                }
                from = from.min(run.at);
            }
            match self.masker.filter().find(self.bytes, from.max(hit + 1)) {
                Some(next) => hit = next,
                None => break,
            }
        }
        for run in runs {
            let depth = run.automaton.node(run.state).depth as usize;
            if !self.is_end && depth > 0 {
                self.safe = self.safe.min((self.bytes.len() - depth).saturating_sub(1));
            }
        }
        self.begun.sort_unstable_by_key(|(start, end)| (*end, *start));
    }

    /// Runs an automaton until nothing has begun behind a place.
    fn run(&mut self, run: &mut Run<'_>, past: usize) {
        while let Some(byte) = self.bytes.get(run.at) {
            run.state = run.automaton.step(run.state, *byte);
            run.at += 1;
            let at = run.at;
            let node = *run.automaton.node(run.state);
            if node.whole > 0 {
                self.push((at - node.whole as usize, at));
                if node.whole_base64 > 0 {
                    self.push_base64(at - node.whole_base64 as usize, at);
                    self.hold(at, at - node.whole_base64 as usize);
                }
            }
            let begun = node.begun_base64 as usize;
            if begun >= SHORTEST_PIECE && self.bytes.get(at).map_or(self.is_end, |next| !is_base64(*next)) {
                self.push((self.digit_before(at - begun), at));
                self.begun.push((at - begun, at));
                self.hold(at, at - begun);
            }
            if node.head != ROOT {
                self.long(run, node.head);
            }
            if run.state == ROOT && run.at > past {
                return;
            }
        }
    }

    /// Compares what stands behind the head of long needles.
    fn long(&mut self, run: &Run<'_>, head: u32) {
        let start = run.at - HEAD;
        for (needle, rest) in run.automaton.long(head) {
            let text = &self.bytes[run.at..];
            let same = text.iter().zip(rest).take_while(|(ours, theirs)| ours == theirs).count();
            let end = run.at + same;
            if same == text.len() && same < rest.len() && !self.is_end {
                self.safe = self.safe.min(start.saturating_sub(1));
            }
            if same == rest.len() && needle.is_base64 {
                self.push_base64(start, end);
                self.hold(end, start);
            } else if same == rest.len() {
                self.push((start, end));
            }
            if needle.is_base64 && self.bytes.get(end).map_or(self.is_end, |next| !is_base64(*next)) {
                self.push((self.digit_before(start), end));
                self.begun.push((start, end));
                self.hold(end, start);
            }
        }
    }

    /// What ends so near to the end of the text that its neighbours are not there yet is not decided.
    fn hold(&mut self, end: usize, start: usize) {
        if !self.is_end && end + BEHIND > self.bytes.len() {
            self.safe = self.safe.min(start.saturating_sub(1));
        }
    }

    fn digit_before(&self, start: usize) -> usize {
        start - usize::from(start > 0 && is_base64(self.bytes[start - 1]))
    }

    /// A needle in base64, with a digit on either side and with the padding.
    fn push_base64(&mut self, start: usize, mut end: usize) {
        let begin = self.digit_before(start);
        end += usize::from(self.bytes.get(end).copied().is_some_and(is_base64));
        end += padding(&self.bytes[end..]);
        self.push((begin, end));
    }

    fn push(&mut self, range: Range) {
        push(&mut self.ranges, range);
    }

    /// Lines that begin with a piece of a secret in base64. Answers where secrets go on.
    fn lines(&mut self, before: &Context) -> Trails {
        let mut trails = Trails::default();
        if self.masker.wrapped().is_empty() {
            return trails;
        }
        let mut trail = before.trail.clone();
        let mut begun = 0;
        let mut line = 0;
        loop {
            let newline = memchr::memchr(b'\n', &self.bytes[line..]).map(|found| line + found);
            let end = newline.unwrap_or(self.bytes.len());
            if line > 0 || !before.is_inside_line {
                self.line((line, end), &mut trail);
            }
            begun = self.begun_on_line(begun, end, &mut trail);
            if newline.is_none() {
                trails.last = trail;
                return trails;
            }
            line = end + 1;
            if !trail.is_empty() {
                trails.before.push((line, trail.clone()));
            }
        }
    }

    /// A line that may begin with a piece, given where secrets go on; afterwards where they go on behind it.
    fn line(&mut self, (line, end): Range, trail: &mut Vec<u32>) {
        let wrapped = self.masker.wrapped();
        let start = line + blank(&self.bytes[line..end]);
        let most = wrapped.longest + 2;
        let run = &self.bytes[start..end.min(start + most)];
        let is_long =
            run.first_chunk::<SHORTEST_PIECE>().is_some_and(|first| first.iter().all(|byte| is_base64(*byte)));
        let may_be_last = !trail.is_empty() || end - start <= SHORTEST_PIECE + 3;
        if !is_long && !may_be_last {
            trail.clear();
            return;
        }
        if start == end && trail.is_empty() {
            return;
        }
        let run = &run[..digits(run)];
        let stop = start + run.len();
        let behind = &self.bytes[stop..];
        if !self.is_end && stop + BEHIND > self.bytes.len() && run.len() < most {
            self.safe = self.safe.min(start);
        }
        let piece = wrapped.piece(run, behind, trail);
        let is_all = run.len() < most && is_padding_to_the_end(behind);
        *trail = if is_all { piece.goes_on } else { Vec::new() };
        if piece.length == run.len() && piece.length > 0 {
            self.push((start, stop + padding(&self.bytes[stop..end])));
        } else if piece.length > 0 {
            self.push((start, start + piece.length));
        }
    }

    /// Adds where secrets go on that began at the end of a line, from the next of `begun` on; answers the one behind.
    fn begun_on_line(&self, mut next: usize, end: usize, trail: &mut Vec<u32>) -> usize {
        while let Some((start, stop)) = self.begun.get(next).filter(|(_, stop)| *stop <= end) {
            if is_padding_to_the_end(&self.bytes[*stop..]) {
                trail.extend(self.masker.wrapped().begun(&self.bytes[*start..*stop]));
            }
            next += 1;
        }
        trail.sort_unstable();
        trail.dedup();
        next
    }

    fn finish(mut self, before: &Context, trails: Trails) -> Found {
        self.ranges.sort_unstable();
        let mut ranges = Vec::with_capacity(self.ranges.len());
        for range in std::mem::take(&mut self.ranges) {
            push(&mut ranges, range);
        }
        if self.is_end {
            let context = Context { trail: trails.last, ..Context::default() };
            return Found { ranges, safe: self.safe, context };
        }
        let mut safe = self.before_begun(self.safe);
        let line = memchr::memrchr(b'\n', &self.bytes[..safe]).map(|found| found + 1);
        let is_whole = line.is_some() || !before.is_inside_line;
        let start = line.unwrap_or(0) + blank(&self.bytes[line.unwrap_or(0)..]);
        if is_whole && start < safe {
            let most = self.masker.wrapped().longest + 2;
            let run = digits(&self.bytes[start..self.bytes.len().min(start + most)]);
            // A piece is looked at as a whole.
            if run < most && safe < start + run + BEHIND {
                safe = start;
            }
        }
        while safe > 0 && self.bytes[safe] & 0xc0 == 0x80 {
            safe -= 1;
        }
        if safe == 0 {
            return Found { ranges, safe, context: before.clone() };
        }
        let is_inside_line = !is_whole || safe > start;
        let trail = match line {
            _ if is_inside_line => Vec::new(),
            None => before.trail.clone(),
            Some(line) => trails.at(line),
        };
        let covering = ranges.iter().find(|(start, end)| *start < safe && safe < *end);
        let masked = covering.map_or(0, |(_, end)| end - safe);
        Found { ranges, safe, context: Context { is_inside_line, masked, trail } }
    }

    /// Where a secret goes on behind a line end is known only to who saw how it began.
    fn before_begun(&self, mut safe: usize) -> usize {
        for (start, end) in self.begun.iter().rev() {
            if safe >= end + BEHIND {
                break;
            }
            let seen = &self.bytes[*end..safe.max(*end)];
            if *start < safe && !seen.contains(&b'\n') && is_padding_to_the_end(&self.bytes[*end..]) {
                safe = start.saturating_sub(1);
            }
        }
        safe
    }
}

/// Adds a range to those that are apart from each other, if none of them ends behind it.
fn push(ranges: &mut Vec<Range>, (mut start, mut end): Range) {
    while let Some((last_start, last_end)) =
        ranges.pop_if(|(last_start, last_end)| start < *last_end && *last_start < end)
    {
        start = start.min(last_start);
        end = end.max(last_end);
    }
    ranges.push((start, end));
}

/// How many blanks a line begins with.
fn blank(line: &[u8]) -> usize {
    line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}
