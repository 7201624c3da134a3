//! The machine: its cores, its clocks, its name.

use std::fs;

use anyhow::bail;
use nix::{
    sched::{CpuSet, sched_getaffinity, sched_setaffinity},
    unistd::Pid,
};

/// One core for the server, one for the client.
pub fn two_cores() -> anyhow::Result<[usize; 2]> {
    let allowed = sched_getaffinity(Pid::from_raw(0))?;
    let mut cores = (0..CpuSet::count()).filter(|core| allowed.is_set(*core).unwrap_or(false));
    match (cores.next(), cores.next()) {
        (Some(server), Some(client)) => Ok([server, client]),
        _ => bail!("this needs two cores: on one, the client would be measured too"),
    }
}

/// Keeps this thread, and those that it starts, on `core`.
pub fn stay_on(core: usize) -> anyhow::Result<()> {
    let mut set = CpuSet::new();
    set.set(core)?;
    Ok(sched_setaffinity(Pid::from_raw(0), &set)?)
}

/// Model and number of processors, kernel, and how busy it is.
pub fn describe() -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let processors = read("/proc/cpuinfo");
    let models = || {
        processors
            .lines()
            .filter(|line| line.starts_with("model name"))
    };
    let model = models().next().and_then(|line| line.split_once(':'));
    let kernel = read("/proc/sys/kernel/osrelease");
    let load = read("/proc/loadavg");
    format!(
        "{} × {}, Linux {}, load average at the end {}",
        models().count(),
        model.map_or("unknown", |(_, model)| model.trim()),
        kernel.trim(),
        load.split(' ').next().unwrap_or_default(),
    )
}
