mod markup;
mod properties;
mod yaml;

pub(super) use markup::{html, json, xml};
pub(super) use properties::{key as properties_key, value as properties_value};
pub(super) use yaml::{double_quote as yaml_double_quote, single_quote as yaml_single_quote};

use std::fmt::Write as _;

/// Writes every UTF-16 unit of the character as `\uXXXX`.
fn write_units(made: &mut String, c: char) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        // Writing to a string cannot fail.
        let _ = write!(made, "\\u{unit:04x}");
    }
}
