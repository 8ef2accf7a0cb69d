use wharf_model::OctopusVersion;

use super::FilterError;
use super::call::{Call, Made};

pub(super) fn major(call: &Call<'_>) -> Made {
    Ok(version(call)?.major().to_string())
}

pub(super) fn minor(call: &Call<'_>) -> Made {
    Ok(version(call)?.minor().to_string())
}

pub(super) fn patch(call: &Call<'_>) -> Made {
    Ok(version(call)?.patch().to_string())
}

pub(super) fn revision(call: &Call<'_>) -> Made {
    Ok(version(call)?.revision().to_string())
}

pub(super) fn prerelease(call: &Call<'_>) -> Made {
    Ok(version(call)?.prerelease().to_owned())
}

pub(super) fn prerelease_prefix(call: &Call<'_>) -> Made {
    Ok(version(call)?.prerelease_prefix().to_owned())
}

pub(super) fn prerelease_counter(call: &Call<'_>) -> Made {
    Ok(version(call)?.prerelease_counter().to_owned())
}

pub(super) fn metadata(call: &Call<'_>) -> Made {
    Ok(version(call)?.metadata().to_owned())
}

/// The input as a version. Arguments are ignored, as Octostache does.
fn version(call: &Call<'_>) -> Result<OctopusVersion, FilterError> {
    call.input()?.parse().map_err(|error: wharf_model::OctopusVersionError| FilterError::NoValue(error.to_string()))
}
