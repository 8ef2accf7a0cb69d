use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::brackets::Brackets;
use super::characters::{common_prefix, keyword, skip_blanks};
use super::expression::Read;
use super::syntax::{Condition, Each, If, Kind, Piece};

/// How deeply blocks, arguments of filters, indexes and parentheses may be nested.
pub(super) const MOST_NESTING: usize = 64;

/// Reads a template as Octostache's grammar does, in one pass: blocks stand on a stack of its own, and what was found
/// not to be readable once is not tried again. Work is linear in the text (times [`MOST_NESTING`] at the worst).
pub(super) struct Parser<'t> {
    pub text: &'t str,
    pub brackets: Brackets,
    /// How deep the reader is in arguments, indexes and parentheses.
    pub nesting: usize,
    /// Where something is nested too deeply; nothing is read any more then.
    pub too_deep: Option<usize>,
    /// Where tokens cannot be read, and how far reading them came: what lies between is copied.
    failures: HashMap<usize, usize>,
    /// Where `#{if}` or `#{unless}` begin that have no end.
    endless: HashSet<usize>,
    last_escaped_quote: Option<usize>,
}

/// A block whose end has not come yet.
struct Frame {
    /// The number of the piece that opens it.
    piece: usize,
    word: Word,
    /// The pieces of its `#{elseif}`s and `#{else}`.
    turns: Vec<usize>,
    has_else: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    If,
    Unless,
    Each,
}

impl Word {
    fn name(self) -> &'static str {
        match self {
            Word::If => "if",
            Word::Unless => "unless",
            Word::Each => "each",
        }
    }

    fn end(self) -> &'static str {
        match self {
            Word::If => "#{/if}",
            Word::Unless => "#{/unless}",
            Word::Each => "#{/each}",
        }
    }
}

