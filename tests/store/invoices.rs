//! What every `InvoiceStore` does, method by method.

use std::sync::Arc;

use app::invoices::{
    AmountMinor, Attempt, Content, Creation, Currency, CustomerEmail, CustomerName, DueOn, Invoice,
    InvoiceStore, Memo, Money, PageRequest, Status, VisibleTo, Written,
};
use platform::{auth::Identity, db::StoreError, http::request::page::Cursor, parse::Parse};
use time::{Duration, OffsetDateTime, macros::datetime};

use super::on_every_engine;

pub type Store = Arc<dyn InvoiceStore>;

pub const NOW: OffsetDateTime = datetime!(2030-01-15 12:00:00.123 UTC);

pub fn identity(issuer: &str, subject: &str) -> Identity {
    Identity {
        issuer: issuer.into(),
        subject: subject.into(),
    }
}

pub fn alice() -> Identity {
    identity("https://one.example", "alice")
}

fn content() -> Content {
    fn parse<T: Parse<str>>(text: &str) -> T {
        T::parse(text).unwrap_or_else(|invalid| panic!("{text}: {invalid:?}"))
    }
    Content {
        customer_name: parse::<CustomerName>("Zoë O'Brien; DROP TABLE invoices --"),
        customer_email: parse::<CustomerEmail>("zoe@example.com"),
        money: Money {
            amount: AmountMinor::parse(&999_999_999_999).unwrap(),
            currency: parse::<Currency>("JPY"),
        },
        due_on: parse::<DueOn>("2030-02-28"),
        memo: Some(parse::<Memo>("%_\\ \n💶")),
    }
}

pub fn draft(owner: Identity) -> Invoice {
    Invoice::draft(owner, content(), NOW)
}

pub async fn stored(store: &Store, owner: Identity) -> Invoice {
    let invoice = draft(owner);
    assert_eq!(
        store.create(&invoice, None).await.unwrap(),
        Creation::Created
    );
    invoice
}

pub fn attempt(fingerprint: u8, forget_before: OffsetDateTime) -> Attempt {
    Attempt {
        key: "attempt-1".to_owned(),
        fingerprint: [fingerprint; 32],
        forget_before,
    }
}

#[test]
fn what_was_created_is_found_to_the_last_bit() {
    on_every_engine(|store| async move {
        let invoice = stored(&store, alice()).await;
        let found = store
            .find(&VisibleTo::Owner(alice()), invoice.id)
            .await
            .unwrap();
        assert_eq!(found, Some(invoice));
    });
}

#[test]
fn only_issuer_and_subject_together_are_an_owner() {
    on_every_engine(|store| async move {
        let invoice = stored(&store, alice()).await;
        for stranger in [
            identity("https://one.example", "bob"),
            identity("https://two.example", "alice"),
            identity("https://one.example", "Alice"),
            identity("", ""),
        ] {
            let stranger = VisibleTo::Owner(stranger);
            assert_eq!(store.find(&stranger, invoice.id).await.unwrap(), None);
            let page = PageRequest {
                limit: 9,
                after: None,
                status: None,
            };
            assert_eq!(store.list(&stranger, page).await.unwrap(), []);
            let changed = invoice.clone().changed(content(), Status::Void, NOW);
            assert_eq!(
                store.update(&stranger, &changed).await.unwrap(),
                Written::Outdated
            );
            let deleted = store.delete(&stranger, invoice.id, 1).await.unwrap();
            assert_eq!(deleted, Written::Outdated);
        }
        let everyone = store.find(&VisibleTo::Everyone, invoice.id).await.unwrap();
        assert_eq!(everyone, Some(invoice));
    });
}

#[test]
fn an_update_replaces_the_version_before_it_and_no_other() {
    on_every_engine(|store| async move {
        let owner = VisibleTo::Owner(alice());
        let first = stored(&store, alice()).await;
        let mut other = content();
        other.memo = None;
        let second = first
            .clone()
            .changed(other, Status::Issued, NOW + Duration::hours(1));
        assert_eq!(store.update(&owner, &second).await.unwrap(), Written::Done);
        assert_eq!(
            store.find(&owner, first.id).await.unwrap(),
            Some(second.clone())
        );
        assert_eq!(
            store.update(&owner, &second).await.unwrap(),
            Written::Outdated
        );
        assert_eq!(store.find(&owner, first.id).await.unwrap(), Some(second));
    });
}

