//! What waits to be sent: a bounded queue for each cause.
//!
//! A caller decides how many alerts of some causes there are. In one queue those would push out the alert that the
//! journal or its receiver fails, just when somebody has a reason to keep it back.

use std::{sync::mpsc::Receiver, time::Duration};

use super::alert::{Alert, Cause};
use crate::sending::Outbox;

/// The ends that are put into.
pub(super) struct Outboxes {
    service: Outbox<Alert>,
    containment: Outbox<Alert>,
    plain_http: Outbox<Alert>,
}

/// The ends that are sent from, the first one first.
pub(super) struct Queues([Receiver<Alert>; 3]);

impl Outboxes {
    /// Queues with this much room each.
    pub fn new(room: usize) -> (Self, Queues) {
        let (service, first) = Outbox::new(room);
        let (containment, second) = Outbox::new(room);
        let (plain_http, third) = Outbox::new(room);
        let outboxes = Self {
            service,
            containment,
            plain_http,
        };
        (outboxes, Queues([first, second, third]))
    }

    /// Puts it into the queue of its cause, if there is room.
    pub fn put(&self, alert: Alert) {
        match alert.cause {
            Cause::Service => self.service.put(alert),
            Cause::Containment => self.containment.put(alert),
            Cause::PlainHttp => self.plain_http.put(alert),
        }
    }

    /// How many found their queue full.
    pub fn dropped(&self) -> u64 {
        self.service.dropped() + self.containment.dropped() + self.plain_http.dropped()
    }
}

impl Queues {
    /// The next alert: what has waited longest in the first queue that is not empty. Waits so long for one.
    pub fn next(&self, wait: Duration) -> Option<Alert> {
        let [service, ..] = &self.0;
        let waiting = || self.0.iter().find_map(|queue| queue.try_recv().ok());
        waiting()
            .or_else(|| service.recv_timeout(wait).ok())
            .or_else(waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Entry, Event, Outcome, Reason};

    fn alert(entry: &Entry) -> Alert {
        let now = time::OffsetDateTime::UNIX_EPOCH;
        Alert::of(entry, Some(Outcome::Success), now, "fixture").unwrap()
    }

    #[test]
    fn what_callers_cause_pushes_out_nothing_of_another_cause_and_is_sent_after_it() {
        let in_the_clear = || Entry::new(Event::AuthnTokenRevoked).because(Reason::PlainHttp);
        let lines = (0..9).map(|_| in_the_clear()).chain([
            Entry::new(Event::ContainDetected),
            Entry::new(Event::ContainApplied),
            Entry::new(Event::ContainDetected),
            Entry::new(Event::SiemSyncFail),
            Entry::new(Event::AuditSinkFail),
        ]);
        let (outboxes, queues) = Outboxes::new(2);
        lines.for_each(|line| outboxes.put(alert(&line)));
        let next = || queues.next(Duration::ZERO);
        let sent = std::iter::from_fn(next).map(|alert| {
            let body: serde_json::Value = serde_json::from_slice(&alert.body).unwrap();
            body["type"].as_str().unwrap().to_owned()
        });
        assert_eq!(
            sent.collect::<Vec<_>>(),
            [
                "siem_sync_fail",
                "audit_sink_fail",
                "contain_detected",
                "contain_applied",
                "authn_token_revoked",
                "authn_token_revoked",
            ]
        );
        assert_eq!(outboxes.dropped(), 7 + 1);
    }

    #[test]
    fn what_an_operator_revokes_is_not_among_what_came_in_the_clear() {
        let revoked = alert(&Entry::new(Event::AuthnTokenRevoked));
        assert_eq!(revoked.cause, Cause::Containment);
    }
}
