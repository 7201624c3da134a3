//! What is put on record when an answer is a defect of this service: a 500 or a panic.
//!
//! A defect that anybody can reach must not let them write the journal: the first few have a line, the
//! others are counted.

use actix_web::{dev::ServiceRequest, web::Data};
use uuid::Uuid;

use crate::audit::{Entry, Event, Journal};
use crate::http::audit_trail::aggregator::EventAggregator;

/// Taken from the request before it is handed on: afterwards there may be no request left.
pub(super) struct Unexpected {
    journal: Option<Data<Journal>>,
    aggregator: Option<Data<EventAggregator>>,
    id: Uuid,
}

impl Unexpected {
    pub fn of(request: &ServiceRequest, id: Uuid) -> Self {
        Self {
            journal: request.app_data::<Data<Journal>>().cloned(),
            aggregator: request.app_data::<Data<EventAggregator>>().cloned(),
            id,
        }
    }

    pub fn record(&self, event: Event) {
        let entry = Entry::new(event).status(500);
        let aggregator = self.aggregator.as_ref();
        if aggregator.is_none_or(|aggregator| aggregator.admit_line(entry.clone()))
            && let Some(journal) = &self.journal
        {
            journal.point(entry.request(self.id));
        }
    }
}
