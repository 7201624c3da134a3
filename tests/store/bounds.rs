//! What one owner may have is bounded, whatever comes at once: one editor cannot fill the disk.
//!
//! Controls: CC-05

use app::invoices::{Attempt, Creation, VisibleTo, Written};
use futures_util::future::join_all;
use sqlx::{Connection, Row, SqliteConnection};
use time::Duration;

use super::{
    invoices::{NOW, Store, alice, draft, identity},
    with_at_most,
};

fn named(key: usize) -> Attempt {
    Attempt {
        key: format!("attempt-{key}"),
        fingerprint: [1; 32],
        forget_before: NOW - Duration::days(1),
    }
}

async fn create(store: &Store) -> Creation {
    store.create(&draft(alice()), None).await.unwrap()
}

#[test]
fn an_owner_who_has_the_bound_gets_no_more_and_what_is_deleted_makes_room() {
    with_at_most(2, |store| async move {
        let (owner, first) = (VisibleTo::Owner(alice()), draft(alice()));
        assert_eq!(store.create(&first, None).await.unwrap(), Creation::Created);
        assert_eq!(create(&store).await, Creation::Created);
        let refused = draft(alice());
        for _ in 0..2 {
            let answer = store.create(&refused, None).await.unwrap();
            assert_eq!(answer, Creation::OwnerFull);
        }
        assert_eq!(store.find(&owner, refused.id).await.unwrap(), None);
        // Somebody else's bound is somebody else's.
        let bobs = draft(identity("https://one.example", "bob"));
        assert_eq!(store.create(&bobs, None).await.unwrap(), Creation::Created);

        let deleted = store.delete(&owner, first.id, 1).await.unwrap();
        assert_eq!(deleted, Written::Done);
        assert_eq!(create(&store).await, Creation::Created);
        assert_eq!(create(&store).await, Creation::OwnerFull);
    });
}

#[test]
fn creations_at_the_same_time_do_not_pass_the_bound_together() {
    with_at_most(5, |store| async move {
        let answers = join_all((0..40).map(|_| create(&store))).await;
        let created = answers.iter().filter(|one| **one == Creation::Created);
        assert_eq!(created.count(), 5, "{answers:?}");
    });
}

#[test]
fn keys_of_what_was_deleted_are_bounded_too() {
    with_at_most(3, |store| async move {
        let owner = VisibleTo::Owner(alice());
        for key in 0..3 {
            let invoice = draft(alice());
            let created = store.create(&invoice, Some(&named(key))).await.unwrap();
            assert_eq!(created, Creation::Created);
            store.delete(&owner, invoice.id, 1).await.unwrap();
        }
        let fourth = store.create(&draft(alice()), Some(&named(3))).await;
        assert_eq!(fourth.unwrap(), Creation::OwnerFull);
        // A key that is there already is answered as ever, and one that is forgotten makes room.
        let again = store
            .create(&draft(alice()), Some(&named(0)))
            .await
            .unwrap();
        assert!(matches!(again, Creation::Repeated { .. }), "{again:?}");
        let later = Attempt {
            forget_before: NOW + Duration::SECOND,
            ..named(3)
        };
        let fourth = store.create(&draft(alice()), Some(&later)).await.unwrap();
        assert_eq!(fourth, Creation::Created);
    });
}

#[test]
fn what_was_there_before_the_bound_counts() {
    actix_web::rt::System::new().block_on(async {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let rows = "INSERT INTO invoices SELECT randomblob(16), 'https://one.example', value, 'Ada', \
             'ada@example.com', 1, 'EUR', '2030-01-31', NULL, 'draft', 1, '', '' \
             FROM json_each('[\"alice\", \"alice\", \"bob\"]'); \
             INSERT INTO invoice_idempotency_keys SELECT 'https://one.example', 'alice', value, \
             zeroblob(32), randomblob(16), '' FROM json_each('[1, 2, 3]'); \
             INSERT INTO invoice_idempotency_keys VALUES ('https://one.example', 'carol', 'k', \
             zeroblob(32), zeroblob(16), '')";
        for script in [
            include_str!("../../migrations/sqlite/0001_create_invoices.sql"),
            include_str!("../../migrations/sqlite/0002_create_invoice_idempotency_keys.sql"),
            rows,
            include_str!("../../migrations/sqlite/0003_create_invoice_owners.sql"),
            // An operator gives one of alice's to bob, and forgets a key of hers.
            "UPDATE invoices SET owner = 'bob' WHERE id = (SELECT id FROM invoices WHERE owner = 'alice')",
            "DELETE FROM invoice_idempotency_keys WHERE owner = 'alice' AND key = '2'",
        ] {
            sqlx::raw_sql(script).execute(&mut connection).await.unwrap();
        }
        let counted = "SELECT owner, invoices, idempotency_keys FROM invoice_owners ORDER BY owner";
        let counted = sqlx::raw_sql(counted).fetch_all(&mut connection).await;
        let counted: Vec<(String, i64, i64)> = counted
            .unwrap()
            .iter()
            .map(|row| (row.get(0), row.get(1), row.get(2)))
            .collect();
        let expected = [("alice", 1, 2), ("bob", 2, 0), ("carol", 0, 1)];
        assert_eq!(counted, expected.map(|(name, a, b)| (name.to_owned(), a, b)));
    });
}
