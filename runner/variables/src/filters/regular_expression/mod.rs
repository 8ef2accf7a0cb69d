//! `Match` and `Replace`: regular expressions as .NET writes them, with its default options.

mod class;
mod compiled;
mod replacement;
mod translate;

use std::time::{Duration, Instant};

use fancy_regex::{CompileError, Error, RegexBuilder, RuntimeError};

use super::FilterError;
use super::call::{Call, Made, wrong};
use replacement::Replacement;
use translate::{Problem, translate};

use compiled::Compiled;
pub(crate) use compiled::Expressions;

/// The steps of backtracking that one match may take.
const MOST_STEPS: usize = 1_000_000;
/// How long all matches of one text may take, as Octostache has it. It is for texts that match very often, as each match
/// has its bound.
const MOST_TIME: Duration = Duration::from_secs(10);
/// The most bytes that a compiled expression may take.
const MOST_PROGRAM_BYTES: usize = 4 << 20;

/// Whether the expression matches somewhere in the input.
pub(super) fn matches(call: &Call<'_>) -> Made {
    let (input, pattern) = call.input_and_argument("takes one argument, a regular expression")?;
    let expression = call.around.expressions.get(pattern, compile)?;
    Ok(expression.regex.is_match(input).map_err(failed)?.to_string())
}

/// The input with every match replaced.
pub(super) fn replace(call: &Call<'_>) -> Made {
    let (pattern, replacement) = match call.arguments {
        [] => return Err(wrong("takes a regular expression and what replaces its matches, nothing if not given")),
        [pattern] => (*pattern, ""),
        // As Octostache, which looks at no more.
        [pattern, replacement, ..] => (*pattern, *replacement),
    };
    let input = call.input()?;
    let expression = call.around.expressions.get(pattern, compile)?;
    let Compiled { regex, translated } = &*expression;
    let replacement = Replacement::of(replacement, translated);
    let begin = Instant::now();
    let mut made = String::new();
    let (mut copied, mut from) = (0, 0);
    // An empty match may follow a match at its end, unlike in Rust's own iteration.
    while let Some(captures) = regex.captures_from_pos(input, from).map_err(failed)? {
        let Some(whole) = captures.get(0) else { break };
        made.push_str(&input[copied..whole.start()]);
        replacement.write(&mut made, input, &captures, call)?;
        call.bound(made.len())?;
        if begin.elapsed() > MOST_TIME {
            let seconds = MOST_TIME.as_secs();
            return Err(FilterError::NoValue(format!(
                "the regular expression takes more than {seconds} s on this text"
            )));
        }
        copied = whole.end();
        from = if whole.end() > whole.start() {
            whole.end()
        } else {
            match input[copied..].chars().next() {
                Some(c) => copied + c.len_utf8(),
                None => break,
            }
        };
    }
    call.concatenate([made.as_str(), &input[copied..]].into_iter())
}

fn compile(pattern: &str) -> Result<Compiled, FilterError> {
    let translated = translate(pattern).map_err(|problem| match problem {
        Problem::Invalid(what) => invalid(pattern, what),
        Problem::NotSupported(what) => FilterError::NotSupported(what.to_owned()),
    })?;
    let regex = RegexBuilder::new(&translated.pattern)
        .backtrack_limit(MOST_STEPS)
        .delegate_size_limit(MOST_PROGRAM_BYTES)
        .delegate_dfa_size_limit(MOST_PROGRAM_BYTES)
        .build()
        .map_err(|error| match error {
            Error::CompileError(error) if matches!(*error, CompileError::LookBehindNotConst) => {
                FilterError::NotSupported("a look behind for text of any length, as `(?<=a+)`".to_owned())
            }
            _ => invalid(pattern, "it cannot be read, or is too large"),
        })?;
    Ok(Compiled { regex, translated })
}

fn invalid(pattern: &str, what: &str) -> FilterError {
    FilterError::Arguments(format!("takes a regular expression, and `{pattern}` is none: {what}"))
}

fn failed(error: Error) -> FilterError {
    FilterError::NoValue(match error {
        Error::RuntimeError(RuntimeError::BacktrackLimitExceeded) => {
            format!("the regular expression takes more than {MOST_STEPS} steps on this text")
        }
        _ => "the regular expression takes more memory on this text than it may".to_owned(),
    })
}
