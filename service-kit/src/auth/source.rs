//! Where the issuer's keys come from: a file or a URL.

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

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

impl FromStr for JwksSource {
    type Err = Infallible;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(value)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"));
        Ok(url.map_or_else(|| Self::File(PathBuf::from(value)), Self::Url))
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
