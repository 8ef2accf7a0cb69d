use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method};
use serde::Deserialize;
use url::Url;

use super::challenge::{self, Challenge};
use super::docker_config;
use crate::http::{Ask, Authenticator, Client};
use crate::http_store::{basic, secret_value};
use crate::{Credentials, FeedSettings, FetchError, Secret};

/// Answers the challenges of one registry, and remembers what it was given.
pub(super) struct Login {
    /// For the server that gives out tokens. It sends nothing by itself.
    client: Client,
    settings: FeedSettings,
    /// The host under which `docker login` keeps its entry.
    host: String,
    /// What to send for each scope.
    known: Mutex<HashMap<String, HeaderValue>>,
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

impl Login {
    pub(super) fn new(client: Client, settings: FeedSettings, host: String) -> Self {
        Self { client, settings, host, known: Mutex::default() }
    }

    fn user(&self) -> Result<Option<(String, Secret)>, FetchError> {
        match &self.settings.credentials {
            Credentials::Basic { user, password } => Ok(Some((user.clone(), password.clone()))),
            Credentials::DockerConfig { path } => {
                let found = docker_config::credentials(&self.settings.name, path, &self.host)?;
                if let Some((_, password)) = &found {
                    self.client.also_hide(password.clone());
                }
                Ok(found)
            }
            _ => Ok(None),
        }
    }

    async fn token(&self, realm: &str, service: Option<&str>, scope: &str) -> Result<String, FetchError> {
        let (what, feed) = ("a token", self.settings.name.clone());
        let mut url = Url::parse(realm)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.username().is_empty())
            .ok_or_else(|| FetchError::Answer {
                feed,
                place: self.host.clone(),
                what: what.into(),
                reason: "the realm of its challenge is no address".into(),
            })?;
        url.query_pairs_mut().extend_pairs(service.map(|service| ("service", service))).append_pair("scope", scope);
        let mut ask = Ask::new(Method::GET, url, what);
        if let Some((user, password)) = self.user()? {
            ask = ask.secret(AUTHORIZATION, secret_value(&self.settings, &basic(&user, password.reveal()))?);
        }
        let answer: Token = self.client.json(&ask).await?;
        answer.token.or(answer.access_token).ok_or_else(|| self.client.nonsense(&ask.url, what, "there is none in it"))
    }
}

#[async_trait]
impl Authenticator for Login {
    fn header(&self, scope: &str) -> Option<HeaderValue> {
        if let Credentials::Bearer { token } = &self.settings.credentials {
            return secret_value(&self.settings, &format!("Bearer {}", token.reveal())).ok();
        }
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(scope).cloned()
    }

    async fn challenged(&self, headers: &HeaderMap, scope: &str) -> Result<bool, FetchError> {
        if matches!(self.settings.credentials, Credentials::Bearer { .. }) {
            return Ok(false);
        }
        let value = match challenge::of_headers(headers) {
            Some(Challenge::Basic) => match self.user()? {
                Some((user, password)) => basic(&user, password.reveal()),
                None => return Ok(false),
            },
            Some(Challenge::Bearer { realm, service, scope: wanted }) => {
                let token = self.token(&realm, service.as_deref(), wanted.as_deref().unwrap_or(scope)).await?;
                format!("Bearer {token}")
            }
            None => return Ok(false),
        };
        let value = secret_value(&self.settings, &value)?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(scope.to_owned(), value);
        Ok(true)
    }
}
