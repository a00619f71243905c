//! Stands between clients and the broker, and counts the requests that pass: exact, whatever the broker offers.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;

/// A request's API key, by the protocol's numbers.
pub(super) const PRODUCE: i16 = 0;
pub(super) const FETCH: i16 = 1;

/// Requests so far, by API key.
pub(super) type Requests = BTreeMap<i16, u64>;

/// A listener that passes everything on to the broker; it ends when dropped.
#[derive(Debug)]
pub(super) struct Counter {
    port: u16,
    counted: Arc<Mutex<Requests>>,
    ended: Arc<AtomicBool>,
}

impl Counter {
    /// Listens at `port` on this machine and passes on to `broker`.
    pub(super) fn start(port: u16, broker: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .with_context(|| format!("cannot listen on 127.0.0.1:{port}"))?;
        let counter = Self {
            port,
            counted: Arc::default(),
            ended: Arc::default(),
        };
        let (counted, ended) = (Arc::clone(&counter.counted), Arc::clone(&counter.ended));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                // A client that finds the broker gone is told so by the end of its connection.
                let _ = pass_on(client, broker, Arc::clone(&counted));
            }
        });
        Ok(counter)
    }

    pub(super) fn requests(&self) -> Requests {
        self.counted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // Wakes the listener so that it sees the end.
        let _ = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)));
    }
}

fn pass_on(client: TcpStream, broker: u16, counted: Arc<Mutex<Requests>>) -> io::Result<()> {
    let broker = TcpStream::connect((Ipv4Addr::LOCALHOST, broker))?;
    for stream in [&client, &broker] {
        stream.set_nodelay(true)?;
    }
    let (answers, answered) = (broker.try_clone()?, client.try_clone()?);
    std::thread::spawn(move || copy(answers, answered, |_| ()));
    std::thread::spawn(move || {
        let mut frames = Frames::default();
        copy(client, broker, |bytes| {
            let keys = frames.read(bytes);
            let mut counted = counted.lock().unwrap_or_else(PoisonError::into_inner);
            for key in keys {
                *counted.entry(key).or_default() += 1;
            }
        });
    });
    Ok(())
}

/// Copies until either side ends, then ends the other.
fn copy(mut from: TcpStream, mut to: TcpStream, mut seen: impl FnMut(&[u8])) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let Some(bytes) = buffer.get(..count) else { break };
        seen(bytes);
        if to.write_all(bytes).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

/// Finds the requests in one client's bytes: a length of four bytes, the API key of two, and the rest.
#[derive(Debug, Default)]
struct Frames {
    head: Vec<u8>,
    rest: usize,
}

impl Frames {
    fn read(&mut self, mut bytes: &[u8]) -> Vec<i16> {
        let mut keys = Vec::new();
        while let Some((first, later)) = bytes.split_first() {
            if self.rest > 0 {
                let passed = self.rest.min(bytes.len());
                self.rest -= passed;
                bytes = bytes.get(passed..).unwrap_or_default();
                continue;
            }
            self.head.push(*first);
            bytes = later;
            if let [l0, l1, l2, l3, k0, k1] = *self.head.as_slice() {
                let length = usize::try_from(i32::from_be_bytes([l0, l1, l2, l3])).unwrap_or(0);
                self.rest = length.saturating_sub(2);
                keys.push(i16::from_be_bytes([k0, k1]));
                self.head.clear();
            }
        }
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(key: i16, body: usize) -> Vec<u8> {
        let mut bytes = i32::try_from(body + 2).unwrap().to_be_bytes().to_vec();
        bytes.extend(key.to_be_bytes());
        bytes.extend(std::iter::repeat_n(0xff, body));
        bytes
    }

    #[test]
    fn requests_are_found_however_the_bytes_are_cut() {
        let bytes = [request(FETCH, 90), request(PRODUCE, 0), request(18, 7)].concat();
        for size in 1..=bytes.len() {
            let mut frames = Frames::default();
            let keys: Vec<i16> = bytes.chunks(size).flat_map(|piece| frames.read(piece)).collect();
            assert_eq!(keys, [FETCH, PRODUCE, 18], "pieces of {size}");
        }
    }
}
