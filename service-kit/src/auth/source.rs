//! Where the issuer's keys come from: a file or a URL.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_DOCUMENT_BYTES: usize = 1024 * 1024;

/// A JWKS document by path or URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JwksSource {
    /// A file, read again at every refresh.
    File(PathBuf),
    /// An http(s) URL; redirects are not followed.
    Url(Url),
}

/// Why the keys could not be had.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum SourceError {
    #[error("cannot read the JWKS file {}: {error}", path.display())]
    File { path: PathBuf, error: std::io::Error },
    #[error("cannot fetch the JWKS document: {0}")]
    Fetch(#[from] reqwest::Error),
    #[error("cannot fetch the JWKS document: the server answered {0}")]
    Status(u16),
    #[error("the JWKS document is longer than {MAX_DOCUMENT_BYTES} bytes")]
    TooLong,
    #[error("the JWKS document is not usable: {0}")]
    Document(&'static str),
}

/// Why a text names no JWKS document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write the path of a file, or a URL that begins with http:// or https:// and names a host")]
pub struct InvalidSource;

impl FromStr for JwksSource {
    type Err = InvalidSource;

    fn from_str(value: &str) -> Result<Self, InvalidSource> {
        let is_path = !value.contains("://");
        if is_path && !value.is_empty() {
            return Ok(Self::File(PathBuf::from(value)));
        }
        let url = Url::parse(value).map_err(|_| InvalidSource)?;
        let usable = matches!(url.scheme(), "http" | "https") && url.has_host();
        usable.then_some(Self::Url(url)).ok_or(InvalidSource)
    }
}

impl Serialize for JwksSource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for JwksSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for JwksSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Url(url) => write!(f, "{url}"),
        }
    }
}

impl JwksSource {
    pub(super) async fn read(&self, client: &reqwest::Client) -> Result<Vec<u8>, SourceError> {
        match self {
            Self::File(path) => {
                let read = tokio::fs::read(path).await;
                read.map_err(|error| SourceError::File {
                    path: path.clone(),
                    error,
                })
            }
            Self::Url(url) => fetch(client, url).await,
        }
    }
}

pub(super) fn client() -> Result<reqwest::Client, SourceError> {
    let client = reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TOTAL_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    Ok(client)
}

async fn fetch(client: &reqwest::Client, url: &Url) -> Result<Vec<u8>, SourceError> {
    let mut response = client.get(url.clone()).send().await?;
    if !response.status().is_success() {
        return Err(SourceError::Status(response.status().as_u16()));
    }
    let mut document = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if document.len() + chunk.len() > MAX_DOCUMENT_BYTES {
            return Err(SourceError::TooLong);
        }
        document.extend_from_slice(&chunk);
    }
    Ok(document)
}
