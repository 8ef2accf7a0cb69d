//! Templates from the input, with variables from the input: reading, evaluating and explaining end in a result or an
//! error that is named.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use wharf_model::VariableAccess;
use wharf_model::{VariableOrigin, VariableSet};
use wharf_variables::{Bounds, Scopes, Template, Variables, command_line_value};

fuzz_target!(|input: (&str, Vec<(&str, &str)>)| {
    let (text, values) = input;
    let template = Template::parse(text);
    let _ = template.segments();
    let _ = template.argument_names();
    if template.problems().next().is_none() {
        let printed = template.to_string();
        assert_eq!(Template::parse(&printed).to_string(), printed);
    }
    let definitions = values.iter().map(|(name, value)| command_line_value(name, value)).collect();
    let set = VariableSet { origin: VariableOrigin::ProcessFile, definitions };
    let strict = Variables::new([set], Scopes::new())
        .with_bounds(Bounds { bytes: 1 << 20, steps: 50_000, ..Bounds::default() })
        .with_clock(Arc::new(|| jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC)));
    let lenient = strict.clone().lenient(true);
    if let (Ok(strict), Ok(lenient)) = (strict.evaluate(text, None), lenient.evaluate(text, None)) {
        assert_eq!(strict.value, lenient.value);
        assert!(lenient.unresolved.is_empty());
    }
    let _ = VariableAccess::evaluate(&strict, text, true, &|_| true);
    let _ = strict.condition(text, None);
    for (name, _) in values {
        let _ = strict.explain(name);
        let _ = strict.get(name);
    }
});
