//! A service that runs elsewhere, such as in a container: the claims of the suite hold there too.
//!
//! With `TEST_AT=https://localhost:8443`, `TEST_AT_CA=ca.pem` and `TEST_AT_KEY=token-signing.key` they ask that
//! service: the files are the authority of its certificate and the key of an issuer that it trusts. Each claim prints
//! that it is held, or that it is passed over and what it needs. What a claim needs stands in the list of claims: one
//! that needs anything else fails, so that no claim is passed over unseen.

use std::{
    any::Any,
    cell::Cell,
    env, fmt,
    net::SocketAddr,
    panic::{catch_unwind, resume_unwind},
    path::PathBuf,
    thread,
};

use time::Duration;

use crate::Response;

/// The longest time that a claim waits for, where no clock is moved.
const MOMENT: Duration = Duration::seconds(2);

/// What a claim needs that a service elsewhere does not have for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Settings that it chooses.
    Settings,
    /// A clock that it moves.
    Clock,
    /// What only a service of this process has: its files, its database, its admin listener, its end.
    ServiceOfItsOwn,
    /// It reads the route table, the document or the migrations, and asks no service.
    NoService,
}

impl fmt::Display for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Settings => "passed over: needs settings that it chooses",
            Self::Clock => "passed over: needs a clock that it moves",
            Self::ServiceOfItsOwn => "passed over: needs a service that was started for it",
            Self::NoService => "asks no service",
        })
    }
}

/// Where it is.
pub(crate) struct Elsewhere {
    pub address: SocketAddr,
    /// The authority of its certificate.
    pub ca: PathBuf,
    /// The key of its issuer.
    pub key: PathBuf,
}

impl Elsewhere {
    /// The one that the environment names.
    pub fn named() -> Option<Self> {
        let url = env::var("TEST_AT").ok()?;
        let port = url.strip_prefix("https://localhost:");
        let port = port.and_then(|port| port.trim_end_matches('/').parse().ok());
        let file = |name| env::var_os(name).unwrap_or_else(|| panic!("TEST_AT without {name}"));
        Some(Self {
            address: SocketAddr::from((
                [127, 0, 0, 1],
                port.expect("TEST_AT=https://localhost:PORT"),
            )),
            ca: file("TEST_AT_CA").into(),
            key: file("TEST_AT_KEY").into(),
        })
    }
}

thread_local! {
    /// Whether the claim of this thread has asked a service elsewhere.
    static ASKED: Cell<bool> = const { Cell::new(false) };
}

/// A claim asks the service.
pub(crate) fn asked() {
    ASKED.set(true);
}

/// Ends a claim that needs what a service elsewhere does not have.
pub(crate) fn needs(what: Needs) -> ! {
    resume_unwind(Box::new(what))
}

/// Whether a gateway has refused this as an attack, before the service could say what is wrong with it: where
/// `TEST_AT_GATEWAY` says that one stands in front. A claim about what is hostile holds then, too.
#[expect(clippy::print_stdout, reason = "what is stopped is said")]
pub(crate) fn stopped_by_a_gateway(answer: &Response, what: &str) -> bool {
    let stopped = env::var_os("TEST_AT_GATEWAY").is_some()
        && answer.status == 403
        && answer.json()["type"] == "/problems/refused";
    if stopped {
        println!("stopped by the gateway: {what}");
    }
    stopped
}

/// Lets time pass at a service elsewhere.
pub(crate) fn wait(time: Duration) {
    if time > MOMENT {
        needs(Needs::Clock);
    }
    thread::sleep(time.unsigned_abs());
}

/// Carries a claim out that is listed with this need.
#[expect(clippy::print_stdout, reason = "what is passed over is said")]
pub fn carry_out(claim: fn(), listed: Option<Needs>) {
    if Elsewhere::named().is_none() {
        return claim();
    }
    ASKED.set(false);
    let ended = catch_unwind(claim);
    let needed = match ended {
        Err(cause) => Some(passed_over(cause)),
        Ok(()) if ASKED.get() => None,
        Ok(()) => Some(Needs::NoService),
    };
    match (needed, listed) {
        (None, None) => println!("held"),
        (Some(Needs::NoService), None) => println!("no case: no resource has what it is about"),
        (Some(what), Some(listed)) if what == listed => println!("{what}"),
        _ => panic!("listed with {listed:?}, and needs {needed:?}"),
    }
}

/// Why a claim ended early; one that does not hold goes on failing.
fn passed_over(cause: Box<dyn Any + Send>) -> Needs {
    match cause.downcast() {
        Ok(needs) => *needs,
        Err(failure) => resume_unwind(failure),
    }
}