/// What begins at a `#{`.
enum Token<'t> {
    /// A token that is complete.
    Whole(Kind<'t>),
    /// The head of a block.
    Head(Word, Kind<'t>),
}

impl<'t> Parser<'t> {
    pub fn new(text: &'t str) -> Self {
        Self {
            text,
            brackets: Brackets::default(),
            nesting: 0,
            too_deep: None,
            failures: HashMap::new(),
            endless: HashSet::new(),
            last_escaped_quote: None,
        }
    }

    /// Reads all of the text. What cannot be read becomes [`Kind::Broken`].
    pub fn template(&mut self) -> Vec<Piece<'t>> {
        let mut reading = Reading { pieces: Vec::new(), frames: Vec::new(), at: 0 };
        while reading.at < self.text.len() || !reading.frames.is_empty() {
            let at = match self.text_before_token(&mut reading) {
                Some(token) => token,
                None => self.text.len(),
            };
            if let Some(stop) = self.token_or_turn(&mut reading, at)
                && let Some(broken) = self.stop(&mut reading, stop)
            {
                let end = self.failures.get(&broken).copied().unwrap_or(broken + 1);
                reading.push(Kind::Broken, broken..end);
                reading.at = end;
            }
            if self.too_deep.is_some() {
                break;
            }
        }
        reading.pieces
    }

    /// Reads exactly one `#{…}` that is an argument of a filter.
    pub(super) fn nested(&mut self, at: usize) -> Read<Vec<Piece<'t>>> {
        self.deeper().ok_or(at)?;
        let result = self.nested_token(at);
        self.nesting -= 1;
        result
    }

    fn nested_token(&mut self, start: usize) -> Read<Vec<Piece<'t>>> {
        let mut reading = Reading { pieces: Vec::new(), frames: Vec::new(), at: start };
        let mut at = start;
        loop {
            if let Some(stop) = self.token_or_turn(&mut reading, at)
                && self.stop(&mut reading, stop).is_some()
            {
                return Err(start);
            }
            if self.too_deep.is_some() {
                return Err(start);
            }
            if reading.frames.is_empty() {
                // A block without an end turned into a token: what stands behind it is not part of the argument.
                let end = reading.pieces[0].range.end;
                let next = reading.pieces[0].next;
                reading.pieces.truncate(next);
                return Ok((reading.pieces, end));
            }
            at = self.text_before_token(&mut reading).unwrap_or(self.text.len());
        }
    }

    /// Goes one level deeper, if that may be.
    pub(super) fn deeper(&mut self) -> Option<()> {
        if self.nesting >= MOST_NESTING || self.too_deep.is_some() {
            self.too_deep.get_or_insert(0);
            return None;
        }
        self.nesting += 1;
        Some(())
    }

    /// The place of the last `\"`, so that none is looked for where there is none.
    pub(super) fn last_escaped_quote(&mut self) -> usize {
        *self.last_escaped_quote.get_or_insert_with(|| self.text.rfind("\\\"").unwrap_or(0))
    }

    /// Reads text up to the next token, and answers where it begins. `##{` is `#{`, `###{` is `#` and a token; longer
    /// runs are taken in pairs first.
    fn text_before_token(&self, reading: &mut Reading<'t>) -> Option<usize> {
        let text = self.text;
        loop {
            let from = reading.at;
            let Some(open) = memchr::memmem::find(&text.as_bytes()[from..], b"#{").map(|found| from + found) else {
                reading.text(&text[from..], from);
                reading.at = text.len();
                return None;
            };
            let hashes = 1 + text.as_bytes()[from..open].iter().rev().take_while(|byte| **byte == b'#').count();
            if hashes == 1 {
                reading.text(&text[from..open], from);
                reading.at = open;
                return Some(open);
            }
            if hashes % 2 == 1 && open + 2 < text.len() {
                // The last two hashes before the token are one.
                reading.text(&text[from..open - 1], from);
                reading.at = open;
                return Some(open);
            }
            // The last two hashes are one, and the brace is text: all but the last but one is as written.
            if hashes % 2 == 1 {
                reading.text(&text[from..open], from);
                reading.at = open;
                return Some(open);
            }
            reading.text(&text[from..open - 1], from);
            reading.text(&text[open..open + 2], open);
            reading.at = open + 2;
        }
    }

    /// Reads what begins at `at`, if it is a token or a turn of the innermost block; else answers `at`.
    fn token_or_turn(&mut self, reading: &mut Reading<'t>, at: usize) -> Option<usize> {
        let rest = &self.text[at..];
        if rest.is_empty() && reading.frames.is_empty() {
            return None;
        }
        if rest.is_empty() || rest.starts_with("#{/") {
            return Some(at);
        }
        if let Some(frame) = reading.frames.last()
            && !frame.has_else
            && frame.word != Word::Each
        {
            if rest.starts_with("#{else}") {
                reading.turn(Kind::Turn(None), at..at + "#{else}".len());
                return None;
            }
            if frame.word == Word::If
                && let Some(read) = self.elseif(at)
            {
                let Ok((condition, end)) = read else { return Some(at) };
                reading.turn(Kind::Turn(Some(Box::new(condition))), at..end);
                return None;
            }
        }
        match self.token(at) {
            Ok((Token::Whole(kind), end)) => {
                reading.push(kind, at..end);
                reading.at = end;
            }
            Ok((Token::Head(word, kind), end)) => {
                if reading.frames.len() + self.nesting >= MOST_NESTING {
                    self.too_deep.get_or_insert(at);
                    return None;
                }
                reading.frames.push(Frame { piece: reading.pieces.len(), word, turns: Vec::new(), has_else: false });
                reading.push(kind, at..end);
                reading.at = end;
            }
            Err(_) => return Some(at),
        }
        None
    }

    /// Reads `#{elseif condition}`, if the word stands there.
    fn elseif(&mut self, at: usize) -> Option<Read<Condition<'t>>> {
        let inside = self.text[at..].strip_prefix("#{elseif")?;
        if !inside.starts_with(char::is_whitespace) {
            return None;
        }
        let read = self.condition(at + "#{elseif".len());
        Some(read.and_then(|(condition, end)| Ok((condition, self.character(end, '}')?))))
    }

    fn token(&mut self, at: usize) -> Read<Token<'t>> {
        if let Some(&end) = self.failures.get(&at) {
            return Err(end);
        }
        let mut furthest = at + 1;
        if !self.endless.contains(&at) {
            match self.head(at) {
                Ok(head) => return Ok(head),
                Err(end) => furthest = furthest.max(end),
            }
        }
        match self.substitution(at) {
            Ok((expression, end)) => {
                let unclosed = match self.endless.contains(&at).then(|| self.head(at)) {
                    Some(Ok((Token::Head(word, _), _))) => Some(word.name()),
                    _ => None,
                };
                Ok((Token::Whole(Kind::Token { expression, unclosed }), end))
            }
            Err(end) => {
                self.failures.insert(at, furthest.max(end));
                Err(furthest.max(end))
            }
        }
    }

    /// `#{if condition}`, `#{unless condition}`, `#{each name in symbol}` or `#{calc …}`.
    fn head(&mut self, at: usize) -> Read<Token<'t>> {
        let begin = skip_blanks(self.text, at + 2);
        let word = [Word::If, Word::Unless, Word::Each].into_iter();
        let found = word.filter_map(|word| Some((Some(word), keyword(self.text, begin, word.name())?)));
        let found = found.chain(keyword(self.text, begin, "calc").map(|end| (None, end))).next();
        let Some((word, behind)) = found else { return Err(begin) };
        let inside = skip_blanks(self.text, behind);
        if inside == behind {
            return Err(behind);
        }
        let (token, end) = match word {
            None => {
                let (calculation, end) = self.calculation(inside)?;
                (Token::Whole(Kind::Calculation(Box::new(calculation))), end)
            }
            Some(Word::Each) => {
                let (name, end) = self.identifier(inside)?;
                let end = skip_blanks(self.text, end);
                let end = keyword(self.text, end, "in").ok_or(end)?;
                let (collection, end) = self.symbol(skip_blanks(self.text, end))?;
                let each = Each { name, collection, body: 0..0 };
                (Token::Head(Word::Each, Kind::Each(Box::new(each))), skip_blanks(self.text, end))
            }
            Some(word) => {
                let (condition, end) = self.condition(inside)?;
                let unless = word == Word::Unless;
                let block = If { unless, branches: vec![(condition, 0..0)], otherwise: 0..0 };
                (Token::Head(word, Kind::If(Box::new(block))), end)
            }
        };
        Ok((token, self.character(end, '}')?))
    }

    /// No token can be read at `at`: the innermost block ends here, or it has no end. Answers the place that cannot be
    /// read if no block is open any more.
    fn stop(&mut self, reading: &mut Reading<'t>, mut at: usize) -> Option<usize> {
        loop {
            let Some(frame) = reading.frames.pop() else {
                reading.at = at;
                return (at < self.text.len()).then_some(at);
            };
            let end = frame.word.end();
            if self.text[at..].starts_with(end) {
                reading.close(frame, at + end.len());
                return None;
            }
            let open = reading.pieces[frame.piece].range.start;
            let reached = at + common_prefix(&self.text[at..], end);
            match self.without_end(open, frame.word) {
                Some((kind, behind)) => {
                    let piece = &mut reading.pieces[frame.piece];
                    piece.kind = kind;
                    piece.range = open..behind;
                    piece.next = frame.piece + 1;
                    if let Some(broken) = self.hand_over(reading, frame.turns) {
                        at = broken;
                    } else if at < self.text.len() && !self.is_stop(at) {
                        // The token at `at` is looked at again, now outside of this block.
                        reading.at = at;
                        return None;
                    }
                }
                None => {
                    let behind = self.failures.get(&open).copied().unwrap_or(open).max(reached);
                    self.failures.insert(open, behind);
                    reading.pieces.truncate(frame.piece);
                    at = open;
                }
            }
        }
    }

    fn is_stop(&self, at: usize) -> bool {
        self.text[at..].starts_with("#{/") || self.failures.contains_key(&at)
    }

    /// What the head of a block is that has no end, if it can be read as anything else.
    fn without_end(&mut self, open: usize, word: Word) -> Option<(Kind<'t>, usize)> {
        if word == Word::Each {
            return None;
        }
        self.endless.insert(open);
        match self.substitution(open) {
            Ok((expression, end)) => Some((Kind::Token { expression, unclosed: Some(word.name()) }, end)),
            Err(end) => {
                self.failures.insert(open, end);
                None
            }
        }
    }

    /// The turns of a block that has no end become those of the block around it, or tokens. Answers the place of one
    /// that cannot be read as a token.
    fn hand_over(&mut self, reading: &mut Reading<'t>, turns: Vec<usize>) -> Option<usize> {
        for piece in turns {
            let Range { start, .. } = reading.pieces[piece].range;
            let is_else = matches!(reading.pieces[piece].kind, Kind::Turn(None));
            if let Some(around) = reading.frames.last_mut()
                && !around.has_else
                && (around.word == Word::If || (around.word == Word::Unless && is_else))
            {
                around.turns.push(piece);
                around.has_else = is_else;
                continue;
            }
            match self.substitution(start) {
                Ok((expression, _)) => reading.pieces[piece].kind = Kind::Token { expression, unclosed: None },
                Err(end) => {
                    self.failures.insert(start, end.max(start + 1));
                    reading.pieces.truncate(piece);
                    return Some(start);
                }
            }
        }
        None
    }
}

