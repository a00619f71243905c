//! A picture of panels side by side, each with lines over logarithmic axes, as SVG.

use super::spread::Spread;

const WIDTH: f64 = 340.0;
const HEIGHT: f64 = 250.0;
/// Of a panel's frame within its place.
const LEFT: f64 = 62.0;
const TOP: f64 = 34.0;
const RIGHT: f64 = 16.0;
const BOTTOM: f64 = 74.0;
/// Above all panels.
const TITLE: f64 = 30.0;
const COLOURS: [&str; 4] = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd"];

#[derive(Debug)]
pub(super) struct Panel {
    pub(super) title: String,
    /// What the axis at the bottom counts.
    pub(super) across: String,
    pub(super) lines: Vec<Line>,
}

#[derive(Debug)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) points: Vec<(u32, Spread)>,
}

/// The panels in rows of so many.
pub(super) fn draw(title: &str, columns: usize, panels: &[Panel]) -> String {
    let rows = panels.len().div_ceil(columns.max(1));
    let (width, height) = (WIDTH * columns as f64, TITLE + HEIGHT * rows as f64);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n"
    );
    svg.push_str(&format!(
        "<text x=\"{LEFT}\" y=\"20\" font-size=\"15\">{title}</text>\n"
    ));
    for (number, panel) in panels.iter().enumerate() {
        let (column, row) = (number % columns.max(1), number / columns.max(1));
        let (x, y) = (WIDTH * column as f64, TITLE + HEIGHT * row as f64);
        svg.push_str(&format!(
            "<g transform=\"translate({x} {y})\">\n{}</g>\n",
            draw_panel(panel)
        ));
    }
    svg + "</svg>\n"
}

fn draw_panel(panel: &Panel) -> String {
    let points = || panel.lines.iter().flat_map(|line| &line.points);
    let across = Axis::over(points().map(|(x, _)| f64::from(*x)), LEFT, WIDTH - RIGHT);
    let spreads = points().flat_map(|(_, spread)| [spread.min, spread.max]);
    let up = Axis::over(spreads, HEIGHT - BOTTOM, TOP);
    let mut svg = text(LEFT, 22.0, "#000", &panel.title);
    for (value, place) in across.marks() {
        svg.push_str(&segment((place, up.from), (place, up.to), "#ddd"));
        svg.push_str(&text(place - 8.0, up.from + 15.0, "#000", &short(value)));
    }
    for (value, place) in up.marks() {
        svg.push_str(&segment((across.from, place), (across.to, place), "#ddd"));
        svg.push_str(&text(across.from - 40.0, place + 4.0, "#000", &short(value)));
    }
    svg.push_str(&text(across.from, up.from + 30.0, "#000", &panel.across));
    for (number, (line, colour)) in panel.lines.iter().zip(COLOURS).enumerate() {
        svg.push_str(&draw_line(line, colour, &across, &up));
        let (column, row) = (number % 2, number / 2);
        let (x, y) = (
            across.from + 130.0 * column as f64,
            up.from + 46.0 + 14.0 * row as f64,
        );
        svg.push_str(&text(x, y, colour, &line.name));
    }
    svg
}

/// Through the medians, with a bar from the least to the most.
fn draw_line(line: &Line, colour: &str, across: &Axis, up: &Axis) -> String {
    let at = |(x, spread): &(u32, Spread)| {
        format!(
            "{:.1},{:.1}",
            across.place(f64::from(*x)),
            up.place(spread.median)
        )
    };
    let points: Vec<String> = line.points.iter().map(at).collect();
    let mut svg = format!(
        "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{}\"/>\n",
        points.join(" ")
    );
    for (x, spread) in &line.points {
        let place = across.place(f64::from(*x));
        svg.push_str(&segment(
            (place, up.place(spread.min)),
            (place, up.place(spread.max)),
            colour,
        ));
    }
    svg
}

