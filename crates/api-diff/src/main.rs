//! `api-diff OLD NEW ACCEPTED` prints, as Markdown, what changes for clients. It fails if a change breaks one
//! and no line of ACCEPTED is that change.

use std::{
    collections::BTreeSet,
    env, fmt, fs,
    io::{self, Write},
    process::ExitCode,
};

use api_diff::{Change, compare};

fn main() -> ExitCode {
    match report() {
        Ok(code) => code,
        Err(error) => {
            // Nobody is left to tell when standard error is gone.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(2)
        }
    }
}

fn report() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [old, new, accepted] = arguments.as_slice() else {
        return Err("usage: api-diff OLD NEW ACCEPTED".into());
    };
    let old = serde_json::from_slice(&fs::read(old)?)?;
    let new = serde_json::from_slice(&fs::read(new)?)?;
    let accepted = fs::read_to_string(accepted)?;
    let accepted: BTreeSet<&str> = accepted.lines().map(str::trim).collect();

    let (breaking, fine): (Vec<Change>, Vec<Change>) = compare(&old, &new)
        .into_iter()
        .partition(|change| change.breaking);
    let (accepted, breaking): (Vec<Change>, Vec<Change>) = breaking
        .into_iter()
        .partition(|change| accepted.contains(change.to_string().as_str()));

    let mut out = io::stdout().lock();
    list(&mut out, "Breaks clients", &breaking)?;
    list(&mut out, "Breaks clients, and is accepted", &accepted)?;
    list(&mut out, "Breaks nobody", &fine)?;
    if breaking.is_empty() && accepted.is_empty() && fine.is_empty() {
        writeln!(out, "The OpenAPI document changes nothing for clients.\n")?;
    }
    Ok(ExitCode::from(u8::from(!breaking.is_empty())))
}

fn list(out: &mut impl Write, title: &str, changes: &[impl fmt::Display]) -> io::Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    writeln!(out, "### {title}\n\n````text")?;
    for change in changes {
        writeln!(out, "{change}")?;
    }
    writeln!(out, "````\n")
}
