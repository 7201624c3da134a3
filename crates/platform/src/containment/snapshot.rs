//! What requests read: who is restricted and what is revoked, as it was when the last change was read.
//!
//! A snapshot never changes, so a request that has one needs no lock. A change makes another. The ids of
//! revoked tokens may be a million; they lie in one sharded table that snapshots share, or each change would
//! copy them.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use dashmap::DashMap;

use super::{
    model::{Matched, RevocationTarget},
    networks::Networks,
    restriction::Restriction,
    revocation::{End, Entry},
};
use crate::{
    auth::{Names, Principal},
    fingerprint::Fingerprint,
    slice::State as _,
};

/// Revoked tokens by issuer and id, and how long each is kept.
type Tokens = DashMap<Fingerprint, i64>;

/// What holds.
#[derive(Default)]
pub(super) struct Snapshot {
    /// All of them, oldest first.
    pub restrictions: Vec<Arc<Restriction>>,
    by_name: HashMap<Fingerprint, Vec<Arc<Restriction>>>,
    networks: Networks<Arc<Restriction>>,
    operations: HashMap<String, Vec<Arc<Restriction>>>,
    /// Subjects, clients, issuers and signing keys.
    revoked: HashMap<Fingerprint, (RevocationTarget, End)>,
    tokens: Arc<Tokens>,
    /// Requests that something revoked came with; of all snapshots.
    hits: Arc<AtomicU64>,
}

impl Snapshot {
    /// The next snapshot: these restrictions, what was revoked until now, and these revocations.
    pub fn next(&self, restrictions: Vec<Arc<Restriction>>, more: &[Entry]) -> Self {
        let mut next = Self {
            restrictions,
            revoked: self.revoked.clone(),
            tokens: self.tokens.clone(),
            hits: self.hits.clone(),
            ..Self::default()
        };
        for one in &next.restrictions {
            match one.matched {
                Matched::Name(name) => next.by_name.entry(name).or_default().push(one.clone()),
                Matched::Network(network) => next.networks.insert(network, one.clone()),
                Matched::Operation => {
                    let of_name = next.operations.entry(one.name.clone());
                    of_name.or_default().push(one.clone());
                }
            }
        }
        for one in more {
            if one.target == RevocationTarget::Token {
                next.tokens.insert(one.matched, one.end.kept_until);
            } else {
                let entry = next.revoked.entry(one.matched);
                let widen = |(_, end): &mut (RevocationTarget, End)| *end = end.widest(one.end);
                entry.and_modify(widen).or_insert((one.target, one.end));
            }
        }
        next
    }

    /// The same without revocations that have nothing left to match, and without these restrictions.
    pub fn without_expired(&self, now: i64, restrictions: Vec<Arc<Restriction>>) -> Self {
        self.tokens.retain(|_, kept_until| *kept_until >= now);
        self.tokens.shrink_to_fit();
        let mut next = self.next(restrictions, &[]);
        next.revoked.retain(|_, (_, end)| end.kept_until >= now);
        next
    }

    /// Whether nobody is restricted and nothing is revoked.
    pub fn is_empty(&self) -> bool {
        self.restrictions.is_empty() && self.revoked.is_empty() && self.tokens.is_empty()
    }

    /// Whether an operation is restricted.
    pub fn restricts_operations(&self) -> bool {
        !self.operations.is_empty()
    }

    /// How many tokens are revoked by their ids, and how many other names.
    pub fn revocations(&self) -> (usize, usize) {
        (self.tokens.len(), self.revoked.len())
    }

    /// How many names of each kind are revoked.
    pub fn revoked_names(&self) -> Vec<(RevocationTarget, usize)> {
        let number = |target: RevocationTarget| match target {
            RevocationTarget::Token => self.tokens.len(),
            _ => self
                .revoked
                .values()
                .filter(|(of, _)| *of == target)
                .count(),
        };
        let targets = RevocationTarget::ALL.iter();
        targets.map(|target| (*target, number(*target))).collect()
    }

    /// How many requests with something that was revoked were held against a snapshot.
    pub fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    /// Whether what the caller was believed by is revoked; if so, that is a hit.
    pub fn revokes(&self, caller: &Principal) -> bool {
        let Names {
            issuer,
            subject,
            client,
            credential,
            signing_key,
        } = caller.credential.names;
        let issued_at = caller.credential.issued_at;
        let revoked = |name| {
            let end = self.revoked.get(&name);
            end.is_some_and(|(_, end)| end.revokes(issued_at))
        };
        let names = [Some(issuer), Some(subject), client, signing_key];
        let is_revoked =
            self.tokens.contains_key(&credential) || names.into_iter().flatten().any(revoked);
        if is_revoked {
            self.hits.fetch_add(1, Ordering::Relaxed);
        }
        is_revoked
    }

    /// The restrictions of the caller, and of the networks that the address is in.
    pub fn of(&self, caller: &Principal, address: IpAddr) -> Vec<&Arc<Restriction>> {
        let Names {
            subject,
            client,
            credential,
            ..
        } = caller.credential.names;
        let names = [Some(subject), client, Some(credential)];
        let by_name = names.into_iter().flatten();
        let by_name = by_name.filter_map(|name| self.by_name.get(&name)).flatten();
        by_name.chain(self.networks.of(address)).collect()
    }

    /// The restrictions of the operation with this id.
    pub fn of_operation(&self, id: &str) -> Vec<&Arc<Restriction>> {
        self.operations.get(id).into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revoked(target: RevocationTarget, name: &str, kept_until: i64) -> Entry {
        let end = End {
            issued_until: 0,
            kept_until,
        };
        Entry {
            target,
            matched: target.matched("i", name),
            end,
        }
    }

    /// Else memory grows with each incident, and never shrinks.
    #[test]
    fn revocations_that_have_nothing_left_to_match_leave_the_memory() {
        let entries = [
            revoked(RevocationTarget::Token, "1", 10),
            revoked(RevocationTarget::Token, "2", 11),
            revoked(RevocationTarget::Subject, "alice", 10),
            revoked(RevocationTarget::Client, "web", 11),
            revoked(RevocationTarget::SigningKey, "one", i64::MAX),
        ];
        let snapshot = Snapshot::default().next(Vec::new(), &entries);
        assert_eq!(snapshot.revocations(), (2, 3));
        let later = snapshot.without_expired(11, Vec::new());
        assert_eq!(later.revocations(), (1, 2));
        assert!(!later.is_empty());
    }

    #[test]
    fn of_two_revocations_of_one_name_the_later_moment_holds() {
        let name = |issued_until| Entry {
            end: End {
                issued_until,
                kept_until: issued_until,
            },
            ..revoked(RevocationTarget::Subject, "alice", 0)
        };
        let snapshot = Snapshot::default().next(Vec::new(), &[name(20), name(10)]);
        let (_, end) = snapshot.revoked.values().next().unwrap();
        assert_eq!((end.issued_until, end.kept_until), (20, 20));
    }
}
