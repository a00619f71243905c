//! Accepting sockets: each gets a task, a place among the allowed number, and a session.

use std::sync::Arc;
use std::time::Duration;

use service_kit::lifecycle::Lifecycle;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::handshake::{HandshakeError, handshake};
use crate::metrics;
use crate::session::{self, Context};

/// When no file descriptor is left, accepting again at once would only burn the processor.
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(100);

/// Accepts until the gateway stops; then waits for all sessions, and lets the feed end.
pub async fn run(
    listener: TcpListener,
    context: Arc<Context>,
    lifecycle: Lifecycle,
    all_closed: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(context.settings.max_sockets));
    let sessions = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = context.shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                send_at_once(&stream);
                let place = Arc::clone(&places).try_acquire_owned().ok();
                let session = serve(stream, place, Arc::clone(&context));
                lifecycle.spawn_helper("socket", sessions.track_future(session));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a socket");
                tokio::time::sleep(PAUSE_AFTER_ERROR).await;
            }
        }
    }
    drop(listener);
    sessions.close();
    sessions.wait().await;
    all_closed.cancel();
}

/// An event is small and waits for no other: without this it could wait for the answer to the one before.
fn send_at_once(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
}

/// One stream; without a place it is answered and refused.
async fn serve(stream: TcpStream, place: Option<OwnedSemaphorePermit>, context: Arc<Context>) {
    let settings = &context.settings;
    let shaken = handshake(
        stream,
        &settings.allowed_origins,
        place.is_none(),
        settings.handshake_timeout,
    );
    let shaken = tokio::select! {
        shaken = shaken => shaken,
        () = context.shutdown.cancelled() => return,
    };
    match shaken {
        Ok(socket) => session::run(socket, Arc::clone(&context)).await,
        Err(HandshakeError::Refused(refusal)) => {
            tracing::debug!(reason = %refusal, "handshake refused");
            metrics::refused(refusal.status().as_u16());
        }
        Err(error) => tracing::debug!(%error, "handshake failed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn small_writes_do_not_wait() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        send_at_once(&stream);
        assert!(stream.nodelay().unwrap());
    }
}
