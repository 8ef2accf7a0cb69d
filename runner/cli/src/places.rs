use std::env;
use std::path::PathBuf;

/// The environment variable that says where compiled components are kept.
pub const CACHE_VARIABLE: &str = "WHARF_CACHE_DIR";

/// Where compiled components are kept; none if the user has no place for such things.
pub fn cache_folder() -> Option<PathBuf> {
    if let Some(folder) = env::var_os(CACHE_VARIABLE).filter(|folder| !folder.is_empty()) {
        return std::path::absolute(folder).ok();
    }
    if cfg!(windows) {
        return absolute("LOCALAPPDATA").map(|folder| folder.join("wharf").join("cache"));
    }
    if cfg!(target_vendor = "apple") {
        return absolute("HOME").map(|home| home.join("Library/Caches/wharf"));
    }
    let base = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")));
    base.map(|folder| folder.join("wharf"))
}

/// Where packages are kept that were downloaded; none if the user has no place for such things.
pub fn package_cache_folder() -> Option<PathBuf> {
    cache_folder().map(|folder| folder.join("packages"))
}

/// The environment variable that says where Wharf keeps what belongs to this user and is no cache.
pub const STATE_VARIABLE: &str = "WHARF_STATE_DIR";

/// Where Wharf keeps what belongs to this user and is no cache; none if the user has no place for such things.
pub fn state_folder() -> Option<PathBuf> {
    if let Some(folder) = env::var_os(STATE_VARIABLE).filter(|folder| !folder.is_empty()) {
        return std::path::absolute(folder).ok();
    }
    if cfg!(windows) {
        return absolute("LOCALAPPDATA").map(|folder| folder.join("wharf").join("state"));
    }
    if cfg!(target_vendor = "apple") {
        return absolute("HOME").map(|home| home.join("Library/Application Support/wharf"));
    }
    let base = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")));
    base.map(|folder| folder.join("wharf"))
}

/// The folder that an environment variable names, if it is absolute.
fn absolute(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}
