use std::ops::Range;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle as YamlStyle, ScanError};
use wharf_model::{Diagnostic, Scalar, ScalarStyle, SourceFile, Span, SpannedValue, ValueKind};

use crate::yaml::FileBounds;
use crate::yaml::comment::{TemplateComment, find};
use crate::yaml::region::{Places, Region, quoted_end};
use crate::yaml::tree::TreeBuilder;

/// What a file holds.
pub(crate) struct Document {
    /// The value; null for an empty file. None if there is an error.
    pub value: Option<SpannedValue>,
    /// Comments that begin with `#{`; each has its error among the diagnostics.
    pub template_comments: Vec<TemplateComment>,
    pub diagnostics: Vec<Diagnostic>,
    /// The bytes of each scalar, in order.
    pub scalars: Vec<Range<usize>>,
}

/// Reads a file of values, such as that of `--variable-file`: YAML, or JSON, which is YAML too.
/// Limits: [`FileBounds::default`].
pub fn parse_value(file: Arc<SourceFile>) -> Result<SpannedValue, Vec<Diagnostic>> {
    let document = read(file, &FileBounds::default());
    document.value.ok_or(document.diagnostics)
}

/// Reads one YAML document.
pub(crate) fn read(file: Arc<SourceFile>, bounds: &FileBounds) -> Document {
    if let Err(diagnostic) = bounds.check_size(&file) {
        return Document {
            value: None,
            template_comments: Vec::new(),
            diagnostics: vec![diagnostic],
            scalars: Vec::new(),
        };
    }
    let places = Places::new(file.clone());
    let mut reader = Reader {
        places: &places,
        bounds,
        tree: TreeBuilder::default(),
        regions: Vec::new(),
        brackets: Vec::new(),
        entries: 0,
    };
    let failure = reader.run().err();
    let (end, failed) = match &failure {
        Some(Stop { at, .. }) => (*at, true),
        None => (file.text.len(), false),
    };
    let template_comments = find(&file.text, &reader.regions, end, failed);
    let mut diagnostics: Vec<_> = template_comments.iter().map(|comment| comment.diagnostic(&places)).collect();
    if diagnostics.is_empty() {
        // What follows such a comment is often not what was meant, so its own errors would only mislead.
        diagnostics.extend(failure.map(|stop| stop.diagnostic));
    }
    let value = diagnostics.is_empty().then(|| {
        let nothing = || SpannedValue { kind: ValueKind::Null, span: Span::new(file.clone(), 0, 0) };
        reader.tree.root.take().unwrap_or_else(nothing)
    });
    let scalars = reader.regions.iter().map(|region| region.start..region.end).collect();
    Document { value, template_comments, diagnostics, scalars }
}

/// Why reading ended early, and at which byte.
struct Stop {
    diagnostic: Diagnostic,
    at: usize,
}

struct Reader<'a> {
    places: &'a Places,
    bounds: &'a FileBounds,
    tree: TreeBuilder,
    regions: Vec<Region>,
    /// For each open list and map, its bracket if it is written with brackets.
    brackets: Vec<Option<char>>,
    entries: usize,
}

