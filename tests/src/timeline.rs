//! What a story prints: its lines, and under each what was observed, with the time since the action that caused it.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// Where an observation was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Http,
    Kafka,
    Socket,
    /// A call at the webhook receiver.
    Webhook,
    /// An entry of the audit log.
    Audit,
    Taskctl,
}

impl Source {
    const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Kafka => "kafka",
            Self::Socket => "socket",
            Self::Webhook => "webhook",
            Self::Audit => "audit",
            Self::Taskctl => "taskctl",
        }
    }

    const fn colour(self) -> &'static str {
        match self {
            Self::Http => "34",
            Self::Kafka => "35",
            Self::Socket => "32",
            Self::Webhook => "36",
            Self::Audit => "33",
            Self::Taskctl => "37",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    Colour,
    Plain,
    /// For tests.
    Silent,
}

impl Look {
    /// Colours on a terminal, unless they are unwanted.
    pub fn of_stdout(no_colour: bool) -> Self {
        if std::io::stdout().is_terminal() && !no_colour {
            Self::Colour
        } else {
            Self::Plain
        }
    }
}

/// Prints a story while it happens.
#[derive(Debug)]
pub struct Timeline {
    look: Look,
    pending: Vec<Observation>,
}

#[derive(Debug)]
struct Observation {
    at: Instant,
    since: Duration,
    source: Source,
    text: String,
}

impl Timeline {
    pub fn new(look: Look) -> Self {
        Self {
            look,
            pending: Vec::new(),
        }
    }

    /// Begins a line of the story.
    pub fn line(&mut self, number: u8, text: &str) {
        self.flush();
        self.print(&format!(
            "\n{}  {}",
            self.painted("1;33", &number.to_string()),
            self.painted("1", text)
        ));
    }

    /// Notes what was observed at `at`, caused by what was done at `action`.
    pub fn observed(&mut self, source: Source, action: Instant, at: Instant, text: impl Into<String>) {
        let since = at.saturating_duration_since(action);
        self.pending.push(Observation {
            at,
            since,
            source,
            text: text.into(),
        });
    }

    /// Prints what was noted, in the order in which it happened.
    pub fn flush(&mut self) {
        self.pending.sort_by_key(|observation| observation.at);
        for observation in std::mem::take(&mut self.pending) {
            let since = self.painted("2", &format!("+{:>9}", readable(observation.since)));
            let source = format!("{:<7}", observation.source.name());
            let source = self.painted(observation.source.colour(), &source);
            self.print(&format!("   {since}  {source}  {}", observation.text));
        }
    }

    /// Says something that is no observation.
    pub fn remark(&mut self, text: &str) {
        self.flush();
        for line in text.lines() {
            self.print(&format!("   {}", self.painted("2", line)));
        }
    }

    /// Says how the story ended.
    pub fn end(&mut self, good: bool, text: &str) {
        self.flush();
        self.print(&format!(
            "\n{}",
            self.painted(if good { "1;32" } else { "1;31" }, text)
        ));
    }

    fn painted(&self, code: &str, text: &str) -> String {
        match self.look {
            Look::Colour => format!("\x1b[{code}m{text}\x1b[0m"),
            Look::Plain | Look::Silent => text.to_owned(),
        }
    }

    /// A reader that closed the pipe is no reason to fail.
    fn print(&self, line: &str) {
        if self.look != Look::Silent {
            let mut out = std::io::stdout().lock();
            let _ = writeln!(out, "{line}").and_then(|()| out.flush());
        }
    }
}

/// `12.3 ms` or `4.012 s`.
pub fn readable(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
    } else {
        format!("{:.3} s", duration.as_secs_f64())
    }
}
