//! The book says what the code does: its steps are there, its quotes are the source's, its commands run tests
//! that exist, and what takes a control out is the catalogue's. `.ci/pages` types the other commands.
//!
//! A page that quotes yesterday's code teaches yesterday's code.

use std::{collections::BTreeMap, fs};

use super::{
    catalogue::{Catalogue, page::hold, source, take_out},
    quoted, root, texts,
    tree::tree,
};

/// The headings of a page about a recommendation, in their order.
const STEPS: [&str; 7] = [
    "What is asked for",
    "The attack",
    "How it is stopped here",
    "The test",
    "Take it out",
    "What to change",
    "Further reading",
];

/// The pages about recommendations: those with a number.
fn pages() -> Vec<(String, String)> {
    let mut pages = texts(&tree(), ".md");
    pages.retain(|(page, _)| {
        let name = page.strip_prefix("docs/book/");
        name.is_some_and(|name| name.starts_with(|c: char| c.is_ascii_digit()))
    });
    pages
}

/// The blocks of one language in a page, each with the text before it.
fn blocks<'p>(page: &'p str, language: &str) -> Vec<(&'p str, &'p str)> {
    let opening = format!("\n```{language}\n");
    let (mut found, mut from) = (Vec::new(), 0);
    while let Some(at) = page.get(from..).and_then(|rest| rest.find(&opening)) {
        let start = from + at;
        let (before, rest) = (&page[..start], &page[start + opening.len()..]);
        let block = rest.split("\n```").next().unwrap();
        found.push((before, block));
        from = start + opening.len() + block.len();
    }
    found
}

#[test]
fn every_page_has_the_steps_and_is_in_the_summary() {
    let summary = fs::read_to_string(root().join("docs/book/SUMMARY.md")).unwrap();
    let mut wrong = Vec::new();
    for (page, text) in pages() {
        let headings = text.lines().filter_map(|line| line.strip_prefix("## "));
        let name = page.rsplit('/').next().unwrap();
        let title = text.lines().next().unwrap().trim_start_matches("# ");
        let line = format!("- [{title}]({name})");
        if headings.collect::<Vec<_>>() != STEPS || !summary.contains(&line) {
            wrong.push(page);
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn every_recommendation_has_its_page() {
    let catalogue = Catalogue::read();
    let pages = pages().into_iter().map(|(page, _)| page);
    assert_eq!(
        pages.collect::<Vec<_>>(),
        catalogue.pages().collect::<Vec<_>>()
    );
}

/// The pages that quote: the book's, and the front page.
fn quoting() -> Vec<(String, String)> {
    let mut pages = pages();
    let front = fs::read_to_string(root().join("README.md")).unwrap();
    pages.push(("README.md".to_owned(), front));
    pages
}

/// The file that the last link of a text leads to, with what is in it.
fn linked(text: &str) -> (&str, String) {
    let link = text.rsplit("](").next().unwrap();
    let file = link.split(')').next().unwrap().trim_start_matches("../");
    let source = fs::read_to_string(root().join(file)).unwrap_or_default();
    (file, source)
}

/// A block of a language of the source is in the file that the last link before it leads to.
#[test]
fn every_quote_of_the_source_is_in_its_file() {
    let (mut quotes, mut wrong) = (0, Vec::new());
    for (page, text) in quoting() {
        let of_source = ["rust", "toml"].map(|language| blocks(&text, language));
        for (before, quote) in of_source.into_iter().flatten() {
            quotes += 1;
            let (file, source) = linked(before);
            if !source.contains(quote) {
                wrong.push(format!("{page}: not in {file}: {quote}"));
            }
        }
    }
    assert!(quotes >= 20, "{quotes} quotes");
    assert_eq!(wrong, [""; 0]);
}

/// What the front page says that the compiler says: the words that the platform's test `compile_fail` holds the compiler to.
#[test]
fn what_the_compiler_says_is_what_a_test_expects_of_it() {
    let (mut programs, mut wrong) = (0, Vec::new());
    for (page, text) in quoting() {
        for (before, said) in blocks(&text, "text") {
            let (file, program) = linked(before);
            if !file.contains("/compile_fail/") {
                continue;
            }
            programs += 1;
            let expected = program.lines().filter_map(|line| line.strip_prefix("//~ "));
            let line = said.lines().find_map(|line| line.split_once(" |  "));
            let quoted = line.is_some_and(|(_, code)| program.contains(code.trim()));
            if !quoted || !expected.clone().all(|words| said.contains(words)) {
                wrong.push(format!("{page}: not of {file}: {said}"));
            }
        }
    }
    // The front page of a service has none.
    let template = root().join("cargo-generate.toml").exists();
    assert_eq!(programs, usize::from(template));
    assert_eq!(wrong, [""; 0]);
}

/// `cargo test --package fixture --test api tls::plain`: what it runs, by its name.
pub fn runs<'t>(command: &str, tests: &'t BTreeMap<String, source::Test>) -> Vec<&'t String> {
    let (command, of_tests) = command.split_once(" -- ").unwrap_or((command, ""));
    let words: Vec<&str> = command.split_whitespace().collect();
    let after = |option: &str| {
        let at = words.iter().position(|word| *word == option)?;
        words.get(at + 1).copied()
    };
    let package = after("--package").unwrap_or("service");
    let binary = if words.contains(&"--lib") {
        "lib"
    } else {
        after("--test").unwrap_or_default()
    };
    let prefix = format!("{package} {binary} ");
    let filter = match words.as_slice() {
        [.., option, _] if ["--package", "--test"].contains(option) => "",
        [.., "--lib"] | [] => "",
        [.., filter] => filter,
    };
    let ignored = of_tests == "--ignored";
    let named = tests.iter().filter(|(name, test)| {
        let path = name.strip_prefix(&prefix);
        path.is_some_and(|path| path.contains(filter)) && test.ignored == ignored
    });
    named.map(|(name, _)| name).collect()
}

/// What the reader of the book has set up: the names of variables and functions, each as it is assigned.
fn set_up() -> Vec<String> {
    let page = fs::read_to_string(root().join("docs/book/README.md")).unwrap();
    let (_, section) = page.split_once("\n## Set up\n").unwrap();
    let pasted = quoted(section).filter(|word| word.ends_with('=') || word.ends_with("()"));
    let typed = blocks(section, "sh").into_iter();
    let typed = typed.flat_map(|(_, block)| block.split_whitespace());
    let assigned = typed.filter_map(assigned);
    pasted.chain(assigned).map(ToOwned::to_owned).collect()
}

/// `NAME=` of the word `NAME=value`, and `name()`.
fn assigned(word: &str) -> Option<&str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    let end = word.find(|c| !plain(c)).filter(|end| *end > 0)?;
    let (name, rest) = word.split_at(end);
    let mark = ["()", "="]
        .into_iter()
        .find(|mark| rest.starts_with(mark))?;
    word.get(..name.len() + mark.len())
}

