//! Detection: a caller who probes is watched, or slowed down, before anybody is awake.
//!
//! A rule counts what honest clients rarely cause, and past its bound it places a restriction that ends by
//! itself. It never blocks: a rule that is wrong must not be an outage. What a rule counts by is a subject or
//! a key that there is, and never a name that a stranger invents, so its memory is bounded as that of quotas
//! is: a million tokens of one caller are one entry.
//!
//! Controls: SE-04, DO-08

mod rule;
mod sightings;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_web::{HttpRequest, dev::ServiceResponse, http::StatusCode};
use dashmap::DashMap;

use self::{rule::Rule, sightings::Sightings};
use super::model::{Action, NewRestriction, RestrictionTarget};
use crate::{
    audit::{Entry, Event, Reason},
    auth::{self, Guess, Identity, Principal, credential},
    clock::Clock,
    config,
    fingerprint::Fingerprint,
    http::{
        audit_trail::request_audit,
        context::{Caller as _, RequestContext, client_address},
        rate_limit::EvictIdle,
    },
};

/// The author of what a rule places; no issuer has this name.
pub(super) const AUTHOR: &str = "detection";

/// The rules, each unless it is off.
pub(super) struct Detection {
    /// Many objects that are not there for the caller: guessing ids (API1:2023).
    absent: Option<Rule>,
    /// Many inputs that break rules: trying what gets through.
    broken: Option<Rule>,
    /// Many rows of other owners, by a permission to read any: an export of everything.
    rows: Option<Rule>,
    /// One token, or API key, from many networks: it was stolen, or is shared.
    networks: Option<(Rule, Sightings)>,
    /// Many secrets or signatures that are not those of one key: guessing, or forging.
    guesses: Option<Rule>,
    throttle_per_minute: i64,
    duration: Duration,
    /// What was told, and until when it is no news.
    told: DashMap<(Reason, Fingerprint), Duration>,
    /// One restriction is placed at a time; what comes meanwhile triggers its rule again.
    placing: AtomicBool,
    clock: Arc<dyn Clock>,
}

/// What a rule has noticed, and what is to be done.
pub(super) struct Detected {
    /// The line about it.
    pub event: Entry,
    /// The line about the restriction.
    pub attempt: Entry,
    /// None where there is nobody to restrict.
    pub restriction: Option<NewRestriction>,
    key: (Reason, Fingerprint),
}

impl Detection {
    /// The rules of the settings.
    pub fn new(settings: &config::Detection, clock: &Arc<dyn Clock>) -> Self {
        let rule = |reason, words, settings| Rule::new(reason, words, settings, clock);
        let networks = settings.many_networks;
        let many_networks = rule(
            Reason::ManyNetworks,
            "a token or key is used from many networks",
            networks,
        );
        Self {
            absent: rule(
                Reason::AbsentObjects,
                "asked for many objects that are not there",
                settings.absent_objects,
            ),
            broken: rule(
                Reason::BrokenRules,
                "sent many inputs that break rules",
                settings.broken_rules,
            ),
            rows: rule(
                Reason::RowsOfOthers,
                "reads many rows of other owners",
                settings.rows_of_others,
            ),
            networks: many_networks.map(|rule| (rule, Sightings::new(networks, clock.clone()))),
            guesses: rule(
                Reason::GuessedKeys,
                "many refused secrets name this key",
                settings.guessed_keys,
            ),
            throttle_per_minute: settings.throttle_per_minute.into(),
            duration: settings.duration,
            told: DashMap::new(),
            placing: AtomicBool::new(false),
            clock: clock.clone(),
        }
    }

    /// The rules that are on.
    fn rules(&self) -> impl Iterator<Item = &Rule> {
        let networks = self.networks.as_ref().map(|(rule, _)| rule);
        let others = [&self.absent, &self.broken, &self.rows, &self.guesses];
        others.into_iter().flatten().chain(networks)
    }

    /// How often each rule that is on has noticed something.
    pub fn counts(&self) -> impl Iterator<Item = (Reason, u64)> {
        self.rules().map(|rule| (rule.reason, rule.noticed()))
    }

    /// Counts what the answer tells; what is news of it. That is to be contained, and then
    /// [`Detection::finish`] is called.
    pub fn look_at(&self, response: &ServiceResponse) -> Option<Detected> {
        let request = response.request();
        // What somebody does with a revoked token tells nothing about its subject.
        if response.status() == StatusCode::UNAUTHORIZED {
            return None;
        }
        let caller = auth::principal_of(request).ok()?;
        let by_network = self.count_network(request, &caller);
        let by_answer = self.count_answer(response, &caller);
        let rule = by_network.into_iter().chain(by_answer);
        let subject = caller.credential.names.subject;
        let mut rules = rule.filter(|rule| self.is_news(&(rule.reason, subject)));
        let rule = rules.next().filter(|_| self.begin())?;
        let (target, issuer, name) = match caller.credential.api_key() {
            Some(id) => (RestrictionTarget::ApiKey, String::new(), id.to_string()),
            None => (
                RestrictionTarget::Subject,
                caller.identity.issuer.to_string(),
                caller.identity.subject.to_string(),
            ),
        };
        let by = |entry: Entry| entry.by(caller.actor());
        let restriction = self.restriction(rule, target, issuer, name);
        Some(self.noticed(request, rule, subject, by, Some(restriction)))
    }

