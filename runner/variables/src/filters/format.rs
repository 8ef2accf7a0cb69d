use super::FilterError;
use super::call::{Call, Made, whole_number, wrong};
use super::date;
use super::number::{Allowed, FormatProblem, Number, read_decimal, read_double};

/// The input, a number or a date, in a format of .NET.
pub(super) fn format(call: &Call<'_>) -> Made {
    match call.arguments {
        [format] => {
            let input = call.input()?;
            match read_decimal(input) {
                Some(number) => number_text(call, &number, format),
                None => match date::read_with_offset(input, call.around) {
                    Some(moment) => moment.text(format, call),
                    None => Err(no_value("the text is neither a number nor a date")),
                },
            }
        }
        [kind, format] => {
            let kind = Kind::of_name(kind).ok_or_else(|| wrong(TAKES))?;
            let input = call.input()?;
            let number = match kind {
                Kind::Int => whole_number(input).map(Number::Int),
                Kind::Double => read_double(input, Allowed::FloatWithGroups).map(Number::Double),
                Kind::Decimal => read_decimal(input),
                Kind::Date => {
                    let moment =
                        date::read_local(input, call.around).ok_or_else(|| no_value("the text is not a date"))?;
                    return moment.text(format, call);
                }
                Kind::DateTimeOffset => {
                    let moment =
                        date::read_with_offset(input, call.around).ok_or_else(|| no_value("the text is not a date"))?;
                    return moment.text(format, call);
                }
            };
            let number = number.ok_or_else(|| no_value("the text is not a number of this type"))?;
            number_text(call, &number, format)
        }
        _ => Err(wrong(TAKES)),
    }
}

const TAKES: &str = "takes a format of .NET, and before it, if wanted, the type: `int`, `double`, `decimal`, `date` or `datetimeoffset`";

enum Kind {
    Int,
    Double,
    Decimal,
    Date,
    DateTimeOffset,
}

impl Kind {
    fn of_name(name: &str) -> Option<Self> {
        match name.to_lowercase().as_str() {
            "int" | "int32" => Some(Self::Int),
            "double" => Some(Self::Double),
            "decimal" => Some(Self::Decimal),
            "date" | "datetime" => Some(Self::Date),
            "datetimeoffset" => Some(Self::DateTimeOffset),
            _ => None,
        }
    }
}

fn number_text(call: &Call<'_>, number: &Number, format: &str) -> Made {
    number.text(format, call.around.most_bytes).map_err(|problem| match problem {
        FormatProblem::Unknown => no_value(&format!("`{format}` is no format of a number of this type")),
        FormatProblem::TooLarge => FilterError::TooLarge(call.around.most_bytes),
    })
}

fn no_value(why: &str) -> FilterError {
    FilterError::NoValue(why.to_owned())
}
