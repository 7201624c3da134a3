//! The table as a picture: a bar a server, as long as what a core answers with it, of the bare server's.

use std::fmt::Write;

use super::report::Report;

const LINE: f64 = 30.0;
const LABELS: f64 = 190.0;
/// Pixels of a ratio of one.
const SCALE: f64 = 330.0;
/// Longest bar that has room.
const LONGEST: f64 = 2.0;

/// An SVG that is read on a light and on a dark page.
pub fn svg(report: &Report) -> String {
    let width = LABELS + LONGEST * SCALE + 60.0;
    let bars: f64 = report.rows.iter().map(|_| LINE).sum();
    let height = bars + 50.0;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"{LABELS}\" y=\"20\" font-weight=\"bold\">What a core answers, bare = 1</text>\n"
    );
    let mut top = 32.0;
    for row in &report.rows {
        let colour = if row.variant.is_bare() {
            "#9aa5b1"
        } else if row.variant.lacks_a_layer() {
            "#a8cdb8"
        } else {
            "#2f855a"
        };
        let length = row.of_bare.clamp(0.0, LONGEST) * SCALE;
        let middle = top + 15.0;
        // Writing to a String cannot fail.
        writeln!(
            text,
            "<text x=\"{:.0}\" y=\"{middle}\" text-anchor=\"end\">{}</text>\n\
             <rect x=\"{LABELS}\" y=\"{top}\" width=\"{length:.0}\" height=\"20\" fill=\"{colour}\"/>\n\
             <text x=\"{:.0}\" y=\"{middle}\">{:.2}</text>",
            LABELS - 8.0,
            row.variant.name(),
            LABELS + length + 6.0,
            row.of_bare
        )
        .ok();
        top += LINE;
    }
    for goal in [1.0, 1.2] {
        let x = LABELS + goal * SCALE;
        writeln!(
            text,
            "<line x1=\"{x}\" x2=\"{x}\" y1=\"28\" y2=\"{top}\" stroke=\"#c53030\" stroke-dasharray=\"4\"/>\n\
             <text x=\"{x}\" y=\"{:.0}\" text-anchor=\"middle\" fill=\"#c53030\">{goal}</text>",
            top + 14.0
        )
        .ok();
    }
    text + "</svg>\n"
}
