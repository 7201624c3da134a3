//! `take-outs weak` plays the attacks on a copy of the tree from which every control is taken out: each must succeed.
//! `take-outs alone` takes controls out one at a time and runs the tests that must turn red.
//!
//! Exit code 0: it was so. 1: an attack was held off, or a test stayed green. 2: nothing could be tried.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a terminal"
)]

use std::{fs, path::Path, process::ExitCode, time::Instant};

use attack::{
    Own, html,
    take_outs::{Catalogue, Control, Proof, Record, Tree, page, succeeds},
};
use clap::{Parser, Subcommand};

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Plays the attacks on the weak build; writes docs/weak-build.md
    Weak,
    /// Takes controls out one at a time; writes docs/take-outs.md
    Alone {
        /// A part of them: the first of four is 0/4
        #[arg(long, value_name = "PART/PARTS", value_parser = shard, default_value = "0/1")]
        shard: (usize, usize),
        /// Only these controls, also where the record has them
        controls: Vec<String>,
    },
}

fn shard(text: &str) -> Result<(usize, usize), String> {
    let parsed = text.split_once('/').and_then(|(part, parts)| {
        Some((part.parse::<usize>().ok()?, parts.parse::<usize>().ok()?))
    });
    let shard = parsed.filter(|(part, parts)| part < parts);
    shard.ok_or_else(|| "not a part, such as 0/4".to_owned())
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Weak => weak(Path::new(".")),
        Command::Alone { shard, controls } => alone(Path::new("."), shard, &controls),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn weak(root: &Path) -> Result<bool, String> {
    let root = &absolute(root)?;
    let catalogue = Catalogue::read(root)?;
    let (changes, all) = (catalogue.weakening(), catalogue.changes());
    let tree = Tree::copy(root)?;
    tree.change(&changes, &all)?;
    println!(
        "{} changes are applied; the weak build is made",
        changes.len()
    );
    let ground = Own::program(tree.program()?).ground()?;
    let played = attack::play(
        &ground,
        |_| true,
        |one| {
            let word = if succeeds(one) {
                "succeeds"
            } else {
                "HELD    "
            };
            println!(
                "{word}  {:<5}  {:<38}  {}",
                one.attack.control,
                one.attack.name,
                one.verdict.reason()
            );
        },
    )?;
    let succeeded = played.iter().filter(|one| succeeds(one)).count();
    println!(
        "\n{succeeded} of {} attacks succeed on the weak build",
        played.len()
    );
    let said = |error: std::io::Error| error.to_string();
    fs::write(
        root.join("target/weak/attack.html"),
        html::page("the weak build", &played),
    )
    .map_err(said)?;
    fs::write(root.join("docs/weak-build.md"), page(&played)).map_err(said)?;
    Ok(succeeded == played.len())
}

fn alone(root: &Path, (part, parts): (usize, usize), only: &[String]) -> Result<bool, String> {
    let root = &absolute(root)?;
    let catalogue = Catalogue::read(root)?;
    let all = catalogue.changes();
    let tree = Tree::copy(root)?;
    let mut record = Record::read(root);
    let mut proven = true;
    let controls = catalogue
        .control
        .iter()
        .filter(|control| !control.take_out.is_empty());
    let of_part = controls.enumerate().filter(|(at, _)| at % parts == part);
    for (_, control) in of_part {
        let fingerprint = control.fingerprint(root);
        let known = record
            .0
            .get(&control.id)
            .is_some_and(|proof| proof.fingerprint == fingerprint && proof.red == proof.of);
        if !only.is_empty() && !only.contains(&control.id) || only.is_empty() && known {
            continue;
        }
        let started = Instant::now();
        tree.change(&control.changes(), &all)?;
        let proof = match taken_out(&tree, control, fingerprint) {
            Ok(proof) => proof,
            // The others are worth the rest of the night.
            Err(error) => {
                println!("{error}");
                proven = false;
                continue;
            }
        };
        let seconds = started.elapsed().as_secs();
        println!(
            "{}  {} of {} red  {seconds} s",
            control.id, proof.red, proof.of
        );
        proven &= proof.red == proof.of;
        record.0.insert(control.id.clone(), proof);
        record.write(root, &catalogue)?;
    }
    tree.change(&[], &all)?;
    record.write(root, &catalogue)?;
    Ok(proven)
}

fn taken_out(tree: &Tree, control: &Control, fingerprint: String) -> Result<Proof, String> {
    let tests = control.red();
    let mut red = 0;
    for test in &tests {
        let is_red = tree.turns_red(test);
        let is_red = is_red.map_err(|error| format!("{}: {error}", control.id))?;
        if !is_red {
            println!("{}  STAYS GREEN  {test}", control.id);
        }
        red += usize::from(is_red);
    }
    Ok(Proof {
        fingerprint,
        red,
        of: tests.len(),
    })
}

fn absolute(root: &Path) -> Result<std::path::PathBuf, String> {
    root.canonicalize().map_err(|error| error.to_string())
}
