//! From turns to a table: medians, and ratios of numbers that were measured in one round.

use std::{
    collections::BTreeMap,
    fmt::{self, Write},
    time::Duration,
};

use super::{Engine, Options, variant::Variant};

/// The goals: what a core answers with the full stack, as a share of the bare servers'. A server that is asked
/// over a socket costs a bare server more, so less of the share is ours.
fn goals(engine: Engine) -> [(Variant, f64); 2] {
    let of_tuned = match engine {
        Engine::Sqlite => 0.9,
        Engine::Postgres => 0.95,
    };
    [(Variant::Bare, 1.2), (Variant::BareTuned, of_tuned)]
}
/// A spread above this is not to be quoted.
const WIDE: f64 = 0.1;

/// One turn of one server.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    pub requests_per_second: f64,
    /// Processor time a request, in microseconds.
    pub server: f64,
    /// The part of its core that the server had.
    pub busy: f64,
    /// Latencies in microseconds.
    pub median: f64,
    pub p99: f64,
}

impl Measured {
    pub fn of(mut latencies: Vec<Duration>, time: Duration, server: Duration) -> Self {
        latencies.sort_unstable();
        let requests = latencies.len();
        let count = f64::from(u32::try_from(requests).unwrap_or(u32::MAX));
        let at = |part: usize| latencies.get(requests * part / 100).map_or(0.0, micros);
        Self {
            requests_per_second: count / time.as_secs_f64(),
            server: micros(&server) / count,
            busy: server.as_secs_f64() / time.as_secs_f64(),
            median: at(50),
            p99: at(99),
        }
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rate, server, busy) = (self.requests_per_second, self.server, self.busy * 100.0);
        write!(f, "{rate:7.0}/s  {server:6.1} µs  busy {busy:3.0} %")
    }
}

/// What a variant came to. Ratios and differences are medians of those of each round.
pub struct Row {
    pub variant: Variant,
    requests_per_second: f64,
    /// Requests a second, of those of the bare servers.
    seen_of_bare: f64,
    seen_of_tuned: f64,
    /// Processor time a request, in microseconds.
    server: f64,
    /// Requests that the same processor time is enough for, of those of the bare servers.
    pub of_bare: f64,
    of_tuned: f64,
    /// Processor time a request, more than `bare-tuned`'s.
    more: f64,
    /// Processor time a request that the full stack has more than this.
    saved: f64,
    median: f64,
    p99: f64,
    /// From the first to the third quartile of `of_tuned`, as a share of the median.
    spread: f64,
}

/// The whole.
pub struct Report {
    pub rows: Vec<Row>,
    engine: Engine,
    /// The part of their core that the servers had.
    busy: f64,
}

impl Report {
    pub fn of(turns: &BTreeMap<Variant, Vec<Measured>>, engine: Engine) -> Self {
        let turns_of = |variant| turns.get(&variant).map_or(&[][..], Vec::as_slice);
        let rows = turns.iter().map(|(variant, own)| {
            let beside = |other, part, of: fn(&Measured, &Measured) -> f64| {
                let pairs = own.iter().zip(turns_of(other));
                quantile(pairs.map(|(own, other)| of(own, other)), part)
            };
            let column = |of: fn(&Measured) -> f64| quantile(own.iter().map(of), 0.5);
            let seen = |own: &Measured, other: &Measured| {
                own.requests_per_second / other.requests_per_second
            };
            let capacity = |own: &Measured, other: &Measured| other.server / own.server;
            let more = |own: &Measured, other: &Measured| own.server - other.server;
            let of_tuned = |part| beside(Variant::BareTuned, part, capacity);
            Row {
                variant: *variant,
                requests_per_second: column(|one| one.requests_per_second),
                seen_of_bare: beside(Variant::Bare, 0.5, seen),
                seen_of_tuned: beside(Variant::BareTuned, 0.5, seen),
                server: column(|one| one.server),
                of_bare: beside(Variant::Bare, 0.5, capacity),
                of_tuned: of_tuned(0.5),
                more: beside(Variant::BareTuned, 0.5, more),
                saved: -beside(Variant::Full, 0.5, more),
                median: column(|one| one.median),
                p99: column(|one| one.p99),
                spread: (of_tuned(0.75) - of_tuned(0.25)) / of_tuned(0.5),
            }
        });
        Self {
            rows: rows.collect(),
            engine,
            busy: quantile(turns.values().flatten().map(|one| one.busy), 0.5),
        }
    }

