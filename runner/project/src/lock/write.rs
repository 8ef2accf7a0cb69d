use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, Value, value};
use wharf_model::{Lock, LockedComponent, LockedPackage, LockedPower, LockedStep};

use super::FORMAT;

/// What stands above a new lock.
const HEAD: &str =
    "# What this process may use, as it was recorded. `wharf lock` and `wharf update` write it; commit it.\n";

/// The text of a lock. What `before` says beyond what is known here stays where it is, and so do its line ends.
pub fn write_lock(lock: &Lock, before: Option<&str>) -> String {
    let is_windows = before.is_some_and(|before| before.contains("\r\n"));
    let parsed = before.and_then(|before| before.replace("\r\n", "\n").parse::<DocumentMut>().ok());
    let mut document = parsed.unwrap_or_else(|| {
        let mut document = DocumentMut::new();
        document.decor_mut().set_prefix(HEAD);
        document
    });
    put(&mut document, "format", value(FORMAT));
    put(&mut document, "wharf", value(&lock.wharf));
    fill(&mut document, "component", &lock.components, is_component, put_component);
    fill(&mut document, "step", &lock.steps, is_step, put_step);
    fill(&mut document, "package", &lock.packages, is_package, put_package);
    let text = document.to_string();
    if is_windows { text.replace('\n', "\r\n") } else { text }
}

/// Makes the tables of a key be these, in their order; each keeps what else stands in it.
fn fill<T>(
    document: &mut DocumentMut,
    key: &str,
    all: &[T],
    is_same: fn(&Table, &T) -> bool,
    put_one: fn(&mut Table, &T),
) {
    let mut known: Vec<Table> = match document.remove(key) {
        Some(Item::ArrayOfTables(tables)) => tables.into_iter().collect(),
        _ => Vec::new(),
    };
    let mut tables = ArrayOfTables::new();
    for one in all {
        let mut table = match known.iter().position(|table| is_same(table, one)) {
            Some(at) => known.remove(at),
            None => Table::new(),
        };
        // Where it stands is where it is put, not where it stood.
        table.set_position(None);
        put_one(&mut table, one);
        tables.push(table);
    }
    if !tables.is_empty() {
        document.insert(key, Item::ArrayOfTables(tables));
    }
}

fn is_component(table: &Table, component: &LockedComponent) -> bool {
    says(table, "uses", &component.uses)
}

fn put_component(table: &mut Table, component: &LockedComponent) {
    put(table, "uses", value(&component.uses));
    let pin = component.pin.as_ref();
    put_or_remove(table, "version", pin.map(|pin| value(&pin.version)));
    put_or_remove(table, "digest", pin.map(|pin| value(&pin.digest)));
    put_or_remove(table, "world", pin.and_then(|pin| pin.world.as_ref()).map(value));
    put(table, "powers", texts(component.powers.iter().map(String::as_str)));
}

fn is_step(table: &Table, step: &LockedStep) -> bool {
    let process = table.get("process").and_then(Item::as_str).unwrap_or("deploy");
    process == step.process && says(table, "id", &step.id)
}

fn put_step(table: &mut Table, step: &LockedStep) {
    put_or_remove(table, "process", (step.process != "deploy").then(|| value(&step.process)));
    put(table, "id", value(&step.id));
    put(table, "uses", value(&step.uses));
    for word in LockedPower::WORDS {
        let mut patterns =
            step.powers.iter().filter(|power| power.power == word).map(|power| power.pattern.as_str()).peekable();
        let is_granted = patterns.peek().is_some();
        put_or_remove(table, word, is_granted.then(|| texts(patterns)));
    }
}

fn is_package(table: &Table, package: &LockedPackage) -> bool {
    says(table, "reference", &package.reference)
        && says(table, "feed", &package.feed)
        && says(table, "id", &package.id)
        && table.get("wanted").and_then(Item::as_str).unwrap_or_default() == package.wanted
        && table.get("prerelease").and_then(Item::as_bool).unwrap_or_default() == package.prerelease
}

fn put_package(table: &mut Table, package: &LockedPackage) {
    put(table, "reference", value(&package.reference));
    put(table, "feed", value(&package.feed));
    put(table, "id", value(&package.id));
    put_or_remove(table, "wanted", (!package.wanted.is_empty()).then(|| value(&package.wanted)));
    put_or_remove(table, "prerelease", package.prerelease.then(|| value(true)));
    put(table, "version", value(&package.pin.version));
    put(table, "digest", value(&package.pin.digest));
}

fn says(table: &Table, key: &str, text: &str) -> bool {
    table.get(key).and_then(Item::as_str) == Some(text)
}

/// Sets a key; what says the same already is not touched, with the comments at it.
fn put(table: &mut Table, key: &str, item: Item) {
    let is_same = match (table.get(key), &item) {
        (Some(Item::Value(old)), Item::Value(new)) => is_same_value(old, new),
        _ => false,
    };
    if !is_same {
        table.insert(key, item);
    }
}

fn put_or_remove(table: &mut Table, key: &str, item: Option<Item>) {
    match item {
        Some(item) => put(table, key, item),
        None => drop(table.remove(key)),
    }
}

fn is_same_value(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| is_same_value(old, new))
        }
        (Value::String(old), Value::String(new)) => old.value() == new.value(),
        (Value::Integer(old), Value::Integer(new)) => old.value() == new.value(),
        (Value::Boolean(old), Value::Boolean(new)) => old.value() == new.value(),
        _ => false,
    }
}

/// A list of texts: on one line if it is short, else each on its own, so that a change is a line.
fn texts<'a>(all: impl Iterator<Item = &'a str>) -> Item {
    const MOST_ON_A_LINE: usize = 72;
    let all: Vec<&str> = all.collect();
    let mut array: Array = all.iter().copied().collect();
    if all.len() > 1 && all.iter().map(|text| text.len() + 4).sum::<usize>() > MOST_ON_A_LINE {
        array.iter_mut().for_each(|one| one.decor_mut().set_prefix("\n    "));
        array.set_trailing("\n");
        array.set_trailing_comma(true);
    }
    value(array)
}
