use std::collections::BTreeMap;
use std::path::PathBuf;

use wharf_engine::{Machine as _, ThisMachine, set_feed_limits};
use wharf_fetch::{Credentials, FeedLocation, FeedSettings, S3Location, Secret};
use wharf_model::{CancelToken, FeedLimit};
use wharf_report::sanitize;

use super::feed_limits::setting;
use super::process_feed::ProcessFeedArguments;
use crate::error::CommandError;
use crate::ui::Ui;

/// Packages of an OCI registry that are larger than this are sent in chunks.
const OCI_CHUNK: u64 = 64 * 1024 * 1024;

/// A feed, and who asks. Secrets are never on the command line: it names environment variables.
#[derive(Debug, clap::Args)]
pub struct FeedArguments {
    /// The name of a feed in the process file; a folder, `https://HOST/…/index.json` (NuGet v3), `nuget+https://…`
    /// (NuGet v2), `https://…` (a plain store), `oci://HOST/NAMESPACE` or `s3://BUCKET/PREFIX`
    #[arg(long = "to", value_name = "FEED")]
    feed: String,
    /// The environment variable that holds the API key of a NuGet feed
    #[arg(long, value_name = "NAME", help_heading = "Who asks")]
    key_env: Option<String>,
    /// The user
    #[arg(long, value_name = "NAME", requires = "password_env", help_heading = "Who asks")]
    user: Option<String>,
    /// The environment variable that holds the user's password
    #[arg(long, value_name = "NAME", requires = "user", help_heading = "Who asks")]
    password_env: Option<String>,
    /// The environment variable that holds a token
    #[arg(
        long,
        value_name = "NAME",
        conflicts_with_all = ["user", "password_env", "key_env"],
        help_heading = "Who asks"
    )]
    token_env: Option<String>,
    /// Send credentials without TLS to other machines too
    #[arg(long, help_heading = "Who asks")]
    allow_plain_http: bool,
    /// Set a limit of the feed, such as `max-size=32GiB` or `idle-timeout=2m`
    #[arg(long = "limit", value_name = "NAME=VALUE", value_parser = setting)]
    limits: Vec<(FeedLimit, u64)>,
    #[command(flatten)]
    process: ProcessFeedArguments,
}

impl FeedArguments {
    /// The feed that the arguments mean. This is the one place where the text of a feed is read.
    pub fn settings(&self, cancel: &CancelToken, ui: &Ui) -> Result<FeedSettings, CommandError> {
        let location = location(&self.feed)?;
        if matches!(location, FeedLocation::Folder { .. })
            && let Some(settings) = self.process.settings(&self.feed, cancel, ui)?
        {
            return self.with_limits(settings);
        }
        let credentials = self.credentials(&location)?;
        let allow_plain_http = self.allow_plain_http;
        let mut settings =
            FeedSettings { credentials, allow_plain_http, ..FeedSettings::new(shown(&self.feed), location) };
        set_feed_limits(&mut settings.limits, self.limits.iter().copied());
        Ok(settings)
    }

    /// A feed of the process file with the limits that were set here. Who asks is said there.
    fn with_limits(&self, mut settings: FeedSettings) -> Result<FeedSettings, CommandError> {
        let is_said = [
            ("--key-env", self.key_env.is_some()),
            ("--user", self.user.is_some()),
            ("--token-env", self.token_env.is_some()),
            ("--allow-plain-http", self.allow_plain_http),
        ];
        if let Some((option, _)) = is_said.into_iter().find(|(_, is_said)| *is_said) {
            let message = format!("`{option}` does not go with a feed of the process file, which says itself who asks");
            return Err(CommandError::usage(message).hint(format!("leave it out, or change feed {}", settings.name)));
        }
        set_feed_limits(&mut settings.limits, self.limits.iter().copied());
        Ok(settings)
    }

