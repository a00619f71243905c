//! Every mode on real sockets.

use std::future::Future;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;

const PATIENCE: Duration = Duration::from_secs(60);
/// How long nothing may come to show that nothing comes.
const SILENCE: Duration = Duration::from_millis(300);

/// A server behind a proxy that sends back what it gets.
struct Echo {
    proxies: Proxies,
    port: u16,
    _server: Background,
}

impl Echo {
    async fn start() -> Self {
        let server = bind(0).await.unwrap();
        let forward = server.local_addr().unwrap().port();
        let server = Background::run(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut stream, _)) = server.accept().await {
                connections.spawn(async move {
                    let (mut from, mut to) = stream.split();
                    let _ = tokio::io::copy(&mut from, &mut to).await;
                    let _ = to.shutdown().await;
                });
            }
        });
        let (proxies, port) = proxy(forward).await;
        Self {
            proxies,
            port,
            _server: server,
        }
    }

    fn set(&self, mode: Mode) {
        assert_eq!(self.proxies.set(Some("svc"), "echo", mode), 1);
    }

    async fn connect(&self) -> io::Result<TcpStream> {
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await
    }
}

/// A proxy on a port that was free a moment ago.
async fn proxy(forward: u16) -> (Proxies, u16) {
    loop {
        let listen = bind(0).await.unwrap().local_addr().unwrap().port();
        let setup = ProxySetup {
            service: "svc".into(),
            server: "echo".into(),
            listen,
            forward,
        };
        if let Ok(proxies) = Proxies::start(&[setup]).await {
            return (proxies, listen);
        }
    }
}

async fn in_time<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("in time")
}

async fn exchange(stream: &mut TcpStream, text: &[u8]) -> io::Result<()> {
    stream.write_all(text).await?;
    let mut back = vec![0; text.len()];
    in_time(stream.read_exact(&mut back)).await?;
    assert_eq!(back, text);
    Ok(())
}

