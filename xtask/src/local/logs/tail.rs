//! One log file: its end, and what is added to it, also when it is begun anew.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::entry::{Entry, Level};
use crate::stack::frontend;

/// The log of one part of the stack, read up to some place.
#[derive(Debug)]
pub(super) struct Log {
    service: &'static str,
    path: PathBuf,
    level: Level,
    /// Which file was read, and how far.
    inode: u64,
    read: u64,
    /// When it was added to last.
    written: DateTime<Utc>,
    /// The beginning of a line whose end is not written yet.
    unfinished: Vec<u8>,
    /// What a line without a time belongs to.
    last: Option<Entry>,
}

impl Log {
    pub(super) fn new(service: &'static str, path: PathBuf, level: Level) -> Self {
        Self {
            service,
            path,
            level,
            inode: 0,
            read: 0,
            written: DateTime::default(),
            unfinished: Vec::new(),
            last: None,
        }
    }

    pub(super) fn exists(&self) -> bool {
        self.path.is_file()
    }

    /// The last records that are grave enough, at most so many.
    pub(super) fn past(&mut self, lines: usize) -> io::Result<Vec<Entry>> {
        let mut entries = self.news()?;
        entries.drain(..entries.len().saturating_sub(lines));
        Ok(entries)
    }

    /// What was written since the last call and is grave enough.
    pub(super) fn news(&mut self) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for line in self.new_lines()? {
            let entry = match (Entry::parse(self.service, &line), &self.last) {
                (Some(entry), _) => {
                    self.last = Some(entry.clone());
                    entry
                }
                _ if self.service == frontend::NAME => Entry::of_front_end(self.service, &line, self.written),
                (None, Some(last)) => last.after(&line),
                // What stands before the first record: a banner.
                (None, None) => continue,
            };
            if entry.level >= self.level && !line.trim().is_empty() {
                entries.push(entry);
            }
        }
        Ok(entries)
    }

    fn new_lines(&mut self) -> io::Result<Vec<String>> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let metadata = file.metadata()?;
        if metadata.ino() != self.inode || metadata.len() < self.read {
            (self.inode, self.read) = (metadata.ino(), 0);
            self.unfinished.clear();
        }
        self.written = metadata.modified()?.into();
        file.seek(SeekFrom::Start(self.read))?;
        let mut bytes = std::mem::take(&mut self.unfinished);
        self.read += file.read_to_end(&mut bytes)? as u64;
        let end = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        self.unfinished = bytes.split_off(end);
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.lines().map(str::to_owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::path::Path;

    use super::*;

    fn record(level: &str, message: &str) -> String {
        format!(r#"{{"timestamp":"2026-11-21T15:18:58Z","level":"{level}","message":"{message}"}}"#)
    }

    fn append(path: &Path, text: &str) {
        let mut options = File::options();
        let mut file = options.create(true).append(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn messages(entries: Vec<Entry>) -> Vec<String> {
        entries.into_iter().map(|entry| entry.message).collect()
    }

    #[test]
    fn the_past_is_the_last_records_that_are_grave_enough() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.log");
        for level in ["WARN", "INFO", "ERROR", "INFO", "WARN", "INFO"] {
            append(&path, &format!("{}\n", record(level, level)));
        }
        append(&path, "thread 'main' panicked\n");
        let tail = |level, lines| messages(Log::new("a", path.clone(), level).past(lines).unwrap());
        assert_eq!(tail(Level::Trace, 2), ["INFO", "thread 'main' panicked"]);
        assert_eq!(tail(Level::Warn, 3), ["ERROR", "WARN", "thread 'main' panicked"]);
    }

    #[test]
    fn a_log_that_appears_grows_and_is_begun_anew_is_followed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.log");
        let mut log = Log::new("a", path.clone(), Level::Trace);
        assert!(log.news().unwrap().is_empty());
        let (half, rest) = (record("INFO", "one"), "\n");
        append(&path, &half);
        assert!(log.news().unwrap().is_empty());
        append(&path, rest);
        assert_eq!(messages(log.news().unwrap()), ["one"]);
        std::fs::rename(&path, dir.path().join("a.log.1")).unwrap();
        append(
            &path,
            &format!("{}\n", record("INFO", "a longer message than before")),
        );
        assert_eq!(messages(log.news().unwrap()), ["a longer message than before"]);
        assert!(log.news().unwrap().is_empty());
    }
}
