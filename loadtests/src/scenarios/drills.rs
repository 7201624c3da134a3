//! The incident, timed: an operator types a word, one caller is stopped in both processes on the database, and
//! another caller works on.
//!
//! The time runs from the operator's key stroke, so it has the start of the program, the handshake and the change
//! in it. The suspect asks both processes all the time, also while nobody is contained: the rounds that are
//! compared have the same load.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    Stage,
    abuser::{best, latency, one},
    order,
};
use crate::{
    crowd::{self, Group, Tally},
    probe::{ask, statuses},
    quotas::Quotas,
    report::Findings,
    service::{Program, Service},
    target::{TOKEN_PATH, Target},
};

pub const ABOUT: &str = "Two processes on one database. An operator contains a caller by the word that \
    docs/incident-response.md has, while another caller reads 80 times a second.";

/// What containment promises, for every process.
const PROMISED: Duration = Duration::from_secs(1);
/// Between two requests of the suspect at one process.
const PAUSE: Duration = Duration::from_millis(10);
/// What the other caller may notice: this many times the latency before, or so many milliseconds.
const SLOWER: f64 = 2.0;
const NOTICED_MS: f64 = 5.0;

/// A measure of the page.
#[derive(Debug, Clone, Copy)]
enum Measure {
    Block,
    Throttle,
    RevokeToken,
    RevokeKey,
}

impl Measure {
    const ALL: [Self; 4] = [
        Self::Block,
        Self::Throttle,
        Self::RevokeToken,
        Self::RevokeKey,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Block => "block a subject",
            Self::Throttle => "throttle a subject",
            Self::RevokeToken => "revoke a token",
            Self::RevokeKey => "revoke an API key",
        }
    }

    /// The status that the suspect meets then.
    fn refused(self) -> u16 {
        match self {
            Self::Block => 403,
            Self::Throttle => 429,
            Self::RevokeToken | Self::RevokeKey => 401,
        }
    }

    /// What the operator types after `admin`.
    fn line(self, suspect: &Suspect) -> String {
        let id = &suspect.id;
        let line = match self {
            Self::Block => format!("restrict --subject {id} --action block --for 1h"),
            Self::Throttle => {
                format!("restrict --subject {id} --action throttle --per-minute 60 --for 1h")
            }
            Self::RevokeToken => format!("revoke --token-id {id}"),
            Self::RevokeKey => return format!("api-key revoke {id}"),
        };
        line + " --reason drill --ticket DRILL-1"
    }
}

/// Who is contained: what the word names, and what the suspect sends.
struct Suspect {
    id: String,
    credential: String,
}

pub async fn run(stage: &Stage) -> Result<Findings> {
    let mut findings = Findings::default();
    let program: &Program = stage.program()?;
    let elsewhere = program.start(&Quotas::far()).await?;
    // The one that the operator speaks to, and that the other caller uses.
    let here = program.start_beside(&elsewhere, &Quotas::far()).await?;
    let seconds = stage.profile.choose(3, 10);
    let token: Arc<str> = here.editor("alice")?.into();
    let path = order(here.target()?, &token).await?;
    let alice = Group {
        name: "alice",
        users: 4,
        per_second: Some(20.0),
        expected: 200,
        question: Arc::new(move |target, client, _| target.get(client, &path).bearer_auth(&token)),
    };

    let (mut before, mut during) = (Vec::new(), Vec::new());
    for measure in Measure::ALL {
        let suspect = suspect(measure, &here).await?;
        let round = Round {
            processes: [here.target()?, elsewhere.target()?],
            seconds,
            alice: &alice,
            suspect: &suspect,
            refused: measure.refused(),
        };
        let (calm, free) = round.with(async { Ok(()) }).await?;
        ensure!(
            free.iter().all(|seen| seen.refused.is_none()),
            "{}: refused before",
            measure.name()
        );
        let line = measure.line(&suspect);
        let words: Vec<&str> = line.split(' ').collect();
        let mut typed = Instant::now();
        let contain = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            typed = Instant::now();
            here.types(&words).await
        };
        let (stirred, seen) = round.with(contain).await?;
        judge(&mut findings, measure, typed, &seen, (&calm, &stirred));
        before.push(calm);
        during.push(stirred);
    }
    let (calm, stirred) = (best(&before), best(&during));
    findings.check(
        "the other caller hardly notices",
        stirred.1 <= (calm.1 * SLOWER).max(calm.1 + NOTICED_MS),
        format!("{} before, {} during", latency(calm), latency(stirred)),
    );
    here.stop().await?;
    elsewhere.stop().await?;
    Ok(findings)
}

