//! From a TCP stream to a WebSocket: one HTTP request is read and judged; what is refused gets a problem as its answer.

use std::time::Duration;

use serde_json::json;
use service_kit::http::Origin;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::handshake::machine::TryParse;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response, create_response, write_response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode, header};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use crate::protocol::{MAX_MESSAGE_BYTES, SUBPROTOCOL};

const PATH: &str = "/v1/stream";
const MAX_HEAD_BYTES: usize = 16 * 1024;
const BUFFER_BYTES: usize = 4 * 1024;

/// Why there is no socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is nothing here; sockets are opened at GET {PATH}")]
    Path,
    #[error("sockets are opened with GET")]
    Method,
    /// A plain HTTP request.
    #[error("open a WebSocket (RFC 6455, version 13) with subprotocol {SUBPROTOCOL}")]
    NotAnUpgrade,
    /// The client does not offer our subprotocol.
    #[error("the subprotocol {SUBPROTOCOL} must be offered")]
    Subprotocol,
    /// A web page that may not.
    #[error("this web origin may not open sockets")]
    Origin,
    /// A token where it would be logged.
    #[error("send the token in the connect message and never in the URL")]
    TokenInUrl,
    /// Not HTTP, or too much of it.
    #[error("the request is malformed or too long")]
    Malformed,
    #[error("too many sockets, come back later")]
    Full,
}

/// Why a stream did not become a socket.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    #[error("refused: {0}")]
    Refused(Refusal),
    /// It sent no whole request in time.
    #[error("no request in time")]
    Timeout,
    #[error("{0}")]
    Gone(#[from] std::io::Error),
}

impl Refusal {
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::Path => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAnUpgrade => StatusCode::UPGRADE_REQUIRED,
            Self::Subprotocol | Self::Malformed | Self::TokenInUrl => StatusCode::BAD_REQUEST,
            Self::Origin => StatusCode::FORBIDDEN,
            Self::Full => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The problem's type, after `urn:taskwire:problem:`.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Path => "not-found",
            Self::Method => "method-not-allowed",
            Self::NotAnUpgrade => "upgrade-required",
            Self::Subprotocol => "subprotocol-required",
            Self::Malformed => "malformed-request",
            Self::TokenInUrl => "token-in-url",
            Self::Origin => "origin-not-allowed",
            Self::Full => "unavailable",
        }
    }

    fn response(self) -> String {
        let status = self.status();
        let problem = json!({
            "type": format!("urn:taskwire:problem:{}", self.slug()),
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "detail": self.to_string(),
        });
        let body = problem.to_string();
        let extra = match self {
            Self::NotAnUpgrade => "upgrade: websocket\r\nsec-websocket-version: 13\r\n",
            Self::Method => "allow: GET\r\n",
            Self::Full => "retry-after: 5\r\n",
            _ => "",
        };
        let length = body.len();
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/problem+json\r\ncontent-length: {length}\r\n\
             connection: close\r\n{extra}\r\n{body}"
        )
    }
}

/// Makes a socket of a stream, or answers why not.
pub async fn handshake(
    mut stream: TcpStream,
    allowed_origins: &[Origin],
    is_full: bool,
    within: Duration,
) -> Result<WebSocketStream<TcpStream>, HandshakeError> {
    let (request, rest) = match timeout(within, read_request(&mut stream)).await {
        Err(_) => return Err(HandshakeError::Timeout),
        Ok(Err(error)) => return refuse(stream, error).await,
        Ok(Ok(read)) => read,
    };
    let judged = if is_full {
        Err(Refusal::Full)
    } else {
        judge(&request, allowed_origins)
    };
    match judged {
        Err(refusal) => refuse(stream, HandshakeError::Refused(refusal)).await,
        Ok(response) => {
            let mut head = Vec::new();
            write_response(&mut head, &response).map_err(std::io::Error::other)?;
            stream.write_all(&head).await?;
            Ok(WebSocketStream::from_partially_read(stream, rest, Role::Server, Some(limits())).await)
        }
    }
}

/// Judges a request without any I/O.
pub fn judge(request: &Request, allowed_origins: &[Origin]) -> Result<Response, Refusal> {
    if request.uri().path() != PATH {
        return Err(Refusal::Path);
    }
    if request
        .uri()
        .query()
        .is_some_and(|query| query.to_ascii_lowercase().contains("token="))
    {
        return Err(Refusal::TokenInUrl);
    }
    let mut response = create_response(request).map_err(|_| Refusal::NotAnUpgrade)?;
    if !origin_is_allowed(request, allowed_origins) {
        return Err(Refusal::Origin);
    }
    if !offers_subprotocol(request) {
        return Err(Refusal::Subprotocol);
    }
    response.headers_mut().insert(
        header::SEC_WEBSOCKET_PROTOCOL,
        HeaderValue::from_static(SUBPROTOCOL),
    );
    Ok(response)
}

