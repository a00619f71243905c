//! Why a rule is refused, in words that name the bad part and the way out.

/// A text that is no rule we can run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// There is no text at all.
    #[error("the rule is empty: write for example FREQ=DAILY")]
    Empty,
    /// The text is longer than any sensible rule.
    #[error("the rule has {length} bytes: at most {limit} are allowed")]
    TooLong {
        /// Bytes given.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A property name or several lines were given instead of the bare value.
    #[error("the rule must be one bare RRULE value: leave out the property name and write FREQ=… alone")]
    NotBareValue,
    /// A part is not of the form `NAME=value`.
    #[error("{part:?} is not of the form NAME=value: separate the parts by ; and give each a value")]
    MalformedPart {
        /// The part as given.
        part: String,
    },
    /// RFC 5545 has no such part.
    #[error("{part} is not a part of a rule: use FREQ, INTERVAL, COUNT, UNTIL, WKST and the BY… parts")]
    UnknownPart {
        /// The part's name as given.
        part: String,
    },
    /// A part is given twice.
    #[error("{part} is given twice: give it once, with its values separated by commas")]
    DuplicatePart {
        /// The part's name.
        part: &'static str,
    },
    /// `FREQ` is missing.
    #[error("FREQ is missing: add FREQ=DAILY, WEEKLY, MONTHLY or YEARLY")]
    MissingFrequency,
    /// The rule repeats more often than daily.
    #[error("FREQ={value} repeats too often for a task: use DAILY, WEEKLY, MONTHLY or YEARLY")]
    TooFrequent {
        /// The frequency given.
        value: &'static str,
    },
    /// A value is not what its part takes.
    #[error("{part}={value} is not allowed: {expected}")]
    BadValue {
        /// The part's name.
        part: &'static str,
        /// The value as given, shortened if it is absurdly long.
        value: String,
        /// What the part takes.
        expected: &'static str,
    },
    /// `COUNT` and `UNTIL` exclude each other.
    #[error("COUNT and UNTIL cannot both be given: leave one of them out")]
    CountAndUntil,
    /// The part means nothing at this frequency.
    #[error("{part} cannot be used with FREQ={frequency}: {way_out}")]
    NotWithFrequency {
        /// The part's name.
        part: &'static str,
        /// The rule's frequency.
        frequency: &'static str,
        /// What to do instead.
        way_out: &'static str,
    },
    /// `BYSETPOS` selects from a set that no other part makes.
    #[error("BYSETPOS needs another BY… part to choose from: add one, such as BYDAY=MO,TU,WE,TH,FR")]
    SetPositionAlone,
    /// `SKIP` stands alone or with parts it cannot be combined with.
    #[error("SKIP=BACKWARD takes the day from the due date: use it as {expected}")]
    SkipCombination {
        /// The only form in which it is understood.
        expected: &'static str,
    },
    /// The rule makes an absurd number of slots in a day.
    #[error("BYHOUR, BYMINUTE and BYSECOND make {slots} slots a day: at most {limit} are allowed")]
    TooManySlotsPerDay {
        /// Slots the rule makes in a day.
        slots: usize,
        /// Slots allowed.
        limit: usize,
    },
    /// No calendar has such a day.
    #[error("the rule never matches: no month in BYMONTH has a day in BYMONTHDAY, so change one of them")]
    NeverMatches,
}

impl RuleError {
    /// A stable name for metrics and problem documents.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong { .. } => "too_long",
            Self::NotBareValue => "not_bare_value",
            Self::MalformedPart { .. } => "malformed_part",
            Self::UnknownPart { .. } => "unknown_part",
            Self::DuplicatePart { .. } => "duplicate_part",
            Self::MissingFrequency => "missing_frequency",
            Self::TooFrequent { .. } => "too_frequent",
            Self::BadValue { .. } => "bad_value",
            Self::CountAndUntil => "count_and_until",
            Self::NotWithFrequency { .. } => "not_with_frequency",
            Self::SetPositionAlone => "set_position_alone",
            Self::SkipCombination { .. } => "skip_combination",
            Self::TooManySlotsPerDay { .. } => "too_many_slots_per_day",
            Self::NeverMatches => "never_matches",
        }
    }
}
