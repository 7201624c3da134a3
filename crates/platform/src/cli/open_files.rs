//! As many open files as there may be connections.
//!
//! Shells and service managers hand down a soft limit of 1024, for programs of another age. With it
//! four silent addresses use up all files before the listener is full and can make room.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files that are not connections: database, journal, listeners, and connections that are ending.
const BESIDE: u64 = 512;

/// Raises this process's limit for `connections` as far as the system permits, and says when that is
/// not far enough.
pub(super) fn permit(connections: usize) {
    let needed = BESIDE.saturating_add(connections.try_into().unwrap_or(u64::MAX));
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let Some(permitted) = current.filter(|current| *current < needed) else {
        return;
    };
    let wanted = needed.min(maximum.unwrap_or(u64::MAX));
    let raised = Rlimit {
        current: Some(wanted),
        maximum,
    };
    let permitted = setrlimit(Resource::Nofile, raised).map_or(permitted, |()| wanted);
    if permitted < needed {
        tracing::warn!(
            permitted,
            needed,
            "too few open files for public.limits.connections: raise `ulimit -Hn` or lower it"
        );
    }
}
