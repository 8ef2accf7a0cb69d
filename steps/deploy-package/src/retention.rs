use wharf_step::prelude::*;

use crate::lock::Lock;
use crate::site::Site;
use crate::state::State;
use crate::temporary::Temporary;

/// Takes releases away until as many are left as are kept; answers them with their names. What cannot be taken away is a
/// warning: the deployment is done.
pub fn take_away(site: &mut Site, names: Vec<String>, lock: &Lock) -> Result<Vec<(String, Temporary)>> {
    let mut taken = Vec::new();
    for name in names {
        match site.take_away(&name) {
            Ok(aside) => {
                site.state.releases.remove(&name);
                taken.push((name, aside));
            }
            Err(error) => warn!("{error}"),
        }
    }
    if !taken.is_empty() {
        site.save(lock)?;
    }
    Ok(taken)
}

/// Removes what was taken away.
pub fn remove(taken: Vec<(String, Temporary)>) {
    for (name, aside) in taken {
        match aside.remove_now() {
            Ok(()) => info!("removed the old release {name}"),
            Err(error) => warn!("{error}"),
        }
    }
}

/// The releases that are not kept, the oldest first.
pub fn surplus(state: &State, live: &str, previous: &str, keep: usize) -> Vec<String> {
    let always: Vec<&str> = [live, previous].into_iter().filter(|name| state.releases.contains_key(*name)).collect();
    let always_kept = if live == previous { 1 } else { always.len() };
    let mut others: Vec<(u64, &String)> = state
        .releases
        .iter()
        .filter(|(name, _)| !always.contains(&name.as_str()))
        .map(|(name, release)| (release.number, name))
        .collect();
    others.sort();
    let count = others.len().saturating_sub(keep.saturating_sub(always_kept));
    others.into_iter().take(count).map(|(_, name)| name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Release;

    #[test]
    fn the_live_and_the_previous_release_are_always_kept() {
        let mut state = State::default();
        for (number, name) in ["1", "2", "3", "4", "5"].into_iter().enumerate() {
            let (package, version, digest) = ("Shop".to_owned(), name.to_owned(), String::new());
            let release = Release { number: number as u64, package, version, digest, substituted: Vec::new() };
            state.releases.insert(name.to_owned(), release);
        }
        assert_eq!(surplus(&state, "5", "4", 3), ["1", "2"]);
        assert_eq!(surplus(&state, "5", "1", 3), ["2", "3"]);
        assert_eq!(surplus(&state, "1", "5", 1), ["2", "3", "4"]);
        assert_eq!(surplus(&state, "5", "5", 2), ["1", "2", "3"]);
        assert_eq!(surplus(&state, "5", "", 1), ["1", "2", "3", "4"]);
        assert_eq!(surplus(&state, "5", "4", 9), Vec::<String>::new());
    }
}
