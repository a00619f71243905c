//! One connection through a proxy: two directions, each of which reads ahead a little and writes as the mode says.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use rand::RngExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::{Mode, State};

/// The most that is read at once, and how many of these wait in one direction.
const CHUNK: usize = 16 << 10;
const CHUNKS: usize = 16;
/// How often in a second a limited bandwidth lets bytes pass.
const TURNS: u64 = 20;
/// Between two slices.
const SLICE_PAUSE: Duration = Duration::from_millis(1);
/// The longest head of an HTTP request, and how long a client gets to read the answer to it.
const HEAD: usize = 64 << 10;
const LINGER: Duration = Duration::from_secs(1);

/// Why a connection ends before both sides have closed it.
#[derive(Debug)]
enum Cut {
    Reset,
    /// The limit of data is reached: an orderly end, in the middle of an answer.
    Closed,
}

impl From<io::Error> for Cut {
    fn from(_: io::Error) -> Self {
        Self::Reset
    }
}

/// The proxies are gone.
impl From<watch::error::RecvError> for Cut {
    fn from(_: watch::error::RecvError) -> Self {
        Self::Reset
    }
}

/// Whether bytes go to the server or come from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Request,
    Answer,
}

/// Bytes on their way, and when they may arrive.
struct Chunk {
    bytes: Vec<u8>,
    due: Instant,
}

/// Serves a client until either side or a mode ends it.
pub(super) async fn serve(mut client: TcpStream, forward: u16, mut state: watch::Receiver<State>) {
    let mode = match state.wait_for(|state| state.mode != Mode::BlackHole).await {
        Ok(state) => state.mode.clone(),
        Err(_) => return,
    };
    let cuts = state.borrow_and_update().cuts;
    let mut stop = state.clone();
    let cut = stop.wait_for(|state| state.cuts != cuts);
    match mode {
        Mode::Refuse | Mode::Reset => reset(&client),
        Mode::Answer { status, body } => {
            tokio::select! {
                _ = cut => {}
                answered = answer(&mut client, status, &body) => drop(answered),
            }
        }
        _ => match TcpStream::connect((Ipv4Addr::LOCALHOST, forward)).await {
            Ok(mut server) => {
                let ended = tokio::select! {
                    _ = cut => Err(Cut::Reset),
                    ended = pass(&mut client, &mut server, state) => ended,
                };
                if matches!(ended, Err(Cut::Reset)) {
                    reset(&client);
                    reset(&server);
                }
            }
            Err(_) => reset(&client),
        },
    }
}

/// The close that follows sends a RST.
fn reset(stream: &TcpStream) {
    // It can only fail when the connection is gone already.
    let _ = stream.set_zero_linger();
}

async fn pass(
    client: &mut TcpStream,
    server: &mut TcpStream,
    state: watch::Receiver<State>,
) -> Result<(), Cut> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    tokio::try_join!(
        carry(from_client, to_server, state.clone(), Direction::Request),
        carry(from_server, to_client, state, Direction::Answer),
    )?;
    Ok(())
}

async fn carry(
    from: impl AsyncRead + Unpin,
    to: impl AsyncWrite + Unpin,
    state: watch::Receiver<State>,
    direction: Direction,
) -> Result<(), Cut> {
    let (sender, chunks) = mpsc::channel(CHUNKS);
    tokio::try_join!(
        read(from, sender, state.clone()),
        write(to, chunks, state, direction)
    )?;
    Ok(())
}

/// Reads until the end, and says of every chunk when it may arrive: never before the one in front of it.
async fn read(
    mut from: impl AsyncRead + Unpin,
    chunks: mpsc::Sender<Chunk>,
    mut state: watch::Receiver<State>,
) -> Result<(), Cut> {
    let mut due = Instant::now();
    let mut buffer = vec![0; CHUNK];
    loop {
        state.wait_for(|state| state.mode != Mode::BlackHole).await?;
        let count = tokio::select! {
            changed = state.changed() => { changed?; continue }
            count = from.read(&mut buffer) => count?,
        };
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else {
            return Ok(());
        };
        due = due.max(Instant::now() + delay(&state.borrow().mode));
        let chunk = Chunk {
            bytes: bytes.to_vec(),
            due,
        };
        if chunks.send(chunk).await.is_err() {
            return Ok(());
        }
    }
}

fn delay(mode: &Mode) -> Duration {
    match mode {
        Mode::Latency { delay, jitter } => {
            let (low, high) = (delay.saturating_sub(*jitter), *delay + *jitter);
            rand::rng().random_range(low..=high)
        }
        _ => Duration::ZERO,
    }
}

/// Writes what was read, as the mode of the moment says, and then the end.
async fn write(
    mut to: impl AsyncWrite + Unpin,
    mut chunks: mpsc::Receiver<Chunk>,
    mut state: watch::Receiver<State>,
    direction: Direction,
) -> Result<(), Cut> {
    let mut passed = Passed::default();
    while let Some(Chunk { bytes, due }) = chunks.recv().await {
        // Sleeps because the network is slow.
        tokio::time::sleep_until(due).await;
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let now = state.borrow_and_update().clone();
            if now.mode == Mode::BlackHole {
                state.changed().await?;
                continue;
            }
            let allowed = passed.allowed(&now, direction);
            if allowed == 0 {
                to.shutdown().await?;
                return Err(Cut::Closed);
            }
            let piece = rest.get(..allowed).unwrap_or(rest);
            let count = tokio::select! {
                changed = state.changed() => { changed?; continue }
                count = to.write(piece) => count?,
            };
            rest = rest.get(count..).unwrap_or_default();
            passed.bytes += count as u64;
            // Sleeps because this is what a slow or chopped connection is.
            tokio::time::sleep(pause(&now.mode, count)).await;
        }
    }
    state.wait_for(|state| state.mode != Mode::BlackHole).await?;
    to.shutdown().await?;
    Ok(())
}

/// Bytes that were written since the mode was set.
#[derive(Debug, Default)]
struct Passed {
    bytes: u64,
    changes: u64,
}

impl Passed {
    /// How many bytes may be written at once; none when the limit is reached.
    fn allowed(&mut self, now: &State, direction: Direction) -> usize {
        if self.changes != now.changes {
            *self = Self {
                bytes: 0,
                changes: now.changes,
            };
        }
        match now.mode {
            Mode::Slice { bytes } => bytes.max(1),
            Mode::Bandwidth { bytes_per_second } => usize_of((bytes_per_second / TURNS).max(1)),
            Mode::LimitData { bytes } if direction == Direction::Answer => {
                usize_of(bytes.saturating_sub(self.bytes))
            }
            _ => usize::MAX,
        }
    }
}

fn usize_of(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

fn pause(mode: &Mode, written: usize) -> Duration {
    match mode {
        Mode::Slice { .. } => SLICE_PAUSE,
        Mode::Bandwidth { bytes_per_second } => {
            Duration::from_secs_f64(written as f64 / (*bytes_per_second).max(1) as f64)
        }
        _ => Duration::ZERO,
    }
}

/// Reads the head of a request and answers it; the connection is over then.
async fn answer(client: &mut TcpStream, status: u16, body: &str) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < HEAD {
        if client.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status} Injected\r\ncontent-type: application/vnd.schemaregistry.v1+json\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    client.write_all(text.as_bytes()).await?;
    client.shutdown().await?;
    // Closed with bytes of the request unread, the connection would be reset, and the answer perhaps lost.
    let mut nowhere = tokio::io::sink();
    let drained = tokio::io::copy(client, &mut nowhere);
    let _ = tokio::time::timeout(LINGER, drained).await;
    Ok(())
}
