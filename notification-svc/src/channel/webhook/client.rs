//! One signed POST to a stranger's server: bounded in time, in size, and in where it may go.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::Resolve;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, redirect};

use super::resolver::{Blocked, FilteredResolver, SystemNames};
use crate::domain::allow_list::AllowList;
use crate::domain::destination::{Destination, Reach, Refusal};
use crate::domain::excerpt::{self, excerpt};
use crate::domain::retry::requested_pause;

/// How long one call may take, from look-up to the end of the answer.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// What is read of an answer; the rest is left, with the connection.
const MAX_ANSWER_BYTES: usize = 64 * 1_024;

const USER_AGENT: &str = concat!("taskwire-notification/", env!("CARGO_PKG_VERSION"));

/// Makes webhook calls. One HTTP client for each [`Reach`], so that no connection is shared between them.
#[derive(Debug, Clone)]
pub struct WebhookClient {
    public: Client,
    exempted: Client,
    named: Client,
    allow_list: Arc<AllowList>,
}

/// A call to make.
#[derive(Debug, Clone)]
pub struct Call {
    pub destination: Destination,
    /// The message's id, the same at every attempt.
    pub message_id: String,
    /// The attempt's time, in seconds since 1970.
    pub timestamp: i64,
    /// Over id, timestamp and body.
    pub signature: String,
    pub body: Vec<u8>,
}

/// What came of it, and what was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub answer: Answer,
    /// The beginning of the answer's body, or of the error in place of an answer.
    pub said: Option<String>,
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// A 2xx.
    Accepted(StatusCode),
    /// 410: the receiver wants no more calls.
    Gone,
    /// Any other status, redirects included; and when the receiver wants to be called again.
    Rejected(StatusCode, Option<Duration>),
    /// The destination may not be called.
    Forbidden(Refusal),
    /// What its name resolved to may not be called.
    Blocked,
    TimedOut,
    Unreachable,
    Reset,
    /// A connection, but not a whole HTTP answer.
    Broken,
}

impl WebhookClient {
    pub fn new(allow_list: Arc<AllowList>) -> Result<Self, reqwest::Error> {
        let client = |reach| client(reach, &allow_list, Arc::new(SystemNames));
        Ok(Self {
            public: client(Reach::Public)?,
            exempted: client(Reach::Exempted)?,
            named: client(Reach::Named)?,
            allow_list,
        })
    }

    /// What may be called although it is not on the public Internet.
    pub fn allow_list(&self) -> &AllowList {
        &self.allow_list
    }

    pub async fn call(&self, call: Call) -> Reply {
        let client = match call.destination.reach(&self.allow_list) {
            Ok(Reach::Public) => &self.public,
            Ok(Reach::Exempted) => &self.exempted,
            Ok(Reach::Named) => &self.named,
            Err(refusal) => {
                return Reply {
                    answer: Answer::Forbidden(refusal),
                    said: None,
                };
            }
        };
        let request = client
            .post(call.destination.url().clone())
            .header(CONTENT_TYPE, "application/json")
            .header(HeaderName::from_static("webhook-id"), call.message_id)
            .header(HeaderName::from_static("webhook-timestamp"), call.timestamp)
            .header(HeaderName::from_static("webhook-signature"), call.signature)
            .body(call.body);
        match request.send().await {
            Ok(response) => judge(response).await,
            Err(error) => Reply {
                answer: Answer::from_error(&error),
                said: excerpt(root_cause(&error).as_bytes()),
            },
        }
    }
}

