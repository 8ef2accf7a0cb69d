use std::collections::BTreeMap;
use std::path::Path;

use wharf_step::prelude::*;

use crate::manifest::Manifest;
use crate::site::Site;
use crate::state::Release;
use crate::temporary::Temporary;
use crate::verify::Expected;
use crate::{Deployed, content, cut, purge, retention};

/// How a package is deployed.
pub struct Options {
    pub substitute: Vec<String>,
    pub lenient: bool,
    pub keep: usize,
    pub purge: bool,
}

pub fn deploy(reference: &str, into: &str, options: &Options) -> Result {
    let package = Package::open(reference)?;
    let (id, version, digest) = (package.id(), package.version(), package.digest());
    let entries = package.entries()?;
    let contents: BTreeMap<String, Vec<u8>> =
        content::substituted(&package, &entries, &options.substitute, options.lenient)?;
    let expected = Expected { package: &package, entries: &entries, contents: &contents };
    let wanted = Release {
        number: 0,
        package: id.clone(),
        version: version.clone(),
        digest,
        substituted: contents.keys().cloned().collect(),
    };

    let mut site = Site::open(into)?;
    site.free_name(&version)?;
    if options.purge {
        purge::check(&site)?;
    }
    site.clean_leftovers();
    let key = context::idempotency_key();
    let files = expected.files().count() as u64;
    let deployed = |site: &Site, name: &str, previous: &str| Deployed {
        into: into.to_owned(),
        path: text(&site.current()),
        release: text(&site.release(name)),
        version: version.clone(),
        previous: previous.to_owned(),
        files: Some(files),
    };
    // A second attempt still knows what was live when the first one began.
    let previous_of = |site: &Site, live: Option<&str>| {
        site.state.previous(&key).unwrap_or_else(|| live.unwrap_or_default()).to_owned()
    };

    let mut extracted = None;
    // Files are read and written while other runs do the same; what they have done meanwhile is seen under the lock.
    let (lock, usable) = loop {
        let live = site.live()?;
        let known = site.same(&wanted);
        let usable = usable(&site, &known, &expected, live.as_deref())?;
        let previous = previous_of(&site, live.as_deref());
        if let Some(name) = usable.as_ref().filter(|name| live.as_ref() == Some(name)) {
            let nothing_to_purge = !options.purge || purge::foreign(&site)?.is_empty();
            if nothing_to_purge && retention::surplus(&site.state, name, &previous, options.keep).is_empty() {
                info!("{id} {version} is live already");
                return deployed(&site, name, &previous).set();
            }
        }
        if usable.is_none() && extracted.is_none() {
            // So that what was live can be restored even if this step does not come to its end.
            deployed(&site, &site.free_name(&version)?, &previous).set()?;
            extracted = Some(extract(&site, &version, &expected, files)?);
        }
        let lock = site.lock()?;
        site.reload()?;
        if site.same(&wanted) == known {
            break (lock, usable);
        }
        debug!("another run has deployed or removed {id} {version} meanwhile");
        context::check_cancelled()?;
    };

    let live = site.live()?;
    let previous = previous_of(&site, live.as_deref());
    site.state.owned = site.state.owned || purge::foreign(&site)?.is_empty();
    let release = Release { number: site.state.next_number(), ..wanted };
    let name = match (usable, &extracted) {
        (Some(name), _) => {
            deployed(&site, &name, &previous).set()?;
            if live.as_ref() == Some(&name) {
                info!("{id} {version} is live already");
            } else {
                info!("{id} {version} is there already, in {}", text(&site.release(&name)));
                site.state.remember(key.clone(), previous.clone());
                site.state.releases.insert(name.clone(), release);
                site.save(&lock)?;
            }
            name
        }
        (None, Some((complete, manifest))) => {
            site.state.remember(key.clone(), previous.clone());
            let name = site.publish(complete, manifest, &release, &lock)?;
            deployed(&site, &name, &previous).set()?;
            name
        }
        (None, None) => return Err(Error::other("the release was neither found nor put together")),
    };
    if live.as_ref() != Some(&name) {
        site.switch(&name)?;
        match previous.as_str() {
            "" => info!("{id} {version} is live"),
            previous => info!("{id} {version} is live; before it was {previous}"),
        }
    }
    let surplus = retention::surplus(&site.state, &name, &previous, options.keep);
    let taken = retention::take_away(&mut site, surplus, &lock)?;
    if options.purge {
        purge::purge(&site)?;
    }
    drop(lock);
    retention::remove(taken);
    Ok(())
}

/// A release that is as it should be: the live one if it is, else any other.
fn usable(site: &Site, known: &[String], expected: &Expected<'_>, live: Option<&str>) -> Result<Option<String>> {
    let mut names: Vec<&String> = known.iter().collect();
    names.sort_by_key(|name| live != Some(name.as_str()));
    for name in names {
        let Some(release) = site.state.releases.get(name) else { continue };
        let (directory, manifest) = (site.release(name), Manifest::read(&site.manifest(name))?);
        match expected.difference(release, &manifest, &directory)? {
            None => {
                let added = expected.added(&directory)?;
                if !added.is_empty() {
                    let added: Vec<&str> = added.iter().map(String::as_str).collect();
                    debug!("in {name} there is what is not in the package: {}", listed(&added));
                }
                return Ok(Some(name.clone()));
            }
            Some(difference) if live == Some(name.as_str()) => {
                info!("the live release {name} is deployed anew: {difference}");
            }
            Some(difference) => debug!("the release {name} cannot be used again: {difference}"),
        }
    }
    Ok(None)
}

/// Puts the release together beside the others.
fn extract(site: &Site, name: &str, expected: &Expected<'_>, files: u64) -> Result<(Temporary, Manifest)> {
    let temporary = site.temporary(name);
    temporary.remove_now()?;
    cut::here();
    progress(0, files, "extracting");
    let (id, version) = (expected.package.id(), expected.package.version());
    let cannot = || format!("cannot extract {id} {version} into {}", temporary.path().display());
    // An empty package would make none; and what is in the way is best said from here.
    std::fs::create_dir_all(temporary.path()).with_context(cannot)?;
    let count = expected.package.extract_all(temporary.path()).with_context(cannot)?;
    cut::here();
    for (path, content) in expected.contents {
        context::check_cancelled()?;
        files::replace(temporary.path().join(path), content, None)?;
    }
    cut::here();
    let manifest = Manifest::of(temporary.path(), expected.files())?;
    info!("extracted {} of {id} {version}", counted(count));
    if !expected.contents.is_empty() {
        let names: Vec<&str> = expected.contents.keys().map(String::as_str).collect();
        info!("evaluated the tokens of {}", listed(&names));
    }
    Ok((temporary, manifest))
}

fn counted(files: u64) -> String {
    if files == 1 { "1 file".to_owned() } else { format!("{files} files") }
}

/// The first few names, and how many more there are.
fn listed(names: &[&str]) -> String {
    const MOST: usize = 5;
    match names.len().checked_sub(MOST) {
        Some(more) if more > 0 => format!("{} and {more} more", names[..MOST].join(", ")),
        _ => names.join(", "),
    }
}

pub fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
