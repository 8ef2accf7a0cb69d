/// The nearest of `names` to what was written, if one is near enough to be meant.
pub fn nearest<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = written.to_lowercase();
    let furthest = (written.chars().count() / 3).max(1);
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= furthest)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// `did you mean "x"?` for the nearest of `names`, else the names themselves if they are few.
pub fn did_you_mean<'a>(written: &str, names: impl IntoIterator<Item = &'a str> + Clone) -> Option<String> {
    if let Some(name) = nearest(written, names.clone()) {
        return Some(format!("did you mean `{name}`?"));
    }
    let known: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    (1..=16).contains(&known.len()).then(|| format!("known here: {}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_suggested_and_a_far_one_is_not() {
        assert_eq!(nearest("Databse.Host", ["Site.Url", "Database.Host"]), Some("Database.Host"));
        assert_eq!(nearest("uses", ["if", "when"]), None);
        assert_eq!(did_you_mean("zzz", ["if", "when"]).as_deref(), Some("known here: `if`, `when`"));
    }
}
