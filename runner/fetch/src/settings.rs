use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::{Limits, Secret};

/// Everything that there is to say about one feed.
#[derive(Debug, Clone)]
pub struct FeedSettings {
    /// What the process file calls it. Every error begins with it.
    pub name: String,
    /// Which kind of feed, and where.
    pub location: FeedLocation,
    /// Who asks.
    pub credentials: Credentials,
    /// What it may cost.
    pub limits: Limits,
    /// Extensions of packages without the first dot, in the order in which they are preferred. Feeds that cannot list
    /// are asked for each.
    pub extensions: Vec<String>,
    /// Whether credentials may go, and an `oci` feed may be spoken to, without TLS to a host that is not this machine.
    pub allow_plain_http: bool,
}

impl FeedSettings {
    /// Settings of a feed without credentials, with the usual limits and extensions.
    pub fn new(name: impl Into<String>, location: FeedLocation) -> Self {
        const EXTENSIONS: [&str; 12] =
            ["nupkg", "zip", "tar.zst", "tar.gz", "tgz", "tar.bz2", "tbz", "tar.xz", "tar", "jar", "war", "ear"];
        Self {
            name: name.into(),
            location,
            credentials: Credentials::None,
            limits: Limits::default(),
            extensions: EXTENSIONS.map(str::to_owned).to_vec(),
            allow_plain_http: false,
        }
    }

    /// Everything in them that must never be seen.
    pub(crate) fn secrets(&self) -> Vec<Secret> {
        let mut secrets = self.credentials.secrets();
        if let FeedLocation::S3(S3Location { environment, .. }) = &self.location {
            let hidden = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
            secrets.extend(hidden.iter().filter_map(|name| environment.get(*name)).cloned());
        }
        secrets
    }
}

/// Which kind of feed, and where.
#[derive(Debug, Clone)]
pub enum FeedLocation {
    /// A directory with files `ID.version.ext`, directly in it or in a directory named `ID`.
    Folder {
        /// The directory.
        path: PathBuf,
    },
    /// A web server with files `<url>/ID.version.ext` that answers GET and HEAD, and PUT for pushes.
    Http {
        /// Where the files are.
        url: String,
        /// The file below `url` that lists the others: a JSON array of names (or of objects with a `name`), HTML with
        /// links, or a name per line. Without it, what the server answers for `url` itself is read as such a list.
        index: Option<String>,
    },
    /// A NuGet feed: version 3 if the address ends with `index.json`, else the version 2 endpoint that takes pushes,
    /// such as `…/api/v2/package/`.
    NuGet {
        /// The service index or the push endpoint.
        url: String,
    },
    /// A namespace of an OCI registry: `host[:port]/namespace`, with or without `oci://` before it. Each package is a
    /// repository in it, named like the ID in lower case, each version a tag.
    Oci {
        /// The registry and the namespace.
        reference: String,
        /// Packages of more bytes than this are sent in chunks of this size.
        chunk: u64,
    },
    /// A bucket that speaks Amazon's S3 protocol.
    S3(S3Location),
}

/// Where in which S3 store.
#[derive(Debug, Clone, Default)]
pub struct S3Location {
    /// The bucket.
    pub bucket: String,
    /// What stands before each name, without `/` at its end; may be empty.
    pub prefix: String,
    /// The region; `us-east-1` if the environment has none either.
    pub region: Option<String>,
    /// The address of a store that is not Amazon's.
    pub endpoint: Option<String>,
    /// Whether the bucket is part of the path, not of the host name. Stores that are not Amazon's mostly want this.
    pub path_style: bool,
    /// The variables `AWS_…` of the environment: consulted for what is not said above, and for keys when
    /// [`FeedSettings::credentials`] are [`Credentials::None`].
    pub environment: BTreeMap<String, Secret>,
}

/// Who asks.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// Nobody in particular.
    None,
    /// A user with a password, for `Authorization: Basic`.
    Basic {
        /// The user.
        user: String,
        /// The password, or a token in its place.
        password: Secret,
    },
    /// A token for `Authorization: Bearer`.
    Bearer {
        /// The token.
        token: Secret,
    },
    /// A key for the header `X-NuGet-ApiKey`: NuGet feeds only. Sent with pushes, and nowhere else.
    ApiKey {
        /// The key.
        key: Secret,
    },
    /// Both: the user reads, the key pushes. NuGet feeds only.
    BasicAndKey {
        /// The user.
        user: String,
        /// The password.
        password: Secret,
        /// The key.
        key: Secret,
    },
    /// Keys of an S3 store.
    S3 {
        /// The public half.
        access_key: String,
        /// The secret half.
        secret_key: Secret,
        /// The token of a session, for temporary keys.
        session_token: Option<Secret>,
    },
    /// The file in which `docker login` keeps what it was told (`auths`; helper programs are not called). OCI only.
    DockerConfig {
        /// The file, usually `~/.docker/config.json`.
        path: PathBuf,
    },
}

impl Credentials {
    fn secrets(&self) -> Vec<Secret> {
        match self {
            Self::None | Self::DockerConfig { .. } => Vec::new(),
            Self::Basic { password: secret, .. } | Self::Bearer { token: secret } | Self::ApiKey { key: secret } => {
                vec![secret.clone()]
            }
            Self::BasicAndKey { password, key, .. } => vec![password.clone(), key.clone()],
            Self::S3 { secret_key, session_token, .. } => {
                [Some(secret_key), session_token.as_ref()].into_iter().flatten().cloned().collect()
            }
        }
    }
}