/// Waits until a new connection works.
async fn until_it_works(echo: &Echo) -> TcpStream {
    in_time(async {
        loop {
            if let Ok(mut stream) = echo.connect().await
                && exchange(&mut stream, b"again").await.is_ok()
            {
                return stream;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
}

async fn nothing_comes(stream: &mut TcpStream) {
    let read = tokio::time::timeout(SILENCE, stream.read_u8()).await;
    assert!(read.is_err(), "{read:?}");
}

fn letters(count: usize) -> Vec<u8> {
    (b'a'..=b'z').cycle().take(count).collect()
}

#[tokio::test]
async fn everything_passes_at_first_and_both_ends_arrive() {
    let echo = Echo::start().await;
    let mut stream = echo.connect().await.unwrap();
    exchange(&mut stream, &letters(300_000)[..60_000]).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut rest = Vec::new();
    in_time(stream.read_to_end(&mut rest)).await.unwrap();
    assert!(rest.is_empty());
}

#[tokio::test]
async fn a_refusing_proxy_has_no_listener_and_cuts_what_is_open() {
    let echo = Echo::start().await;
    let mut open = echo.connect().await.unwrap();
    exchange(&mut open, b"before").await.unwrap();
    echo.set(Mode::Refuse);
    let error = in_time(open.read_u8()).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    let refused = in_time(async {
        loop {
            if let Err(error) = echo.connect().await {
                return error;
            }
        }
    });
    assert_eq!(refused.await.kind(), io::ErrorKind::ConnectionRefused);
    echo.set(Mode::Pass);
    until_it_works(&echo).await;
}

#[tokio::test]
async fn a_black_hole_keeps_connections_open_and_lets_go_what_waited() {
    let echo = Echo::start().await;
    let mut open = echo.connect().await.unwrap();
    exchange(&mut open, b"before").await.unwrap();
    echo.set(Mode::BlackHole);
    let mut new = echo.connect().await.unwrap();
    for stream in [&mut open, &mut new] {
        stream.write_all(b"lost?").await.unwrap();
        nothing_comes(stream).await;
    }
    echo.set(Mode::Pass);
    for stream in [&mut open, &mut new] {
        let mut back = [0; 5];
        in_time(stream.read_exact(&mut back)).await.unwrap();
        assert_eq!(&back, b"lost?");
    }
}

/// The server's direction by itself: what the server sends on its own does not arrive either.
#[tokio::test]
async fn a_black_hole_keeps_back_what_the_server_says() {
    let server = bind(0).await.unwrap();
    let (proxies, port) = proxy(server.local_addr().unwrap().port()).await;
    let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    let (mut behind, _) = in_time(server.accept()).await.unwrap();
    client.write_all(b"x").await.unwrap();
    assert_eq!(in_time(behind.read_u8()).await.unwrap(), b'x');
    proxies.set(None, "echo", Mode::BlackHole);
    behind.write_all(b"y").await.unwrap();
    behind.shutdown().await.unwrap();
    nothing_comes(&mut client).await;
    proxies.set(None, "echo", Mode::Pass);
    let mut rest = Vec::new();
    in_time(client.read_to_end(&mut rest)).await.unwrap();
    assert_eq!(rest, b"y");
}

#[tokio::test]
async fn a_reset_reaches_open_and_new_connections() {
    let echo = Echo::start().await;
    let mut open = echo.connect().await.unwrap();
    exchange(&mut open, b"before").await.unwrap();
    echo.set(Mode::Reset);
    let error = in_time(open.read_u8()).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    let mut new = echo.connect().await.unwrap();
    assert!(exchange(&mut new, b"after").await.is_err());
}

#[tokio::test]
async fn a_cut_that_is_healed_at_once_was_a_cut_all_the_same() {
    let echo = Echo::start().await;
    let mut open = echo.connect().await.unwrap();
    exchange(&mut open, b"before").await.unwrap();
    echo.set(Mode::Reset);
    echo.set(Mode::Pass);
    in_time(open.read_u8()).await.unwrap_err();
    until_it_works(&echo).await;
}

#[tokio::test]
async fn latency_delays_both_directions_and_keeps_the_order() {
    let echo = Echo::start().await;
    let mut stream = echo.connect().await.unwrap();
    exchange(&mut stream, b"before").await.unwrap();
    echo.set(Mode::Latency {
        delay: Duration::from_millis(100),
        jitter: Duration::from_millis(50),
    });
    let began = Instant::now();
    exchange(&mut stream, b"there and back").await.unwrap();
    assert!(
        began.elapsed() >= Duration::from_millis(100),
        "{:?}",
        began.elapsed()
    );
    let text = letters(100_000);
    let (mut from, mut to) = stream.split();
    let mut back = vec![0; text.len()];
    let (sent, received) =
        in_time(async { tokio::join!(to.write_all(&text), from.read_exact(&mut back)) }).await;
    sent.unwrap();
    received.unwrap();
    assert_eq!(back, text);
}

#[tokio::test]
async fn a_narrow_connection_takes_its_time() {
    let echo = Echo::start().await;
    let mut stream = echo.connect().await.unwrap();
    echo.set(Mode::Bandwidth {
        bytes_per_second: 20_000,
    });
    let began = Instant::now();
    exchange(&mut stream, &letters(10_000)).await.unwrap();
    assert!(
        began.elapsed() >= Duration::from_millis(400),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn slices_arrive_whole_though_in_many_pieces() {
    let echo = Echo::start().await;
    let mut stream = echo.connect().await.unwrap();
    echo.set(Mode::Slice { bytes: 7 });
    let text = letters(700);
    stream.write_all(&text).await.unwrap();
    let (mut back, mut reads) = (Vec::new(), 0);
    while back.len() < text.len() {
        assert_ne!(in_time(stream.read_buf(&mut back)).await.unwrap(), 0);
        reads += 1;
    }
    assert_eq!(back, text);
    assert!(reads > 10, "{reads}");
}

#[tokio::test]
async fn limited_data_ends_in_the_middle_of_an_answer() {
    let echo = Echo::start().await;
    let mut open = echo.connect().await.unwrap();
    exchange(&mut open, b"what passed before does not count")
        .await
        .unwrap();
    echo.set(Mode::LimitData { bytes: 10 });
    let mut new = echo.connect().await.unwrap();
    for stream in [&mut open, &mut new] {
        stream.write_all(b"fifteen letters").await.unwrap();
        let mut back = Vec::new();
        in_time(stream.read_to_end(&mut back)).await.unwrap();
        assert_eq!(back, b"fifteen le");
    }
}

#[tokio::test]
async fn an_answer_is_the_proxys_own_and_the_server_hears_nothing() {
    let server = bind(0).await.unwrap();
    let (proxies, port) = proxy(server.local_addr().unwrap().port()).await;
    let body = r#"{"error_code":50001}"#;
    proxies.set(
        None,
        "echo",
        Mode::Answer {
            status: 500,
            body: body.into(),
        },
    );
    let client = reqwest::Client::new();
    let url = format!("http://127.0.0.1:{port}/subjects");
    for request in [client.get(&url), client.post(&url).body(letters(100_000))] {
        let response = in_time(request.send()).await.unwrap();
        assert_eq!(response.status().as_u16(), 500);
        assert_eq!(response.text().await.unwrap(), body);
    }
    let reached = tokio::time::timeout(SILENCE, server.accept()).await;
    assert!(reached.is_err(), "{reached:?}");
}

#[tokio::test]
async fn only_the_named_service_is_concerned() {
    let echo = Echo::start().await;
    assert_eq!(echo.proxies.set(Some("other"), "echo", Mode::Reset), 0);
    assert_eq!(echo.proxies.set(None, "other", Mode::Reset), 0);
    let mut stream = echo.connect().await.unwrap();
    exchange(&mut stream, b"passes").await.unwrap();
}

#[tokio::test]
async fn a_port_is_free_when_the_proxies_are_gone() {
    let echo = Echo::start().await;
    let mut open = echo.connect().await.unwrap();
    exchange(&mut open, b"before").await.unwrap();
    let Echo { proxies, port, .. } = echo;
    drop(proxies);
    assert!(in_time(open.read_u8()).await.is_err());
    in_time(async {
        while TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
