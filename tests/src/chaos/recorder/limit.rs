//! The bound of what is kept: when there are too many samples, every second one goes, and from then on only every
//! second one is kept. Pure.

use std::collections::BTreeMap;

use crate::chaos::observations::{DatabaseSample, Sample};

/// Values of metrics that are kept, about 100 bytes each.
const MAX_VALUES: usize = 1_500_000;
/// Offsets that are kept.
const MAX_OFFSETS: usize = 400_000;

pub(super) fn keep_sample(samples: &mut Vec<Sample>, sample: Sample, every: &mut u32) {
    // A change of what a process says of itself is never left out.
    let before = samples.iter().rev().find(|before| before.pid == sample.pid);
    let is_news = before.is_none_or(|before| says(before) != says(&sample));
    if is_news || is_due(sample.at.as_secs(), *every) {
        samples.push(sample);
    }
    let weight = |sample: &Sample| sample.metrics.len().saturating_add(8);
    while samples.iter().map(weight).sum::<usize>() > MAX_VALUES && *every < 30 {
        *every += 1;
        let mut said = BTreeMap::new();
        samples.retain(|sample| {
            let is_news = said.insert(sample.pid, says(sample)) != Some(says(sample));
            is_news || is_due(sample.at.as_secs(), *every)
        });
    }
}

pub(super) fn keep_database(samples: &mut Vec<DatabaseSample>, sample: DatabaseSample, every: &mut u32) {
    if *every == 0 || is_due(sample.at.as_secs(), *every) {
        samples.push(sample);
    }
    let weight = |sample: &DatabaseSample| sample.offsets.len().saturating_add(4);
    while samples.iter().map(weight).sum::<usize>() > MAX_OFFSETS && *every < 30 {
        *every += 1;
        samples.retain(|sample| is_due(sample.at.as_secs(), *every));
    }
}

/// Twice as seldom with each step.
fn is_due(second: u64, every: u32) -> bool {
    second.is_multiple_of(1 << every)
}

fn says(sample: &Sample) -> (Option<bool>, Option<bool>) {
    (sample.is_ready, sample.is_alive)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn sample(second: u64, is_ready: bool) -> Sample {
        let metrics = (0..1_000).map(|number| (format!("taskwire_{number}"), 1.0));
        Sample {
            at: Duration::from_secs(second),
            service: "audit-svc".to_owned(),
            slot: 0,
            pid: 7,
            resident_bytes: 1,
            is_ready: Some(is_ready),
            is_alive: Some(true),
            metrics: metrics.collect(),
        }
    }

    #[test]
    fn many_samples_are_thinned_and_changes_are_kept() {
        let (mut samples, mut every) = (Vec::new(), 0);
        for second in 0..4_000 {
            keep_sample(&mut samples, sample(second, second != 3_333), &mut every);
        }
        let values: usize = samples.iter().map(|sample| sample.metrics.len()).sum();
        assert!(values <= MAX_VALUES, "{values}");
        assert!(values > MAX_VALUES / 4, "{values}");
        assert!(samples.iter().any(|sample| sample.is_ready == Some(false)));
    }
}
