//! What containment costs a request of somebody who is not contained. Printed, not asserted:
//! `just containment-cost`.

use std::{
    fs,
    hint::black_box,
    time::{Duration, Instant},
};

use actix_web::{rt::System, test::TestRequest};
use tempfile::TempDir;
use time::OffsetDateTime;

use super::*;
use crate::{
    audit::Journal,
    auth::{AccessTable, Credential, CredentialKind, Identity, Names, Principal, credential},
    clock::{Clock, SystemClock},
    config,
    containment::{
        NewRestriction, RestrictionTarget, RevocationTarget,
        revocation::{End, Entry},
    },
    db,
    http::context::RequestContext,
};

const ISSUER: &str = "https://id.example.com";
static ACCESS: AccessTable = AccessTable::new(&[], &[], &[]);

async fn opened(files: &TempDir) -> Arc<Containment> {
    let settings = config::load(&config::Sources::default(), &[]).unwrap();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let journal = Journal::open(&settings.audit, files.path(), clock.clone()).unwrap();
    let (database, data_dir) = (&settings.database, files.path());
    db::migrate(database, data_dir, db::Migrations::NONE)
        .await
        .unwrap();
    let connections = db::connect(database, data_dir).await.unwrap();
    let opened = Containment::open(&connections, &settings, journal, clock);
    opened.await.unwrap()
}

/// A request as it is behind authentication.
fn request(containment: &Arc<Containment>) -> HttpRequest {
    let identity = Identity {
        issuer: ISSUER.into(),
        subject: "alice".into(),
    };
    let caller = Principal {
        credential: Credential {
            kind: CredentialKind::AccessToken,
            names: Names::of_token(&identity, "web", "1", "key"),
            id: "1".into(),
            client: Some("web".into()),
            acting_party: None,
            issued_at: OffsetDateTime::UNIX_EPOCH,
        },
        identity,
        roles: Vec::new(),
        permissions: crate::auth::Permissions::default(),
        access: &ACCESS,
        authenticated_at: None,
        acr: None,
        lacks_acr: None,
    };
    let enforced = Data::new(Enforced::all(containment.clone()));
    let request = TestRequest::get().app_data(enforced);
    let request = request
        .peer_addr(([192, 0, 2, 1], 443).into())
        .to_http_request();
    let caller = Arc::new(caller);
    RequestContext::write(&request, |context| context.caller = Some(caller));
    request
}

/// The median of many rounds, in nanoseconds.
fn nanoseconds(request: &HttpRequest) -> u128 {
    const ROUND: u32 = 10_000;
    let round = || {
        let begun = Instant::now();
        for _ in 0..ROUND {
            black_box(enforce(black_box(request))).unwrap();
        }
        begun.elapsed()
    };
    let mut rounds: Vec<Duration> = (0..101).map(|_| round()).collect();
    rounds.sort_unstable();
    rounds[50].as_nanos() / u128::from(ROUND)
}

/// Bytes of this process that are in memory.
fn resident() -> usize {
    let pages = fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

fn restriction(number: u32) -> NewRestriction {
    let (target, issuer, name) = match number % 4 {
        0 => (
            RestrictionTarget::Subject,
            ISSUER,
            format!("mallory-{number}"),
        ),
        1 => (
            RestrictionTarget::Client,
            ISSUER,
            format!("client-{number}"),
        ),
        2 => (RestrictionTarget::ApiKey, "", format!("key-{number}")),
        _ => {
            let [_, _, a, b] = number.to_be_bytes();
            (RestrictionTarget::Network, "", format!("203.{a}.{b}.0/24"))
        }
    };
    NewRestriction {
        target,
        issuer: issuer.to_owned(),
        name,
        action: Action::Block,
        per_minute: None,
        reason: "a measurement".to_owned(),
        ticket: "INC-1".to_owned(),
        author: Identity {
            issuer: ISSUER.into(),
            subject: "olga".into(),
        },
        duration: time::Duration::HOUR,
    }
}

#[test]
#[ignore = "a measurement"]
#[expect(clippy::print_stdout, reason = "a measurement is printed")]
fn containment_cost() {
    let files = TempDir::new().unwrap();
    System::new().block_on(async {
        let containment = opened(&files).await;
        let request = request(&containment);
        println!(
            "nothing is restricted or revoked: {} ns a request",
            nanoseconds(&request)
        );
        for number in 0..1000 {
            containment.restrict(&restriction(number)).await.unwrap();
        }
        println!(
            "1000 restrictions of others:      {} ns",
            nanoseconds(&request)
        );
        let before = resident();
        let tokens: Vec<Entry> = (0..1_000_000)
            .map(|number| token(&number.to_string()))
            .collect();
        let restrictions = containment.restrictions();
        let next = containment.snapshot().next(restrictions, &tokens);
        drop(tokens);
        containment.current.publish(next);
        println!(
            "and 1 000 000 revoked tokens:     {} ns",
            nanoseconds(&request)
        );
        let bytes = resident().saturating_sub(before);
        println!("their memory: {} bytes each", bytes / 1_000_000);
    });
}

fn token(id: &str) -> Entry {
    Entry {
        target: RevocationTarget::Token,
        matched: credential::token(ISSUER, &format!("other-{id}")),
        end: End {
            issued_until: i64::MAX,
            kept_until: i64::MAX,
        },
    }
}
