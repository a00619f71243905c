//! One record of a log, whoever wrote it: a service as JSON, a server in its own form.

use chrono::{DateTime, Local, NaiveDateTime, TimeZone, Utc};
use serde_json::{Map, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(super) time: DateTime<Utc>,
    pub(super) level: Level,
    pub(super) service: &'static str,
    pub(super) message: String,
    /// What belongs to the message, as `dotted.name` and value.
    pub(super) fields: Vec<(String, String)>,
    raw: String,
}

impl Entry {
    /// Reads a line that begins a record; none for one that goes on with the record before it.
    pub(super) fn parse(service: &'static str, line: &str) -> Option<Self> {
        match serde_json::from_str::<Map<String, Value>>(line) {
            Ok(record) => Self::of_service(service, record, line),
            Err(_) => Self::of_server(service, line),
        }
    }

    /// A line that is not a record of its own. A service writes such lines when it panics or cannot start.
    pub(super) fn after(&self, line: &str) -> Self {
        let by_service = self.raw.starts_with('{');
        Self {
            time: self.time,
            level: if by_service { Level::Error } else { self.level },
            service: self.service,
            message: line.to_owned(),
            fields: Vec::new(),
            raw: line.to_owned(),
        }
    }

    /// One JSON object: the record itself, or one that is made of a line without any.
    pub(super) fn json(&self) -> String {
        if self.raw.starts_with('{') {
            return self.raw.clone();
        }
        serde_json::json!({
            "timestamp": self.time.to_rfc3339(),
            "level": self.level.name(),
            "service": self.service,
            "message": self.message,
        })
        .to_string()
    }

    /// A line of the front end, which writes no times: that of the file stands for them.
    pub(super) fn of_front_end(service: &'static str, line: &str, time: DateTime<Utc>) -> Self {
        let level = match line.trim_start() {
            text if text.starts_with('⨯') || text.contains("Error") => Level::Error,
            text if text.starts_with('⚠') => Level::Warn,
            _ => Level::Info,
        };
        Self {
            time,
            level,
            service,
            message: line.trim_end().to_owned(),
            fields: Vec::new(),
            raw: line.to_owned(),
        }
    }

    fn of_service(service: &'static str, mut record: Map<String, Value>, line: &str) -> Option<Self> {
        let time = DateTime::parse_from_rfc3339(record.remove("timestamp")?.as_str()?).ok()?;
        let level = Level::named(record.remove("level")?.as_str()?)?;
        let message = record
            .remove("message")
            .map(|text| plain(&text))
            .unwrap_or_default();
        // Who is told already; where in the code is for those who ask for JSON.
        record.remove("target");
        if record.get("service").and_then(Value::as_str) == Some(service) {
            record.remove("service");
        }
        let span = record.remove("span");
        let mut fields = Vec::new();
        flatten("", &Value::Object(record), &mut fields);
        if let Some(Value::Object(mut span)) = span {
            span.remove("name");
            flatten("", &Value::Object(span), &mut fields);
        }
        Some(Self {
            time: time.to_utc(),
            level,
            service,
            message,
            fields,
            raw: line.to_owned(),
        })
    }

    /// `2026-11-21 15:10:04.417 UTC [7] LOG:  …` of PostgreSQL, `2026-11-21T15:10:04,417 INFO …` of the JVMs.
    fn of_server(service: &'static str, line: &str) -> Option<Self> {
        let end = line
            .find(|c: char| !(c.is_ascii_digit() || "-:.,T ".contains(c)))
            .unwrap_or(line.len());
        let (stamp, rest) = line.split_at(end);
        let stamp = stamp.trim_end().replace(',', ".").replace('T', " ");
        let naive = NaiveDateTime::parse_from_str(&stamp, "%Y-%m-%d %H:%M:%S%.f").ok()?;
        let (time, rest) = match rest.strip_prefix("UTC ") {
            Some(rest) => (naive.and_utc(), rest),
            None => (Local.from_local_datetime(&naive).earliest()?.to_utc(), rest),
        };
        let (word, after) = rest.split_once([' ', ':']).unwrap_or((rest, ""));
        let numbered = word.starts_with('[').then(|| after.split_once(':')).flatten();
        let (word, message) = numbered.unwrap_or((word, after));
        Some(Self {
            time,
            level: Level::named(word).unwrap_or(Level::Info),
            service,
            message: message.trim().to_owned(),
            fields: Vec::new(),
            raw: line.to_owned(),
        })
    }
}

