//! Just enough HTTP and Kafka to ask a process on this machine whether it is ready.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, bail};

const PATIENCE: Duration = Duration::from_secs(2);

/// The status and body of a GET on this machine.
pub(crate) fn get(port: u16, path: &str) -> anyhow::Result<(u16, String)> {
    let mut stream = connect(port)?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.take(1 << 20).read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").context("no HTTP answer")?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .context("no HTTP status")?;
    Ok((status, body.to_owned()))
}

/// Whether a Kafka broker at that port serves requests and knows of so many brokers, itself among them.
pub(crate) fn kafka_serves(port: u16, brokers: usize) -> anyhow::Result<()> {
    // Metadata, version 1, correlation 1, no client id, no topics: the oldest form that brokers still speak.
    const REQUEST: [u8; 18] = [0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 0];
    let mut stream = connect(port)?;
    stream.write_all(&REQUEST)?;
    let mut head = [0; 12];
    stream.read_exact(&mut head)?;
    let [.., b0, b1, b2, b3] = head;
    let joined = i32::from_be_bytes([b0, b1, b2, b3]);
    if usize::try_from(joined).unwrap_or(0) < brokers {
        bail!("{joined} of {brokers} brokers have joined");
    }
    Ok(())
}

fn connect(port: u16) -> anyhow::Result<TcpStream> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}
