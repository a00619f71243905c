//! One socket, from its connect message to its close frame: one select, one line per arm.
//!
//! No step of it, be it a write to a peer that does not read, outlasts the gateway, the token or the subscription: a
//! session ends within [`Settings::leave_within`] and [`Settings::close_timeout`] of the stop, and within the latter of
//! the token's expiry.

mod allowance;
mod pulse;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use service_kit::auth::{Claims, Verifier};
use shared_events::ids::UserId;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;

use crate::config::Settings;
use crate::hub::{Delivery, Hub, Subscription};
use crate::metrics;
use crate::protocol::{self, ClientMessage, Close, ServerMessage, Since};
use allowance::Allowance;
use pulse::{Beat, Pulse};
use wire::{Incoming, Wire};

/// So many updates are written before the socket is flushed.
const BATCH: usize = 64;
/// A client needs a refresh now and then; each costs a signature check.
const REFRESHES_PER_MINUTE: u32 = 10;
const FILLING: &str = "this gateway still reads what happened before";

/// What a session needs of the rest of the gateway.
#[derive(Debug)]
pub struct Context {
    pub hub: Hub,
    pub verifier: Verifier,
    pub settings: Settings,
    /// Cancelled when the gateway stops.
    pub shutdown: CancellationToken,
}

/// How a session ends.
#[derive(Debug)]
pub enum SessionEnd {
    Close(Close),
    /// The peer went, with or without a goodbye.
    Gone,
}

impl From<Close> for SessionEnd {
    fn from(close: Close) -> Self {
        Self::Close(close)
    }
}

/// Runs a socket to its end.
pub async fn run(stream: WebSocketStream<TcpStream>, context: Arc<Context>) {
    metrics::socket_opened();
    let mut wire = Wire::new(stream, context.settings.pong_timeout);
    let end = tokio::select! {
        biased;
        () = leave(&context) => Close::GoingAway.into(),
        end = converse(&mut wire, &context) => end,
    };
    match end {
        SessionEnd::Close(close) => {
            tracing::debug!(
                close.code = close.code(),
                close.reason = close.reason(),
                "closing a socket"
            );
            metrics::closed(close.code());
            wire.close(&close, context.settings.close_timeout).await;
        }
        SessionEnd::Gone => metrics::closed(0),
    }
    metrics::socket_closed();
}

async fn converse(wire: &mut Wire, context: &Context) -> SessionEnd {
    let (token, since) = match connect_message(wire, context).await {
        Ok(connect) => connect,
        Err(end) => return end,
    };
    match Session::open(wire, context, &token, since).await {
        Ok(session) => session.run().await,
        Err(end) => end,
    }
}

/// Waits for the first message, which says who it is and what it has.
async fn connect_message(wire: &mut Wire, context: &Context) -> Result<(String, Option<Since>), SessionEnd> {
    let message = timeout(context.settings.connect_timeout, first_text(wire)).await;
    let text = message.map_err(|_| Close::ConnectTimeout)??;
    match protocol::parse(&text)? {
        ClientMessage::Connect(connect) => Ok((connect.token, connect.since)),
        ClientMessage::Refresh(_) => Err(Close::Unexpected("the first message must be connect").into()),
    }
}

async fn first_text(wire: &mut Wire) -> Result<String, SessionEnd> {
    loop {
        if let Incoming::Text(text) = wire.receive().await? {
            return Ok(text);
        }
    }
}

/// Ends some time after the gateway was asked to stop: sockets leave one by one.
async fn leave(context: &Context) {
    context.shutdown.cancelled().await;
    sleep(context.settings.leave_within.mul_f64(rand::random())).await;
}

/// Does a step of a session, unless its subscription ends or its token expires before that.
async fn in_bounds<T>(
    ended: impl Future<Output = Close>,
    expires_at: Instant,
    step: impl Future<Output = Result<T, SessionEnd>>,
) -> Result<T, SessionEnd> {
    tokio::select! {
        biased;
        close = ended => Err(close.into()),
        () = sleep_until(expires_at) => Err(Close::Expired.into()),
        done = step => done,
    }
}

/// A socket whose user is known.
struct Session<'a> {
    wire: &'a mut Wire,
    context: &'a Context,
    user: UserId,
    expires_at: Instant,
    subscription: Subscription,
    pulse: Pulse,
    refreshes: Allowance,
}

/// What a session can be woken by.
enum Event {
    Deliver,
    Heard(Result<Incoming, SessionEnd>),
    Beat,
}

impl<'a> Session<'a> {
    async fn open(
        wire: &'a mut Wire,
        context: &'a Context,
        token: &str,
        since: Option<Since>,
    ) -> Result<Self, SessionEnd> {
        let claims = context.verifier.verify(token).await.map_err(Close::from)?;
        let (expires_at, shown) = expiry(&claims)?;
        let user = claims.sub;
        let settings = &context.settings;
        let joining = timeout(settings.connect_timeout, context.hub.join(&user, since));
        let subscription = joining.await.map_err(|_| Close::Resume(FILLING))??;
        let pulse = Pulse::new(Instant::now(), settings.ping_interval, settings.pong_timeout);
        let mut session = Self {
            wire,
            context,
            user,
            expires_at,
            subscription,
            pulse,
            refreshes: Allowance::new(REFRESHES_PER_MINUTE, Instant::now()),
        };
        let ended = session.subscription.ended();
        in_bounds(ended, expires_at, session.greet(since.is_some(), shown)).await?;
        Ok(session)
    }