#[test]
fn a_delete_takes_the_version_it_names() {
    on_every_engine(|store| async move {
        let owner = VisibleTo::Owner(alice());
        let (invoice, other) = (stored(&store, alice()).await, stored(&store, alice()).await);
        assert_eq!(
            store.delete(&owner, invoice.id, 2).await.unwrap(),
            Written::Outdated
        );
        assert_eq!(
            store.delete(&owner, invoice.id, 1).await.unwrap(),
            Written::Done
        );
        assert_eq!(
            store.delete(&owner, invoice.id, 1).await.unwrap(),
            Written::Outdated
        );
        assert_eq!(store.find(&owner, invoice.id).await.unwrap(), None);
        assert!(store.find(&owner, other.id).await.unwrap().is_some());
    });
}

#[test]
fn a_list_is_newest_first_and_cut_by_cursor_limit_and_status() {
    on_every_engine(|store| async move {
        let mut made = Vec::new();
        for second in 0..6 {
            let owner = if second % 3 == 2 {
                identity("https://one.example", "bob")
            } else {
                alice()
            };
            let mut invoice = Invoice::draft(owner, content(), NOW + Duration::seconds(second));
            if second % 2 == 1 {
                invoice.status = Status::Issued;
            }
            store.create(&invoice, None).await.unwrap();
            made.push(invoice);
        }
        let list = |visible_to: VisibleTo, limit, after: Option<usize>, status| {
            let (store, after) = (store.clone(), after.map(|at| Cursor(made[at].id.0)));
            let made = made.clone();
            async move {
                let page = PageRequest {
                    limit,
                    after,
                    status,
                };
                let found = store.list(&visible_to, page).await.unwrap();
                found
                    .iter()
                    .map(|invoice| made.iter().position(|known| known == invoice).unwrap())
                    .collect::<Vec<_>>()
            }
        };
        let (own, all) = (VisibleTo::Owner(alice()), VisibleTo::Everyone);
        assert_eq!(list(all.clone(), 9, None, None).await, [5, 4, 3, 2, 1, 0]);
        assert_eq!(list(all.clone(), 2, Some(4), None).await, [3, 2]);
        assert_eq!(
            list(all.clone(), 9, None, Some(Status::Issued)).await,
            [5, 3, 1]
        );
        assert_eq!(list(all, 1, Some(5), Some(Status::Issued)).await, [3]);
        assert_eq!(list(own.clone(), 9, None, None).await, [4, 3, 1, 0]);
        assert_eq!(list(own.clone(), 2, Some(4), None).await, [3, 1]);
        // A cursor may point at a row of somebody else's.
        assert_eq!(list(own.clone(), 9, Some(2), None).await, [1, 0]);
        assert_eq!(list(own, 9, Some(4), Some(Status::Draft)).await, [0]);
    });
}

#[test]
fn an_attempt_creates_once_and_its_key_cannot_be_used_for_something_else() {
    on_every_engine(|store| async move {
        let forget = NOW - Duration::days(1);
        let (first, again) = (draft(alice()), draft(alice()));
        let created = store
            .create(&first, Some(&attempt(1, forget)))
            .await
            .unwrap();
        assert_eq!(created, Creation::Created);
        let repeated = store
            .create(&again, Some(&attempt(1, forget)))
            .await
            .unwrap();
        assert_eq!(
            repeated,
            Creation::Repeated {
                id: first.id,
                at: NOW
            }
        );
        let reused = store
            .create(&again, Some(&attempt(2, forget)))
            .await
            .unwrap();
        assert_eq!(reused, Creation::KeyReused);
        assert_eq!(
            store.find(&VisibleTo::Everyone, again.id).await.unwrap(),
            None
        );

        // Somebody else's key of the same name, and one's own after it was forgotten.
        let bobs = draft(identity("https://one.example", "bob"));
        let created = store
            .create(&bobs, Some(&attempt(1, forget)))
            .await
            .unwrap();
        assert_eq!(created, Creation::Created);
        let later = attempt(2, NOW + Duration::SECOND);
        assert_eq!(
            store.create(&again, Some(&later)).await.unwrap(),
            Creation::Created
        );
    });
}

#[test]
fn a_creation_that_fails_leaves_its_key_free() {
    on_every_engine(|store| async move {
        let invoice = stored(&store, alice()).await;
        let forget = NOW - Duration::days(1);
        // The same id again breaks the primary key, after the key was claimed.
        let error = store.create(&invoice, Some(&attempt(1, forget))).await;
        let error = error.unwrap_err();
        assert!(matches!(error, StoreError::Taken("id_taken")), "{error:?}");
        let other = draft(alice());
        let created = store
            .create(&other, Some(&attempt(1, forget)))
            .await
            .unwrap();
        assert_eq!(created, Creation::Created);
    });
}
