use crate::filters::call::{Call, Made};

pub(in crate::filters) fn html(call: &Call<'_>) -> Made {
    replace(call, |c| if c == '/' { Some("&#x2F;") } else { entity(c) })
}

pub(in crate::filters) fn xml(call: &Call<'_>) -> Made {
    replace(call, entity)
}

/// Only the characters that text of everyday needs, as Octostache; other control characters stay.
pub(in crate::filters) fn json(call: &Call<'_>) -> Made {
    replace(call, |c| match c {
        '"' => Some("\\\""),
        '\r' => Some("\\r"),
        '\t' => Some("\\t"),
        '\n' => Some("\\n"),
        '\\' => Some("\\\\"),
        _ => None,
    })
}

fn entity(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\'' => Some("&apos;"),
        _ => None,
    }
}

fn replace(call: &Call<'_>, escaped: impl Fn(char) -> Option<&'static str>) -> Made {
    call.map_characters(call.only_input()?, |made, _, c| match escaped(c) {
        Some(text) => made.push_str(text),
        None => made.push(c),
    })
}