    /// Says what follows.
    async fn greet(&mut self, comes_back: bool, expires_at: DateTime<Utc>) -> Result<(), SessionEnd> {
        let settings = &self.context.settings;
        self.subscription.settle(settings.settle_within).await;
        let Subscription { recovered, epoch, .. } = &self.subscription;
        if comes_back {
            recovered
                .values()
                .for_each(|&recovered| metrics::recovery(recovered));
        }
        let answer = protocol::connected(recovered, *epoch, expires_at, settings.ping_interval);
        self.wire.send(Message::text(answer)).await
    }

    async fn run(mut self) -> SessionEnd {
        let mut ended = std::pin::pin!(self.subscription.ended());
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let step = in_bounds(ended.as_mut(), self.expires_at, self.step(&mut batch));
            if let Err(end) = step.await {
                return end;
            }
        }
    }

    async fn step(&mut self, batch: &mut Vec<Arc<Delivery>>) -> Result<(), SessionEnd> {
        let event = tokio::select! {
            biased;
            () = sleep_until(self.pulse.next()) => Event::Beat,
            heard = self.wire.receive() => Event::Heard(heard),
            () = self.subscription.next(batch, BATCH) => Event::Deliver,
        };
        match event {
            Event::Beat => self.beat().await,
            Event::Heard(heard) => self.heard(heard).await,
            Event::Deliver => self.deliver(batch).await,
        }
    }

    async fn beat(&mut self) -> Result<(), SessionEnd> {
        match self.pulse.beat(Instant::now()) {
            Beat::Ping => self.wire.send(Message::Ping(Vec::new().into())).await,
            Beat::Dead => Err(Close::PingTimeout.into()),
        }
    }

    async fn heard(&mut self, heard: Result<Incoming, SessionEnd>) -> Result<(), SessionEnd> {
        let heard = heard?;
        self.pulse.heard(Instant::now());
        match heard {
            Incoming::Control => Ok(()),
            Incoming::Text(text) => match protocol::parse(&text)? {
                ClientMessage::Refresh(refresh) => self.refresh(&refresh.token).await,
                ClientMessage::Connect(_) => {
                    Err(Close::Unexpected("this socket is already connected").into())
                }
            },
        }
    }

    async fn refresh(&mut self, token: &str) -> Result<(), SessionEnd> {
        if !self.refreshes.take(Instant::now()) {
            return Err(Close::TooManyRefreshes.into());
        }
        let claims = self.context.verifier.verify(token).await.map_err(Close::from)?;
        if claims.sub != self.user {
            return Err(Close::AnotherUser.into());
        }
        let (expires_at, shown) = expiry(&claims)?;
        self.expires_at = expires_at;
        let answer = ServerMessage::Refreshed { expires_at: shown };
        self.wire.send(Message::text(answer.to_text())).await
    }

    async fn deliver(&mut self, batch: &mut Vec<Arc<Delivery>>) -> Result<(), SessionEnd> {
        batch.retain(|delivery| self.is_next(delivery));
        for delivery in batch.iter() {
            self.wire
                .feed(Message::Text(delivery.update.text.clone()))
                .await?;
        }
        self.wire.flush().await?;
        for delivery in batch.drain(..) {
            self.subscription.written(&delivery.update);
            metrics::pushed(delivery.is_live.then(|| since(delivery.update.occurred_at)));
        }
        Ok(())
    }

    /// Positions of one stream only rise, within an epoch: what is not above the last one is left out.
    fn is_next(&mut self, delivery: &Delivery) -> bool {
        let update = &delivery.update;
        let last = self.subscription.positions.get(&update.stream);
        if last.is_some_and(|(epoch, position)| *epoch == update.epoch && update.to <= *position) {
            self.subscription.written(update);
            return false;
        }
        self.subscription
            .positions
            .insert(update.stream.clone(), (update.epoch, update.to));
        true
    }
}

/// When a token expires: for our timers, which no clock change moves, and for the client.
fn expiry(claims: &Claims) -> Result<(Instant, DateTime<Utc>), Close> {
    let at = DateTime::from_timestamp(claims.exp, 0)
        .ok_or(Close::Bad("the token's expiry is not usable".into()))?;
    let left = (at - Utc::now()).to_std().map_err(|_| Close::Expired)?;
    // Longer than a year is for ever, as far as one socket is concerned.
    let left = left.min(Duration::from_secs(366 * 24 * 3600));
    Ok((Instant::now() + left, at))
}

fn since(moment: DateTime<Utc>) -> Duration {
    (Utc::now() - moment).to_std().unwrap_or_default()
}
