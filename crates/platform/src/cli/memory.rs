//! What lies in the memory of the process stays there: keys, tokens, the password of the database.
//!
//! A core dump writes them to a disk that outlives them (CWE-528). Another process of the same user reads them, and
//! the environment that this process was started with, in `/proc` or with a debugger. Linux refuses all of that
//! for a process that cannot be dumped.
//!
//! Controls: CF-02, CN-02

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// No core dump of this process, and no other process of the same user looks into it.
///
/// # Errors
/// When the system does not permit it.
pub(super) fn keep_to_itself() -> io::Result<()> {
    let none = Rlimit {
        current: Some(0),
        maximum: getrlimit(Resource::Core).maximum,
    };
    setrlimit(Resource::Core, none)?;
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn it_cannot_be_dumped() {
        use rustix::process::{DumpableBehavior, dumpable_behavior};

        keep_to_itself().unwrap();
        assert_eq!(getrlimit(Resource::Core).current, Some(0));
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    }
}
