use http::Method;
use http::header::AUTHORIZATION;
use serde::Deserialize;
use url::Url;

use super::feed::NuGetFeed;
use crate::FetchError;
use crate::http::{Ask, Origin};

/// What a version 3 feed offers.
#[derive(Debug, Clone)]
pub(super) struct Services {
    /// The flat container, with `/` at its end.
    pub(super) packages: Option<Url>,
    /// Where packages are pushed to.
    pub(super) publish: Option<Url>,
}

#[derive(Deserialize)]
struct ServiceIndex {
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(rename = "@id")]
    id: String,
    #[serde(rename = "@type")]
    kind: Kinds,
}

/// One type or several: both occur.
#[derive(Deserialize)]
#[serde(untagged)]
enum Kinds {
    One(String),
    Many(Vec<String>),
}

impl Resource {
    fn is(&self, kind: &str) -> bool {
        match &self.kind {
            Kinds::One(one) => one == kind,
            Kinds::Many(many) => many.iter().any(|one| one == kind),
        }
    }
}

impl NuGetFeed {
    /// What the service index names; asked for once.
    pub(super) async fn services(&self) -> Result<&Services, FetchError> {
        self.services.get_or_try_init(|| self.read_index()).await
    }

    async fn read_index(&self) -> Result<Services, FetchError> {
        let ask = self.ask(Method::GET, self.url.clone(), "the service index");
        let index: ServiceIndex = self.client.json(&ask).await?;
        let find = |kind: &str| {
            let resource = index.resources.iter().find(|resource| resource.is(kind))?;
            let address = self.url.join(&resource.id).ok()?;
            Some(address).filter(|address| matches!(address.scheme(), "http" | "https"))
        };
        let packages = find("PackageBaseAddress/3.0.0").map(|mut address| {
            if !address.path().ends_with('/') {
                address.set_path(&format!("{}/", address.path()));
            }
            address
        });
        Ok(Services { packages, publish: find("PackagePublish/2.0.0") })
    }

    /// A request with the feed's user, if it goes to the feed's own host: its index may name others.
    pub(super) fn ask(&self, method: Method, url: Url, what: &str) -> Ask {
        let own = Origin::of(&url) == Origin::of(&self.url);
        let ask = Ask::new(method, url, what);
        match &self.login {
            Some(login) if own => ask.secret(AUTHORIZATION, login.clone()),
            _ => ask,
        }
    }
}