impl Answer {
    /// In a word: for the metric and the log of attempts.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Accepted(_) => "accepted",
            Self::Gone => "gone",
            Self::Rejected(..) => "rejected",
            Self::Forbidden(_) => "forbidden",
            Self::Blocked => "blocked",
            Self::TimedOut => "timed_out",
            Self::Unreachable => "unreachable",
            Self::Reset => "reset",
            Self::Broken => "broken",
        }
    }

    /// The HTTP status, where there was an answer.
    pub fn status(self) -> Option<StatusCode> {
        match self {
            Self::Accepted(status) | Self::Rejected(status, _) => Some(status),
            Self::Gone => Some(StatusCode::GONE),
            Self::Forbidden(_)
            | Self::Blocked
            | Self::TimedOut
            | Self::Unreachable
            | Self::Reset
            | Self::Broken => None,
        }
    }

    /// For people; nothing the receiver said is in it.
    pub fn detail(self) -> String {
        match self {
            Self::Accepted(status) => format!("answered {}", status.as_u16()),
            Self::Gone => "answered 410: the endpoint is disabled".to_owned(),
            Self::Rejected(status, _) if status.is_redirection() => {
                format!("answered {}: redirects are not followed", status.as_u16())
            }
            Self::Rejected(status, _) => format!("answered {}", status.as_u16()),
            Self::Forbidden(refusal) => format!("the URL {refusal}"),
            Self::Blocked => "the name leads only to addresses that must not be called".to_owned(),
            Self::TimedOut => format!("no answer within {} s", CALL_TIMEOUT.as_secs()),
            Self::Unreachable => "no connection".to_owned(),
            Self::Reset => "the connection was reset".to_owned(),
            Self::Broken => "the answer was not whole, or not HTTP".to_owned(),
        }
    }

    /// When the receiver wants to be called again.
    pub fn requested_pause(self) -> Option<Duration> {
        match self {
            Self::Rejected(_, pause) => pause,
            _ => None,
        }
    }

    pub(super) fn from_error(error: &reqwest::Error) -> Self {
        if is_caused_by::<Blocked>(error) {
            Self::Blocked
        } else if error.is_timeout() {
            Self::TimedOut
        } else if error.is_connect() {
            Self::Unreachable
        } else if is_reset(error) {
            Self::Reset
        } else {
            Self::Broken
        }
    }
}

pub(super) fn client(
    reach: Reach,
    allow_list: &Arc<AllowList>,
    names: Arc<dyn Resolve>,
) -> Result<Client, reqwest::Error> {
    Client::builder()
        .user_agent(USER_AGENT)
        .timeout(CALL_TIMEOUT)
        .redirect(redirect::Policy::none())
        // A proxy of the environment would resolve names itself, past the filter.
        .no_proxy()
        .pool_max_idle_per_host(1)
        .pool_idle_timeout(Duration::from_secs(30))
        .dns_resolver(FilteredResolver::new(reach, Arc::clone(allow_list), names))
        .build()
}

async fn judge(mut response: Response) -> Reply {
    let status = response.status();
    let pause = retry_after(response.headers());
    let said = excerpt(&drain(&mut response).await);
    let answer = match status {
        _ if status.is_success() => Answer::Accepted(status),
        StatusCode::GONE => Answer::Gone,
        _ => Answer::Rejected(status, pause),
    };
    Reply { answer, said }
}

/// Reads a short answer to its end, so that the connection can serve again, and keeps its beginning. The status has
/// decided already: whatever goes wrong here costs the connection only.
async fn drain(response: &mut Response) -> Vec<u8> {
    let mut beginning = Vec::new();
    let mut read = 0;
    while let Ok(Some(chunk)) = response.chunk().await {
        let wanted = excerpt::LONGEST.saturating_sub(beginning.len());
        beginning.extend(chunk.iter().take(wanted));
        read += chunk.len();
        if read > MAX_ANSWER_BYTES {
            break;
        }
    }
    beginning
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    requested_pause(text(RETRY_AFTER)?, text(DATE))
}

fn is_caused_by<E: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(|error| error.is::<E>())
}

fn is_reset(error: &(dyn Error + 'static)) -> bool {
    let mut kinds = causes(error)
        .filter_map(|error| error.downcast_ref())
        .map(io::Error::kind);
    kinds.any(|kind| {
        matches!(
            kind,
            io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe
        )
    })
}

/// The innermost error, which says what happened; those around it name the URL.
fn root_cause(error: &(dyn Error + 'static)) -> String {
    causes(error).last().unwrap_or(error).to_string()
}

fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
