//! Every key that the process file knows. The published schema has the same ones; a test compares them.

/// The keys of one kind of map.
pub(crate) struct Keys {
    /// What the map is, for messages: "a step".
    pub of: &'static str,
    /// The keys that are read.
    pub known: &'static [&'static str],
    /// Keys that belong there in a later version, with what they are for.
    pub later: &'static [(&'static str, &'static str)],
}

pub(crate) const PROCESS_FILE: Keys = Keys {
    of: "a process file",
    known: &[
        "wharf",
        "project",
        "environments",
        "feeds",
        "packages",
        "variables",
        "variable-sets",
        "defaults",
        "steps",
        "on-failure",
        "processes",
    ],
    later: &[("targets", "running steps on other machines")],
};

pub(crate) const NAMED_PROCESS: Keys = Keys { of: "a process", known: &["steps", "on-failure"], later: &[] };

pub(crate) const ENVIRONMENT: Keys = Keys { of: "an environment", known: &["confirm", "variables"], later: &[] };

pub(crate) const FEED: Keys = Keys {
    of: "a feed",
    known: &[
        "folder",
        "http",
        "index",
        "nuget",
        "oci",
        "s3",
        "user",
        "password",
        "token",
        "key",
        "access-key",
        "secret-key",
        "session-token",
        "allow-plain-http",
        "limits",
    ],
    later: &[],
};

pub(crate) const S3: Keys =
    Keys { of: "`s3`", known: &["bucket", "prefix", "region", "endpoint", "path-style"], later: &[] };

pub(crate) const ALLOW_IN_PLAN: Keys = Keys { of: "`plan` of `allow`", known: &["http", "run"], later: &[] };

pub(crate) const FEED_SECRET: Keys = Keys { of: "a secret of a feed", known: &["secret"], later: &[] };

pub(crate) const PACKAGE: Keys =
    Keys { of: "a package", known: &["from", "file", "feed", "id", "version", "prerelease"], later: &[] };

pub(crate) const GIT_VERSION: Keys = Keys { of: "a version from elsewhere", known: &["git"], later: &[] };

pub(crate) const SECRET: Keys =
    Keys { of: "a secret", known: &["env", "file", "run", "prompt", "allow-short"], later: &[] };

pub(crate) const SECRET_PROMPT: Keys = Keys { of: "the prompt of a secret", known: &["label"], later: &[] };

pub(crate) const PROMPT: Keys =
    Keys { of: "a prompt", known: &["label", "description", "required", "default", "choices"], later: &[] };

pub(crate) const SCOPED_VALUE: Keys = Keys {
    of: "a scoped value",
    known: &["value", "secret", "prompt", "environment", "environments", "step", "steps", "process", "processes"],
    later: &[
        ("target", "a scope of targets"),
        ("targets", "a scope of targets"),
        ("target-tag", "a scope of targets"),
        ("target-tags", "a scope of targets"),
        ("channel", "a scope of channels"),
        ("channels", "a scope of channels"),
        ("tenant", "a scope of tenants"),
        ("tenants", "a scope of tenants"),
        ("tenant-tag", "a scope of tenants"),
        ("tenant-tags", "a scope of tenants"),
    ],
};

pub(crate) const DEFAULTS: Keys = Keys {
    of: "`defaults`",
    known: &["timeout", "limits"],
    later: &[("retry", "a default for `retry`"), ("allow", "a default for `allow`")],
};

pub(crate) const STEP: Keys = Keys {
    of: "a step",
    known: &["name", "id", "uses", "with", "allow", "if", "when", "retry", "timeout", "limits", "probe", "disabled"],
    later: &[
        ("targets", "running steps on other machines"),
        ("rolling", "running steps on other machines in turn"),
        ("steps", "a group of steps"),
        ("on-failure", "a group of steps"),
    ],
};

pub(crate) const RETRY: Keys = Keys { of: "`retry`", known: &["attempts", "backoff"], later: &[] };