/// From one place to another, by powers of ten.
#[derive(Debug)]
struct Axis {
    least: f64,
    most: f64,
    from: f64,
    to: f64,
}

impl Axis {
    /// Wide enough for all of them.
    fn over(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let values: Vec<f64> = values.filter(|value| *value > 0.0).collect();
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(0.0, f64::max);
        let (least, most) = if values.is_empty() {
            (1.0, 10.0)
        } else {
            (round_down(least), round_up(most))
        };
        Self {
            least,
            most,
            from,
            to,
        }
    }

    fn place(&self, value: f64) -> f64 {
        let share = (value.max(self.least) / self.least).log10() / (self.most / self.least).log10();
        self.from + (self.to - self.from) * share
    }

    /// Values worth a line, and where they are: powers of ten, and more where these are few.
    fn marks(&self) -> Vec<(f64, f64)> {
        let decades = (self.most / self.least).log10();
        let steps: &[f64] = if decades > 2.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let (first, last) = (self.least.log10().floor() as i32, self.most.log10().ceil() as i32);
        let values = (first..=last).flat_map(|power| steps.iter().map(move |step| step * 10_f64.powi(power)));
        values
            .filter(|value| (self.least * 0.999..=self.most * 1.001).contains(value))
            .map(|value| (value, self.place(value)))
            .collect()
    }
}

/// To 1, 2 or 5 of a power of ten.
fn round_down(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let step = [5.0, 2.0, 1.0]
        .into_iter()
        .find(|step| step * power <= value * 1.001);
    step.unwrap_or(1.0) * power
}

fn round_up(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|step| step * power >= value * 0.999);
    // An axis is at least one step long.
    (step.unwrap_or(10.0) * power).max(round_down(value) * 2.0)
}

/// `20k` instead of 20000.
fn short(value: f64) -> String {
    match value {
        1_000_000.0.. => format!("{}M", value / 1_000_000.0),
        1_000.0.. => format!("{}k", value / 1_000.0),
        _ => format!("{}", (value * 1_000.0).round() / 1_000.0),
    }
}

fn segment(from: (f64, f64), to: (f64, f64), colour: &str) -> String {
    format!(
        "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{colour}\"/>\n",
        from.0, from.1, to.0, to.1
    )
}

fn text(x: f64, y: f64, colour: &str, text: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" fill=\"{colour}\">{text}</text>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(median: f64) -> Spread {
        Spread {
            min: median / 1.1,
            median,
            max: median * 1.1,
        }
    }

    #[test]
    fn axes_end_at_round_numbers_and_are_marked_there() {
        let axis = Axis::over([270.0, 16_000.0].into_iter(), 0.0, 100.0);
        assert_eq!((axis.least, axis.most), (200.0, 20_000.0));
        assert_eq!(axis.place(200.0), 0.0);
        assert_eq!(axis.place(2_000.0), 50.0);
        let marks: Vec<String> = axis.marks().iter().map(|(value, _)| short(*value)).collect();
        assert_eq!(marks, ["200", "500", "1k", "2k", "5k", "10k", "20k"]);
        let one = Axis::over(std::iter::once(100.0), 0.0, 1.0);
        assert_eq!((one.least, one.most), (100.0, 200.0));
    }

    #[test]
    fn every_line_is_drawn_with_a_bar_for_each_point() {
        let line = |name: &str| Line {
            name: name.to_owned(),
            points: vec![(1, spread(10.0)), (100, spread(20.0))],
        };
        let panel = || Panel {
            title: "t".to_owned(),
            across: "rows".to_owned(),
            lines: vec![line("a"), line("b")],
        };
        let svg = draw("all", 3, &[panel(), panel(), panel(), panel()]);
        assert_eq!(svg.matches("<polyline").count(), 8);
        assert_eq!(svg.matches("stroke=\"#d62728\"/>").count(), 8);
        assert!(svg.contains("translate(0 280)"), "the fourth begins a row: {svg}");
    }
}
