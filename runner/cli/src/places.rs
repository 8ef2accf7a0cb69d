use std::env;
use std::path::PathBuf;

/// The environment variable that says where compiled components are kept.
pub const CACHE_VARIABLE: &str = "WHARF_CACHE_DIR";

/// Where compiled components are kept; none if the user has no place for such things.
pub fn cache_folder() -> Option<PathBuf> {
    place(CACHE_VARIABLE, "cache", "Library/Caches/wharf", ("XDG_CACHE_HOME", ".cache"))
}

/// Where packages are kept that were downloaded; none if the user has no place for such things.
pub fn package_cache_folder() -> Option<PathBuf> {
    cache_folder().map(|folder| folder.join("packages"))
}

/// The environment variable that says where Wharf keeps what belongs to this user and is no cache.
pub const STATE_VARIABLE: &str = "WHARF_STATE_DIR";

/// Where Wharf keeps what belongs to this user and is no cache; none if the user has no place for such things.
pub fn state_folder() -> Option<PathBuf> {
    place(STATE_VARIABLE, "state", "Library/Application Support/wharf", ("XDG_STATE_HOME", ".local/state"))
}

/// A folder of the user: the one that a variable names, or where the system has such things. `xdg` is the variable that
/// names the place elsewhere than on Windows and macOS, and the place in the home directory where it names none.
fn place(variable: &str, on_windows: &str, on_macos: &str, xdg: (&str, &str)) -> Option<PathBuf> {
    if let Some(folder) = env::var_os(variable).filter(|folder| !folder.is_empty()) {
        return std::path::absolute(folder).ok();
    }
    if cfg!(windows) {
        return absolute("LOCALAPPDATA").map(|folder| folder.join("wharf").join(on_windows));
    }
    if cfg!(target_vendor = "apple") {
        return absolute("HOME").map(|home| home.join(on_macos));
    }
    let base = absolute(xdg.0).or_else(|| absolute("HOME").map(|home| home.join(xdg.1)));
    base.map(|folder| folder.join("wharf"))
}

/// The folder that an environment variable names, if it is absolute.
fn absolute(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}
