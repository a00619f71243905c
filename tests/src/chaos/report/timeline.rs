//! The timeline, as a picture: a row for each service and server with a bar for each fault, and below it what was
//! acknowledged and what waited. Plain SVG without script, readable on light and on dark ground.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::Report;
use crate::chaos::observations::FaultSpan;

const WIDTH: f64 = 1200.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 56.0;
const ROW: f64 = 24.0;
const CHART: f64 = 90.0;
const GAP: f64 = 34.0;
/// Points of a line; more would be closer together than pixels.
const MAX_POINTS: usize = 600;

const STYLE: &str = "text{font:12px system-ui,sans-serif;fill:#1f2328}.title{font-size:15px;font-weight:600}\
.faint{fill:#59636e}.grid{stroke:#d1d9e0;stroke-width:1}.row{fill:#f6f8fa}.ground{fill:#fff}\
.kill{fill:#cf222e}.stop{fill:#9a6700}.freeze{fill:#0969da}.broker-kill{fill:#8250df}.database-kill{fill:#bf3989}\
.poison{fill:#1a7f37}.registry{fill:#bc4c00}.line{fill:none;stroke-width:1.5}.made{stroke:#1a7f37}.rows{stroke:#0969da}\
.wrong{stroke:#cf222e;stroke-width:1.5}\
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.faint{fill:#9198a1}.grid{stroke:#3d444d}.row{fill:#151b23}\
.ground{fill:#0d1117}.kill{fill:#f85149}.stop{fill:#d29922}.freeze{fill:#4493f8}.broker-kill{fill:#ab7df8}\
.database-kill{fill:#db61a2}.poison{fill:#3fb950}.registry{fill:#db6d28}.made{stroke:#3fb950}.rows{stroke:#4493f8}\
.wrong{stroke:#f85149}}";

/// Where a moment is.
#[derive(Debug, Clone, Copy)]
struct Scale {
    seconds: f64,
}

impl Scale {
    fn x(self, at: Duration) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * (at.as_secs_f64() / self.seconds).clamp(0.0, 1.0)
    }
}

pub(super) fn svg(report: &Report) -> String {
    let scale = Scale {
        seconds: report.took.as_secs_f64().max(1.0),
    };
    let rows = rows(report);
    let charts = TOP + rows.len() as f64 * ROW + GAP;
    let height = charts + 2.0 * CHART + GAP + 40.0;
    let mut out = String::new();
    let mut put = |element: String| {
        // Writing to a string cannot fail.
        let _infallible = writeln!(out, "{element}");
    };
    put(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-label=\"What \
         happened when\">\n<style>{STYLE}</style>\n<rect class=\"ground\" width=\"{WIDTH}\" height=\"{height:.0}\"/>"
    ));
    let differences = report.differences().count();
    put(text(
        12.0,
        22.0,
        "title",
        &format!(
            "{differences} differences in {:.0} s, seed {}",
            scale.seconds, report.size.seed
        ),
    ));
    legend(report, &mut put);
    grid(scale, height, &mut put);
    for (number, (name, spans)) in rows.iter().enumerate() {
        let y = TOP + number as f64 * ROW;
        if number % 2 == 0 {
            let width = WIDTH - RIGHT;
            put(format!(
                "<rect class=\"row\" x=\"0\" y=\"{y:.1}\" width=\"{width}\" height=\"{ROW}\" opacity=\"0.6\"/>"
            ));
        }
        put(text(12.0, y + 16.0, "", name));
        for span in spans {
            put(bar(scale, y, span));
        }
    }
    let made = report
        .by_second
        .iter()
        .enumerate()
        .map(|(second, count)| (Duration::from_secs(second as u64), f64::from(*count)));
    chart(
        scale,
        charts,
        "acknowledged / s",
        "made",
        made.collect(),
        &mut put,
    );
    let waiting = report.observations.database.iter();
    let waiting = waiting.map(|sample| (sample.at, sample.outbox_rows as f64));
    chart(
        scale,
        charts + CHART + GAP,
        "outbox rows",
        "rows",
        waiting.collect(),
        &mut put,
    );
    for (at, difference) in &report.found {
        let x = scale.x(*at);
        put(format!(
            "<line class=\"wrong\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{:.0}\"><title>{}: {}</title></line>",
            height - 30.0,
            difference.rule,
            escape(&difference.what)
        ));
    }
    put("</svg>".to_owned());
    out
}