impl Level {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }

    /// In the words of Rust, of log4j, and of PostgreSQL.
    fn named(word: &str) -> Option<Self> {
        Some(match word {
            "TRACE" => Self::Trace,
            "DEBUG" => Self::Debug,
            "INFO" | "LOG" | "NOTICE" | "STATEMENT" | "DETAIL" | "HINT" => Self::Info,
            "WARN" | "WARNING" => Self::Warn,
            "ERROR" | "FATAL" | "PANIC" => Self::Error,
            _ => return None,
        })
    }
}

fn flatten(prefix: &str, value: &Value, fields: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let dotted = if prefix.is_empty() {
                    name.clone()
                } else {
                    format!("{prefix}.{name}")
                };
                flatten(&dotted, value, fields);
            }
        }
        value => fields.push((prefix.to_owned(), plain(value))),
    }
}

/// Text without its quotes; everything else as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_a_service_has_its_fields_dotted() {
        let line = r#"{"timestamp":"2026-11-21T15:18:58.688894Z","level":"WARN","message":"record dead-lettered",
            "dead_letter.id":"a/b/5/5","attempts":1,"peer":{"port":7},"service":"audit-svc","target":"x::y",
            "span":{"name":"consume","topic":"task-events"}}"#;
        let entry = Entry::parse("audit-svc", line).unwrap();
        assert_eq!(
            (entry.level, entry.message.as_str()),
            (Level::Warn, "record dead-lettered")
        );
        let fields: Vec<String> = entry
            .fields
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(
            fields,
            [
                "attempts=1",
                "dead_letter.id=a/b/5/5",
                "peer.port=7",
                "topic=task-events"
            ]
        );
        assert_eq!(entry.json(), line);
    }

    #[test]
    fn lines_of_the_servers_have_a_time_and_a_level() {
        let postgres = "2026-11-21 15:10:04.417 UTC [7545] ERROR:  relation \"a\" does not exist";
        let entry = Entry::parse("postgres", postgres).unwrap();
        assert_eq!(entry.level, Level::Error);
        assert_eq!(entry.message, "relation \"a\" does not exist");
        assert_eq!(entry.time.to_rfc3339(), "2026-11-21T15:10:04.417+00:00");
        let kafka = "2026-11-21T15:10:17,196 WARN [QuorumController id=1] Performing: it (a.B)";
        let entry = Entry::parse("kafka", kafka).unwrap();
        assert_eq!(entry.level, Level::Warn);
        assert_eq!(entry.message, "[QuorumController id=1] Performing: it (a.B)");
        let registry = "2026-11-21 15:09:52 INFO <> [null] (main) ready";
        assert_eq!(
            Entry::parse("registry", registry).unwrap().message,
            "<> [null] (main) ready"
        );
        let made: Value = serde_json::from_str(&entry.json()).unwrap();
        assert_eq!(made["service"], "kafka");
    }

    #[test]
    fn a_line_without_a_time_goes_on_with_the_record_before_it() {
        assert!(Entry::parse("kafka", "    at java.lang.Thread.run()").is_none());
        let record = r#"{"timestamp":"2026-11-21T15:18:58Z","level":"INFO","message":"m"}"#;
        let entry = Entry::parse("audit-svc", record).unwrap();
        let panic = entry.after("thread 'main' panicked at src/main.rs:1");
        assert_eq!((panic.level, panic.time), (Level::Error, entry.time));
    }
}