/// A page that assigns one of them breaks the pages that are read after it in the same terminal.
#[test]
fn no_page_assigns_what_the_set_up_does() {
    let names = set_up();
    for name in [
        "URL=", "api()", "BODY=", "DATA=", "HOST=", "ADMIN=", "token()",
    ] {
        assert!(names.iter().any(|known| known == name), "{name}: {names:?}");
    }
    let (mut read, mut wrong) = (0, Vec::new());
    for (page, text) in texts(&tree(), ".md") {
        if !text.contains("README.md#set-up") {
            continue;
        }
        read += 1;
        let of_commands = ["console", "sh"].map(|language| blocks(&text, language));
        for (_, block) in of_commands.into_iter().flatten() {
            let words = block.split_whitespace().filter_map(assigned);
            let taken = words.filter(|word| names.iter().any(|name| name == word));
            wrong.extend(taken.map(|word| format!("{page}: {word}")));
        }
    }
    assert!(read >= 30, "{read} pages");
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn every_command_that_runs_a_test_runs_one() {
    let tests = source::tests();
    let (mut commands, mut wrong) = (0, Vec::new());
    for (page, text) in pages() {
        let lines = blocks(&text, "sh")
            .into_iter()
            .flat_map(|(_, block)| block.lines());
        for line in lines.filter(|line| line.starts_with("cargo test ")) {
            commands += 1;
            if runs(line, &tests).is_empty() {
                wrong.push(format!("{page}: {line}"));
            }
        }
    }
    assert!(commands >= 20, "{commands} commands");
    assert_eq!(wrong, [""; 0]);
}

/// Between the marks of a page stands what the catalogue has: `UPDATE=1` writes it.
#[test]
fn what_takes_a_control_out_is_that_of_the_catalogue() {
    const END: &str = "<!-- /take out -->";
    let (catalogue, tests) = (Catalogue::read(), source::tests());
    for (page, text) in pages() {
        let mut whole = String::new();
        let mut parts = text.split("<!-- take out: ");
        whole.push_str(parts.next().unwrap());
        for part in parts {
            let (ids, rest) = part.split_once(" -->").expect(&page);
            let (_, rest) = rest.split_once(END).expect(&page);
            let made = take_out::section(&catalogue, &tests, ids.split(", "));
            whole.push_str(&["<!-- take out: ", ids, " -->\n", &made, END, rest].concat());
        }
        hold(&page, &whole);
    }
}
