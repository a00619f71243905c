//! Why a rule is refused, in words that name the bad part and the way out.

/// A text that is no rule we can run.
#[expect(missing_docs, reason = "the messages say it")]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    #[error("the rule is empty: write for example FREQ=DAILY")]
    Empty,
    #[error("the rule has {length} bytes: at most {limit} are allowed")]
    TooLong { length: usize, limit: usize },
    #[error("the rule must be one bare RRULE value: leave out the property name and write FREQ=… alone")]
    NotBareValue,
    #[error("{part:?} is not of the form NAME=value: separate the parts by ; and give each a value")]
    MalformedPart { part: String },
    #[error("{part} is not a part of a rule: use FREQ, INTERVAL, COUNT, UNTIL, WKST and the BY… parts")]
    UnknownPart { part: String },
    #[error("{part} is given twice: give it once, with its values separated by commas")]
    DuplicatePart { part: &'static str },
    #[error("FREQ is missing: add FREQ=DAILY, WEEKLY, MONTHLY or YEARLY")]
    MissingFrequency,
    #[error("FREQ={value} repeats too often for a task: use DAILY, WEEKLY, MONTHLY or YEARLY")]
    TooFrequent { value: &'static str },
    #[error("{part}={value} is not allowed: {expected}")]
    BadValue {
        part: &'static str,
        value: String,
        expected: &'static str,
    },
    #[error("COUNT and UNTIL cannot both be given: leave one of them out")]
    CountAndUntil,
    #[error("{part} cannot be used with FREQ={frequency}: {way_out}")]
    NotWithFrequency {
        part: &'static str,
        frequency: &'static str,
        way_out: &'static str,
    },
    #[error("BYSETPOS needs another BY… part to choose from: add one, such as BYDAY=MO,TU,WE,TH,FR")]
    SetPositionAlone,
    #[error("SKIP=BACKWARD takes the day from the due date: use it as {expected}")]
    SkipCombination { expected: &'static str },
    #[error("BYHOUR, BYMINUTE and BYSECOND make {slots} slots a day: at most {limit} are allowed")]
    TooManySlotsPerDay { slots: usize, limit: usize },
    #[error("the rule never matches: no month in BYMONTH has a day in BYMONTHDAY, so change one of them")]
    NeverMatches,
}
