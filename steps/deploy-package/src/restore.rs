use wharf_step::prelude::*;

use crate::Deployed;
use crate::deploy::text;
use crate::site::Site;

/// Makes live again what was live when a step of this run began.
pub fn restore(step: &str) -> Result {
    let output = |name: &str| variables::text(&format!("Step[{step}].Output.{name}"));
    let Some(into) = output("into")? else {
        info!("the step `{step}` has deployed nothing in this run: there is nothing to restore");
        return Ok(());
    };
    let wanted = output("previous")?.unwrap_or_default();
    let site = Site::open(&into)?;
    let live = site.live()?.unwrap_or_default();
    let version = |name: &str| match site.state.releases.get(name) {
        Some(release) => release.version.clone(),
        None => name.to_owned(),
    };
    let is_live = |name: &str| Deployed {
        into: into.clone(),
        path: text(&site.current()),
        release: text(&site.release(name)),
        version: version(name),
        previous: live.clone(),
        files: None,
    };
    if wanted.is_empty() {
        info!("nothing was live in {into} when this run began: there is nothing to restore");
        return is_live(&live).set();
    }
    if wanted == live {
        info!("{wanted} is live, as it was when this run began");
        return is_live(&live).set();
    }
    if !site.release(&wanted).is_dir() {
        return Err(Error::failed(format!("the release {wanted}, which was live when this run began, is gone")));
    }
    site.switch(&wanted)?;
    warn!("{wanted} is live again instead of {live}");
    is_live(&wanted).set()
}
