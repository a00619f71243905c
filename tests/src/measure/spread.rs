//! How far the figures of several runs lie apart. xtask, which does without this crate, compiles this file too.

use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) min: f64,
    pub(crate) median: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// None of no figures.
    pub(crate) fn of(figures: &[f64]) -> Option<Self> {
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |place: usize| sorted.get(place).copied();
        let (lower, upper) = (sorted.len().saturating_sub(1) / 2, sorted.len() / 2);
        Some(Self {
            min: at(0)?,
            median: (at(lower)? + at(upper)?) / 2.0,
            max: at(sorted.len() - 1)?,
        })
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let places = if self.max >= 100.0 { 0 } else { 2 };
        let Self { min, median, max } = self;
        write!(f, "{median:.places$}")?;
        if min < max {
            write!(f, " ({min:.places$}–{max:.places$})")?;
        }
        Ok(())
    }
}

/// The cell of a table: the median, with the lowest and the highest where they differ.
pub(crate) fn cell(figures: impl IntoIterator<Item = f64>) -> String {
    let figures: Vec<f64> = figures.into_iter().collect();
    Spread::of(&figures).map_or("–".to_owned(), |spread| spread.to_string())
}

/// A line of a table of such cells, or of what stands above them.
pub(crate) fn row(name: &str, cells: impl IntoIterator<Item = String>) -> String {
    let cells: String = cells.into_iter().map(|cell| format!(" {cell:>22}")).collect();
    format!("{name:<28}{cells}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_the_median_with_the_lowest_and_the_highest() {
        assert_eq!(cell([3.0, 1.0, 2.5]), "2.50 (1.00–3.00)");
        assert_eq!(cell([1.0, 3.0]), "2.00 (1.00–3.00)");
        assert_eq!(cell([1000.4]), "1000");
        assert_eq!(cell([]), "–");
    }
}
