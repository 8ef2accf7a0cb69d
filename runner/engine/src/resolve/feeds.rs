use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wharf_fetch::{Credentials, Feed, FeedLocation, FeedSettings, S3Location, open_feed};
use wharf_model::{
    CancelToken, Diagnostic, FeedPlace, FeedSecret, FeedSpec, MASK, Process, Secret, SpannedValue, did_you_mean,
};
use wharf_variables::Variables;

use super::Request;
use super::feed_limits::set_feed_limits;
use super::fetch::{Fetching, Wanted};
use super::given::GivenSecrets;
use super::packages::text;
use super::path::absolute;
use super::pattern::Unfilled;
use super::request::Depth;
use super::secrets::KnownSecret;
use super::sources::{Sources, process_limits};
use super::system_variables::with_run;
use crate::identity::secret_reference;
use crate::{Machine, PackageNames};

/// Packages of more bytes than this go to registries in pieces.
const CHUNK: u64 = 32 << 20;
/// The variables of the environment that S3 stores are asked with, where the process file says nothing.
const AWS: [&str; 14] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];

/// What a feed is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedUse {
    /// To read: keys that only pushes need are not fetched.
    Read,
    /// To push.
    Push,
    /// To know which one it is, and not to ask it: no secret is fetched.
    Name,
}

/// The settings of a feed of the process file, by its name: its texts are evaluated as in the request's process and
/// environment, and its secrets fetched. Nothing is asked of the feed.
///
/// # Errors
/// When there is no such feed, what is said of it is wrong, or a secret cannot be had.
pub fn feed_settings(
    request: &Request<'_>,
    machine: &dyn Machine,
    cancel: &CancelToken,
    name: &str,
    usage: FeedUse,
) -> Result<FeedSettings, Vec<Diagnostic>> {
    let spec = find_feed(request.process, name).map_err(|problem| vec![problem])?;
    let sources = Sources::new(request, Depth::Run, machine.clock());
    let variables = with_run(sources.variables(request.process_name, request.environment), request);
    let feeds = Feeds { request, machine, cancel, given: &sources.given, variables: &variables };
    feeds.settings(&[spec], usage).map(|(mut settings, _)| settings.remove(0))
}

fn find_feed<'a>(process: &'a Process, name: &str) -> Result<&'a FeedSpec, Diagnostic> {
    process.feeds.iter().find(|feed| feed.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
        let problem = Diagnostic::error("unknown-feed", format!("there is no feed `{name}`"));
        let help = did_you_mean(name, process.feeds.iter().map(|feed| feed.name.as_str()));
        problem.help(help.unwrap_or_else(|| "the process file has no `feeds`".into()))
    })
}

/// Makes the settings of feeds.
pub(super) struct Feeds<'a> {
    pub(super) request: &'a Request<'a>,
    pub(super) machine: &'a dyn Machine,
    pub(super) cancel: &'a CancelToken,
    pub(super) given: &'a GivenSecrets,
    pub(super) variables: &'a Variables,
}

impl Feeds<'_> {
    /// The settings of these feeds, in their order, and the secrets in them. The secrets of all are fetched at once.
    pub(super) fn settings(
        &self,
        specs: &[&FeedSpec],
        usage: FeedUse,
    ) -> Result<(Vec<FeedSettings>, Vec<Secret>), Vec<Diagnostic>> {
        let named: Vec<(&FeedSecret, KnownSecret)> = specs
            .iter()
            .flat_map(|spec| secrets_of(spec, usage).into_iter().map(|secret| (secret, known_secret(spec, secret))))
            .collect();
        let wanted: Vec<Wanted<'_>> = named.iter().map(|(_, secret)| Wanted { secret, is_needed: true }).collect();
        let fetching = Fetching {
            request: self.request,
            machine: self.machine,
            cancel: self.cancel,
            given: self.given,
            limits: process_limits(self.request.process),
        };
        let mut problems = Vec::new();
        let secrets = fetching.fetch(&wanted, &mut problems).secrets;
        let value = |secret: &FeedSecret| {
            let (_, known) = named.iter().find(|(feed_secret, _)| std::ptr::eq(*feed_secret, secret))?;
            let secret = secrets.iter().find(|secret| secret.reference == known.reference)?;
            Some(wharf_fetch::Secret::new(&secret.value))
        };
        let folder = &self.request.process.folder;
        let mut all = Vec::new();
        for spec in specs {
            match settings(spec, folder, self.variables, self.machine, &value) {
                Ok(settings) => all.push(settings),
                Err(found) => problems.extend(unfilled(spec, found)),
            }
        }
        if problems.iter().any(Diagnostic::is_error) { Err(problems) } else { Ok((all, secrets)) }
    }

    /// What is wrong with feeds as far as it can be said without their secrets and without asking them, and the names for
    /// which they wait.
    pub(super) fn check(&self, specs: &[&FeedSpec]) -> (Vec<Diagnostic>, Vec<String>) {
        let (mut problems, mut waits) = (Vec::new(), Vec::new());
        for spec in specs {
            let mask = |_: &FeedSecret| Some(wharf_fetch::Secret::new(MASK));
            match settings(spec, &self.request.process.folder, self.variables, self.machine, &mask) {
                Ok(settings) => problems.extend(open(settings, spec).err()),
                Err(Unfilled::WaitsFor(names)) => waits.extend(names),
                Err(Unfilled::Wrong(found)) => problems.extend(found),
            }
        }
        (problems, waits)
    }
}

