use wharf_model::Diagnostic;

use crate::yaml::region::{Places, Region};

/// A comment that begins with `#{`: nearly always a value without its quotes.
#[derive(Debug, Clone)]
pub(crate) struct TemplateComment {
    /// The byte of its `#`.
    pub start: usize,
    /// The byte behind its line.
    pub end: usize,
    /// How to write what was meant, if it can be told.
    pub fix: Option<Fix>,
}

/// Bytes of the file and the quoted form that belongs there.
#[derive(Debug, Clone)]
pub(crate) struct Fix {
    pub start: usize,
    pub end: usize,
    pub quoted: String,
}

impl TemplateComment {
    /// The error, with the line as it should be.
    pub fn diagnostic(&self, places: &Places) -> Diagnostic {
        let span = places.between(self.start, self.end);
        let diagnostic =
            Diagnostic::error("template-in-comment", "`#{` begins a comment here: to YAML the value ends before it")
                .at(&span);
        let Some(fix) = &self.fix else {
            return diagnostic.help("quote the whole value, or write `# {` if a comment is meant");
        };
        let text = &places.file().text;
        let line = text[..fix.start].rfind('\n').map_or(0, |newline| newline + 1);
        let begin = text[line..fix.start].trim_start_matches(['\u{feff}', ' ']);
        let rest = text[fix.end..].lines().next().unwrap_or_default().trim_end();
        diagnostic.help(format!("write `{begin}{}{rest}`", fix.quoted))
    }
}

/// Finds the comments that begin with `#{` in everything that is no scalar, up to byte `end`.
/// If reading failed (`failed`), the rest may hold the beginning of a quoted scalar, which ends the search.
pub(crate) fn find(text: &str, regions: &[Region], end: usize, failed: bool) -> Vec<TemplateComment> {
    let mut found = Vec::new();
    let mut at = 0;
    for (number, region) in regions.iter().enumerate() {
        if region.start > at {
            scan(text, at, region.start, &regions[..number], &mut found);
        }
        at = at.max(region.end);
    }
    let rest_end = match failed {
        true => text[at..end.max(at)].find(['"', '\'']).map_or(end, |quote| at + quote),
        false => end,
    };
    if rest_end > at {
        scan(text, at, rest_end, regions, &mut found);
    }
    found
}

fn scan(text: &str, mut at: usize, end: usize, before: &[Region], found: &mut Vec<TemplateComment>) {
    while let Some(start) = text[at..end].find('#').map(|offset| at + offset) {
        at = start + 1;
        if text[..start].chars().next_back().is_some_and(|c| !c.is_whitespace() && c != '\u{feff}') {
            continue;
        }
        let line_end = text[start..].find(['\n', '\r']).map_or(text.len(), |offset| start + offset);
        if text[start..].starts_with("#{") {
            found.push(TemplateComment { start, end: line_end, fix: fix(text, start, line_end, before.last()) });
        }
        at = line_end.clamp(at, end);
    }
}

/// How a value that begins, or goes on, with `#{` at `start` has to be written.
fn fix(text: &str, start: usize, line_end: usize, last: Option<&Region>) -> Option<Fix> {
    let last_end = last.map_or(0, |region| region.end);
    let between = &text[last_end..start];
    if between.contains('\n') {
        // What stands alone on its line is a comment, or the continuation of something that cannot be told.
        let line = &between[between.rfind('\n').map_or(0, |newline| newline + 1)..];
        if line.trim() == "-" {
            return quote(text, start, start, line_end, false);
        }
        let in_list = last.is_some_and(|region| region.bracket == Some('[')) && !between.contains(['{', '}', ']']);
        let item = between.trim_end().ends_with('[') || (in_list && between.trim_end().ends_with(','));
        return if item { quote(text, start, start, line_end, true) } else { None };
    }
    let in_flow = last.is_some_and(|region| region.bracket.is_some()) || between.contains(['{', '[']);
    let goes_on = last.filter(|region| region.plain && between.trim().is_empty());
    match goes_on {
        Some(region) if text[region.start..region.end].contains('\n') => None,
        Some(region) => quote(text, region.start, start, line_end, in_flow),
        None if between.trim_end().ends_with([':', '-', ',', '[', '{', '?']) => {
            quote(text, start, start, line_end, in_flow)
        }
        None => None,
    }
}

/// The quoted form of what stands from `from` on, with its template at `template`.
fn quote(text: &str, from: usize, template: usize, line_end: usize, in_flow: bool) -> Option<Fix> {
    let line = &text[template..line_end];
    let length = match in_flow {
        // Inside of brackets the value ends behind its last token that is followed by more of the collection.
        true => {
            let token = line.find('}')? + 1;
            let more = line[token..].find([',', ']', '}', ' ']).unwrap_or(line.len() - token);
            token + more
        }
        false => line
            .match_indices(" #")
            .map(|(at, _)| at)
            .find(|at| !line[at + 1..].starts_with("#{"))
            .unwrap_or(line.len()),
    };
    let value = text[from..template + length].trim_end();
    let quoted = format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
    Some(Fix { start: from, end: from + value.len(), quoted })
}
