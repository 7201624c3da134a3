//! A picture as text: frames, boxes and arrows of an SVG that is readable on a light and on a dark page.
//!
//! A picture that somebody draws by hand is wrong after the next change, and a drawing program's file shows no
//! reviewer what has changed. `tests/documents` of the service draws with this file too.

use std::{env, fmt::Write, fs, path::Path};

/// Colours follow the reader's page. An image in a page sees no style but its own.
const STYLE: &str = "\
text { font: 12px ui-sans-serif, system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #1f2328 }
.page { fill: #ffffff }
.title { font-weight: 600; font-size: 13px }
.note { fill: #59636e; font-size: 11px }
.middle { text-anchor: middle }
.zone { fill: none; stroke: #818b98; stroke-dasharray: 5 4 }
.storey { fill: #f6f8fa; stroke: #d1d9e0 }
.card { fill: #ffffff; stroke: #818b98 }
.own { fill: #ddf4ff; stroke: #0969da }
.chip { fill: #eaeef2; stroke: none }
.arrow { fill: none; stroke: #59636e; stroke-width: 1.4 }
.head { fill: #59636e }
.badge { fill: #0969da }
.letter { fill: #ffffff; font-weight: 600; font-size: 11px; text-anchor: middle }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc }
.page { fill: #0d1117 }
.note { fill: #9198a1 }
.zone { stroke: #656c76 }
.storey { fill: #151b23; stroke: #3d444d }
.card { fill: #0d1117; stroke: #656c76 }
.own { fill: #121d2f; stroke: #4493f8 }
.chip { fill: #2a313c }
.arrow { stroke: #9198a1 }
.head { fill: #9198a1 }
.badge { fill: #1f6feb }
}
";

/// A rectangle of the picture.
#[derive(Clone, Copy)]
pub struct Area {
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
}

impl Area {
    const fn right(self) -> i32 {
        self.x + self.width
    }

    const fn bottom(self) -> i32 {
        self.y + self.height
    }

    const fn middle(self) -> (i32, i32) {
        (self.x + self.width / 2, self.y + self.height / 2)
    }
}

/// The picture so far.
pub struct Picture {
    text: String,
}

impl Picture {
    pub fn new(width: i32, height: i32, title: &str) -> Self {
        let mut text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
             <title>{}</title>\n<style>\n{STYLE}</style>\n\
             <defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" \
             markerHeight=\"8\" orient=\"auto\"><path class=\"head\" d=\"M0 0 8 4 0 8z\"/></marker></defs>\n",
            escaped(title)
        );
        writeln!(
            text,
            "<rect class=\"page\" width=\"{width}\" height=\"{height}\"/>"
        )
        .unwrap();
        Self { text }
    }

    pub fn frame(&mut self, class: &str, area: Area) {
        let Area {
            x,
            y,
            width,
            height,
        } = area;
        self.line(&format!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>"
        ));
    }

    pub fn words(&mut self, class: &str, x: i32, y: i32, words: &str) {
        let words = escaped(words);
        self.line(&format!(
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{words}</text>"
        ));
    }

    /// An arrow from the edge of one area to that of another, with letters on it where it crosses a boundary.
    pub fn arrow(&mut self, from: Area, to: Area, letters: &str) {
        let beside = from.right() <= to.x || to.right() <= from.x;
        let (start, end, turn) = if beside {
            let forward = from.right() <= to.x;
            let y = to.middle().1.clamp(from.y + 14, from.bottom() - 14);
            let start = (if forward { from.right() } else { from.x }, y);
            let end = (
                if forward { to.x } else { to.right() },
                y.clamp(to.y + 14, to.bottom() - 14),
            );
            let half = i32::midpoint(start.0, end.0);
            (start, end, [(half, start.1), (half, end.1)])
        } else {
            let down = from.y < to.y;
            let x = to.middle().0.clamp(from.x + 20, from.right() - 20);
            let start = (x, if down { from.bottom() } else { from.y });
            let end = (
                x.clamp(to.x + 20, to.right() - 20),
                if down { to.y } else { to.bottom() },
            );
            let half = i32::midpoint(start.1, end.1);
            (start, end, [(start.0, half), (end.0, half)])
        };
        let [one, two] = turn;
        self.line(&format!(
            "<path class=\"arrow\" marker-end=\"url(#head)\" d=\"M{} {}C{} {} {} {} {} {}\"/>",
            start.0, start.1, one.0, one.1, two.0, two.1, end.0, end.1
        ));
        let (x, y) = (i32::midpoint(start.0, end.0), i32::midpoint(start.1, end.1));
        let count = i32::try_from(letters.len()).unwrap();
        for (place, letter) in (0..).zip(letters.chars()) {
            let x = x + 20 * place - 10 * (count - 1);
            self.line(&format!(
                "<circle class=\"badge\" cx=\"{x}\" cy=\"{y}\" r=\"9\"/>"
            ));
            self.words("letter", x, y + 4, &letter.to_string());
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Holds the file to this picture. With `UPDATE=1` the file is written.
    pub fn matches(mut self, file: &Path, written_by: &str) {
        self.line("</svg>");
        if env::var_os("UPDATE").is_some() {
            fs::write(file, &self.text).unwrap();
        }
        let drawn = fs::read_to_string(file).unwrap_or_default();
        let name = file.file_name().unwrap().display();
        assert!(
            drawn == self.text,
            "{name} is another picture: {written_by}"
        );
    }
}

fn escaped(words: &str) -> String {
    words
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
