use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use wharf_step::prelude::*;

use crate::site::{CURRENT, PRIVATE, RELEASES, Site, is_temporary, names_in, remove_all};

/// What this step has in its private directory; a project has more in its own.
const OWN: [&str; 4] = ["deploy.json", "deploy.lock", "manifests", ".deploy.json.wharf-tmp"];
/// What is only found in directories that hold somebody's work.
const WORK: [&str; 7] = ["wharf.yaml", "wharf.yml", "wharf.json", "wharf.lock", ".git", ".hg", ".svn"];

/// What is in the directory that this step did not make: names beside the releases, and unknown ones among them.
pub fn foreign(site: &Site) -> Result<Vec<String>> {
    let made = |name: &str| [RELEASES, CURRENT, PRIVATE, ".current.wharf-tmp"].contains(&name);
    let beside = names_in(&site.into)?.into_iter().filter(|name| !made(name));
    let releases = names_in(&site.into.join(RELEASES))?.into_iter();
    // Other runs are working on the temporary ones.
    let unknown = releases.filter(|name| !is_temporary(name) && !site.state.releases.contains_key(name));
    Ok(beside.chain(unknown.map(|name| format!("{RELEASES}/{name}"))).collect())
}

/// Refuses to purge where something may be lost that nobody meant: in a project, and in a directory that was never this
/// step's alone.
pub fn check(site: &Site) -> Result {
    let refused = |message: String, help: &str| Err(Error::invalid(message).with_input("/purge").with_help(help));
    let into = site.into.display();
    if let Some(work) = work_in(site)? {
        let help = "`purge` removes everything but releases: deploy into a directory of their own";
        return refused(format!("{into} is not purged: it holds {work}, so that it is somebody's work"), help);
    }
    let foreign = if site.state.owned { Vec::new() } else { foreign(site)? };
    if foreign.is_empty() {
        return Ok(());
    }
    let some = foreign.iter().take(3).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let more = match foreign.len().saturating_sub(3) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let help = "`purge` works where this step deployed into an empty directory: move what is there away, or deploy into \
                another directory";
    refused(format!("{into} is not purged: it holds {some}{more}, and was never this step's alone"), help)
}

/// Something in the directory that speaks of a project.
fn work_in(site: &Site) -> Result<Option<String>> {
    let is_work = |name: &String| WORK.contains(&name.as_str()) || is_process_file(site, name);
    if let Some(name) = names_in(&site.into)?.into_iter().find(is_work) {
        return Ok(Some(name));
    }
    let mut private = names_in(&site.into.join(PRIVATE))?.into_iter();
    Ok(private.find(|name| !OWN.contains(&name.as_str())).map(|name| format!("{PRIVATE}/{name}")))
}

/// Whether it is a process file under another name.
fn is_process_file(site: &Site, name: &str) -> bool {
    let mut begin = Vec::new();
    name.rsplit_once('.').is_some_and(|(_, end)| matches!(end, "yaml" | "yml" | "json"))
        && File::open(site.into.join(name)).is_ok_and(|file| file.take(4096).read_to_end(&mut begin).is_ok())
        && String::from_utf8_lossy(&begin).lines().any(|line| {
            let line = line.trim_start_matches(['{', ' ', '"', '\u{feff}']);
            line.strip_prefix("wharf").is_some_and(|rest| rest.trim_start_matches(['"', ' ']).starts_with(':'))
        })
}

/// Removes what this step did not make.
pub fn purge(site: &Site) -> Result {
    check(site)?;
    let paths: Vec<PathBuf> = foreign(site)?.into_iter().map(|name| site.into.join(name)).collect();
    for path in &paths {
        info!("removing {}, which this step did not make", path.display());
        remove_all(path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}
