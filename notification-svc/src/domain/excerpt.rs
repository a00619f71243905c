//! What is kept of a stranger's words: a beginning, as text.

/// In bytes, as the table `notification.attempt` limits it too.
pub const LONGEST: usize = 1_024;

/// The beginning of `said` as text that a database stores and a terminal shows; `None` where nothing was said. What is
/// not UTF-8, and every control character but line feed and tab, becomes U+FFFD.
pub fn excerpt(said: &[u8]) -> Option<String> {
    let printable = |c: char| match c {
        '\n' | '\t' => c,
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    let beginning = said.get(..LONGEST).unwrap_or(said);
    let mut text: String = String::from_utf8_lossy(beginning)
        .chars()
        .map(printable)
        .collect();
    text.truncate(text.floor_char_boundary(LONGEST));
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_text_is_kept_as_it_is() {
        assert_eq!(
            excerpt("no such tenant\n".as_bytes()).as_deref(),
            Some("no such tenant\n")
        );
        assert_eq!(excerpt(b""), None);
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        let text = excerpt("\u{20ac}".repeat(LONGEST).as_bytes()).unwrap();
        assert!(
            text.len() <= LONGEST && text.len() > LONGEST - 3,
            "{}",
            text.len()
        );
        assert!(text.starts_with('\u{20ac}'));
    }

    #[test]
    fn what_is_no_text_becomes_text_that_can_be_stored_and_shown() {
        assert_eq!(
            excerpt(b"a\0b\x1b[2J\xff").as_deref(),
            Some("a\u{fffd}b\u{fffd}[2J\u{fffd}")
        );
        assert!(excerpt(&[0xff; 4_096]).unwrap().len() <= LONGEST);
    }
}
