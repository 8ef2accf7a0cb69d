use super::call::{Call, Made};
use super::{FilterError, Filtered, Surroundings};
use super::{
    affix, base64, case, compare, cut, date, escape, format, hash, indent, markdown, regular_expression, uri, version,
};

type Filter = fn(&Call<'_>) -> Made;

/// The filter that makes a whole evaluation have no value.
const NULL: &str = "Null";

/// Every other filter.
const FILTERS: &[(&str, Filter)] = &[
    ("AddDays", date::add_days),
    ("AddHours", date::add_hours),
    ("AddMinutes", date::add_minutes),
    ("AddMonths", date::add_months),
    ("AddSeconds", date::add_seconds),
    ("AddTimeSpan", date::add_time_span),
    ("AddWeeks", date::add_weeks),
    ("Append", affix::append),
    ("Contains", compare::contains),
    ("Default", affix::default),
    ("EndsWith", compare::ends_with),
    ("Format", format::format),
    ("FromBase64", base64::from_base64),
    ("HtmlEscape", escape::html),
    ("Indent", indent::indent),
    ("JsonEscape", escape::json),
    ("Markdown", markdown::to_html),
    ("MarkdownToHtml", markdown::to_html),
    ("Match", regular_expression::matches),
    ("Md5", hash::md5),
    ("NowDate", date::now_date),
    ("NowDateUtc", date::now_date_utc),
    ("Prepend", affix::prepend),
    ("PropertiesKeyEscape", escape::properties_key),
    ("PropertiesValueEscape", escape::properties_value),
    ("Replace", regular_expression::replace),
    ("Sha1", hash::sha1),
    ("Sha256", hash::sha256),
    ("Sha384", hash::sha384),
    ("Sha512", hash::sha512),
    ("StartsWith", compare::starts_with),
    ("Substring", cut::substring),
    ("ToBase64", base64::to_base64),
    ("ToLower", case::to_lower),
    ("ToUpper", case::to_upper),
    ("Trim", cut::trim),
    ("Truncate", cut::truncate),
    ("UriDataEscape", uri::escape_data),
    ("UriEscape", uri::escape),
    ("UriPart", uri::part),
    ("VersionMajor", version::major),
    ("VersionMetadata", version::metadata),
    ("VersionMinor", version::minor),
    ("VersionPatch", version::patch),
    ("VersionPreRelease", version::prerelease),
    ("VersionPreReleaseCounter", version::prerelease_counter),
    ("VersionPreReleasePrefix", version::prerelease_prefix),
    ("VersionRevision", version::revision),
    ("XmlEscape", escape::xml),
    ("YamlDoubleQuoteEscape", escape::yaml_double_quote),
    ("YamlSingleQuoteEscape", escape::yaml_single_quote),
];

/// Applies the filter of this name (ignore-case). There is no input if the symbol has no value or there is no symbol,
/// as in `#{ | NowDate}`.
pub(crate) fn apply(
    name: &str,
    input: Option<&str>,
    arguments: &[&str],
    around: &Surroundings<'_>,
) -> Result<Filtered, FilterError> {
    if name.eq_ignore_ascii_case(NULL) {
        return Ok(Filtered::Null);
    }
    let Some((_, filter)) = FILTERS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) else {
        return Err(FilterError::Unknown { suggestion: wharf_model::nearest(name, names()) });
    };
    let call = Call { input, arguments, around };
    let made = filter(&call)?;
    call.bound(made.len())?;
    Ok(Filtered::Text(made))
}

/// The names of all filters, in their usual spelling.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FILTERS.iter().map(|(name, _)| *name).chain([NULL])
}