/// What was read so far.
struct Reading<'t> {
    pieces: Vec<Piece<'t>>,
    frames: Vec<Frame>,
    at: usize,
}

impl<'t> Reading<'t> {
    fn push(&mut self, kind: Kind<'t>, range: Range<usize>) {
        let next = self.pieces.len() + 1;
        self.pieces.push(Piece { kind, range, next });
    }

    fn text(&mut self, text: &'t str, at: usize) {
        if !text.is_empty() {
            self.push(Kind::Text(text), at..at + text.len());
        }
    }

    fn turn(&mut self, kind: Kind<'t>, range: Range<usize>) {
        let (piece, is_else) = (self.pieces.len(), matches!(kind, Kind::Turn(None)));
        self.at = range.end;
        self.push(kind, range);
        if let Some(frame) = self.frames.last_mut() {
            frame.turns.push(piece);
            frame.has_else = is_else;
        }
    }

    /// Ends a block: its bodies are what stands between its turns.
    fn close(&mut self, frame: Frame, end: usize) {
        let last = self.pieces.len();
        let mut starts = vec![frame.piece + 1];
        let mut conditions = Vec::new();
        for &turn in &frame.turns {
            starts.push(turn + 1);
            if let Kind::Turn(condition) = &mut self.pieces[turn].kind {
                conditions.extend(condition.take().map(|condition| *condition));
            }
        }
        // A body ends before the turn that begins the next.
        let bodies: Vec<Range<usize>> = starts
            .iter()
            .enumerate()
            .map(|(number, &start)| start..starts.get(number + 1).map_or(last, |next| next - 1))
            .collect();
        let piece = &mut self.pieces[frame.piece];
        piece.next = last;
        piece.range.end = end;
        match &mut piece.kind {
            Kind::Each(each) => each.body = bodies[0].clone(),
            Kind::If(block) => {
                block.branches[0].1 = bodies[0].clone();
                let further = conditions.into_iter().zip(bodies[1..].iter().cloned());
                block.branches.extend(further);
                if frame.has_else
                    && let Some(otherwise) = bodies.last()
                {
                    block.otherwise = otherwise.clone();
                }
            }
            _ => {}
        }
        self.at = end;
    }
}
