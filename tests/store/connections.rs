//! A refusal costs no connection, and a full disk is a fault that passes.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use app::{
    db::{self, Fault, StoreError},
    invoices::{Creation, SqliteInvoices, VisibleTo, Written},
};
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};
use time::Duration;

use super::invoices::{NOW, Store, alice, attempt, draft, stored};

/// A pool on a migrated database in this directory.
async fn pool(
    data_dir: &Path,
    connection: SqliteConnectOptions,
    options: SqlitePoolOptions,
) -> SqlitePool {
    let settings = super::settings(data_dir);
    db::migrate(&settings.database, data_dir).await.unwrap();
    let connection = connection.filename(data_dir.join("app.db"));
    options.connect_with(connection).await.unwrap()
}

fn block_on(test: impl Future<Output = ()>) {
    actix_web::rt::System::new().block_on(test);
}

#[test]
fn whatever_a_creation_comes_to_its_connection_is_kept() {
    block_on(async {
        let data_dir = tempfile::TempDir::new().unwrap();
        let made = Arc::new(AtomicU64::new(0));
        let counter = made.clone();
        let options = SqlitePoolOptions::new().after_connect(move |_, _| {
            counter.fetch_add(1, Ordering::Relaxed);
            Box::pin(async { Ok(()) })
        });
        let pool = pool(data_dir.path(), SqliteConnectOptions::new(), options).await;
        let store: Store = Arc::new(SqliteInvoices::new(pool, 2));
        let forget = NOW - Duration::days(1);
        let first = draft(alice());
        let again = |fingerprint| {
            let (store, again) = (store.clone(), draft(alice()));
            async move {
                let attempt = attempt(fingerprint, forget);
                store.create(&again, Some(&attempt)).await.unwrap()
            }
        };
        store
            .create(&first, Some(&attempt(1, forget)))
            .await
            .unwrap();
        for _ in 0..5 {
            assert!(matches!(again(1).await, Creation::Repeated { .. }));
            assert_eq!(again(2).await, Creation::KeyReused);
            let taken = store.create(&first, None).await;
            assert!(matches!(taken, Err(StoreError::Taken("id_taken"))));
            let gone = store.delete(&VisibleTo::Everyone, first.id, 9).await;
            assert_eq!(gone.unwrap(), Written::Outdated);
        }
        stored(&store, alice()).await;
        let full = store.create(&draft(alice()), None).await.unwrap();
        assert_eq!(full, Creation::OwnerFull);
        assert_eq!(made.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn on_a_full_disk_a_creation_is_unavailable_and_what_is_there_is_still_read() {
    block_on(async {
        let data_dir = tempfile::TempDir::new().unwrap();
        // What the database has, and a little more: then SQLite says that the disk is full.
        let limit = SqliteConnectOptions::new().pragma("max_page_count", "32");
        let pool = pool(data_dir.path(), limit, SqlitePoolOptions::new()).await;
        let store: Store = Arc::new(SqliteInvoices::new(pool, 10_000));
        let mut made = Vec::new();
        let error = loop {
            let invoice = draft(alice());
            match store.create(&invoice, None).await {
                Ok(_) => made.push(invoice),
                Err(error) => break error,
            }
        };
        assert!(
            matches!(error, StoreError::Unavailable(Fault::Full, _)),
            "{error:?}"
        );
        assert_eq!(error.to_string(), "the database has a full disk: make room");
        assert!(!made.is_empty());
        for invoice in made {
            let found = store.find(&VisibleTo::Everyone, invoice.id).await.unwrap();
            assert_eq!(found, Some(invoice));
        }
    });
}