    /// Counts a guess at a key. An API key is then watched, so that the owner's requests are told from those
    /// of somebody who has guessed it; of a signing key everybody's tokens are made, so nobody is restricted.
    pub fn guessed(&self, request: &HttpRequest, guess: &Guess<'_>) -> Option<Detected> {
        let rule = self.guesses.as_ref()?;
        let (kind, id, key) = match guess {
            Guess::ApiKey { id } => ("api_keys", *id, credential::api_key(id)),
            Guess::SigningKey { issuer, id } => {
                ("signing_keys", *id, credential::signing_key(issuer, id))
            }
        };
        if rule.charge(&key, 1) || !self.is_news(&(rule.reason, key)) || !self.begin() {
            return None;
        }
        let restriction = (kind == "api_keys").then(|| {
            self.restriction(
                rule,
                RestrictionTarget::ApiKey,
                String::new(),
                id.to_owned(),
            )
        });
        let on = |entry: Entry| entry.on(kind, id);
        Some(self.noticed(request, rule, key, on, restriction))
    }

    /// The restriction of what was detected is placed, or cannot be: then it is news again.
    pub fn finish(&self, detected: &Detected, placed: bool) {
        if !placed {
            self.told.remove(&detected.key);
        }
        self.placing.store(false, Ordering::Release);
    }

    fn count_network(&self, request: &HttpRequest, caller: &Principal) -> Option<&Rule> {
        let (rule, sightings) = self.networks.as_ref()?;
        let address = client_address::of(request)?;
        let credential = &caller.credential.names.credential;
        sightings.record(credential, address).then_some(rule)
    }

    fn count_answer(&self, response: &ServiceResponse, caller: &Principal) -> Option<&Rule> {
        let status = response.status();
        let (rule, number) = match status {
            StatusCode::NOT_FOUND => (&self.absent, 1),
            StatusCode::UNPROCESSABLE_ENTITY => (&self.broken, 1),
            _ if status.is_success() => {
                let of_others = |context: &RequestContext| context.audit.of_others;
                let number = RequestContext::read(response.request(), of_others)?;
                (&self.rows, number)
            }
            _ => return None,
        };
        let rule = rule.as_ref()?;
        let subject = &caller.credential.names.subject;
        (!rule.charge(subject, number)).then_some(rule)
    }

    fn is_news(&self, key: &(Reason, Fingerprint)) -> bool {
        let until = self.told.get(key).map(|until| *until);
        until.is_none_or(|until| until <= self.clock.elapsed())
    }

    /// Whether nothing else is being placed.
    fn begin(&self) -> bool {
        !self.placing.swap(true, Ordering::AcqRel)
    }

    fn restriction(
        &self,
        rule: &Rule,
        target: RestrictionTarget,
        issuer: String,
        name: String,
    ) -> NewRestriction {
        let throttles = rule.action == Action::Throttle;
        NewRestriction {
            target,
            issuer,
            name,
            action: rule.action,
            per_minute: throttles.then_some(self.throttle_per_minute),
            reason: rule.words.to_owned(),
            ticket: rule.reason.name().to_owned(),
            author: Identity {
                issuer: AUTHOR.into(),
                subject: rule.reason.name().into(),
            },
            duration: self.duration.try_into().unwrap_or_default(),
        }
    }

    /// Counts it, and says what is to be put on record.
    fn noticed(
        &self,
        request: &HttpRequest,
        rule: &Rule,
        key: Fingerprint,
        about: impl Fn(Entry) -> Entry,
        restriction: Option<NewRestriction>,
    ) -> Detected {
        rule.notice();
        let key = (rule.reason, key);
        let until = self.clock.elapsed().saturating_add(self.duration);
        self.told.insert(key, until);
        let event = request_audit::entry(request, Event::ContainDetected);
        let attempt = Entry::new(Event::ContainApplied);
        Detected {
            event: about(event.because(rule.reason)),
            attempt: about(attempt.because(rule.reason)),
            restriction,
            key,
        }
    }
}

impl EvictIdle for Detection {
    fn evict_idle(&self) {
        self.rules().for_each(Rule::evict_idle);
        let now = self.clock.elapsed();
        self.told.retain(|_, until| now < *until);
        self.told.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests;
