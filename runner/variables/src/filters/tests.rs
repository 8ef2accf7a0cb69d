use super::{Expressions, FilterError, Filtered, Surroundings, apply};
use jiff::Zoned;

mod bounds;
mod conformance;
mod dates;
mod documentation;
mod expressions;
mod numbers;
mod texts;
mod uris;

/// The most bytes that filters may make in these tests.
const MOST_BYTES: usize = 10_000;

/// The time of every test: an afternoon in Berlin, in summer.
fn now() -> Zoned {
    "2030-05-22T15:04:05.1234567+02:00[Europe/Berlin]".parse().expect("the time of the tests is one")
}

fn filter(name: &str, input: Option<&str>, arguments: &[&str]) -> Result<Filtered, FilterError> {
    apply(
        name,
        input,
        arguments,
        &Surroundings { now: &now, most_bytes: MOST_BYTES, expressions: &Expressions::default() },
    )
}

/// What a filter makes, or why it makes nothing, on one line.
fn said(name: &str, input: Option<&str>, arguments: &[&str]) -> String {
    match filter(name, input, arguments) {
        Ok(Filtered::Text(text)) => format!("{text:?}"),
        Ok(Filtered::Null) => "null".to_owned(),
        Err(FilterError::Unknown { suggestion }) => format!("no such filter, perhaps {}", suggestion.unwrap_or("none")),
        Err(FilterError::Arguments(takes)) => format!("{name} {takes}"),
        Err(FilterError::NoInput) => "no input".to_owned(),
        Err(FilterError::NoValue(why)) => format!("no value: {why}"),
        Err(FilterError::NotSupported(what)) => format!("not supported: {what}"),
        Err(FilterError::TooLarge(most)) => format!("more than {most} bytes"),
    }
}

/// One line for each row, `input | Name arguments`, of which each part is divided by a blank and `~` is none.
fn table<const N: usize>(rows: [(&str, &str, &[&str]); N]) -> String {
    rows.map(|(input, name, arguments)| {
        let quoted: String = arguments.iter().map(|argument| format!(" {argument:?}")).collect();
        let (input, written) = if input == "~" { (None, String::new()) } else { (Some(input), format!("{input:?} ")) };
        format!("{written}| {name}{quoted} = {}\n", said(name, input, arguments))
    })
    .concat()
}
