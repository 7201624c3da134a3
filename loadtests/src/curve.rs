//! A curve over time as SVG, small enough to be read as text.

use std::fmt::Write as _;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 56.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = 28.0;

/// Points are (seconds, value); marks are (seconds, what began then).
#[must_use]
pub fn svg(title: &str, unit: &str, points: &[(f64, f64)], marks: &[(f64, &str)]) -> String {
    let end = points.last().map_or(1.0, |point| point.0.max(1.0));
    let top = points.iter().map(|point| point.1).fold(1.0, f64::max) * 1.1;
    let x = |seconds: f64| LEFT + seconds / end * (WIDTH - LEFT - 8.0);
    let y = |value: f64| HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM);
    let mut line = String::new();
    for &(seconds, value) in points {
        write!(line, "{:.1},{:.1} ", x(seconds), y(value)).ok();
    }
    let mut rest = String::new();
    for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let (value, height) = (top * share, y(top * share));
        writeln!(
            rest,
            r##"<path d="M{LEFT} {height:.1}H{WIDTH}" stroke="#ddd"/><text x="4" y="{:.1}">{value:.0} {unit}</text>"##,
            height + 4.0
        )
        .ok();
    }
    for &(seconds, name) in marks {
        let at = x(seconds);
        writeln!(
            rest,
            r##"<path d="M{at:.1} {TOP}V{:.1}" stroke="#999" stroke-dasharray="3"/><text x="{:.1}" y="{:.1}">{name}</text>"##,
            HEIGHT - BOTTOM,
            (at + 3.0).min(WIDTH - 22.0),
            HEIGHT - 10.0
        )
        .ok();
    }
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="#fff"/>
<text x="{LEFT}" y="14">{title}, over {end:.0} s</text>
{rest}<polyline fill="none" stroke="#b33" stroke-width="1.5" points="{}"/>
</svg>
"##,
        line.trim_end()
    )
}