    fn credentials(&self, location: &FeedLocation) -> Result<Credentials, CommandError> {
        let key = self.key_env.as_deref().map(secret).transpose()?;
        if key.is_some() && !matches!(location, FeedLocation::NuGet { .. }) {
            return Err(CommandError::usage("only a NuGet feed takes a key")
                .hint("`--user` with `--password-env`, or `--token-env`, say who asks elsewhere"));
        }
        let token = self.token_env.as_deref().map(secret).transpose()?;
        let password = self.password_env.as_deref().map(secret).transpose()?;
        let user = self.user.clone().zip(password);
        let is_any = key.is_some() || token.is_some() || user.is_some();
        if is_any && matches!(location, FeedLocation::S3(_)) {
            return Err(CommandError::usage("an S3 store is asked with the keys of the environment")
                .hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"));
        }
        if is_any && matches!(location, FeedLocation::Folder { .. }) {
            return Err(CommandError::usage("a folder does not ask who you are"));
        }
        Ok(match (user, key, token) {
            (Some((user, password)), Some(key), _) => Credentials::BasicAndKey { user, password, key },
            (Some((user, password)), None, _) => Credentials::Basic { user, password },
            (None, Some(key), _) => Credentials::ApiKey { key },
            (None, None, Some(token)) => Credentials::Bearer { token },
            (None, None, None) => match location {
                FeedLocation::Oci { .. } => {
                    docker_config().map_or(Credentials::None, |path| Credentials::DockerConfig { path })
                }
                _ => Credentials::None,
            },
        })
    }
}

/// The feed without what an address should not hold, but may: a user with a password.
fn shown(feed: &str) -> String {
    let text = match feed.split_once("://") {
        Some((scheme, rest)) => {
            let host_end = rest.find(['/', '?']).unwrap_or(rest.len());
            let host = rest[..host_end].rfind('@').map_or(0, |at| at + 1);
            format!("{scheme}://{}", &rest[host..])
        }
        None => feed.to_owned(),
    };
    sanitize(text.split('?').next().unwrap_or_default()).into_owned()
}

fn location(feed: &str) -> Result<FeedLocation, CommandError> {
    let Some((scheme, rest)) = feed.split_once("://") else {
        return Ok(FeedLocation::Folder { path: PathBuf::from(feed) });
    };
    let has_login = rest.split(['/', '?']).next().is_some_and(|host| host.contains('@'));
    if has_login {
        return Err(CommandError::usage("the address of a feed holds no user and no password: everyone can see them")
            .hint("`--user NAME --password-env VARIABLE` says who asks"));
    }
    let url = format!("{}://{rest}", scheme.trim_start_matches("nuget+"));
    match scheme.to_ascii_lowercase().as_str() {
        "nuget+https" | "nuget+http" => Ok(FeedLocation::NuGet { url }),
        "https" | "http" if rest.ends_with("/index.json") => Ok(FeedLocation::NuGet { url }),
        "https" | "http" => Ok(FeedLocation::Http { url, index: None }),
        "oci" => Ok(FeedLocation::Oci { reference: rest.to_owned(), chunk: OCI_CHUNK }),
        "s3" => Ok(FeedLocation::S3(s3(rest))),
        _ => Err(CommandError::usage(format!("there are no feeds of the kind `{}://`", sanitize(scheme)))
            .hint("a feed is a folder, or begins with https://, nuget+https://, oci:// or s3://")),
    }
}

/// A bucket and what stands before each name; the rest is in the environment, as Amazon's own programs have it.
fn s3(rest: &str) -> S3Location {
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let variables = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let environment: BTreeMap<String, Secret> = variables
        .filter(|(name, _)| name.starts_with("AWS_"))
        .filter_map(|(name, value)| Some((name, Secret::new(value.into_string().ok()?))))
        .collect();
    // Stores that are not Amazon's have no host for each bucket.
    let path_style = environment.keys().any(|name| name.starts_with("AWS_ENDPOINT"));
    S3Location {
        bucket: bucket.to_owned(),
        prefix: prefix.trim_end_matches('/').to_owned(),
        path_style,
        environment,
        ..S3Location::default()
    }
}

/// The secret that an environment variable holds.
fn secret(variable: &str) -> Result<Secret, CommandError> {
    let value = ThisMachine.environment_variable(variable).filter(|value| !value.trim().is_empty());
    let value = value.ok_or_else(|| {
        CommandError::usage(format!("the environment variable {} is not set", sanitize(variable)))
            .hint("name the variable that holds the secret, not the secret itself")
    })?;
    Ok(Secret::new(value.trim()))
}

/// The file in which `docker login` keeps what it was told, if there is one.
fn docker_config() -> Option<PathBuf> {
    let folder = std::env::var_os("DOCKER_CONFIG").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let folder = folder.or_else(|| ThisMachine.home().map(|home| home.join(".docker")))?;
    Some(folder.join("config.json")).filter(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feeds_are_told_apart_by_how_they_begin() {
        let shown: Vec<String> = [
            "drop/packages",
            "https://api.example.com/v3/index.json",
            "nuget+https://example.com/api/v2/package",
            "https://files.example.com/drop",
            "oci://registry.example.com/team/apps",
            "s3://bucket/a/b/",
            "ftp://example.com",
            "https://me:hunter2@example.com/drop",
        ]
        .into_iter()
        .map(|text| match location(text) {
            Ok(FeedLocation::S3(S3Location { bucket, prefix, .. })) => format!("s3 {bucket} {prefix}"),
            Ok(FeedLocation::Folder { path }) => format!("folder {}", path.display()),
            Ok(FeedLocation::NuGet { url }) => format!("nuget {url}"),
            Ok(FeedLocation::Http { url, .. }) => format!("http {url}"),
            Ok(FeedLocation::Oci { reference, .. }) => format!("oci {reference}"),
            Err(error) => error.to_string(),
        })
        .collect();
        insta::assert_snapshot!(shown.join("\n"), @"
        folder drop/packages
        nuget https://api.example.com/v3/index.json
        nuget https://example.com/api/v2/package
        http https://files.example.com/drop
        oci registry.example.com/team/apps
        s3 bucket a/b
        there are no feeds of the kind `ftp://`
        the address of a feed holds no user and no password: everyone can see them
        ");
    }

    #[test]
    fn no_login_of_an_address_is_shown() {
        assert_eq!(super::shown("https://me:hunter2@example.com/a@b?sig=hunter2"), "https://example.com/a@b");
    }
}
