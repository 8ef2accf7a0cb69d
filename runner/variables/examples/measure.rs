//! Measures what issue 3 asks of the language: prints one JSON object. Run it with `cargo run --release --example measure`.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wharf_model::{
    Scalar, ScalarStyle, Scope, SourceFile, Span, SpannedValue, ValueKind, VariableCandidate, VariableDefinition,
    VariableOrigin, VariableSet, VariableValue,
};
use wharf_variables::{Bounds, Evaluated, Scopes, Template, Variables};

/// How often each is done; the best counts, since everything else is the machine's noise.
const ROUNDS: usize = 5;

fn main() {
    let text = text_with_tokens(100 * 1024 * 1024);
    let variables = set([("Site.Host".to_owned(), "web-01.example.com".to_owned())]);
    let variables = variables.with_bounds(Bounds { bytes: 1 << 30, ..Bounds::default() });
    let parsing = best(|| Template::parse(&text).segments().len());
    let evaluation = best(|| match variables.evaluate(&text, None).map(|rendition| rendition.value) {
        Ok(Some(Evaluated::Known(result))) => result.len(),
        other => panic!("the text is not evaluated: {other:?}"),
    });
    let lenient = variables.clone().lenient(true).halt_on_error(false);
    let leniently = best(|| lenient.evaluate(&text, None).map_or(0, |rendition| rendition.unresolved.len()));
    let megabytes = text.len() as f64 / 1e6;

    let chained = |count| {
        let chains = definitions(chains(count, 10));
        best(|| {
            let values = Variables::new([chains.clone()], Scopes::new()).get_all();
            assert!(values.len() == count && values.iter().all(|(_, value)| value.is_ok()));
            values.len()
        })
    };
    let (all, twice_all) = (chained(10_000), chained(20_000));
    println!(
        "{{\"megabytes-per-second\": {:.0}, \"lenient-megabytes-per-second\": {:.0}, \"parse-megabytes-per-second\": {:.0}, \
         \"ten-thousand-variables-ms\": {:.1}, \"twenty-thousand-variables-ms\": {:.1}}}",
        megabytes / evaluation.as_secs_f64(),
        megabytes / leniently.as_secs_f64(),
        megabytes / parsing.as_secs_f64(),
        all.as_secs_f64() * 1e3,
        twice_all.as_secs_f64() * 1e3,
    );
}

fn best(mut work: impl FnMut() -> usize) -> Duration {
    let rounds = (0..ROUNDS).map(|_| {
        let begin = Instant::now();
        std::hint::black_box(work());
        begin.elapsed()
    });
    rounds.min().unwrap_or_default()
}

/// Text with a token in each kilobyte.
fn text_with_tokens(bytes: usize) -> String {
    let line = "the quick brown fox jumps over the lazy dog; color: #fff; {\"key\": [1, 2, 3]}\n";
    let mut text = String::with_capacity(bytes + 1024);
    while text.len() < bytes {
        let end = text.len() + 1000;
        while text.len() < end {
            text.push_str(line);
        }
        text.push_str("host = #{Site.Host}\n");
    }
    text
}

/// Variables that refer to one another in chains.
fn chains(count: usize, length: usize) -> Vec<(String, String)> {
    (0..count)
        .map(|number| {
            let mut text = format!("value {number}");
            if !(number + 1).is_multiple_of(length) {
                let _ = write!(text, " and #{{Chain.Number{}}}", number + 1);
            }
            (format!("Chain.Number{number}"), text)
        })
        .collect()
}

fn set(values: impl IntoIterator<Item = (String, String)>) -> Variables {
    Variables::new([definitions(values)], Scopes::new())
}

fn definitions(values: impl IntoIterator<Item = (String, String)>) -> Arc<VariableSet> {
    let definitions = values.into_iter().map(|(name, text)| {
        let file = Arc::new(SourceFile { name: "wharf.yaml".into(), text: String::new() });
        let span = Span::new(file, 0, 0);
        let kind = ValueKind::Scalar(Scalar { text, style: ScalarStyle::Plain });
        let value = VariableValue::Plain(SpannedValue { kind, span: span.clone() });
        let candidates = vec![VariableCandidate { value, scope: Scope::default(), span: span.clone() }];
        VariableDefinition { name, span, candidates }
    });
    Arc::new(VariableSet { origin: VariableOrigin::ProcessFile, definitions: definitions.collect() })
}
