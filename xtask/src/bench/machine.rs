//! The machine that something was measured on.

use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub(super) struct Machine {
    pub(super) processor: String,
    pub(super) cores: usize,
    pub(super) memory_gib: f64,
}

impl Machine {
    /// What the kernel tells; words where it does not.
    pub(super) fn this() -> Self {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        let processor = field(&read("/proc/cpuinfo"), "model name").unwrap_or("unknown processor".to_owned());
        let kilobytes = field(&read("/proc/meminfo"), "MemTotal")
            .and_then(|text| text.split_ascii_whitespace().next()?.parse::<f64>().ok());
        Self {
            processor,
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory_gib: kilobytes.unwrap_or_default() / 1024.0 / 1024.0,
        }
    }
}

impl Machine {
    /// In one line, with the load averages of before and after.
    pub(super) fn under_load(&self, before: Option<f64>, after: Option<f64>) -> String {
        let load = |load: Option<f64>| load.map_or("unknown".to_owned(), |load| format!("{load:.2}"));
        format!(
            "{self}; load average {} before, {} after",
            load(before),
            load(after)
        )
    }
}

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            processor,
            cores,
            memory_gib,
        } = self;
        write!(f, "{cores} cores, {memory_gib:.1} GiB, {processor}")
    }
}

/// How many tasks wanted a processor in the last minute, on average, as the kernel tells.
pub(super) fn load_average() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    text.split_ascii_whitespace().next()?.parse().ok()
}

/// The value of the first `name : value`.
fn field(text: &str, name: &str) -> Option<String> {
    let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = pairs.find(|(key, _)| key.trim() == name)?;
    Some(value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn the_first_field_of_a_name_counts() {
        let text = "model\t\t: 1\nmodel name\t: Some CPU @ 2.0\nmodel name\t: Other\n";
        assert_eq!(field(text, "model name").as_deref(), Some("Some CPU @ 2.0"));
        assert_eq!(field(text, "absent"), None);
    }
}
