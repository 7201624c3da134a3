//! The verdicts as one page for a browser: no script, nothing from elsewhere. Everything that came from outside is
//! escaped.

use std::fmt::Write as _;

use crate::{GROUPS, Group, Played, Step, Verdict, terminal::Counts};

/// Longer messages are cut in the page.
const SHOWN: usize = 1500;

/// The page about these attacks on the service of this name.
#[must_use]
pub fn page(name: &str, played: &[Played]) -> String {
    let counts = Counts::of(played);
    let all = counts.held + counts.broken;
    let (state, verdict) = match counts.broken {
        0 => ("held", "Every attack was held off"),
        1 => ("broken", "One attack succeeded"),
        _ => ("broken", "Attacks succeeded"),
    };
    let mut page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>{}: attacks</title>\
         <meta name=viewport content='width=device-width,initial-scale=1'>\
         <meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <style>{}</style><main class={state}>\
         <header>{}<div><h1>{verdict}</h1><p class=target>{}</p>\
         <p class=legend><b class=h>{} held</b> <b class=b>{} broken</b> <b class=n>{} not applicable</b></p>\
         </div></header>",
        escaped(name),
        include_str!("report.css"),
        ring(counts.held, all),
        escaped(name),
        counts.held,
        counts.broken,
        counts.not_applicable,
    );
    bars(&mut page, played);
    for group in GROUPS {
        section(&mut page, group, played);
    }
    page.push_str("</main></html>\n");
    page
}

/// The share that held, as a ring.
fn ring(held: usize, all: usize) -> String {
    let share = (held * 100).checked_div(all).unwrap_or(0);
    format!(
        "<svg class=ring viewBox='0 0 120 120' role=img aria-label='{held} of {all} held'>\
         <circle class=track cx=60 cy=60 r=50 pathLength=100 />\
         <circle class=share cx=60 cy=60 r=50 pathLength=100 stroke-dasharray='{share} 100' />\
         <text x=60 y=64>{held}</text><text class=of x=60 y=82>of {all}</text></svg>"
    )
}

/// A bar for each group, and a link to it.
fn bars(page: &mut String, played: &[Played]) {
    page.push_str("<nav>");
    for group in GROUPS {
        let Counts {
            held,
            broken,
            not_applicable,
        } = Counts::of(of_group(group, played));
        if held + broken + not_applicable == 0 {
            continue;
        }
        write!(
            page,
            "<a href='#{}'><b>{}</b><span>{}</span><i class=bar>{}{}{}</i><em>{held}/{}</em></a>",
            anchor(group),
            group.recommendation,
            escaped(group.title),
            part("h", held),
            part("b", broken),
            part("n", not_applicable),
            held + broken,
        )
        .ok();
    }
    page.push_str("</nav>");
}

fn part(class: &str, number: usize) -> String {
    if number == 0 {
        return String::new();
    }
    format!("<i class={class} style='flex:{number}'></i>")
}

fn section(page: &mut String, group: &Group, played: &[Played]) {
    let mut attacks = of_group(group, played).peekable();
    if attacks.peek().is_none() {
        return;
    }
    write!(
        page,
        "<section id={}><h2><b>{}</b> {}</h2>",
        anchor(group),
        group.recommendation,
        escaped(group.title)
    )
    .ok();
    for one in attacks {
        let (class, word) = match one.verdict {
            Verdict::Held(_) => ("h", "held"),
            Verdict::Broken(_) => ("b", "BROKEN"),
            Verdict::NotApplicable(_) => ("n", "n/a"),
        };
        let open = if one.is_broken() { " open" } else { "" };
        write!(
            page,
            "<details class={class}{open}><summary><b>{word}</b><code>{}</code><span>{}</span>\
             <em>{}</em></summary><p>{}</p>",
            one.attack.name,
            escaped(one.attack.wants),
            one.attack.control,
            escaped(one.verdict.reason()),
        )
        .ok();
        for step in one.steps.iter().take(6) {
            exchange(page, step);
        }
        if one.steps.len() > 6 {
            write!(page, "<p class=more>and {} more</p>", one.steps.len() - 6).ok();
        }
        page.push_str("</details>");
    }
    page.push_str("</section>");
}

fn exchange(page: &mut String, step: &Step) {
    let received = if step.received.is_empty() {
        "(nothing)".to_owned()
    } else {
        shown(&step.received)
    };
    write!(
        page,
        "<div class=exchange><pre class=sent>{}</pre><pre class=received>{received}</pre></div>",
        shown(&step.sent)
    )
    .ok();
}

/// A message as text. Secrets of the attacked service are its own tokens: their signatures are left out.
fn shown(bytes: &[u8]) -> String {
    let cut = bytes.get(..SHOWN).unwrap_or(bytes);
    let text = String::from_utf8_lossy(cut).replace("\r\n", "\n");
    let text: String = text
        .chars()
        .map(|letter| match letter {
            '\n' | '\t' => letter,
            letter if letter.is_control() => '\u{b7}',
            letter => letter,
        })
        .collect();
    let more = bytes.len().saturating_sub(cut.len());
    let more = match more {
        0 => String::new(),
        more => format!("\n… and {more} bytes more"),
    };
    escaped(&without_signatures(&text)) + &more
}

/// A word of three parts with dots between them is a token; the report can be shown around.
fn without_signatures(text: &str) -> String {
    text.split_inclusive([' ', '\n', '='])
        .map(|word| match word.rsplit_once('.') {
            Some((signed, signature)) if word.starts_with("eyJ") && signature.len() > 40 => {
                let end = word.chars().last().filter(|end| end.is_whitespace());
                format!("{signed}.…{}", end.map(String::from).unwrap_or_default())
            }
            _ => word.to_owned(),
        })
        .collect()
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, letter| {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter => escaped.push(letter),
        }
        escaped
    })
}

fn of_group<'p>(group: &Group, played: &'p [Played]) -> impl Iterator<Item = &'p Played> {
    played
        .iter()
        .filter(move |one| std::ptr::eq(one.group, group))
}

fn anchor(group: &Group) -> String {
    let title = group.title.to_lowercase();
    let title: String = title
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '-'
            }
        })
        .collect();
    format!("{}-{title}", group.recommendation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_markup() {
        assert_eq!(escaped("<b a='\"&"), "&lt;b a=&#39;&quot;&amp;");
        assert_eq!(shown(b"<script>\x1b[1m\r\n"), "&lt;script&gt;\u{b7}[1m\n");
    }

    #[test]
    fn a_token_is_shown_without_its_signature() {
        let signature = "s".repeat(86);
        let text = format!("authorization: Bearer eyJh.eyJi.{signature}\nx: y");
        assert_eq!(
            without_signatures(&text),
            "authorization: Bearer eyJh.eyJi.…\nx: y"
        );
    }
}
