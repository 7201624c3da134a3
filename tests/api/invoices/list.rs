//! `GET /v1/invoices`: one's own, and with `invoices:read_any` everybody's.
//!
//! Controls: AZ-05

use super::{Roles, Service, draft, issue};
use crate::harness::Actor;

fn count(actor: &Actor, query: &str) -> usize {
    let page = actor.get(&format!("/v1/invoices{query}"));
    page.json()["items"].as_array().unwrap().len()
}

#[test]
fn a_list_shows_ones_own_and_an_auditor_all() {
    let service = Service::start();
    let (alice, bob, ann) = (
        service.editor("alice"),
        service.editor("bob"),
        service.approver("ann"),
    );
    issue(&ann, &draft(&alice));
    draft(&alice);
    draft(&bob);
    assert_eq!(
        (count(&bob, ""), count(&service.reader("ruth"), "")),
        (1, 0)
    );
    for everyone in [&ann, &service.auditor("olga")] {
        let of = |status: &str| count(everyone, &format!("?status={status}"));
        assert_eq!(count(everyone, ""), 3);
        assert_eq!((of("draft"), of("issued"), of("void")), (2, 1, 0));
    }
}
