//! Just enough of PostgreSQL's protocol to run a script as its superuser on a throw-away server.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use anyhow::{Context, bail};

/// With a statement, like one that vacuums a million rows.
const PATIENCE: Duration = Duration::from_secs(600);

/// A connection of the superuser, to a server that trusts whoever reaches it.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
}

impl Connection {
    /// Connects; nobody is asked for a password.
    pub(crate) fn open(port: u16, database: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).context("PostgreSQL does not answer")?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut connection = Self { stream };
        let start = format!("\0\x03\0\0user\0postgres\0database\0{database}\0\0");
        connection.stream.write_all(&with_length(start.as_bytes())?)?;
        loop {
            let (kind, body) = connection.receive()?;
            match (kind, body.as_slice()) {
                (b'R', [0, 0, 0, 0]) => {}
                (b'R', _) => {
                    bail!("PostgreSQL asks for an authentication that throw-away servers do not use")
                }
                (b'E', body) => bail!("PostgreSQL refuses: {}", message(body)),
                (b'Z', _) => return Ok(connection),
                _ => {}
            }
        }
    }

    /// Runs a script as one transaction.
    pub(crate) fn run(&mut self, script: &str) -> anyhow::Result<()> {
        self.send(b'Q', &format!("{script}\0"))?;
        let mut failure = None;
        loop {
            match self.receive()? {
                (b'E', body) => failure = Some(message(&body)),
                (b'Z', _) => break,
                _ => {}
            }
        }
        match failure {
            Some(message) => bail!("{message}"),
            None => Ok(()),
        }
    }

    fn send(&mut self, kind: u8, body: &str) -> anyhow::Result<()> {
        self.stream.write_all(&[kind])?;
        self.stream.write_all(&with_length(body.as_bytes())?)?;
        Ok(())
    }

    fn receive(&mut self) -> anyhow::Result<(u8, Vec<u8>)> {
        let mut head = [0; 5];
        self.stream
            .read_exact(&mut head)
            .context("PostgreSQL closed the connection")?;
        let [kind, length @ ..] = head;
        let length = usize::try_from(u32::from_be_bytes(length))?;
        let mut body = vec![0; length.saturating_sub(4)];
        self.stream.read_exact(&mut body)?;
        Ok((kind, body))
    }
}

/// The length counts itself.
fn with_length(body: &[u8]) -> anyhow::Result<Vec<u8>> {
    let length = u32::try_from(body.len() + 4)?;
    Ok([&length.to_be_bytes(), body].concat())
}

/// An error's message, position and hint: fields that begin with a letter and end with a zero.
fn message(body: &[u8]) -> String {
    let fields = body
        .split(|byte| *byte == 0)
        .filter_map(|field| field.split_first());
    let wanted = fields.filter_map(|(kind, text)| {
        let text = String::from_utf8_lossy(text);
        match kind {
            b'M' => Some(text.into_owned()),
            b'D' => Some(format!("detail: {text}")),
            b'P' => Some(format!("at character {text}")),
            b'W' => Some(format!("where: {text}")),
            _ => None,
        }
    });
    wanted.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_with_its_place() {
        assert_eq!(
            message(b"SERROR\0Msyntax error\0P12\0\0"),
            "syntax error; at character 12"
        );
    }

    #[test]
    fn a_length_counts_itself() {
        assert_eq!(with_length(b"ab").unwrap(), [0, 0, 0, 6, b'a', b'b']);
    }
}
