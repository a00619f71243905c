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

/// What has passed so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Passed {
    pub(super) requests: BTreeMap<Kind, Requests>,
    /// Bytes of the answers, by client.
    pub(super) answer_bytes: BTreeMap<String, u64>,
}

/// Whose requests, and of which API key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind {
    pub(super) client: String,
    pub(super) key: i16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Requests {
    pub(super) count: u64,
    pub(super) bytes: u64,
}

impl Passed {
    /// Requests of any client whose API key `wanted` accepts.
    pub(super) fn count(&self, wanted: impl Fn(i16) -> bool) -> u64 {
        let wanted = self.requests.iter().filter(|(kind, _)| wanted(kind.key));
        wanted.map(|(_, requests)| requests.count).sum()
    }
}

/// A listener that passes everything on to the broker; it ends when dropped.
#[derive(Debug)]
pub(super) struct Counter {
    port: u16,
    passed: Arc<Mutex<Passed>>,
    ended: Arc<AtomicBool>,
}

impl Counter {
    /// Listens at `port` on this machine and passes on to `broker`.
    pub(super) fn start(port: u16, broker: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .with_context(|| format!("cannot listen on 127.0.0.1:{port}"))?;
        let counter = Self {
            port,
            passed: Arc::default(),
            ended: Arc::default(),
        };
        let (passed, ended) = (Arc::clone(&counter.passed), Arc::clone(&counter.ended));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                // A client that finds the broker gone is told so by the end of its connection.
                let _ = pass_on(client, broker, Arc::clone(&passed));
            }
        });
        Ok(counter)
    }

    pub(super) fn passed(&self) -> Passed {
        self.passed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // Wakes the listener so that it sees the end.
        let _ = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)));
    }
}

fn pass_on(client: TcpStream, broker: u16, passed: Arc<Mutex<Passed>>) -> io::Result<()> {
    let broker = TcpStream::connect((Ipv4Addr::LOCALHOST, broker))?;
    for stream in [&client, &broker] {
        stream.set_nodelay(true)?;
    }
    let (answers, answered) = (broker.try_clone()?, client.try_clone()?);
    // A connection belongs to one client, which its requests name.
    let name = Arc::new(Mutex::new(String::new()));
    let (its_name, its_passed) = (Arc::clone(&name), Arc::clone(&passed));
    std::thread::spawn(move || {
        copy(answers, answered, |bytes| {
            let name = its_name.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let mut passed = its_passed.lock().unwrap_or_else(PoisonError::into_inner);
            *passed.answer_bytes.entry(name).or_default() += bytes.len() as u64;
        });
    });
    std::thread::spawn(move || {
        let mut frames = Frames::default();
        copy(client, broker, |bytes| {
            for (kind, length) in frames.read(bytes) {
                name.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .clone_from(&kind.client);
                let mut passed = passed.lock().unwrap_or_else(PoisonError::into_inner);
                let requests = passed.requests.entry(kind).or_default();
                requests.count += 1;
                requests.bytes += length;
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

/// Finds the requests in one client's bytes: a length of four bytes, the header, and the rest.
#[derive(Debug, Default)]
struct Frames {
    head: Vec<u8>,
    rest: usize,
}

/// Length, API key, its version, the request's number, and how long the client's name is.
const FIXED: usize = 4 + 2 + 2 + 4 + 2;

impl Frames {
    /// The requests that are complete up to the client's name, with all their bytes.
    fn read(&mut self, mut bytes: &[u8]) -> Vec<(Kind, u64)> {
        let mut requests = Vec::new();
        while let Some((first, later)) = bytes.split_first() {
            if self.rest > 0 {
                let passed = self.rest.min(bytes.len());
                self.rest -= passed;
                bytes = bytes.get(passed..).unwrap_or_default();
                continue;
            }
            self.head.push(*first);
            bytes = later;
            if let Some((kind, length)) = header(&self.head) {
                self.rest = (length + 4).saturating_sub(self.head.len());
                requests.push((kind, length as u64 + 4));
                self.head.clear();
            }
        }
        requests
    }
}

/// The request that begins with these bytes, and the length that it states; none while bytes are missing.
fn header(head: &[u8]) -> Option<(Kind, usize)> {
    let (fixed, name) = head.split_first_chunk::<FIXED>()?;
    let [l0, l1, l2, l3, k0, k1, _, _, _, _, _, _, n0, n1] = *fixed;
    // Below zero where there is none.
    let name_length = usize::try_from(i16::from_be_bytes([n0, n1])).unwrap_or(0);
    let kind = Kind {
        client: String::from_utf8_lossy(name.get(..name_length)?).into_owned(),
        key: i16::from_be_bytes([k0, k1]),
    };
    let length = usize::try_from(i32::from_be_bytes([l0, l1, l2, l3])).unwrap_or(0);
    Some((kind, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(key: i16, client: &str, body: usize) -> Vec<u8> {
        let mut bytes = i32::try_from(10 + client.len() + body)
            .unwrap()
            .to_be_bytes()
            .to_vec();
        bytes.extend(key.to_be_bytes());
        bytes.extend([0, 9, 0, 0, 0, 1]);
        bytes.extend(i16::try_from(client.len()).unwrap().to_be_bytes());
        bytes.extend(client.as_bytes());
        bytes.extend(std::iter::repeat_n(0xff, body));
        bytes
    }

    #[test]
    fn requests_are_found_however_the_bytes_are_cut() {
        let whole = [
            request(FETCH, "audit-svc", 90),
            request(PRODUCE, "", 0),
            request(18, "b", 7),
        ];
        let bytes = whole.concat();
        for size in 1..=bytes.len() {
            let mut frames = Frames::default();
            let found: Vec<(Kind, u64)> = bytes.chunks(size).flat_map(|piece| frames.read(piece)).collect();
            let kind = |client: &str, key| Kind {
                client: client.to_owned(),
                key,
            };
            let kinds = [kind("audit-svc", FETCH), kind("", PRODUCE), kind("b", 18)];
            let lengths = whole.iter().map(|request| request.len() as u64);
            assert_eq!(
                found,
                kinds.into_iter().zip(lengths).collect::<Vec<_>>(),
                "pieces of {size}"
            );
        }
    }

    #[test]
    fn a_request_of_nobody_is_counted_too() {
        let mut bytes = request(PRODUCE, "", 3);
        bytes[12..14].copy_from_slice(&(-1_i16).to_be_bytes());
        let found = Frames::default().read(&bytes);
        assert_eq!(found[0].0.client, "");
        assert_eq!(found[0].1, bytes.len() as u64);
    }
}