/// A feed that can be asked.
pub(super) fn open(settings: FeedSettings, spec: &FeedSpec) -> Result<Box<dyn Feed>, Diagnostic> {
    open_feed(settings, Arc::new(PackageNames))
        .map_err(|error| Diagnostic::error("feed", error.to_string()).at(&spec.span))
}

fn unfilled(spec: &FeedSpec, reason: Unfilled) -> Vec<Diagnostic> {
    match reason {
        Unfilled::Wrong(found) => found,
        Unfilled::WaitsFor(names) => {
            let needed = |name: String| {
                let message = format!("feed {} needs `{name}`, which has no value: it is asked for", spec.name);
                let problem = Diagnostic::error("unanswered-prompt", message).at(&spec.span);
                problem.help(format!("give one with `--variable '{name}=…'`"))
            };
            names.into_iter().map(needed).collect()
        }
    }
}

fn known_secret(spec: &FeedSpec, secret: &FeedSecret) -> KnownSecret {
    KnownSecret {
        name: format!("{} of feed {}", secret.key, spec.name),
        spec: secret.spec.clone(),
        span: secret.span.clone(),
        reference: secret_reference(),
        is_variable: false,
    }
}

fn secrets_of(spec: &FeedSpec, usage: FeedUse) -> Vec<&FeedSecret> {
    if usage == FeedUse::Name {
        return Vec::new();
    }
    let credentials = &spec.credentials;
    let key = credentials.key.as_ref().filter(|_| usage == FeedUse::Push);
    let others = [&credentials.password, &credentials.token, &credentials.secret_key, &credentials.session_token];
    others.into_iter().filter_map(Option::as_ref).chain(key).collect()
}

fn settings(
    spec: &FeedSpec,
    folder: &Path,
    variables: &Variables,
    machine: &dyn Machine,
    secret: &dyn Fn(&FeedSecret) -> Option<wharf_fetch::Secret>,
) -> Result<FeedSettings, Unfilled> {
    let text = |value: &SpannedValue| text(value, variables);
    let optional = |value: &Option<SpannedValue>| value.as_ref().map(text).transpose();
    let location = match &spec.place {
        FeedPlace::Folder { path } => FeedLocation::Folder { path: absolute(folder, Path::new(&text(path)?)) },
        FeedPlace::Http { url, index } => FeedLocation::Http { url: text(url)?, index: optional(index)? },
        FeedPlace::NuGet { url } => FeedLocation::NuGet { url: text(url)? },
        FeedPlace::Oci { reference } => FeedLocation::Oci { reference: text(reference)?, chunk: CHUNK },
        FeedPlace::S3(s3) => FeedLocation::S3(S3Location {
            bucket: text(&s3.bucket)?,
            prefix: optional(&s3.prefix)?.unwrap_or_default().trim_end_matches('/').to_owned(),
            region: optional(&s3.region)?,
            endpoint: optional(&s3.endpoint)?,
            path_style: s3.path_style,
            environment: aws_environment(machine),
        }),
    };
    let credentials = &spec.credentials;
    let user = optional(&credentials.user)?;
    let access_key = optional(&credentials.access_key)?;
    let credentials =
        given(spec, user, access_key, &|kept| kept.as_ref().and_then(secret)).unwrap_or_else(|| ambient(spec, machine));
    let allow_plain_http = spec.allow_plain_http;
    let mut settings = FeedSettings { credentials, allow_plain_http, ..FeedSettings::new(&spec.name, location) };
    set_feed_limits(&mut settings.limits, spec.limits.iter().map(|setting| (setting.limit, setting.value)));
    Ok(settings)
}

/// The credentials that are given, with those secrets that were fetched.
fn given(
    spec: &FeedSpec,
    user: Option<String>,
    access_key: Option<String>,
    secret: &dyn Fn(&Option<FeedSecret>) -> Option<wharf_fetch::Secret>,
) -> Option<Credentials> {
    let given = &spec.credentials;
    match (user.zip(secret(&given.password)), secret(&given.key)) {
        (Some((user, password)), Some(key)) => return Some(Credentials::BasicAndKey { user, password, key }),
        (Some((user, password)), None) => return Some(Credentials::Basic { user, password }),
        (None, Some(key)) => return Some(Credentials::ApiKey { key }),
        (None, None) => {}
    }
    if let Some(token) = secret(&given.token) {
        return Some(Credentials::Bearer { token });
    }
    let (access_key, secret_key) = access_key.zip(secret(&given.secret_key))?;
    Some(Credentials::S3 { access_key, secret_key, session_token: secret(&given.session_token) })
}

/// Those that this machine has where none are given.
fn ambient(spec: &FeedSpec, machine: &dyn Machine) -> Credentials {
    match &spec.place {
        FeedPlace::Oci { .. } => docker_config(machine),
        _ => Credentials::None,
    }
}

/// What `docker login` keeps, if there is something.
fn docker_config(machine: &dyn Machine) -> Credentials {
    let folder = machine.environment_variable("DOCKER_CONFIG").map(PathBuf::from);
    let folder = folder.or_else(|| machine.home().map(|home| home.join(".docker")));
    match folder.map(|folder| folder.join("config.json")).filter(|path| path.is_file()) {
        Some(path) => Credentials::DockerConfig { path },
        None => Credentials::None,
    }
}

fn aws_environment(machine: &dyn Machine) -> BTreeMap<String, wharf_fetch::Secret> {
    let known = AWS.iter().filter_map(|name| Some(((*name).to_owned(), machine.environment_variable(name)?)));
    known.map(|(name, value)| (name, wharf_fetch::Secret::new(value))).collect()
}
