use comrak::Options;

use super::call::{Call, Made};

/// The input, which is Markdown, as HTML that ends with an empty line. HTML in it stays, as Octostache leaves it.
pub(super) fn to_html(call: &Call<'_>) -> Made {
    let input = call.only_input()?.trim();
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.strikethrough = true;
    options.extension.subscript = true;
    options.extension.superscript = true;
    options.extension.insert = true;
    options.extension.highlight = true;
    options.render.r#unsafe = true;
    call.bound(input.len())?;
    let mut made = comrak::markdown_to_html(input, &options);
    made.push('\n');
    Ok(made)
}
