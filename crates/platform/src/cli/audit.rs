//! `audit verify`: holds a journal against itself, and against what was kept elsewhere.
//!
//! It reads no configuration, so that it can run where the journal was shipped to.

mod union;

use std::{fs, path::PathBuf};

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use union::Union;

use super::refused::{Refused, one, typed_wrong};
use crate::audit::{LatestCheckpoint, PublicKey, Report, Request, VerifyError, journals, verify};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Check the chain, the checkpoints and the attempts of a journal; name the first bad line
    Verify(Arguments),
}

#[derive(Args)]
pub(super) struct Arguments {
    /// The journal's files, oldest first: data/audit-*.jsonl data/audit.jsonl. Files of several names are
    /// several journals; a directory is one replica's
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A public key of the checkpoints, such as audit.pub; may be repeated
    #[arg(long, value_name = "FILE")]
    key: Vec<PathBuf>,
    /// A checkpoint that the journal must hold (default: the .head beside the last file, if it does)
    #[arg(long, value_name = "FILE")]
    head: Option<PathBuf>,
}

pub(super) fn run(command: Command) -> Result<(), Refused> {
    let Command::Verify(arguments) = command;
    let keys = arguments.key.iter().map(|file| PublicKey::read(file));
    let keys = keys.collect::<Result<Vec<_>, _>>().map_err(one)?;
    let journals = journals::of(&arguments.files).map_err(one)?;
    let several = journals.len() > 1;
    if several && arguments.head.is_some() {
        return Err(typed_wrong(
            "--head is the checkpoint of one journal: give the files of one",
        ));
    }
    let mut union = Union::default();
    let mut faults = Vec::new();
    for journal in journals {
        let name = journal.name;
        match one_journal(journal.files, arguments.head.clone(), &keys) {
            Ok((report, words)) => {
                if several {
                    println!("journal {name}");
                }
                println!("{words}");
                union.add(&name, &report);
            }
            Err(error) => faults.push(error.to_string()),
        }
    }
    if several {
        println!("{}", union.summary());
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.into_iter().collect())
    }
}

/// What a sound journal holds, and what is to be said of it.
fn one_journal(
    files: Vec<PathBuf>,
    head: Option<PathBuf>,
    keys: &[PublicKey],
) -> Result<(Report, String), VerifyError> {
    let newer = head.is_none();
    let head_file = head.or_else(|| {
        let beside = files.last()?.with_extension("head");
        beside.exists().then_some(beside)
    });
    let latest_checkpoint = head_file
        .as_ref()
        .map(|file| LatestCheckpoint::read(file, keys));
    let request = Request {
        latest_checkpoint: latest_checkpoint.transpose()?,
        files,
        keys: keys.to_vec(),
        newer,
    };
    let sizes = request.files.iter().flat_map(fs::metadata);
    let bar = ProgressBar::new(sizes.map(|file| file.len()).sum());
    if let Ok(style) =
        ProgressStyle::with_template("{bar:40} {percent}% {bytes_per_sec}, {eta} left")
    {
        bar.set_style(style);
    }
    let verified = verify(&request, |bytes| bar.set_position(bytes));
    bar.finish_and_clear();
    let report = verified?;
    let words = summary(&report, &request, head_file).join("\n");
    Ok((report, words))
}

fn summary(report: &Report, request: &Request, head_file: Option<PathBuf>) -> Vec<String> {
    let seen = &report.seen;
    let (first, since) = seen.first.as_ref().map_or((0, ""), |(seq, ts)| (*seq, ts));
    let until = seen.last.as_deref().unwrap_or_default();
    let mut lines = vec![
        format!(
            "sound: {} lines, {first} to {}, {since} to {until}",
            seen.lines, report.last_seq
        ),
        match seen.instances.as_slice() {
            [] => "written by: no process that began in these files".to_owned(),
            instances => format!("written by: {}", instances.join(", ")),
        },
        match request.keys.len() {
            0 => format!(
                "checkpoints: {}, signatures not checked (give --key FILE)",
                seen.checkpoints
            ),
            _ => format!("checkpoints: {}, signatures verified", seen.checkpoints),
        },
        match request.keys.len() {
            0 => format!("lines after the last checkpoint: {}", seen.unsigned),
            _ => format!("lines after the last signed checkpoint: {}", seen.unsigned),
        },
        match head_file {
            Some(file) if seen.latest_checkpoint => {
                format!("end: holds the checkpoint of {}", file.display())
            }
            Some(file) => format!(
                "end: the checkpoint of {} is older than these files",
                file.display()
            ),
            None => "end: not checked, lines may be missing after the last (give --head FILE)"
                .to_owned(),
        },
        match seen.orphan_count {
            0 => "attempts without an outcome: 0".to_owned(),
            count => format!(
                "attempts without an outcome: {count} (the process ended or gave up between the two: \
                 look whether the change was made)"
            ),
        },
    ];
    for orphan in &seen.orphans {
        lines.push(format!(
            "  {} at {}: {}, request {}",
            orphan.seq,
            orphan.ts,
            orphan.action.as_deref().unwrap_or("-"),
            orphan
                .request_id
                .map_or("-".to_owned(), |id| id.to_string()),
        ));
    }
    lines.extend(and_more(seen.orphans.len(), seen.orphan_count));
    if report.open > 0 {
        lines.push(format!("attempts not ended when read: {}", report.open));
    }
    if seen.gap_count > 0 {
        let numbers: Vec<String> = seen.gaps.iter().map(u64::to_string).collect();
        lines.push(format!(
            "gaps that the journal itself reports: {}, at {}",
            seen.gap_count,
            numbers.join(", ")
        ));
        lines.extend(and_more(seen.gaps.len(), seen.gap_count));
    }
    lines
}

fn and_more(listed: usize, count: u64) -> Option<String> {
    let more = count.saturating_sub(listed as u64);
    (more > 0).then(|| format!("  and {more} more"))
}