impl Reader<'_> {
    fn run(&mut self) -> Result<(), Stop> {
        let file = self.places.file().clone();
        let mut documents = 0;
        for event in Parser::new_from_str(&file.text) {
            let (event, span) = event.map_err(|error| self.syntax(&error))?;
            let span = self.places.span(span);
            let at = span.start;
            if matches!(event, Event::DocumentStart(_)) {
                documents += 1;
                if documents > 1 {
                    let diagnostic =
                        Diagnostic::error("several-documents", "the file holds more than one YAML document")
                            .at(&span)
                            .help("keep one process in one file; remove the line `---`");
                    return Err(Stop { diagnostic, at });
                }
            }
            self.event(event, span).map_err(|diagnostic| Stop { diagnostic, at })?;
        }
        Ok(())
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Diagnostic> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let mut span = span;
                if matches!(style, YamlStyle::SingleQuoted | YamlStyle::DoubleQuoted) {
                    span.end = quoted_end(&span.file.text, span.start, span.end);
                }
                self.refuse(anchor, tag.is_some(), &span)?;
                self.count(&span)?;
                let plain = style == YamlStyle::Plain;
                let bracket = self.brackets.last().copied().flatten();
                if span.end > span.start {
                    self.regions.push(Region { start: span.start, end: span.end, plain, bracket });
                }
                let kind = scalar(text.into_owned(), style);
                self.tree.add(SpannedValue { kind, span })
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse(anchor, tag.is_some(), &span)?;
                self.enter(&span, '[')?;
                self.tree.open_list(span)
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse(anchor, tag.is_some(), &span)?;
                self.enter(&span, '{')?;
                self.tree.open_map(span)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let bracket = self.brackets.pop().flatten().map(|_| span.start + 1);
                self.tree.close(bracket)
            }
            Event::Alias(_) => Err(alias(&span)),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                Ok(())
            }
        }
    }

    fn enter(&mut self, span: &Span, bracket: char) -> Result<(), Diagnostic> {
        self.count(span)?;
        if self.tree.depth() >= self.bounds.depth {
            return Err(self.bounds.too_deep(span));
        }
        self.brackets.push(span.text().starts_with(bracket).then_some(bracket));
        Ok(())
    }

    fn count(&mut self, span: &Span) -> Result<(), Diagnostic> {
        self.entries += 1;
        if self.entries > self.bounds.entries { Err(self.bounds.too_many(span)) } else { Ok(()) }
    }

    fn refuse(&self, anchor: usize, tag: bool, span: &Span) -> Result<(), Diagnostic> {
        if anchor > 0 {
            return Err(Diagnostic::error("yaml-anchor", "anchors (`&name`) are not supported")
                .at(span)
                .help("write the value out, or make it a variable; quote text that begins with `&`"));
        }
        if tag {
            return Err(Diagnostic::error("yaml-tag", "tags (`!name`) are not supported")
                .at(span)
                .help("what a value is follows from where it stands; quote text that begins with `!`"));
        }
        Ok(())
    }

    fn syntax(&self, error: &ScanError) -> Stop {
        let text = &self.places.file().text;
        let at = self.places.byte(error.marker().index());
        let next = text[at..].chars().next().map_or(0, char::len_utf8);
        let span = self.places.between(at, at + next);
        if text[at..].starts_with('*') && error.info().contains("anchor") {
            return Stop { diagnostic: alias(&span), at };
        }
        let mut diagnostic =
            Diagnostic::error("yaml-syntax", format!("this is no valid YAML: {}", error.info())).at(&span);
        let around = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let line = text[around..].lines().next().unwrap_or_default();
        if line.contains('\t') {
            diagnostic = diagnostic.help("this line has a tab: YAML indents with blanks only");
        }
        if error.info().contains("indentation") && (text[at..].starts_with([']', '}']) || error.info().contains("flow"))
        {
            diagnostic =
                diagnostic.help("lines inside of `[…]` or `{…}`, the closing bracket included, need more blanks");
        }
        Stop { diagnostic, at }
    }
}

fn alias(span: &Span) -> Diagnostic {
    Diagnostic::error("yaml-alias", "aliases (`*name`) are not supported")
        .at(span)
        .help("write the value out, or make it a variable; quote text that begins with `*`")
}

fn scalar(text: String, style: YamlStyle) -> ValueKind {
    let style = match style {
        YamlStyle::Plain if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL") => return ValueKind::Null,
        YamlStyle::Plain => ScalarStyle::Plain,
        YamlStyle::SingleQuoted | YamlStyle::DoubleQuoted => ScalarStyle::Quoted,
        YamlStyle::Literal | YamlStyle::Folded => ScalarStyle::Block,
    };
    ValueKind::Scalar(Scalar { text, style })
}
