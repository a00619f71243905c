//! What a set of durations amounts to.

use serde::Serialize;

/// Percentiles by nearest rank, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Summary {
    pub count: usize,
    pub p50_ms: f64,
    /// All but one in a hundred are not above it.
    pub p99_ms: f64,
    pub max_ms: f64,
}

impl Summary {
    /// Of durations in milliseconds, in any order; all zero when there are none.
    pub fn of(mut durations: Vec<f64>) -> Self {
        durations.sort_by(f64::total_cmp);
        Self {
            count: durations.len(),
            p50_ms: nearest_rank(&durations, 50),
            p99_ms: nearest_rank(&durations, 99),
            max_ms: durations.last().copied().unwrap_or_default(),
        }
    }
}

fn nearest_rank(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let summary = Summary::of((1..=200).rev().map(f64::from).collect());
        assert_eq!(
            summary,
            Summary {
                count: 200,
                p50_ms: 100.0,
                p99_ms: 198.0,
                max_ms: 200.0
            }
        );
    }

    #[test]
    fn one_value_is_every_percentile_and_none_is_zero() {
        assert_eq!(
            Summary::of(vec![7.0]),
            Summary {
                count: 1,
                p50_ms: 7.0,
                p99_ms: 7.0,
                max_ms: 7.0
            }
        );
        assert_eq!(Summary::of(vec![]).max_ms, 0.0);
    }
}
