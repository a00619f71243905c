//! The socket's bytes: messages in, messages out, and a close frame that the peer has a chance to read.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::SessionEnd;
use crate::protocol::Close;

/// After a close frame, a peer that still sends is read for so long: a reset would take the frame from it.
const LINGER_QUIET: Duration = Duration::from_millis(300);
const LINGER_BYTES: usize = 4 << 20;

pub(super) struct Wire {
    stream: WebSocketStream<TcpStream>,
    write_timeout: Duration,
}

pub(super) enum Incoming {
    Text(String),
    /// A ping or pong: a sign of life.
    Control,
}

impl Wire {
    pub(super) fn new(stream: WebSocketStream<TcpStream>, write_timeout: Duration) -> Self {
        Self {
            stream,
            write_timeout,
        }
    }

    /// The next message. May be dropped and called again.
    pub(super) async fn receive(&mut self) -> Result<Incoming, SessionEnd> {
        match self.stream.next().await {
            Some(Ok(Message::Text(text))) => Ok(Incoming::Text(text.as_str().to_owned())),
            Some(Ok(Message::Binary(_))) => Err(Close::Binary.into()),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(Incoming::Control),
            Some(Ok(Message::Close(_))) => {
                // The goodbye is answered while the stream is read to its end.
                let _ = timeout(self.write_timeout, self.stream.next()).await;
                Err(SessionEnd::Gone)
            }
            Some(Err(error)) => Err(end_of(&error)),
            None => Err(SessionEnd::Gone),
        }
    }

    /// Writes a message to the end.
    pub(super) async fn send(&mut self, message: Message) -> Result<(), SessionEnd> {
        in_time(self.write_timeout, self.stream.send(message)).await
    }

    /// Writes a message into the buffer, which is flushed when it is full.
    pub(super) async fn feed(&mut self, message: Message) -> Result<(), SessionEnd> {
        in_time(self.write_timeout, self.stream.feed(message)).await
    }

    pub(super) async fn flush(&mut self) -> Result<(), SessionEnd> {
        in_time(self.write_timeout, self.stream.flush()).await
    }

    /// Sends the close frame, and gives the peer some time to read it and say goodbye.
    pub(super) async fn close(&mut self, close: &Close, within: Duration) {
        let frame = CloseFrame {
            code: CloseCode::from(close.code()),
            reason: close.reason().into(),
        };
        let goodbye = async {
            if self.stream.close(Some(frame)).await.is_ok() {
                self.read_to_the_end().await;
            }
        };
        let _ = timeout(within, goodbye).await;
    }

    async fn read_to_the_end(&mut self) {
        loop {
            match self.stream.next().await {
                Some(Ok(_)) => {}
                None | Some(Err(Error::ConnectionClosed | Error::AlreadyClosed | Error::Io(_))) => return,
                Some(Err(_)) => return self.linger().await,
            }
        }
    }

    /// What cannot be read as frames any more is read as bytes, until the peer is quiet.
    async fn linger(&mut self) {
        let stream = self.stream.get_mut();
        let mut discarded = vec![0; 16 * 1024];
        let mut total = 0;
        while let Ok(Ok(read @ 1..)) = timeout(LINGER_QUIET, stream.read(&mut discarded)).await {
            total += read;
            if total > LINGER_BYTES {
                return;
            }
        }
    }
}

/// A peer that does not let us write for so long reads too slowly.
async fn in_time<F>(limit: Duration, write: F) -> Result<(), SessionEnd>
where
    F: Future<Output = Result<(), Error>>,
{
    match timeout(limit, write).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(end_of(&error)),
        Err(_) => Err(Close::Slow.into()),
    }
}

fn end_of(error: &Error) -> SessionEnd {
    match error {
        Error::Capacity(CapacityError::MessageTooLong { .. }) => Close::TooLong.into(),
        Error::Utf8(_) => Close::NotUtf8.into(),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => SessionEnd::Gone,
        Error::Protocol(_) => Close::Protocol.into(),
        _ => SessionEnd::Gone,
    }
}