/// Each service and server, in that order, with what was done to it.
fn rows(report: &Report) -> Vec<(String, Vec<&FaultSpan>)> {
    let mut spans: BTreeMap<&str, Vec<&FaultSpan>> = BTreeMap::new();
    for span in &report.observations.faults {
        spans.entry(&span.target).or_default().push(span);
    }
    let mut rows: Vec<(String, Vec<&FaultSpan>)> = report
        .tallies
        .keys()
        .map(|service| {
            (
                service.clone(),
                spans.remove(service.as_str()).unwrap_or_default(),
            )
        })
        .collect();
    rows.extend(spans.into_iter().map(|(name, spans)| (name.to_owned(), spans)));
    rows
}

fn bar(scale: Scale, y: f64, span: &FaultSpan) -> String {
    let (from, until) = (scale.x(span.from), scale.x(span.until));
    let FaultSpan { fault, target, .. } = span;
    let seconds = (span.until - span.from).as_secs_f64();
    format!(
        "<rect class=\"{fault}\" x=\"{from:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"2\"><title>{fault} of {} \
         at {:.1} s, for {seconds:.1} s</title></rect>",
        y + 4.0,
        (until - from).max(2.0),
        ROW - 8.0,
        escape(target),
        span.from.as_secs_f64(),
    )
}

fn legend(report: &Report, put: &mut impl FnMut(String)) {
    let mut x = LEFT;
    for fault in &report.faults {
        let name = fault.to_string();
        put(format!(
            "<rect class=\"{name}\" x=\"{x:.0}\" y=\"34\" width=\"12\" height=\"12\" rx=\"2\"/>"
        ));
        put(text(x + 17.0, 44.0, "faint", &name));
        x += 34.0 + 7.0 * name.len() as f64;
    }
    let is_wrong = !report.found.is_empty();
    if is_wrong {
        put(format!(
            "<line class=\"wrong\" x1=\"{x}\" x2=\"{x}\" y1=\"33\" y2=\"47\"/>"
        ));
        put(text(x + 6.0, 44.0, "faint", "found wrong"));
    }
}

fn grid(scale: Scale, height: f64, put: &mut impl FnMut(String)) {
    let steps = [5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_200.0];
    let step = steps
        .into_iter()
        .find(|step| scale.seconds / step <= 14.0)
        .unwrap_or(3_600.0);
    let mut at = 0.0;
    while at <= scale.seconds {
        let x = scale.x(Duration::from_secs_f64(at));
        let bottom = height - 30.0;
        put(format!(
            "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{bottom:.0}\"/>"
        ));
        put(text(x - 8.0, height - 12.0, "faint", &format!("{at:.0} s")));
        at += step;
    }
}

fn chart(
    scale: Scale,
    top: f64,
    name: &str,
    class: &str,
    mut points: Vec<(Duration, f64)>,
    put: &mut impl FnMut(String),
) {
    points = thinned(&points);
    let most = points.iter().map(|(_, value)| *value).fold(1.0, f64::max);
    let bottom = top + CHART;
    put(text(12.0, top + 14.0, "", name));
    put(text(12.0, top + 30.0, "faint", &format!("up to {most:.0}")));
    put(format!(
        "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{bottom:.1}\" y2=\"{bottom:.1}\"/>",
        WIDTH - RIGHT
    ));
    let places: Vec<String> = points
        .iter()
        .map(|(at, value)| format!("{:.1},{:.1}", scale.x(*at), bottom - CHART * value / most))
        .collect();
    put(format!(
        "<polyline class=\"line {class}\" points=\"{}\"/>",
        places.join(" ")
    ));
}

/// Of neighbours that would share a pixel, the highest.
fn thinned(points: &[(Duration, f64)]) -> Vec<(Duration, f64)> {
    let step = points.len().div_ceil(MAX_POINTS).max(1);
    let highest = |some: &[(Duration, f64)]| {
        some.iter()
            .copied()
            .max_by(|one, other| one.1.total_cmp(&other.1))
    };
    points.chunks(step).filter_map(highest).collect()
}

fn text(x: f64, y: f64, class: &str, words: &str) -> String {
    format!(
        "<text class=\"{class}\" x=\"{x:.0}\" y=\"{y:.0}\">{}</text>",
        escape(words)
    )
}

fn escape(words: &str) -> String {
    words
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_peak_survives_among_many_points() {
        let points: Vec<(Duration, f64)> = (0..10_000)
            .map(|number| (Duration::from_secs(number), f64::from(u8::from(number == 4_321))))
            .collect();
        let thinned = thinned(&points);
        assert!(thinned.len() <= MAX_POINTS, "{}", thinned.len());
        assert!(thinned.contains(&(Duration::from_secs(4_321), 1.0)));
    }
}
