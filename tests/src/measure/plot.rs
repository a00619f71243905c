//! A picture of durations: of each series, how many of a hundred are not above so many milliseconds.

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 60.0;
const TOP: f64 = 40.0;
/// Points of a line, about: more cannot be seen.
const POINTS: usize = 1_000;
const COLOURS: [&str; 4] = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd"];

/// An SVG of durations in milliseconds, on a logarithmic axis.
pub fn distributions(title: &str, series: &[(&str, &[f64])]) -> String {
    let all = || series.iter().flat_map(|(_, durations)| *durations).copied();
    let first = all().fold(1.0_f64, f64::min).max(0.01).log10().floor();
    let last = all().fold(10.0_f64, f64::max).log10().ceil();
    let lowest = 10_f64.powf(first);
    let share_of = |ms: f64| (ms.max(lowest).log10() - first) / (last - first);
    let x = |ms: f64| LEFT + (WIDTH - LEFT - 20.0) * share_of(ms);
    let y = |share: f64| TOP + (HEIGHT - TOP - 60.0) * (1.0 - share);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n\
         <text x=\"{LEFT}\" y=\"24\" font-size=\"15\">{title}</text>\n"
    );
    for decade in first as i32..=last as i32 {
        let ms = 10_f64.powi(decade);
        svg.push_str(&line((x(ms), y(0.0)), (x(ms), y(1.0)), "#ddd"));
        svg.push_str(&text(x(ms) - 10.0, y(0.0) + 18.0, &format!("{ms} ms")));
    }
    for share in [0.0, 0.5, 0.9, 0.99] {
        svg.push_str(&line((x(lowest), y(share)), (WIDTH - 20.0, y(share)), "#ddd"));
        svg.push_str(&text(12.0, y(share) + 4.0, &format!("{:.0} %", share * 100.0)));
    }
    for ((name, durations), (number, colour)) in series.iter().zip(COLOURS.iter().enumerate()) {
        let mut sorted = durations.to_vec();
        sorted.sort_by(f64::total_cmp);
        let count = sorted.len() as f64;
        let point =
            |(place, ms): (usize, &f64)| format!("{:.1},{:.1}", x(*ms), y((place as f64 + 1.0) / count));
        // From the slowest on, so that the line ends at 100 %.
        let shown = sorted
            .iter()
            .enumerate()
            .rev()
            .step_by(sorted.len().div_ceil(POINTS).max(1));
        let points: Vec<String> = shown.map(point).collect();
        svg.push_str(&format!(
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{}\"/>\n<text x=\"{}\" \
             y=\"{}\" fill=\"{colour}\">{name} ({count})</text>\n",
            points.join(" "),
            LEFT + 220.0 * number as f64,
            HEIGHT - 14.0
        ));
    }
    svg + "</svg>\n"
}

fn line(from: (f64, f64), to: (f64, f64), colour: &str) -> String {
    format!(
        "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{colour}\"/>\n",
        from.0, from.1, to.0, to.1
    )
}

fn text(x: f64, y: f64, text: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_series_is_a_line_that_rises_to_the_top() {
        let svg = distributions("t", &[("a", &[1.0, 10.0, 5.0]), ("b", &[100.0])]);
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert!(
            svg.contains("740.0,40.0"),
            "the slowest is at the right, at 100 %: {svg}"
        );
        assert!(!svg.contains("0.1 ms"));
    }

    #[test]
    fn many_durations_make_few_points() {
        let durations: Vec<f64> = (1..=90_000).map(|number| f64::from(number) / 100.0).collect();
        let svg = distributions("t", &[("a", &durations)]);
        assert!(svg.len() < 30_000, "{}", svg.len());
        assert!(svg.contains(",40.0 "), "the slowest is at 100 %");
    }

    #[test]
    fn less_than_a_millisecond_has_its_place() {
        let svg = distributions("t", &[("a", &[0.2, 10.0])]);
        assert!(svg.contains("0.1 ms"), "{svg}");
    }
}
