//! What one owner may have: the store's tests have the races, this is what a client sees.
//!
//! Controls: CC-05

use insta::assert_snapshot;

use super::{content, draft};
use crate::harness::{Roles, Service};

#[test]
fn an_owner_who_has_as_many_as_one_may_have_gets_no_more() {
    let service = Service::with(&[("APP_PER_OWNER__ROWS", "2")]);
    let alice = service.editor("alice");
    let first = draft(&alice);
    draft(&alice);
    assert_snapshot!(alice.post("/v1/invoices", &content()), @r#"
    409
    content-type: application/problem+json

    {
      "detail": "This caller has as many of these as one may have. Delete some first.",
      "errors": [
        {
          "code": "too_many_invoices",
          "pointer": ""
        }
      ],
      "instance": "urn:uuid:[id]",
      "status": 409,
      "title": "Limit reached",
      "type": "/problems/limit-reached"
    }
    "#);
    draft(&service.editor("bob"));
    assert_eq!(alice.delete(&first, "\"1\"").status, 204);
    draft(&alice);
}
