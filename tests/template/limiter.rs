//! What only a service with actix-governor has (`rate_limiter` in `cargo-generate.toml`): every line that names
//! the library, and in locks every package that nothing else needs.
//!
//! A service whose owner chose governor for its licence must not have the other library even in a lock: who
//! looks for the GPL looks there.

use std::collections::BTreeSet;

const LIBRARY: &str = "actix-governor";
const IF: &str = r#"{% if rate_limiter == "actix-governor" %}"#;
const END: &str = "{% endif %}";

/// The text, in which each line that names the library stands on the condition.
pub fn lines(text: &str) -> String {
    let named = |line: &str| line.replace('_', "-").contains(LIBRARY);
    let conditional = text.split_inclusive('\n').map(|line| match named(line) {
        true => format!("{IF}{line}{END}"),
        false => line.to_owned(),
    });
    conditional
        .collect::<String>()
        .replace(&format!("{END}{IF}"), "")
}

/// The lock, in which each package that only the library needs stands on the condition.
pub fn locked(lock: &str) -> String {
    const ENTRY: &str = "[[package]]";
    let (head, packages) = lock.split_once(ENTRY).unwrap();
    let packages: Vec<&str> = packages.split(ENTRY).collect();
    let needed = needed(&packages);
    let conditional = packages.iter().map(|package| {
        if needed.contains(package) {
            return format!("{ENTRY}{}", lines(package));
        }
        format!("{IF}{ENTRY}{package}{END}")
    });
    format!("{head}{}", conditional.collect::<String>())
}

/// The packages that our own ones reach without the library.
fn needed<'l>(packages: &[&'l str]) -> BTreeSet<&'l str> {
    let ours = packages
        .iter()
        .filter(|package| !package.contains("\nsource = "));
    let mut next: Vec<&str> = ours.copied().collect();
    let mut needed = BTreeSet::new();
    while let Some(package) = next.pop() {
        if value(package, "name") == LIBRARY || !needed.insert(package) {
            continue;
        }
        let lines = package.lines().filter_map(|line| line.strip_prefix(" \""));
        let dependencies = lines.filter_map(|line| line.strip_suffix("\","));
        for dependency in dependencies {
            // `name`, or where there are several, `name version`.
            let mut words = dependency.split(' ');
            let (name, version) = (words.next().unwrap(), words.next());
            next.extend(packages.iter().filter(|package| {
                value(package, "name") == name
                    && version.is_none_or(|version| value(package, "version") == version)
            }));
        }
    }
    needed
}

fn value<'l>(package: &'l str, key: &str) -> &'l str {
    let (_, value) = package.split_once(&format!("\n{key} = \"")).unwrap();
    value.split_once('"').unwrap().0
}

#[test]
fn a_package_that_something_else_needs_too_stands_on_no_condition() {
    let entry = |name: &str, rest: &str| {
        format!("[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\n{rest}\n")
    };
    let from = "source = \"registry\"\n";
    let lock = [
        "version = 4\n\n".to_owned(),
        entry(
            LIBRARY,
            &format!("{from}dependencies = [\n \"alone\",\n \"shared\",\n]\n"),
        ),
        entry("alone", from),
        entry(
            "own",
            "dependencies = [\n \"actix-governor\",\n \"shared\",\n]\n",
        ),
        entry("shared", from),
    ];
    let twin = locked(&lock.concat());
    let rest: Vec<&str> = twin
        .split(IF)
        .map(|part| part.split_once(END).map_or(part, |(_, rest)| rest))
        .collect();
    let rest = rest.concat();
    let expected = [
        lock[0].clone(),
        entry("own", "dependencies = [\n \"shared\",\n]\n"),
        entry("shared", from),
    ];
    assert_eq!(rest, expected.concat());
}