    /// Whether the goals are reached.
    pub fn verdict(&self) -> String {
        let full = self.rows.iter().find(|row| row.variant == Variant::Full);
        let Some(full) = full else {
            return "The full stack was not measured.".to_owned();
        };
        let against = goals(self.engine).map(|(other, goal)| {
            let ratio = if other == Variant::Bare {
                full.of_bare
            } else {
                full.of_tuned
            };
            let outcome = if ratio >= goal { "reached" } else { "missed" };
            format!(
                "{ratio:.2} times those of `{}` (goal {goal}: {outcome})",
                other.name()
            )
        });
        format!(
            "A core answers {} with the full stack.",
            against.join(" and ")
        )
    }

    pub fn markdown(&self, options: &Options, machine: &str) -> String {
        let mut text = String::from(HEAD);
        if self.engine == Engine::Postgres {
            text.push_str(OF_POSTGRES);
        }
        // Writing to a String cannot fail.
        self.write(&mut text, options, machine).ok();
        text
    }

    fn write(&self, text: &mut String, options: &Options, machine: &str) -> fmt::Result {
        writeln!(text, "**{}**\n", self.verdict())?;
        writeln!(
            text,
            "![What a core answers, of the bare server's](cost.svg)\n"
        )?;
        writeln!(
            text,
            "| server | CPU µs | more than `bare-tuned` | × `bare` | × `bare-tuned` | spread \
             | requests/s seen | × `bare` | × `bare-tuned` | p50 µs | p99 µs |\n\
             |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
        )?;
        for row in &self.rows {
            writeln!(
                text,
                "| `{}` | {:.1} | {:+.1} | {:.2} | {:.2} | {:.0} % | {:.0} | {:.2} | {:.2} | {:.0} | {:.0} |",
                row.variant.name(),
                row.server,
                row.more,
                row.of_bare,
                row.of_tuned,
                row.spread * 100.0,
                row.requests_per_second,
                row.seen_of_bare,
                row.seen_of_tuned,
                row.median,
                row.p99,
            )?;
        }
        writeln!(
            text,
            "\n| server | saves, CPU µs | what it is |\n|---|--:|---|"
        )?;
        for row in &self.rows {
            let saved = if row.variant.lacks_a_layer() {
                format!("{:.1}", row.saved)
            } else {
                String::new()
            };
            let (name, about) = (row.variant.name(), row.variant.about());
            writeln!(text, "| `{name}` | {saved} | {about} |")?;
        }
        writeln!(
            text,
            "\n{} rounds of {} s a server after {} s of warm-up, {} connections; callers: {}. {machine}. The \
             servers had {:.0} % of their core.",
            options.rounds,
            options.seconds,
            options.warm_up,
            options.connections,
            options.callers,
            self.busy * 100.0
        )?;
        if self.busy < 0.9 || self.rows.iter().any(|row| row.spread > WIDE) {
            writeln!(
                text,
                "\n**The machine was doing something else**: processor times are inflated, requests a \
                 second and latencies say little. Measure again before you quote this."
            )?;
        }
        Ok(())
    }
}

const HEAD: &str = "# What the hardening costs

Made by `just benchmark`; do not edit. One read, `GET /v1/orders/{id}` over TLS 1.3 with a bearer
token from an allowed origin, the same bytes in the body, the same database. Each server is a
process with one worker on a core of its own; the client has another. All take short turns in every
round; ratios and differences are of numbers of one round, and medians are taken of those.

What a core answers is counted by processor time: the time that the server's threads were on a
processor, a request. Requests a second, as seen, come to the same where nothing else runs. `spread`
is from the first to the third quartile of the ratios to `bare-tuned`.

";

const OF_POSTGRES: &str = "\
PostgreSQL is the server of `tests/servers/postgres` on the same machine. Its own processor time is not counted: it runs
where the machine has room, so requests a second say little here. `full` asks as the owner of a row, under row-level
security; the bare servers ask as a role that no policy binds.

";

fn micros(time: &Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// The value below which that part of `values` lies.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "an index into a few hundred numbers"
)]
fn quantile(values: impl Iterator<Item = f64>, part: f64) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    let at = (values.len() as f64 * part) as usize;
    values.get(at).copied().unwrap_or(f64::NAN)
}
