use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::{ClientOptions, RetryConfig};

use super::service::Service;
use crate::http::{Client, is_plain_and_far, parse_url};
use crate::{Credentials, FeedSettings, FetchError, S3Location};

/// Variables that say who asks. Without any of them and without keys, requests are not signed.
const WHO: [&str; 5] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_PROFILE",
];
/// Variables that must not be mixed with keys that were given.
const KEYS: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/// The store of these settings, and its address for people.
pub(super) fn build(
    settings: &FeedSettings,
    location: &S3Location,
    client: &Client,
) -> Result<(AmazonS3, String), FetchError> {
    let wrong = |reason: String| FetchError::Settings { feed: settings.name.clone(), reason };
    if location.bucket.is_empty() {
        return Err(wrong("its bucket is empty".into()));
    }
    let mut builder = AmazonS3Builder::new();
    let given = !matches!(settings.credentials, Credentials::None);
    for (name, value) in &location.environment {
        if given && KEYS.contains(&name.as_str()) {
            continue;
        }
        if let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>()
            && name.starts_with("AWS_")
        {
            builder = builder.with_config(key, value.reveal());
        }
    }
    builder = match &settings.credentials {
        Credentials::None if WHO.iter().any(|name| location.environment.contains_key(*name)) => builder,
        // Otherwise the library would look for a cloud's metadata service, which is nobody's wish here.
        Credentials::None => builder.with_skip_signature(true),
        Credentials::S3 { access_key, secret_key, session_token } => {
            let keys = builder.with_access_key_id(access_key).with_secret_access_key(secret_key.reveal());
            match session_token {
                Some(token) => keys.with_token(token.reveal()),
                None => keys,
            }
        }
        _ => return Err(wrong("an S3 feed takes an access key and a secret key".into())),
    };
    if let Some(region) = &location.region {
        builder = builder.with_region(region);
    }
    if let Some(endpoint) = &location.endpoint {
        builder = builder.with_endpoint(endpoint.trim_end_matches('/'));
    }
    let endpoint = builder.get_config_value(&AmazonS3ConfigKey::Endpoint);
    let shown = endpoint.clone().unwrap_or_else(|| "s3".to_owned());
    let address = match &endpoint {
        Some(endpoint) => parse_url(&settings.name, endpoint)?,
        None => parse_url(&settings.name, "https://s3.amazonaws.com")?,
    };
    if is_plain_and_far(&address) && !settings.allow_plain_http {
        return Err(FetchError::Insecure { feed: settings.name.clone(), place: crate::http::shown(&address) });
    }
    let options = ClientOptions::new().with_allow_http(address.scheme() == "http");
    // Attempts are counted in one place, for all kinds of feeds.
    let retry = RetryConfig { max_retries: 0, ..RetryConfig::default() };
    let store = builder
        .with_bucket_name(&location.bucket)
        .with_virtual_hosted_style_request(!location.path_style)
        .with_client_options(options)
        .with_retry(retry)
        .with_http_connector(Service::new(client.inner(&address)?.clone(), settings.limits.idle_timeout))
        .build()
        .map_err(|error| wrong(error.to_string()))?;
    Ok((store, format!("{}/{}", shown.trim_end_matches('/'), location.bucket)))
}
