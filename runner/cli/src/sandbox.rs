use wharf_host::{Host, HostError, HostOptions};

use crate::error::CommandError;
use crate::places::{CACHE_VARIABLE, cache_folder};
use crate::ui::Ui;

/// The sandbox with its cache; without it if the cache cannot be used, which costs time and nothing else.
pub fn host(ui: &Ui) -> Result<Host, CommandError> {
    let options = HostOptions { cache: cache_folder(), ..HostOptions::default() };
    if options.cache.is_none() {
        return new(&options);
    }
    match Host::new(&options) {
        Ok(host) => Ok(host),
        Err(HostError::Cache { path, reason }) => {
            ui.warn(&format!(
                "steps are compiled anew each time: the cache {} cannot be used: {reason}; {CACHE_VARIABLE} names another",
                path.display()
            ));
            new(&HostOptions { cache: None, ..options })
        }
        Err(error) => Err(failed(&error)),
    }
}

fn new(options: &HostOptions) -> Result<Host, CommandError> {
    Host::new(options).map_err(|error| failed(&error))
}

fn failed(error: &HostError) -> CommandError {
    CommandError::failed(error.to_string()).hint("`wharf doctor` looks for the cause")
}
