//! The process keeps to its own directories: it writes nowhere else, and starts no program.
//!
//! Who takes the process over plants a program or a key where another one reads it, and starts a shell. Landlock
//! (Linux 5.13) refuses both, to root too, and no call of the process takes that back; nor does it get a new privilege
//! from a setuid program. What it may read stays as it is: certificates are replaced behind links, by names
//! that are not known at the start.
//!
//! It holds for the thread that asks and for those that this thread starts, so it comes before every other thread.
//!
//! Controls: CN-04

use std::path::PathBuf;

use crate::config::Settings;

/// How far the kernel keeps the process to its directories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sandbox {
    /// By `sandbox.enabled`.
    Off,
    /// By a kernel that has all that is asked for.
    Whole,
    /// By an older kernel: truncating, or commands to devices, are not bounded.
    Partial,
    /// This kernel has no Landlock.
    Missing,
}

impl Sandbox {
    /// Enters it. `directories` are those that the process may write in.
    ///
    /// # Errors
    /// When the kernel has it and refuses.
    pub fn enter(settings: &Settings, directories: &[PathBuf]) -> Result<Self, String> {
        if settings.sandbox.enabled {
            restrict(directories)
        } else {
            Ok(Self::Off)
        }
    }

    /// The line of the log.
    pub fn say(self) {
        match self {
            Self::Off => tracing::warn!("sandbox: off, by sandbox.enabled"),
            Self::Whole => {
                tracing::info!("sandbox: no program is started, and nothing is written elsewhere");
            }
            Self::Partial => tracing::info!("sandbox: as far as this kernel has it"),
            Self::Missing => tracing::warn!("sandbox: this kernel has none (Landlock)"),
        }
    }
}

#[cfg(target_os = "linux")]
fn restrict(directories: &[PathBuf]) -> Result<Sandbox, String> {
    use landlock::{
        ABI, AccessFs, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus,
        path_beneath_rules,
    };

    // Newer kernels can bound more; this is what the rules below are written for (Linux 6.10).
    let writes = AccessFs::from_write(ABI::V5);
    let enter = || -> Result<RulesetStatus, RulesetError> {
        let ruleset = Ruleset::default().handle_access(writes | AccessFs::Execute)?;
        let rules = path_beneath_rules(directories, writes);
        let restricted = ruleset.create()?.add_rules(rules)?.restrict_self()?;
        Ok(restricted.ruleset)
    };
    match enter() {
        Ok(RulesetStatus::FullyEnforced) => Ok(Sandbox::Whole),
        Ok(RulesetStatus::PartiallyEnforced) => Ok(Sandbox::Partial),
        Ok(RulesetStatus::NotEnforced) => Ok(Sandbox::Missing),
        Err(error) => Err(format!("sandbox: {error}; sandbox.enabled switches it off")),
    }
}

#[cfg(not(target_os = "linux"))]
fn restrict(_: &[PathBuf]) -> Result<Sandbox, String> {
    Ok(Sandbox::Missing)
}

#[cfg(test)]
mod tests {
    use std::{fs, io::ErrorKind, thread};

    use tempfile::TempDir;

    use super::*;

    /// In a thread of its own: the others of the tests stay free.
    #[test]
    #[cfg(target_os = "linux")]
    fn nothing_is_written_elsewhere_and_no_program_is_started() {
        let (own, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let (inside, outside) = (own.path().to_owned(), elsewhere.path().to_owned());
        fs::write(outside.join("there"), "kept").unwrap();
        let confined = thread::spawn(move || {
            let entered = restrict(std::slice::from_ref(&inside)).unwrap();
            if entered == Sandbox::Missing {
                return;
            }
            fs::write(inside.join("journal"), "line").unwrap();
            fs::rename(inside.join("journal"), inside.join("full")).unwrap();
            fs::remove_file(inside.join("full")).unwrap();
            let there = outside.join("there");
            assert_eq!(fs::read_to_string(&there).unwrap(), "kept");
            let refused = [
                fs::write(outside.join("new"), "planted"),
                fs::write(&there, "changed"),
                fs::remove_file(&there),
                fs::create_dir(outside.join("folder")),
            ];
            for attempt in refused {
                assert_eq!(attempt.unwrap_err().kind(), ErrorKind::PermissionDenied);
            }
            #[expect(clippy::disallowed_methods, reason = "it is refused")]
            let shell = std::process::Command::new("/bin/sh")
                .arg("-c")
                .arg("true")
                .status();
            assert_eq!(shell.unwrap_err().kind(), ErrorKind::PermissionDenied);
        });
        confined.join().unwrap();
        assert_eq!(
            fs::read_to_string(elsewhere.path().join("there")).unwrap(),
            "kept"
        );
    }
}
