//! The order of Maven's versions: `ComparableVersion` of Maven 3.0, which Octopus took over.

use std::cmp::Ordering;

/// A version as the items that are compared. Items behind `-` and a digit lie in a list of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Items(Vec<Item>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    /// Digits without zeros before them; empty for 0.
    Number(String),
    /// A qualifier.
    Text(Qualifier),
    List(Vec<Item>),
}

/// A qualifier by its place among the known ones; unknown ones come last, in the order of their text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Qualifier(usize, String);

impl Qualifier {
    const KNOWN: [&str; 7] = ["alpha", "beta", "milestone", "rc", "snapshot", "", "sp"];
    const RELEASE: usize = 5;

    fn new(text: &str, before_digit: bool) -> Self {
        let name = match text {
            "a" if before_digit => "alpha",
            "b" if before_digit => "beta",
            "m" if before_digit => "milestone",
            "ga" | "final" | "release" => "",
            "cr" => "rc",
            other => other,
        };
        match Self::KNOWN.iter().position(|known| *known == name) {
            Some(place) => Self(place, String::new()),
            None => Self(Self::KNOWN.len(), name.to_owned()),
        }
    }
}

impl Items {
    pub(super) fn new(version: &str) -> Self {
        let version = version.to_lowercase();
        // Each list lies at the end of the one outside of it, as long as it grows.
        let (mut outside, mut list) = (Vec::new(), Vec::new());
        let (mut start, mut in_digits) = (0, false);
        for (at, c) in version.char_indices() {
            let part = &version[start..at];
            if c == '.' || c == '-' {
                list.push(if part.is_empty() { Item::zero() } else { Item::new(part, in_digits, false) });
                start = at + 1;
                if c == '-' && in_digits {
                    normalise(&mut list);
                    if version[start..].starts_with(|next: char| next.is_ascii_digit()) {
                        outside.push(std::mem::take(&mut list));
                    }
                }
            } else if c.is_ascii_digit() != in_digits {
                if !part.is_empty() {
                    list.push(Item::new(part, in_digits, !in_digits));
                    start = at;
                }
                in_digits = !in_digits;
            }
        }
        if start < version.len() {
            list.push(Item::new(&version[start..], in_digits, false));
        }
        normalise(&mut list);
        while let Some(mut outer) = outside.pop() {
            outer.push(Item::List(list));
            normalise(&mut outer);
            list = outer;
        }
        Self(list)
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        compare_lists(&self.0, &other.0)
    }
}

impl Item {
    fn zero() -> Self {
        Self::Number(String::new())
    }

    fn new(part: &str, is_number: bool, before_digit: bool) -> Self {
        if is_number {
            Self::Number(part.trim_start_matches('0').to_owned())
        } else {
            Self::Text(Qualifier::new(part, before_digit))
        }
    }

    /// Whether it says no more than its absence.
    fn is_null(&self) -> bool {
        match self {
            Self::Number(digits) => digits.is_empty(),
            Self::Text(qualifier) => qualifier.0 == Qualifier::RELEASE,
            Self::List(items) => items.is_empty(),
        }
    }

    fn compare_with_nothing(&self) -> Ordering {
        match self {
            Self::Number(digits) => digits.is_empty().cmp(&true).reverse(),
            Self::Text(qualifier) => qualifier.0.cmp(&Qualifier::RELEASE),
            Self::List(items) => items.first().map_or(Ordering::Equal, Self::compare_with_nothing),
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(left), Self::Number(right)) => left.len().cmp(&right.len()).then_with(|| left.cmp(right)),
            (Self::Number(_), _) => Ordering::Greater,
            (_, Self::Number(_)) => Ordering::Less,
            (Self::Text(left), Self::Text(right)) => left.cmp(right),
            (Self::Text(_), Self::List(_)) => Ordering::Less,
            (Self::List(_), Self::Text(_)) => Ordering::Greater,
            (Self::List(left), Self::List(right)) => compare_lists(left, right),
        }
    }
}

fn normalise(list: &mut Vec<Item>) {
    while list.last().is_some_and(Item::is_null) {
        list.pop();
    }
}

fn compare_lists(left: &[Item], right: &[Item]) -> Ordering {
    let longer = left.len().max(right.len());
    (0..longer)
        .map(|at| match (left.get(at), right.get(at)) {
            (Some(left), Some(right)) => left.compare(right),
            (Some(left), None) => left.compare_with_nothing(),
            (None, Some(right)) => right.compare_with_nothing().reverse(),
            (None, None) => Ordering::Equal,
        })
        .find(|ordering| ordering.is_ne())
        .unwrap_or(Ordering::Equal)
}
