use crate::{FeedLimitSetting, SecretSpec, Span, SpannedValue};

/// A feed that packages come from.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedSpec {
    /// The name under which packages refer to it.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// Which kind of feed, and where. Texts in it are templates.
    pub place: FeedPlace,
    /// Who asks.
    pub credentials: FeedCredentials,
    /// `allow-plain-http`: whether credentials may go without TLS to a host that is not this machine.
    pub allow_plain_http: bool,
    /// `limits`: what it may cost.
    pub limits: Vec<FeedLimitSetting>,
}

/// Which kind of feed, and where.
#[derive(Debug, Clone, PartialEq)]
pub enum FeedPlace {
    /// `folder`: a directory.
    Folder {
        /// The path.
        path: SpannedValue,
    },
    /// `http`: a web server with files.
    Http {
        /// The address.
        url: SpannedValue,
        /// `index`: the file that lists the others.
        index: Option<SpannedValue>,
    },
    /// `nuget`: a NuGet feed.
    NuGet {
        /// The address of the service index or of the push endpoint.
        url: SpannedValue,
    },
    /// `oci`: a namespace of a registry.
    Oci {
        /// `host[:port]/namespace`.
        reference: SpannedValue,
    },
    /// `s3`: a bucket.
    S3(Box<S3Place>),
}

/// `s3`: where in which store.
#[derive(Debug, Clone, PartialEq)]
pub struct S3Place {
    /// Where it stands.
    pub span: Span,
    /// `bucket`.
    pub bucket: SpannedValue,
    /// `prefix`.
    pub prefix: Option<SpannedValue>,
    /// `region`.
    pub region: Option<SpannedValue>,
    /// `endpoint`.
    pub endpoint: Option<SpannedValue>,
    /// `path-style`.
    pub path_style: bool,
}

/// Who asks a feed. At most what the kind of feed takes is there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FeedCredentials {
    /// `user`, a template.
    pub user: Option<SpannedValue>,
    /// `password`.
    pub password: Option<FeedSecret>,
    /// `key`, for pushes to NuGet feeds.
    pub key: Option<FeedSecret>,
    /// `token`.
    pub token: Option<FeedSecret>,
    /// `access-key`, a template.
    pub access_key: Option<SpannedValue>,
    /// `secret-key`.
    pub secret_key: Option<FeedSecret>,
    /// `session-token`.
    pub session_token: Option<FeedSecret>,
}

/// A secret of a feed.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedSecret {
    /// The key under which it stands, such as `password`.
    pub key: &'static str,
    /// Where it is fetched from.
    pub spec: SecretSpec,
    /// Where that stands.
    pub span: Span,
}