fn judge(
    findings: &mut Findings,
    measure: Measure,
    typed: Instant,
    seen: &[Seen; 2],
    (calm, stirred): (&Tally, &Tally),
) {
    let name = measure.name();
    let took = seen
        .each_ref()
        .map(|seen| seen.refused.map(|at| at - typed));
    let milliseconds = took.map(|took| {
        took.map_or("never".to_owned(), |took| {
            format!("{} ms", took.as_millis())
        })
    });
    findings.check(
        format!("{name}: refused in both processes within a second"),
        took.iter()
            .all(|took| took.is_some_and(|took| took <= PROMISED)),
        format!(
            "after {} here, {} elsewhere",
            milliseconds[0], milliseconds[1]
        ),
    );
    // A throttle goes on to let through what it has left.
    if !matches!(measure, Measure::Throttle) {
        let after = |seen: &Seen| statuses(seen.after.clone());
        findings.check(
            format!("{name}: and from then on"),
            seen.iter()
                .all(|seen| seen.after.keys().eq([&measure.refused()])),
            format!("{} here, {} elsewhere", after(&seen[0]), after(&seen[1])),
        );
    }
    findings.check(
        format!("{name}: the other caller is never refused"),
        stirred.with_status(200) == stirred.requests(),
        format!(
            "{}; {} before, {} during",
            stirred.statuses(),
            calm.latency(),
            stirred.latency()
        ),
    );
}

/// A caller of its own for each measure, who has been served once.
async fn suspect(measure: Measure, here: &Service) -> Result<Suspect> {
    let subject = format!("suspect-{}", measure.refused());
    let subject = match measure {
        Measure::RevokeKey => "owner",
        _ => &subject,
    };
    let token = here.editor(subject)?;
    let target = here.target()?;
    let client = target.client()?;
    let served = ask(target.get(&client, TOKEN_PATH).bearer_auth(&token)).await;
    ensure!(served.status == 200, "{subject}: {}", served.status);
    let (id, credential) = match measure {
        Measure::Block | Measure::Throttle => (subject.to_owned(), token),
        Measure::RevokeToken => (here.token_id(subject).await?, token),
        Measure::RevokeKey => api_key(target, &token).await?,
    };
    Ok(Suspect { id, credential })
}

/// Makes an API key; its id and its text.
async fn api_key(target: &Target, token: &str) -> Result<(String, String)> {
    let end = OffsetDateTime::from(std::time::SystemTime::now()) + time::Duration::DAY;
    let content =
        json!({ "name": "a drill", "permissions": [], "expires_at": end.format(&Rfc3339)? });
    let request = target
        .request(&target.client()?, Method::POST, "/v1/api-keys")
        .header("content-type", "application/json")
        .bearer_auth(token)
        .body(content.to_string());
    let made = ask(request).await;
    ensure!(made.status == 201, "no API key: {}", made.status);
    let made: Value = serde_json::from_str(&made.body)?;
    let text = |member: &str| {
        let text = made.get(member).and_then(Value::as_str);
        text.map(ToOwned::to_owned).context("not a key")
    };
    Ok((text("id")?, text("key")?))
}

/// Some seconds in which alice reads, and the suspect asks both processes.
struct Round<'a> {
    processes: [&'a Target; 2],
    seconds: u64,
    alice: &'a Group,
    suspect: &'a Suspect,
    refused: u16,
}

impl Round<'_> {
    /// What alice and the suspect saw, while this happened.
    async fn with(&self, event: impl Future<Output = Result<()>>) -> Result<(Tally, [Seen; 2])> {
        let until = Instant::now() + Duration::from_secs(self.seconds);
        let [here, elsewhere] = self.processes;
        let (alice, happened, here, elsewhere) = tokio::join!(
            crowd::send(here, self.seconds, std::slice::from_ref(self.alice)),
            event,
            self.ask(here, until),
            self.ask(elsewhere, until),
        );
        happened?;
        Ok((one(alice?)?, [here?, elsewhere?]))
    }

    async fn ask(&self, target: &Target, until: Instant) -> Result<Seen> {
        let client = target.client()?;
        let mut seen = Seen::default();
        while Instant::now() < until {
            let request = target.get(&client, TOKEN_PATH);
            let answer = ask(request.bearer_auth(&self.suspect.credential)).await;
            if answer.status == self.refused {
                seen.refused.get_or_insert(answer.received);
            }
            if seen.refused.is_some() {
                *seen.after.entry(answer.status).or_default() += 1;
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(seen)
    }
}

/// What the suspect saw at a process.
#[derive(Default)]
struct Seen {
    /// When first.
    refused: Option<Instant>,
    /// All answers from then on.
    after: BTreeMap<u16, usize>,
}
