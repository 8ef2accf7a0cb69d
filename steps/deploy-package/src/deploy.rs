use std::path::Path;

use wharf_step::packages::EntryKind;
use wharf_step::prelude::*;

use crate::site::Site;
use crate::state::{Release, Run};
use crate::verify::Expected;
use crate::{Deployed, content, cut, retention};

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
    let contents = content::substituted(&package, &entries, &options.substitute, options.lenient)?;
    let expected = Expected { package: &package, entries: &entries, contents: &contents };

    let mut site = Site::open(into)?;
    site.clean_leftovers()?;
    let live = site.live()?;
    let key = context::idempotency_key();
    // A second attempt still knows what was live when the first one began.
    let previous = match &site.state.run {
        Some(run) if run.key == key => run.previous.clone(),
        _ => live.clone().unwrap_or_default(),
    };

    let release = Release {
        number: site.state.next_number(),
        package: id.clone(),
        version: version.clone(),
        digest,
        substituted: contents.keys().cloned().collect(),
    };
    let usable = usable(&site, &release, &expected, live.as_deref())?;
    let name = match &usable {
        Some(name) => name.clone(),
        None => site.free_name(&version)?,
    };
    let files = entries.iter().filter(|entry| entry.kind == EntryKind::File).count() as u64;
    // Before anything is switched, so that it can be switched back even if this step does not come to its end.
    let deployed = Deployed {
        into: into.to_owned(),
        path: text(&site.current()),
        release: text(&site.release(&name)),
        version: version.clone(),
        previous: previous.clone(),
        files: Some(files),
    };
    deployed.set()?;

    if live.as_ref() == Some(&name) {
        info!("{id} {version} is live already");
    } else {
        if usable.is_none() {
            extract(&site, &name, &expected, files)?;
        } else {
            info!("{id} {version} is there already, in {}", deployed.release);
        }
        site.state.run = Some(Run { key, previous: previous.clone() });
        site.state.releases.insert(name.clone(), release);
        site.save()?;
        if usable.is_none() {
            site.publish(&name)?;
        }
        site.switch(&name)?;
        match previous.as_str() {
            "" => info!("{id} {version} is live"),
            previous => info!("{id} {version} is live; before it was {previous}"),
        }
    }
    retention::clean(&mut site, &name, &previous, options.keep)?;
    if options.purge {
        site.purge()?;
    }
    Ok(())
}

/// A release that is as it should be: the live one if it is, else any other.
fn usable(site: &Site, wanted: &Release, expected: &Expected<'_>, live: Option<&str>) -> Result<Option<String>> {
    let same = |release: &Release| release.version == wanted.version && release.digest == wanted.digest;
    let mut names: Vec<&String> =
        site.state.releases.iter().filter(|(_, release)| same(release)).map(|(name, _)| name).collect();
    names.sort_by_key(|name| live != Some(name.as_str()));
    for name in names {
        let Some(release) = site.state.releases.get(name) else { continue };
        match expected.difference(release, &site.release(name))? {
            None => return Ok(Some(name.clone())),
            Some(difference) if live == Some(name.as_str()) => {
                info!("the live release {name} is deployed anew: {difference}");
            }
            Some(difference) => debug!("the release {name} cannot be used again: {difference}"),
        }
    }
    Ok(None)
}

/// Puts the release together beside the others.
fn extract(site: &Site, name: &str, expected: &Expected<'_>, files: u64) -> Result {
    let temporary = site.temporary(name);
    cut::here();
    progress(0, files, "extracting");
    let count = expected.package.extract_all(&temporary)?;
    cut::here();
    for (path, content) in expected.contents {
        context::check_cancelled()?;
        files::replace(temporary.join(path), content, None)?;
    }
    // Directories of their own come with the files in them, but an empty package has none.
    std::fs::create_dir_all(&temporary).with_context(|| format!("cannot create {}", temporary.display()))?;
    cut::here();
    let id = expected.package.id();
    info!("extracted {} of {id} {}", counted(count), expected.package.version());
    if !expected.contents.is_empty() {
        let names: Vec<&str> = expected.contents.keys().map(String::as_str).collect();
        info!("evaluated the tokens of {}", listed(&names));
    }
    Ok(())
}

fn counted(files: u64) -> String {
    if files == 1 { "1 file".to_owned() } else { format!("{files} files") }
}

/// The first few names, and how many more there are.
fn listed(names: &[&str]) -> String {
    const MOST: usize = 5;
    match names.len().checked_sub(MOST) {
        Some(more) if more > 0 => format!("{} and {more} more files", names[..MOST].join(", ")),
        _ => names.join(", "),
    }
}

pub fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
