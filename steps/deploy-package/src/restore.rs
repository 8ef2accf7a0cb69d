use wharf_step::prelude::*;

use crate::Deployed;
use crate::deploy::text;
use crate::site::Site;

/// Makes live again what was live when a step of this run began.
pub fn restore(step: &str) -> Result {
    if step.trim().is_empty() {
        return Err(Error::invalid("`restore` is empty: name the id of a `deploy-package` step").with_input("/restore"));
    }
    let output = |name: &str| variables::text(&format!("Step[{step}].Output.{name}"));
    let into = match output("into") {
        Err(error) if error.code() == ErrorCode::NotYetKnown => None,
        into => into?,
    };
    let Some(into) = into.filter(|into| !into.is_empty()) else {
        info!("nothing to restore: `{step}` did not run");
        return Ok(());
    };
    let wanted = output("previous")?.unwrap_or_default();
    let made = output("release")?.unwrap_or_default();
    let made = made.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut site = Site::open(&into)?;
    let _lock = if site.live()?.unwrap_or_default() == wanted { None } else { Some(site.lock()?) };
    site.reload()?;
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
    if !made.is_empty() && live != made {
        warn!("{live} is left live: another run has deployed it since `{step}` made {made} live");
        return is_live(&live).set();
    }
    if !site.release(&wanted).is_dir() {
        return Err(Error::failed(format!("the release {wanted}, which was live when this run began, is gone")));
    }
    site.switch(&wanted)?;
    warn!("{wanted} is live again instead of {live}");
    is_live(&wanted).set()
}
