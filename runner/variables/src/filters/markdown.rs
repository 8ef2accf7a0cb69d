use std::fmt;

use comrak::html::{ChildRendering, Context, format_document_with_formatter, format_node_default};
use comrak::nodes::{Node, NodeValue, TableAlignment};
use comrak::options::Plugins;
use comrak::{Arena, Options};

use super::FilterError;
use super::call::{Call, Made};

/// The input, which is Markdown, as HTML that ends with an empty line, as Markdig writes it for Octostache: with tables,
/// links for addresses of the web, and more kinds of emphasis. HTML in it stays.
pub(super) fn to_html(call: &Call<'_>) -> Made {
    let input = call.only_input()?.trim();
    call.bound(input.len())?;
    let arena = Arena::new();
    let options = options();
    let document = comrak::parse_document(&arena, input, &options);
    let mut made = Bounded { text: String::new(), most: call.around.most_bytes };
    let lines = Lines::of(input);
    format_document_with_formatter(
        document,
        &options,
        &mut made,
        &Plugins::default(),
        node,
        State { lines, column: 0 },
    )
    .map_err(|_| FilterError::TooLarge(call.around.most_bytes))?;
    Ok(made.text + "\n")
}

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.strikethrough = true;
    options.extension.subscript = true;
    options.extension.superscript = true;
    options.extension.insert = true;
    options.extension.highlight = true;
    options.render.r#unsafe = true;
    options
}

/// Text that does not grow beyond what may be made.
struct Bounded {
    text: String,
    most: usize,
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.text.len() + text.len() > self.most {
            return Err(fmt::Error);
        }
        self.text.push_str(text);
        Ok(())
    }
}

/// What is known while a document is written.
#[derive(Default)]
struct State {
    lines: Lines,
    /// Which cell of its row is written.
    column: usize,
}

/// The lines of the source.
#[derive(Default)]
struct Lines(Vec<Vec<u8>>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.lines().map(|line| line.as_bytes().to_vec()).collect())
    }

    /// The byte at a line and column, which count from 1.
    fn at(&self, line: usize, column: usize) -> Option<u8> {
        self.0.get(line.checked_sub(1)?)?.get(column.checked_sub(1)?).copied()
    }
}

/// Writes what Markdig writes otherwise, and leaves the rest to comrak.
fn node<'a>(
    context: &mut Context<'_, '_, State>,
    node: Node<'a>,
    entering: bool,
) -> Result<ChildRendering, fmt::Error> {
    match &node.data().value {
        NodeValue::TableCell => cell(context, node, entering),
        NodeValue::Link(link) if is_bare_mail_address(node, &link.url, &context.user.lines) => Ok(ChildRendering::HTML),
        _ => format_node_default(context, node, entering),
    }
}

/// Markdig aligns cells by style.
fn cell<'a>(
    context: &mut Context<'_, '_, State>,
    node: Node<'a>,
    entering: bool,
) -> Result<ChildRendering, fmt::Error> {
    use fmt::Write as _;

    let row = node.parent();
    let in_head = row.is_some_and(|row| matches!(row.data().value, NodeValue::TableRow(true)));
    let name = if in_head { "th" } else { "td" };
    if !entering {
        write!(context, "</{name}>")?;
        return Ok(ChildRendering::HTML);
    }
    context.user.column = if node.previous_sibling().is_some() { context.user.column + 1 } else { 0 };
    let column = context.user.column;
    let alignment = row.and_then(|row| row.parent()).and_then(|table| match &table.data().value {
        NodeValue::Table(table) => table.alignments.get(column).copied(),
        _ => None,
    });
    let side = match alignment {
        Some(TableAlignment::Left) => "left",
        Some(TableAlignment::Right) => "right",
        Some(TableAlignment::Center) => "center",
        Some(TableAlignment::None) | None => "",
    };
    context.cr()?;
    if side.is_empty() {
        write!(context, "<{name}>")?;
    } else {
        write!(context, "<{name} style=\"text-align: {side};\">")?;
    }
    Ok(ChildRendering::HTML)
}

/// Whether a link comes from an address that merely stands in the text: of those, Markdig makes none.
fn is_bare_mail_address<'a>(node: Node<'a>, url: &str, lines: &Lines) -> bool {
    let Some(address) = url.strip_prefix("mailto:") else { return false };
    let text = node.first_child().filter(|child| child.next_sibling().is_none());
    let is_text = text.is_some_and(|child| matches!(&child.data().value, NodeValue::Text(text) if text == address));
    let start = node.data().sourcepos.start;
    is_text && !matches!(lines.at(start.line, start.column), Some(b'<' | b'['))
}
