use std::collections::BTreeSet;

/// The names of files in a list that some server made: a JSON array of names or of objects with a `name`, HTML with
/// links, or a name per line. A name in a deeper or other directory is not one of this list.
pub(crate) fn file_names(body: &str) -> Vec<String> {
    let start = body.trim_start();
    let names: BTreeSet<String> = if start.starts_with('[') {
        from_json(start)
    } else if start.starts_with('<') {
        links(start).filter_map(|link| last_segment(&unescape(link))).collect()
    } else {
        start.lines().filter_map(|line| last_segment(line.trim())).collect()
    };
    names.into_iter().collect()
}

fn from_json(text: &str) -> BTreeSet<String> {
    let values: Vec<serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
    let name = |value: &serde_json::Value| {
        let name = value.as_str().or_else(|| value.get("name")?.as_str())?;
        (!name.contains('/')).then(|| name.to_owned())
    };
    values.iter().filter_map(name).collect()
}

/// What stands in each `href`.
fn links(html: &str) -> impl Iterator<Item = &str> {
    let mut rest = html;
    std::iter::from_fn(move || {
        loop {
            let at = find_ignoring_case(rest, "href")?;
            rest = rest[at + "href".len()..].trim_start();
            let Some(value) = rest.strip_prefix('=') else { continue };
            let value = value.trim_start();
            let (quote, value) = match value.chars().next()? {
                quote @ ('"' | '\'') => (Some(quote), &value[1..]),
                _ => (None, value),
            };
            let end = value
                .find(|character: char| match quote {
                    Some(quote) => character == quote,
                    None => character.is_whitespace() || character == '>',
                })
                .unwrap_or(value.len());
            rest = &value[end..];
            return Some(&value[..end]);
        }
    })
}

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    text.as_bytes().windows(wanted.len()).position(|window| window.eq_ignore_ascii_case(wanted.as_bytes()))
}

fn unescape(text: &str) -> String {
    text.replace("&amp;", "&").replace("&#43;", "+").replace("&#x2B;", "+")
}

/// The file name of a link: without what says how to get it, decoded; none for directories.
fn last_segment(link: &str) -> Option<String> {
    let path = link.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().filter(|name| !name.is_empty())?;
    let name = decode(name)?;
    (!name.contains('/')).then_some(name)
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        bytes.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lists_of_several_servers() {
        let apache = r#"<!DOCTYPE HTML><html><body><table>
            <tr><th><a href="?C=N;O=D">Name</a></th></tr><tr><td><A HREF="/packages/">Parent</A></td></tr>
            <td><a href="Acme.Web.1.0.0%2Bbuild.zip">Acme.Web.1.0.0+bu..&gt;</a></td>
            <a href='old/'>old/</a> <a href=Acme.Web.1.0.1.zip>x</a> <a href = "./Acme&amp;Co.1.zip?sig=1">y</a>"#;
        assert_eq!(file_names(apache), ["Acme&Co.1.zip", "Acme.Web.1.0.0+build.zip", "Acme.Web.1.0.1.zip"]);
        let nginx =
            r#"[{"name":"old","type":"directory"},{"name":"a.1.zip","type":"file","size":3}, "b.1.zip", 7, "x/y"]"#;
        assert_eq!(file_names(nginx), ["a.1.zip", "b.1.zip", "old"]);
        assert_eq!(file_names("\n a.1.zip \r\nb%20.zip\n"), ["a.1.zip", "b .zip"]);
        assert!(file_names("").is_empty() && file_names("[broken").is_empty());
    }

    proptest! {
        #[test]
        fn no_list_is_too_strange(body in "[<\\[]?(href| |=|\"|'|%|é|[a-z0-9/]|>|\n){0,60}") {
            for name in file_names(&body) {
                prop_assert!(!name.contains('/') && !name.is_empty());
            }
        }
    }
}