/// Programs send no origin; web pages cannot leave theirs out.
fn origin_is_allowed(request: &Request, allowed: &[Origin]) -> bool {
    let Some(origin) = request.headers().get(header::ORIGIN) else {
        return true;
    };
    let origin = origin.to_str().ok().and_then(|text| text.parse::<Origin>().ok());
    origin.is_some_and(|origin| allowed.contains(&origin))
}

fn offers_subprotocol(request: &Request) -> bool {
    let offers = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let mut offers = offers
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    offers.any(|offer| offer.trim() == SUBPROTOCOL)
}

/// Reads up to the end of the request's head; what follows it already belongs to the socket.
async fn read_request(stream: &mut TcpStream) -> Result<(Request, Vec<u8>), HandshakeError> {
    let mut read = Vec::new();
    loop {
        if read.len() > MAX_HEAD_BYTES {
            return Err(HandshakeError::Refused(Refusal::Malformed));
        }
        if stream.read_buf(&mut read).await? == 0 {
            return Err(HandshakeError::Gone(std::io::ErrorKind::UnexpectedEof.into()));
        }
        match Request::try_parse(&read) {
            Ok(None) => {}
            // What came at once may be more than what one more read was allowed for.
            Ok(Some((length, _))) if length > MAX_HEAD_BYTES => {
                return Err(HandshakeError::Refused(Refusal::Malformed));
            }
            Ok(Some((length, request))) => return Ok((request, read.split_off(length))),
            Err(Error::Protocol(ProtocolError::WrongHttpMethod)) => {
                return Err(HandshakeError::Refused(Refusal::Method));
            }
            Err(_) => return Err(HandshakeError::Refused(Refusal::Malformed)),
        }
    }
}

async fn refuse<T>(mut stream: TcpStream, error: HandshakeError) -> Result<T, HandshakeError> {
    if let HandshakeError::Refused(refusal) = error {
        stream.write_all(refusal.response().as_bytes()).await?;
        stream.shutdown().await?;
    }
    Err(error)
}

fn limits() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_message_size(Some(MAX_MESSAGE_BYTES))
        .max_frame_size(Some(MAX_MESSAGE_BYTES))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(uri: &str, headers: &[(&'static str, &str)]) -> Request {
        let upgrade = [
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        let mut request = Request::new(());
        *request.uri_mut() = uri.parse().unwrap();
        for (name, value) in upgrade.iter().chain(headers) {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        request
    }

    fn judged(uri: &str, headers: &[(&'static str, &str)]) -> Result<Response, Refusal> {
        judge(
            &request(uri, headers),
            &["https://app.example.org".parse().unwrap()],
        )
    }

    const OURS: (&str, &str) = ("sec-websocket-protocol", "taskwire.v1");

    #[test]
    fn our_subprotocol_is_chosen_among_those_offered() {
        let response = judged(PATH, &[("sec-websocket-protocol", "other, taskwire.v1")]).unwrap();
        assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
        assert_eq!(response.headers()["sec-websocket-protocol"], SUBPROTOCOL);
        assert_eq!(judged(PATH, &[]).unwrap_err(), Refusal::Subprotocol);
        let other = [("sec-websocket-protocol", "taskwire.v2")];
        assert_eq!(judged(PATH, &other).unwrap_err(), Refusal::Subprotocol);
    }

    #[test]
    fn a_web_page_must_be_of_an_allowed_origin() {
        assert!(judged(PATH, &[OURS, ("origin", "https://app.example.org")]).is_ok());
        for origin in [
            "https://evil.example.org",
            "null",
            "http://app.example.org",
            "https://app.example.org.evil.org",
        ] {
            assert_eq!(
                judged(PATH, &[OURS, ("origin", origin)]).unwrap_err(),
                Refusal::Origin,
                "{origin}"
            );
        }
    }

    #[test]
    fn a_program_sends_no_origin() {
        assert!(judged(PATH, &[OURS]).is_ok());
    }

    #[test]
    fn there_is_one_path_and_no_token_in_it() {
        assert_eq!(judged("/", &[OURS]).unwrap_err(), Refusal::Path);
        assert_eq!(judged("/v1/stream/x", &[OURS]).unwrap_err(), Refusal::Path);
        assert_eq!(
            judged("/v1/stream?access_token=x", &[OURS]).unwrap_err(),
            Refusal::TokenInUrl
        );
    }

    #[test]
    fn a_plain_request_is_told_to_upgrade() {
        let mut plain = request(PATH, &[OURS]);
        plain.headers_mut().remove("upgrade");
        assert_eq!(judge(&plain, &[]).unwrap_err(), Refusal::NotAnUpgrade);
        assert!(
            Refusal::NotAnUpgrade
                .response()
                .starts_with("HTTP/1.1 426 Upgrade Required\r\n")
        );
    }
}
