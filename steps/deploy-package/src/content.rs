use std::collections::BTreeMap;

use wharf_step::packages::{Entry, EntryKind};
use wharf_step::prelude::*;
use wharf_step_support::{TextFile, evaluate};

/// The most bytes that a file with tokens may have: larger ones are no configuration.
const MOST: u64 = 32 * 1024 * 1024;

/// The files of a package whose tokens are evaluated and differ from the package, with their content. All is evaluated
/// before anything is written.
pub fn substituted(
    package: &Package,
    entries: &[Entry],
    globs: &[String],
    lenient: bool,
) -> Result<BTreeMap<String, Vec<u8>>> {
    let globs: Vec<String> = globs.iter().map(|glob| normal(glob)).collect();
    let mut matched = vec![false; globs.len()];
    let mut contents = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.kind == EntryKind::File) {
        let mut meant = false;
        for (glob, matched) in globs.iter().zip(&mut matched) {
            if fast_glob::glob_match(glob, &entry.path) {
                (meant, *matched) = (true, true);
            }
        }
        if !meant {
            continue;
        }
        context::check_cancelled()?;
        if entry.size > MOST {
            warn!("{} is left alone: it is larger than 32 MiB", entry.path);
            continue;
        }
        let bytes = package.read(&entry.path)?;
        let Some(mut file) = TextFile::decode(&bytes) else {
            debug!("{} is left alone: it is not text", entry.path);
            continue;
        };
        file.text = evaluate(&file.text, lenient)
            .with_context(|| format!("cannot evaluate {} of {}", entry.path, package.id()))
            .map_err(|error| error.with_input("/substitute"))?;
        let evaluated = file.encode();
        if evaluated != bytes {
            contents.insert(entry.path.clone(), evaluated);
        }
    }
    for (glob, _) in globs.iter().zip(matched).filter(|(_, matched)| !matched) {
        warn!("no file of {} matches `{glob}`", package.id());
    }
    Ok(contents)
}

/// A glob as the host's own: relative to the package, with `/`, and a folder for all that is beneath.
fn normal(glob: &str) -> String {
    let glob = glob.replace('\\', "/");
    let glob = glob.strip_prefix("./").unwrap_or(&glob).trim_start_matches('/');
    if glob.ends_with('/') { format!("{glob}**") } else { glob.to_owned() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn globs_are_relative_to_the_package() {
        for (written, normal) in
            [("./a.json", "a.json"), ("/a.json", "a.json"), ("conf/", "conf/**"), ("conf\\*.xml", "conf/*.xml")]
        {
            assert_eq!(super::normal(written), normal);
        }
    }
}
