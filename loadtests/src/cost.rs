//! What a process spent, from `/proc`: memory now, processor time so far.

use std::{fs, time::Duration};

use anyhow::{Context as _, Result};

/// Resident memory in MiB.
pub fn resident_mib(process: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(kib.context("no VmRSS")?.parse::<f64>()? / 1024.0)
}

/// Seconds of processor time, of the program and of the kernel for it.
pub fn processor_seconds(process: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The second field is the program's name, which may hold spaces; fields are counted behind it.
    let (_, fields) = stat.rsplit_once(')').context("no name")?;
    let mut times = fields.split_whitespace().skip(11);
    let mut ticks = 0.0;
    for _ in 0..2 {
        ticks += times.next().context("no times")?.parse::<f64>()?;
    }
    Ok(ticks / number(rustix::param::clock_ticks_per_second()))
}

/// Time that all threads of a process have spent on a processor (`proc_pid_schedstat(5)`): in
/// nanoseconds, where [`processor_seconds`] counts hundredths of a second. A thread that ended is not in it.
pub fn processor_time(process: u32) -> Result<Duration> {
    let mut total = Duration::ZERO;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        let text = fs::read_to_string(thread?.path().join("schedstat"))?;
        let nanoseconds = text.split(' ').next().context("a schedstat")?;
        total += Duration::from_nanos(nanoseconds.parse()?);
    }
    Ok(total)
}

/// A count as a number to calculate with.
#[must_use]
pub fn number(count: u64) -> f64 {
    // Exact up to 2^53, which no run reaches.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let number = count as f64;
    number
}

/// Only these are counted here, so `usize` converts too.
#[must_use]
pub fn counted(count: usize) -> f64 {
    number(count as u64)
}
